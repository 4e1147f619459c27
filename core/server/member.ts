/**
 * One member, alive: raft loop, state, transport, and the loops around them (server/etcdserver/server.go). Requests of
 * clients stand in `*-requests.ts`; `start-member.ts` puts all together.
 */
import type { ApplyResult } from "../apply/applier.ts";
import type { Passwords } from "../auth/passwords.ts";
import type { Transport } from "../peer/transport.ts";
import type { Checkpoint } from "../lease/lessor.ts";
import type { Clock, Timer } from "../platform/clock.ts";
import type { Meters } from "../platform/meters.ts";
import { rootName } from "../auth/auth-store.ts";
import { EtcdError } from "../proto/errors.ts";
import { AlarmRequest_AlarmAction, AlarmType, AlarmRequest, LeaseCheckpointRequest } from "../proto/gen/etcdserverpb.ts";
import { type ConfChange, ConfChangeType, type Entry, type HardState, type Message, type Snapshot } from "../proto/gen/raftpb.ts";
import { type ReadState, type Role, NONE } from "../raft/index.ts";
import type { Wal } from "../wal/wal.ts";
import type { Applying, ApplyingListener } from "./applying.ts";
import type { AuthGate } from "./auth-gate.ts";
import { AutoCompactor } from "./auto-compaction.ts";
import type { CorruptionChecker } from "./corruption.ts";
import { shortenFirstWait } from "./first-wait.ts";
import { type Log, hex } from "./log.ts";
import { type MemberOptions, electionTicks, requestTimeoutMs } from "./options.ts";
import type { PeerCalls } from "./peer-calls.ts";
import type { Proposals } from "./proposals.ts";
import { connectedSince, hasQuorumSince, longestConnected } from "./quorum-checks.ts";
import type { RaftLoop, RaftLoopListener } from "./raft-loop.ts";
import type { ReadIndex } from "./read-index.ts";
import type { RequestIds } from "./request-ids.ts";
import { refuseDowngrade } from "./restarting.ts";
import { Signal } from "./signals.ts";
import type { Snapshots } from "./snapshots.ts";
import type { MemberState } from "./state.ts";
import type { Telemetry } from "./telemetry.ts";
import type { VersionMonitor } from "./version-monitor.ts";

/** The member cannot go on: disk, database or an invariant. Nothing that was acknowledged is lost by it. */
export class MemberFailure extends Error {
  override readonly name = "MemberFailure";
  readonly code = "server.failed";
}

/** How a member came to its end by itself. */
export type MemberEnd = { readonly kind: "removed" } | { readonly kind: "failed"; readonly error: Error };

/** The parts of a member, made by `start-member.ts`. */
export interface MemberParts {
  readonly options: MemberOptions;
  readonly memberId: bigint;
  readonly clusterId: bigint;
  readonly clock: Clock;
  readonly log: Log;
  readonly telemetry: Telemetry;
  readonly ids: RequestIds;
  readonly state: MemberState;
  readonly wal: Wal;
  readonly loop: RaftLoop;
  readonly applying: Applying;
  readonly proposals: Proposals<ApplyResult>;
  readonly gate: AuthGate;
  readonly passwords: Passwords;
  readonly reads: ReadIndex;
  readonly transport: Transport;
  readonly calls: PeerCalls;
  readonly snapshots: Snapshots;
  readonly versions: VersionMonitor;
  readonly corruption: CorruptionChecker;
  readonly meters: Meters;
}

export class Member implements RaftLoopListener, ApplyingListener {
  parts!: MemberParts;
  /** another leader than before was elected */
  readonly leaderChanged = new Signal();
  /** a leader committed its first entry */
  readonly firstCommit = new Signal();
  private readonly stop = new AbortController();
  readonly stopping: AbortSignal = this.stop.signal;
  lead = NONE;
  role: Role = "StateFollower";
  term: number;
  vote = NONE;
  committed: number;
  leaderChanges = 0;
  lastFsyncMs = 0;
  private leadElectedAt = -Infinity;
  private compactor: AutoCompactor | undefined;
  private ended: ((end: MemberEnd) => void) | undefined;
  /** resolves when the member ends by itself */
  readonly end: Promise<MemberEnd> = new Promise((resolve) => {
    this.ended = resolve;
  });
  private ready: (() => void) | undefined;
  /** resolves when it has told the cluster where its clients find it */
  readonly published: Promise<void> = new Promise((resolve) => {
    this.ready = resolve;
  });
  private timers = new Set<Timer>();
  private stopped: Promise<void> | undefined;
  private campaigned = false;
  private leaving = false;

  constructor(start: { readonly term: number; readonly vote: bigint; readonly committed: number }) {
    this.term = start.term;
    this.vote = start.vote;
    this.committed = start.committed;
  }

  get isLeader(): boolean {
    return this.lead === this.parts.memberId;
  }

  /** Starts everything but serving: call once, when all parts are in place. */
  start(publish: () => Promise<void>): void {
    const { options, clock, log, loop, state, proposals, snapshots, versions, corruption, telemetry, memberId } = this.parts;
    state.lessor.onExpired((ids) => this.revokeExpired(ids));
    if (options.gates.LeaseCheckpoint === true) state.lessor.onCheckpoint((checkpoints) => this.checkpointLeases(checkpoints));
    state.cluster.onMemberChange((change) => this.follow(change));
    state.cluster.onVersionChange((version, before) => {
      // what such a cluster writes from now on this program need not understand
      refuseDowngrade(version, log);
      log.info(before === undefined ? "set initial cluster version" : "updated cluster version", { "cluster-version": version, ...(before === undefined ? {} : { from: before }) });
      log.info("enabled capabilities for version", { "cluster-version": version.split(".").slice(0, 2).join(".") });
      versions.now();
    });
    proposals.start(loop);
    if (options.autoCompaction !== undefined) {
      const host = { revision: () => state.store.revision(), compact: (revision: number) => this.compactTo(revision) };
      this.compactor = new AutoCompactor(options.autoCompaction, host, clock, log);
      this.compactor.start();
    }
    loop.start();
    snapshots.start();
    versions.start();
    corruption.start(options.corruptCheckMs, options.compactHashCheckMs);
    telemetry.happening("started", this.term, `member ${hex(memberId)} runs`);
    this.campaignAlone();
    this.shortenFirstWait();
    void publish().then(() => {
      telemetry.happening("ready", this.term, "serves clients");
      this.ready?.();
    });
  }

  // ---- raft loop

  onRole(lead: bigint, role: Role): void {
    const { state, log, loop, telemetry, memberId, clock } = this.parts;
    const before = { lead: this.lead, role: this.role };
    this.lead = lead;
    this.role = role;
    if (lead !== NONE && lead !== before.lead) {
      this.leaderChanges++;
      this.leadElectedAt = clock.monotonic();
      this.leaderChanged.notify();
      const text = before.lead === NONE ? `elected leader ${hex(lead)}` : `changed leader from ${hex(before.lead)} to ${hex(lead)}`;
      log.info(`raft.node: ${hex(memberId)} ${text} at term ${this.term}`, { logger: "raft" });
      if (lead === memberId) telemetry.happening("leader-elected", this.term, "was elected leader");
      else telemetry.happening("leader-followed", this.term, `follows leader ${hex(lead)}`, lead);
    } else if (lead === NONE && before.lead !== NONE) {
      log.info(`raft.node: ${hex(memberId)} lost leader ${hex(before.lead)} at term ${this.term}`, { logger: "raft" });
      telemetry.happening("leader-lost", this.term, `lost leader ${hex(before.lead)}`, before.lead);
    }
    if (before.role === "StateLeader" && role !== "StateLeader") telemetry.happening("stepped-down", this.term, "is no longer leader");
    if (role !== before.role && (role === "StateCandidate" || role === "StatePreCandidate")) {
      const silence = before.lead === NONE || before.lead === memberId ? "" : `: heard nothing of ${hex(before.lead)} for ${Math.round(clock.monotonic() - loop.leaderHeardAt)} ms`;
      telemetry.happening("campaign", this.term, `${role === "StateCandidate" ? "asks for votes" : "asks whether it would be voted for"}${silence}`, before.lead);
    }
    if (!this.isLeader) state.lessor.demote();
    this.compactor?.setLeading(this.isLeader);
    telemetry.touch();
  }

  onHardState(hard: HardState): void {
    const { telemetry } = this.parts;
    this.term = hard.term;
    this.vote = hard.vote;
    if (hard.commit > this.committed) {
      this.committed = hard.commit;
      if (telemetry.wants()) telemetry.pass({ kind: "commit", at: telemetry.now(), index: hard.commit });
    }
    telemetry.touch();
  }

  onReadState(state: ReadState): void {
    this.parts.reads.onReadState(state);
  }

  onAppend(entries: readonly Entry[]): void {
    const { telemetry } = this.parts;
    if (!telemetry.watching) return;
    const last = this.parts.wal.lastIndex;
    const first = entries[0]!.index;
    if (first <= last && telemetry.wants()) telemetry.pass({ kind: "truncation", at: telemetry.now(), fromIndex: first, toIndex: last });
    telemetry.entries(entries);
  }

  send(messages: readonly Message[]): void {
    this.parts.transport.send(messages);
  }

  sendSnapshot(message: Message): void {
    const { snapshots, loop, state } = this.parts;
    if (state.cluster.isRemoved(message.to)) return;
    if (!snapshots.request(message)) {
      loop.reportSnapshot(message.to, false);
      return;
    }
    loop.betweenApplies(() => snapshots.sendWaiting());
  }

  apply(entries: readonly Entry[]): Promise<void> {
    return this.parts.applying.apply(entries);
  }

  onApplied(): void {
    this.parts.applying.settle();
    this.parts.snapshots.onApplied();
    this.campaignAlone();
  }

  saveSnapshot(snapshot: Snapshot): Promise<void> {
    return this.parts.snapshots.saveReceived(snapshot);
  }

  restore(snapshot: Snapshot): Promise<void> {
    return this.parts.snapshots.restore(snapshot);
  }

  onFailure(error: Error): void {
    if (this.stopping.aborted) return;
    this.parts.telemetry.happening("failed", this.term, error.message);
    this.parts.log.error("the member cannot go on", { error: error.message });
    this.ended?.({ kind: "failed", error: new MemberFailure(error.message, { cause: error }) });
  }

  // ---- applying

  onFirstEntryOfTerm(): void {
    const { options, state, versions } = this.parts;
    this.firstCommit.notify();
    // all entries of earlier terms are applied: from here on this member's clock counts for leases
    if (this.isLeader) state.lessor.promote(options.electionMs);
    versions.now();
  }

  onBatch(index: number): void {
    const { telemetry, state } = this.parts;
    if (telemetry.wants()) telemetry.pass({ kind: "applied", at: telemetry.now(), index, revision: state.store.revision() });
    telemetry.touch();
  }

  async raiseNoSpace(): Promise<void> {
    await this.raiseAlarm(this.parts.memberId, AlarmType.NOSPACE);
  }

  onSelfRemoved(): void {
    this.endAsRemoved();
  }

  onConfChange({ type, nodeId }: ConfChange): void {
    const { telemetry } = this.parts;
    if (type === ConfChangeType.ConfChangeRemoveNode) telemetry.happening("member-removed", this.term, `member ${hex(nodeId)} was removed`);
    else if (type === ConfChangeType.ConfChangeAddLearnerNode) telemetry.happening("member-added", this.term, `learner ${hex(nodeId)} was added`);
    else if (type === ConfChangeType.ConfChangeAddNode) telemetry.happening("member-added", this.term, `voter ${hex(nodeId)} was added`);
  }

  // ---- what requests need

  /** Raises an alarm through the log; a failure is logged only, since the next request raises it again. */
  async raiseAlarm(memberID: bigint, alarm: number): Promise<void> {
    const { proposals, log, telemetry } = this.parts;
    try {
      await proposals.propose({ alarm: AlarmRequest.create({ action: AlarmRequest_AlarmAction.ACTIVATE, memberID, alarm }) });
      telemetry.happening("alarm-raised", this.term, alarm === AlarmType.NOSPACE ? "raised the alarm NOSPACE" : "raised the alarm CORRUPT");
    } catch (error) {
      log.warn("failed to raise alarm", { error: (error as Error).message });
    }
  }

  /** Waits until everything committed when it was asked is applied. @returns false when that takes longer */
  caughtUp(timeoutMs: number): Promise<boolean> {
    const { applying, clock } = this.parts;
    return new Promise((resolve) => {
      let timer: Timer | undefined = undefined;
      const forget = applying.waiters.once(this.committed, () => {
        timer?.cancel();
        resolve(true);
      });
      if (applying.index >= this.committed) return;
      timer = clock.after(timeoutMs, () => {
        forget();
        resolve(false);
      });
    });
  }

  pause(ms: number): Promise<void> {
    return new Promise((resolve) => {
      const timer = this.parts.clock.after(ms, () => {
        this.timers.delete(timer);
        resolve();
      });
      this.timers.add(timer);
    });
  }

  /** Why a request that began at `begun` (monotonic ms) got no answer (parseProposeCtxErr). */
  timeoutError(begun: number): EtcdError {
    const { options, state, transport, memberId } = this.parts;
    const lostAt = this.leadElectedAt - 2 * electionTicks(options) * options.heartbeatMs;
    if (begun > lostAt && begun < this.leadElectedAt) return new EtcdError("TimeoutLeaderFail");
    const members = state.cluster.members();
    const since = (id: bigint): number | undefined => transport.activeSince(id);
    if (this.isLeader) {
      if (!hasQuorumSince(members, memberId, since, begun)) return new EtcdError("TimeoutLostConnection");
    } else if (this.lead !== NONE) {
      const leader = members.filter(({ id }) => id === this.lead);
      if (connectedSince(leader, memberId, since, begun) === 0) return new EtcdError("TimeoutLostConnection");
    }
    return new EtcdError("Timeout");
  }

  /** A leader that has not ticked for a while may be one no more: it asks the others first. */
  async ensureLeadership(): Promise<boolean> {
    const { loop, clock, reads } = this.parts;
    if (clock.monotonic() - loop.lastTick < 3 * loop.tickMs) return this.isLeader;
    try {
      await reads.wait();
    } catch (error) {
      this.parts.log.warn("Failed to check current member's leadership", { error: (error as Error).message });
      return false;
    }
    return this.isLeader;
  }

  /**
   * Hands leadership to another member and waits until it has it.
   * @param given ends the wait
   */
  async handOver(to: bigint, given: AbortSignal, timeoutMs: number): Promise<boolean> {
    const { loop, clock, log, options, memberId } = this.parts;
    log.info("leadership transfer starting", { "local-member-id": hex(memberId), "transferee-member-id": hex(to) });
    loop.transferLeader(to);
    const deadline = clock.monotonic() + timeoutMs;
    while (this.lead !== to) {
      if (given.aborted || clock.monotonic() > deadline) return false;
      await this.pause(Math.min(options.heartbeatMs, 20));
    }
    log.info("leadership transfer finished", { "local-member-id": hex(memberId), "new-leader-member-id": hex(to) });
    return true;
  }

  /** A peer has answered that this member was removed, or its removal was applied here. */
  endAsRemoved(): void {
    if (this.stopping.aborted || this.leaving) return;
    this.leaving = true;
    this.parts.log.warn("server error", { error: "the member has been permanently removed from the cluster" });
    this.parts.log.warn("data-dir used by this member must be removed");
    // the others must still hear that the removal is committed here
    void this.pause(1000).then(() => this.ended?.({ kind: "removed" }));
  }

  /** Ends it in order: hands over leadership, lets what is in flight finish, closes files. */
  shutDown(handOver: boolean): Promise<void> {
    this.stopped ??= this.close(handOver);
    return this.stopped;
  }

  private async close(handOver: boolean): Promise<void> {
    const { telemetry, loop, proposals, reads, transport, snapshots, versions, corruption, state, wal, log, passwords } = this.parts;
    telemetry.happening("stopping", this.term, "stops");
    if (handOver) await this.handOverOnStop();
    this.stop.abort();
    for (const timer of this.timers) timer.cancel();
    this.compactor?.stop();
    versions.stop();
    corruption.stop();
    reads.stop();
    proposals.stop();
    await passwords.close();
    await loop.stop();
    await transport.stop();
    await snapshots.stop();
    // what cannot be written any more was told already; the files are closed all the same
    for (const [name, closing] of [["WAL", wal.close()], ["backend", state.close()]] as const) {
      await closing.catch((error: Error) => log.warn(`failed to close ${name}`, { error: error.message }));
    }
    telemetry.stop();
  }

  private async handOverOnStop(): Promise<void> {
    const { state, transport, memberId, log, options } = this.parts;
    if (!this.isLeader || state.cluster.votingMembers().length < 2) {
      log.info(this.isLeader ? "skipped leadership transfer for single voting member cluster" : "skipped leadership transfer; local server is not leader");
      return;
    }
    const to = longestConnected(state.cluster.members(), memberId, (id) => transport.activeSince(id));
    if (to === undefined || !(await this.handOver(to, this.stopping, requestTimeoutMs(options)))) log.warn("leadership transfer failed", { "local-member-id": hex(memberId) });
  }

  // ---- private loops

  /** A lone voter need not wait for an election timeout: nobody else could lead. */
  private campaignAlone(): void {
    const { state, loop, memberId } = this.parts;
    if (this.campaigned || this.lead !== NONE) return;
    const voters = state.cluster.votingMembers();
    if (voters.length !== 1 || voters[0]!.id !== memberId) return;
    this.campaigned = true;
    loop.campaign();
  }

  private shortenFirstWait(): void {
    const { options, transport, loop, clock, state, memberId } = this.parts;
    if (!options.initialElectionTickAdvance) return;
    void shortenFirstWait({
      localId: memberId,
      preVote: options.preVote,
      electionTicks: electionTicks(options),
      heartbeatMs: options.heartbeatMs,
      // at the birth of a cluster there is no leader to be heard of
      silenceMs: options.newCluster && this.committed === 0 ? 0 : 1.5 * options.heartbeatMs,
      now: () => clock.monotonic(),
      pause: (ms) => this.pause(ms),
      waiting: () => !this.stopping.aborted && this.lead === NONE && this.role === "StateFollower" && !loop.isStepping,
      voters: () => state.cluster.votingMembers().map(({ id }) => id),
      inReach: (id) => transport.activeSince(id) !== undefined,
      activePeers: () => transport.activePeers(),
      campaign: () => loop.campaign(),
      advanceTicks: (ticks) => loop.advanceTicks(ticks),
    });
  }

  private follow(change: { readonly kind: string; readonly member?: { readonly id: bigint; readonly peerUrls: readonly string[] }; readonly id?: bigint }): void {
    const { transport, memberId } = this.parts;
    if (change.kind === "removed") {
      if (change.id !== memberId) transport.removePeer(change.id!);
      return;
    }
    const { id, peerUrls } = change.member!;
    if (id === memberId) return;
    if (change.kind === "added") transport.addPeer(id, peerUrls);
    else transport.updatePeer(id, peerUrls);
  }

  /** @throws EtcdError what kept it from being applied */
  private async checkpointLeases(checkpoints: readonly Checkpoint[]): Promise<void> {
    const { proposals } = this.parts;
    const leaseCheckpoint = LeaseCheckpointRequest.create({ checkpoints: checkpoints.map(({ id, remainingTtlSeconds }) => ({ ID: id, remainingTTL: remainingTtlSeconds })) });
    const { error } = await proposals.propose({ leaseCheckpoint });
    if (error !== undefined) throw error;
  }

  private revokeExpired(leases: readonly bigint[]): void {
    const { proposals, log, state, meters } = this.parts;
    void this.ensureLeadership().then((leading) => {
      if (!leading) {
        log.warn("Ignore the lease revoking request because current member isn't a leader");
        return;
      }
      for (const ID of leases) {
        const { auth } = state;
        // whoever's keys are on it
        const info = auth.enabled ? { username: rootName, revision: auth.revision } : undefined;
        meters.leases.expired++;
        proposals.propose({ leaseRevoke: { ID } }, info).catch((error: Error) => {
          if (!this.stopping.aborted) log.warn("failed to revoke lease", { "lease-id": hex(ID), error: error.message });
        });
      }
    });
  }

  private async compactTo(revision: number): Promise<void> {
    const result = await this.parts.proposals.propose({ compaction: { revision, physical: false } });
    if (result.error !== undefined) throw result.error;
  }
}
