/** Log, hard state and snapshot in memory: what etcd keeps beside its WAL, and what tests and simulations use as their disk. */
import type { ConfState, HardState } from "../proto/gen/raftpb.ts";
import { ConfState as ConfStateCodec, Entry, Snapshot, SnapshotMetadata } from "../proto/gen/raftpb.ts";
import { InvariantError, RaftError } from "./errors.ts";
import { sliceWithin } from "./entry-size.ts";
import type { RaftStorage } from "./storage.ts";

export class MemoryStorage implements RaftStorage {
  private hard: HardState | undefined;
  private latest: Snapshot = Snapshot.create();
  /** log[i] has index log[0].index + i; log[0] only marks the index and term before the first entry. */
  private log: Entry[] = [Entry.create()];

  initialState(): { hardState: HardState | undefined; confState: ConfState } {
    return { hardState: this.hard, confState: this.latest.metadata.confState };
  }

  setHardState(state: HardState): void {
    this.hard = state;
  }

  /** @throws InvariantError when `hi` is past the end */
  entries(lo: number, hi: number, maxSize: number): Entry[] {
    const offset = this.log[0]!.index;
    if (lo <= offset) throw new RaftError("raft.compacted");
    const last = this.lastIndex();
    if (hi > last + 1) throw new InvariantError(`entries' hi(${hi}) is out of bound lastindex(${last})`);
    if (this.log.length === 1) throw new RaftError("raft.unavailable");
    return sliceWithin(this.log, lo - offset, hi - offset, maxSize);
  }

  term(index: number): number {
    const offset = this.log[0]!.index;
    if (index < offset) throw new RaftError("raft.compacted");
    const entry = this.log[index - offset];
    if (entry === undefined) throw new RaftError("raft.unavailable");
    return entry.term;
  }

  firstIndex(): number {
    return this.log[0]!.index + 1;
  }

  lastIndex(): number {
    return this.log[0]!.index + this.log.length - 1;
  }

  snapshot(): Snapshot {
    return this.latest;
  }

  /**
   * Replaces everything by a received snapshot.
   * @throws RaftError "raft.snapshot_out_of_date" when the one held is as new
   */
  applySnapshot(snapshot: Snapshot): void {
    const held = this.latest.metadata.index;
    // A bootstrapping application may have set only the membership; index 0 never stands in the way.
    if (held !== 0 && held >= snapshot.metadata.index) throw new RaftError("raft.snapshot_out_of_date");
    this.latest = snapshot;
    this.log = [Entry.create({ term: snapshot.metadata.term, index: snapshot.metadata.index })];
  }

  /**
   * Records a snapshot of the state at `index`, with the membership as of then (undefined: that of the last snapshot).
   * @throws RaftError "raft.snapshot_out_of_date"; InvariantError when `index` is not in the log
   */
  createSnapshot(index: number, confState: ConfState | undefined, data: Buffer): Snapshot {
    if (index <= this.latest.metadata.index) throw new RaftError("raft.snapshot_out_of_date");
    const last = this.lastIndex();
    if (index > last) throw new InvariantError(`snapshot ${index} is out of bound lastindex(${last})`);
    const metadata = SnapshotMetadata.create({
      confState: ConfStateCodec.create(confState ?? this.latest.metadata.confState),
      index,
      term: this.log[index - this.log[0]!.index]!.term,
    });
    this.latest = Snapshot.create({ data, metadata });
    return this.latest;
  }

  /**
   * Drops all entries up to and with `index`, which must be applied.
   * @throws RaftError "raft.compacted" when that was done before; InvariantError past the end
   */
  compact(index: number): void {
    const offset = this.log[0]!.index;
    if (index <= offset) throw new RaftError("raft.compacted");
    const last = this.lastIndex();
    if (index > last) throw new InvariantError(`compact ${index} is out of bound lastindex(${last})`);
    const kept = this.log.slice(index - offset);
    // The marker must not hold on to the payload of the entry that it stands for.
    kept[0] = Entry.create({ term: kept[0]!.term, index });
    this.log = kept;
  }

  /**
   * Adds entries, replacing those that stand at the same or later indexes; what is already compacted is skipped.
   * @throws InvariantError on a gap
   */
  append(entries: readonly Entry[]): void {
    if (entries.length === 0) return;
    const first = this.firstIndex();
    const start = entries[0]!.index;
    if (start + entries.length - 1 < first) return;
    const skip = start < first ? first - start : 0;
    const position = start + skip - this.log[0]!.index;
    if (position > this.log.length) {
      throw new InvariantError(`missing log entry [last: ${this.lastIndex()}, append at: ${start}]`);
    }
    // Only to cut: setting an unchanged length would touch all the array's spare room, on every append.
    if (position < this.log.length) this.log.length = position;
    for (let at = skip; at < entries.length; at++) this.log.push(entries[at]!);
  }
}
