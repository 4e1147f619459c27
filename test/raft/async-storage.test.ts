/** Asynchronous storage writes: order, durability before promises, and writes that a later term has overtaken. */
import { describe, expect, test } from "vitest";
import { ConfState, Entry, Message, MessageType, Snapshot, SnapshotMetadata } from "../../core/proto/gen/raftpb.ts";
import { APPEND_THREAD, APPLY_THREAD } from "../../core/raft/index.ts";
import { Group, idsTo, type Member } from "./group.ts";

const [S1, S2, S3] = [1n, 2n, 3n] as const;
const ASYNC = { asyncStorageWrites: true } as const;

function append(from: bigint, term: number, prev: readonly [index: number, term: number], ...terms: number[]): Message {
  const entries = terms.map((each, at) => Entry.create({ index: prev[0] + 1 + at, term: each }));
  return Message.create({ type: MessageType.MsgApp, from, to: S1, term, index: prev[0], logTerm: prev[1], entries });
}

/** Takes the storage work of all pending Readys. */
function takeWork(member: Member): Message[] {
  const work: Message[] = [];
  while (member.raw.hasReady()) {
    work.push(...member.raw.ready().messages.filter(({ to }) => to === APPEND_THREAD || to === APPLY_THREAD));
  }
  return work;
}

function respond(member: Member, work: Message): void {
  for (const response of work.responses) if (response.to === member.id) member.raw.step(response);
}

describe("promises", () => {
  test("votes and acknowledgements leave only as responses of the write that they rest on", () => {
    const group = new Group(idsTo(3), ASYNC);
    const { raw } = group.node(S1);
    raw.step(Message.create({ type: MessageType.MsgVote, from: S2, to: S1, term: 1 }));
    const vote = raw.ready();
    expect(vote.messages.map(({ type }) => type)).toEqual([MessageType.MsgStorageAppend]);
    expect(vote.messages[0]).toMatchObject({ term: 1, vote: S2, commit: 0, responses: [{ type: MessageType.MsgVoteResp, to: S2 }] });
    raw.step(append(S2, 1, [0, 0], 1));
    const [write] = raw.ready().messages;
    // Term and vote are as before: no hard state to write again.
    expect(write).toMatchObject({ term: 0, vote: 0n, commit: 0, entries: [{ index: 1 }] });
    expect(write!.responses.map(({ type, to }) => [type, to])).toEqual([
      [MessageType.MsgAppResp, S2],
      [MessageType.MsgStorageAppendResp, S1],
    ]);
  });

  test("a leader commits by others' writes before its own, and applies only what its own storage holds", () => {
    const group = new Group(idsTo(3), ASYNC);
    group.elect(S1);
    group.propose(S1, "x");
    const work = takeWork(group.node(S1));
    expect(work).toHaveLength(1);
    const { raw } = group.node(S1);
    for (const from of [S2, S3]) raw.step(Message.create({ type: MessageType.MsgAppResp, from, to: S1, term: 1, index: 2 }));
    expect(raw.basicStatus().hardState.commit).toBe(2);
    expect(takeWork(group.node(S1)).filter(({ to }) => to === APPLY_THREAD)).toEqual([]);
    respond(group.node(S1), work[0]!);
    group.node(S1).storage.append(work[0]!.entries);
    const applying = takeWork(group.node(S1)).filter(({ to }) => to === APPLY_THREAD);
    expect(applying.map(({ entries, term }) => [entries.map(({ index }) => index), term])).toEqual([[[2], 0]]);
  });
});

describe("writes under way", () => {
  test("are worked off one after the other, many at a time", () => {
    const group = new Group(idsTo(3), ASYNC);
    group.elect(S1);
    group.writes = false;
    for (let count = 0; count < 5; count++) {
      group.propose(S1, `entry ${count}`);
      group.handleReady();
    }
    const { work, raw, storage } = group.node(S1);
    expect(work.map(({ entries }) => entries.map(({ index }) => index))).toEqual([[2], [3], [4], [5], [6]]);
    expect([raw.status().unstableOffset, storage.lastIndex()]).toEqual([2, 1]);
    group.workOff(group.node(S1));
    group.workOff(group.node(S1));
    group.deliver();
    expect(raw.status().unstableOffset).toBe(4);
    group.writes = true;
    while (work.length > 0) group.workOff(group.node(S1));
    group.settle();
    for (const id of group.ids) expect(group.node(id).applied).toHaveLength(5);
  });

  test("that a later term has overtaken do not count as stable, even if the same entries come back (ABA)", () => {
    const group = new Group(idsTo(3), ASYNC);
    const member = group.node(S1);
    const { raw } = member;
    raw.step(append(S2, 1, [0, 0], 1, 1));
    const [first] = takeWork(member);
    raw.step(append(S3, 2, [0, 0], 2, 2));
    const [second] = takeWork(member);
    raw.step(append(S2, 3, [0, 0], 1, 1));
    const [third] = takeWork(member);
    // The first write is done. Its entries are those of the log again, but the second write will yet overwrite them.
    member.storage.append(first!.entries);
    respond(member, first!);
    expect(raw.status().unstableOffset).toBe(1);
    member.storage.append(second!.entries);
    respond(member, second!);
    expect(raw.status().unstableOffset).toBe(1);
    member.storage.append(third!.entries);
    respond(member, third!);
    expect([raw.status().unstableOffset, group.terms(S1)]).toEqual([3, [1, 1]]);
  });

  test("whose word was void are made up for by the next write, even one without entries", () => {
    const group = new Group(idsTo(3), ASYNC);
    const member = group.node(S1);
    const { raw } = member;
    raw.step(append(S2, 1, [0, 0], 1));
    const [write] = takeWork(member);
    raw.step(Message.create({ type: MessageType.MsgHeartbeat, from: S3, to: S1, term: 2 }));
    member.storage.append(write!.entries);
    respond(member, write!);
    expect(raw.status().unstableOffset).toBe(1);
    const [next] = takeWork(member);
    expect(next).toMatchObject({ entries: [], term: 2 });
    respond(member, next!);
    expect(raw.status().unstableOffset).toBe(2);
  });

  test("of a snapshot count in any term, for what it holds is committed", () => {
    const group = new Group(idsTo(3), ASYNC);
    const member = group.node(S1);
    const { raw } = member;
    const confState = ConfState.create({ voters: [S1, S2, S3] });
    const snapshot = Snapshot.create({ metadata: SnapshotMetadata.create({ index: 9, term: 1, confState }) });
    raw.step(Message.create({ type: MessageType.MsgSnap, from: S2, to: S1, term: 1, snapshot }));
    const [write] = takeWork(member);
    expect(write!.snapshot?.metadata.index).toBe(9);
    raw.campaign();
    expect(group.role(S1)).toBe("StateFollower");
    raw.step(Message.create({ type: MessageType.MsgHeartbeat, from: S3, to: S1, term: 2 }));
    member.storage.applySnapshot(write!.snapshot!);
    respond(member, write!);
    expect(raw.basicStatus().applied).toBe(9);
    raw.campaign();
    expect(group.role(S1)).toBe("StateCandidate");
  });
});
