/**
 * One replica: raft over a simulated disk, with the driver's part done in simulated time. With synchronous storage writes one Ready at
 * a time is written, sent (by a leader before it is durable), applied and acknowledged; with asynchronous ones two workers, each with a
 * queue, write and apply on their own. A crash leaves what the disk keeps.
 */
import { type ConfState, type Entry, type Message, MessageType, type Snapshot } from "../../core/proto/gen/raftpb.ts";
import {
  APPEND_THREAD,
  decodeConfChange,
  isEmptySnapshot,
  isStorageThread,
  RaftError,
  RawNode,
  type Ready,
  votesAfterAppend,
} from "../../core/raft/index.ts";
import type { Raft } from "../../core/raft/raft.ts";
import type { Random } from "../../core/platform/random.ts";
import type { Checker, Observed } from "./checkers/checker.ts";
import { ELECTION_TICKS, type FaultPlan } from "./plan.ts";
import { type DiskWrite, ReplicaDisk } from "./replica-disk.ts";
import { StateMachine } from "./state-machine.ts";
import type { Timeline } from "./timeline.ts";

/** Deliberate breakages, for tests of the checkers. */
export interface Sabotage {
  /** A sync of this replica's disk only says it was one. */
  readonly lyingDisk?: (id: bigint) => boolean;
  /** Steps a snapshot while older entries are still being applied. */
  readonly hastySnapshots?: boolean;
  /** Just built, before anything else. */
  readonly built?: (raw: RawNode, life: number) => void;
  /** May change what is to be applied. */
  readonly applying?: (id: bigint, entries: readonly Entry[]) => readonly Entry[];
  /** May change what arrives. */
  readonly arriving?: (message: Message) => Message;
}

export interface ReplicaSurroundings {
  readonly timeline: Timeline;
  readonly random: Random;
  readonly plan: FaultPlan;
  readonly checkers: readonly Checker[];
  readonly sabotage: Sabotage;
  send(message: Message): void;
  note(id: bigint, text: string): void;
}

const NO_WRITE: DiskWrite = { entries: [], hardState: undefined, snapshot: undefined, taken: undefined };

export class Replica {
  readonly disk: ReplicaDisk;
  machine: StateMachine;
  raw: RawNode | undefined;
  /** Counts starts and crashes: what was begun in an earlier life is void. */
  life = 0;
  /** How much slower than planned it writes and ticks. */
  slowness = 1;
  private writing = false;
  private heldSnapshot: Message | undefined;
  private readonly appends: Message[] = [];
  private readonly applies: Message[] = [];
  private appendBusy = false;
  private applyBusy = false;
  /** Entries up to here came with a snapshot; the apply worker may still have some of them in its queue. */
  private restoredTo = 0;

  constructor(
    readonly id: bigint,
    origin: Snapshot | undefined,
    private readonly around: ReplicaSurroundings,
  ) {
    const { random, sabotage } = around;
    this.disk = new ReplicaDisk(origin, random, () => sabotage.lyingDisk?.(id) ?? false);
    this.machine = new StateMachine(this.disk.visible.initialState().confState);
  }

  get running(): boolean {
    return this.raw !== undefined;
  }

  get raft(): Raft {
    return this.raw!["raft"];
  }

  get leads(): boolean {
    return this.running && this.raft.role === "StateLeader";
  }

  get observed(): Observed {
    return this as Observed;
  }

  start(): void {
    const { plan, random, sabotage, checkers } = this.around;
    this.life++;
    const { visible } = this.disk;
    const snapshot = visible.snapshot();
    this.machine = new StateMachine(snapshot.metadata.confState);
    this.machine.restore(snapshot.data, snapshot.metadata.confState);
    this.restoredTo = snapshot.metadata.index;
    const limits = plan.tight
      ? { maxSizePerMsg: 0, maxInflightMsgs: 2, maxCommittedSizePerReady: 1, maxUncommittedEntriesSize: 60 }
      : { maxSizePerMsg: 4096, maxInflightMsgs: 16 };
    this.raw = new RawNode({
      electionTick: ELECTION_TICKS,
      heartbeatTick: 1,
      ...limits,
      asyncStorageWrites: plan.asyncStorageWrites,
      preVote: plan.preVote,
      checkQuorum: plan.checkQuorum,
      applied: snapshot.metadata.index,
      random: (n) => random.below(n),
      id: this.id,
      storage: visible,
    });
    sabotage.built?.(this.raw, this.life);
    const { raft } = this;
    this.around.note(this.id, `start t${raft.term} v${raft.vote} c${raft.log.committed}`);
    for (const checker of checkers) checker.started?.(this.observed);
  }

  crash(): void {
    this.life++;
    this.raw = undefined;
    this.writing = false;
    this.appendBusy = false;
    this.applyBusy = false;
    this.appends.length = 0;
    this.applies.length = 0;
    this.heldSnapshot = undefined;
    const lost = this.disk.crash();
    this.around.note(this.id, `crash lost ${lost}`);
  }

  /**
   * Does something to raft and what follows from it.
   * @returns false when raft refused it, which is the caller's business and no fault
   */
  tell(what: (raw: RawNode) => void): boolean {
    if (this.raw === undefined) return false;
    let taken = true;
    try {
      what(this.raw);
    } catch (error) {
      if (!(error instanceof RaftError)) throw error;
      taken = false;
    }
    this.watch();
    this.pump();
    return taken;
  }

  /** Takes a snapshot of what is applied and drops the log before it, if the disk knows that much to be committed. */
  takeSnapshot(): boolean {
    const { visible } = this.disk;
    const { index, confState } = this.machine;
    const commit = visible.initialState().hardState?.commit ?? 0;
    if (!this.running || index <= visible.snapshot().metadata.index || index > commit || index > visible.lastIndex()) return false;
    const data = this.machine.save();
    const write: DiskWrite = { ...NO_WRITE, taken: { index, confState, data, compactTo: index - this.around.plan.keepEntries } };
    this.disk.write(write);
    this.disk.show(write);
    this.around.note(this.id, `snapshot ${index}`);
    return true;
  }

  /** A message from the network. A snapshot is held back until what was handed out is applied, as our server does it. */
  receive(message: Message): void {
    if (message.type === MessageType.MsgSnap && this.around.sabotage.hastySnapshots !== true && (this.writing || this.applyBusy)) this.heldSnapshot = message;
    else this.tell((raw) => raw.step(message));
  }

  private stepHeld(): void {
    const held = this.heldSnapshot;
    if (held === undefined || this.writing || this.applyBusy) return;
    this.heldSnapshot = undefined;
    this.raw!.step(held);
    this.watch();
  }

  private watch(): void {
    for (const checker of this.around.checkers) checker.stepped?.(this.observed);
  }

  private pump(): void {
    const { raw } = this;
    while (raw !== undefined && raw === this.raw && !this.writing && raw.hasReady()) {
      const leads = this.leads;
      const ready = raw.ready();
      for (const checker of this.around.checkers) {
        checker.appending?.(this.observed, ready.entries);
        for (const read of ready.readStates) checker.readAnswered?.(this.observed, read);
      }
      if (ready.softState !== undefined) this.around.note(this.id, `${ready.softState.role.slice(5)} t${this.raft.term} l${ready.softState.lead}`);
      if (this.around.plan.asyncStorageWrites) this.dispatch(ready);
      else this.writeReady(ready, leads);
    }
  }

  private writeReady(ready: Ready, leads: boolean): void {
    const write: DiskWrite = { ...NO_WRITE, entries: ready.entries, hardState: ready.hardState, snapshot: ready.snapshot };
    if (leads) this.send(ready.messages);
    if (ready.entries.length > 0 || ready.hardState !== undefined || ready.snapshot !== undefined) this.disk.write(write);
    const mustSync = ready.mustSync || ready.snapshot !== undefined;
    const finish = (): void => {
      if (mustSync) this.disk.sync();
      this.disk.show(write);
      if (!leads) this.send(ready.messages);
      if (!isEmptySnapshot(ready.snapshot)) this.restore(ready.snapshot);
      this.apply(ready.committedEntries);
      this.raw!.advance();
      this.watch();
    };
    if (!mustSync) {
      finish();
      return;
    }
    this.writing = true;
    this.later(() => {
      this.writing = false;
      finish();
      this.stepHeld();
      this.pump();
    });
  }

  private dispatch(ready: Ready): void {
    for (const message of votesAfterAppend(ready.messages)) {
      if (!isStorageThread(message.to)) this.send([message]);
      else if (message.to === APPEND_THREAD) this.appends.push(message);
      else this.applies.push(message);
    }
    this.workOnAppends();
    this.workOnApplies();
  }

  private workOnAppends(): void {
    const work = this.appendBusy ? undefined : this.appends.shift();
    if (work === undefined) return;
    this.appendBusy = true;
    const { term, vote, commit, entries, snapshot } = work;
    const hardState = term !== 0 || vote !== 0n || commit !== 0 ? { term, vote, commit } : undefined;
    const write: DiskWrite = { ...NO_WRITE, entries, hardState, snapshot: isEmptySnapshot(snapshot) ? undefined : snapshot };
    this.disk.write(write);
    this.later(() => {
      this.disk.sync();
      this.disk.show(write);
      if (write.snapshot !== undefined) this.restore(write.snapshot);
      this.appendBusy = false;
      this.answer(work);
      this.workOnAppends();
      this.pump();
    });
  }

  private workOnApplies(): void {
    const work = this.applyBusy ? undefined : this.applies.shift();
    if (work === undefined) return;
    this.applyBusy = true;
    this.later(() => {
      this.apply(work.entries);
      this.applyBusy = false;
      this.answer(work);
      this.workOnApplies();
      this.stepHeld();
      this.pump();
    });
  }

  private answer(work: Message): void {
    for (const response of work.responses) {
      if (response.to !== this.id) {
        this.send([response]);
        continue;
      }
      this.stepOwn(response);
      this.watch();
    }
  }

  /** A replica that was removed while it wrote is no peer of its own any more: its word does not count, in our server too. */
  private stepOwn(response: Message): void {
    try {
      this.raw!.step(response);
    } catch (error) {
      if (!(error instanceof RaftError)) throw error;
    }
  }

  private restore(snapshot: Snapshot): void {
    this.machine.restore(snapshot.data, snapshot.metadata.confState);
    this.restoredTo = snapshot.metadata.index;
    this.around.note(this.id, `restore ${snapshot.metadata.index}`);
    for (const checker of this.around.checkers) checker.restored?.(this.observed, snapshot);
  }

  private apply(committed: readonly Entry[]): void {
    const { sabotage, checkers } = this.around;
    for (const entry of sabotage.applying?.(this.id, committed) ?? committed) {
      if (entry.index <= this.restoredTo) continue;
      this.machine.apply(entry);
      for (const checker of checkers) checker.applied?.(this.observed, entry);
      const change = decodeConfChange(entry);
      if (change === undefined) continue;
      this.machine.confState = this.raw!.applyConfChange(change);
      this.around.note(this.id, `config ${describe(this.machine.confState)}`);
      this.watch();
    }
    const last = committed.at(-1);
    if (last !== undefined) this.around.note(this.id, `applied ${last.index}`);
  }

  private send(messages: readonly Message[]): void {
    for (const message of messages) {
      for (const checker of this.around.checkers) checker.sent?.(this.observed, message);
      this.around.send(message.type === MessageType.MsgSnap ? this.withFreshSnapshot(message) : message);
    }
  }

  /** As etcd does it: the state that is sent is that of now. An older one may not know its receiver as a member, who then refuses it. */
  private withFreshSnapshot(message: Message): Message {
    const { index, confState } = this.machine;
    const term = this.raft.log.term(index);
    if (term === undefined || message.snapshot === undefined || index <= message.snapshot.metadata.index) return message;
    return { ...message, snapshot: { data: this.machine.save(), metadata: { index, term, confState } } };
  }

  /** After the time that a disk or a state machine takes, unless it crashes before. */
  private later(run: () => void): void {
    const { life } = this;
    const { timeline, random, plan } = this.around;
    timeline.after((1 + random.below(plan.syncMs)) * this.slowness, () => {
      if (this.life === life) run();
    });
  }
}

function describe({ voters, votersOutgoing, learners, learnersNext }: ConfState): string {
  const outgoing = votersOutgoing.length > 0 ? `&${votersOutgoing.join()}` : "";
  return `${voters.join()}${outgoing} l${[...learners, ...learnersNext].join()}`;
}
