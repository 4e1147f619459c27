import { expect, it } from "vitest";
import { KeyValue } from "../proto/gen/mvccpb.ts";
import { KeyEntry } from "./key-entry.ts";
import { ValueCache } from "./value-cache.ts";

const pair = (): KeyValue => KeyValue.create({ key: Buffer.alloc(10), value: Buffer.alloc(90) });
const entries = (count: number): KeyEntry[] => Array.from({ length: count }, (_, index) => new KeyEntry(String(index), 2, 0, 2, 1, false));
const held = (all: readonly KeyEntry[]): string => all.flatMap((entry) => (entry.cached === undefined ? [] : [entry.key])).join();

it("holds as many pairs as its budget allows, newest first, and those used again longer", () => {
  const cache = new ValueCache(1250);
  const all = entries(6);
  for (const entry of all.slice(0, 3)) cache.hold(entry, pair());
  expect(held(all)).toBe("0,1,2");
  cache.hold(all[0]!, pair());
  cache.hold(all[3]!, pair());
  expect(held(all)).toBe("0,2,3");
  cache.release(all[2]!);
  cache.hold(all[4]!, pair());
  expect(held(all)).toBe("0,3,4");
  cache.hold(all[5]!, pair());
  expect(held(all)).toBe("0,4,5");
});

it("holds nothing larger than its budget, and takes back what was let go", () => {
  const cache = new ValueCache(500);
  const [first, second] = entries(2) as [KeyEntry, KeyEntry];
  cache.hold(first, KeyValue.create({ value: Buffer.alloc(1000) }));
  expect(first.cached).toBeUndefined();
  cache.hold(first, pair());
  cache.hold(second, pair());
  cache.hold(first, pair());
  expect([first.cached === undefined, second.cached === undefined]).toEqual([false, true]);
});

it.each([40_000, 1e9])("keeps its queue short however many pairs come and go, with a budget of %d", (budget) => {
  const cache = new ValueCache(budget);
  const all = entries(100);
  for (let round = 0; round < 500; round++) {
    for (const entry of entries(40)) {
      cache.hold(entry, pair());
      cache.release(entry);
    }
    for (const entry of all) cache.hold(entry, pair());
  }
  expect((cache as unknown as { queue: unknown[] }).queue.length).toBeLessThan(5000);
  expect(held(all).split(",").length).toBeGreaterThan(90);
});
