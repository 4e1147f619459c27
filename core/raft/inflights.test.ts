import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { InvariantError } from "./errors.ts";
import { Inflights } from "./inflights.ts";

describe("the window of messages under way", () => {
  test("behaves as a plain queue does, through any mix of sending, acknowledging and clearing", () => {
    const operation = fc.oneof(
      { weight: 6, arbitrary: fc.record({ add: fc.nat({ max: 50 }) }) },
      { weight: 3, arbitrary: fc.record({ free: fc.nat({ max: 12 }) }) },
      { weight: 1, arbitrary: fc.constant({ reset: true }) },
    );
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 40 }), fc.nat({ max: 300 }), fc.array(operation, { maxLength: 200 }), (size, bytes, steps) => {
        const window = new Inflights(size, bytes);
        let model: Array<{ index: number; bytes: number }> = [];
        let next = 1;
        for (const step of steps) {
          if ("add" in step) {
            if (!window.full) {
              window.add(next, step.add);
              model.push({ index: next, bytes: step.add });
              next += 2;
            }
          } else if ("free" in step) {
            const upTo = (model[0]?.index ?? next) + step.free - 2;
            window.freeUpTo(upTo);
            model = model.filter(({ index }) => index > upTo);
          } else {
            window.reset();
            model = [];
          }
          const held = model.reduce((sum, each) => sum + each.bytes, 0);
          expect([window.count, window.bytes]).toEqual([model.length, held]);
          expect(window.full).toBe(model.length >= size || (bytes > 0 && held >= bytes));
        }
      }),
    );
  });

  test("takes the message that reaches the bound of bytes, and none after it", () => {
    const window = new Inflights(10, 100);
    window.add(1, 99);
    expect(window.full).toBe(false);
    window.add(2, 1000);
    expect(window.full).toBe(true);
    expect(() => window.add(3, 1)).toThrow(InvariantError);
  });

  test("has no bound of bytes at 0 and at Infinity", () => {
    for (const bound of [0, Infinity]) {
      const window = new Inflights(2, bound);
      window.add(1, 1e12);
      expect(window.full).toBe(false);
    }
  });
});
