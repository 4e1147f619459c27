/**
 * What a leader knows of one follower, and the state machine that paces what it sends (etcd raft, tracker/progress.go).
 * Probe: one MsgApp, then wait. Replicate: stream optimistically within the window. Snapshot: wait until it is applied.
 */
import { InvariantError } from "./errors.ts";
import { Inflights } from "./inflights.ts";

/** Names are those that etcd prints. */
export type ProgressState = "StateProbe" | "StateReplicate" | "StateSnapshot";

export interface InflightLimits {
  readonly maxMessages: number;
  readonly maxBytes: number;
}

export class Progress {
  /** Index up to which the follower's log is known to equal ours. */
  match = 0;
  /** Next entry to send; what lies between match and next is under way. Always above match. */
  next: number;
  state: ProgressState = "StateProbe";
  /** Index of the snapshot under way, 0 if none. */
  pendingSnapshot = 0;
  /** Heard of since the last check of the quorum. */
  recentActive = false;
  /** No MsgApp until the next word of the follower: a probe is out, or the window is full. */
  flowPaused = false;
  /** Highest commit index told to the follower. */
  private sentCommitIndex = 0;

  constructor(
    next: number,
    readonly inflights: Inflights,
    readonly isLearner: boolean,
  ) {
    this.next = next;
  }

  static create(next: number, limits: InflightLimits, isLearner: boolean): Progress {
    return new Progress(next, new Inflights(limits.maxMessages, limits.maxBytes), isLearner);
  }

  /** The same follower in another role: a copy that shares the window. */
  withLearner(isLearner: boolean): Progress {
    const copy = new Progress(this.next, this.inflights, isLearner);
    copy.match = this.match;
    copy.state = this.state;
    copy.pendingSnapshot = this.pendingSnapshot;
    copy.recentActive = this.recentActive;
    copy.flowPaused = this.flowPaused;
    copy.sentCommitIndex = this.sentCommitIndex;
    return copy;
  }

  /** Forgets everything, as a node does with each new term. */
  restart(match: number, next: number): void {
    this.enter("StateProbe");
    this.match = match;
    this.next = next;
    this.recentActive = false;
    this.sentCommitIndex = 0;
  }

  /** True while no entries may be sent. */
  get paused(): boolean {
    return this.state === "StateSnapshot" || this.flowPaused;
  }

  get inflightCount(): number {
    return this.inflights.count;
  }

  get inflightFull(): boolean {
    return this.inflights.full;
  }

  becomeProbe(): void {
    // A snapshot that was delivered is trusted: probing goes on behind it.
    const base = this.state === "StateSnapshot" ? Math.max(this.match, this.pendingSnapshot) : this.match;
    this.enter("StateProbe");
    this.next = base + 1;
    this.sentCommitIndex = Math.min(this.sentCommitIndex, base);
  }

  becomeReplicate(): void {
    this.enter("StateReplicate");
    this.next = this.match + 1;
  }

  becomeSnapshot(index: number): void {
    this.enter("StateSnapshot");
    this.pendingSnapshot = index;
    this.next = index + 1;
    this.sentCommitIndex = index;
  }

  /**
   * A MsgApp with `count` entries (`bytes` of payload) starting at `next` went out.
   * @throws InvariantError while a snapshot is pending
   */
  sentEntries(count: number, bytes: number): void {
    if (this.state === "StateReplicate") {
      if (count > 0) {
        this.next += count;
        this.inflights.add(this.next - 1, bytes);
      }
      // With a full window this message is a probe: nothing more until the follower speaks.
      this.flowPaused = this.inflights.full;
    } else if (this.state === "StateProbe") {
      if (count > 0) this.flowPaused = true;
    } else {
      throw new InvariantError(`sending append in unhandled state ${this.state}`);
    }
  }

  sentCommit(index: number): void {
    this.sentCommitIndex = index;
  }

  /** Whether telling `commit` could move the follower's own commit index: not if all it can use is already on its way. */
  canBumpCommit(commit: number): boolean {
    return commit > this.sentCommitIndex && this.sentCommitIndex < this.next - 1;
  }

  /** Takes an acknowledgement of `index`; false when it tells nothing new. */
  acknowledge(index: number): boolean {
    if (index <= this.match) return false;
    this.match = index;
    if (this.next <= index) this.next = index + 1;
    this.flowPaused = false;
    return true;
  }

  /**
   * Takes the refusal of a MsgApp that followed entry `rejected`; the logs may match at `hint`.
   * @returns false when the refusal is stale (reordered or repeated) and nothing changed
   */
  stepBack(rejected: number, hint: number): boolean {
    if (this.state === "StateReplicate") {
      if (rejected <= this.match) return false;
      this.next = this.match + 1;
    } else {
      // Probes go one at a time, so a refusal must be about the last one.
      if (rejected !== this.next - 1) return false;
      this.next = Math.max(Math.min(rejected, hint + 1), this.match + 1);
      this.flowPaused = false;
    }
    this.sentCommitIndex = Math.min(this.sentCommitIndex, this.next - 1);
    return true;
  }

  private enter(state: ProgressState): void {
    this.flowPaused = false;
    this.pendingSnapshot = 0;
    this.state = state;
    this.inflights.reset();
  }
}
