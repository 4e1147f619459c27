/** What bounds a leader: window and message size to each follower, quota for uncommitted bytes, pages of committed entries. */
import { describe, expect, test } from "vitest";
import { Entry, Message, MessageType } from "../../core/proto/gen/raftpb.ts";
import { Group, idsTo, type GroupConfig } from "./group.ts";

const [S1, S2] = [1n, 2n] as const;

function led(members: number, config: GroupConfig = {}): Group {
  const group = new Group(idsTo(members), config);
  group.elect(S1);
  return group;
}

function appends(group: Group, to = S2): Message[] {
  return group.network.filter((message) => message.type === MessageType.MsgApp && message.to === to);
}

function flood(group: Group, count: number, bytes = 10): void {
  for (let done = 0; done < count; done++) group.raw(S1).propose(Buffer.alloc(bytes, "x"));
  group.handleReady();
}

describe("the window to a follower", () => {
  test("lets no more messages out than its count; each acknowledgement lets one more", () => {
    const group = led(2, { maxInflightMsgs: 4 });
    flood(group, 10);
    expect(appends(group).length).toBe(4);
    expect(group.raw(S1).status().progress[1]).toMatchObject({ inflightCount: 4, inflightFull: true, paused: true });
    group.deliver(() => true);
    group.handleReady();
    const acks = group.network.filter(({ type }) => type === MessageType.MsgAppResp);
    expect(acks.length).toBe(4);
    group.deliver((message) => message === acks[0]);
    group.handleReady();
    expect(appends(group).filter(({ entries }) => entries.length > 0).length).toBe(1);
    group.settle();
    expect(group.commit(S2)).toBe(11);
  });

  test("counts payload bytes: the message that reaches the bound still goes", () => {
    const group = led(2, { maxSizePerMsg: 0, maxInflightBytes: 25 });
    flood(group, 10);
    expect(appends(group).length).toBe(3);
    group.settle();
    expect(group.commit(S2)).toBe(11);
  });

  test("full of lost messages, an answered heartbeat lets one empty message out, and its answer the rest", () => {
    const group = led(2, { maxInflightMsgs: 2 });
    group.loses = ({ type }) => type === MessageType.MsgApp;
    flood(group, 5);
    group.settle();
    group.loses = () => false;
    group.tick(S1);
    group.handleReady();
    group.deliver();
    group.handleReady();
    group.deliver();
    group.handleReady();
    expect(appends(group).map(({ entries }) => entries.length)).toEqual([0]);
    group.settle();
    expect(group.commit(S2)).toBe(6);
  });

  test("to one that is being probed is one message, until it answers", () => {
    const group = led(2);
    group.raw(S1).reportUnreachable(S2);
    flood(group, 5);
    expect(appends(group).length).toBe(1);
    group.settle();
    expect(group.raw(S1).status().progress[1]).toMatchObject({ state: "StateReplicate", match: 6 });
  });

  test("is closed while a snapshot is on its way, until the follower or the transport says what became of it", () => {
    for (const outcome of ["acknowledged", "reported", "failed"] as const) {
      const group = led(2);
      const { raw, storage } = group.node(S1);
      // A learner that is far away: its part is played here.
      raw.proposeConfChange({ type: 3, nodeId: 3n, context: undefined, id: 0n });
      group.settle();
      flood(group, 3);
      group.settle();
      storage.createSnapshot(2, undefined, Buffer.from("state"));
      storage.compact(2);
      raw.step(answer(group, MessageType.MsgHeartbeatResp));
      const third = (): unknown => raw.status().progress[2];
      expect(third()).toMatchObject({ state: "StateSnapshot", pendingSnapshot: 2, next: 3, paused: true });
      if (outcome === "acknowledged") {
        raw.step({ ...answer(group, MessageType.MsgAppResp), index: 2 });
        expect(third()).toMatchObject({ state: "StateReplicate", match: 2, next: 6 });
      } else {
        raw.reportSnapshot(3n, outcome === "failed");
        expect(third()).toMatchObject({ state: "StateProbe", next: outcome === "failed" ? 1 : 3, paused: true });
      }
    }
  });
});

/** What member 3 answers the leader. */
function answer(group: Group, type: number): Message {
  return Message.create({ type, to: S1, from: 3n, term: group.term(S1) });
}

describe("message size", () => {
  test("bounds the entries of one message, but lets one always go", () => {
    const size = Entry.size(Entry.create({ term: 1, index: 2, data: Buffer.alloc(10) }));
    for (const [max, counts] of [[0, [1, 1, 1, 1, 1]], [2 * size, [2, 2, 1]], [Infinity, [5]]] as const) {
      const group = led(2, { maxSizePerMsg: max, maxCommittedSizePerReady: Infinity });
      group.isolate(S2);
      flood(group, 5);
      group.raw(S1).reportUnreachable(S2);
      const sent: number[] = [];
      group.loses = (message) => {
        if (message.type === MessageType.MsgApp && message.entries.length > 0) sent.push(message.entries.length);
        return false;
      };
      group.heal();
      group.tick(S1);
      group.settle();
      expect(sent).toEqual(counts);
    }
  });
});

describe("the quota for uncommitted bytes", () => {
  test("drops proposals past it until what is pending is applied; one always passes, empty ones too", () => {
    const group = led(3, { maxUncommittedEntriesSize: 20 });
    group.raw(S1).propose(Buffer.alloc(100));
    expect(() => group.raw(S1).propose(Buffer.alloc(1))).toThrow("raft proposal dropped");
    group.raw(S1).propose(Buffer.alloc(0));
    expect(group.raw(S1).status().uncommittedSize).toBe(100);
    group.settle();
    expect(group.raw(S1).status().uncommittedSize).toBe(0);
    group.raw(S1).propose(Buffer.alloc(15));
    expect(() => group.raw(S1).propose(Buffer.alloc(6))).toThrow("raft proposal dropped");
    group.raw(S1).propose(Buffer.alloc(5));
    group.settle();
    expect(group.commit(S1)).toBe(5);
  });

  test("is counted anew by the next leader, and never below zero", () => {
    const group = led(3, { maxUncommittedEntriesSize: 20 });
    group.isolate(S1);
    group.raw(S1).propose(Buffer.alloc(20));
    group.elect(S2);
    group.heal();
    group.tick(S2);
    group.settle();
    expect(group.raw(S1).status().uncommittedSize).toBe(0);
    group.raw(S2).propose(Buffer.alloc(20));
    group.settle();
    expect(group.raw(S2).status().uncommittedSize).toBe(0);
  });

  test("takes a batch as a whole or not at all", () => {
    const group = led(1, { maxUncommittedEntriesSize: 20 });
    const batch = [1, 2, 3].map((byte) => Entry.create({ data: Buffer.alloc(10, byte) }));
    group.raw(S1).propose(Buffer.alloc(1));
    expect(() => group.raw(S1).proposeBatch(batch)).toThrow("raft proposal dropped");
    group.settle();
    group.raw(S1).proposeBatch(batch);
    group.settle();
    expect(group.commit(S1)).toBe(5);
    expect(batch.every(({ index, term }) => index === 0 && term === 0)).toBe(true);
  });
});

describe("pages of committed entries", () => {
  test("hold no more encoded bytes than allowed and come one after the other", () => {
    const size = Entry.size(Entry.create({ term: 1, index: 2, data: Buffer.alloc(10) }));
    const group = led(1, { maxCommittedSizePerReady: 2 * size });
    const { raw, storage } = group.node(S1);
    for (let done = 0; done < 5; done++) raw.propose(Buffer.alloc(10));
    const pages: number[] = [];
    while (raw.hasReady()) {
      const ready = raw.ready();
      storage.append(ready.entries);
      if (ready.committedEntries.length > 0) pages.push(ready.committedEntries.length);
      raw.advance();
    }
    expect(pages).toEqual([2, 2, 1]);
  });

  test("wait for the applier when storage work is asynchronous", () => {
    const size = Entry.size(Entry.create({ term: 1, index: 2, data: Buffer.alloc(10) }));
    const group = led(1, { maxCommittedSizePerReady: 2 * size, asyncStorageWrites: true });
    const member = group.node(S1);
    group.writes = false;
    for (let done = 0; done < 5; done++) member.raw.propose(Buffer.alloc(10));
    group.handleReady();
    group.workOff(member);
    group.deliver();
    group.handleReady();
    const waiting = (): number => member.work.filter(({ type }) => type === MessageType.MsgStorageApply).length;
    expect(waiting()).toBe(1);
    expect(member.raw.status().applying).toBe(3);
    while (member.work.length > 0) {
      group.workOff(member);
      group.deliver();
      group.handleReady();
    }
    expect([member.raw.status().applied, member.applied.length]).toEqual([6, 5]);
  });
});
