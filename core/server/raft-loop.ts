/**
 * Drives the raft node: ticks, messages and proposals go in; writes, messages and committed entries come out (the role of
 * etcd server/etcdserver/raft.go, with etcd raft's asynchronous storage writes).
 *
 * Everything of one turn of the event loop is taken together: one Ready, one batch of proposals, one write. While that
 * write's fdatasync is in flight, further Readys hand their entries to the WAL, which gathers them for the next one.
 *
 * Why this is safe. Raft needs four things of its storage, and each is kept by order alone:
 * - An acknowledgement or a vote counts only when durable. Those messages ride as `responses` on MsgStorageAppend and are
 *   let go after the WAL says so; a leader's own acknowledgement is one of them, so it too commits nothing before its disk
 *   has it. A leader's MsgApp may leave before its own write (thesis 10.2.1): a follower's promise is the follower's.
 * - A candidate asks for votes with a term and a log that it will still have after a crash: MsgVote is held back until its
 *   term and all earlier writes are durable (`votesAfterAppend`).
 * - Writes reach the disk in the order of the Readys. Saves enter the WAL in that order and it never reorders; completions
 *   are handled in that order too, each first entering the in-memory log and only then telling raft. Until then raft reads
 *   those entries from its own unstable part.
 * - Only what is stable here is applied here. With asynchronous writes raft hands out committed entries up to the last
 *   stable one, so the database never runs ahead of the WAL, and a crash finds every applied entry in the log.
 * A received snapshot is the exception to overlapping. Raft is not shown it before everything handed out is applied: it takes on the
 * snapshot's membership at once, and an older configuration change applied after that would undo it. Then it waits for all
 * earlier writes, and all later ones wait for it, because it replaces log and database at once.
 */
import type { Clock, Timer } from "../platform/clock.ts";
import { type ConfState, type Entry, type HardState, type Message, MessageType, type Snapshot } from "../proto/gen/raftpb.ts";
import {
  APPEND_THREAD,
  APPLY_THREAD,
  type AnyConfChange,
  type MemoryStorage,
  NONE,
  RaftError,
  type RawNode,
  type ReadState,
  type Role,
  type Status,
  votesAfterAppend,
} from "../raft/index.ts";

/** What the loop needs of the log on disk; core/wal's Wal is one. */
export interface DurableLog {
  save(state: HardState | undefined, entries: readonly Entry[]): Promise<void>;
}

export interface RaftLoopParts {
  readonly node: RawNode;
  /** what raft reads; the loop writes it when the WAL has it */
  readonly storage: MemoryStorage;
  readonly log: DurableLog;
  readonly clock: Clock;
  readonly heartbeatMs: number;
  /** Lets everything of one turn come together before a Ready is taken: setImmediate, or a simulator's own. */
  readonly soon: (run: () => void) => void;
}

/** What the loop tells the member. All but `apply` and `restore` must be quick and must not throw. */
export interface RaftLoopListener {
  onRole(lead: bigint, role: Role): void;
  onHardState(state: HardState): void;
  onReadState(state: ReadState): void;
  /** entries about to be written; those from the first one's index on replace what stood there */
  onAppend(entries: readonly Entry[]): void;
  send(messages: readonly Message[]): void;
  /** a far-behind follower needs the state: MsgSnap without data */
  sendSnapshot(message: Message): void;
  /** Applies committed entries, in order. @throws whatever makes going on impossible */
  apply(entries: readonly Entry[]): Promise<void>;
  /** after raft has heard that they are applied: only now may another configuration change be proposed */
  onApplied(): void;
  /** Makes a received snapshot durable: .snap file and WAL record. */
  saveSnapshot(snapshot: Snapshot): Promise<void>;
  /** Makes a received snapshot, which is durable, the state of this member. */
  restore(snapshot: Snapshot): Promise<void>;
  /** the loop has ended: the disk failed, or an invariant is broken */
  onFailure(error: Error): void;
}

/** Proposals that may wait for a leader: beyond that the oldest rule of overload holds, and new ones are refused. */
const waitingMax = 20_000;
/** bytes of entries put into one proposal message */
const proposalBytes = 512 * 1024;
/** How long news of a commit may wait for entries to ride on, ms. */
const newsMs = 2;

interface WaitingProposal {
  readonly entry: Entry;
  /** sent on by a follower: its client waits there until the news of its commit come */
  readonly foreign: boolean;
  readonly dropped: (error: Error) => void;
  /** who waits for it; undefined: the member itself */
  readonly asker: Asker | undefined;
  cancelled: boolean;
}

/** A client's call. Its signal may be made only when it is looked at. */
export interface Asker {
  readonly signal: AbortSignal;
}

export class ProposalQueueFull extends Error {
  override readonly name = "ProposalQueueFull";
  readonly code = "server.proposals_full";
}

export class RaftLoop {
  private readonly node: RawNode;
  private lead: bigint = NONE;
  /** some that wait have seen no leader, and who asked for them may have gone meanwhile */
  private leaderless = false;
  private heardAt = 0;
  private stepping = false;
  private scheduled = false;
  private stopped = false;
  private ticker: Timer | undefined;
  private slowdown = 1;
  private tickedAt: number;
  private waiting: WaitingProposal[] = [];
  private appends: Message[] = [];
  private saves: (Promise<void> | undefined)[] = [];
  private appending: Promise<void> | undefined;
  private applies: (Message | (() => Promise<void>))[] = [];
  private applying: Promise<void> | undefined;
  /** news of a commit held back, by peer */
  private readonly news = new Map<bigint, Message>();
  private newsTimer: Timer | undefined;
  private newsSoon = false;
  /** highest index of an entry that a follower sent on, and the highest commit index told without delay */
  private awaited = 0;
  private announced = 0;

  constructor(
    private readonly parts: RaftLoopParts,
    private readonly listener: RaftLoopListener,
  ) {
    this.node = parts.node;
    this.tickedAt = parts.clock.monotonic();
  }

  start(): void {
    this.nextTick();
    this.wake();
  }

  /** Ends it: nothing is taken or handed out any more. Resolves when the write and the apply in flight are done. */
  async stop(): Promise<void> {
    this.halt();
    await Promise.allSettled([this.appending, this.applying]);
  }

  /** 1: real time; 10: ten times slower. */
  setSlowdown(factor: number): void {
    this.slowdown = Math.max(1, factor);
    this.ticker?.cancel();
    if (!this.stopped && !this.stepping) this.nextTick();
  }

  /** Stepping: the clock stands still but for the ticks that it is told. */
  setStepping(on: boolean): void {
    if (on === this.stepping) return;
    this.stepping = on;
    this.ticker?.cancel();
    if (!this.stopped && !on) this.nextTick();
  }

  get isStepping(): boolean {
    return this.stepping;
  }

  /** @param count "timer": until this member's own timer fires, a leader's heartbeat or anybody else's election */
  tick(count: number | "timer"): void {
    const { softState, electionElapsed, randomizedElectionTimeout } = this.status();
    const ticks = count !== "timer" ? count : softState.role === "StateLeader" ? 1 : Math.max(1, randomizedElectionTimeout - electionElapsed);
    for (let at = 0; at < ticks && !this.stopped; at++) this.guarded(() => this.node.tick());
    this.tickedAt = this.parts.clock.monotonic();
    this.wake();
  }

  /** Monotonic time of the last tick: a member that has not ticked was not running. */
  get lastTick(): number {
    return this.tickedAt;
  }

  get tickMs(): number {
    return this.parts.heartbeatMs * this.slowdown;
  }

  /** Lets `ticks` pass at once, at the start, to shorten the first wait for an election. */
  advanceTicks(ticks: number): void {
    for (let done = 0; done < ticks; done++) this.node.tick();
    this.wake();
  }

  /** Starts an election now. */
  campaign(): void {
    this.guarded(() => this.node.campaign());
    this.wake();
  }

  /** Runs `work` when no entries are being applied; none are until it is done. */
  betweenApplies(work: () => Promise<void>): void {
    if (this.stopped) return;
    this.applies.push(work);
    this.applying ??= this.workOffApplies();
  }

  /**
   * Takes a message from a peer. A proposal sent on by a follower waits for a leader like one's own.
   * @throws RaftError, as raft refuses it
   */
  step(message: Message): void {
    if (this.stopped) return;
    if (message.type === MessageType.MsgProp) {
      for (const entry of message.entries) this.enqueue(entry, () => undefined, true);
      return;
    }
    if (message.type === MessageType.MsgSnap && this.applying !== undefined) {
      this.stepWhenApplied(message);
      return;
    }
    if (message.from === this.lead) this.heardAt = this.parts.clock.monotonic();
    this.guarded(() => this.node.step(message));
    this.wake();
  }

  private stepWhenApplied(message: Message): void {
    this.betweenApplies(async () => {
      if (this.applies.length > 0) {
        this.stepWhenApplied(message);
        return;
      }
      this.stepLate(message);
      this.wake();
    });
  }

  /**
   * @param dropped called when raft refuses it for good; not called when it is only lost on the way
   * @param asker when it has gone by the time there is a leader again, nothing is proposed (etcd's Propose waits with the call's context)
   * @returns takes it back while it still waits for a leader
   * @throws ProposalQueueFull
   */
  propose(entry: Entry, dropped: (error: Error) => void, asker?: Asker): () => void {
    return this.enqueue(entry, dropped, false, asker);
  }

  private enqueue(entry: Entry, dropped: (error: Error) => void, foreign: boolean, asker?: Asker): () => void {
    if (this.waiting.length >= waitingMax) throw new ProposalQueueFull(`${waitingMax} proposals wait for a leader`);
    const proposal: WaitingProposal = { entry, foreign, dropped, asker, cancelled: false };
    this.waiting.push(proposal);
    this.wake();
    return () => {
      proposal.cancelled = true;
    };
  }

  readIndex(context: Buffer): void {
    if (this.stopped) return;
    this.guarded(() => this.node.readIndex(context));
    this.wake();
  }

  applyConfChange(change: AnyConfChange): ConfState {
    return this.node.applyConfChange(change);
  }

  transferLeader(to: bigint): void {
    this.guarded(() => this.node.transferLeader(to));
    this.wake();
  }

  reportUnreachable(id: bigint): void {
    if (this.stopped) return;
    this.guarded(() => this.node.reportUnreachable(id));
    this.wake();
  }

  reportSnapshot(id: bigint, ok: boolean): void {
    if (this.stopped) return;
    this.guarded(() => this.node.reportSnapshot(id, !ok));
    this.wake();
  }

  status(): Status {
    return this.node.status();
  }

  /** Monotonic ms at which the leader was last heard. */
  get leaderHeardAt(): number {
    return this.heardAt;
  }

  get durableIndex(): number {
    return this.parts.storage.lastIndex();
  }

  /** The last durable entries, `count` at most: what the log was before somebody looked at it. */
  latestEntries(count: number): readonly Entry[] {
    const { storage } = this.parts;
    const end = storage.lastIndex() + 1;
    const start = Math.max(storage.firstIndex(), end - count);
    return start < end ? storage.entries(start, end, Number.MAX_SAFE_INTEGER) : [];
  }

  private nextTick(): void {
    this.ticker = this.parts.clock.after(this.tickMs, () => {
      if (this.stopped) return;
      this.tickedAt = this.parts.clock.monotonic();
      this.guarded(() => this.node.tick());
      this.wake();
      this.nextTick();
    });
  }

  private wake(): void {
    if (this.scheduled || this.stopped) return;
    this.scheduled = true;
    this.parts.soon(() => {
      this.scheduled = false;
      if (!this.stopped) this.guarded(() => this.turn());
    });
  }

  /** Refusals go to the caller; anything else means that raft's state can no longer be trusted. */
  private guarded(action: () => void): void {
    try {
      action();
    } catch (error) {
      if (error instanceof RaftError) throw error;
      this.fail(error as Error);
    }
  }

  private halt(): void {
    this.stopped = true;
    this.ticker?.cancel();
    this.newsTimer?.cancel();
  }

  private fail(error: Error): void {
    if (this.stopped) return;
    this.halt();
    this.listener.onFailure(error);
  }

  private turn(): void {
    this.flushProposals();
    while (this.node.hasReady() && !this.stopped) {
      const { softState, hardState, readStates, messages } = this.node.ready();
      if (softState !== undefined) {
        this.lead = softState.lead;
        this.listener.onRole(softState.lead, softState.role);
      }
      if (hardState !== undefined) this.listener.onHardState(hardState);
      for (const state of readStates) this.listener.onReadState(state);
      this.dispatch(messages);
      if (this.waiting.length > 0 && softState !== undefined) this.flushProposals();
    }
  }

  /** Proposals go in as few messages as their size allows, so that one round of MsgApp carries many. */
  private flushProposals(): void {
    if (this.waiting.length === 0) return;
    if (this.lead === NONE) {
      this.leaderless = true;
      return;
    }
    const all = this.leaderless ? this.waiting.filter(({ asker }) => asker?.signal.aborted !== true) : this.waiting;
    this.leaderless = false;
    this.waiting = [];
    let from = 0;
    while (from < all.length) {
      const batch: WaitingProposal[] = [];
      let bytes = 0;
      for (; from < all.length && bytes < proposalBytes; from++) {
        const proposal = all[from]!;
        if (proposal.cancelled) continue;
        batch.push(proposal);
        bytes += proposal.entry.data?.length ?? 0;
      }
      if (batch.length === 0) continue;
      try {
        this.node.proposeBatch(batch.map(({ entry }) => entry));
        if (batch.some(({ foreign }) => foreign)) this.awaited = this.node.lastIndex;
      } catch (error) {
        if (!(error instanceof RaftError)) throw error;
        if (this.node.basicStatus().softState.lead === NONE) {
          // the leader was lost in this very turn: they wait on
          this.leaderless = true;
          this.waiting = [...batch, ...all.slice(from)];
          return;
        }
        for (const { dropped } of batch) dropped(error as Error);
      }
    }
  }

  private dispatch(messages: readonly Message[]): void {
    const out: Message[] = [];
    const appends: Message[] = [];
    for (const message of votesAfterAppend(messages)) {
      if (message.to === APPEND_THREAD) appends.push(message);
      else if (message.to === APPLY_THREAD) this.queueApply(message);
      else if (message.type === MessageType.MsgSnap) this.listener.sendSnapshot(message);
      else if (message.type === MessageType.MsgApp && message.entries.length === 0) this.holdBack(message);
      else {
        // later entries carry the newer commit index along
        if (message.type === MessageType.MsgApp) this.outrun(message.to);
        out.push(message);
      }
    }
    // before the write, so that followers work while this disk does
    if (out.length > 0) this.listener.send(out);
    for (const message of appends) this.queueAppend(message);
  }

  /**
   * An append without entries tells a follower how far it may apply. Nobody who waits here gains by it, so it waits for entries
   * that carry the newer commit index along, and where none come it goes two milliseconds later: one put after the other costs a
   * follower one message, not two. Where a follower's own client waits for it, it goes at the end of the turn, after the answers.
   * Readers do not wait for it: the heartbeats that confirm a read index carry the commit index too. Losing or delaying a
   * message is the network's right, so raft's promises do not depend on it.
   */
  private holdBack(message: Message): void {
    this.news.set(message.to, message);
    if (this.awaited > this.announced) {
      if (this.newsSoon) return;
      this.newsSoon = true;
      this.parts.soon(this.tellNews);
    } else if (!this.newsSoon) this.newsTimer ??= this.parts.clock.after(newsMs, this.tellNews);
  }

  /** Entries are on their way to this peer, and the commit index with them. */
  private outrun(peer: bigint): void {
    if (!this.news.delete(peer) || this.news.size > 0) return;
    this.newsTimer?.cancel();
    this.newsTimer = undefined;
  }

  private readonly tellNews = (): void => {
    this.newsTimer?.cancel();
    this.newsTimer = undefined;
    this.newsSoon = false;
    const news = [...this.news.values()];
    this.news.clear();
    if (news.length === 0 || this.stopped) return;
    for (const { commit } of news) this.announced = Math.max(this.announced, commit);
    this.listener.send(news);
  };

  private queueAppend(message: Message): void {
    if (message.entries.length > 0) this.listener.onAppend(message.entries);
    this.appends.push(message);
    // behind a snapshot nothing is written before it is in place
    const held = this.appends.some((one) => one.snapshot !== undefined);
    this.saves.push(held ? undefined : this.save(message));
    this.appending ??= this.workOffAppends();
  }

  private save(message: Message): Promise<void> {
    const saved = this.parts.log.save(hardStateOf(message), message.entries);
    // a failure is taken up where the completion is awaited
    saved.catch(() => undefined);
    return saved;
  }

  private async workOffAppends(): Promise<void> {
    try {
      for (let message = this.appends[0]; message !== undefined; message = this.appends[0]) {
        const saved = this.saves[0];
        if (message.snapshot !== undefined) {
          await this.applying;
          // the hard state's commit index makes the record count at a restart, so it comes behind it
          await this.listener.saveSnapshot(message.snapshot);
          await this.save(message);
          this.parts.storage.applySnapshot(message.snapshot);
          await this.listener.restore(message.snapshot);
        } else {
          await (saved ?? this.save(message));
        }
        this.appends.shift();
        void this.saves.shift();
        if (this.stopped) break;
        this.written(message);
      }
    } catch (error) {
      this.fail(error as Error);
    } finally {
      this.appending = undefined;
    }
  }

  private written(message: Message): void {
    const { storage } = this.parts;
    const state = hardStateOf(message);
    if (state !== undefined) storage.setHardState(state);
    storage.append(message.entries);
    this.deliver(message.responses);
  }

  private queueApply(message: Message): void {
    this.applies.push(message);
    this.applying ??= this.workOffApplies();
  }

  private async workOffApplies(): Promise<void> {
    try {
      for (let work = this.applies.shift(); work !== undefined && !this.stopped; work = this.applies.shift()) {
        if (typeof work === "function") await work();
        else await this.applyMessage(work);
      }
    } catch (error) {
      this.fail(error as Error);
    } finally {
      this.applying = undefined;
    }
  }

  private async applyMessage(message: Message): Promise<void> {
    await this.listener.apply(message.entries);
    if (this.stopped) return;
    this.deliver(message.responses);
    this.listener.onApplied();
  }

  private stepLate(message: Message): void {
    try {
      this.node.step(message);
    } catch (error) {
      // what became void while it waited does not count: a member that was removed is no peer of its own any more
      if (!(error instanceof RaftError)) throw error;
    }
  }

  private deliver(responses: readonly Message[]): void {
    const out: Message[] = [];
    for (const response of responses) {
      if (response.to === this.node.id) this.stepLate(response);
      else out.push(response);
    }
    if (out.length > 0) this.listener.send(out);
    this.wake();
  }
}

/** MsgStorageAppend carries the hard state in its own fields; all zero means that it did not change. */
function hardStateOf(message: Message): HardState | undefined {
  if (message.term === 0 && message.vote === NONE && message.commit === 0) return undefined;
  return { term: message.term, vote: message.vote, commit: message.commit };
}
