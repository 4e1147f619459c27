/** The multi-version store: joins key space, transactions, watch hub, compaction and hash (etcd server/storage/mvcc). */
import type { Backend, KeyValuePair } from "../backend/backend.ts";
import type { Clock } from "../platform/clock.ts";
import { StoreMeters } from "../platform/meters.ts";
import { EtcdError } from "../proto/errors.ts";
import type { Event } from "../proto/gen/mvccpb.ts";
import type { KvHash, LeaseAttachments, RangeOptions, RangeResult, Store, WatchClient, WatcherState, WatchStream, WriteTransaction } from "./api.ts";
import { CompactionStoppedError, Compactor, DroppedRevisions } from "./compactor.ts";
import { hashRecords } from "./hash-kv.ts";
import { keyBytes, keyRange } from "./key-range.ts";
import type { Keyspace } from "./keyspace.ts";
import { restoreKeyspace, type RestoredKeyspace } from "./restore-keyspace.ts";
import { RevisionSet, encodeRevision } from "./revision.ts";
import { WatchHub } from "./watch-hub.ts";
import { StoreTransaction, readRange } from "./write-transaction.ts";

export interface StoreOptions {
  readonly backend: Backend;
  readonly clock: Clock;
  /** already restored from the same backend: restoring the store attaches keys */
  readonly leases: LeaseAttachments;
  /** records a compaction deletes at a time; default 1000 */
  readonly compactionBatchLimit?: number;
  /** default 10 */
  readonly compactionPauseMs?: number;
  /** bytes of decoded pairs kept in memory; default 16 MiB */
  readonly valueCacheBytes?: number;
  /** Hash the key space at each compaction, before anything is deleted: what the check of compaction hashes compares. */
  readonly hashCompactions?: boolean;
  readonly meters?: StoreMeters;
  /** Told of what does not stop the store: a key whose lease is gone, a resumed compaction that failed. */
  readonly warn?: (message: string, detail: Readonly<Record<string, unknown>>) => void;
  /** Told of compactions: one that goes on where the last start left it, and each when its records are gone. */
  readonly compactions?: {
    resumed(revision: number): void;
    finished(end: FinishedCompaction): void;
  };
}

/** `hash` of the records up to `revision` as they were before, where it was taken; sizes in bytes of the database as it is now. */
interface FinishedCompaction {
  readonly revision: number;
  readonly tookMs: number;
  readonly hash: number | undefined;
  readonly size: number;
  readonly sizeInUse: number;
}

/** Opens the store over a backend and resumes a compaction that was cut short. */
export async function openStore(options: StoreOptions): Promise<MvccStore> {
  return new MvccStore(options, await restoreKeyspace(options.backend, options.clock, cacheBytes(options)));
}

/** Hashes of the last compactions that are kept. */
const compactionHashesMax = 10;

export class MvccStore implements Store {
  private keyspace: Keyspace;
  private compactor: Compactor;
  private readonly hub: WatchHub;
  private current: number;
  private compacted: number;
  private writing = false;
  private readonly listeners = new Set<(revision: number, events: readonly Event[]) => void>();
  private readonly hashing = new Set<Promise<unknown>>();
  private storedHashes: KvHash[] = [];
  private readonly meters: StoreMeters;

  constructor(
    private readonly options: StoreOptions,
    restored: RestoredKeyspace,
  ) {
    this.meters = options.meters ?? new StoreMeters();
    this.keyspace = restored.keyspace;
    this.compactor = this.newCompactor();
    this.current = restored.revision;
    this.compacted = restored.compactRevision;
    this.hub = new WatchHub(
      {
        revision: () => this.current,
        compactRevision: () => this.compacted,
        records: (from, sub, to, limit) => this.records(from, sub, to, limit),
      },
      options.clock,
      this.meters,
    );
    this.settle(restored);
  }

  revision(): number {
    return this.current;
  }

  compactRevision(): number {
    return this.compacted;
  }

  range(key: Buffer, rangeEnd: Buffer, options: RangeOptions): RangeResult {
    this.meters.ranges++;
    return readRange(this.keyspace, keyRange(key, rangeEnd), options, this.current, this.compacted);
  }

  write(): WriteTransaction {
    if (this.writing) throw new Error("mvcc: one write transaction at a time");
    this.writing = true;
    return new StoreTransaction(this.keyspace, this.options.leases, this.current, this.compacted, (transaction) => this.finish(transaction));
  }

  compact(revision: number): Promise<void> {
    if (revision <= this.compacted) throw new EtcdError("Compacted");
    if (revision > this.current) throw new EtcdError("FutureRevision");
    return this.scheduleCompaction(revision, this.options.hashCompactions === true ? [this.rememberHash(revision)] : []);
  }

  async hashKv(revision: number): Promise<KvHash> {
    if (revision > 0 && revision < this.compacted) throw new EtcdError("Compacted");
    if (revision > this.current) throw new EtcdError("FutureRevision");
    const stored = this.storedHashes.find((each) => each.revision === revision);
    return stored ?? this.hashAt(revision === 0 ? this.current : revision, this.compacted);
  }

  /** Hashes of the last ten compactions since the start, as of just before each; empty unless `hashCompactions`. */
  compactionHashes(): readonly KvHash[] {
    return this.storedHashes;
  }

  watchStream(client?: WatchClient): WatchStream {
    return this.hub.stream(client);
  }

  watchers(most: number): WatcherState[] {
    return this.hub.watchers(most);
  }

  watcherCount(): number {
    return this.hub.watcherCount;
  }

  /** Watchers that are reading what they missed, for metrics. */
  laggingWatcherCount(): number {
    return this.hub.laggingCount;
  }

  /** For metrics. */
  watchStreamCount(): number {
    return this.hub.streamCount;
  }

  keyCount(): number {
    return this.keyspace.index.liveCount;
  }

  onChange(listener: (revision: number, events: readonly Event[]) => void): () => void {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  }

  async restore(backend: Backend): Promise<void> {
    const restored = await restoreKeyspace(backend, this.options.clock, cacheBytes(this.options));
    this.compactor.stop();
    const seen = this.current;
    this.keyspace = restored.keyspace;
    this.compactor = this.newCompactor();
    this.current = restored.revision;
    this.compacted = restored.compactRevision;
    this.storedHashes = [];
    this.settle(restored);
    this.hub.restart(seen);
  }

  close(): void {
    this.compactor.stop();
    this.hub.close();
    this.listeners.clear();
  }

  private finish(transaction: StoreTransaction): void {
    this.writing = false;
    this.count(transaction);
    if (transaction.events.length === 0) return;
    this.current = transaction.revision();
    if (this.hub.isListening) this.hub.notify(this.current, transaction.keys, transaction.events);
    for (const listener of this.listeners) listener(this.current, transaction.events);
  }

  private count({ puts, deletes, ranges, putBytes }: StoreTransaction): void {
    const { meters } = this;
    meters.puts += puts;
    meters.deletes += deletes;
    meters.ranges += ranges;
    meters.putBytes += putBytes;
    if (puts + deletes + ranges > 1) meters.txns++;
  }

  private scheduleCompaction(revision: number, before: Promise<unknown>[] = []): Promise<void> {
    this.compacted = revision;
    const dropped = new DroppedRevisions();
    const begun = this.options.clock.monotonic();
    this.keyspace.compact(revision, (main, sub, dead) => dropped.add(main, sub, dead));
    this.meters.indexCompaction.observe(this.options.clock.monotonic() - begun);
    return this.compactor.schedule(revision, dropped, Promise.allSettled([...this.hashing, ...before]));
  }

  private async hashAt(revision: number, compactRevision: number): Promise<KvHash> {
    const kept = new RevisionSet();
    const any = this.keyspace.index.keep(revision, compactRevision, kept);
    const { backend } = this.keyspace;
    // a compaction that starts meanwhile deletes only afterwards; one under way deletes what does not count anyway
    const hashing = hashRecords(backend, this.options.clock, { revision, compactRevision, kept: any ? kept : undefined });
    this.hashing.add(hashing);
    const begun = this.options.clock.monotonic();
    try {
      return { hash: await hashing, revision, compactRevision };
    } finally {
      this.meters.hashByRevision.observe((this.options.clock.monotonic() - begun) / 1000);
      this.hashing.delete(hashing);
    }
  }

  /** What is compacted is hashed as of before, as far back as the compaction before it. */
  private async rememberHash(revision: number): Promise<void> {
    const { keyspace } = this;
    const hash = await this.hashAt(revision, this.compacted);
    // a snapshot may have replaced the store meanwhile
    if (keyspace !== this.keyspace) return;
    this.storedHashes = [...this.storedHashes, hash].sort((a, b) => a.revision - b.revision).slice(-compactionHashesMax);
  }

  /** What follows a restore: leases get their keys, and a compaction cut short goes on. */
  private settle(restored: RestoredKeyspace): void {
    for (const [key, lease] of restored.leases) this.reattach(lease, key);
    if (restored.unfinishedCompaction === 0) return;
    this.options.compactions?.resumed(restored.unfinishedCompaction);
    this.scheduleCompaction(restored.unfinishedCompaction).catch((error: unknown) => {
      if (!(error instanceof CompactionStoppedError)) this.options.warn?.("failed to resume compaction", { error });
    });
  }

  private reattach(lease: bigint, key: string): void {
    try {
      this.options.leases.attach(lease, keyBytes(key));
    } catch (error) {
      // the key stays, without a lease: so does etcd
      if (!(error instanceof EtcdError)) throw error;
      this.options.warn?.("failed to attach a lease", { lease, key, error });
    }
  }

  private records(from: number, sub: number, to: number, limit: number): KeyValuePair[] {
    return this.keyspace.backend.range("key", encodeRevision(from, sub), encodeRevision(to, 0), limit);
  }

  private newCompactor(): Compactor {
    const { clock, compactionBatchLimit = 1000, compactionPauseMs = 10 } = this.options;
    const { backend } = this.keyspace;
    return new Compactor({
      backend,
      clock,
      batchLimit: compactionBatchLimit,
      pauseMs: compactionPauseMs,
      meters: this.meters,
      finished: (revision, tookMs) =>
        this.options.compactions?.finished({
          revision,
          tookMs,
          hash: this.storedHashes.find((each) => each.revision === revision)?.hash,
          size: backend.size(),
          sizeInUse: backend.sizeInUse(),
        }),
    });
  }
}

function cacheBytes(options: StoreOptions): number {
  return options.valueCacheBytes ?? 16 * 1024 * 1024;
}
