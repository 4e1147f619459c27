import { describe, expect, it } from "vitest";
import { ManualClock } from "../mvcc/testing/manual-clock.ts";
import { EtcdError } from "../proto/errors.ts";
import { AutoCompactor } from "./auto-compaction.ts";
import { silentLog } from "./log.ts";

const minute = 60_000;

describe("automatic compaction", () => {
  it("by time: nothing before a whole period, then what is older than the period", async () => {
    const clock = new ManualClock();
    const compacted: number[] = [];
    // one revision a minute
    const host = { revision: () => clock.monotonic() / minute + 1, compact: async (revision: number) => void compacted.push(revision) };
    const compactor = new AutoCompactor({ mode: "periodic", retentionMs: 10 * minute }, host, clock, silentLog);
    compactor.start();
    compactor.setLeading(true);
    await clock.advance(9 * minute);
    expect(compacted).toEqual([]);
    await clock.advance(minute);
    expect(compacted).toEqual([1]);
    await clock.advance(10 * minute);
    // as in etcd the oldest sample kept is one interval older than the period
    expect(compacted).toEqual([1, 10]);
    compactor.stop();
    expect(clock.pending).toBe(0);
  });
  it("by revision: all but the last ones, every five minutes, and only when there is something new", async () => {
    const clock = new ManualClock();
    const compacted: number[] = [];
    let revision = 50;
    const host = { revision: () => revision, compact: async (to: number) => void compacted.push(to) };
    const compactor = new AutoCompactor({ mode: "revision", retention: 100 }, host, clock, silentLog);
    compactor.start();
    compactor.setLeading(true);
    await clock.advance(5 * minute);
    revision = 150;
    await clock.advance(10 * minute);
    expect(compacted).toEqual([50]);
  });
  it("only a leader compacts; a failure is tried again, and done by somebody else counts as done", async () => {
    const clock = new ManualClock();
    const tried: number[] = [];
    let failure: Error | undefined = new Error("no");
    const host = {
      revision: () => 200,
      compact: async (to: number) => {
        tried.push(to);
        if (failure !== undefined) throw failure;
      },
    };
    const compactor = new AutoCompactor({ mode: "revision", retention: 100 }, host, clock, silentLog);
    compactor.start();
    await clock.advance(5 * minute);
    expect(tried).toEqual([]);
    compactor.setLeading(true);
    await clock.advance(10 * minute);
    expect(tried).toEqual([100, 100]);
    failure = new EtcdError("Compacted");
    await clock.advance(15 * minute);
    expect(tried).toEqual([100, 100, 100]);
  });
});
