import { createServer as createHttp, type Server } from "node:http";
import { once } from "node:events";
import { createServer as createTcp } from "node:net";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { Code } from "../proto/errors.ts";
import * as pb from "../proto/gen/etcdserverpb.ts";
import { serveClients, type ClientService } from "../rpc/serve-clients.ts";
import { MemoryServer } from "../rpc/testing/memory-server.ts";
import { parseEndpoint } from "./endpoint.ts";
import { Client, connect, connectAll } from "./index.ts";

let server: MemoryServer;
let service: ClientService;
const open: { close(): unknown }[] = [];
const kept = <T extends { close(): unknown }>(thing: T): T => {
  open.push(thing);
  return thing;
};
const key = Buffer.from("a");

beforeEach(async () => {
  server = await MemoryServer.open();
  service = await serveClients(server, { listenUrls: ["http://127.0.0.1:0"] });
});
afterEach(async () => {
  for (const thing of open.splice(0)) thing.close();
  await service.close();
  server.close();
});

async function deadPort(): Promise<number> {
  const socket = createTcp().listen(0, "127.0.0.1");
  await once(socket, "listening");
  const { port } = socket.address() as { port: number };
  socket.close();
  return port;
}

describe("endpoints", () => {
  it("are written in etcd's ways", () => {
    expect(parseEndpoint("127.0.0.1:2379")).toMatchObject({ authority: "127.0.0.1:2379", target: { host: "127.0.0.1", port: 2379 }, security: "optional" });
    expect(parseEndpoint(" https://m1 ")).toMatchObject({ authority: "m1:2379", security: "required" });
    expect(parseEndpoint("http://[::1]:9/")).toMatchObject({ authority: "[::1]:9", target: { host: "::1", port: 9 } });
    expect(parseEndpoint("unix:///run/etcd")).toMatchObject({ target: { path: "/run/etcd" }, authority: "etcd" });
    expect(parseEndpoint("unixs:localhost:2379")).toMatchObject({ target: { path: "localhost:2379" }, authority: "localhost:2379", security: "required" });
    for (const bad of ["", "ftp://a:1", "a:99999", "http://a:1/path"]) expect(() => parseEndpoint(bad)).toThrow();
  });
});

describe("one channel", () => {
  it("says like grpc-go that nobody listens, and that the call was not sent", async () => {
    const port = await deadPort();
    const failed = new Client(kept(connect(`127.0.0.1:${port}`))).put({ key });
    await expect(failed).rejects.toMatchObject({
      code: Code.Unavailable,
      sent: false,
      message: `connection error: desc = "transport: Error while dialing: dial tcp 127.0.0.1:${port}: connect: connection refused"`,
    });
  });

  it("asks the address book where to dial, and keeps the name as authority", async () => {
    const [host, port] = service.addresses[0]!.split(":") as [string, string];
    const asked: unknown[] = [];
    const addressBook = {
      resolve: (address: { host: string; port: number }) => {
        asked.push(address);
        return { host, port: Number(port) };
      },
    };
    await new Client(kept(connect("http://m1:2379", { addressBook }))).put({ key });
    expect(asked).toEqual([{ host: "m1", port: 2379 }]);
  });

  it("pings when asked to, and gives a connection up that does not answer", async () => {
    const client = new Client(kept(connect(service.addresses[0]!, { keepaliveTimeMs: 60_000 })));
    await client.put({ key });
    const mute = createTcp((socket) => socket.write(Buffer.from([0, 0, 0, 4, 0, 0, 0, 0, 0]))).listen(0, "127.0.0.1");
    await once(mute, "listening");
    const { port } = mute.address() as { port: number };
    const silent = new Client(kept(connect(`127.0.0.1:${port}`, { keepaliveTimeMs: 5, keepaliveTimeoutMs: 10 })));
    await expect(silent.put({ key })).rejects.toMatchObject({ code: Code.Unavailable });
    mute.close();
  });

  it("waits where the server takes no more calls at once, and goes on when one has ended", async () => {
    const narrow = await serveClients(server, { listenUrls: ["http://127.0.0.1:0"], maxConcurrentStreams: 2 });
    const client = new Client(kept(connect(narrow.addresses[0]!)));
    const before = server.revision();
    await Promise.all(Array.from({ length: 20 }, () => client.put({ key })));
    expect(server.revision()).toBe(before + 20);
    await narrow.close();
  });

  it("dials again when the connection was lost", async () => {
    const address = service.addresses[0]!;
    const client = new Client(kept(connect(address)));
    await client.put({ key });
    await service.close();
    await expect(client.put({ key })).rejects.toMatchObject({ code: Code.Unavailable });
    service = await serveClients(server, { listenUrls: [`http://${address}`] });
    expect((await client.put({ key })).header?.revision).toBe(3);
  });

  it("a dial timeout of zero is none: grpc's own holds", async () => {
    const channel = kept(connect(service.addresses[0]!, { dialTimeoutMs: 0 }));
    for (let count = 0; count < 5; count++) await new Client(channel).put({ key });
  });

  it("a deadline holds while dialling too", async () => {
    const silent = createTcp(() => undefined).listen(0, "127.0.0.1");
    await once(silent, "listening");
    const { port } = silent.address() as { port: number };
    const failed = new Client(kept(connect(`127.0.0.1:${port}`))).put({ key }, { timeoutMs: 30 });
    await expect(failed).rejects.toMatchObject({ code: Code.DeadlineExceeded, message: "context deadline exceeded" });
    silent.close();
  });

  it("a server that is none is told by what it said", async () => {
    const http: Server = createHttp((_request, response) => response.end("hello")).listen(0, "127.0.0.1");
    await once(http, "listening");
    const { port } = http.address() as { port: number };
    await expect(new Client(kept(connect(`127.0.0.1:${port}`))).put({ key })).rejects.toMatchObject({ name: "ConnectionError", message: expect.stringContaining("looked like an HTTP/1.1 header") });
    http.close();
  });

  it("sends nothing above its limit", async () => {
    const client = new Client(kept(connect(service.addresses[0]!, { sendBytesMax: 100 })));
    await expect(client.put({ key, value: Buffer.alloc(100) })).rejects.toMatchObject({
      code: Code.ResourceExhausted,
      message: "trying to send message larger than max (105 vs. 100)",
    });
  });

  it("takes no response above its limit", async () => {
    const client = new Client(kept(connect(service.addresses[0]!, { receiveBytesMax: 50 })));
    await client.put({ key, value: Buffer.alloc(100) });
    await expect(client.range({ key })).rejects.toMatchObject({ code: Code.ResourceExhausted, message: expect.stringContaining("received message larger than max") });
  });

  it("an aborted signal stops a call before and while it runs", async () => {
    const client = new Client(kept(connect(service.addresses[0]!)));
    await expect(client.put({ key }, { signal: AbortSignal.abort() })).rejects.toMatchObject({ code: Code.Canceled });
    const stop = new AbortController();
    const stream = client.watch({ signal: stop.signal });
    const next = stream.responses[Symbol.asyncIterator]().next();
    stop.abort();
    await expect(next).rejects.toMatchObject({ code: Code.Canceled, message: "context canceled" });
  });

  it("a reader that walks away ends the stream at the server", async () => {
    const client = new Client(kept(connect(service.addresses[0]!)));
    const stream = client.watch();
    await stream.write(pb.WatchRequest.create({ createRequest: pb.WatchCreateRequest.create({ key }) }));
    expect((await stream.responses[Symbol.asyncIterator]().next()).done).toBe(false);
    await stream.responses[Symbol.asyncIterator]().return?.(undefined);
    while (server.store.watcherCount() > 0) await new Promise((resolve) => setTimeout(resolve, 2));
  });
});

describe("several endpoints", () => {
  it("a write that was not sent goes to the next member", async () => {
    const client = new Client(kept(connectAll([`127.0.0.1:${await deadPort()}`, service.addresses[0]!])));
    for (let round = 0; round < 4; round++) await client.put({ key });
    expect(server.revision()).toBe(5);
  });

  it("reads go on where a member says Unavailable, writes do not", async () => {
    const other = await MemoryServer.open();
    const second = await serveClients(other, { listenUrls: ["http://127.0.0.1:0"] });
    const client = new Client(kept(connectAll([service.addresses[0]!, second.addresses[0]!])));
    server.leaderId = 0n;
    const metadata = { hasleader: "true" };
    for (let round = 0; round < 4; round++) await client.range({ key }, { metadata });
    const writes = new Set<string>();
    while (writes.size < 2) for (const { status } of await Promise.allSettled([client.put({ key }, { metadata })])) writes.add(status);
    await second.close();
    other.close();
  });

  it("says so when nobody answers", async () => {
    const client = new Client(kept(connectAll([`127.0.0.1:${await deadPort()}`, `127.0.0.1:${await deadPort()}`])));
    await expect(client.range({ key })).rejects.toMatchObject({ code: Code.Unavailable });
    expect(() => connectAll([])).toThrow("no available endpoints");
  });
});
