/**
 * What a log says, from a snapshot on (etcd server/storage/wal/wal.go: ReadAll, ValidSnapshotEntries, Verify). No writing here.
 */
import { join } from "node:path";
import type { Disk, DiskFile } from "../platform/disk.ts";
import { Entry, HardState } from "../proto/gen/raftpb.ts";
import type { Record } from "../proto/gen/walpb.ts";
import { Snapshot } from "../proto/gen/walpb.ts";
import type { Codec } from "../proto/wire.ts";
import { RecordDecoder } from "./record-decoder.ts";
import { recordTypes } from "./record.ts";
import type { SegmentName } from "./segment-name.ts";
import { segmentsOf, selectSegments } from "./segment-name.ts";
import { WalError } from "./wal-error.ts";

export interface WalContents {
  /** as given to `createWal`; undefined where it was created without */
  readonly metadata: Buffer | undefined;
  readonly hardState: HardState;
  /** entries after the snapshot, consecutive; later writes of an index have replaced earlier ones. May hold uncommitted ones */
  readonly entries: Entry[];
  /** whether the log holds the snapshot it was opened at (etcd: `wal: snapshot not found`, which a writer overlooks) */
  readonly snapshotFound: boolean;
}

/** Folds records into WalContents. Kept apart from the loop so that writer, reader and verifier share it. */
export class ContentsFold {
  private metadata: Buffer | undefined;
  private hardState = HardState.create();
  private readonly entries: Entry[] = [];
  private found = false;
  /** index of the last entry seen, also below the snapshot */
  lastIndex = 0;

  constructor(
    private readonly snapshot: { readonly index: number; readonly term: number },
    private readonly decoder: RecordDecoder,
  ) {}

  /** Reads to the end. @throws WalError of the decoder and of this fold */
  run(): void {
    let offset = this.decoder.lastOffset;
    for (let record = this.decoder.next(); record; record = this.decoder.next()) {
      this.add(record, offset);
      offset = this.decoder.lastOffset;
    }
  }

  result(): WalContents {
    return { metadata: this.metadata, hardState: this.hardState, entries: this.entries, snapshotFound: this.found };
  }

  private add(record: Record, offset: number): void {
    switch (record.type) {
      case recordTypes.entry:
        this.addEntry(this.decode(Entry, record, offset), offset);
        return;
      case recordTypes.state:
        this.hardState = this.decode(HardState, record, offset);
        return;
      case recordTypes.metadata:
        this.addMetadata(record.data, offset);
        return;
      case recordTypes.crc:
        return;
      case recordTypes.snapshot:
        this.addSnapshot(this.decode(Snapshot, record, offset), offset);
        return;
      default:
        throw new WalError("wal.block_type", `unexpected block type ${record.type}`, {
          ...this.place(offset),
          expected: "1 to 5",
          found: String(record.type),
        });
    }
  }

  private addEntry(entry: Entry, offset: number): void {
    if (entry.index > this.snapshot.index) {
      const slot = entry.index - this.snapshot.index - 1;
      if (slot > this.entries.length) {
        const text =
          `wal: slice bounds out of range, snapshot[Index: ${this.snapshot.index}, Term: ${this.snapshot.term}], ` +
          `current entry[Index: ${entry.index}, Term: ${entry.term}], len(ents): ${this.entries.length}`;
        throw new WalError("wal.out_of_range", text, {
          ...this.place(offset),
          expected: `index <= ${this.snapshot.index + 1 + this.entries.length}`,
          found: String(entry.index),
        });
      }
      this.entries.length = slot;
      this.entries.push(entry);
    }
    this.lastIndex = entry.index;
  }

  private addMetadata(data: Buffer | undefined, offset: number): void {
    if (this.metadata && !this.metadata.equals(data ?? Buffer.alloc(0))) {
      throw new WalError("wal.metadata_conflict", "wal: conflicting metadata found", {
        ...this.place(offset),
        expected: this.metadata.toString("hex"),
        found: data?.toString("hex") ?? "",
      });
    }
    this.metadata = data && Buffer.from(data);
  }

  private addSnapshot(snapshot: Snapshot, offset: number): void {
    if (snapshot.index !== this.snapshot.index) return;
    if (snapshot.term !== this.snapshot.term) {
      throw new WalError("wal.snapshot_mismatch", "wal: snapshot mismatch", {
        ...this.place(offset),
        expected: `term ${this.snapshot.term}`,
        found: `term ${snapshot.term}`,
      });
    }
    this.found = true;
  }

  private decode<T>(codec: Codec<T>, record: Record, offset: number): T {
    try {
      return codec.decode(record.data ?? Buffer.alloc(0));
    } catch (cause) {
      throw new WalError("wal.record", (cause as Error).message, {
        ...this.place(offset),
        expected: `a ${codec.name}`,
        found: (cause as Error).message,
        cause,
      });
    }
  }

  private place(offset: number): { path: string; offset: number } {
    return { path: this.decoder.path, offset };
  }
}

/** Runs `read` over the named segments opened for reading, and closes them. */
async function withSegments<T>(
  disk: Disk,
  directory: string,
  segments: readonly SegmentName[],
  read: (decoder: RecordDecoder) => T,
): Promise<T> {
  const files: DiskFile[] = [];
  try {
    for (const segment of segments) files.push(await disk.open(join(directory, segment.name), "read"));
    return read(new RecordDecoder(files));
  } finally {
    await Promise.all(files.map((file) => file.close()));
  }
}

/** A torn tail is no error for who only reads: it may be a write that is going on. */
function untilTorn(run: () => void): void {
  try {
    run();
  } catch (error) {
    if (!(error instanceof WalError) || error.code !== "wal.torn") throw error;
  }
}

/**
 * Reads all from `snapshot` on without a lock; a torn tail ends the reading without error.
 * @throws WalError
 */
export async function readWal(disk: Disk, directory: string, snapshot: { index: number; term: number }): Promise<WalContents> {
  const segments = selectSegments(await disk.list(directory), directory, snapshot.index);
  return withSegments(disk, directory, segments, (decoder) => {
    const fold = new ContentsFold(snapshot, decoder);
    untilTorn(() => fold.run());
    return fold.result();
  });
}

/** True when the directory holds a segment. */
export async function walExists(disk: Disk, directory: string): Promise<boolean> {
  if (!(await disk.exists(directory))) return false;
  return (await disk.list(directory)).some((name) => name.endsWith(".wal"));
}

/**
 * Snapshots the log knows of and has committed: only such a `.snap` file may be loaded. In the order they were written.
 * @throws WalError
 */
export async function validSnapshotEntries(disk: Disk, directory: string): Promise<Snapshot[]> {
  const segments = segmentsOf(await disk.list(directory), directory);
  return withSegments(disk, directory, segments, (decoder) => {
    const snapshots: Snapshot[] = [];
    let commit = 0;
    untilTorn(() => {
      for (let record = decoder.next(); record; record = decoder.next()) {
        if (record.type === recordTypes.snapshot) snapshots.push(Snapshot.decode(record.data ?? Buffer.alloc(0)));
        else if (record.type === recordTypes.state) commit = HardState.decode(record.data ?? Buffer.alloc(0)).commit;
      }
    });
    return snapshots.filter((snapshot) => snapshot.index <= commit);
  });
}

/**
 * Reads through the log without keeping it, and returns its last hard state.
 * @throws WalError also wal.snapshot_not_found
 */
export async function verifyWal(disk: Disk, directory: string, snapshot: { index: number; term: number }): Promise<HardState> {
  const contents = await readWal(disk, directory, snapshot);
  if (!contents.snapshotFound) throw new WalError("wal.snapshot_not_found", "wal: snapshot not found", { path: directory });
  return contents.hardState;
}
