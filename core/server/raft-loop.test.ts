import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { nodeClock } from "../platform/node/clock.ts";
import { nodeDisk } from "../platform/node/disk.ts";
import { seededRandom } from "../platform/random.ts";
import { ConfState, Entry, EntryType, Message, MessageType, Snapshot, SnapshotMetadata } from "../proto/gen/raftpb.ts";
import { MemoryStorage, RawNode, decodeConfChange } from "../raft/index.ts";
import { Wal } from "../wal/wal.ts";
import { RaftLoop, type RaftLoopListener } from "./raft-loop.ts";

class Member implements RaftLoopListener {
  readonly applied: string[] = [];
  readonly failures: Error[] = [];
  lead = 0n;
  confState: ConfState | undefined;
  /** undefined until it is opened: messages to it are lost till then */
  loop!: RaftLoop;
  wal!: Wal;

  constructor(
    readonly id: bigint,
    private readonly network: Map<bigint, Member>,
  ) {}

  async open(folder: string, ids: readonly bigint[], failing = false): Promise<void> {
    const storage = new MemoryStorage();
    const exists = await nodeDisk.exists(folder);
    if (exists) {
      this.wal = await Wal.open(nodeDisk, folder, { index: 0, term: 0 });
      const contents = await this.wal.readAll();
      storage.setHardState(contents.hardState);
      storage.append(contents.entries);
    } else this.wal = await Wal.create(nodeDisk, folder, undefined);
    const random = seededRandom(Number(this.id));
    const node = new RawNode({
      id: this.id,
      electionTick: 10,
      heartbeatTick: 1,
      storage,
      random: (bound) => random.below(bound),
      asyncStorageWrites: true,
      maxSizePerMsg: 1024 * 1024,
      maxInflightMsgs: 512,
      checkQuorum: true,
      preVote: true,
    });
    if (!exists) node.bootstrap(ids.map((id) => ({ id })));
    const log = failing ? { save: () => Promise.reject(new Error("disk is gone")) } : this.wal;
    this.loop = new RaftLoop({ node, storage, log, clock: nodeClock, heartbeatMs: 10, soon: (run) => void setImmediate(run) }, this);
    this.loop.start();
  }

  onRole(lead: bigint): void {
    this.lead = lead;
  }
  onHardState(): void {}
  onReadState(): void {}
  onAppend(): void {}
  onApplied(): void {}
  send(messages: readonly Message[]): void {
    for (const message of messages) (this.network.get(message.to)?.loop as RaftLoop | undefined)?.step(message);
  }
  sendSnapshot(): void {}
  async apply(entries: readonly Entry[]): Promise<void> {
    for (const entry of entries) {
      const change = decodeConfChange(entry);
      if (change !== undefined) this.confState = this.loop.applyConfChange(change);
      else if (entry.data !== undefined && entry.data.length > 0) this.applied.push(entry.data.toString());
    }
  }
  async saveSnapshot(): Promise<void> {}
  async restore(): Promise<void> {}
  onFailure(error: Error): void {
    this.failures.push(error);
  }
}

/** A node whose log begins behind a snapshot of these voters. */
function lone(storage: MemoryStorage, voters: bigint[]): RawNode {
  storage.applySnapshot(Snapshot.create({ metadata: SnapshotMetadata.create({ index: 1, term: 1, confState: ConfState.create({ voters }) }) }));
  return new RawNode({
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
}

function quiet(parts: Partial<RaftLoopListener>): RaftLoopListener {
  const nothing = (): void => undefined;
  const soon = (): Promise<void> => Promise.resolve();
  return {
    onRole: nothing,
    onHardState: nothing,
    onReadState: nothing,
    onAppend: nothing,
    onApplied: nothing,
    send: nothing,
    sendSnapshot: nothing,
    apply: soon,
    saveSnapshot: soon,
    restore: soon,
    onFailure: (error) => {
      throw error;
    },
    ...parts,
  };
}

describe("raft loop", () => {
  let folder: string;
  let members: Map<bigint, Member>;

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), "raft-loop-"));
    members = new Map();
  });
  afterEach(async () => {
    for (const { loop, wal } of members.values()) {
      await loop.stop();
      await wal.close();
    }
    await rm(folder, { recursive: true });
  });

  const until = async (condition: () => boolean): Promise<void> => {
    while (!condition()) await new Promise((resolve) => setTimeout(resolve, 2));
  };
  const start = async (ids: readonly bigint[], failing = false): Promise<void> => {
    for (const id of ids) members.set(id, new Member(id, members));
    for (const member of members.values()) await member.open(join(folder, String(member.id)), ids, failing);
  };
  const propose = (member: Member, text: string, asker?: AbortController): void => {
    const dropped = (error: Error): void => {
      throw error;
    };
    member.loop.propose({ term: 0, index: 0, type: EntryType.EntryNormal, data: Buffer.from(text) }, dropped, asker);
  };

  it("three members apply the same entries in the same order, proposed on any of them, also before there is a leader", async () => {
    await start([1n, 2n, 3n]);
    for (let at = 0; at < 300; at++) propose(members.get(BigInt((at % 3) + 1))!, `v${at}`);
    await until(() => [...members.values()].every(({ applied }) => applied.length === 300));
    const [first, second, third] = [...members.values()];
    expect(second!.applied).toEqual(first!.applied);
    expect(third!.applied).toEqual(first!.applied);
    expect(new Set(first!.applied).size).toBe(300);
  });

  it("what nobody waits for any more by the time there is a leader is not proposed", async () => {
    const ids = [1n, 2n, 3n];
    for (const id of ids) members.set(id, new Member(id, members));
    const asker = new AbortController();
    const member = members.get(1n)!;
    // alone of three it stays without a leader, however long that takes
    await member.open(join(folder, "1"), ids);
    propose(member, "stays", new AbortController());
    propose(member, "goes", asker);
    await new Promise((resolve) => setImmediate(resolve));
    asker.abort();
    propose(member, "last");
    for (const id of [2n, 3n]) await members.get(id)!.open(join(folder, String(id)), ids);
    await until(() => member.applied.length >= 2 && member.applied.includes("last"));
    expect(member.applied).toEqual(["stays", "last"]);
  });

  it("what was applied is in the log when all members start again", async () => {
    await start([1n, 2n, 3n]);
    for (let at = 0; at < 100; at++) propose(members.get(1n)!, `v${at}`);
    await until(() => members.get(1n)!.applied.length === 100);
    for (const { loop, wal } of members.values()) {
      await loop.stop();
      await wal.close();
    }
    const before = members.get(1n)!.applied;
    members.clear();
    await start([1n, 2n, 3n]);
    await until(() => [...members.values()].every(({ applied }) => applied.length === 100));
    expect(members.get(2n)!.applied).toEqual(before);
  });

  it("a candidate asks nobody for a vote before its own term is on disk", async () => {
    const sent: Message[] = [];
    const writes: (() => void)[] = [];
    const storage = new MemoryStorage();
    const node = lone(storage, [1n, 2n, 3n]);
    const log = { save: (): Promise<void> => new Promise((resolve) => writes.push(resolve)) };
    const loop = new RaftLoop({ node, storage, log, clock: nodeClock, heartbeatMs: 1_000_000, soon: (run) => void setImmediate(run) }, quiet({ send: (messages) => sent.push(...messages) }));
    loop.start();
    loop.campaign();
    await until(() => writes.length > 0);
    await new Promise((resolve) => setTimeout(resolve, 20));
    expect(sent).toEqual([]);
    for (const done of writes) done();
    await until(() => sent.length === 2);
    expect(sent.map(({ type, to }) => [type, to])).toEqual([[MessageType.MsgVote, 2n], [MessageType.MsgVote, 3n]]);
    await loop.stop();
  });

  it("raft is not shown a snapshot while entries that it handed out are being applied", async () => {
    let release!: () => void;
    const applied: number[] = [];
    const storage = new MemoryStorage();
    const node = lone(storage, [1n, 2n]);
    const gate = new Promise<void>((resolve) => (release = resolve));
    const listener = quiet({
      apply: async (entries) => {
        await gate;
        applied.push(...entries.map(({ index }) => index));
      },
    });
    const loop = new RaftLoop({ node, storage, log: { save: () => Promise.resolve() }, clock: nodeClock, heartbeatMs: 1_000_000, soon: (run) => void setImmediate(run) }, listener);
    loop.start();
    const from = { ...Message.create(), from: 2n, to: 1n, term: 2 };
    const entries = [Entry.create({ term: 2, index: 2, data: Buffer.from("x") })];
    loop.step({ ...from, type: MessageType.MsgApp, logTerm: 1, index: 1, commit: 2, entries });
    await until(() => loop.status().hardState.commit === 2 && storage.lastIndex() === 2);
    await new Promise((resolve) => setTimeout(resolve, 10));
    const metadata = SnapshotMetadata.create({ index: 9, term: 2, confState: ConfState.create({ voters: [1n, 2n, 3n] }) });
    loop.step({ ...from, type: MessageType.MsgSnap, snapshot: Snapshot.create({ data: Buffer.from("state"), metadata }) });
    await new Promise((resolve) => setTimeout(resolve, 10));
    expect(loop.status().hardState.commit).toBe(2);
    release();
    await until(() => storage.lastIndex() === 9);
    expect(applied).toEqual([2]);
    await loop.stop();
  });

  it("a log that cannot be written ends the loop and applies nothing", async () => {
    await start([1n], true);
    propose(members.get(1n)!, "lost");
    await until(() => members.get(1n)!.failures.length > 0);
    expect(members.get(1n)!.failures[0]!.message).toBe("disk is gone");
    expect(members.get(1n)!.applied).toEqual([]);
  });
});
