import { describe, expect, it } from "vitest";
import { SyncPace } from "./sync-pace.ts";

const after = (...took: readonly (readonly [ms: number, byThread: boolean])[]): SyncPace => {
  const pace = new SyncPace();
  for (const [ms, byThread] of took) pace.took(ms, byThread);
  return pace;
};
const times = (count: number, ms: number, byThread: boolean): (readonly [number, boolean])[] => Array.from({ length: count }, () => [ms, byThread] as const);

describe("the pace of syncs", () => {
  it("trusts no disk before it has seen it quick for a while", () => {
    expect(new SyncPace().onTheSpot).toBe(false);
    expect(after(...times(15, 0.2, true)).onTheSpot).toBe(false);
    expect(after(...times(16, 0.2, true)).onTheSpot).toBe(true);
  });

  it("leaves a slow disk to threads", () => {
    expect(after(...times(100, 5, true)).onTheSpot).toBe(false);
  });

  it("goes back to threads at once when the disk stalls, and returns when it has recovered", () => {
    const pace = after(...times(16, 0.2, true), ...times(50, 0.2, false), [30, false]);
    expect(pace.onTheSpot).toBe(false);
    for (const [ms, byThread] of times(16, 0.3, true)) pace.took(ms, byThread);
    expect(pace.onTheSpot).toBe(true);
  });

  it("gives up waiting when the average creeps up", () => {
    expect(after(...times(16, 0.2, true), ...times(40, 3, false)).onTheSpot).toBe(false);
  });
});
