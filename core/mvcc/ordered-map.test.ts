import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { OrderedMap } from "./ordered-map.ts";

const key = fc.string({ unit: fc.constantFrom("a", "b", "\u0000", "\u00ff"), maxLength: 5 });
const command = fc.oneof(
  { weight: 3, arbitrary: fc.record({ kind: fc.constant("set" as const), key }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant("delete" as const), key }) },
);

function scan(map: OrderedMap<number>, low: string, high: string | undefined, limit = Number.POSITIVE_INFINITY): [string, number][] {
  const seen: [string, number][] = [];
  map.scan(low, high, (value, name) => {
    seen.push([name, value]);
    return seen.length < limit;
  });
  return seen;
}

describe("ordered map", () => {
  it("is a map in key order", () => {
    fc.assert(
      fc.property(fc.array(command, { maxLength: 200 }), key, fc.option(key, { nil: undefined }), (commands, low, high) => {
        const map = new OrderedMap<number>();
        const model = new Map<string, number>();
        for (const [index, { kind, key: name }] of commands.entries()) {
          if (kind === "set") {
            map.set(name, index);
            model.set(name, index);
          } else expect(map.delete(name)).toBe(model.delete(name));
          expect(map.get(name)).toBe(model.get(name));
        }
        const sorted = [...model].sort(([a], [b]) => (a < b ? -1 : 1));
        const inRange = sorted.filter(([name]) => name >= low && (high === undefined || name < high));
        expect(map.size).toBe(model.size);
        expect(scan(map, "", undefined)).toEqual(sorted);
        expect(scan(map, low, high)).toEqual(inRange);
        expect(scan(map, low, high, 2)).toEqual(inRange.slice(0, 2));
        expect(map.countRange(low, high)).toBe(inRange.length);
      }),
    );
  });

  it.each(["ascending", "descending", "scattered"])("keeps thousands of keys, put in %s and taken out", (order) => {
    const names = Array.from({ length: 5000 }, (_, index) => String(order === "scattered" ? (index * 2003) % 5000 : index).padStart(5, "0"));
    if (order === "descending") names.reverse();
    const map = new OrderedMap<number>();
    for (const [index, name] of names.entries()) map.set(name, index);
    expect(scan(map, "", undefined).map(([name]) => name)).toEqual([...names].sort());
    expect(map.countRange("01000", "03000")).toBe(2000);
    for (const name of names) if (name >= "00010") expect(map.delete(name)).toBe(true);
    expect(scan(map, "", undefined)).toHaveLength(10);
    expect(map.countRange("", undefined)).toBe(10);
  });
});
