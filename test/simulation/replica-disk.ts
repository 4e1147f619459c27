/**
 * A replica's disk at the grain of the log: writes go in order and are durable after a sync; a crash keeps some of the unsynced
 * ones, always from the oldest on, the last perhaps in part. (What torn bytes look like is the WAL's own tests' business.)
 */
import type { ConfState, Entry, HardState, Snapshot } from "../../core/proto/gen/raftpb.ts";
import { MemoryStorage } from "../../core/raft/index.ts";
import type { Random } from "../../core/platform/random.ts";

export interface DiskWrite {
  readonly entries: readonly Entry[];
  readonly hardState: HardState | undefined;
  /** Received from a leader: replaces all. */
  readonly snapshot: Snapshot | undefined;
  /** Taken by the replica itself, and how far its log may go then. */
  readonly taken: { readonly index: number; readonly confState: ConfState; readonly data: Buffer; readonly compactTo: number } | undefined;
}

export class ReplicaDisk {
  /** What raft reads: all that was handed to it, durable or not. */
  visible: MemoryStorage;
  /** What no crash can take. */
  readonly durable = new MemoryStorage();
  private unsynced: DiskWrite[] = [];

  /** @param origin what the first members agree on before the first entry; undefined for one that joins later */
  constructor(
    origin: Snapshot | undefined,
    private readonly random: Random,
    /** Fault injection of tests: a sync that only says it was one. */
    private readonly lies: () => boolean,
  ) {
    if (origin !== undefined) {
      this.durable.applySnapshot(origin);
      this.durable.setHardState({ term: origin.metadata.term, vote: 0n, commit: origin.metadata.index });
    }
    this.visible = copyOf(this.durable);
  }

  /** Begins a write: from now on a crash may or may not leave it. */
  write(write: DiskWrite): void {
    this.unsynced.push(write);
  }

  /** The write is there to be read. */
  show(write: DiskWrite): void {
    carryOut(this.visible, write);
  }

  sync(): void {
    if (this.lies()) return;
    for (const write of this.unsynced) carryOut(this.durable, write);
    this.unsynced = [];
  }

  /** @returns how many unsynced writes were lost */
  crash(): number {
    const total = this.unsynced.length;
    const kept = this.random.below(total + 1);
    for (const write of this.unsynced.slice(0, kept)) carryOut(this.durable, write);
    const torn = this.unsynced[kept];
    if (torn !== undefined && torn.entries.length > 0 && torn.snapshot === undefined) {
      // Entries stand before the hard state in a write, so it is lost with any of them.
      const entries = torn.entries.slice(0, this.random.below(torn.entries.length + 1));
      carryOut(this.durable, { entries, hardState: undefined, snapshot: undefined, taken: undefined });
    }
    this.unsynced = [];
    this.visible = copyOf(this.durable);
    return total - kept;
  }
}

function carryOut(storage: MemoryStorage, { entries, hardState, snapshot, taken }: DiskWrite): void {
  if (snapshot !== undefined && snapshot.metadata.index > storage.snapshot().metadata.index) storage.applySnapshot(snapshot);
  storage.append(entries);
  if (hardState !== undefined) storage.setHardState(hardState);
  if (taken === undefined || taken.index <= storage.snapshot().metadata.index) return;
  storage.createSnapshot(taken.index, taken.confState, taken.data);
  if (taken.compactTo >= storage.firstIndex()) storage.compact(taken.compactTo);
}

function copyOf(storage: MemoryStorage): MemoryStorage {
  const copy = new MemoryStorage();
  copy["latest"] = storage["latest"];
  copy["log"] = storage["log"].slice();
  copy["hard"] = storage["hard"];
  return copy;
}
