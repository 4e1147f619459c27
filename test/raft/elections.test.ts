/** Elections beyond the paper: pre-vote and check-quorum (thesis 4.2.3, 6.2, 9.6), forgetting a leader, leadership transfer (3.10). */
import { describe, expect, test } from "vitest";
import { MessageType } from "../../core/proto/gen/raftpb.ts";
import { NONE } from "../../core/raft/index.ts";
import { Group, idsTo, type GroupConfig } from "./group.ts";

const [S1, S2, S3] = [1n, 2n, 3n] as const;
const GUARDED: GroupConfig = { preVote: true, checkQuorum: true };

/** A leader's heartbeats reach everyone, `count` times. */
function heartbeats(group: Group, leader: bigint, count = 1): void {
  for (let done = 0; done < count; done++) {
    group.tick(leader);
    group.settle();
  }
}

function ledByFirst(config: GroupConfig, members = 3): Group {
  const group = new Group(idsTo(members), config);
  group.elect(S1);
  return group;
}

describe("election timeouts", () => {
  test("are drawn from [E, 2E) anew at each change, by the random source given", () => {
    const draws: number[] = [];
    const group = new Group(idsTo(3), {
      random: (n) => {
        draws.push(n);
        return draws.length % n;
      },
    });
    group.tick(S1, 40);
    const { randomizedElectionTimeout, electionTimeout } = group.raw(S1).status();
    expect(new Set(draws)).toEqual(new Set([10]));
    expect(draws.length).toBeGreaterThan(3);
    expect(randomizedElectionTimeout).toBeGreaterThanOrEqual(electionTimeout);
    expect(randomizedElectionTimeout).toBeLessThan(2 * electionTimeout);
  });

  test("start an election exactly when they pass, and can be set by whoever injects faults", () => {
    const group = new Group(idsTo(3));
    group.raw(S1).setRandomizedElectionTimeout(4);
    group.tick(S1, 3);
    expect(group.role(S1)).toBe("StateFollower");
    group.tick(S1);
    expect([group.role(S1), group.raw(S1).status().votes.size]).toEqual(["StateCandidate", 0]);
    group.settle();
    expect(group.leaders()).toEqual([S1]);
  });

  test("mean nothing to those who may not lead: learners and strangers", () => {
    const group = new Group(idsTo(1));
    group.add(9n);
    group.tick(9n, 100);
    group.raw(9n).campaign();
    expect([group.role(9n), group.term(9n)]).toEqual(["StateFollower", 0]);
  });
});

describe("thesis 4.2.3: a member that is cut off and comes back", () => {
  test("with pre-vote never raises its term, nor unseats the leader", () => {
    const group = ledByFirst(GUARDED);
    group.isolate(S3);
    group.tick(S3, 200);
    group.handleReady();
    expect([group.role(S3), group.term(S3)]).toEqual(["StatePreCandidate", 1]);
    heartbeats(group, S1, 3);
    group.heal();
    group.raw(S3).campaign();
    group.settle();
    heartbeats(group, S1);
    expect([group.leaders(), group.term(S1), group.role(S3)]).toEqual([[S1], 1, "StateFollower"]);
  });

  test("with check-quorum alone, its requests are ignored for the lease until its answer to a heartbeat unseats the leader", () => {
    const group = ledByFirst({ checkQuorum: true });
    group.isolate(S3);
    group.tick(S3, 10);
    group.handleReady();
    heartbeats(group, S1);
    group.heal();
    group.raw(S3).campaign();
    group.loses = ({ from, to }) => from === S1 && to === S3;
    group.settle();
    expect([group.leaders(), group.term(S2)]).toEqual([[S1], 1]);
    group.loses = () => false;
    heartbeats(group, S1);
    expect([group.leaders(), group.term(S1)]).toEqual([[], 3]);
  });

  test("without either it unseats the leader at once", () => {
    const group = ledByFirst({});
    group.isolate(S3);
    group.elect(S3);
    group.heal();
    group.elect(S3);
    expect([group.leaders(), group.term(S1)]).toEqual([[S3], 3]);
  });

  test("a removed member that does not know cannot disrupt (4.2.2)", () => {
    const group = ledByFirst(GUARDED);
    group.isolate(S3);
    group.raw(S1).proposeConfChange({ type: 1, nodeId: S3, context: undefined, id: 0n });
    group.settle();
    heartbeats(group, S1);
    group.heal();
    for (let attempt = 0; attempt < 5; attempt++) {
      group.tick(S3, 20);
      group.settle();
      heartbeats(group, S1);
    }
    expect([group.leaders(), group.term(S1), group.term(S2)]).toEqual([[S1], 1, 1]);
  });
});

describe("pre-votes", () => {
  test("leave term and vote of who gives them as they were", () => {
    const group = new Group(idsTo(3), { preVote: true });
    group.raw(S1).campaign();
    group.handleReady();
    group.deliver();
    for (const id of [S2, S3]) {
      expect(group.raw(id).basicStatus()).toMatchObject({ hardState: { term: 0, vote: NONE, commit: 0 }, softState: { lead: NONE } });
    }
    group.settle();
    expect([group.leaders(), group.term(S1)]).toEqual([[S1], 1]);
  });

  test("of which a majority is refused send the candidate back to following", () => {
    const group = ledByFirst({ preVote: true });
    group.isolate(S3);
    group.propose(S1, "newer");
    group.settle();
    group.heal();
    group.cut(S1, S3);
    group.elect(S3);
    group.cut(S2, S3);
    expect([group.role(S3), group.term(S3)]).toEqual(["StatePreCandidate", 1]);
    group.heal();
    group.elect(S3);
    expect([group.role(S3), group.term(S3)]).toEqual(["StateFollower", 1]);
  });

  test("are answered with the own term by who is ahead, so that the candidate catches up", () => {
    const group = new Group(idsTo(3), { preVote: true }, new Map([[S2, { terms: [1], hardState: { term: 5, vote: NONE, commit: 0 } }]]));
    group.isolate(S1);
    group.heal();
    group.cut(S1, S3);
    group.elect(S1);
    expect(group.term(S1)).toBe(5);
  });
});

describe("check-quorum", () => {
  test("a leader that does not hear from a quorum for an election timeout steps down", () => {
    const group = ledByFirst(GUARDED);
    heartbeats(group, S1, 10);
    group.isolate(S1);
    // What it heard before counts once more.
    group.tick(S1, 20);
    expect(group.raw(S1).basicStatus().softState).toEqual({ lead: NONE, role: "StateFollower" });
  });

  test("one that hears from a quorum stays, with the rest cut off", () => {
    const group = ledByFirst(GUARDED, 5);
    group.isolate(4n);
    group.isolate(5n);
    heartbeats(group, S1, 40);
    expect([group.leaders(), group.term(S1)]).toEqual([[S1], 1]);
  });
});

describe("forgetting a leader", () => {
  test("lets a follower grant a pre-vote before its lease is over, keeping term and vote", () => {
    const group = ledByFirst(GUARDED);
    group.crash(S1);
    group.elect(S2);
    expect(group.leaders()).toEqual([]);
    group.raw(S3).forgetLeader();
    group.raw(S2).forgetLeader();
    expect(group.raw(S3).basicStatus()).toMatchObject({ hardState: { term: 1, vote: S1 }, softState: { lead: NONE } });
    group.elect(S2);
    expect([group.leaders(), group.term(S2)]).toEqual([[S2], 2]);
  });

  test("is nothing to a leader, and refused where leases answer reads", () => {
    const group = ledByFirst({ ...GUARDED, readOnly: "lease-based" });
    group.raw(S1).forgetLeader();
    group.raw(S2).forgetLeader();
    expect([S1, S2].map((id) => group.raw(id).basicStatus().softState.lead)).toEqual([S1, S1]);
  });
});

describe("handing leadership over", () => {
  test("goes to an up-to-date member at once, lease and pre-vote notwithstanding", () => {
    const group = ledByFirst(GUARDED);
    heartbeats(group, S1);
    group.raw(S1).transferLeader(S2);
    group.settle();
    expect([group.leaders(), group.term(S2)]).toEqual([[S2], 2]);
  });

  test("may be asked of a follower, which passes it on", () => {
    const group = ledByFirst({});
    group.raw(S3).transferLeader(S2);
    group.settle();
    expect(group.leaders()).toEqual([S2]);
  });

  test("waits until the target has caught up; proposals are dropped meanwhile", () => {
    const group = ledByFirst({});
    group.isolate(S3);
    group.propose(S1, "missed");
    group.settle();
    group.raw(S1).transferLeader(S3);
    expect(group.raw(S1).basicStatus().transferee).toBe(S3);
    expect(() => group.propose(S1, "dropped")).toThrow("raft proposal dropped");
    group.heal();
    heartbeats(group, S1);
    expect([group.leaders(), group.node(S3).applied]).toEqual([[S3], ["missed"]]);
  });

  test("is given up after an election timeout, and the leader goes on", () => {
    const group = ledByFirst({});
    group.isolate(S3);
    group.raw(S1).transferLeader(S3);
    heartbeats(group, S1, 9);
    expect(group.raw(S1).basicStatus().transferee).toBe(S3);
    heartbeats(group, S1);
    expect(group.raw(S1).basicStatus().transferee).toBe(NONE);
    group.propose(S1, "taken");
    group.settle();
    expect(group.node(S2).applied).toEqual(["taken"]);
  });

  test("to another target replaces the one under way; to itself, a learner or a stranger nothing happens", () => {
    const group = ledByFirst({}, 4);
    group.raw(S1).proposeConfChange({ type: 3, nodeId: 4n, context: undefined, id: 0n });
    group.settle();
    group.loses = ({ type }) => type === MessageType.MsgTimeoutNow;
    for (const target of [S1, 4n, 77n]) {
      group.raw(S1).transferLeader(target);
      expect(group.raw(S1).basicStatus().transferee).toBe(NONE);
    }
    group.raw(S1).transferLeader(S2);
    group.raw(S1).transferLeader(S3);
    expect(group.raw(S1).basicStatus().transferee).toBe(S3);
  });

  test("ends when the target is removed", () => {
    const group = ledByFirst({});
    group.loses = ({ type }) => type === MessageType.MsgTimeoutNow;
    group.raw(S1).proposeConfChange({ type: 1, nodeId: S3, context: undefined, id: 0n });
    group.raw(S1).transferLeader(S3);
    group.settle();
    expect(group.raw(S1).basicStatus().transferee).toBe(NONE);
  });
});

describe("a candidate with a committed configuration change that it has not applied", () => {
  test("does not campaign until it has", () => {
    const group = ledByFirst({ asyncStorageWrites: true });
    group.raw(S1).proposeConfChange({ type: 3, nodeId: 9n, context: undefined, id: 0n });
    group.settle();
    group.writes = false;
    group.raw(S1).proposeConfChange({ type: 1, nodeId: 9n, context: undefined, id: 0n });
    for (let round = 0; round < 20; round++) {
      group.handleReady();
      group.deliver();
      for (const member of group.members.values()) {
        // Everything is written; what is committed stays to be applied.
        while (member.work.some(({ type }) => type === MessageType.MsgStorageAppend)) {
          const kept = member.work.filter(({ type }) => type !== MessageType.MsgStorageAppend);
          const writes = member.work.filter(({ type }) => type === MessageType.MsgStorageAppend);
          member.work.splice(0, member.work.length, ...writes);
          while (member.work.length > 0) group.workOff(member);
          member.work.push(...kept);
        }
      }
    }
    expect(group.commit(S2)).toBe(3);
    group.raw(S2).campaign();
    expect([group.role(S2), group.term(S2)]).toEqual(["StateFollower", 1]);
    group.writes = true;
    while (group.node(S2).work.length > 0) group.workOff(group.node(S2));
    group.settle();
    group.elect(S2);
    expect(group.leaders()).toEqual([S2]);
  });
});
