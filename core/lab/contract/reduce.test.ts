import { describe, expect, test } from "vitest";
import { compareHosts, reduce } from "./reduce.ts";
import type { LabState, LogEntryView, MemberView } from "./state.ts";
import { LOG_WINDOW, TIMELINE_WINDOW } from "./state.ts";

const empty: LabState = {
  lab: { name: "lab", folder: "", version: "0", startedAt: 0 },
  members: [],
  faults: [],
  mail: { stepping: false, letters: [] },
  logs: [],
  timeline: [],
  services: [],
  terminals: [],
};

function member(host: string): MemberView {
  return { host, id: "", clusterId: "", clientUrl: "", peerUrl: "", process: "running", processSince: 0, pid: 1, failure: "", raft: null };
}

function entry(index: number, term = 1): LogEntryView {
  return { index, term, operation: "put", key: "a", bytes: 1, at: 0 };
}

function appended(state: LabState, entries: readonly LogEntryView[], more: { truncatedFrom?: number; firstIndex?: number; durableIndex?: number } = {}): LabState {
  return reduce(state, { type: "log", host: "m1", appended: entries, truncatedFrom: 0, firstIndex: 0, durableIndex: 0, ...more });
}

describe("members", () => {
  test("stand in the order of their numbers and are replaced in place", () => {
    let state = empty;
    for (const host of ["m10", "m2", "m1"]) state = reduce(state, { type: "member", member: member(host) });
    expect(state.members.map((one) => one.host)).toEqual(["m1", "m2", "m10"]);
    const paused = { ...member("m2"), process: "paused" as const };
    const after = reduce(state, { type: "member", member: paused });
    expect(after.members[1]).toBe(paused);
    expect(after.members[0]).toBe(state.members[0]);
    expect(compareHosts("m2", "m10")).toBeLessThan(0);
  });

  test("a removed member takes its log along", () => {
    const state = appended(reduce(empty, { type: "member", member: member("m1") }), [entry(1)]);
    expect(reduce(state, { type: "member-removed", host: "m1" })).toMatchObject({ members: [], logs: [] });
  });
});

describe("a log", () => {
  test("told once more because somebody looks again, remembers when an entry was first seen", () => {
    const seen = { ...entry(2), at: 77 };
    const state = appended(appended(empty, [seen]), [entry(1), entry(2), entry(3)]);
    expect(state.logs[0]?.entries.map((one) => [one.index, one.at])).toEqual([[1, 0], [2, 77], [3, 0]]);
    expect(appended(state, [entry(2, 5)]).logs[0]?.entries[1]).toMatchObject({ term: 5, at: 0 });
  });

  test("keeps what was overwritten, marked, and takes back what was durable", () => {
    let state = appended(empty, [entry(1), entry(2), entry(3)], { durableIndex: 3 });
    state = appended(state, [entry(2, 2)], { truncatedFrom: 2 });
    expect(state.logs[0]).toMatchObject({
      entries: [{ index: 1, term: 1 }, { index: 2, term: 2 }],
      overwritten: [{ index: 2, term: 1 }, { index: 3, term: 1 }],
      durableIndex: 1,
    });
  });

  test("is bounded, loses what was compacted, and takes late entries in their place", () => {
    let state = appended(empty, Array.from({ length: LOG_WINDOW + 10 }, (_, at) => entry(at + 1)));
    expect(state.logs[0]?.entries).toHaveLength(LOG_WINDOW);
    state = appended(state, [], { firstIndex: LOG_WINDOW });
    expect(state.logs[0]?.entries[0]?.index).toBe(LOG_WINDOW);
    state = appended(appended(empty, [entry(5)]), [entry(4), entry(5, 2)]);
    expect(state.logs[0]?.entries.map((one) => [one.index, one.term])).toEqual([[4, 1], [5, 2]]);
  });
});

describe("the rest", () => {
  test("the timeline is bounded and events that are no state change nothing", () => {
    const events = Array.from({ length: TIMELINE_WINDOW + 5 }, (_, id) => ({ id, at: 0, host: "", kind: "note" as const, term: 0, text: "", tone: "plain" as const, what: "" as const, peer: "" }));
    expect(reduce(empty, { type: "timeline", events }).timeline).toHaveLength(TIMELINE_WINDOW);
    expect(reduce(empty, { type: "keys", revision: 1, keys: [] })).toBe(empty);
    expect(reduce(empty, { type: "messages", marks: [], unsampled: 0 })).toBe(empty);
  });

  test("a terminal that closed is gone", () => {
    const state = reduce(empty, { type: "terminals", terminals: [{ id: "t1", host: "m1" }] });
    expect(reduce(state, { type: "terminal.closed", id: "t1", code: 0 }).terminals).toEqual([]);
  });
});
