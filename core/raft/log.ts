/**
 * One node's log: storage, the unstable tail behind it, and how far it is committed, handed out and applied
 * (Raft 5.3; etcd raft, log.go). Always applied <= applying <= committed <= lastIndex.
 */
import { EntryType, type Entry, type Snapshot } from "../proto/gen/raftpb.ts";
import { encodedSize } from "./entry-size.ts";
import { isRaftError, RaftError } from "./errors.ts";
import { fatal, type RaftLogger } from "./logger.ts";
import type { RaftStorage } from "./storage.ts";
import { isEmptySnapshot } from "./types.ts";
import { Unstable } from "./unstable.ts";

/** Where a log ends, or any place in it. */
export interface EntryId {
  readonly term: number;
  readonly index: number;
}

export class RaftLog {
  readonly unstable: Unstable;
  committed: number;
  /** Last index that was handed out to be applied. */
  applying: number;
  applied: number;
  /** Encoded bytes handed out to be applied and not yet acknowledged. */
  private applyingSize = 0;
  private applyingPaused = false;

  /** @param maxApplyingSize encoded bytes that may be handed out before an acknowledgement; Infinity for no bound */
  constructor(
    readonly storage: RaftStorage,
    private readonly logger: RaftLogger,
    readonly maxApplyingSize: number,
  ) {
    const compacted = storage.firstIndex() - 1;
    this.unstable = new Unstable(storage.lastIndex() + 1, logger);
    this.committed = compacted;
    this.applying = compacted;
    this.applied = compacted;
  }

  toString(): string {
    const { offset, offsetInProgress, entries } = this.unstable;
    return (
      `committed=${this.committed}, applied=${this.applied}, applying=${this.applying}, unstable.offset=${offset}, ` +
      `unstable.offsetInProgress=${offsetInProgress}, len(unstable.Entries)=${entries.length}`
    );
  }

  firstIndex(): number {
    return this.unstable.firstIndex() ?? this.storage.firstIndex();
  }

  lastIndex(): number {
    return this.unstable.lastIndex() ?? this.storage.lastIndex();
  }

  /** Term at `index`; undefined outside [firstIndex-1, lastIndex]. */
  term(index: number): number | undefined {
    const tail = this.unstable.term(index);
    if (tail !== undefined) return tail;
    if (index + 1 < this.firstIndex() || index > this.lastIndex()) return undefined;
    try {
      return this.storage.term(index);
    } catch (error) {
      if (isRaftError(error, "raft.compacted") || isRaftError(error, "raft.unavailable")) return undefined;
      throw error;
    }
  }

  last(): EntryId {
    const index = this.lastIndex();
    const term = this.term(index);
    if (term === undefined) {
      const reason = index + 1 < this.firstIndex() ? new RaftError("raft.compacted") : new RaftError("raft.unavailable");
      fatal(this.logger, `unexpected error when getting the last term at ${index}: ${reason.message}`);
    }
    return { term, index };
  }

  matches(index: number, term: number): boolean {
    return this.term(index) === term;
  }

  /** Whether a log that ends at (index, term) is at least as up to date as this one (Raft 5.4.1). */
  isUpToDate(index: number, term: number): boolean {
    const own = this.last();
    return term > own.term || (term === own.term && index >= own.index);
  }

  /**
   * A follower's append behind entry (prevIndex, prevTerm), and the leader's commit index.
   * @returns index of the last entry now known to equal the leader's; undefined when the logs do not match at prev
   */
  tryAppend(prevIndex: number, prevTerm: number, entries: readonly Entry[], commit: number): number | undefined {
    if (!this.matches(prevIndex, prevTerm)) return undefined;
    const lastNew = prevIndex + entries.length;
    const position = this.firstDifference(entries);
    if (position < entries.length) {
      const index = entries[position]!.index;
      if (index <= this.committed) {
        fatal(this.logger, `entry ${index} conflict with committed entry [committed(${this.committed})]`);
      }
      this.append(position === 0 ? entries : entries.slice(position));
    }
    this.commitTo(Math.min(commit, lastNew));
    return lastNew;
  }

  /** Adds entries behind what is committed, replacing what stands there. @returns the last index */
  append(entries: readonly Entry[]): number {
    if (entries.length > 0) {
      const after = entries[0]!.index - 1;
      if (after < this.committed) fatal(this.logger, `after(${after}) is out of range [committed(${this.committed})]`);
      this.unstable.truncateAndAppend(entries);
    }
    return this.lastIndex();
  }

  /**
   * The greatest index <= `index` at which this log may match one that has `term` there: its own term is not above, or unknown.
   * Lets a probe skip whole terms instead of single entries. The term is 0 where it is unknown.
   */
  findConflictByTerm(index: number, term: number): EntryId {
    for (let at = index; at > 0; at--) {
      const own = this.term(at);
      if (own === undefined) return { index: at, term: 0 };
      if (own <= term) return { index: at, term: own };
    }
    return { index: 0, term: 0 };
  }

  hasNextEntries(): boolean {
    return this.unstable.hasNextEntries();
  }

  nextEntries(): Entry[] {
    return this.unstable.nextEntries();
  }

  /** Entries here that storage has not confirmed, handed out or not. */
  hasUnstableEntries(): boolean {
    return this.unstable.entries.length > 0;
  }

  hasPendingSnapshot(): boolean {
    return this.unstable.snapshot !== undefined;
  }

  /** @param allowUnstable whether entries may be applied before the own storage holds them (a quorum does) */
  hasNextCommitted(allowUnstable: boolean): boolean {
    if (this.applyingPaused || this.hasPendingSnapshot()) return false;
    return this.applying < this.appliableTo(allowUnstable);
  }

  /** Committed entries not yet handed out, as far as the size bound lets. */
  nextCommitted(allowUnstable: boolean): Entry[] {
    if (!this.hasNextCommitted(allowUnstable)) return [];
    const room = this.maxApplyingSize - this.applyingSize;
    if (room <= 0) {
      fatal(this.logger, `applying entry size (${this.maxApplyingSize}-${this.applyingSize})=${room} not positive`);
    }
    const entries = this.slice(this.applying + 1, this.appliableTo(allowUnstable) + 1, room);
    if (entries === undefined) {
      const reason = new RaftError("raft.compacted").message;
      fatal(this.logger, `unexpected error when getting unapplied entries (${reason})`);
    }
    return entries;
  }

  /** Entries up to `index` (`size` encoded bytes) were handed out to be applied. */
  acceptApplying(index: number, size: number, allowUnstable: boolean): void {
    if (this.committed < index) {
      fatal(this.logger, `applying(${index}) is out of range [prevApplying(${this.applying}), committed(${this.committed})]`);
    }
    this.applying = index;
    this.applyingSize += size;
    // Fewer entries than could be applied means that the next one would go past the bound: wait for an acknowledgement.
    this.applyingPaused = this.applyingSize >= this.maxApplyingSize || index < this.appliableTo(allowUnstable);
  }

  /** Entries up to `index` (`size` encoded bytes of them) have been applied. */
  appliedTo(index: number, size: number): void {
    if (this.committed < index || index < this.applied) {
      fatal(this.logger, `applied(${index}) is out of range [prevApplied(${this.applied}), committed(${this.committed})]`);
    }
    this.applied = index;
    if (this.applying < index) this.applying = index;
    this.applyingSize = Math.max(0, this.applyingSize - size);
    this.applyingPaused = this.applyingSize >= this.maxApplyingSize;
  }

  /** Never goes back. */
  commitTo(index: number): void {
    if (index <= this.committed) return;
    const last = this.lastIndex();
    if (last < index) {
      fatal(
        this.logger,
        `tocommit(${index}) is out of range [lastIndex(${last})]. Was the raft log corrupted, truncated, or lost?`,
      );
    }
    this.committed = index;
  }

  /** Commits up to `index` if the entry there is of `term` (Raft 5.4.2: only the own term is committed by counting). */
  tryCommit(index: number, term: number): boolean {
    if (term === 0 || index <= this.committed || !this.matches(index, term)) return false;
    this.commitTo(index);
    return true;
  }

  /** Latest snapshot to send. @throws RaftError "raft.snapshot_temporarily_unavailable" */
  snapshot(): Snapshot {
    return this.unstable.snapshot ?? this.storage.snapshot();
  }

  nextSnapshot(): Snapshot | undefined {
    const snapshot = this.unstable.nextSnapshot();
    return isEmptySnapshot(snapshot) ? undefined : snapshot;
  }

  /** Starts over behind a received snapshot. */
  restore(snapshot: Snapshot): void {
    const { index, term } = snapshot.metadata;
    if (this.logger.enabled("info")) {
      this.logger.log("info", `log [${this.toString()}] starts to restore snapshot [index: ${index}, term: ${term}]`);
    }
    this.committed = index;
    this.unstable.restore(snapshot);
  }

  /** Entries from `index` to the end, cut to `maxSize` encoded bytes; undefined when they are compacted. */
  entriesFrom(index: number, maxSize: number): Entry[] | undefined {
    const last = this.lastIndex();
    return index > last ? [] : this.slice(index, last + 1, maxSize);
  }

  /** Entries from `lo` up to and without `hi`, cut to `maxSize` encoded bytes, at least one; undefined when `lo` is compacted. */
  slice(lo: number, hi: number, maxSize: number): Entry[] | undefined {
    if (lo > hi) fatal(this.logger, `invalid slice ${lo} > ${hi}`);
    const first = this.firstIndex();
    if (lo < first) return undefined;
    const last = this.lastIndex();
    if (hi > last + 1) fatal(this.logger, `slice[${lo},${hi}) out of bound [${first},${last}]`);
    if (lo === hi) return [];
    const offset = this.unstable.offset;
    if (lo >= offset) return this.unstable.slice(lo, hi, maxSize);

    const cut = Math.min(hi, offset);
    const stable = this.stored(lo, cut, maxSize);
    // Fewer than asked for: the size bound cut it off.
    if (stable === undefined || hi <= offset || stable.length < cut - lo) return stable;
    const size = maxSize === Infinity ? 0 : encodedSize(stable);
    if (size >= maxSize) return stable;
    const tail = this.unstable.slice(offset, hi, maxSize - size);
    // The tail always has one entry; alone it may be past the bound.
    if (tail.length === 1 && size + encodedSize(tail) > maxSize) return stable;
    return stable.concat(tail);
  }

  /** Whether a configuration change is committed and not yet applied. Reads page by page. */
  hasUnappliedConfChange(): boolean {
    let lo = this.applied + 1;
    const hi = this.committed + 1;
    while (lo < hi) {
      const page = this.slice(lo, hi, this.maxApplyingSize);
      if (page === undefined || page.length === 0) {
        const reason = page === undefined ? new RaftError("raft.compacted").message : `got 0 entries in [${lo}, ${hi})`;
        fatal(this.logger, `error scanning unapplied entries [${this.applied + 1}, ${hi}): ${reason}`);
      }
      for (const entry of page) if (entry.type !== EntryType.EntryNormal) return true;
      lo += page.length;
    }
    return false;
  }

  private appliableTo(allowUnstable: boolean): number {
    return allowUnstable ? this.committed : Math.min(this.committed, this.unstable.offset - 1);
  }

  private stored(lo: number, hi: number, maxSize: number): Entry[] | undefined {
    try {
      return this.storage.entries(lo, hi, maxSize);
    } catch (error) {
      if (isRaftError(error, "raft.compacted")) return undefined;
      if (isRaftError(error, "raft.unavailable")) fatal(this.logger, `entries[${lo}:${hi}) is unavailable from storage`);
      throw error;
    }
  }

  /** Position of the first entry that is not in this log: another is, or the log ends. `entries.length` if all are there. */
  private firstDifference(entries: readonly Entry[]): number {
    const last = this.lastIndex();
    for (let position = 0; position < entries.length; position++) {
      const { index, term } = entries[position]!;
      if (index > last) return position;
      const own = this.term(index);
      if (own === term) continue;
      if (this.logger.enabled("info")) {
        this.logger.log("info", `found conflict at index ${index} [existing term: ${own ?? 0}, conflicting term: ${term}]`);
      }
      return position;
    }
    return entries.length;
  }
}
