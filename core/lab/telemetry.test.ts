import { describe, expect, it } from "vitest";
import type { MessageRecord, ProbeRecord, StateRecord } from "../probe/records.ts";
import { ChangeFeed } from "./change-feed.ts";
import type { ChangesFrame } from "./contract/host.ts";
import type { Change } from "./contract/protocol.ts";
import { type LabState, LOG_WINDOW } from "./contract/state.ts";
import { RequestWays } from "./request-ways.ts";
import { Telemetry } from "./telemetry.ts";
import { ManualClock } from "./testing/manual-clock.ts";
import { Timeline } from "./timeline.ts";

const empty: LabState = {
  lab: { name: "t", folder: "/t", version: "0", startedAt: 0 },
  members: [],
  faults: [],
  mail: { stepping: false, letters: [] },
  logs: [],
  timeline: [],
  services: [],
  terminals: [],
};

function make() {
  const clock = new ManualClock();
  const feed = new ChangeFeed(clock, empty);
  const frames: ChangesFrame[] = [];
  feed.subscribe((frame) => frames.push(frame));
  const rafts: [string, number][] = [];
  const telemetry = new Telemetry(feed, new Timeline(1, (event) => feed.event(event)), new RequestWays(), { accept: () => undefined }, clock, {
    onHello: () => undefined, onMeters: () => undefined, onWatching: () => undefined,
    onRaft: (host, raft) => rafts.push([host, raft.term]),
  });
  const tell = (host: string, records: ProbeRecord[], dropped = 0): void => telemetry.accept(host, { type: "records", records, dropped });
  const changes = (): readonly Change[] => {
    clock.advance(100);
    return frames.splice(0).flatMap((frame) => frame.changes);
  };
  return { clock, feed, frames, telemetry, tell, changes, rafts };
}

function message(direction: MessageRecord["direction"], at: number, more: Partial<MessageRecord> = {}): MessageRecord {
  return { kind: "message", at, direction, type: "MsgApp", from: "a1", to: "a2", term: 1, logTerm: 1, index: 5, entries: 1, commit: 4, bytes: 100, reject: false, ...more };
}
const entry = (index: number, term = 1): ProbeRecord => ({ kind: "entry", at: index, index, term, operation: "put", key: "k", bytes: 10, request: "" });
const state = (term: number): StateRecord => ({
  kind: "state",
  at: 1,
  role: "follower",
  term,
  vote: "",
  lead: "",
  firstIndex: 1,
  lastIndex: 1,
  durableIndex: 0,
  commit: 1,
  applied: 1,
  revision: 1,
  compactRevision: 0,
  electionElapsed: 0,
  electionTimeout: 10,
  tickMs: 100,
  stepping: false,
  votes: {},
  progress: [],
  dbSize: 0,
  dbSizeInUse: 0,
  fsyncMs: 0,
  watchers: 0,
  leases: 0,
  keys: 0,
  alarms: [],
  residentBytes: 0,
});

describe("messages", () => {
  it("become one mark when both ends have told, in either order", () => {
    const { tell, changes } = make();
    tell("m1", [message("sent", 10)]);
    expect(changes()).toEqual([]);
    tell("m2", [message("received", 12), message("received", 14, { index: 6 })]);
    tell("m1", [message("sent", 13, { index: 6 })]);
    const [change] = changes();
    expect(change).toMatchObject({ type: "messages", unsampled: 0, marks: [{ at: 10, outcome: "delivered" }, { at: 13, index: 6 }] });
  });
  it("that were dropped are told at once, with the reason", () => {
    const { tell, changes } = make();
    tell("m1", [message("dropped", 10, { reason: "cut" })]);
    expect(changes()[0]).toMatchObject({ marks: [{ outcome: "dropped", reason: "cut" }] });
  });
  it("whose end nobody saw make no mark, and are forgotten", () => {
    const { tell, changes, clock } = make();
    tell("m1", [message("sent", 10)]);
    clock.advance(10_000);
    tell("m1", [message("sent", 20, { index: 9 })]);
    tell("m2", [message("received", 30)]);
    expect(changes()).toEqual([]);
  });
  it("are sampled when there are too many, the telling ones first, and the rest is counted", () => {
    const { tell, changes } = make();
    tell("m1", Array.from({ length: 500 }, (_, at) => message("dropped", at, { type: "MsgHeartbeat", index: at, entries: 0 })).map((one) => ({ ...one, direction: "sent" as const })));
    tell("m2", Array.from({ length: 500 }, (_, at) => message("received", at, { type: "MsgHeartbeat", index: at, entries: 0 })));
    tell("m1", [message("dropped", 1, { type: "MsgVote" })], 3);
    const [change] = changes();
    if (change?.type !== "messages") throw new Error("no messages");
    expect(change.marks.length).toBeLessThanOrEqual(48);
    expect(change.marks.length + change.unsampled).toBe(504);
  });
});

describe("the log", () => {
  it("is told with what was overwritten before what came instead", () => {
    const { tell, changes, feed } = make();
    tell("m1", [entry(1), entry(2), entry(3), { kind: "fsync", at: 1, durationMs: 1, index: 3 }]);
    tell("m1", [{ kind: "truncation", at: 2, fromIndex: 2, toIndex: 3 }, entry(2, 2)]);
    expect(changes().map((change) => change.type)).toEqual(["log", "log"]);
    const log = feed.state.logs[0]!;
    expect(log.entries.map((one) => [one.index, one.term])).toEqual([
      [1, 1],
      [2, 2],
    ]);
    expect(log.overwritten.map((one) => one.index)).toEqual([2, 3]);
    expect(log.durableIndex).toBe(1);
  });
  it("keeps its newest entries and no more", () => {
    const { tell, changes, feed } = make();
    tell("m1", Array.from({ length: 3000 }, (_, at) => entry(at + 1)));
    changes();
    expect(feed.state.logs[0]!.entries).toHaveLength(LOG_WINDOW);
    expect(feed.state.logs[0]!.entries.at(-1)!.index).toBe(3000);
  });
});

describe("states and happenings", () => {
  it("of several states in a batch the last is told", () => {
    const { tell, rafts } = make();
    tell("m1", [state(1), state(2)]);
    expect(rafts).toEqual([["m1", 2]]);
  });
  it("make lines of the timeline, numbered", () => {
    const { tell, changes } = make();
    tell("m2", [
      { kind: "happening", at: 5, what: "leader-elected", term: 3, text: "was elected leader" },
      { kind: "happening", at: 6, what: "alarm-raised", term: 3, text: "raised NOSPACE" },
    ]);
    expect(changes()).toEqual([
      {
        type: "timeline",
        events: [
          { id: 1, at: 5, host: "m2", kind: "leader", term: 3, text: "was elected leader", tone: "good", what: "leader-elected", peer: "" },
          { id: 2, at: 6, host: "m2", kind: "alarm", term: 3, text: "raised NOSPACE", tone: "bad", what: "alarm-raised", peer: "" },
        ],
      },
    ]);
  });
  it("tell a new leader louder than who follows it", () => {
    const { tell, changes } = make();
    tell("m2", [{ kind: "happening", at: 5, what: "leader-followed", term: 3, text: "follows leader 8e9e05c52164694d" }]);
    expect(changes()).toMatchObject([{ events: [{ kind: "election", tone: "plain" }] }]);
  });
});

describe("the feed", () => {
  it("gathers what happens within a frame, and numbers frames without a gap", () => {
    const { feed, frames, clock } = make();
    feed.keysChanged(5, ["YQ=="]);
    feed.keysChanged(6, ["Yg=="]);
    feed.terminalOutput("t1", "a");
    feed.terminalOutput("t1", "b");
    expect(frames).toEqual([]);
    clock.advance(30);
    feed.setFaults([]);
    clock.advance(30);
    expect(frames.map((frame) => frame.seq)).toEqual([1, 2]);
    expect(frames[0]!.changes).toEqual([
      { type: "keys", revision: 6, keys: ["YQ==", "Yg=="] },
      { type: "terminal.output", id: "t1", data: "ab" },
    ]);
  });
  it("says that any key may have changed when too many did", () => {
    const { feed, changes } = make();
    feed.keysChanged(9, Array.from({ length: 200 }, (_, at) => `k${at}`));
    expect(changes()).toEqual([{ type: "keys", revision: 9, keys: [] }]);
  });
  it("gives a snapshot that holds all frames up to its number", () => {
    const { feed, frames } = make();
    feed.setTerminals([{ id: "t1", host: "m1" }]);
    const { seq, state: snapshot } = feed.snapshot();
    expect(seq).toBe(1);
    expect(frames).toHaveLength(1);
    expect(snapshot.terminals).toEqual([{ id: "t1", host: "m1" }]);
  });
});
