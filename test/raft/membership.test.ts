/** Membership changes: one at a time (thesis 4.1), through joint configurations (4.3), learners (4.2.1), removed leaders (4.2.2). */
import { describe, expect, test } from "vitest";
import { ConfChange, ConfChangeTransition, ConfChangeType, ConfChangeV2 } from "../../core/proto/gen/raftpb.ts";
import { describeConfiguration, InvariantError, parseConfChanges } from "../../core/raft/index.ts";
import { Group, idsTo, type GroupConfig } from "./group.ts";

const [S1, S2, S3, S4] = [1n, 2n, 3n, 4n] as const;

function changeOf(text: string, transition: keyof typeof ConfChangeTransition = "ConfChangeTransitionAuto"): ConfChangeV2 {
  return ConfChangeV2.create({ transition: ConfChangeTransition[transition], changes: parseConfChanges(text) });
}

function led(members: number, config: GroupConfig = {}): Group {
  const group = new Group(idsTo(members), config);
  group.elect(S1);
  return group;
}

function configurationOf(group: Group, id: bigint = S1): string {
  return describeConfiguration(group.raw(id).status().configuration);
}

describe("adding and removing one member", () => {
  test("a newcomer with an empty log is caught up and counts for the quorum", () => {
    const group = led(1);
    group.propose(S1, "before");
    group.settle();
    group.add(S2);
    group.raw(S1).proposeConfChange(changeOf("v2"));
    group.settle();
    expect([configurationOf(group, S1), configurationOf(group, S2)]).toEqual(["voters=(1 2)", "voters=(1 2)"]);
    expect(group.node(S2).applied).toEqual(group.node(S1).applied);
    group.isolate(S2);
    group.propose(S1, "alone");
    group.settle();
    expect(group.node(S1).applied).not.toContain("alone");
  });

  test("removing a dead member lets what waits for it be committed", () => {
    const group = led(3);
    group.crash(S3);
    group.raw(S1).proposeConfChange(changeOf("r3"));
    group.settle();
    group.crash(S2);
    group.propose(S1, "waits");
    group.settle();
    expect(group.node(S1).applied).not.toContain("waits");
    group.restart(S2);
    group.tick(S1);
    group.settle();
    expect(group.node(S1).applied).toContain("waits");
  });

  test("a second change before the first is applied becomes an empty entry", () => {
    const group = led(3);
    group.raw(S1).proposeConfChange(changeOf("v4"));
    group.raw(S1).proposeConfChange(changeOf("v5"));
    group.settle();
    expect(configurationOf(group)).toBe("voters=(1 2 3 4)");
    group.raw(S1).proposeConfChange(changeOf("l5"));
    group.settle();
    expect(configurationOf(group)).toBe("voters=(1 2 3 4) learners=(5)");
  });

  test("a new leader takes no change before what it found is applied", () => {
    const group = led(3);
    group.isolate(S3);
    group.propose(S1, "tail");
    group.settle();
    group.heal();
    group.raw(S2).campaign();
    for (let round = 0; round < 2; round++) {
      group.handleReady();
      group.deliver();
    }
    expect(group.role(S2)).toBe("StateLeader");
    expect(group.raw(S2).status().pendingConfIndex).toBe(2);
  });

  test("a member that is updated, and one with id 0, change nothing", () => {
    const group = led(2);
    group.raw(S1).proposeConfChange(changeOf("u2"));
    group.settle();
    expect(group.raw(S1).applyConfChange(ConfChange.create({ type: ConfChangeType.ConfChangeRemoveNode, nodeId: 0n }))).toMatchObject({
      voters: [1n, 2n],
    });
  });
});

describe("learners", () => {
  test("get the log but have no say in commits, do not campaign, and do when promoted", () => {
    const group = led(2);
    group.add(S3);
    group.raw(S1).proposeConfChange(changeOf("l3"));
    group.settle();
    group.propose(S1, "seen");
    group.settle();
    expect(group.node(S3).applied).toContain("seen");
    group.isolate(S2);
    group.propose(S1, "not with a learner");
    group.settle();
    expect(group.node(S1).applied).not.toContain("not with a learner");
    group.raw(S3).campaign();
    expect(group.role(S3)).toBe("StateFollower");
    group.heal();
    group.tick(S1);
    group.settle();
    group.raw(S1).proposeConfChange(changeOf("v3"));
    group.settle();
    group.elect(S3);
    expect([group.leaders(), configurationOf(group, S3)]).toEqual([[S3], "voters=(1 2 3)"]);
  });

  test("vote when asked: they may have been promoted without knowing", () => {
    const group = led(3);
    group.add(S4);
    group.raw(S1).proposeConfChange(changeOf("l4"));
    group.settle();
    group.isolate(S4);
    group.raw(S1).proposeConfChange(changeOf("v4"));
    group.settle();
    group.crash(S1);
    group.heal();
    group.elect(S2);
    expect(group.leaders()).toEqual([S2]);
    expect(configurationOf(group, S4)).toBe("voters=(1 2 3 4)");
  });
});

describe("joint configurations", () => {
  test("several changes go through one and are left automatically", () => {
    const group = led(3);
    for (const id of [S4, 5n]) group.add(id);
    group.raw(S1).proposeConfChange(changeOf("v4 v5 r2 r3"));
    group.settle();
    expect(configurationOf(group)).toBe("voters=(1 4 5)");
    group.propose(S1, "new quorum");
    group.settle();
    expect(group.node(5n).applied).toContain("new quorum");
    expect(group.node(S2).applied).not.toContain("new quorum");
  });

  test("need both majorities until they are left", () => {
    const group = led(3);
    for (const id of [S4, 5n]) group.add(id);
    group.raw(S1).proposeConfChange(changeOf("v4 v5 r2 r3", "ConfChangeTransitionJointExplicit"));
    group.settle();
    expect(configurationOf(group)).toBe("voters=(1 4 5)&&(1 2 3)");
    for (const away of [[S2, S3], [S4, 5n]]) {
      for (const id of away) group.isolate(id);
      const text = `without ${away.join()}`;
      group.propose(S1, text);
      group.settle();
      expect(group.node(S1).applied).not.toContain(text);
      group.heal();
      group.tick(S1);
      group.settle();
      expect(group.node(S1).applied).toContain(text);
    }
    group.raw(S1).proposeConfChange(changeOf("v3"));
    group.settle();
    expect(configurationOf(group)).toBe("voters=(1 4 5)&&(1 2 3)");
    group.raw(S1).proposeConfChange(undefined);
    group.settle();
    expect(configurationOf(group)).toBe("voters=(1 4 5)");
  });

  test("are left by the next leader when the one who entered dies", () => {
    const group = led(3);
    group.raw(S1).proposeConfChange(changeOf("v4 l3"));
    group.loses = ({ entries }) => entries.some(({ type, data }) => type === 2 && data === undefined);
    group.add(S4);
    group.settle();
    expect(configurationOf(group, S2)).toBe("voters=(1 2 4)&&(1 2 3) learners_next=(3) autoleave");
    group.crash(S1);
    group.loses = () => false;
    group.elect(S2);
    group.settle();
    expect(configurationOf(group, S2)).toBe("voters=(1 2 4) learners=(3)");
  });

  test("survive a snapshot", () => {
    const group = led(3);
    group.isolate(S3);
    group.raw(S1).proposeConfChange(changeOf("l2 v4", "ConfChangeTransitionJointExplicit"));
    group.add(S4);
    group.settle();
    const { storage } = group.node(S1);
    const { configuration, applied } = group.raw(S1).status();
    const ids = (set: { ids: readonly bigint[] }): bigint[] => [...set.ids];
    const confState = {
      voters: ids(configuration.voters),
      votersOutgoing: ids(configuration.outgoing),
      learners: ids(configuration.learners),
      learnersNext: ids(configuration.learnersNext),
      autoLeave: configuration.autoLeave,
    };
    storage.createSnapshot(applied, confState, Buffer.from("snapshot"));
    storage.compact(applied);
    group.heal();
    group.tick(S1);
    group.settle();
    expect(configurationOf(group, S3)).toBe("voters=(1 3 4)&&(1 2 3) learners_next=(2)");
  });
});

describe("a leader that removes itself", () => {
  test.each([false, true])("(step down on removal: %s) sees the change committed and takes no more proposals", (stepDownOnRemoval) => {
    const group = led(3, { stepDownOnRemoval });
    group.raw(S1).proposeConfChange(changeOf("r1"));
    group.settle();
    expect(configurationOf(group, S2)).toBe("voters=(2 3)");
    expect(group.role(S1)).toBe(stepDownOnRemoval ? "StateFollower" : "StateLeader");
    expect(() => group.propose(S1, "late")).toThrow("raft proposal dropped");
    group.elect(S2);
    expect(group.leaders()).toContain(S2);
  });
});

describe("changes that do not fit", () => {
  test("are not checked when so configured, and then end the member that applies them", () => {
    const group = led(1, { disableConfChangeValidation: true });
    group.raw(S1).proposeConfChange(changeOf("r1"));
    expect(() => group.settle()).toThrow(InvariantError);
  });
});
