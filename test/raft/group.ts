/**
 * A raft group in one process for behaviour tests: storage in memory, a network whose links can be cut and whose messages can be held
 * back, crashes that keep only what was made durable. Everything goes in order of member and of sending: no clock, no chance.
 */
import { ConfState, Entry, Snapshot, SnapshotMetadata, type HardState, type Message } from "../../core/proto/gen/raftpb.ts";
import {
  APPLY_THREAD,
  asConfChangeV2,
  decodeConfChange,
  isEmptySnapshot,
  isStorageThread,
  MemoryStorage,
  RaftError,
  RawNode,
  type RaftConfig,
  type ReadState,
  type Role,
} from "../../core/raft/index.ts";

export type GroupConfig = Partial<Omit<RaftConfig, "id" | "storage">>;

export interface Member {
  readonly id: bigint;
  readonly storage: MemoryStorage;
  raw: RawNode;
  /** Payloads applied, in order; configuration changes as their context. */
  readonly applied: string[];
  readonly readStates: ReadState[];
  /** Handed out and not yet written or applied (asynchronous storage writes). */
  readonly work: Message[];
  crashed: boolean;
}

/** A log by its terms from index 1; what else a member had on disk. */
export interface Disk {
  readonly terms?: readonly number[];
  readonly hardState?: HardState;
}

export class Group {
  readonly members = new Map<bigint, Member>();
  /** Under way, in order of sending. */
  readonly network: Message[] = [];
  /** Drops messages as they are sent. */
  loses: (message: Message) => boolean = () => false;
  /** While false, storage threads do not work by themselves. */
  writes = true;
  private readonly cuts = new Set<string>();

  /** @param ids voters @param config of every member @param disks what members start with */
  constructor(
    readonly ids: readonly bigint[],
    private readonly config: GroupConfig = {},
    disks: ReadonlyMap<bigint, Disk> = new Map(),
  ) {
    for (const id of ids) this.add(id, disks.get(id));
  }

  /** A member that knows of the first ones, as all do before their first entry; with an empty log unless told otherwise. */
  add(id: bigint, disk: Disk = {}): Member {
    const confState = ConfState.create({ voters: [...this.ids] });
    const storage = new MemoryStorage();
    storage.applySnapshot(Snapshot.create({ metadata: SnapshotMetadata.create({ confState }) }));
    storage.append((disk.terms ?? []).map((term, at) => Entry.create({ term, index: at + 1 })));
    if (disk.hardState !== undefined) storage.setHardState(disk.hardState);
    const raw = this.start(id, storage);
    const member: Member = { id, storage, raw, applied: [], readStates: [], work: [], crashed: false };
    this.members.set(id, member);
    return member;
  }

  node(id: bigint): Member {
    return this.members.get(id)!;
  }

  raw(id: bigint): RawNode {
    return this.node(id).raw;
  }

  role(id: bigint): Role {
    return this.raw(id).basicStatus().softState.role;
  }

  term(id: bigint): number {
    return this.raw(id).basicStatus().hardState.term;
  }

  commit(id: bigint): number {
    return this.raw(id).basicStatus().hardState.commit;
  }

  leaders(): bigint[] {
    return [...this.members.keys()].filter((id) => !this.node(id).crashed && this.role(id) === "StateLeader");
  }

  /** Terms of the durable log. */
  terms(id: bigint): number[] {
    const { storage } = this.node(id);
    const first = storage.firstIndex();
    const last = storage.lastIndex();
    return last < first ? [] : storage.entries(first, last + 1, Infinity).map(({ term }) => term);
  }

  tick(id: bigint, count = 1): void {
    for (let done = 0; done < count; done++) this.raw(id).tick();
  }

  propose(id: bigint, text: string): void {
    this.raw(id).propose(Buffer.from(text));
  }

  /** Cuts the link both ways. */
  cut(left: bigint, right: bigint): void {
    this.cuts.add(`${left}-${right}`);
    this.cuts.add(`${right}-${left}`);
  }

  isolate(id: bigint): void {
    for (const other of this.members.keys()) if (other !== id) this.cut(id, other);
  }

  heal(): void {
    this.cuts.clear();
  }

  /** The process dies; only what is in storage survives. Messages from and to it are lost. */
  crash(id: bigint): void {
    this.node(id).crashed = true;
    this.node(id).work.length = 0;
    const rest = this.network.filter((message) => message.from !== id && message.to !== id);
    this.network.splice(0, this.network.length, ...rest);
  }

  /** Starts it again from its storage. What is applied starts over too. */
  restart(id: bigint): void {
    const member = this.node(id);
    member.raw = this.start(id, member.storage);
    member.applied.length = 0;
    member.crashed = false;
  }

  /** Handles all Readys, putting what is sent on the network. @returns whether there was any */
  handleReady(): boolean {
    let busy = false;
    for (const member of this.members.values()) {
      while (!member.crashed && member.raw.hasReady()) {
        busy = true;
        this.handleOne(member);
      }
    }
    return busy;
  }

  /** Delivers what is on the network now, or what of it `wanted` picks. @returns how many messages */
  deliver(wanted: (message: Message) => boolean = () => true): number {
    const taken = this.network.filter(wanted);
    const rest = this.network.filter((message) => !wanted(message));
    this.network.splice(0, this.network.length, ...rest);
    for (const message of taken) this.deliverOne(message);
    return taken.length;
  }

  /** Until nothing moves any more. */
  settle(): void {
    for (let round = 0; round < 1000; round++) {
      const busy = this.handleReady();
      if (this.deliver() === 0 && !busy) return;
    }
    throw new Error("the group does not settle");
  }

  /** Elects `id`, whatever it takes short of chance. */
  elect(id: bigint): void {
    this.raw(id).campaign();
    this.settle();
  }

  /** Writes or applies the next piece of work of a member with asynchronous storage writes. */
  workOff(member: Member): void {
    const work = member.work.shift();
    if (work === undefined) return;
    this.perform(member, work);
    for (const response of work.responses) this.send(response);
  }

  private start(id: bigint, storage: MemoryStorage): RawNode {
    return new RawNode({
      electionTick: 10,
      heartbeatTick: 1,
      maxSizePerMsg: Infinity,
      maxInflightMsgs: 256,
      random: () => 0,
      ...this.config,
      id,
      storage,
    });
  }

  private handleOne(member: Member): void {
    const ready = member.raw.ready();
    member.readStates.push(...ready.readStates);
    if (this.config.asyncStorageWrites === true) {
      for (const message of ready.messages) {
        if (isStorageThread(message.to)) member.work.push(message);
        else this.send(message);
      }
      while (this.writes && member.work.length > 0) this.workOff(member);
      return;
    }
    const { storage } = member;
    if (ready.hardState !== undefined) storage.setHardState(ready.hardState);
    if (!isEmptySnapshot(ready.snapshot)) this.applySnapshot(member, ready.snapshot);
    storage.append(ready.entries);
    for (const message of ready.messages) this.send(message);
    this.apply(member, ready.committedEntries);
    member.raw.advance();
  }

  private perform(member: Member, { entries, term, vote, commit, snapshot, to }: Message): void {
    if (to === APPLY_THREAD) {
      this.apply(member, entries);
      return;
    }
    if (term !== 0 || vote !== 0n || commit !== 0) member.storage.setHardState({ term, vote, commit });
    if (!isEmptySnapshot(snapshot)) this.applySnapshot(member, snapshot);
    member.storage.append(entries);
  }

  private applySnapshot(member: Member, snapshot: Snapshot): void {
    member.storage.applySnapshot(snapshot);
    member.applied.splice(0, member.applied.length, ...(snapshot.data?.toString() ?? "").split(",").filter((part) => part !== ""));
  }

  private apply(member: Member, entries: readonly Entry[]): void {
    for (const entry of entries) {
      const change = decodeConfChange(entry);
      if (change !== undefined) {
        member.raw.applyConfChange(change);
        member.applied.push(asConfChangeV2(change).context?.toString() ?? "");
      } else if (entry.data !== undefined) {
        member.applied.push(entry.data.toString());
      }
    }
  }

  private send(message: Message): void {
    if (!this.cuts.has(`${message.from}-${message.to}`) && !this.loses(message)) this.network.push(message);
  }

  private deliverOne(message: Message): void {
    const member = this.members.get(message.to);
    if (member === undefined || member.crashed || this.cuts.has(`${message.from}-${message.to}`)) return;
    try {
      member.raw.step(message);
    } catch (error) {
      // A proposal that finds no leader, an answer from someone removed: the driver's business, not the network's.
      if (!(error instanceof RaftError)) throw error;
    }
  }
}

/** The ids 1 to `count`. */
export function idsTo(count: number): bigint[] {
  return Array.from({ length: count }, (_, at) => BigInt(at + 1));
}
