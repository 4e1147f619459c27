/** The raft node as a pure state machine: starts from storage, ticks, and steps messages by term, role and type (etcd raft, raft.go). */
import { MessageType, type ConfState, type Message } from "../proto/gen/raftpb.ts";
import { asConfChangeV2, confChangeEntry } from "./conf-change.ts";
import { applyConfChange, restoreConfiguration } from "./configuration.ts";
import { handleVoteRequest, ignoresForLease, rejectVote, startElection } from "./election.ts";
import { encodedSize, payloadSize } from "./entry-size.ts";
import { RaftError, type RaftErrorCode } from "./errors.ts";
import { stepCandidate, stepFollower } from "./follower.ts";
import { describeConfiguration, hex, messageTypeName } from "./format.ts";
import { stepLeader } from "./leader.ts";
import { reduceUncommittedSize } from "./replication.ts";
import { RaftState } from "./state.ts";
import { newMessage, NONE, type AnyConfChange, type RaftConfig } from "./types.ts";

export class Raft extends RaftState {
  /** @throws RaftError "raft.config_invalid"; InvariantError when storage contradicts itself */
  constructor(config: RaftConfig) {
    super(config);
    const last = this.log.last();
    const { hardState, confState } = config.storage.initialState();
    restoreConfiguration(this, confState);
    if (hardState !== undefined && (hardState.term !== 0 || hardState.vote !== NONE || hardState.commit !== 0)) {
      this.loadHardState(hardState);
    }
    if (config.applied !== undefined && config.applied > 0) this.log.appliedTo(config.applied, 0);
    this.becomeFollower(this.term, NONE);
    if (this.speaks("info")) {
      const peers = this.tracker.voterIds.ids.map(hex).join(",");
      const { committed, applied } = this.log;
      const log = `commit: ${committed}, applied: ${applied}, lastindex: ${last.index}, lastterm: ${last.term}`;
      this.logger.log("info", `newRaft ${this.hexId} [peers: [${peers}], term: ${this.term}, ${log}]`);
    }
  }

  /** One unit of time passes. */
  tick(): void {
    if (this.role === "StateLeader") this.tickLeader();
    else this.tickElection();
  }

  private tickElection(): void {
    this.electionElapsed++;
    if (!this.promotable || !this.pastElectionTimeout) return;
    this.electionElapsed = 0;
    this.stepOwn(MessageType.MsgHup);
  }

  private tickLeader(): void {
    this.heartbeatElapsed++;
    this.electionElapsed++;
    if (this.electionElapsed >= this.electionTimeout) {
      this.electionElapsed = 0;
      if (this.checkQuorum) this.stepOwn(MessageType.MsgCheckQuorum);
      // A transfer that took a whole election timeout has failed; go on leading.
      this.transferee = NONE;
    }
    if (this.role !== "StateLeader" || this.heartbeatElapsed < this.heartbeatTimeout) return;
    this.heartbeatElapsed = 0;
    this.stepOwn(MessageType.MsgBeat);
  }

  private stepOwn(type: number): void {
    const message = newMessage(type, NONE);
    message.from = this.id;
    this.step(message);
  }

  /**
   * Takes a message: from a peer, from a storage thread, or (term 0) of its own. The message stays as it is.
   * @returns code of the refusal, undefined when it was handled or is of no more interest
   */
  step(message: Message): RaftErrorCode | undefined {
    if (message.term > this.term) {
      if (!this.acceptHigherTerm(message)) return undefined;
    } else if (message.term !== 0 && message.term < this.term) {
      this.handleLowerTerm(message);
      return undefined;
    }
    switch (message.type) {
      case MessageType.MsgHup:
        startElection(this, this.preVote ? "CampaignPreElection" : "CampaignElection");
        return undefined;
      case MessageType.MsgStorageAppendResp:
        if (message.index !== 0) this.log.unstable.stableTo(message.index, message.logTerm);
        this.snapshotApplied(message);
        return undefined;
      case MessageType.MsgStorageApplyResp:
        this.entriesApplied(message);
        return undefined;
      case MessageType.MsgVote:
      case MessageType.MsgPreVote:
        handleVoteRequest(this, message);
        return undefined;
      default:
        if (this.role === "StateLeader") return stepLeader(this, message);
        return this.role === "StateFollower" ? stepFollower(this, message) : stepCandidate(this, message);
    }
  }

  applyConfChange(change: AnyConfChange): ConfState {
    return applyConfChange(this, asConfChangeV2(change));
  }

  /** @returns false when the message is to be ignored */
  private acceptHigherTerm(message: Message): boolean {
    const { type } = message;
    if ((type === MessageType.MsgVote || type === MessageType.MsgPreVote) && ignoresForLease(this, message)) return false;
    // A pre-vote never changes the term; nor does its grant, which repeats the term asked for.
    if (type === MessageType.MsgPreVote || (type === MessageType.MsgPreVoteResp && !message.reject)) return true;
    if (this.speaks("info")) {
      const what = `received a ${messageTypeName(type)} message with higher term from ${hex(message.from)}`;
      this.logger.log("info", `${this.hexId} [term: ${this.term}] ${what} [term: ${message.term}]`);
    }
    const fromLeader = type === MessageType.MsgApp || type === MessageType.MsgHeartbeat || type === MessageType.MsgSnap;
    this.becomeFollower(message.term, fromLeader ? message.from : NONE);
    return true;
  }

  private handleLowerTerm(message: Message): void {
    const { type } = message;
    if ((this.checkQuorum || this.preVote) && (type === MessageType.MsgHeartbeat || type === MessageType.MsgApp)) {
      // With these options a node that is ahead in term (after a partition) could neither win nor be heard: its requests are
      // ignored for the lease. The answer's term makes the old leader step down, and an election brings them together.
      this.send(newMessage(MessageType.MsgAppResp, message.from));
    } else if (type === MessageType.MsgPreVote) {
      // Else clusters with and without pre-vote could wait for each other for ever.
      rejectVote(this, message);
    } else if (type === MessageType.MsgStorageAppendResp) {
      if (message.index !== 0 && this.speaks("info")) {
        // In the later term the same place may have been overwritten, with the write still under way: not stable yet.
        const what = `ignored entry appends from a ${messageTypeName(type)} message with lower term [term: ${message.term}]`;
        this.logger.log("info", `${this.hexId} [term: ${this.term}] ${what}`);
      }
      // A snapshot holds committed state, which no term changes.
      this.snapshotApplied(message);
    } else if (this.speaks("info")) {
      const what = `ignored a ${messageTypeName(type)} message with lower term from ${hex(message.from)}`;
      this.logger.log("info", `${this.hexId} [term: ${this.term}] ${what} [term: ${message.term}]`);
    }
  }

  private snapshotApplied(message: Message): void {
    if (message.snapshot === undefined) return;
    const { index } = message.snapshot.metadata;
    this.log.unstable.stableSnapshotTo(index);
    this.appliedTo(index, 0);
  }

  private entriesApplied(message: Message): void {
    const { entries } = message;
    if (entries.length === 0) return;
    this.appliedTo(entries[entries.length - 1]!.index, encodedSize(entries));
    reduceUncommittedSize(this, payloadSize(entries));
  }

  private appliedTo(index: number, size: number): void {
    const applied = Math.max(index, this.log.applied);
    this.log.appliedTo(applied, size);
    const { configuration } = this.tracker;
    if (!configuration.autoLeave || applied < this.pendingConfIndex || this.role !== "StateLeader") return;
    // The joint configuration is in force everywhere that counts: leave it. If this is dropped (a transfer is under way),
    // the next applied entry asks again.
    const proposal = newMessage(MessageType.MsgProp, NONE);
    proposal.entries = [confChangeEntry(undefined)];
    const refusal = this.step(proposal);
    const where = `automatic transition out of joint configuration ${describeConfiguration(configuration)}`;
    if (refusal === undefined) {
      if (this.speaks("info")) this.logger.log("info", `initiating ${where}`);
    } else if (this.speaks("debug")) {
      this.logger.log("debug", `not initiating ${where}: ${new RaftError(refusal).message}`);
    }
  }
}
