import { describe, expect, it } from "vitest";
import { growthFactor } from "./heap-limits.ts";

const MB = 1024 * 1024;

describe("the young generation", () => {
  it("grows to eight megabytes in steps that never lead beyond them", () => {
    expect([1, 2, 4, 8, 16].map((size) => growthFactor(size * MB))).toEqual([4, 4, 2, 1, 1]);
    for (let size = 1; size <= 8; size *= 2) expect(size * growthFactor(size * MB)).toBeLessThanOrEqual(8);
    expect(growthFactor(0)).toBe(4);
  });
});
