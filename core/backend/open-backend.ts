/** The backend over a bbolt file: see backend.ts for what it promises. */
import type { Bucket } from "../bbolt/bucket.ts";
import { Database } from "../bbolt/database.ts";
import { BboltError } from "../bbolt/errors.ts";
import type { Transaction } from "../bbolt/transaction.ts";
import type { Clock, Timer } from "../platform/clock.ts";
import { crc32c } from "../platform/crc32c.ts";
import type { Disk } from "../platform/disk.ts";
import { type Backend, type BackendOptions, type BackendSnapshot, type BucketName, bucketNames, type KeyValuePair } from "./backend.ts";
import { copyCompactly } from "./defragment.ts";
import { hotCopy } from "./hot-copy.ts";
import { mergedRange } from "./merged-range.ts";
import { nextTurn } from "./turns.ts";
import { WriteBuffer } from "./write-buffer.ts";

const nameBytes = new Map(bucketNames.map((name) => [name, Buffer.from(name)] as const));
/** Revisions come in order, so pages of `key` are filled further before they are split. */
const appendedFillPercent = 0.9;
/** How long writes are put into the tree before the event loop gets a turn: a write costs from one to fifty microseconds. */
const turnMs = 4;
/** Writes between two looks at the clock. */
const writesPerLook = 50;
/** Bytes hashed before the event loop gets a turn. */
const hashedBytesPerTurn = 1024 * 1024;
/** Pairs that `entries` reads ahead. */
const entriesAhead = 256;
const nothing: Buffer = Buffer.alloc(0);

/**
 * Opens the database at `path`, makes it with all buckets where it is absent, and starts batching.
 * @throws BboltError for a damaged file; DiskError (EWOULDBLOCK: another program has it)
 */
export async function openBackend(disk: Disk, clock: Clock, path: string, options: BackendOptions = {}): Promise<Backend> {
  const database = await openDatabase(disk, path, options);
  return new BatchingBackend(disk, clock, path, options, database);
}

async function openDatabase(disk: Disk, path: string, options: BackendOptions): Promise<Database> {
  const readOnly = options.readOnly === true;
  const database = await Database.open(disk, path, {
    readOnly,
    turn: nextTurn,
    ...(options.pageCacheBytes === undefined ? {} : { pageCacheBytes: options.pageCacheBytes }),
  });
  if (readOnly) return database;
  try {
    await createMissingBuckets(database);
  } catch (error) {
    await database.close();
    throw error;
  }
  return database;
}

async function createMissingBuckets(database: Database): Promise<void> {
  const transaction = database.beginWrite();
  try {
    const missing = [...nameBytes.values()].filter((name) => transaction.bucket(name) === undefined);
    for (const name of missing) transaction.root.createBucket(name);
    if (missing.length > 0) await transaction.commit();
  } finally {
    transaction.rollback();
  }
}

class BatchingBackend implements Backend {
  /** gathers now */
  private active = new WriteBuffer();
  /** is being committed: read until the commit is durable */
  private inFlight: WriteBuffer | undefined;
  private reader: Transaction;
  private buckets = new Map<BucketName, Bucket | undefined>();
  private hook: ((put: (bucket: BucketName, key: Buffer, value: Buffer) => void) => void) | undefined;
  private timer: Timer | undefined;
  /** the commit or defragmentation that has the file; never rejects */
  private busy: Promise<void> | undefined;
  /** the commit that will follow it */
  private queued: Promise<void> | undefined;
  private failure: Error | undefined;
  private readonly failureListeners: ((error: Error) => void)[] = [];
  private readonly committedListeners: ((durationSeconds: number, operations: number) => void)[] = [];
  private readonly batchIntervalMs: number;
  private readonly batchLimit: number;
  private closing: Promise<void> | undefined;
  private flushPlanned = false;
  private defragmentations = 0;

  constructor(
    private readonly disk: Disk,
    private readonly clock: Clock,
    readonly path: string,
    private readonly options: BackendOptions,
    private database: Database,
  ) {
    this.batchIntervalMs = options.batchIntervalMs ?? 100;
    this.batchLimit = options.batchLimit ?? 10000;
    this.reader = database.beginRead();
  }

  get(bucket: BucketName, key: Buffer): Buffer | undefined {
    const newest = this.active.bucket(bucket);
    const older = this.inFlight?.bucket(bucket);
    if (newest.size > 0 || (older !== undefined && older.size > 0)) {
      const name = key.toString("latin1");
      const write = newest.get(name) ?? older?.get(name);
      if (write !== undefined) return write.value;
    }
    return this.stored(bucket)?.get(key);
  }

  range(bucket: BucketName, start: Buffer, end: Buffer | undefined, limit: number): KeyValuePair[] {
    const buffers = [this.active.bucket(bucket)];
    if (this.inFlight !== undefined) buffers.push(this.inFlight.bucket(bucket));
    return mergedRange(this.stored(bucket), buffers, start, end, limit);
  }

  /** Reads ahead a little at a time, so what is put behind the place where it stands is seen, and nothing is held. */
  *entries(bucket: BucketName): IterableIterator<KeyValuePair> {
    for (let from: Buffer = nothing; ; ) {
      const pairs = this.range(bucket, from, undefined, entriesAhead);
      yield* pairs;
      const last = pairs.at(-1);
      if (last === undefined || pairs.length < entriesAhead) return;
      from = Buffer.concat([last.key, Buffer.from([0])]);
    }
  }

  put(bucket: BucketName, key: Buffer, value: Buffer): void {
    this.take(bucket, key, value);
  }

  delete(bucket: BucketName, key: Buffer): void {
    this.take(bucket, key, undefined);
  }

  onCommit(hook: (put: (bucket: BucketName, key: Buffer, value: Buffer) => void) => void): void {
    this.hook = hook;
  }

  onFailure(listener: (error: Error) => void): void {
    this.failureListeners.push(listener);
  }

  onCommitted(listener: (durationSeconds: number, operations: number) => void): void {
    this.committedListeners.push(listener);
  }

  async commit(): Promise<void> {
    this.mustTakeWrites();
    await this.flush();
    if (this.failure !== undefined) throw this.failure;
  }

  pending(): number {
    return this.active.operations + (this.inFlight?.operations ?? 0);
  }

  size(): number {
    return this.reader.size;
  }

  sizeInUse(): number {
    return this.reader.size - this.database.freePages.free * this.database.pageSize;
  }

  async snapshot(): Promise<BackendSnapshot> {
    if (this.options.readOnly !== true) await this.commit();
    const { database } = this;
    this.mustBeOpen();
    const snapshot = hotCopy(database);
    const { meters } = this.options;
    if (meters === undefined) return snapshot;
    const begun = this.clock.monotonic();
    return {
      ...snapshot,
      release: () => {
        snapshot.release();
        meters.backendSnapshot.observe((this.clock.monotonic() - begun) / 1000);
      },
    };
  }

  async defragment(): Promise<void> {
    this.mustTakeWrites();
    // what was put before is in the copy; what is put while copying is committed to the new file
    await this.commit();
    while (this.busy !== undefined) await this.busy;
    this.mustTakeWrites();
    if (this.failure !== undefined) throw this.failure;
    const { meters } = this.options;
    const begun = this.clock.monotonic();
    if (meters !== undefined) meters.defragmenting++;
    await new Promise<void>((resolve, reject) => {
      // what holds the file never rejects: the commits that wait for it do not fail because this did
      void this.occupy(() => this.replaceByCompactCopy().then(resolve, reject));
    }).finally(() => {
      if (meters === undefined) return;
      meters.defragmenting--;
      meters.defragmentation.observe((this.clock.monotonic() - begun) / 1000);
    });
  }

  async hash(ignore: (bucket: string, key: Buffer) => boolean): Promise<number> {
    if (this.options.readOnly !== true) await this.commit();
    this.mustBeOpen();
    const transaction = this.database.beginRead();
    try {
      let crc = 0;
      let bytes = 0;
      for (const { key: name } of transaction.root.entries()) {
        crc = crc32c(name, crc);
        const bucketName = name.toString();
        for (const { key, value } of transaction.bucket(name)?.entries() ?? []) {
          if (ignore(bucketName, key)) continue;
          crc = crc32c(value, crc32c(key, crc));
          bytes += key.length + value.length;
          if (bytes < hashedBytesPerTurn) continue;
          bytes = 0;
          await nextTurn();
        }
      }
      return crc;
    } finally {
      transaction.rollback();
    }
  }

  close(): Promise<void> {
    this.closing ??= this.shutDown();
    return this.closing;
  }

  private async shutDown(): Promise<void> {
    this.timer?.cancel();
    if (this.options.readOnly !== true && this.failure === undefined) await this.flush();
    while (this.busy !== undefined) await this.busy;
    this.reader.rollback();
    await this.database.close();
  }

  private take(bucket: BucketName, key: Buffer, value: Buffer | undefined): void {
    this.mustTakeWrites();
    this.active.set(bucket, key, value);
    if (this.busy === undefined && this.active.operations >= this.batchLimit) this.flushAfterTurn();
    else this.timer ??= this.clock.after(this.batchIntervalMs, () => this.intervalOver());
  }

  /**
   * A batch never ends in the middle of a turn: what one turn puts, such as all that one entry of the log does, and the
   * index that the commit hook adds, belong into one commit.
   */
  private flushAfterTurn(): void {
    if (this.flushPlanned) return;
    this.flushPlanned = true;
    queueMicrotask(() => {
      this.flushPlanned = false;
      if (this.busy === undefined && this.closing === undefined) void this.flush();
    });
  }

  private intervalOver(): void {
    this.timer = undefined;
    if (this.active.operations > 0) void this.flush();
  }

  /** Commits what is gathered; never rejects: a failure is kept in `failure` and told to the listeners. */
  private flush(): Promise<void> {
    if (this.failure !== undefined) return Promise.resolve();
    if (this.busy === undefined) return this.occupy(() => this.commitBatch());
    this.queued ??= this.busy.then(() => {
      this.queued = undefined;
      return this.flush();
    });
    return this.queued;
  }

  private occupy(work: () => Promise<void>): Promise<void> {
    this.busy = work().finally(() => {
      this.busy = undefined;
      // while the disk was busy a whole batch came together: it does not wait for the interval
      if (this.queued === undefined && this.failure === undefined && this.active.operations >= this.batchLimit) void this.flush();
    });
    return this.busy;
  }

  private async commitBatch(): Promise<void> {
    const batch = this.active;
    this.active = new WriteBuffer();
    this.inFlight = batch;
    const started = this.clock.monotonic();
    let transaction: Transaction | undefined;
    try {
      this.hook?.((bucket, key, value) => batch.set(bucket, key, value));
      if (batch.operations > 0) {
        transaction = this.database.beginWrite();
        await writeBatch(transaction, batch, this.clock);
        const writing = this.clock.monotonic();
        await transaction.commit();
        this.options.meters?.commitWrite.observe((this.clock.monotonic() - writing) / 1000);
        this.readFrom(this.database);
      }
    } catch (error) {
      transaction?.rollback();
      // the batch stays visible: what was read once does not vanish while the member goes down
      this.fail(error);
      return;
    }
    this.inFlight = undefined;
    if (batch.operations > 0) {
      const seconds = (this.clock.monotonic() - started) / 1000;
      for (const listener of this.committedListeners) listener(seconds, batch.operations);
    }
  }

  private fail(error: unknown): void {
    this.failure = error instanceof Error ? error : new Error(String(error));
    this.timer?.cancel();
    for (const listener of this.failureListeners) listener(this.failure);
  }

  private async replaceByCompactCopy(): Promise<void> {
    const folder = this.path.slice(0, Math.max(this.path.lastIndexOf("/"), this.path.lastIndexOf("\\")));
    const temporary = `${folder}/db.tmp.${Math.floor(this.clock.now())}${++this.defragmentations}`;
    const old = this.database;
    await copyCompactly(this.disk, this.reader, temporary);
    try {
      await this.disk.rename(temporary, this.path);
      await this.disk.syncDirectory(folder);
      this.readFrom(await openDatabase(this.disk, this.path, this.options));
    } catch (error) {
      // the old file may have lost its name: nothing written to it would be found again
      this.fail(error);
      throw error;
    }
    // snapshots that are still being sent keep the old file open until they are let go
    old.close().catch((error: unknown) => this.fail(error));
  }

  /** From now on reads see the last commit of `database`. */
  private readFrom(database: Database): void {
    this.reader.rollback();
    this.database = database;
    this.reader = database.beginRead();
    this.buckets.clear();
  }

  private stored(name: BucketName): Bucket | undefined {
    const known = this.buckets.get(name);
    if (known !== undefined) return known;
    const bucket = this.reader.bucket(nameBytes.get(name) as Buffer);
    this.buckets.set(name, bucket);
    return bucket;
  }

  private mustBeOpen(): void {
    if (this.closing !== undefined) throw new BboltError("bbolt.closed", "backend closed", { path: this.path });
  }

  private mustTakeWrites(): void {
    this.mustBeOpen();
    if (this.options.readOnly === true) throw new BboltError("bbolt.read_only", "database is in read-only mode", { path: this.path });
  }
}

/** Puts a batch into the tree, bucket after bucket, keys ascending, in parts so that the event loop turns. */
async function writeBatch(transaction: Transaction, batch: WriteBuffer, clock: Clock): Promise<void> {
  let sinceLook = 0;
  let turnBegan = clock.monotonic();
  for (const name of bucketNames) {
    const writes = batch.bucket(name);
    if (writes.size === 0) continue;
    const bucket = transaction.root.createBucketIfAbsent(nameBytes.get(name) as Buffer);
    if (name === "key") bucket.fillPercent = appendedFillPercent;
    for (const keyName of writes.sortedNames()) {
      const write = writes.get(keyName);
      if (write === undefined) continue;
      if (write.value === undefined) bucket.delete(write.key);
      else bucket.put(write.key, write.value);
      if (++sinceLook < writesPerLook) continue;
      sinceLook = 0;
      if (clock.monotonic() - turnBegan < turnMs) continue;
      await nextTurn();
      turnBegan = clock.monotonic();
    }
  }
}
