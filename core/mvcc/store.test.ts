import { describe, expect, it } from "vitest";
import { Lessor } from "../lease/lessor.ts";
import { EtcdError } from "../proto/errors.ts";
import { nodeClock } from "../platform/node/clock.ts";
import type { RangeResult } from "./api.ts";
import { openStore, type MvccStore } from "./store.ts";
import { ManualClock } from "./testing/manual-clock.ts";
import { MemoryBackend } from "./testing/memory-backend.ts";

const none = Buffer.alloc(0);
const open = Buffer.from([0]);

function bytes(text: string): Buffer {
  return Buffer.from(text);
}

async function newStore(backend = new MemoryBackend()): Promise<MvccStore> {
  const leases = new Lessor({ backend, clock: nodeClock, minTtlSeconds: 2 });
  return openStore({ backend, clock: nodeClock, leases, compactionPauseMs: 0 });
}

function put(store: MvccStore, key: string, value: string): number {
  const transaction = store.write();
  const revision = transaction.put(bytes(key), bytes(value), 0n);
  transaction.end();
  return revision;
}

function remove(store: MvccStore, key: string, end = none): number {
  const transaction = store.write();
  const { deleted } = transaction.deleteRange(bytes(key), end);
  transaction.end();
  return deleted;
}

function show(result: RangeResult): string[] {
  return result.kvs.map((kv) => `${kv.key}=${kv.value} c${kv.createRevision} m${kv.modRevision} v${kv.version}`);
}

const everything = { limit: 0, revision: 0, countOnly: false };

describe("store", () => {
  it("starts at revision 1 and gives each transaction the next one", async () => {
    const store = await newStore();
    expect(store.revision()).toBe(1);
    expect(put(store, "a", "1")).toBe(2);
    expect(put(store, "a", "2")).toBe(3);
    expect(remove(store, "nothing")).toBe(0);
    expect(store.revision()).toBe(3);
    expect(show(store.range(none, open, everything))).toEqual(["a=2 c2 m3 v2"]);
  });

  it("reads at every revision, and a key that is put again starts anew", async () => {
    const store = await newStore();
    put(store, "a", "1");
    remove(store, "a");
    put(store, "a", "2");
    expect(show(store.range(bytes("a"), none, { ...everything, revision: 2 }))).toEqual(["a=1 c2 m2 v1"]);
    expect(show(store.range(bytes("a"), none, { ...everything, revision: 3 }))).toEqual([]);
    expect(show(store.range(bytes("a"), none, everything))).toEqual(["a=2 c4 m4 v1"]);
  });

  it("counts a range before the limit", async () => {
    const store = await newStore();
    for (const key of ["a", "b", "c", "d"]) put(store, key, "");
    remove(store, "c");
    const result = store.range(bytes("a"), bytes("z"), { ...everything, limit: 2 });
    expect([result.kvs.length, result.count]).toEqual([2, 3]);
    expect(store.range(bytes("a"), bytes("z"), { ...everything, countOnly: true }).count).toBe(3);
    expect(store.range(bytes("a"), bytes("z"), { ...everything, revision: 5, limit: 1 }).count).toBe(4);
    expect(store.keyCount()).toBe(3);
  });

  it("lets a transaction read what it wrote, under one revision", async () => {
    const store = await newStore();
    const transaction = store.write();
    expect(transaction.revision()).toBe(1);
    transaction.put(bytes("a"), bytes("1"), 0n);
    transaction.put(bytes("b"), bytes("2"), 0n);
    expect(show(transaction.range(none, open, everything))).toEqual(["a=1 c2 m2 v1", "b=2 c2 m2 v1"]);
    expect(store.revision()).toBe(1);
    transaction.end();
    expect(store.revision()).toBe(2);
    expect(() => transaction.end()).toThrow("ended");
  });

  it("refuses a second transaction while one is open", async () => {
    const store = await newStore();
    store.write();
    expect(() => store.write()).toThrow("one write transaction at a time");
  });

  it("forgets what a compaction made unreachable, in memory and in the backend", async () => {
    const backend = new MemoryBackend();
    const store = await newStore(backend);
    put(store, "a", "1");
    put(store, "a", "2");
    put(store, "b", "1");
    remove(store, "b");
    put(store, "a", "3");
    await store.compact(5);
    expect(store.compactRevision()).toBe(5);
    expect(() => store.range(bytes("a"), none, { ...everything, revision: 4 })).toThrow(new EtcdError("Compacted"));
    expect(show(store.range(bytes("a"), none, { ...everything, revision: 5 }))).toEqual(["a=2 c2 m3 v2"]);
    // a at 3, the tombstone exactly at 5, a at 6
    expect([...backend.entries("key")].map(({ key }) => key.toString("hex"))).toEqual([
      "00000000000000035f0000000000000000",
      "00000000000000055f000000000000000074",
      "00000000000000065f0000000000000000",
    ]);
    await store.compact(6);
    expect([...backend.entries("key")]).toHaveLength(1);
    expect(() => store.compact(6)).toThrow(new EtcdError("Compacted"));
    expect(() => store.compact(7)).toThrow(new EtcdError("FutureRevision"));
    expect(backend.get("meta", bytes("finishedCompactRev"))?.toString("hex")).toBe("00000000000000065f0000000000000000");
  });

  it("resumes a compaction that was cut short, and keeps its revision", async () => {
    const backend = new MemoryBackend();
    const clock = new ManualClock();
    const leases = new Lessor({ backend, clock, minTtlSeconds: 2 });
    const store = await openStore({ backend, clock, leases, compactionBatchLimit: 1 });
    for (let count = 0; count < 5; count++) put(store, "a", String(count));
    const compaction = store.compact(6);
    await clock.advance(15);
    store.close();
    await Promise.all([clock.advance(100), expect(compaction).rejects.toMatchObject({ code: "mvcc.compaction_stopped" })]);
    expect([...backend.entries("key")]).toHaveLength(3);
    const told: unknown[] = [];
    const again = await openStore({
      backend,
      clock: nodeClock,
      leases,
      compactions: { resumed: (revision) => told.push(["resumed", revision]), finished: ({ revision, hash }) => told.push(["finished", revision, hash]) },
    });
    expect(again.compactRevision()).toBe(6);
    await expect.poll(() => told).toEqual([["resumed", 6], ["finished", 6, undefined]]);
    expect([...backend.entries("key")]).toHaveLength(1);
    expect(again.revision()).toBe(6);
  });
});

describe("hash", () => {
  it("of a compaction is kept as of before it, and answers for its revision", async () => {
    const backend = new MemoryBackend();
    const leases = new Lessor({ backend, clock: nodeClock, minTtlSeconds: 2 });
    const store = await openStore({ backend, clock: nodeClock, leases, compactionPauseMs: 0, hashCompactions: true });
    for (let count = 0; count < 30; count++) put(store, `k${count % 3}`, String(count));
    const before = await Promise.all([10, 20].map((revision) => store.hashKv(revision)));
    await store.compact(10);
    const between = await store.hashKv(20);
    await Promise.all([store.compact(20), ...Array.from({ length: 10 }, (_, index) => store.compact(21 + index))]);
    // hashed with the compaction before it in mind: at 20, what was dropped at 10 does not count
    expect(store.compactionHashes().map(({ revision, compactRevision }) => `${compactRevision}-${revision}`)).toEqual([
      "20-21",
      ...Array.from({ length: 9 }, (_, index) => `${21 + index}-${22 + index}`),
    ]);
    expect(before[0]).toMatchObject({ revision: 10, compactRevision: -1 });
    expect(between).toMatchObject({ revision: 20, compactRevision: 10 });
    expect(await store.hashKv(30)).toEqual(store.compactionHashes()[9]);
    expect(await store.hashKv(0)).toMatchObject({ revision: 31, compactRevision: 30 });
  });

  it("is that of the moment it was asked for, however the store goes on", async () => {
    const backend = new MemoryBackend();
    const clock = new ManualClock();
    const store = await openStore({ backend, clock, leases: new Lessor({ backend, clock, minTtlSeconds: 2 }) });
    for (let count = 0; count < 3000; count++) put(store, `k${count % 1500}`, String(count));
    const hashing = [store.hashKv(0), store.hashKv(2000)];
    put(store, "more", "");
    const compaction = store.compact(2500);
    await clock.advance(10_000);
    const [now, old] = await Promise.all(hashing);
    await compaction;
    const copy = await newStore();
    for (let count = 0; count < 3000; count++) put(copy, `k${count % 1500}`, String(count));
    expect([now!.hash, old!.hash]).toEqual([(await copy.hashKv(0)).hash, (await copy.hashKv(2000)).hash]);
  });
});

describe("a tombstone exactly at the compaction", () => {
  it("does not count in the hash, as older versions have deleted it", async () => {
    const backend = new MemoryBackend();
    const store = await newStore(backend);
    for (const key of ["a", "b"]) put(store, key, "1");
    remove(store, "b");
    put(store, "a", "2");
    await store.compact(4);
    const { hash } = await store.hashKv(0);
    const older = backend.clone();
    const tombstone = [...older.entries("key")].find(({ key }) => key.length === 18)!;
    older.delete("key", tombstone.key);
    expect((await (await newStore(older)).hashKv(0)).hash).toBe(hash);
  });
});

describe("a restart after a compaction", () => {
  it("remembers when a key was created and how often it was written", async () => {
    const backend = new MemoryBackend();
    const store = await newStore(backend);
    for (const value of ["1", "2", "3"]) put(store, "a", value);
    await store.compact(4);
    const again = await newStore(backend.clone());
    put(again, "a", "4");
    expect(show(again.range(bytes("a"), none, everything))).toEqual(["a=4 c2 m5 v4"]);
  });
});
