/** The services over the wire, with our own client and a member in memory. */
import { createHash } from "node:crypto";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { Client, type ClientStream, connect } from "../../client/index.ts";
import { Code } from "../../proto/errors.ts";
import * as pb from "../../proto/gen/etcdserverpb.ts";
import { HealthService } from "../../proto/gen/health.ts";
import { ElectionService } from "../../proto/gen/v3electionpb.ts";
import { LockService } from "../../proto/gen/v3lockpb.ts";
import { type ClientService, serveClients } from "../serve-clients.ts";
import { MemoryServer } from "../testing/memory-server.ts";

let server: MemoryServer;
let service: ClientService;
let client: Client;
const b = (text: string): Buffer => Buffer.from(text);

async function start(options: Partial<Parameters<typeof serveClients>[1]> = {}): Promise<void> {
  service = await serveClients(server, { listenUrls: ["http://127.0.0.1:0"], electionTimeoutMs: 20, ...options });
  client = new Client(connect(`http://${service.addresses[0]!}`));
}
beforeEach(async () => {
  server = await MemoryServer.open();
});
afterEach(async () => {
  client.close();
  await service.close();
  server.close();
});

/** A watch stream read answer by answer. */
class Watching {
  private readonly answers: AsyncIterator<pb.WatchResponse>;
  constructor(private readonly stream: ClientStream<pb.WatchRequest, pb.WatchResponse>) {
    this.answers = stream.responses[Symbol.asyncIterator]();
  }
  async create(request: Partial<pb.WatchCreateRequest>): Promise<pb.WatchResponse> {
    await this.stream.write(pb.WatchRequest.create({ createRequest: pb.WatchCreateRequest.create(request) }));
    return this.next();
  }
  progress(): Promise<void> {
    return this.stream.write(pb.WatchRequest.create({ progressRequest: {} }));
  }
  async next(): Promise<pb.WatchResponse> {
    const { value, done } = await this.answers.next();
    if (done === true) throw new Error("the stream has ended");
    return value;
  }
}

const put = (key: string, value: string): Promise<pb.PutResponse> => client.put({ key: b(key), value: b(value) });

describe("headers", () => {
  it("carry cluster, member, term and the revision; cluster answers none, defragment no header", async () => {
    await start();
    expect((await put("a", "1")).header).toEqual({ clusterId: server.clusterId, memberId: server.memberId, revision: 2, raftTerm: 2 });
    expect((await client.memberList()).header).toEqual({ clusterId: server.clusterId, memberId: server.memberId, revision: 0, raftTerm: 2 });
    expect((await client.call(pb.MaintenanceService.Defragment, {})).header).toBeUndefined();
    expect((await client.call(pb.AuthService.AuthStatus, {})).header?.revision).toBe(2);
  });
});

describe("watch", () => {
  it("creates, tells events with previous values, cancels, and is silent about unknown ids", async () => {
    await start();
    const watching = new Watching(client.watch());
    await put("a", "1");
    expect(await watching.create({ key: b("a"), startRevision: 2, prevKv: true })).toMatchObject({ created: true, watchId: 0, canceled: false });
    expect((await watching.next()).events.map((event) => [event.kv?.value.toString(), event.prevKv])).toEqual([["1", undefined]]);
    await put("a", "2");
    expect((await watching.next()).events[0]).toMatchObject({ kv: { modRevision: 3 }, prevKv: { modRevision: 2, value: b("1") } });
    await client.deleteRange({ key: b("a") });
    expect((await watching.next()).events[0]).toMatchObject({ type: 1, kv: { modRevision: 4 }, prevKv: { value: b("2") } });
  });

  it("tells a compacted start in a second answer, without a reason", async () => {
    await start();
    for (const value of ["1", "2", "3"]) await put("a", value);
    await client.compact({ revision: 4, physical: true });
    const watching = new Watching(client.watch());
    expect(await watching.create({ key: b("a"), startRevision: 2 })).toMatchObject({ created: true, watchId: 0, canceled: false });
    expect(await watching.next()).toMatchObject({ canceled: true, created: false, watchId: 0, compactRevision: 4, cancelReason: "", events: [] });
    expect(await watching.create({ key: b("a"), startRevision: -1 })).toMatchObject({
      created: true,
      canceled: true,
      watchId: -1,
      cancelReason: "etcdserver: mvcc: required revision has been compacted",
    });
  });

  it("filters, and sends nothing where all is filtered", async () => {
    await start();
    const watching = new Watching(client.watch());
    await watching.create({ key: b("a"), filters: [pb.WatchCreateRequest_FilterType.NOPUT] });
    await put("a", "1");
    await client.deleteRange({ key: b("a") });
    expect((await watching.next()).events).toMatchObject([{ type: 1 }]);
  });

  it("fragments what is too long only for those who asked", async () => {
    await start({ maxRequestBytes: 1000 });
    const value = Buffer.alloc(1000, 1);
    // one revision of 600 kB, in a txn that the member in memory takes as it comes
    await server.txn(
      pb.TxnRequest.create({
        success: Array.from({ length: 600 }, (_, index) => pb.RequestOp.create({ requestPut: pb.PutRequest.create({ key: b(`k${index}`), value }) })),
      }),
    );
    const watching = new Watching(client.watch());
    await watching.create({ key: b("k"), rangeEnd: b("l"), startRevision: 2, fragment: true });
    const first = await watching.next();
    const second = await watching.next();
    expect([first.fragment, second.fragment]).toEqual([true, false]);
    expect(pb.WatchResponse.size(first)).toBeLessThan(1000 + 512 * 1024);
    expect(first.events.length + second.events.length).toBe(600);
    await watching.create({ key: b("k"), rangeEnd: b("l"), startRevision: 2 });
    expect(await watching.next()).toMatchObject({ fragment: false, events: { length: 600 } });
  });

  it("answers a progress request after every event before it", async () => {
    await start();
    const watching = new Watching(client.watch());
    await watching.create({ key: b("a") });
    for (let round = 0; round < 20; round++) {
      await Promise.all([put("a", String(round)), watching.progress()]);
      let events = 0;
      for (;;) {
        const answer = await watching.next();
        events += answer.events.length;
        if (answer.watchId !== -1) continue;
        if (answer.header!.revision === round + 2) expect(events).toBe(1);
        else await watching.next(); // it was asked before the put, whose event follows
        break;
      }
    }
  });

  it("is silent about progress while a watcher waits for a future revision", async () => {
    await start();
    const watching = new Watching(client.watch());
    await watching.create({ key: b("a"), startRevision: 3 });
    await watching.progress();
    await put("b", "1");
    await put("a", "1");
    expect(await watching.next()).toMatchObject({ watchId: 0, events: { length: 1 } });
    await watching.progress();
    expect(await watching.next()).toMatchObject({ watchId: -1, events: [], header: { revision: 3 } });
  });

  it("notifies progress by itself, and skips a round after events", async () => {
    await start({ watchProgressNotifyIntervalMs: 100 });
    const watching = new Watching(client.watch());
    await watching.create({ key: b("a"), progressNotify: true });
    expect(await watching.next()).toMatchObject({ watchId: 0, events: [], canceled: false, header: { revision: 1 } });
    await put("a", "1");
    expect(await watching.next()).toMatchObject({ events: { length: 1 } });
    expect(await watching.next()).toMatchObject({ watchId: 0, events: [], header: { revision: 2 } });
  });
});

describe("leases", () => {
  it("keep alive with the header of before, and tell a lost lease by TTL 0 without ending", async () => {
    await start();
    const { ID } = await client.leaseGrant({ TTL: 60 });
    const stream = client.leaseKeepAlive();
    const answers = stream.responses[Symbol.asyncIterator]();
    for (const id of [ID, 99n, ID]) await stream.write({ ID: id });
    const told = [];
    for (let index = 0; index < 3; index++) told.push((await answers.next()).value as pb.LeaseKeepAliveResponse);
    expect(told.map((answer) => [answer.ID, answer.TTL])).toEqual([
      [ID, 60],
      [99n, 0],
      [ID, 60],
    ]);
    stream.closeWrite();
    expect((await answers.next()).done).toBe(true);
  });

  it("tell time to live -1 for a lease that is gone", async () => {
    await start();
    expect(await client.leaseTimeToLive({ ID: 5n })).toMatchObject({ ID: 5n, TTL: -1, grantedTTL: 0 });
  });
});

describe("snapshot", () => {
  it("comes in blobs of 32 KiB with the storage version, and its SHA-256 last", async () => {
    await start();
    const parts: pb.SnapshotResponse[] = [];
    for await (const part of client.snapshot()) parts.push(part);
    expect(parts.map((part) => part.blob.length)).toEqual([32768, 32768, 14464, 32]);
    expect(parts.map((part) => part.remainingBytes)).toEqual([47232, 14464, 0, 0]);
    expect(new Set(parts.map((part) => part.version))).toEqual(new Set(["3.6.0"]));
    const hash = createHash("sha256");
    for (const part of parts.slice(0, -1)) hash.update(part.blob);
    expect(parts.at(-1)!.blob).toEqual(hash.digest());
  });
});

describe("what a call may do here", () => {
  it("a learner serves status, serializable ranges and the snapshot alone", async () => {
    await start();
    server.learner = true;
    await client.status();
    await client.range({ key: b("a"), serializable: true });
    const snapshot = client.snapshot()[Symbol.asyncIterator]();
    while ((await snapshot.next()).done !== true);
    const refused = { code: Code.FailedPrecondition, message: "etcdserver: rpc not supported for learner" };
    await expect(client.range({ key: b("a") })).rejects.toMatchObject(refused);
    await expect(put("a", "1")).rejects.toMatchObject(refused);
    await expect(client.watch().responses[Symbol.asyncIterator]().next()).rejects.toMatchObject(refused);
  });

  it("`hasleader` refuses without a leader, and ends streams after three elections without one", async () => {
    await start();
    const stream = client.watch({ metadata: { hasleader: "true" } });
    const patient = new Watching(client.watch());
    const strict = new Watching(stream);
    await strict.create({ key: b("a") });
    await patient.create({ key: b("a") });
    server.leaderId = 0n;
    const refused = { code: Code.Unavailable, message: "etcdserver: no leader" };
    await expect(client.range({ key: b("a"), serializable: true }, { metadata: { hasleader: "true" } })).rejects.toMatchObject(refused);
    await expect(strict.next()).rejects.toMatchObject(refused);
    server.leaderId = server.memberId;
    await put("a", "1");
    expect((await patient.next()).events).toHaveLength(1);
  });

  it("a client API version must be UTF-8", async () => {
    await start();
    await client.status({ metadata: { "client-api-version": "3.6" } });
    await expect(client.status({ metadata: { "client-api-version": "\xff\xfe" } })).rejects.toMatchObject({ message: "etcdserver: invalid client api version" });
  });

  it("unknown sort options are refused, after an empty key", async () => {
    await start();
    await expect(client.range({ key: b("a"), sortOrder: 3 })).rejects.toMatchObject({ message: "etcdserver: invalid sort option" });
    await expect(client.range({ key: b("a"), sortTarget: 5 })).rejects.toMatchObject({ message: "etcdserver: invalid sort option" });
    await expect(client.range({ sortTarget: 5 })).rejects.toMatchObject({ message: "etcdserver: key is not provided" });
  });

  it("only the leader moves its leadership", async () => {
    await start();
    server.leaderId = 7n;
    await expect(client.moveLeader(server.memberId)).rejects.toMatchObject({ code: Code.FailedPrecondition, message: "etcdserver: not leader" });
  });

  it("auth starts with revision 1, and a user is there once", async () => {
    await start();
    expect(await client.call(pb.AuthService.AuthStatus, {})).toMatchObject({ enabled: false, authRevision: 1 });
    await client.call(pb.AuthService.UserAdd, { name: "u", password: "p" });
    await expect(client.call(pb.AuthService.UserAdd, { name: "u", password: "p" })).rejects.toMatchObject({ message: "etcdserver: user name already exists" });
  });

  it("health is SERVING for the whole, NOT_SERVING while defragmenting behind its gate", async () => {
    await start({ stopGrpcServiceOnDefrag: true });
    const check = (): Promise<number> => client.call(HealthService.Check, {}).then((answer) => answer.status);
    expect(await check()).toBe(1);
    let release = (): void => undefined;
    server.defragment = () => new Promise((resolve) => (release = () => resolve({ header: undefined })));
    const watch = client.channel.stream(HealthService.Watch);
    await watch.write({ service: "" });
    const told = watch.responses[Symbol.asyncIterator]();
    expect((await told.next()).value).toEqual({ status: 1 });
    const defragmenting = client.call(pb.MaintenanceService.Defragment, {});
    expect((await told.next()).value).toEqual({ status: 2 });
    expect(await check()).toBe(2);
    release();
    await defragmenting;
    expect((await told.next()).value).toEqual({ status: 1 });
    watch.cancel();
    await expect(client.call(HealthService.Check, { service: "x" })).rejects.toMatchObject({ code: Code.NotFound, message: "unknown service" });
    expect(await client.call(HealthService.List, {})).toEqual({ statuses: [{ key: "", value: { status: 1 } }] });
  });
});

describe("a range in chunks", () => {
  const stream = async (request: Partial<pb.RangeRequest>): Promise<pb.RangeResponse[]> => {
    const call = client.channel.stream(pb.KVService.RangeStream);
    await call.write(pb.RangeRequest.create(request));
    call.closeWrite();
    const chunks: pb.RangeResponse[] = [];
    for await (const { rangeResponse } of call.responses) chunks.push(rangeResponse!);
    return chunks;
  };
  const all = { key: b("k"), rangeEnd: b("l") };

  it("is put together what a range answers; header, more and count come last", async () => {
    await start({ maxRequestBytes: 4096 });
    for (let at = 0; at < 60; at++) await put(`k${String(at).padStart(2, "0")}`, "v".repeat(200));
    for (const request of [all, { ...all, limit: 37 }, { ...all, limit: 5 }, { ...all, limit: 60 }, { ...all, revision: 20 }, { ...all, keysOnly: true }, { key: b("k07") }, { key: b("none") }]) {
      const whole = await client.range(request);
      const chunks = await stream(request);
      expect(chunks.flatMap(({ kvs }) => kvs.map((kv) => [kv.key.toString(), kv.modRevision, kv.value.length]))).toEqual(
        whole.kvs.map((kv) => [kv.key.toString(), kv.modRevision, kv.value.length]),
      );
      expect(chunks.at(-1)).toMatchObject({ header: whole.header, more: whole.more, count: whole.count });
      for (const chunk of chunks.slice(0, -1)) expect(chunk).toMatchObject({ header: undefined, more: false, count: 0 });
      for (const chunk of chunks) expect(pb.RangeResponse.size(chunk)).toBeLessThan(3 * 4096);
    }
    expect(await stream({ ...all, countOnly: true })).toMatchObject([{ kvs: [], count: 60 }]);
  });

  it("is of one revision, whatever is written meanwhile", async () => {
    await start({ maxRequestBytes: 1024 });
    for (let at = 0; at < 40; at++) await put(`k${at}`, "old");
    const call = client.channel.stream(pb.KVService.RangeStream);
    await call.write(pb.RangeRequest.create(all));
    call.closeWrite();
    const values = new Set<string>();
    for await (const { rangeResponse } of call.responses) {
      for (const { value } of rangeResponse!.kvs) values.add(value.toString());
      await client.deleteRange(all);
      await put("k1", "new");
    }
    expect([...values]).toEqual(["old"]);
  });

  it("has no order but the keys', and no filters", async () => {
    await start();
    await expect(stream({ ...all, sortOrder: 2 })).rejects.toMatchObject({ code: Code.Unimplemented, message: "RangeStream does not support custom sort orders" });
    await expect(stream({ ...all, maxModRevision: 3 })).rejects.toMatchObject({ code: Code.Unimplemented, message: "RangeStream does not support revision filters" });
    await expect(stream({})).rejects.toMatchObject({ code: Code.InvalidArgument });
  });
});

describe("locks and elections", () => {
  it("refusals come as the plain text they were in etcd's own client", async () => {
    await start();
    const refused = (message: string) => ({ code: Code.Unknown, message });
    await expect(client.call(LockService.Unlock, {})).rejects.toMatchObject(refused("etcdserver: key is not provided"));
    await expect(client.call(LockService.Lock, { name: b("l"), lease: 999n })).rejects.toMatchObject(refused("etcdserver: requested lease not found"));
    await expect(client.call(ElectionService.Resign, {})).rejects.toMatchObject(refused('"leader" field must be provided'));
    await expect(client.call(ElectionService.Leader, { name: b("e") })).rejects.toMatchObject(refused("election: no leader"));
  });

  it("a lock goes to the next in line when it is let go", async () => {
    await start();
    const first = await client.call(LockService.Lock, { name: b("l"), lease: (await client.leaseGrant({ TTL: 60 })).ID });
    expect(first.key.toString()).toMatch(/^l\/[0-9a-f]+$/);
    let held = false;
    const second = client.call(LockService.Lock, { name: b("l"), lease: (await client.leaseGrant({ TTL: 60 })).ID }).then((answer) => {
      held = true;
      return answer;
    });
    await put("other", "1");
    expect(held).toBe(false);
    await client.call(LockService.Unlock, { key: first.key });
    expect((await second).key).not.toEqual(first.key);
    await expect(client.call(LockService.Lock, { name: b("l"), lease: 4n })).rejects.toMatchObject({
      code: Code.Unknown,
      message: "etcdserver: requested lease not found",
    });
  });

  it("one who gives up waiting leaves the queue", async () => {
    await start();
    await client.call(LockService.Lock, { name: b("l") });
    await expect(client.call(LockService.Lock, { name: b("l") }, { timeoutMs: 30 })).rejects.toMatchObject({ code: Code.DeadlineExceeded });
    for (;;) {
      const { count } = await client.range({ key: b("l/"), rangeEnd: b("l0"), countOnly: true });
      if (count === 1) break;
    }
  });

  it("an election has one leader, which may proclaim and resign, and observers see it", async () => {
    await start();
    const won = await client.call(ElectionService.Campaign, { name: b("e"), value: b("one") });
    const observe = client.channel.stream(ElectionService.Observe);
    await observe.write({ name: b("e") });
    const seen = observe.responses[Symbol.asyncIterator]();
    const next = async (): Promise<string> => ((await seen.next()).value as { kv: { value: Buffer } }).kv.value.toString();
    expect(await next()).toBe("one");
    await client.call(ElectionService.Proclaim, { leader: won.leader, value: b("two") });
    expect(await next()).toBe("two");
    const second = client.call(ElectionService.Campaign, { name: b("e"), value: b("three") });
    await client.call(ElectionService.Resign, { leader: won.leader });
    await second;
    expect(await next()).toBe("three");
    expect((await client.call(ElectionService.Leader, { name: b("e") })).kv?.value.toString()).toBe("three");
    await expect(client.call(ElectionService.Proclaim, { leader: won.leader, value: b("x") })).rejects.toMatchObject({ message: "election: not leader" });
    await expect(client.call(ElectionService.Proclaim, {})).rejects.toMatchObject({ code: Code.Unknown, message: '"leader" field must be provided' });
    observe.cancel();
  });
});
