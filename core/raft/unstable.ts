/**
 * The tail of the log that storage does not hold yet, and a received snapshot on its way there (etcd raft, log_unstable.go).
 * Handing out for writing marks entries as in progress; only the writer's answer (`stableTo`) lets go of them.
 */
import type { Entry, Snapshot } from "../proto/gen/raftpb.ts";
import { sliceWithin } from "./entry-size.ts";
import { fatal, type RaftLogger } from "./logger.ts";

export class Unstable {
  /** The snapshot not yet in storage, if any. */
  snapshot: Snapshot | undefined;
  /** entries[i] has index offset + i. Storage may hold other entries at these indexes; the next write replaces them. */
  entries: Entry[] = [];
  snapshotInProgress = false;
  /** Index after the last entry that was handed out for writing. At least offset. */
  offsetInProgress: number;

  constructor(
    public offset: number,
    private readonly logger: RaftLogger,
  ) {
    this.offsetInProgress = offset;
  }

  /** First index of the log if a snapshot decides it. */
  firstIndex(): number | undefined {
    return this.snapshot === undefined ? undefined : this.snapshot.metadata.index + 1;
  }

  /** Last index of the log if it lies here. */
  lastIndex(): number | undefined {
    if (this.entries.length > 0) return this.offset + this.entries.length - 1;
    return this.snapshot?.metadata.index;
  }

  /** Term at `index` if it is known here. */
  term(index: number): number | undefined {
    if (index >= this.offset) return this.entries[index - this.offset]?.term;
    const metadata = this.snapshot?.metadata;
    return metadata !== undefined && metadata.index === index ? metadata.term : undefined;
  }

  hasNextEntries(): boolean {
    return this.entries.length > this.offsetInProgress - this.offset;
  }

  /** Entries not yet handed out, as an array of the caller's own. */
  nextEntries(): Entry[] {
    return this.hasNextEntries() ? this.entries.slice(this.offsetInProgress - this.offset) : [];
  }

  /** The snapshot if it was not yet handed out. */
  nextSnapshot(): Snapshot | undefined {
    return this.snapshotInProgress ? undefined : this.snapshot;
  }

  /** Everything here has now been handed out. */
  acceptInProgress(): void {
    if (this.entries.length > 0) this.offsetInProgress = this.offset + this.entries.length;
    if (this.snapshot !== undefined) this.snapshotInProgress = true;
  }

  /**
   * Storage holds everything up to entry (index, term), and no write under way will change that. Ignored where another
   * entry has taken the place meanwhile.
   */
  stableTo(index: number, term: number): void {
    const held = this.term(index);
    if (held === undefined) {
      this.info(() => `entry at index ${index} missing from unstable log; ignoring`);
      return;
    }
    if (index < this.offset) {
      this.info(() => `entry at index ${index} matched unstable snapshot; ignoring`);
      return;
    }
    if (held !== term) {
      this.info(() => `entry at (index,term)=(${index},${term}) mismatched with entry at (${index},${held}) in unstable log; ignoring`);
      return;
    }
    const count = index + 1 - this.offset;
    this.entries = count === this.entries.length ? [] : this.entries.slice(count);
    this.offset = index + 1;
    if (this.offsetInProgress < this.offset) this.offsetInProgress = this.offset;
  }

  stableSnapshotTo(index: number): void {
    if (this.snapshot?.metadata.index !== index) return;
    this.snapshot = undefined;
    this.snapshotInProgress = false;
  }

  /** Starts over behind a received snapshot. */
  restore(snapshot: Snapshot): void {
    this.offset = snapshot.metadata.index + 1;
    this.offsetInProgress = this.offset;
    this.entries = [];
    this.snapshot = snapshot;
    this.snapshotInProgress = false;
  }

  /** Adds entries, dropping whatever stands at or behind the first one's index. */
  truncateAndAppend(added: readonly Entry[]): void {
    const from = added[0]!.index;
    const end = this.offset + this.entries.length;
    if (from !== end) {
      if (from <= this.offset) {
        this.info(() => `replace the unstable entries from index ${from}`);
        this.entries = [];
        this.offset = from;
        this.offsetInProgress = from;
      } else {
        this.info(() => `truncate the unstable entries before index ${from}`);
        this.checkBounds(this.offset, from);
        this.entries.length = from - this.offset;
        if (this.offsetInProgress > from) this.offsetInProgress = from;
      }
    }
    for (const entry of added) this.entries.push(entry);
  }

  /** Entries from `lo` up to and without `hi`, cut to `maxSize` encoded bytes, at least one. */
  slice(lo: number, hi: number, maxSize: number): Entry[] {
    this.checkBounds(lo, hi);
    return sliceWithin(this.entries, lo - this.offset, hi - this.offset, maxSize);
  }

  private checkBounds(lo: number, hi: number): void {
    if (lo > hi) fatal(this.logger, `invalid unstable.slice ${lo} > ${hi}`);
    const upper = this.offset + this.entries.length;
    if (lo < this.offset || hi > upper) {
      fatal(this.logger, `unstable.slice[${lo},${hi}) out of bound [${this.offset},${upper}]`);
    }
  }

  private info(text: () => string): void {
    if (this.logger.enabled("info")) this.logger.log("info", text());
  }
}
