/**
 * The multi-version store as the rest of a member sees it (etcd server/storage/mvcc). Implemented in this folder over a
 * Backend. Not re-entrant: one write transaction at a time, and everything but compaction and hashing is synchronous,
 * because applying an entry must be one step.
 * Range ends as on the wire: empty = the one key, "\0" = everything from the key on, else exclusive.
 */
import type { Backend } from "../backend/backend.ts";
import type { Event, KeyValue } from "../proto/gen/mvccpb.ts";

export interface RangeOptions {
  /** 0 = no limit */
  readonly limit: number;
  /** 0 or less = now */
  readonly revision: number;
  readonly countOnly: boolean;
}

export interface RangeResult {
  readonly kvs: KeyValue[];
  /** keys in the range, before the limit */
  readonly count: number;
  /** the store's revision at the time of reading */
  readonly revision: number;
}

export interface ReadView {
  /** revision of the last finished write; 1 for an empty store */
  revision(): number;
  /** -1 while nothing was compacted */
  compactRevision(): number;
  /**
   * The pairs are shared with other readers: nobody may change them or their bytes. The array is the caller's.
   * @throws EtcdError Compacted | FutureRevision
   */
  range(key: Buffer, rangeEnd: Buffer, options: RangeOptions): RangeResult;
}

export interface WriteTransaction extends ReadView {
  /**
   * Key and value are copied.
   * @param lease 0n detaches
   * @returns the revision this transaction will have
   * @throws EtcdError LeaseNotFound, before anything is changed
   */
  put(key: Buffer, value: Buffer, lease: bigint): number;
  deleteRange(key: Buffer, rangeEnd: Buffer): { readonly deleted: number; readonly revision: number };
  /** Makes it visible, tells the watchers. Must be called, once; without changes the revision does not move. */
  end(): void;
}

export interface KvHash {
  readonly hash: number;
  readonly revision: number;
  readonly compactRevision: number;
}

export interface WatchRequestOptions {
  readonly key: Buffer;
  readonly rangeEnd: Buffer;
  /** 0 = from now */
  readonly startRevision: number;
  readonly noPut: boolean;
  readonly noDelete: boolean;
  /** asked for progress notices: told to the lab, the store itself sends none */
  readonly progressNotify?: boolean;
}

/** Who has a watch stream, for whoever wants to show it. */
export interface WatchClient {
  /** address that the call came from; "" for the member's own */
  readonly address: string;
  /** what the client calls itself */
  readonly program: string;
}

/** One watcher as it stands. */
export interface WatcherState {
  readonly client: WatchClient;
  /** numbers the streams in the store's life */
  readonly stream: number;
  readonly id: number;
  readonly key: Buffer;
  readonly rangeEnd: Buffer;
  readonly startRevision: number;
  /** the next revision that it needs */
  readonly nextRevision: number;
  readonly synced: boolean;
  readonly eventsSent: number;
  readonly progressNotify: boolean;
  /** wall ms */
  readonly since: number;
}

/** What a watch stream yields: whole revisions for one watcher, or its end. */
export interface WatchNotice {
  readonly watchId: number;
  readonly events: readonly Event[];
  /** the store's revision when it was made */
  readonly revision: number;
  /** > 0: the start revision was compacted; the watcher is gone */
  readonly compactRevision: number;
}

/** One client's watchers. Buffers are bounded: a slow reader falls back to reading from the backend, and loses nothing. */
export interface WatchStream {
  /**
   * @param id 0 = choose the next free id, from 0 up
   * @throws Error "mvcc: duplicate watch ID provided on the WatchStream" | "mvcc: watcher range is empty"
   */
  watch(id: number, options: WatchRequestOptions): number;
  /** false when there is no such watcher */
  cancel(id: number): boolean;
  /** Next notice; undefined when the stream is closed. Only one reader at a time. */
  next(): Promise<WatchNotice | undefined>;
  /** The next notice if one is there already: who takes all of them so needs no promise for each. */
  take(): WatchNotice | undefined;
  /** The store's revision if all watchers are synced, past their start and nothing is queued, undefined otherwise (progress request). */
  progressAll(): number | undefined;
  /** The same for one watcher (periodic progress notice). */
  progress(id: number): number | undefined;
  close(): void;
}

/** What the store needs of leases: which keys hang on which lease. */
export interface LeaseAttachments {
  /** @throws EtcdError LeaseNotFound */
  attach(lease: bigint, key: Buffer): void;
  detach(lease: bigint, key: Buffer): void;
  leaseOf(key: Buffer): bigint;
}

export interface Store extends ReadView {
  write(): WriteTransaction;
  /**
   * Marks `revision` compacted at once, deletes behind it in batches.
   * @returns resolves when the deletion is finished and recorded
   * @throws EtcdError Compacted | FutureRevision
   */
  compact(revision: number): Promise<void>;
  /** @param revision 0 = now. @throws EtcdError Compacted | FutureRevision */
  hashKv(revision: number): Promise<KvHash>;
  watchStream(client?: WatchClient): WatchStream;
  watcherCount(): number;
  /** Those that are behind first, at most so many. */
  watchers(most: number): WatcherState[];
  keyCount(): number;
  /** Called in the same turn for each finished write transaction that changed something. */
  onChange(listener: (revision: number, events: readonly Event[]) => void): () => void;
  /** Reads everything anew, after the backend was replaced by a received snapshot. */
  restore(backend: Backend): Promise<void>;
  close(): void;
}
