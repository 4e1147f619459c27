import { describe, expect, test } from "vitest";
import type { ActiveFault, LabState, ProcessState, RaftView } from "../../core/lab/contract/state.ts";
import { diffLines } from "../../renderer/derive/diff.ts";
import { sentenceOf } from "../../renderer/derive/sentence.ts";
import { spansOfTimeline, withFaults, withObservation } from "../../renderer/state/history.ts";
import { cellsOf, fateOf } from "../../renderer/views/log/lanes.ts";
import { isCrowded, ringPlaces } from "../../renderer/views/cluster/geometry.ts";
import { RecordedLab } from "./recorded-lab.ts";

const base = new RecordedLab({ members: 5, live: false, now: () => 1_000_000 }).state;

function withMembers(change: Readonly<Record<string, { process?: ProcessState; raft?: Partial<RaftView> }>>, faults: readonly ActiveFault[] = []): LabState {
  return {
    ...base,
    faults,
    members: base.members.map((one) => {
      const own = change[one.host];
      if (own === undefined || one.raft === null) return one;
      return { ...one, process: own.process ?? one.process, raft: { ...one.raft, ...own.raft } };
    }),
  };
}

const say = (state: LabState | null, connected = true): string => {
  const { first, rest, tone } = sentenceOf(state, connected, "", 0);
  return `${tone}: ${first} ${rest}`;
};

function cut(host: string, to: string): ActiveFault {
  return { id: `${host}${to}`, kind: "cut", host, to, amount: 0, since: 0, text: "" };
}

describe("the sentence on top", () => {
  test("counts who follows the leader in its term, and how many losses are left", () => {
    expect(say(base)).toBe("good: 5 of 5 members serve. m1 leads term 2; writes and reads are served. Two more losses are survivable.");
    expect(say(withMembers({ m5: { process: "killed" } }))).toBe("warn: 4 of 5 members serve. m1 leads term 2; writes and reads are served. One more loss is survivable.");
    expect(say(withMembers({ m4: { process: "paused" }, m5: { process: "killed" } }))).toContain("The next loss stops writes.");
  });

  test("does not count hosts on which etcd is still to be set up", () => {
    const spare = (one: LabState["members"][number]): LabState["members"][number] => ({ ...one, spare: true, id: "", process: "stopped", raft: null });
    expect(say({ ...base, members: base.members.map((one, at) => (at < 3 ? one : spare(one))) })).toContain("3 of 3 members serve.");
    expect(say({ ...base, members: base.members.map(spare) })).toBe("plain: No etcd yet. 5 hosts wait for it: set it up in the terminal; its programs lie in /root.");
  });

  test("does not believe a leader whom no majority follows", () => {
    const alone = { lead: "" };
    expect(say(withMembers({ m2: { raft: alone }, m3: { raft: alone }, m4: { raft: alone } }))).toMatch(/^warn: No leader\./);
  });

  test("says what is lost with the quorum and what still works", () => {
    const dead = { process: "killed" as const };
    expect(say(withMembers({ m1: dead, m2: dead, m3: dead }))).toBe(
      "bad: Quorum lost: 2 of 5 members run. Writes and linearizable reads stop until 3 run; serializable reads still work.",
    );
    expect(say(withMembers({ m1: dead, m2: dead, m3: dead, m4: dead, m5: dead }))).toMatch(/^bad: No member runs\./);
  });

  test("tells those who can elect from those who are cut off", () => {
    const lost = { raft: { role: "follower" as const, lead: "" } };
    const state = (faults: readonly ActiveFault[]): LabState => withMembers({ m1: lost, m2: lost, m3: lost, m4: lost, m5: lost }, faults);
    expect(say(state([]))).toContain("m1, m2, m3, m4 and m5 can elect one");
    expect(say(state(["m2", "m3", "m4", "m5"].map((to) => cut("m1", to))))).toContain("m2, m3, m4 and m5 can elect one");
    const pieces = ["m1>m3", "m1>m4", "m1>m5", "m2>m3", "m2>m4", "m2>m5", "m3>m4", "m3>m5"].map((way) => cut(way.slice(0, 2), way.slice(3)));
    expect(say(state(pieces))).toContain("no 3 of them have found each other");
  });

  test("a full disk refuses writes although a leader leads, and nothing is claimed without a connection", () => {
    expect(say(withMembers({ m3: { raft: { alarms: ["NOSPACE"] } } }))).toContain("NOSPACE on m3: writes are refused");
    expect(say(base, false)).toMatch(/Connecting|Not connected/);
    expect(say(null)).toMatch(/^plain: Connecting/);
  });
});

describe("an entry's fate", () => {
  test("is committed where a member says so, and hatched where a leader overwrote it", () => {
    const lab = new RecordedLab({ members: 3, live: false, now: () => 0 });
    lab.overwrite("m3");
    const log = lab.state.logs.find((one) => one.host === "m3");
    expect(cellsOf(log, 1174, 1173, 1180).map((cell) => cell.state)).toEqual(["committed", "committed", ...Array<string>(6).fill("overwritten")]);
    expect(fateOf(lab.state, "m1", 1178, null)).toMatchObject({ state: "committed", durableAt: ["m1", "m2"], majority: 2 });
    expect(fateOf(lab.state, "m1", 9999, null).entry).toBeNull();
  });
});

describe("the strip's history", () => {
  test("has a span for each election and each leader, and closes faults that are healed", () => {
    expect(spansOfTimeline(base).map((span) => [span.term, span.led])).toEqual([[1, false], [1, true], [2, false], [2, true]]);
    const spans = withObservation([], 10, 3, true);
    expect(withObservation(spans, 20, 3, true)).toBe(spans);
    expect(withObservation(spans, 20, 3, false)).toHaveLength(2);
    const open = withFaults([], [cut("m1", "m2")], 5);
    expect(withFaults(open, [cut("m1", "m2")], 6)).toBe(open);
    expect(withFaults(open, [], 7)).toEqual([{ id: "m1m2", since: 0, until: 7 }]);
  });
});

describe("small pure parts", () => {
  test("a diff keeps what is the same and marks the rest", () => {
    expect(diffLines("a\nb\nc", "a\nx\nc").map((line) => `${line.kind} ${line.text}`)).toEqual(["same a", "gone b", "new x", "same c"]);
    expect(diffLines("", "a")).toEqual([{ kind: "new", text: "a" }]);
  });

  test("one to nine members stand inside their room, and nine are too many for whole facts", () => {
    for (let count = 1; count <= 9; count += 1) {
      for (const place of ringPlaces(count, 904, 430)) {
        expect(place.x).toBeGreaterThan(36);
        expect(place.x).toBeLessThan(904 - 36);
        expect(place.y).toBeGreaterThanOrEqual(36);
        expect(place.y).toBeLessThanOrEqual(430 - 36);
      }
    }
    expect(isCrowded(ringPlaces(3, 904, 430), 904)).toBe(false);
    expect(isCrowded(ringPlaces(5, 904, 430), 904)).toBe(false);
    expect(isCrowded(ringPlaces(9, 904, 430), 904)).toBe(true);
  });
});
