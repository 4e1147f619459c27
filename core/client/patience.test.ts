import { once } from "node:events";
import { createServer as createTcp, type Server as TcpServer } from "node:net";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { Code, EtcdError } from "../proto/errors.ts";
import * as pb from "../proto/gen/etcdserverpb.ts";
import { type ClientService, serveClients } from "../rpc/serve-clients.ts";
import { MemoryServer } from "../rpc/testing/memory-server.ts";
import { Client, ConnectionError, connectPatiently, type FailedTry, follow, keepLease, renewLease, Watches } from "./index.ts";
import { mayRepeat } from "./retry-policy.ts";

let server: MemoryServer;
let service: ClientService;
let address: string;
const open: { close(): unknown }[] = [];
const kept = <T extends { close(): unknown }>(thing: T): T => {
  open.push(thing);
  return thing;
};
const key = Buffer.from("a");

beforeEach(async () => {
  server = await MemoryServer.open();
  service = await serveClients(server, { listenUrls: ["http://127.0.0.1:0"] });
  address = service.addresses[0]!;
});
afterEach(async () => {
  for (const thing of open.splice(0)) thing.close();
  await service.close();
  server.close();
});

async function restart(): Promise<void> {
  await service.close();
  service = await serveClients(server, { listenUrls: [`http://${address}`] });
}

/** Takes connections and says nothing, like a member that is stopped. */
async function silentMember(): Promise<{ readonly address: string; readonly server: TcpServer }> {
  const silent = createTcp((socket) => socket.on("error", () => undefined)).listen(0, "127.0.0.1");
  await once(silent, "listening");
  open.push(silent);
  return { address: `127.0.0.1:${(silent.address() as { port: number }).port}`, server: silent };
}

async function deadMember(): Promise<string> {
  const { address: where, server: socket } = await silentMember();
  socket.close();
  return where;
}

const value = (text: string): pb.PutRequest => pb.PutRequest.create({ key, value: Buffer.from(text) });

describe("a patient channel", () => {
  it("waits for a member that is not there yet", async () => {
    await service.close();
    const client = new Client(kept(connectPatiently([address])));
    const waiting = client.put({ key });
    service = await serveClients(server, { listenUrls: [`http://${address}`] });
    expect((await waiting).header?.revision).toBe(2);
  });

  it("spreads calls over all members", async () => {
    const other = await MemoryServer.open();
    const second = await serveClients(other, { listenUrls: ["http://127.0.0.1:0"] });
    const client = new Client(kept(connectPatiently([address, second.addresses[0]!])));
    while (other.revision() === 1 || server.revision() === 1) await client.put({ key });
    const before = [server.revision(), other.revision()];
    for (let count = 0; count < 10; count++) await client.put({ key });
    expect([server.revision(), other.revision()]).toEqual(before.map((revision) => revision + 5));
    await second.close();
    other.close();
  });

  it("waits neither for a dead member nor for one that says nothing", async () => {
    const silent = await silentMember();
    for (let round = 0; round < 6; round++) {
      const channel = connectPatiently([await deadMember(), silent.address, address]);
      await new Client(channel).put({ key });
      channel.close();
    }
    expect(server.revision()).toBe(7);
  });

  it("says in time that nobody could be reached, and why", async () => {
    const dead = await deadMember();
    const failed: FailedTry[] = [];
    const client = new Client(kept(connectPatiently([dead], {}, (each) => failed.push(each))));
    const error: unknown = await client.put({ key }, { timeoutMs: 60 }).catch((reason: unknown) => reason);
    expect(error).toMatchObject({ code: Code.DeadlineExceeded, message: "context deadline exceeded" });
    expect((error as Error).cause).toBeInstanceOf(ConnectionError);
    expect(failed).toMatchObject([{ method: "/etcdserverpb.KV/Put", attempt: 0, error: { code: Code.DeadlineExceeded } }]);
  });

  it("ends a wait when it is told to, or closed", async () => {
    const channel = kept(connectPatiently([await deadMember()]));
    const stop = new AbortController();
    const waiting = new Client(channel).put({ key }, { signal: stop.signal });
    const stream = channel.stream(pb.WatchService.Watch);
    const next = stream.responses[Symbol.asyncIterator]().next();
    stop.abort();
    await expect(waiting).rejects.toMatchObject({ code: Code.Canceled, message: "context canceled" });
    channel.close();
    await expect(next).rejects.toMatchObject({ code: Code.Canceled });
  });

  it("makes a read again as long as there is time, and a write never", async () => {
    server.leaderId = 0n;
    const failed: FailedTry[] = [];
    const client = new Client(kept(connectPatiently([address], {}, (each) => failed.push(each))));
    const metadata = { hasleader: "true" };
    await expect(client.put({ key }, { metadata })).rejects.toMatchObject({ message: new EtcdError("NoLeader").message });
    expect(failed).toHaveLength(1);
    const read = client.range({ key }, { metadata });
    while (failed.length < 4) await new Promise((resolve) => setTimeout(resolve, 5));
    server.leaderId = 1n;
    await read;
    expect(failed.slice(1).map(({ attempt }) => attempt)).toEqual(failed.slice(1).map((_, index) => index));
  });
});

describe("which calls are made again", () => {
  it("those that do no harm, where the member was away", () => {
    const away = new EtcdError("NoLeader");
    expect(["KV/Range", "Lease/LeaseGrant", "Lease/LeaseRevoke", "Maintenance/MoveLeader", "Auth/UserList"].map((name) => mayRepeat(`etcdserverpb.${name}`, away, 1))).not.toContain(false);
    expect(["KV/Put", "KV/Txn", "Cluster/MemberAdd", "Auth/Authenticate"].map((name) => mayRepeat(`etcdserverpb.${name}`, away, 3))).not.toContain(true);
    expect(mayRepeat("etcdserverpb.KV/Range", new EtcdError("Compacted"), 3)).toBe(false);
    const learner = new EtcdError("NotSupportedForLearner");
    expect([mayRepeat("etcdserverpb.KV/Put", learner, 1), mayRepeat("etcdserverpb.KV/Put", learner, 2)]).toEqual([false, true]);
  });
});

describe("a watch", () => {
  it("goes on at the next revision when its member was away, and misses nothing", async () => {
    const client = new Client(kept(connectPatiently([address])));
    const heard: string[] = [];
    const seen = follow(kept(connectPatiently([address])), { key, startRevision: 2 });
    const next = async (): Promise<void> => {
      const { events } = (await seen.next()).value as pb.WatchResponse;
      heard.push(...events.map(({ kv }) => kv!.value.toString()));
    };
    await client.put(value("1"));
    await next();
    await service.close();
    await server.put(value("2"));
    service = await serveClients(server, { listenUrls: [`http://${address}`] });
    await next();
    await restart();
    await client.put(value("3"));
    await next();
    expect(heard).toEqual(["1", "2", "3"]);
    await seen.return(undefined);
  });

  it("is told when what it missed was compacted away", async () => {
    const client = new Client(kept(connectPatiently([address])));
    const seen = follow(kept(connectPatiently([address])), { key, startRevision: 2 });
    await client.put(value("1"));
    await seen.next();
    await service.close();
    for (const text of ["2", "3", "4"]) await server.put(value(text));
    await server.compact(pb.CompactionRequest.create({ revision: 4 }));
    service = await serveClients(server, { listenUrls: [`http://${address}`] });
    expect((await seen.next()).value).toMatchObject({ canceled: true, compactRevision: 4 });
    expect((await seen.next()).done).toBe(true);
  });

  it("ends at its signal, while its member is away too", async () => {
    const stop = new AbortController();
    const seen = follow(kept(connectPatiently([await deadMember()])), { key }, { signal: stop.signal });
    const next = seen.next();
    stop.abort();
    expect((await next).done).toBe(true);
  });

  it("shares its stream, and progress is told to each", async () => {
    const watches = kept(new Watches(kept(connectPatiently([address]))));
    const told: string[] = [];
    let wake = (): void => undefined;
    const watch = (name: string): void =>
      void watches.watch({ key: Buffer.from(name) }, {}, {
        heard: (response) => {
          told.push(`${name} ${response.created ? "created" : response.events.length > 0 ? "event" : "progress"}`);
          wake();
        },
        failed: (error) => told.push(error.message),
      });
    const until = async (count: number): Promise<void> => {
      while (told.length < count) await new Promise<void>((resolve) => (wake = resolve));
    };
    watch("a");
    watch("b");
    await until(2);
    watches.askProgress({});
    await until(4);
    expect(told).toEqual(["a created", "b created", "a progress", "b progress"]);
  });
});

describe("a lease", () => {
  it("is kept over a restart of its member, until it is gone", async () => {
    const client = new Client(kept(connectPatiently([address])));
    const { ID } = await client.leaseGrant({ TTL: 2 });
    const renewals = keepLease(kept(connectPatiently([address])), ID, 1000, new AbortController().signal);
    expect((await renewals.next()).value).toMatchObject({ ID, TTL: 2 });
    await restart();
    expect((await renewals.next()).value).toMatchObject({ ID, TTL: 2 });
    await client.leaseRevoke({ ID });
    expect((await renewals.next()).done).toBe(true);
  });

  it("that nobody answers for is given up when its time is over", async () => {
    const silent = await silentMember();
    expect((await keepLease(kept(connectPatiently([silent.address])), 7n, 40, new AbortController().signal).next()).done).toBe(true);
  });

  it("is renewed once, by a member that comes later", async () => {
    const { ID } = await new Client(kept(connectPatiently([address]))).leaseGrant({ TTL: 30 });
    await service.close();
    const renewed = renewLease(kept(connectPatiently([address])), ID, new AbortController().signal);
    service = await serveClients(server, { listenUrls: [`http://${address}`] });
    expect(await renewed).toMatchObject({ ID, TTL: 30 });
  });
});
