/**
 * The write-ahead log of a member, byte for byte etcd 3.6's (server/storage/wal). A log is created, or opened at a snapshot
 * and read to its end; from then on it takes appends.
 * Group commit: a save resolves when its bytes are durable; while one fdatasync is in flight, what is saved meanwhile
 * gathers, goes out in one write and shares the next one. A failed write or fsync ends the log: what the kernel has
 * kept after it is unknown, so all later saves are refused.
 */
import { basename, dirname, join } from "node:path";
import type { Clock } from "../platform/clock.ts";
import type { DiskMeters } from "../platform/meters.ts";
import { type Disk, DiskError, type DiskFile } from "../platform/disk.ts";
import { ContentsFold, walExists, type WalContents } from "./read-records.ts";
import { RecordDecoder } from "./record-decoder.ts";
import { RecordEncoder } from "./record-encoder.ts";
import { defaultSegmentBytes, recordTypes } from "./record.ts";
import { Entry, HardState } from "../proto/gen/raftpb.ts";
import { Snapshot } from "../proto/gen/walpb.ts";
import { parseSegmentName, segmentName, type SegmentName, selectSegments } from "./segment-name.ts";
import { SegmentPipeline } from "./segment-pipeline.ts";
import { WalError } from "./wal-error.ts";

export interface WalOptions {
  /** default 64,000,000 */
  readonly segmentBytes?: number;
  /** --unsafe-no-fsync: saves resolve when written */
  readonly unsafeNoFsync?: boolean;
  /** measures fsyncs; without it `onSync` says 0 */
  readonly clock?: Clock;
  readonly meters?: DiskMeters;
  /** after each fdatasync of appends: its duration, the highest index it made durable, the bytes it covered */
  readonly onSync?: (durationMs: number, lastIndex: number, bytes: number) => void;
  /** a new segment took over */
  readonly onCut?: (path: string) => void;
}

interface Waiter {
  resolve(): void;
  reject(error: unknown): void;
}

/** Bytes of one segment waiting to be written, in order. */
interface Batch {
  readonly buffers: Buffer[];
  bytes: number;
  lastIndex: number;
  /** somebody waits for these bytes to be durable */
  mustSync: boolean;
  readonly waiters: Waiter[];
  /** set when this segment is full: then the next batch begins with the head of that one */
  next: { readonly name: SegmentName; readonly headBytes: number } | undefined;
}

const emptyBatch = (lastIndex: number): Batch => ({ buffers: [], bytes: 0, lastIndex, mustSync: false, waiters: [], next: undefined });

/** Unsynced records are written out when they have grown to this, as etcd's page writer does. */
const unsyncedBytesMax = 128 * 1024;
/** A group of at most so many bytes may be synced on the spot: there is little else to do meanwhile. */
const fewBytes = 32 * 1024;

interface HeldSegment {
  readonly name: SegmentName;
  readonly file: DiskFile;
}

const isEmptyState = (state: HardState): boolean => state.term === 0 && state.vote === 0n && state.commit === 0;

export class Wal {
  private readonly segmentBytes: number;
  private encoder: RecordEncoder | undefined;
  private pipeline: SegmentPipeline | undefined;
  private metadata: Buffer | undefined;
  private state = HardState.create();
  private lastEntry = 0;

  /** in the tail file: end of what is written */
  private written = 0;
  /** in the segment being encoded: end of what is encoded */
  private encoded = 0;
  private encodedSequence: number;
  private queue: Batch[] = [];
  private pumping: Promise<void> | undefined;
  private failure: WalError | undefined;
  private closed = false;

  private constructor(
    private readonly disk: Disk,
    /** absolute path of the log's directory */
    readonly directory: string,
    private held: HeldSegment[],
    private readonly lock: { release(): Promise<void> },
    private start: { index: number; term: number } | undefined,
    private readonly options: WalOptions,
  ) {
    this.segmentBytes = options.segmentBytes ?? defaultSegmentBytes;
    this.encodedSequence = this.tail.name.sequence;
  }

  /**
   * Makes a log in `directory`, which must not hold one; its parent must exist.
   * Built beside it and renamed, so that it is there wholly or not at all.
   * @throws WalError wal.exists; DiskError
   */
  static async create(disk: Disk, directory: string, metadata: Buffer | undefined, options: WalOptions = {}): Promise<Wal> {
    if (await walExists(disk, directory)) throw new WalError("wal.exists", "file already exists", { path: directory });
    const building = `${directory}.tmp`;
    await disk.remove(building);
    await disk.makeDirectory(building);
    const name = segmentName(0, 0);
    const encoder = new RecordEncoder(0);
    encoder.encodeCrc();
    encoder.encodeBytes(recordTypes.metadata, metadata);
    encoder.encode(recordTypes.snapshot, Snapshot, Snapshot.create());
    const headBytes = encoder.pendingBytes;
    const first = await disk.open(join(building, name.name), "create");
    try {
      await first.allocate(options.segmentBytes ?? defaultSegmentBytes);
      await first.write(encoder.take(), 0);
      encoder.release(headBytes);
      await first.datasync();
    } finally {
      await first.close(); // a directory with open files cannot be renamed everywhere
    }
    await disk.syncDirectory(building);
    await disk.remove(directory);
    await disk.rename(building, directory);
    await disk.syncDirectory(dirname(directory));

    const lock = await lockLog(disk, directory);
    const file = await disk.open(join(directory, name.name), "write");
    const wal = new Wal(disk, directory, [{ name, file }], lock, undefined, options);
    wal.begin(encoder, metadata, headBytes);
    return wal;
  }

  /**
   * Opens a log for writing; `readAll` must follow. A torn tail shows there: close, `repairWal`, open again.
   * @throws WalError wal.file_not_found, wal.sequence, wal.locked
   */
  static async open(disk: Disk, directory: string, snapshot: { index: number; term: number }, options: WalOptions = {}): Promise<Wal> {
    const segments = selectSegments(await disk.list(directory), directory, snapshot.index);
    const lock = await lockLog(disk, directory);
    const held: HeldSegment[] = [];
    try {
      for (const name of segments) held.push({ name, file: await disk.open(join(directory, name.name), "write") });
    } catch (error) {
      await Promise.all(held.map(({ file }) => file.close()));
      await lock.release();
      throw error;
    }
    return new Wal(disk, directory, held, lock, { index: snapshot.index, term: snapshot.term }, options);
  }

  /**
   * All from the snapshot on. When it resolves, what followed the last valid record is zeroed and the log takes appends.
   * @throws WalError; the log stays closed for writing then
   */
  async readAll(): Promise<WalContents> {
    const { start } = this;
    if (!start) throw new WalError("wal.state", "wal: decoder not found", { path: this.directory });
    this.start = undefined;
    const decoder = new RecordDecoder(this.held.map(({ file }) => file));
    const fold = new ContentsFold(start, decoder);
    fold.run();
    const contents = fold.result();
    const { file } = this.tail;
    const size = file.size();
    // a zero word may be followed by remains of a torn write, which new records would cover only in part
    await file.truncate(decoder.lastOffset);
    await file.allocate(size);
    this.lastEntry = Math.max(fold.lastIndex, contents.snapshotFound ? start.index : 0);
    this.state = contents.hardState;
    this.begin(new RecordEncoder(decoder.crc), contents.metadata, decoder.lastOffset);
    return contents;
  }

  /**
   * Appends entries, then the hard state where given and not empty. The order of calls is the order in the log.
   * @param mustSync whether to wait for the disk; by default as raft demands it: entries, or another term or vote
   * @returns resolves when durable (without mustSync: at once; such a record goes out with the next that must)
   * @throws WalError wal.failed, wal.state, as a rejection
   */
  save(state: HardState | undefined, entries: readonly Entry[], mustSync?: boolean): Promise<void> {
    const encoder = this.encoder;
    if (!encoder || this.failure || this.closed) return Promise.reject(this.refusal());
    const hasState = state !== undefined && !isEmptyState(state);
    if (!hasState && entries.length === 0) return Promise.resolve();
    const sync = mustSync ?? (entries.length > 0 || (hasState && (state.term !== this.state.term || state.vote !== this.state.vote)));
    for (const entry of entries) {
      encoder.encode(recordTypes.entry, Entry, entry);
      this.lastEntry = entry.index;
    }
    if (hasState) {
      this.state = { term: state.term, vote: state.vote, commit: state.commit };
      encoder.encode(recordTypes.state, HardState, state);
    }
    return this.enqueue(encoder, sync);
  }

  /**
   * Records that a snapshot is durable; call after its .snap file is.
   * @throws WalError wal.snapshot_invalid: index > 0 without confState
   */
  saveSnapshot(snapshot: Snapshot): Promise<void> {
    const encoder = this.encoder;
    if (!encoder || this.failure || this.closed) return Promise.reject(this.refusal());
    if (snapshot.index > 0 && !snapshot.confState) {
      const text = `Saved (not-initial) snapshot is missing ConfState: index:${snapshot.index} term:${snapshot.term}`;
      return Promise.reject(new WalError("wal.snapshot_invalid", text, { path: this.directory }));
    }
    encoder.encode(recordTypes.snapshot, Snapshot, snapshot);
    if (this.lastEntry < snapshot.index) this.lastEntry = snapshot.index;
    return this.enqueue(encoder, true);
  }

  /** Writes and syncs everything saved so far, also what did not have to be. */
  sync(): Promise<void> {
    if (!this.encoder || this.failure || this.closed) return Promise.reject(this.refusal());
    return new Promise((resolve, reject) => {
      const batch = this.lastBatch();
      batch.mustSync = true;
      batch.waiters.push({ resolve, reject });
      this.startPump();
    });
  }

  /** Bytes saved and not yet written: what a slow disk leaves waiting. */
  get pendingBytes(): number {
    return this.queue.reduce((sum, batch) => sum + batch.bytes, 0);
  }

  /** Index of the last entry (or snapshot) saved. */
  get lastIndex(): number {
    return this.lastEntry;
  }

  /** Names of the segments that must not be purged, in order. */
  heldSegments(): string[] {
    return this.held.map(({ name }) => name.name);
  }

  /** Lets go of segments that lie wholly before `index`: they may be purged then. */
  async releaseLockTo(index: number): Promise<void> {
    const past = this.held.findIndex(({ name }) => name.index >= index);
    const keepFrom = past < 0 ? this.held.length - 1 : past - 1;
    if (keepFrom <= 0) return;
    const released = this.held.slice(0, keepFrom);
    this.held = this.held.slice(keepFrom);
    await Promise.all(released.map(({ file }) => file.close()));
  }

  /**
   * Removes the oldest segments beyond the `keep` newest, up to the first that is held. 0 keeps all (--max-wals).
   * @returns paths removed
   */
  async purge(keep: number): Promise<string[]> {
    if (keep <= 0) return [];
    const names = (await this.disk.list(this.directory)).filter((name) => parseSegmentName(name));
    const held = new Set(this.heldSegments());
    const removed: string[] = [];
    for (const name of names.slice(0, Math.max(0, names.length - keep))) {
      if (held.has(name)) break;
      const path = join(this.directory, name);
      await this.disk.remove(path);
      removed.push(path);
    }
    return removed;
  }

  /** Syncs what is saved, unless the log has failed, and lets everything go. */
  async close(): Promise<void> {
    if (this.closed) return;
    if (this.encoder && !this.failure) await this.sync().catch(() => undefined); // told to the savers, and by `failure`
    this.closed = true;
    await this.pumping;
    await this.pipeline?.close();
    await Promise.all(this.held.map(({ file }) => file.close()));
    await this.lock.release();
  }

  private get tail(): HeldSegment {
    return this.held[this.held.length - 1] as HeldSegment;
  }

  private begin(encoder: RecordEncoder, metadata: Buffer | undefined, offset: number): void {
    encoder.take();
    this.encoder = encoder;
    this.metadata = metadata;
    this.written = offset;
    this.encoded = offset;
    this.pipeline = new SegmentPipeline(this.disk, this.directory, this.segmentBytes);
  }

  private refusal(): WalError {
    if (this.failure) return this.failure;
    const text = this.closed ? "wal: closed" : "wal: not read to its end";
    return new WalError("wal.state", text, { path: this.directory });
  }

  private lastBatch(): Batch {
    const last = this.queue[this.queue.length - 1];
    if (last) return last;
    const batch = emptyBatch(this.lastEntry);
    this.queue.push(batch);
    return batch;
  }

  private enqueue(encoder: RecordEncoder, mustSync: boolean): Promise<void> {
    const batch = this.lastBatch();
    const bytes = encoder.pendingBytes;
    batch.buffers.push(...encoder.take());
    batch.bytes += bytes;
    batch.lastIndex = this.lastEntry;
    this.encoded += bytes;
    const full = this.encoded >= this.segmentBytes;
    if (full) this.planCut(encoder, batch);
    if (!mustSync && !full) {
      if (batch.bytes >= unsyncedBytesMax) this.startPump();
      return Promise.resolve();
    }
    batch.mustSync = true;
    return new Promise((resolve, reject) => {
      batch.waiters.push({ resolve, reject });
      this.startPump();
    });
  }

  /** Ends the segment here: the head of the next one is encoded now, so that later saves follow it in the CRC chain. */
  private planCut(encoder: RecordEncoder, batch: Batch): void {
    this.encodedSequence++;
    encoder.encodeCrc();
    encoder.encodeBytes(recordTypes.metadata, this.metadata);
    if (!isEmptyState(this.state)) encoder.encode(recordTypes.state, HardState, this.state);
    const headBytes = encoder.pendingBytes;
    batch.next = { name: segmentName(this.encodedSequence, this.lastEntry + 1), headBytes };
    const head = emptyBatch(this.lastEntry);
    head.buffers.push(...encoder.take());
    head.bytes = headBytes;
    this.queue.push(head);
    this.encoded = headBytes;
  }

  private startPump(): void {
    this.pumping ??= this.pump();
  }

  private async pump(): Promise<void> {
    // one turn later, so that all saves of this turn share the write
    await Promise.resolve();
    try {
      for (let batch = this.queue[0]; batch && this.isDue(batch); batch = this.queue[0]) {
        const next = batch.next;
        // what is saved from here on belongs to the next group
        this.queue.shift();
        await this.writeOut(batch);
        for (const waiter of batch.waiters) waiter.resolve();
        batch.waiters.length = 0;
        if (next) await this.cut(next);
      }
    } catch (error) {
      this.fail(error);
    } finally {
      this.pumping = undefined;
    }
  }

  private isDue(batch: Batch): boolean {
    return batch.mustSync || batch.next !== undefined || batch.bytes >= unsyncedBytesMax;
  }

  private async writeOut(batch: Batch): Promise<void> {
    const { file } = this.tail;
    this.writing = batch;
    if (batch.bytes > 0) {
      const { clock, meters } = this.options;
      const begun = clock?.monotonic() ?? 0;
      await file.write(batch.buffers, this.written);
      this.encoder?.release(batch.bytes);
      if (meters !== undefined) {
        meters.walWrite.observe(((clock?.monotonic() ?? 0) - begun) / 1000);
        meters.walBytes += batch.bytes;
      }
    }
    this.written += batch.bytes;
    if (batch.next) await file.truncate(this.written);
    if (batch.mustSync || batch.next) await this.datasync(file, batch);
    this.writing = undefined;
  }

  /** taken from the queue and not yet durable; its waiters must hear of a failure */
  private writing: Batch | undefined;

  private async datasync(file: DiskFile, batch: Batch): Promise<void> {
    if (this.options.unsafeNoFsync) return;
    const { clock, onSync } = this.options;
    const begun = clock?.monotonic() ?? 0;
    await file.datasync(batch.bytes <= fewBytes);
    onSync?.((clock?.monotonic() ?? 0) - begun, batch.lastIndex, batch.bytes);
  }

  /** The head is at the front of the queue: written to the prepared file, synced, and only then named. */
  private async cut(next: { readonly name: SegmentName; readonly headBytes: number }): Promise<void> {
    const { pipeline } = this;
    const batch = this.queue[0];
    if (!pipeline || !batch) throw new WalError("wal.state", "wal: closed", { path: this.directory });
    const file = await pipeline.take();
    const head = takeHead(batch, next.headBytes);
    await file.write(head, 0);
    this.encoder?.release(next.headBytes);
    if (!this.options.unsafeNoFsync) await file.datasync();
    await file.close();
    const path = join(this.directory, next.name.name);
    await this.disk.rename(file.path, path);
    await this.disk.syncDirectory(this.directory);
    this.held.push({ name: next.name, file: await this.disk.open(path, "write") });
    this.written = next.headBytes;
    this.options.onCut?.(path);
  }

  private fail(cause: unknown): void {
    const path = cause instanceof DiskError || cause instanceof WalError ? cause.path : this.tail.file.path;
    this.failure ??= new WalError("wal.failed", `wal: ${(cause as Error).message}`, { path, offset: this.written, cause });
    const lost = this.writing ? [this.writing, ...this.queue] : this.queue;
    this.writing = undefined;
    this.queue = [];
    for (const batch of lost) for (const waiter of batch.waiters) waiter.reject(this.failure);
  }
}

/** Takes the first `bytes` off a batch. The head was pushed whole, so it ends with a buffer. */
function takeHead(batch: Batch, bytes: number): Buffer[] {
  const head: Buffer[] = [];
  let length = 0;
  while (length < bytes) {
    const buffer = batch.buffers.shift() as Buffer;
    head.push(buffer);
    length += buffer.length;
  }
  batch.bytes -= length;
  return head;
}

async function lockLog(disk: Disk, directory: string): Promise<{ release(): Promise<void> }> {
  try {
    return await disk.lock(directory);
  } catch (error) {
    if (!(error instanceof DiskError) || error.code !== "EWOULDBLOCK") throw error;
    const text = `fileutil: file already locked`;
    throw new WalError("wal.locked", text, { path: directory, found: basename(directory), cause: error });
  }
}
