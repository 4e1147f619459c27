import { describe, expect, it } from "vitest";
import { ConfState, Entry, type Message, MessageType, Snapshot, SnapshotMetadata } from "../proto/gen/raftpb.ts";
import { APPEND_THREAD, MemoryStorage, RawNode, votesAfterAppend } from "./index.ts";

function candidate(preVote = false): RawNode {
  const storage = new MemoryStorage();
  storage.applySnapshot(Snapshot.create({ metadata: SnapshotMetadata.create({ index: 1, term: 1, confState: ConfState.create({ voters: [1n, 2n, 3n] }) }) }));
  return new RawNode({
    id: 1n,
    electionTick: 10,
    heartbeatTick: 1,
    storage,
    random: () => 0,
    asyncStorageWrites: true,
    maxSizePerMsg: 1024,
    maxInflightMsgs: 16,
    preVote,
    applied: 1,
  });
}

const types = (messages: readonly Message[]): number[] => messages.map(({ type }) => type);
const votes = (messages: readonly Message[]): Message[] => messages.filter(({ type }) => type === MessageType.MsgVote);

describe("requests for votes with asynchronous writes", () => {
  it("raft hands them out beside the write; the driver lets them go behind it", () => {
    const node = candidate();
    node.campaign();
    const { messages } = node.ready();
    expect(votes(messages)).toHaveLength(2);
    const before = structuredClone(types(messages));
    const ordered = votesAfterAppend(messages);
    expect(votes(ordered)).toEqual([]);
    const append = ordered.find(({ to }) => to === APPEND_THREAD)!;
    expect(append.term).toBe(1);
    expect(votes(append.responses).map(({ to }) => to)).toEqual([2n, 3n]);
    // its own vote, which may decide the election, still comes first
    expect(append.responses[0]).toMatchObject({ type: MessageType.MsgVoteResp, to: 1n });
    expect(types(messages)).toEqual(before);
  });

  it("a log that another node's vote was asked for is durable: nothing is asked while its end is only in memory", () => {
    const node = candidate();
    // the leader's entry is on its way to the disk when this node stands for election
    const entries = [Entry.create({ term: 1, index: 2, data: Buffer.from("x") })];
    const app: Message = { ...messageOf(MessageType.MsgApp, 2n), term: 1, logTerm: 1, index: 1, commit: 1, entries };
    node.step(app);
    const first = votesAfterAppend(node.ready().messages);
    expect(first.some(({ to, entries: written }) => to === APPEND_THREAD && written.length === 1)).toBe(true);
    node.campaign();
    const ordered = votesAfterAppend(node.ready().messages);
    expect(votes(ordered)).toEqual([]);
    expect(votes(ordered.find(({ to }) => to === APPEND_THREAD)!.responses).map(({ index }) => index)).toEqual([2, 2]);
  });

  it("a Ready without a write gets one that carries them; one without votes stays as it is", () => {
    const vote = messageOf(MessageType.MsgVote, 1n);
    expect(votesAfterAppend([vote])).toMatchObject([{ type: MessageType.MsgStorageAppend, to: APPEND_THREAD, responses: [{ type: MessageType.MsgVote }] }]);
    const node = candidate(true);
    node.campaign();
    const { messages } = node.ready();
    expect(types(messages)).toContain(MessageType.MsgPreVote);
    expect(votesAfterAppend(messages)).toBe(messages);
  });
});

function messageOf(type: number, from: bigint): Message {
  return { type, from, to: 1n, term: 0, logTerm: 0, index: 0, entries: [], commit: 0, vote: 0n, snapshot: undefined, reject: false, rejectHint: 0, context: undefined, responses: [] };
}
