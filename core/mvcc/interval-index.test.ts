import fc from "fast-check";
import { expect, it } from "vitest";
import { IntervalIndex } from "./interval-index.ts";
import { isWithin, type KeyRange } from "./key-range.ts";

const key = fc.string({ unit: fc.constantFrom("a", "b", "c"), maxLength: 3 });
const range = fc.record({ low: key, high: fc.option(key, { nil: undefined }), single: fc.constant(false) });

it("finds every range that contains a key, and no other, as ranges come and go", () => {
  fc.assert(
    fc.property(fc.array(fc.record({ range, remove: fc.nat() }), { maxLength: 40 }), fc.array(key), (steps, keys) => {
      const index = new IntervalIndex<number>();
      const known = new Map<number, KeyRange>();
      for (const [id, step] of steps.entries()) {
        index.add(step.range, id);
        known.set(id, step.range);
        const gone = step.remove % (id + 3);
        const old = known.get(gone);
        if (old !== undefined) index.remove(old, gone);
        known.delete(gone);
        for (const name of keys) {
          const found: number[] = [];
          index.containing(name, (member) => found.push(member));
          const expected = [...known].filter(([, each]) => isWithin(each, name)).map(([member]) => member);
          expect(found.sort((a, b) => a - b)).toEqual(expected.sort((a, b) => a - b));
        }
      }
    }),
  );
});
