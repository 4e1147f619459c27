import { describe, expect, test } from "vitest";
import { causeOf, effectsOf } from "./causes.ts";
import { ALL_PEERS, type MemberView, type TimelineEvent } from "./state.ts";

const members = ["m1", "m2", "m3"].map((host, at) => ({ host, id: `a${at + 1}` }) as MemberView);
let id = 0;
function event(at: number, host: string, what: TimelineEvent["what"], more: Partial<TimelineEvent> = {}): TimelineEvent {
  return { id: ++id, at, host, kind: "note", term: 1, text: what, tone: "plain", what, peer: "", ...more };
}

describe("why", () => {
  test("an election follows from the leader's death, and who follows from the election", () => {
    const killed = event(100, "m1", "down");
    const campaign = event(1400, "m3", "campaign", { peer: "a1", term: 2 });
    const elected = event(1420, "m3", "leader-elected", { term: 2 });
    const followed = event(1430, "m2", "leader-followed", { peer: "a3", term: 2 });
    // the follower's batch came first
    const state = { members, timeline: [event(10, "m2", "down"), killed, followed, campaign, elected] };
    expect(causeOf(state, campaign)).toBe(killed);
    expect(causeOf(state, elected)).toBe(campaign);
    expect(causeOf(state, followed)).toBe(elected);
    expect(effectsOf(state, killed)).toEqual([campaign]);
    expect(effectsOf(state, elected)).toEqual([followed]);
  });

  test("a cut link explains the election of its far end only, and the loss of the lead", () => {
    const cut = event(50, "m1", "link-fault", { peer: "m2" });
    const here = event(1500, "m2", "campaign", { peer: "a1" });
    const there = event(1500, "m3", "campaign", { peer: "a1" });
    const down = event(1600, "m1", "stepped-down");
    const state = { members, timeline: [cut, here, there, down] };
    const alone = event(1450, "m1", "link-fault", { peer: ALL_PEERS });
    expect(causeOf({ members, timeline: [cut, alone, here, there] }, there)).toBe(alone);
    expect(causeOf(state, here)).toBe(cut);
    expect(causeOf(state, there)).toBeUndefined();
    expect(causeOf(state, down)).toBe(cut);
  });

  test("what nothing told explains has no cause: neither a first election nor one long after", () => {
    const killed = event(0, "m1", "down");
    const first = event(5, "m2", "campaign");
    const late = event(700_000, "m2", "campaign", { peer: "a1" });
    const state = { members, timeline: [killed, first, late] };
    expect(causeOf(state, first)).toBeUndefined();
    expect(causeOf(state, late)).toBeUndefined();
    expect(causeOf(state, killed)).toBeUndefined();
  });

  test("a snapshot is taken over because it was sent, and an fsync is slow because the disk was made so", () => {
    const sent = event(10, "m1", "snapshot-sent", { peer: "a3" });
    const received = event(20, "m3", "snapshot-received");
    const disk = event(30, "m2", "disk-fault");
    const slow = event(40, "m2", "slow-fsync");
    const state = { members, timeline: [sent, received, disk, slow] };
    expect(causeOf(state, received)).toBe(sent);
    expect(causeOf(state, slow)).toBe(disk);
    expect(causeOf(state, event(45, "m3", "slow-fsync"))).toBeUndefined();
  });
});
