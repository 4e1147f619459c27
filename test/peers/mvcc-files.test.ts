/**
 * Our store over the database that a real etcd wrote, and a real etcd over what our store wrote into it: every key at
 * every revision, every event, leases, and HashKV.
 */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { openBackend } from "../../core/backend/open-backend.ts";
import type { Backend } from "../../core/backend/backend.ts";
import { Lessor } from "../../core/lease/lessor.ts";
import { openStore, type MvccStore } from "../../core/mvcc/store.ts";
import { nodeClock } from "../../core/platform/node/clock.ts";
import { nodeDisk } from "../../core/platform/node/disk.ts";
import { seededRandom } from "../../core/platform/random.ts";
import { EtcdProcess, hasEtcd, planMembers, type MemberPlan } from "./mvcc-etcd.ts";

interface GatewayPair {
  readonly key: string;
  readonly value?: string;
  readonly create_revision: string;
  readonly mod_revision: string;
  readonly version: string;
  readonly lease?: string;
}

interface Answer {
  readonly header: { readonly revision: string };
  readonly kvs?: readonly GatewayPair[];
}

const all = { key: base64("\0"), range_end: base64("\0") };
const leaseId = 0x4d2;

function base64(text: string): string {
  return Buffer.from(text).toString("base64");
}

/** Lines of key, revisions, version, lease and value, at one revision of a real etcd. */
async function linesOf(etcd: EtcdProcess, revision: number): Promise<string[]> {
  const { kvs = [] } = await etcd.call<Answer>("kv/range", { ...all, revision });
  return kvs.map((kv) => {
    const [key, value] = [kv.key, kv.value ?? ""].map((text) => Buffer.from(text, "base64").toString("hex"));
    return `${key} c${kv.create_revision} m${kv.mod_revision} v${kv.version} l${kv.lease ?? "0"} ${value}`;
  });
}

function ourLines(store: MvccStore, revision: number): string[] {
  const { kvs } = store.range(Buffer.from([0]), Buffer.from([0]), { limit: 0, revision, countOnly: false });
  return kvs.map(
    (kv) => `${kv.key.toString("hex")} c${kv.createRevision} m${kv.modRevision} v${kv.version} l${kv.lease} ${kv.value.toString("hex")}`,
  );
}

interface HashAnswer {
  readonly hash: number;
  readonly compactRevision: number;
}

async function hashOf(etcd: EtcdProcess, revision: number): Promise<HashAnswer> {
  const json = await etcd.ctl("endpoint", "hashkv", `--rev=${revision}`, "--write-out=json");
  const [first] = JSON.parse(json) as { HashKV: { hash: number; compact_revision: number } }[];
  return { hash: first!.HashKV.hash, compactRevision: first!.HashKV.compact_revision };
}

/** A history with overwrites, deletions and resurrections, transactions, a lease and a value larger than a page. */
async function write(etcd: EtcdProcess): Promise<number> {
  const random = seededRandom(20);
  await etcd.call("lease/grant", { ID: leaseId, TTL: 3600 });
  const key = (): string => base64(`k/${random.below(25)}`);
  for (let count = 0; count < 240; count++) {
    const put = { key: key(), value: base64(`v${count}`.repeat(1 + random.below(20))), lease: random.below(5) === 0 ? leaseId : 0 };
    const kind = random.below(10);
    if (kind < 6) await etcd.call("kv/put", put);
    else if (kind < 8) await etcd.call("kv/deleterange", { key: key() });
    else if (kind === 8) await etcd.call("kv/deleterange", { key: base64("k/1"), range_end: base64("k/15") });
    else {
      const keys = [0, 1, 2].map((number) => base64(`t/${number}`));
      const success = keys.map((name) => ({ requestPut: { key: name, value: base64(String(count)) } }));
      await etcd.call("kv/txn", { success: [...success, { requestDeleteRange: { key: key() } }] });
    }
  }
  await etcd.call("kv/put", { key: base64("large"), value: base64("x".repeat(100_000)) });
  // the newest revision is a tombstone
  await etcd.call("kv/put", { key: base64("k/gone"), value: base64("x") });
  const last = await etcd.call<Answer>("kv/deleterange", { key: base64("k/gone") });
  return Number(last.header.revision);
}

describe.skipIf(!hasEtcd())("store and real etcd over one database (needs etcd and etcdctl: apt-get install etcd-server etcd-client)", () => {
  let root: string;
  let plans: MemberPlan[];
  let etcd: EtcdProcess;
  let revision: number;
  const states = new Map<number, string[]>();
  const hashes = new Map<number, HashAnswer>();
  const compactedAt = 100;

  const start = async (): Promise<EtcdProcess> => EtcdProcess.start(root, plans[0]!, plans, "mvcc").ready();
  const open = async (): Promise<{ backend: Backend; lessor: Lessor; store: MvccStore }> => {
    const backend = await openBackend(nodeDisk, nodeClock, join(root, "m1", "member", "snap", "db"));
    const lessor = new Lessor({ backend, clock: nodeClock, minTtlSeconds: 2 });
    return { backend, lessor, store: await openStore({ backend, clock: nodeClock, leases: lessor }) };
  };

  beforeAll(async () => {
    root = await mkdtemp(join(tmpdir(), "mvcc-files-"));
    plans = await planMembers(1);
    etcd = await start();
    revision = await write(etcd);
    await etcd.call("kv/compaction", { revision: compactedAt, physical: true });
    for (let at = compactedAt; at <= revision; at++) states.set(at, await linesOf(etcd, at));
    // 3.4 does not hash exactly at the compacted revision
    for (const at of [compactedAt + 1, compactedAt + 17, revision - 1, revision]) hashes.set(at, await hashOf(etcd, at));
    await etcd.stop();
  }, 120_000);

  afterAll(async () => {
    await etcd.stop("SIGKILL");
    await rm(root, { recursive: true, force: true });
  });

  it("read the same keys at every revision, and hash them to the same", async () => {
    const { backend, lessor, store } = await open();
    try {
      expect([store.revision(), store.compactRevision(), store.keyCount()]).toEqual([revision, compactedAt, states.get(revision)!.length]);
      for (const [at, lines] of states) expect(ourLines(store, at), `revision ${at}`).toEqual(lines);
      for (const [at, { hash, compactRevision }] of hashes) expect(await store.hashKv(at), `hash at ${at}`).toEqual({ hash, compactRevision, revision: at });
      const leased = states.get(revision)!.flatMap((line) => (line.includes(` l${leaseId} `) ? [line.split(" ")[0]] : []));
      expect(lessor.timeToLive(BigInt(leaseId), true)).toMatchObject({ grantedTtlSeconds: 3600 });
      expect(lessor.timeToLive(BigInt(leaseId), true)!.keys.map((key) => key.toString("hex"))).toEqual(leased);
    } finally {
      store.close();
      await backend.close();
    }
  });

  it("go on from each other's writes: ours are there for etcd, with the same hash after the same compaction", async () => {
    const { backend, lessor, store } = await open();
    const random = seededRandom(21);
    lessor.grant(99n, 1000);
    for (let count = 0; count < 60; count++) {
      const transaction = store.write();
      for (let change = 0; change <= random.below(3); change++) {
        const key = Buffer.from(`k/${random.below(30)}`);
        if (random.below(4) === 0) transaction.deleteRange(key, Buffer.alloc(0));
        else transaction.put(key, Buffer.from(`ours ${count}`), random.below(3) === 0 ? 99n : 0n);
      }
      transaction.end();
    }
    const compaction = store.revision() - 20;
    await store.compact(compaction);
    const ours = { revision: store.revision(), lines: new Map<number, string[]>(), hash: await store.hashKv(0) };
    for (let at = compaction; at <= ours.revision; at++) ours.lines.set(at, ourLines(store, at));
    const leased = lessor.timeToLive(99n, true)!.keys.map(String);
    store.close();
    await backend.commit();
    await backend.close();

    etcd = await start();
    expect(await hashOf(etcd, ours.revision)).toEqual({ hash: ours.hash.hash, compactRevision: compaction });
    for (const [at, lines] of ours.lines) expect(await linesOf(etcd, at), `revision ${at}`).toEqual(lines);
    await expect(linesOf(etcd, compaction - 1)).rejects.toThrow("compacted");
    const lease = await etcd.call<{ grantedTTL: string; keys?: string[] }>("kv/lease/timetolive", { ID: 99, keys: true });
    expect(lease.grantedTTL).toBe("1000");
    expect((lease.keys ?? []).map((key) => Buffer.from(key, "base64").toString()).sort()).toEqual(leased);
    const get = JSON.parse(await etcd.ctl("get", "", "--from-key", "--write-out=json")) as Answer;
    expect(Number(get.header.revision)).toBe(ours.revision);

    // a compaction exactly at a tombstone: 3.4.23 deletes it, ours keeps it, the hash is one
    await etcd.call("kv/put", { key: base64("z"), value: base64("z") });
    const tombstone = await etcd.call<Answer>("kv/deleterange", { key: base64("z") });
    const last = await etcd.call<Answer>("kv/put", { key: base64("y"), value: base64("y") });
    const theirs = await hashOf(etcd, Number(last.header.revision));
    await etcd.stop();
    const again = await open();
    expect((await again.store.hashKv(0)).hash).toBe(theirs.hash);
    await again.store.compact(Number(tombstone.header.revision));
    const after = await again.store.hashKv(0);
    again.store.close();
    await again.backend.close();
    etcd = await start();
    expect(await hashOf(etcd, Number(last.header.revision))).toEqual({ hash: after.hash, compactRevision: after.compactRevision });
  }, 60_000);
});
