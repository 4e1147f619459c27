/** Linearizable reads through the leader (Raft 8, thesis 6.4), by a quorum's word or by lease. */
import { describe, expect, test } from "vitest";
import { MessageType } from "../../core/proto/gen/raftpb.ts";
import { Group, idsTo, type GroupConfig } from "./group.ts";

const [S1, S2, S3] = [1n, 2n, 3n] as const;

function led(members: number, config: GroupConfig = {}): Group {
  const group = new Group(idsTo(members), config);
  group.elect(S1);
  return group;
}

function answers(group: Group, id: bigint): string[] {
  return group.node(id).readStates.map(({ index, context }) => `${context.toString()}@${index}`);
}

describe("a read by a quorum's word", () => {
  test("is answered with the commit index at its arrival, on the leader and through a follower", () => {
    const group = led(3);
    group.propose(S1, "x");
    group.settle();
    group.raw(S1).readIndex(Buffer.from("own"));
    group.raw(S2).readIndex(Buffer.from("forwarded"));
    group.settle();
    expect([answers(group, S1), answers(group, S2)]).toEqual([["own@2"], ["forwarded@2"]]);
  });

  test("is not answered by a leader that lost its quorum, even if it does not know", () => {
    const group = led(3);
    group.isolate(S1);
    group.elect(S2);
    group.propose(S2, "newer");
    group.settle();
    group.raw(S1).readIndex(Buffer.from("stale"));
    group.tick(S1);
    group.settle();
    group.heal();
    group.tick(S2);
    group.settle();
    expect(answers(group, S1)).toEqual([]);
  });

  test("several are confirmed by one later round, in order", () => {
    const group = led(3);
    group.loses = ({ type }) => type === MessageType.MsgHeartbeat;
    for (const name of ["a", "b", "c"]) group.raw(S1).readIndex(Buffer.from(name));
    group.settle();
    expect(answers(group, S1)).toEqual([]);
    group.loses = () => false;
    group.tick(S1);
    group.settle();
    expect(answers(group, S1)).toEqual(["a@1", "b@1", "c@1"]);
  });

  test("waits for a new leader's first commit, which tells it what is committed", () => {
    const group = new Group(idsTo(3));
    group.loses = ({ type }) => type === MessageType.MsgApp;
    group.elect(S1);
    group.raw(S1).readIndex(Buffer.from("early"));
    group.raw(S2).readIndex(Buffer.from("early"));
    group.settle();
    expect([answers(group, S1), group.raw(S1).status().pendingReads]).toEqual([[], 1]);
    group.loses = () => false;
    group.tick(S1);
    group.settle();
    expect(answers(group, S1)).toEqual(["early@1"]);
  });

  test("needs nobody else in a group of one", () => {
    const group = led(1);
    group.raw(S1).readIndex(Buffer.from("alone"));
    group.settle();
    expect(answers(group, S1)).toEqual(["alone@1"]);
  });

  test("without a leader is lost, to be asked again", () => {
    const group = new Group(idsTo(3));
    group.raw(S2).readIndex(Buffer.from("lost"));
    group.settle();
    expect([group.raw(S2).hasReady(), answers(group, S2)]).toEqual([false, []]);
  });
});

describe("a read by lease", () => {
  const LEASED: GroupConfig = { readOnly: "lease-based", checkQuorum: true };

  test("is answered at once, without a message", () => {
    const group = led(3, LEASED);
    group.raw(S1).readIndex(Buffer.from("quick"));
    expect(group.network).toEqual([]);
    group.handleReady();
    expect([answers(group, S1), group.network]).toEqual([["quick@1"], []]);
    group.raw(S3).readIndex(Buffer.from("far"));
    group.settle();
    expect(answers(group, S3)).toEqual(["far@1"]);
  });

  test("needs check-quorum, which keeps the lease", () => {
    expect(() => new Group(idsTo(1), { readOnly: "lease-based" })).toThrow(
      "CheckQuorum must be enabled when ReadOnlyOption is ReadOnlyLeaseBased",
    );
  });
});
