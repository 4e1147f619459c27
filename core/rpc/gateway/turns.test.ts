import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { Code } from "../../proto/errors.ts";
import { type ClientService, serveClients } from "../serve-clients.ts";
import { MemoryServer } from "../testing/memory-server.ts";
import { Turns } from "./turns.ts";

describe("turns", () => {
  const idle = new AbortController().signal;

  it("are given in the order in which they were asked for", async () => {
    const turns = new Turns(1);
    const order: number[] = [];
    expect(turns.begin(idle)).toBeUndefined();
    const waiting = [1, 2].map((number) => turns.begin(idle)!.then(() => order.push(number)));
    turns.ended();
    await waiting[0];
    expect(order).toEqual([1]);
    turns.ended();
    await waiting[1];
    turns.ended();
    expect(turns.begin(idle)).toBeUndefined();
  });

  it("are not given to those that have left", async () => {
    const turns = new Turns(1);
    void turns.begin(idle);
    const gone = new AbortController();
    const left = turns.begin(gone.signal)!;
    const stays = turns.begin(idle)!;
    gone.abort();
    await expect(left).rejects.toMatchObject({ code: Code.Canceled });
    turns.ended();
    await stays;
  });
});

describe("the gateway of a member with --max-concurrent-streams", () => {
  let server: MemoryServer;
  let service: ClientService;
  beforeEach(async () => {
    server = await MemoryServer.open();
    service = await serveClients(server, { listenUrls: ["http://127.0.0.1:0"], maxConcurrentStreams: 1 });
  });
  afterEach(async () => {
    await service.close();
    server.close();
  });

  it("answers no more calls at once, and a call that waits goes on when one has ended", async () => {
    const post = (path: string, body: string, signal?: AbortSignal): Promise<Response> =>
      fetch(`http://${service.addresses[0]!}/v3/${path}`, { method: "POST", body, ...(signal === undefined ? {} : { signal }) });
    const stop = new AbortController();
    const watch = await post("watch", '{"create_request":{"key":"YQ=="}}', stop.signal);
    await watch.body!.getReader().read();
    let answered = false;
    const range = post("kv/range", '{"key":"YQ=="}').then((response) => {
      answered = true;
      return response.status;
    });
    // other pages do not go through the gateway
    expect((await fetch(`http://${service.addresses[0]!}/version`)).status).toBe(200);
    expect(answered).toBe(false);
    stop.abort();
    expect(await range).toBe(200);
  });
});
