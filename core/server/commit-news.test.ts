import { describe, expect, it } from "vitest";
import type { Clock } from "../platform/clock.ts";
import { ConfState, Entry, EntryType, Message, MessageType, Snapshot, SnapshotMetadata } from "../proto/gen/raftpb.ts";
import { MemoryStorage, RawNode } from "../raft/index.ts";
import { RaftLoop } from "./raft-loop.ts";

/** A leader of three whose disk is done at once and whose clock stands still; what it sends is kept. */
class Leader {
  readonly sent: Message[] = [];
  private timers: { readonly at: number; readonly fire: () => void }[] = [];
  private time = 0;
  readonly loop: RaftLoop;

  private constructor() {
    const clock: Clock = {
      now: () => this.time,
      monotonic: () => this.time,
      after: (delayMs, fire) => {
        const timer = { at: this.time + delayMs, fire };
        this.timers.push(timer);
        return { cancel: () => (this.timers = this.timers.filter((other) => other !== timer)) };
      },
    };
    const storage = new MemoryStorage();
    storage.applySnapshot(Snapshot.create({ metadata: SnapshotMetadata.create({ index: 1, term: 1, confState: ConfState.create({ voters: [1n, 2n, 3n] }) }) }));
    const node = new RawNode({
      id: 1n,
      electionTick: 10,
      heartbeatTick: 1,
      storage,
      random: () => 0,
      asyncStorageWrites: true,
      maxSizePerMsg: 1024 * 1024,
      maxInflightMsgs: 512,
      applied: 1,
    });
    const nothing = (): void => undefined;
    const done = (): Promise<void> => Promise.resolve();
    const soon = (run: () => void): void => void setImmediate(run);
    this.loop = new RaftLoop({ node, storage, log: { save: done }, clock, heartbeatMs: 1_000_000, soon }, {
      onRole: nothing,
      onHardState: nothing,
      onReadState: nothing,
      onAppend: nothing,
      onApplied: nothing,
      send: (messages) => this.sent.push(...messages),
      sendSnapshot: nothing,
      apply: done,
      saveSnapshot: done,
      restore: done,
      onFailure: (error) => {
        throw error;
      },
    });
  }

  /** Elected, its first entry known to all as committed. */
  static async elected(): Promise<Leader> {
    const leader = new Leader();
    leader.loop.start();
    leader.loop.campaign();
    await leader.settle();
    leader.loop.step({ ...Message.create(), type: MessageType.MsgVoteResp, from: 2n, to: 1n, term: leader.term });
    await leader.settle();
    leader.acknowledge();
    await leader.settle();
    leader.pass(2);
    await leader.settle();
    leader.sent.length = 0;
    return leader;
  }

  get term(): number {
    return this.loop.status().hardState.term;
  }

  /** Lets everything happen that needs no timer. */
  async settle(): Promise<void> {
    for (let turn = 0; turn < 10; turn++) await new Promise<void>((resolve) => setImmediate(resolve));
  }

  pass(ms: number): void {
    this.time += ms;
    const due = this.timers.filter(({ at }) => at <= this.time);
    this.timers = this.timers.filter(({ at }) => at > this.time);
    for (const { fire } of due) fire();
  }

  put(text: string): void {
    this.loop.propose(entry(text), (error) => {
      throw error;
    });
  }

  /** The others have all that there is. */
  acknowledge(): void {
    const index = this.loop.status().lastIndex;
    for (const from of [2n, 3n]) this.loop.step({ ...Message.create(), type: MessageType.MsgAppResp, from, to: 1n, term: this.term, index });
  }

  /** What was sent since this was last asked: "to: entries commit". */
  said(): string[] {
    return this.sent.splice(0).map(({ to, entries, commit }) => `${to}: ${entries.map(({ index }) => index).join(",") || "-"} commit ${commit}`);
  }
}

const entry = (text: string): Entry => Entry.create({ type: EntryType.EntryNormal, data: Buffer.from(text) });

describe("news of a commit", () => {
  it("wait two milliseconds for entries, then go by themselves", async () => {
    const leader = await Leader.elected();
    leader.put("a");
    await leader.settle();
    expect(leader.said()).toEqual(["2: 3 commit 2", "3: 3 commit 2"]);
    leader.acknowledge();
    await leader.settle();
    expect(leader.loop.status().hardState.commit).toBe(3);
    expect(leader.said()).toEqual([]);
    leader.pass(2);
    expect(leader.said()).toEqual(["2: - commit 3", "3: - commit 3"]);
    leader.pass(10);
    await leader.settle();
    expect(leader.said()).toEqual([]);
    await leader.loop.stop();
  });

  it("ride on the entries that come meanwhile, and no message goes for them alone", async () => {
    const leader = await Leader.elected();
    for (const [at, text] of ["a", "b", "c"].entries()) {
      leader.put(text);
      await leader.settle();
      expect(leader.said()).toEqual([`2: ${at + 3} commit ${at + 2}`, `3: ${at + 3} commit ${at + 2}`]);
      leader.acknowledge();
      await leader.settle();
      expect(leader.said()).toEqual([]);
    }
    leader.pass(2);
    expect(leader.said()).toEqual(["2: - commit 5", "3: - commit 5"]);
    await leader.loop.stop();
  });

  it("entries that come do not shorten the wait of later news", async () => {
    const leader = await Leader.elected();
    leader.put("a");
    await leader.settle();
    leader.acknowledge();
    await leader.settle();
    leader.pass(1.5);
    leader.put("b");
    await leader.settle();
    leader.acknowledge();
    await leader.settle();
    leader.said();
    leader.pass(1.5);
    expect(leader.said()).toEqual([]);
    leader.pass(0.5);
    expect(leader.said()).toEqual(["2: - commit 4", "3: - commit 4"]);
    await leader.loop.stop();
  });

  it("go without delay where a follower's client waits for them, and wait again afterwards", async () => {
    const leader = await Leader.elected();
    leader.loop.step({ ...Message.create(), type: MessageType.MsgProp, from: 2n, to: 1n, entries: [entry("asked on another member")] });
    await leader.settle();
    leader.acknowledge();
    await leader.settle();
    expect(leader.said()).toEqual(["2: 3 commit 2", "3: 3 commit 2", "2: - commit 3", "3: - commit 3"]);
    leader.put("a");
    await leader.settle();
    leader.acknowledge();
    await leader.settle();
    expect(leader.said()).toEqual(["2: 4 commit 3", "3: 4 commit 3"]);
    leader.pass(2);
    expect(leader.said()).toEqual(["2: - commit 4", "3: - commit 4"]);
    await leader.loop.stop();
  });

  it("a reader on a follower does not wait for them: the heartbeat that confirms its index carries the commit", async () => {
    const leader = await Leader.elected();
    leader.put("a");
    await leader.settle();
    leader.acknowledge();
    await leader.settle();
    leader.said();
    leader.loop.step({ ...Message.create(), type: MessageType.MsgReadIndex, from: 2n, to: 1n, entries: [entry("context")] });
    await leader.settle();
    expect(leader.sent.map(({ type, to, commit }) => [type, to, commit])).toEqual([
      [MessageType.MsgHeartbeat, 2n, 3],
      [MessageType.MsgHeartbeat, 3n, 3],
    ]);
    await leader.loop.stop();
  });

  it("a loop that has ended tells nothing any more", async () => {
    const leader = await Leader.elected();
    leader.put("a");
    await leader.settle();
    leader.acknowledge();
    await leader.settle();
    leader.said();
    await leader.loop.stop();
    leader.pass(10);
    await leader.settle();
    expect(leader.said()).toEqual([]);
  });
});
