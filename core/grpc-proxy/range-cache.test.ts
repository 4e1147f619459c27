import { describe, expect, it } from "vitest";
import { RangeCache } from "./range-cache.ts";

const bytes = (text: string): Buffer => Buffer.from(text, "latin1");
const range = (key: string, rangeEnd = "", revision = 0): { key: Buffer; rangeEnd: Buffer; revision: number } => ({ key: bytes(key), rangeEnd: bytes(rangeEnd), revision });

function cacheOf(...ranges: readonly ReturnType<typeof range>[]): RangeCache {
  const cache = new RangeCache();
  for (const one of ranges) cache.add(cache.ask(one), nameOf(one), bytes("answer"));
  return cache;
}

function nameOf({ key, rangeEnd, revision }: ReturnType<typeof range>): string {
  return `${key.toString("latin1")}..${rangeEnd.toString("latin1")}@${revision}`;
}

const has = (cache: RangeCache, one: ReturnType<typeof range>): boolean => cache.get(nameOf(one), one.revision) !== undefined;

describe("the cache of ranges", () => {
  it("gives an answer again", () => {
    const cache = cacheOf(range("a"));
    expect(cache.get(nameOf(range("a")), 0)?.toString()).toBe("answer");
    expect(cache.get(nameOf(range("b")), 0)).toBeUndefined();
  });

  it.each([
    ["a write of its key", range("b"), "b", "", false],
    ["a write of another key", range("b"), "c", "", true],
    ["a write inside its range", range("a", "c"), "b", "", false],
    ["a write at the end of its range", range("a", "c"), "c", "", true],
    ["a write far behind, where it has no end", range("a", "\0"), "z", "", false],
    ["a deletion of a range with its key", range("b"), "a", "c", false],
    ["a deletion of a range beside its key", range("c"), "a", "c", true],
    ["a deletion of everything from a key on", range("x", "y"), "b", "\0", false],
    ["a deletion of a range that ends where its own begins", range("c", "e"), "a", "c", true],
    ["a deletion of a range that meets its own", range("c", "e"), "d", "f", false],
    ["a write, where it was read at a revision", range("b", "", 5), "b", "", true],
  ])("keeps its answer or not: %s", (_, asked, key, rangeEnd, kept) => {
    const cache = cacheOf(asked);
    cache.invalidate(bytes(key), bytes(rangeEnd));
    expect(has(cache, asked)).toBe(kept);
  });

  it("does not keep an answer that was on its way while its key was written", () => {
    const cache = new RangeCache();
    const ticket = cache.ask(range("a", "c"));
    cache.invalidate(bytes("b"), bytes(""));
    cache.add(ticket, nameOf(range("a", "c")), bytes("old"));
    expect(cache.size).toBe(0);
  });

  it("refuses revisions that were compacted, and only those", () => {
    const cache = cacheOf(range("a", "", 3), range("a", "", 7), range("a"));
    cache.compact(5);
    expect(cache.get(nameOf(range("a", "", 3)), 3)).toBe("compacted");
    expect(has(cache, range("a", "", 7))).toBe(true);
    expect(has(cache, range("a"))).toBe(true);
    expect(cache.size).toBe(2);
  });

  it("forgets what was not asked for longest, and holds no more than its bounds", () => {
    const cache = new RangeCache();
    const add = (at: number, size: number): void => cache.add(cache.ask(range(`k${at}`)), nameOf(range(`k${at}`)), Buffer.alloc(size));
    for (let at = 0; at < 2048; at++) add(at, 1);
    expect(has(cache, range("k0"))).toBe(true);
    add(2048, 1);
    expect([cache.size, has(cache, range("k0")), has(cache, range("k1"))]).toEqual([2048, true, false]);
    for (let at = 0; at < 10; at++) add(5000 + at, 30 * 1024 * 1024);
    expect(cache.size).toBe(4);
    add(9000, 40 * 1024 * 1024);
    expect(has(cache, range("k9000"))).toBe(false);
  });
});
