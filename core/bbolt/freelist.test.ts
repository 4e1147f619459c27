import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { decodeFreelist, encodeFreelist, Freelist, freelistPages, spansOf } from "./freelist.ts";

const listOf = (...ids: number[]): Freelist => new Freelist(spansOf(ids));

describe("freelist", () => {
  it("gives neighbours from a span of just that length, else from the shortest longer one, else none", () => {
    const list = listOf(3, 5, 6, 7, 8, 9, 12, 13, 14);
    expect(list.allocate(9, 3)).toBe(12);
    expect(list.allocate(9, 2)).toBe(5);
    expect(list.allocate(9, 1)).toBe(3);
    expect(list.allocate(9, 4)).toBe(0);
    expect(list.allocate(9, 3)).toBe(7);
    expect(list.freeCount).toBe(0);
  });

  it("keeps a page from being used while a reader of an older state is open", () => {
    const list = listOf();
    expect(list.free(10, 5, 2)).toBe(true);
    list.release([9], 10);
    expect(list.freeCount).toBe(0);
    expect(list.pendingCount).toBe(2);
    list.release([10], 10);
    expect(list.freeCount).toBe(2);
    expect(list.pendingCount).toBe(0);
  });

  it("lets pages go that were allocated and given up between two readers", () => {
    const list = listOf(20);
    expect(list.allocate(11, 1)).toBe(20);
    list.noteAllocation(11, 30);
    expect(list.free(12, 20, 1)).toBe(true);
    expect(list.free(14, 30, 1)).toBe(true);
    // the reader of 10 sees neither, the one of 13 sees page 30
    list.release([10, 13], 14);
    expect(list.ids()).toEqual([20, 30]);
    expect(list.freeCount).toBe(1);
    list.release([10], 14);
    expect(list.freeCount).toBe(2);
  });

  it("does not take a page twice", () => {
    const list = listOf(4, 5);
    expect(list.free(7, 3, 2)).toBe(false);
    expect(list.free(7, 6, 1)).toBe(true);
    expect(list.free(7, 6, 1)).toBe(false);
    expect(list.ids()).toEqual([4, 5, 6]);
  });

  it("is after a rollback what it was before", () => {
    const list = listOf(4, 5, 6, 9);
    const start = list.allocate(8, 2);
    list.free(8, 12, 3);
    list.rollback(8, [{ start, length: 2 }]);
    expect(list.ids()).toEqual([4, 5, 6, 9]);
    expect(list.freeCount).toBe(4);
    expect(list.pendingCount).toBe(0);
    expect(list.allocate(9, 3)).toBe(4);
  });

  it("never gives a page out twice and never loses one", () => {
    const step = fc.record({ kind: fc.constantFrom("allocate", "free", "release"), size: fc.integer({ min: 1, max: 5 }) });
    fc.assert(
      fc.property(fc.array(step, { maxLength: 200 }), (steps) => {
        const list = listOf(...Array.from({ length: 40 }, (_, i) => i + 2));
        const held: { start: number; length: number }[] = [];
        let txid = 5;
        for (const { kind, size } of steps) {
          if (kind === "allocate") {
            const start = list.allocate(txid, size);
            if (start !== 0) held.push({ start, length: size });
          } else if (kind === "free") {
            const span = held.shift();
            if (span) expect(list.free(txid, span.start, span.length)).toBe(true);
          } else list.release([], txid++);
          const ids = [...list.ids(), ...held.flatMap(({ start, length }) => Array.from({ length }, (_, i) => start + i))];
          expect(ids.sort((a, b) => a - b)).toEqual(Array.from({ length: 40 }, (_, i) => i + 2));
          expect(list.freeCount + list.pendingCount).toBe(list.ids().length);
        }
      }),
      { numRuns: 100 },
    );
  });

  it("comes back from its page, also with more ids than the header can count", () => {
    for (const count of [0, 1, 509, 510, 511, 0xfffe, 0xffff, 70000]) {
      const ids = Array.from({ length: count }, (_, i) => i + 2);
      const pages = freelistPages(count, 4096);
      const data = encodeFreelist(9, ids, pages, 4096);
      expect(data.length).toBe(pages * 4096);
      expect(decodeFreelist(data, 9, 80000, "db", 0)).toEqual(ids);
    }
  });

  it("is refused when an id is out of order or out of the file, or the count too large", () => {
    const data = encodeFreelist(9, [4, 3], 1, 4096);
    expect(() => decodeFreelist(data, 9, 100, "db", 36864)).toThrow("db at offset 36888: id 1 of the freelist: expected 5..99, found 3");
    expect(() => decodeFreelist(encodeFreelist(9, [100], 1, 4096), 9, 100, "db", 0)).toThrow("expected 2..99, found 100");
    data.writeUInt16LE(5000, 10);
    expect(() => decodeFreelist(data, 9, 100, "db", 0)).toThrow("more ids than fit");
    expect(() => decodeFreelist(data, 8, 100, "db", 0)).toThrow("carries another page's number");
  });
});
