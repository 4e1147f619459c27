/** What a node reads of its stable state. Whoever drives the node writes there, guided by Ready. Semantics: etcd raft, storage.go. */
import type { ConfState, Entry, HardState, Snapshot } from "../proto/gen/raftpb.ts";

/**
 * Stable log, hard state and snapshot. All reads are synchronous: the log's recent part is held in memory.
 * Any error other than those named ends the node.
 */
export interface RaftStorage {
  /** Hard state (undefined: none saved yet) and membership as of the latest snapshot. Read once, at the start. */
  initialState(): { readonly hardState: HardState | undefined; readonly confState: ConfState };
  /**
   * Consecutive entries from `lo` up to and without `hi`, at most `maxSize` encoded bytes of them, but always at least one.
   * The array returned must not change later; neither side changes the entries.
   * @throws RaftError "raft.compacted" when `lo` is gone; "raft.unavailable" when nothing is there
   */
  entries(lo: number, hi: number, maxSize: number): Entry[];
  /**
   * Term of entry `index` in [firstIndex-1, lastIndex]; that of firstIndex-1 is kept to match logs.
   * @throws RaftError "raft.compacted", "raft.unavailable"
   */
  term(index: number): number;
  /** First index that `entries` may give; older ones are in the snapshot. */
  firstIndex(): number;
  lastIndex(): number;
  /**
   * The latest snapshot, to be sent to a follower that is too far behind.
   * @throws RaftError "raft.snapshot_temporarily_unavailable" to be asked again later
   */
  snapshot(): Snapshot;
}
