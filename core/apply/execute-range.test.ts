import { describe, expect, it } from "vitest";
import { Lessor } from "../lease/lessor.ts";
import { openStore, type MvccStore } from "../mvcc/store.ts";
import { ManualClock } from "../mvcc/testing/manual-clock.ts";
import { MemoryBackend } from "../mvcc/testing/memory-backend.ts";
import { RangeRequest, RangeRequest_SortOrder as Order, RangeRequest_SortTarget as Target } from "../proto/gen/etcdserverpb.ts";
import { executeRange } from "./execute-range.ts";

async function filledStore(): Promise<MvccStore> {
  const backend = new MemoryBackend();
  const clock = new ManualClock();
  const store = await openStore({ backend, clock, leases: new Lessor({ backend, clock, minTtlSeconds: 2 }) });
  // a: created 2, modified 6, version 3; b: 3, 3, 1; c: 4, 5, 2
  for (const [key, value] of ["a9", "b5", "c7", "c1", "a3", "a3"].map((text) => [text[0]!, text[1]!] as const)) {
    const transaction = store.write();
    transaction.put(Buffer.from(key), Buffer.from(value), 0n);
    transaction.end();
  }
  return store;
}

function ask(store: MvccStore, request: Partial<RangeRequest>): { keys: string; more: boolean; count: number } {
  const full = RangeRequest.create({ key: Buffer.from("a"), rangeEnd: Buffer.from("z"), ...request });
  const { kvs, more, count } = executeRange(store, full);
  return { keys: kvs.map((kv) => kv.key.toString()).join(""), more, count };
}

describe("range", () => {
  it("is sorted by key unless asked otherwise, and says when the limit cut it", async () => {
    const store = await filledStore();
    expect(ask(store, {})).toEqual({ keys: "abc", more: false, count: 3 });
    expect(ask(store, { limit: 2 })).toEqual({ keys: "ab", more: true, count: 3 });
    expect(ask(store, { limit: 3 })).toEqual({ keys: "abc", more: false, count: 3 });
    expect(ask(store, { limit: 1, sortOrder: Order.ASCEND })).toEqual({ keys: "a", more: true, count: 3 });
    expect(ask(store, { key: Buffer.from("b"), rangeEnd: Buffer.from([0]) })).toEqual({ keys: "bc", more: false, count: 2 });
    expect(ask(store, { key: Buffer.from("b"), rangeEnd: Buffer.alloc(0) })).toEqual({ keys: "b", more: false, count: 1 });
    expect(ask(store, { key: Buffer.from("z"), rangeEnd: Buffer.from("a") })).toEqual({ keys: "", more: false, count: 0 });
  });

  it.each([
    ["KEY", "DESCEND", "cba"],
    ["VERSION", "ASCEND", "bca"],
    ["VERSION", "NONE", "bca"],
    ["CREATE", "DESCEND", "cba"],
    ["MOD", "ASCEND", "bca"],
    ["VALUE", "ASCEND", "cab"],
    ["VALUE", "DESCEND", "bac"],
  ] as const)("sorts by %s %s before it cuts", async (target, order, keys) => {
    const store = await filledStore();
    const request = { sortTarget: Target[target], sortOrder: Order[order] };
    expect(ask(store, request)).toEqual({ keys, more: false, count: 3 });
    expect(ask(store, { ...request, limit: 1 })).toEqual({ keys: keys[0], more: true, count: 3 });
  });

  it("filters by revision before it cuts, and counts what it filtered", async () => {
    const store = await filledStore();
    expect(ask(store, { minModRevision: 4 })).toEqual({ keys: "ac", more: false, count: 3 });
    expect(ask(store, { maxModRevision: 5 })).toEqual({ keys: "bc", more: false, count: 3 });
    expect(ask(store, { minCreateRevision: 3, maxCreateRevision: 3 })).toEqual({ keys: "b", more: false, count: 3 });
    expect(ask(store, { minModRevision: 4, limit: 1 })).toEqual({ keys: "a", more: true, count: 3 });
    expect(ask(store, { minModRevision: 4, limit: 2 })).toEqual({ keys: "ac", more: false, count: 3 });
  });

  it("counts without keys, and gives keys without values but leaves the store's alone", async () => {
    const store = await filledStore();
    expect(ask(store, { countOnly: true, limit: 1 })).toEqual({ keys: "", more: false, count: 3 });
    const keysOnly = executeRange(store, RangeRequest.create({ key: Buffer.from("a"), keysOnly: true }));
    expect(keysOnly.kvs[0]).toMatchObject({ value: Buffer.alloc(0), version: 3, modRevision: 7 });
    expect(executeRange(store, RangeRequest.create({ key: Buffer.from("a") })).kvs[0]!.value.toString()).toBe("3");
  });

  it("carries the current revision, also when it reads an old one", async () => {
    const store = await filledStore();
    const old = executeRange(store, RangeRequest.create({ key: Buffer.from("a"), revision: 2 }));
    expect([old.header?.revision, old.kvs[0]?.value.toString()]).toEqual([7, "9"]);
    expect(executeRange(store, RangeRequest.create({ key: Buffer.from("a"), revision: -1 })).kvs).toHaveLength(1);
    expect(() => executeRange(store, RangeRequest.create({ key: Buffer.from("a"), revision: 8 }))).toThrow("future revision");
  });
});
