/**
 * A raft node for a driver: feed it ticks, proposals and messages, take a Ready, do what it says, acknowledge. Nothing here waits,
 * reads a clock or draws randomness of its own; the same calls in the same order give the same results. (etcd raft, rawnode.go)
 */
import { ConfChange, ConfChangeType, EntryType, MessageType, type ConfState, type Entry, type Message } from "../proto/gen/raftpb.ts";
import { confChangeEntry } from "./conf-change.ts";
import { encodedSize } from "./entry-size.ts";
import { RaftError } from "./errors.ts";
import type { Progress } from "./progress.ts";
import { Raft } from "./raft.ts";
import { basicStatusOf, statusOf, type BasicStatus, type Status } from "./status.ts";
import {
  APPEND_THREAD,
  APPLY_THREAD,
  isLocalMessage,
  isResponseMessage,
  isStorageThread,
  newMessage,
  NONE,
  type AnyConfChange,
  type BootstrapPeer,
  type RaftConfig,
  type Ready,
  type Role,
} from "./types.ts";

export class RawNode {
  private readonly raft: Raft;
  private readonly asynchronous: boolean;
  /** What the last Ready showed; the next one shows only what differs. */
  private shownLead: bigint;
  private shownRole: Role;
  private shownTerm: number;
  private shownVote: bigint;
  private shownCommit: number;
  /** What `advance` acknowledges in the storage's name, fixed when the Ready was taken. */
  private onAdvance: Message[] = [];

  /** @throws RaftError "raft.config_invalid"; InvariantError when storage contradicts itself */
  constructor(config: RaftConfig) {
    this.raft = new Raft(config);
    this.asynchronous = config.asyncStorageWrites ?? false;
    this.shownLead = this.raft.lead;
    this.shownRole = this.raft.role;
    this.shownTerm = this.raft.term;
    this.shownVote = this.raft.vote;
    this.shownCommit = this.raft.log.committed;
  }

  get id(): bigint {
    return this.raft.id;
  }

  /**
   * First members of a new cluster: one ConfChangeAddNode entry each, committed at term 1, as etcd's members all write them.
   * @throws RaftError "raft.bootstrap_refused" without peers or when storage holds something
   */
  bootstrap(peers: readonly BootstrapPeer[]): void {
    if (peers.length === 0) throw new RaftError("raft.bootstrap_refused", "must provide at least one peer to Bootstrap");
    const { raft } = this;
    if (raft.log.storage.lastIndex() !== 0) throw new RaftError("raft.bootstrap_refused");
    // Nothing is stored yet, so the first Ready must show the hard state.
    this.shownTerm = 0;
    this.shownVote = NONE;
    this.shownCommit = 0;
    raft.becomeFollower(1, NONE);
    const changes = peers.map(({ id, context }) =>
      ConfChange.create({ type: ConfChangeType.ConfChangeAddNode, nodeId: id, context }),
    );
    const entries = changes.map((change, at) => ({
      term: 1,
      index: at + 1,
      type: EntryType.EntryConfChange,
      data: ConfChange.encode(change),
    }));
    raft.log.append(entries);
    // Applied twice: here, so that the node can campaign at once, and when the driver gets to the entries.
    raft.log.committed = entries.length;
    for (const change of changes) raft.applyConfChange(change);
  }

  tick(): void {
    this.raft.tick();
  }

  /** Starts an election now, whatever the clock says; ignored by a leader and by whoever may not lead. */
  campaign(): void {
    this.raft.step(newMessage(MessageType.MsgHup, NONE));
  }

  /** @throws RaftError "raft.proposal_dropped" without a leader, during a transfer, over quota */
  propose(data: Buffer): void {
    this.proposeBatch([{ term: 0, index: 0, type: EntryType.EntryNormal, data }]);
  }

  /**
   * Proposes several entries at once, all or none; term and index are filled in by the leader. One batch makes one round of messages.
   * @throws RaftError "raft.proposal_dropped"; InvariantError on an empty batch
   */
  proposeBatch(entries: Entry[]): void {
    const message = newMessage(MessageType.MsgProp, NONE);
    message.from = this.raft.id;
    message.entries = entries;
    this.stepOrThrow(message);
  }

  /**
   * Proposes a change of membership; undefined asks to leave a joint configuration. One that cannot go now becomes an empty entry.
   * @throws RaftError "raft.proposal_dropped"
   */
  proposeConfChange(change: AnyConfChange | undefined): void {
    const message = newMessage(MessageType.MsgProp, NONE);
    message.entries = [confChangeEntry(change)];
    this.stepOrThrow(message);
  }

  /**
   * To be called for every committed configuration change when it is applied, unless the driver rejects it.
   * @returns the membership from now on, to be stored with the next snapshot
   * @throws InvariantError when it does not fit the active configuration
   */
  applyConfChange(change: AnyConfChange): ConfState {
    return this.raft.applyConfChange(change);
  }

  /**
   * Takes a message from a peer, or a response of a storage thread. It stays as it is and may be delivered again.
   * Messages that claim to come from a storage thread are trusted: a transport must not let them in.
   * @throws RaftError "raft.step_local_message" | "raft.step_peer_not_found" | "raft.proposal_dropped"
   */
  step(message: Message): void {
    if (!isStorageThread(message.from)) {
      if (isLocalMessage(message.type)) throw new RaftError("raft.step_local_message");
      if (isResponseMessage(message.type) && !this.raft.tracker.progress.has(message.from)) {
        throw new RaftError("raft.step_peer_not_found");
      }
    }
    this.stepOrThrow(message);
  }

  /** Whether `ready()` would bring anything. */
  hasReady(): boolean {
    const { raft } = this;
    const { log } = raft;
    return (
      raft.outbox.length > 0 ||
      raft.outboxAfterAppend.length > 0 ||
      log.hasNextEntries() ||
      log.hasNextCommitted(!this.asynchronous) ||
      this.hardStateChanged() ||
      this.softStateChanged() ||
      raft.readStates.length > 0 ||
      log.nextSnapshot() !== undefined
    );
  }

  /**
   * Takes out everything that is to be done. What it hands out counts as being done from here on.
   * @throws InvariantError when the last one was not acknowledged by `advance` (without asynchronous storage writes)
   */
  ready(): Ready {
    const { raft } = this;
    const { log } = raft;
    const entries = log.nextEntries();
    const committedEntries = log.nextCommitted(!this.asynchronous);
    const snapshot = log.nextSnapshot();
    const ready: Ready = {
      softState: this.softStateChanged() ? { lead: raft.lead, role: raft.role } : undefined,
      hardState: this.hardStateChanged() ? raft.hardState() : undefined,
      readStates: raft.readStates,
      entries,
      snapshot,
      committedEntries,
      messages: raft.outbox,
      mustSync: entries.length > 0 || raft.vote !== this.shownVote || raft.term !== this.shownTerm,
    };
    if (this.asynchronous) this.queueStorageWork(ready);
    else this.queueForAdvance(ready);
    this.accept(ready);
    return ready;
  }

  /**
   * The last Ready is done: written, sent, applied. Not with asynchronous storage writes, where responses say so.
   * @throws InvariantError with asynchronous storage writes
   */
  advance(): void {
    if (this.asynchronous) this.raft.fail("Advance must not be called when using AsyncStorageWrites");
    const steps = this.onAdvance;
    this.onAdvance = [];
    for (const message of steps) this.raft.step(message);
  }

  /** Everything that can be seen; copies, so rather for the window than for every Ready. */
  status(): Status {
    return statusOf(this.raft);
  }

  /** Index of the last entry of the log, durable or not. */
  get lastIndex(): number {
    return this.raft.log.lastIndex();
  }

  basicStatus(): BasicStatus {
    return basicStatusOf(this.raft);
  }

  /** Visits all tracked members in ascending order of id. The Progress is the live one: read only. */
  visitProgress(visit: (id: bigint, progress: Readonly<Progress>) => void): void {
    for (const [id, progress] of this.raft.tracker.members) visit(id, progress);
  }

  /** A message to `id` could not be sent. */
  reportUnreachable(id: bigint): void {
    const message = newMessage(MessageType.MsgUnreachable, NONE);
    message.from = id;
    this.raft.step(message);
  }

  /** The snapshot for `id` was delivered, or not. Needed: the leader sends it nothing until it hears of it. */
  reportSnapshot(id: bigint, failed: boolean): void {
    const message = newMessage(MessageType.MsgSnapStatus, NONE);
    message.from = id;
    message.reject = failed;
    this.raft.step(message);
  }

  /** Asks the leader, wherever it is, to hand over to `id` (thesis 3.10). */
  transferLeader(id: bigint): void {
    const message = newMessage(MessageType.MsgTransferLeader, NONE);
    message.from = id;
    this.raft.step(message);
  }

  /** A follower forgets who leads, keeping term and vote, so that it may grant votes and pre-votes before its timeout. */
  forgetLeader(): void {
    this.raft.step(newMessage(MessageType.MsgForgetLeader, NONE));
  }

  /** Asks for a ReadState with this context in a later Ready. May get lost (no leader, lost message): ask again then. */
  readIndex(context: Buffer): void {
    const message = newMessage(MessageType.MsgReadIndex, NONE);
    message.entries = [{ term: 0, index: 0, type: EntryType.EntryNormal, data: context }];
    this.raft.step(message);
  }

  /** Fault injection and step mode: ticks until this node's next election, until term or role change. */
  setRandomizedElectionTimeout(ticks: number): void {
    this.raft.randomizedElectionTimeout = ticks;
  }

  private stepOrThrow(message: Message): void {
    const refusal = this.raft.step(message);
    if (refusal !== undefined) throw new RaftError(refusal);
  }

  private softStateChanged(): boolean {
    return this.raft.lead !== this.shownLead || this.raft.role !== this.shownRole;
  }

  private hardStateChanged(): boolean {
    const { raft } = this;
    return raft.log.committed !== this.shownCommit || raft.term !== this.shownTerm || raft.vote !== this.shownVote;
  }

  /** Turns the writing and applying that `ready` asks for into messages to the storage threads. */
  private queueStorageWork(ready: Ready): void {
    const { raft } = this;
    const { hardState, snapshot } = ready;
    const responses = raft.outboxAfterAppend;
    if (ready.entries.length > 0 || hardState !== undefined || snapshot !== undefined || responses.length > 0) {
      const write = newMessage(MessageType.MsgStorageAppend, APPEND_THREAD);
      write.from = raft.id;
      write.entries = ready.entries;
      // Zeros where the hard state did not change: the writer then has none to save.
      if (hardState !== undefined) {
        write.term = hardState.term;
        write.vote = hardState.vote;
        write.commit = hardState.commit;
      }
      write.snapshot = snapshot;
      write.responses = responses;
      const written = this.writtenResponse(ready);
      // After the leader's own acknowledgement, which finds its entries' terms faster while they are still unstable.
      if (written !== undefined) responses.push(written);
      ready.messages.push(write);
    }
    if (ready.committedEntries.length > 0) {
      const apply = newMessage(MessageType.MsgStorageApply, APPLY_THREAD);
      apply.from = raft.id;
      apply.entries = ready.committedEntries;
      apply.responses = [this.appliedResponse(ready)];
      ready.messages.push(apply);
    }
  }

  private queueForAdvance(ready: Ready): void {
    const { raft } = this;
    if (this.onAdvance.length > 0) raft.fail("two accepted Ready structs without call to Advance");
    for (const message of raft.outboxAfterAppend) {
      if (message.to === raft.id) this.onAdvance.push(message);
      else ready.messages.push(message);
    }
    const written = this.writtenResponse(ready);
    if (written !== undefined) this.onAdvance.push(written);
    if (ready.committedEntries.length > 0) this.onAdvance.push(this.appliedResponse(ready));
  }

  /**
   * The writer's word that all handed out so far is stable. Named by the log's end and the current term: when the term has moved
   * on meanwhile, another leader's entries may be on their way to the same places, and the word no longer counts. That is why it is
   * also given with writes that carry no entries, as long as any are unstable: the first in a term makes up for those that were void.
   */
  private writtenResponse(ready: Ready): Message | undefined {
    const { raft } = this;
    const unstable = raft.log.hasUnstableEntries();
    if (!unstable && ready.snapshot === undefined) return undefined;
    const response = newMessage(MessageType.MsgStorageAppendResp, raft.id);
    response.from = APPEND_THREAD;
    response.term = raft.term;
    if (unstable) {
      const last = raft.log.last();
      response.index = last.index;
      response.logTerm = last.term;
    }
    response.snapshot = ready.snapshot;
    return response;
  }

  /** Has no term: what is committed does not depend on one. */
  private appliedResponse(ready: Ready): Message {
    const response = newMessage(MessageType.MsgStorageApplyResp, this.raft.id);
    response.from = APPLY_THREAD;
    response.entries = ready.committedEntries;
    return response;
  }

  private accept(ready: Ready): void {
    const { raft } = this;
    this.shownLead = raft.lead;
    this.shownRole = raft.role;
    this.shownTerm = raft.term;
    this.shownVote = raft.vote;
    this.shownCommit = raft.log.committed;
    if (ready.readStates.length > 0) raft.readStates = [];
    raft.outbox = [];
    raft.outboxAfterAppend = [];
    raft.log.unstable.acceptInProgress();
    const { committedEntries } = ready;
    if (committedEntries.length > 0) {
      const index = committedEntries[committedEntries.length - 1]!.index;
      raft.log.acceptApplying(index, encodedSize(committedEntries), !this.asynchronous);
    }
  }
}
