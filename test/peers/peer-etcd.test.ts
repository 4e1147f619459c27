/** The peer protocol with real etcd 3.4 at the other end. */
import { mkdtemp, rm } from "node:fs/promises";
import { request } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { FakeMember, until } from "../../core/peer/transport-fixture.ts";
import { type Entry, Message, MessageType } from "../../core/proto/gen/raftpb.ts";
import { freePorts } from "./harness/ports.ts";
import { type EtcdProcess, hasEtcd34, runEtcd, whereFrom } from "./wal-etcd-process.ts";

vi.setConfig({ testTimeout: 180_000 });

let folder: string;
let etcd: EtcdProcess | undefined;
let ours: FakeMember | undefined;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "peer-etcd-"));
});
afterEach(async () => {
  await ours?.stop();
  await etcd?.kill();
  ours = undefined;
  etcd = undefined;
  await rm(folder, { recursive: true, force: true });
});

async function startEtcd(...flags: string[]): Promise<EtcdProcess> {
  const [client, peer] = (await freePorts(2)).map((port) => `http://127.0.0.1:${port}`) as [string, string];
  etcd = await runEtcd({
    name: "m1",
    dataDir: join(folder, "data"),
    client,
    peer,
    flags: ["--initial-cluster", `m1=${peer}`, ...flags],
    waitHealthy: true,
  });
  return etcd;
}

async function put(real: EtcdProcess, key: string, value: string): Promise<void> {
  const body = JSON.stringify({ key: Buffer.from(key).toString("base64"), value: Buffer.from(value).toString("base64") });
  await (await fetch(`${real.client}/v3/kv/put`, { method: "POST", body })).text();
}

interface Answer {
  readonly status: number;
  readonly body: string;
  readonly headers: Record<string, unknown>;
}

function ask(base: string, method: string, path: string, headers: Record<string, string>, body?: Buffer): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const outgoing = request(`${base}${path}`, { method, headers, agent: false }, (response) => {
      const chunks: Buffer[] = [];
      response.on("data", (chunk: Buffer) => chunks.push(chunk));
      response.once("end", () => {
        const kept = ["x-etcd-cluster-id", "content-type", "x-content-type-options", "allow"].map((name) => [name, response.headers[name]]);
        resolve({
          status: response.statusCode ?? 0,
          body: Buffer.concat(chunks).toString(),
          headers: Object.fromEntries(kept) as Record<string, unknown>,
        });
      });
    });
    outgoing.once("error", reject);
    outgoing.end(body);
  });
}

/** Ids are past 2^53: taken from the text. */
async function identity(real: EtcdProcess): Promise<{ clusterId: bigint; memberId: bigint }> {
  const response = await fetch(`${real.peer}/members`);
  const memberId = /"id":(\d+)/.exec(await response.text());
  return { clusterId: BigInt(`0x${response.headers.get("x-etcd-cluster-id") ?? ""}`), memberId: BigInt(memberId?.[1] ?? 0) };
}

describe.skipIf(!hasEtcd34())(`a real etcd's peer port and ours (${whereFrom})`, () => {
  it("answer the same requests with the same status, text and headers", async () => {
    const real = await startEtcd();
    const { clusterId, memberId } = await identity(real);
    ours = new FakeMember(memberId, { clusterId });
    await ours.listen();
    const id = memberId.toString(16);
    const good = {
      "X-Server-From": "abc",
      "X-Server-Version": "3.4.0",
      "X-Min-Cluster-Version": "3.0.0",
      "X-Etcd-Cluster-ID": clusterId.toString(16),
      "X-Raft-To": id,
    };
    const wrongCluster = { ...good, "X-Etcd-Cluster-ID": "1" };
    const beat = Message.encode(Message.create({ type: MessageType.MsgHeartbeat, from: 0xabcn, to: memberId, term: 1 }));
    const framed = Buffer.concat([Buffer.alloc(7), Buffer.from([beat.length]), beat]);
    const cases: [string, string, Record<string, string>, Buffer?][] = [
      ["GET", "/raft/stream/message/abc", good],
      ["GET", "/raft/stream/msgapp/abc", good],
      ["GET", "/raft/stream/msgapp/abc", wrongCluster],
      ["GET", "/raft/stream/message/abc", { ...good, "X-Server-Version": "2.3.0" }],
      ["GET", "/raft/stream/message/abc", { ...good, "X-Min-Cluster-Version": "99.0.0" }],
      ["GET", "/raft/stream/message/abc", {}],
      ["GET", "/raft/stream/other/abc", good],
      ["GET", "/raft/stream/message/xyz", good],
      ["GET", "/raft/stream/message/", good],
      ["GET", "/raft/stream/message/12345678901234567", good],
      ["POST", "/raft/stream/message/abc", good],
      ["GET", "/raft", good],
      ["POST", "/raft", wrongCluster],
      ["POST", "/raft", good, Buffer.from("ffff", "hex")],
      ["GET", "/raft/snapshot", good],
      ["POST", "/raft/snapshot", wrongCluster],
      ["POST", "/raft/snapshot", good, framed],
      ["GET", "/raft/nothing", good],
    ];
    for (const [method, path, headers, body] of cases) {
      const [theirs, mine] = [await ask(real.peer, method, path, headers, body), await ask(ours.url, method, path, headers, body)];
      expect([method, path, mine]).toEqual([method, path, theirs]);
    }
    const [theirs, mine] = [await ask(real.peer, "GET", "/raft/probing", {}), await ask(ours.url, "GET", "/raft/probing", {})];
    const shape = (answer: Answer): unknown => ({
      ...answer,
      body: answer.body.replace(/"Now":"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d+(Z|[+-]\d\d:\d\d)"/, '"Now":TIME'),
    });
    expect(shape(mine)).toEqual(shape(theirs));
  });

  it("speak raft over streams: ours is a follower whose acknowledgements commit, and it sees every entry once", async () => {
    // removal right after joining would count as unhealthy
    const real = await startEtcd("--strict-reconfig-check=false");
    const follower = await joinAsFollower(real);
    for (let at = 0; at < 20; at++) await put(real, `k${at}`, "v".repeat(at * 100));
    const log = follower.entries;
    await until(() => [...log.values()].some(({ data }) => data?.includes("k19") === true));
    const indexes = [...log.keys()].sort((left, right) => left - right);
    expect(indexes).toEqual(Array.from({ length: indexes.length }, (_, at) => (indexes[0] as number) + at));
    expect(follower.kinds.has(MessageType.MsgHeartbeat)).toBe(true);
    expect(follower.member.transport.activePeers()).toBe(1);
    // appends came on their own stream, in the short form too, and the log matched: nothing was ever rejected
    expect(follower.channels.has("msgapp")).toBe(true);
    // a removed member hears of it, on its next dial or post
    await real.ctl("member", "remove", follower.member.id.toString(16));
    await until(() => {
      follower.member.transport.send([
        Message.create({ type: MessageType.MsgSnap, from: follower.member.id, to: follower.leader, term: 1 }),
      ]);
      return follower.member.removedNotices > 0;
    });
  });

  it("hand over a snapshot: the message to raft, the database to disk", async () => {
    const real = await startEtcd("--snapshot-count", "20");
    const value = "x".repeat(1000);
    // beyond the 5000 entries that etcd keeps behind a snapshot for slow followers
    const lanes = Array.from({ length: 32 }, async (_, lane) => {
      for (let at = lane; at < 5300; at += 32) await put(real, `key-${at}`, value);
    });
    await Promise.all(lanes);
    const follower = await joinAsFollower(real);
    await until(() => follower.snapshotIndex > 0);
    const database = follower.member.databases.get(follower.snapshotIndex) as Buffer;
    // bbolt's magic in the first meta page
    expect(database.readUInt32LE(16)).toBe(0xed0cdaed);
    expect(database.length % 4096).toBe(0);
    expect(database.includes("key-5299")).toBe(true);
    await real.ctl("put", "after", "snapshot");
    await until(() => [...follower.entries.values()].some(({ data }) => data?.includes("after") === true));
  }, 120_000);
});

interface Follower {
  readonly member: FakeMember;
  readonly leader: bigint;
  readonly entries: Map<number, Entry>;
  readonly kinds: Set<number>;
  readonly channels: Set<string>;
  snapshotIndex: number;
}

/** Adds a member to the real cluster of one, and plays a follower that believes everything. */
async function joinAsFollower(real: EtcdProcess): Promise<Follower> {
  const { clusterId, memberId: leader } = await identity(real);
  const [port] = (await freePorts(1)) as [number];
  const url = `http://127.0.0.1:${port}`;
  const added = await real.ctl("member", "add", "ours", `--peer-urls=${url}`);
  const id = BigInt(`0x${/Member\s+([0-9a-f]+) added/.exec(added)?.[1] ?? ""}`);
  const channels = new Set<string>();
  const member = new FakeMember(id, {
    clusterId,
    version: "3.4.23",
    observe: (event) => {
      if (event.kind === "received") channels.add(event.channel);
    },
  });
  ours = member;
  const follower: Follower = { member, leader, entries: new Map(), kinds: new Set(), channels, snapshotIndex: 0 };
  let last = 0;
  member.process = (message) => {
    follower.kinds.add(message.type);
    const reply = (init: Partial<Message>): void =>
      member.transport.send([Message.create({ from: id, to: message.from, term: message.term, ...init })]);
    if (message.type === MessageType.MsgHeartbeat) reply({ type: MessageType.MsgHeartbeatResp, context: message.context });
    if (message.type === MessageType.MsgSnap) {
      follower.snapshotIndex = last = message.snapshot?.metadata.index ?? 0;
      reply({ type: MessageType.MsgAppResp, index: last });
    }
    if (message.type === MessageType.MsgApp) {
      if (message.index > last) {
        reply({ type: MessageType.MsgAppResp, index: message.index, reject: true, rejectHint: last });
        return;
      }
      for (const entry of message.entries) follower.entries.set(entry.index, entry);
      last = Math.max(last, message.index + message.entries.length);
      reply({ type: MessageType.MsgAppResp, index: message.index + message.entries.length });
    }
  };
  await member.listen(port);
  member.transport.addPeer(leader, [real.peer]);
  await until(() => member.transport.activePeers() === 1);
  return follower;
}
