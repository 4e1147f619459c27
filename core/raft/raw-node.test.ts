import { describe, expect, test } from "vitest";
import { ConfState, Entry, EntryType, HardState, Message, MessageType, Snapshot, SnapshotMetadata } from "../proto/gen/raftpb.ts";
import { decodeConfChange } from "./conf-change.ts";
import { InvariantError, RaftError } from "./errors.ts";
import type { LogLevel } from "./logger.ts";
import { MemoryStorage } from "./memory-storage.ts";
import { RawNode } from "./raw-node.ts";
import { APPEND_THREAD, APPLY_THREAD, NONE, type RaftConfig, type Ready } from "./types.ts";

function stored(voters: readonly bigint[]): MemoryStorage {
  const storage = new MemoryStorage();
  const confState = ConfState.create({ voters: [...voters] });
  storage.applySnapshot(Snapshot.create({ metadata: SnapshotMetadata.create({ confState }) }));
  return storage;
}

function configOf(storage: MemoryStorage, config: Partial<RaftConfig> = {}): RaftConfig {
  return { id: 1n, electionTick: 10, heartbeatTick: 1, maxSizePerMsg: Infinity, maxInflightMsgs: 8, random: () => 0, storage, ...config };
}

/** Takes a Ready, writes and applies it, and acknowledges. */
function turn(node: RawNode, storage: MemoryStorage): Ready {
  const ready = node.ready();
  if (ready.hardState !== undefined) storage.setHardState(ready.hardState);
  storage.append(ready.entries);
  for (const entry of ready.committedEntries) {
    const change = decodeConfChange(entry);
    if (change !== undefined) node.applyConfChange(change);
  }
  node.advance();
  return ready;
}

function drain(node: RawNode, storage: MemoryStorage): Ready[] {
  const turns: Ready[] = [];
  while (node.hasReady()) turns.push(turn(node, storage));
  return turns;
}

function codeOf(action: () => unknown): string | undefined {
  try {
    action();
  } catch (error) {
    if (error instanceof RaftError) return error.code;
    throw error;
  }
  return undefined;
}

describe("a configuration", () => {
  test.each<[string, Partial<RaftConfig>]>([
    ["cannot use none as id", { id: NONE }],
    ["cannot use local target as id", { id: APPEND_THREAD }],
    ["cannot use local target as id", { id: APPLY_THREAD }],
    ["heartbeat tick must be greater than 0", { heartbeatTick: 0 }],
    ["election tick must be greater than heartbeat tick", { electionTick: 1 }],
    ["max inflight messages must be greater than 0", { maxInflightMsgs: 0 }],
    ["max inflight bytes must be >= max message size", { maxInflightBytes: 9, maxSizePerMsg: 10 }],
    ["CheckQuorum must be enabled when ReadOnlyOption is ReadOnlyLeaseBased", { readOnly: "lease-based" }],
  ])("is refused: %s", (text, config) => {
    expect(() => new RawNode(configOf(stored([1n]), config))).toThrow(text);
    expect(codeOf(() => new RawNode(configOf(stored([1n]), config)))).toBe("raft.config_invalid");
  });

  test("may bound messages to one entry without stopping what is applied", () => {
    const storage = stored([1n]);
    const node = new RawNode(configOf(storage, { maxSizePerMsg: 0 }));
    node.campaign();
    drain(node, storage);
    node.propose(Buffer.from("x"));
    drain(node, storage);
    expect(node.basicStatus().applied).toBe(2);
  });
});

describe("bootstrapping a cluster", () => {
  test("writes one committed ConfChangeAddNode entry for each member, and the node can campaign at once", () => {
    const storage = new MemoryStorage();
    const node = new RawNode(configOf(storage));
    node.bootstrap([{ id: 1n, context: Buffer.from("m1") }, { id: 2n }]);
    const ready = turn(node, storage);
    expect(ready.hardState).toEqual({ term: 1, vote: NONE, commit: 2 });
    expect(ready.mustSync).toBe(true);
    expect(ready.entries.map(({ term, index, type }) => ({ term, index, type }))).toEqual([
      { term: 1, index: 1, type: EntryType.EntryConfChange },
      { term: 1, index: 2, type: EntryType.EntryConfChange },
    ]);
    expect(decodeConfChange(ready.entries[0]!)).toMatchObject({ type: 0, nodeId: 1n, context: Buffer.from("m1") });
    expect(ready.committedEntries).toHaveLength(2);
    drain(node, storage);
    node.campaign();
    expect(drain(node, storage)[0]?.messages.map(({ type, to }) => [type, to])).toEqual([[MessageType.MsgVote, 2n]]);
  });

  test("is refused without members, and on storage that holds something", () => {
    expect(() => new RawNode(configOf(new MemoryStorage())).bootstrap([])).toThrow("must provide at least one peer to Bootstrap");
    const used = new MemoryStorage();
    used.append([Entry.create({ index: 1, term: 1 })]);
    expect(codeOf(() => new RawNode(configOf(used)).bootstrap([{ id: 1n }]))).toBe("raft.bootstrap_refused");
  });
});

describe("a restart", () => {
  test("goes on from term, vote and commit, handing out only what was not applied", () => {
    const storage = stored([1n, 2n]);
    storage.append([1, 2, 3].map((index) => Entry.create({ index, term: 1 })));
    storage.setHardState(HardState.create({ term: 4, vote: 2n, commit: 3 }));
    const node = new RawNode(configOf(storage, { applied: 2 }));
    expect(node.basicStatus()).toMatchObject({ hardState: { term: 4, vote: 2n, commit: 3 }, applied: 2 });
    const ready = node.ready();
    expect([ready.hardState, ready.softState, ready.mustSync]).toEqual([undefined, undefined, false]);
    expect(ready.committedEntries.map(({ index }) => index)).toEqual([3]);
    node.advance();
    expect(node.hasReady()).toBe(false);
  });

  test("from a snapshot knows its members", () => {
    const storage = new MemoryStorage();
    const confState = ConfState.create({ voters: [1n, 2n], learners: [3n] });
    storage.applySnapshot(Snapshot.create({ metadata: SnapshotMetadata.create({ index: 5, term: 2, confState }) }));
    const { configuration, firstIndex, lastIndex, lastTerm } = new RawNode(configOf(storage)).status();
    expect([configuration.voters.ids, configuration.learners.ids, firstIndex, lastIndex, lastTerm]).toEqual([[1n, 2n], [3n], 6, 5, 2]);
  });

  test("with a commit index past the log breaks an invariant: the log was lost", () => {
    const storage = stored([1n]);
    storage.setHardState(HardState.create({ term: 1, commit: 7 }));
    expect(() => new RawNode(configOf(storage))).toThrow("1 state.commit 7 is out of range [0, 0]");
  });
});

describe("a Ready", () => {
  test("of a group of one commits only after the own write, votes included", () => {
    const storage = stored([1n]);
    const node = new RawNode(configOf(storage));
    node.campaign();
    expect(node.basicStatus().softState.role).toBe("StateCandidate");
    const vote = turn(node, storage);
    expect([vote.hardState, vote.softState?.role, vote.mustSync]).toEqual([{ term: 1, vote: 1n, commit: 0 }, "StateCandidate", true]);
    const lead = node.ready();
    expect([lead.softState, lead.hardState, lead.entries.length, lead.committedEntries.length]).toEqual([
      { lead: 1n, role: "StateLeader" },
      undefined,
      1,
      0,
    ]);
    storage.append(lead.entries);
    node.advance();
    const commit = turn(node, storage);
    expect([commit.hardState?.commit, commit.committedEntries.length, commit.mustSync]).toEqual([1, 1, false]);
    expect(node.hasReady()).toBe(false);
  });

  test("is empty when nothing is to be done, and is not to be taken twice without an acknowledgement", () => {
    const storage = stored([1n]);
    const node = new RawNode(configOf(storage));
    expect([node.hasReady(), node.ready().messages]).toEqual([false, []]);
    node.campaign();
    node.ready();
    expect(() => node.ready()).toThrow("two accepted Ready structs without call to Advance");
  });

  test("hands out entries that stay as they were, whatever comes later", () => {
    const storage = stored([1n, 2n, 3n]);
    const node = new RawNode(configOf(storage));
    const append = { type: MessageType.MsgApp, from: 2n, to: 1n };
    node.step(Message.create({ ...append, term: 1, entries: [1, 2].map((index) => Entry.create({ index, term: 1 })) }));
    const { entries } = node.ready();
    node.step(Message.create({ ...append, from: 3n, term: 2, entries: [Entry.create({ index: 1, term: 2 })] }));
    expect(entries.map(({ term }) => term)).toEqual([1, 1]);
  });

  test("with asynchronous storage is acknowledged by responses, not by advance", () => {
    const storage = stored([1n]);
    const node = new RawNode(configOf(storage, { asyncStorageWrites: true }));
    node.campaign();
    const kinds: number[] = [];
    for (let round = 0; node.hasReady() && round < 20; round++) {
      for (const work of node.ready().messages) {
        kinds.push(work.type);
        if (work.to === APPEND_THREAD) storage.append(work.entries);
        for (const response of work.responses) node.step(response);
      }
    }
    const { MsgStorageAppend, MsgStorageApply } = MessageType;
    expect(kinds).toEqual([MsgStorageAppend, MsgStorageAppend, MsgStorageAppend, MsgStorageApply]);
    expect(node.basicStatus().applied).toBe(1);
    expect(() => node.advance()).toThrow(InvariantError);
  });
});

describe("stepping messages", () => {
  test("refuses local types from the network and answers from strangers", () => {
    const node = new RawNode(configOf(stored([1n, 2n])));
    const { MsgHup, MsgBeat, MsgUnreachable, MsgSnapStatus, MsgCheckQuorum, MsgStorageAppend, MsgStorageApplyResp } = MessageType;
    for (const type of [MsgHup, MsgBeat, MsgUnreachable, MsgSnapStatus, MsgCheckQuorum, MsgStorageAppend, MsgStorageApplyResp]) {
      expect(codeOf(() => node.step(Message.create({ type, from: 2n, to: 1n })))).toBe("raft.step_local_message");
    }
    const { MsgAppResp, MsgVoteResp, MsgHeartbeatResp, MsgReadIndexResp, MsgPreVoteResp } = MessageType;
    for (const type of [MsgAppResp, MsgVoteResp, MsgHeartbeatResp, MsgReadIndexResp, MsgPreVoteResp]) {
      expect(codeOf(() => node.step(Message.create({ type, from: 9n, to: 1n, term: 9 })))).toBe("raft.step_peer_not_found");
    }
    expect(node.hasReady()).toBe(false);
  });

  test("leaves the message as it is, also where it is passed on", () => {
    const node = new RawNode(configOf(stored([1n, 2n, 3n])));
    node.step(Message.create({ type: MessageType.MsgHeartbeat, from: 2n, to: 1n, term: 1 }));
    for (const type of [MessageType.MsgProp, MessageType.MsgReadIndex, MessageType.MsgTransferLeader]) {
      const message = Message.create({ type, from: 3n, to: 1n, entries: [Entry.create({ data: Buffer.from("x") })] });
      const copy = structuredClone(message);
      node.step(message);
      expect(structuredClone(message)).toEqual(copy);
    }
    const passedOn = node.ready().messages.filter(({ from }) => from === 3n);
    expect(passedOn.map(({ to, term }) => [to, term])).toEqual([[2n, 0], [2n, 0], [2n, 1]]);
  });

  test("a proposal without a leader, or where it may not be passed on, is dropped", () => {
    const node = new RawNode(configOf(stored([1n, 2n]), { disableProposalForwarding: true }));
    expect(() => node.propose(Buffer.from("x"))).toThrow("raft proposal dropped");
    node.step(Message.create({ type: MessageType.MsgHeartbeat, from: 2n, to: 1n, term: 1 }));
    expect(codeOf(() => node.propose(Buffer.from("x")))).toBe("raft.proposal_dropped");
  });

  test("an append behind the log's end is refused with the end as a hint, one behind a later term with where that begins", () => {
    const storage = stored([1n, 2n]);
    storage.append([1, 1, 3, 3].map((term, at) => Entry.create({ index: at + 1, term })));
    const node = new RawNode(configOf(storage));
    const refusalOf = (index: number, logTerm: number): unknown => {
      node.step(Message.create({ type: MessageType.MsgApp, from: 2n, to: 1n, term: 9, index, logTerm }));
      const { index: about, reject, rejectHint, logTerm: term } = turn(node, storage).messages[0]!;
      return { about, reject, rejectHint, term };
    };
    expect(refusalOf(7, 5)).toEqual({ about: 7, reject: true, rejectHint: 4, term: 3 });
    expect(refusalOf(4, 2)).toEqual({ about: 4, reject: true, rejectHint: 2, term: 1 });
  });

  test("a heartbeat that commits what the log does not have breaks an invariant", () => {
    const node = new RawNode(configOf(stored([1n, 2n])));
    const heartbeat = Message.create({ type: MessageType.MsgHeartbeat, from: 2n, to: 1n, term: 1, commit: 5 });
    expect(() => node.step(heartbeat)).toThrow("tocommit(5) is out of range [lastIndex(0)]");
  });

  test("a snapshot that does not name the node, or is older than what is committed, is acknowledged with what is", () => {
    const storage = stored([1n, 2n]);
    const node = new RawNode(configOf(storage));
    const snapshot = (voters: bigint[]): Snapshot =>
      Snapshot.create({ metadata: SnapshotMetadata.create({ index: 9, term: 1, confState: ConfState.create({ voters }) }) });
    const message = Message.create({ type: MessageType.MsgSnap, from: 2n, to: 1n, term: 1, snapshot: snapshot([2n, 3n]) });
    node.step(message);
    node.step({ ...message, snapshot: undefined });
    const acks = node.ready().messages.filter(({ type }) => type === MessageType.MsgAppResp);
    node.advance();
    expect(acks.map(({ index, reject }) => [index, reject])).toEqual([[0, false], [0, false]]);
    node.step({ ...message, snapshot: snapshot([1n, 2n]) });
    const ready = node.ready();
    expect([ready.snapshot?.metadata.index, ready.entries, ready.committedEntries, ready.mustSync]).toEqual([9, [], [], false]);
    expect(ready.messages.map(({ index }) => index)).toEqual([9]);
  });
});

describe("logging", () => {
  test("asks before it puts a line together", () => {
    const asked: LogLevel[] = [];
    const logger = {
      enabled: (level: LogLevel): boolean => {
        asked.push(level);
        return false;
      },
      log: (level: LogLevel, text: string): void => {
        throw new Error(`${level} was not wanted: ${text}`);
      },
    };
    const storage = stored([1n]);
    const node = new RawNode(configOf(storage, { logger }));
    node.campaign();
    drain(node, storage);
    expect(node.basicStatus().softState.role).toBe("StateLeader");
    expect(asked).toContain("info");
  });
});
