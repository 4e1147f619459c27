/**
 * The backend: one bbolt database that takes writes in batches (etcd server/storage/backend). Writes go to a buffer that
 * reads see at once; a batch is committed every `batchIntervalMs`, at `batchLimit` operations, or when asked. While a
 * batch is being written to disk the next one gathers: the event loop never waits for fsync.
 * Durability is not this module's promise: what was not committed is replayed from the WAL past the consistent index,
 * which the commit hook writes into the same transaction as the data.
 */

import type { DiskMeters } from "../platform/meters.ts";

/** Buckets of a 3.6 member, in byte order. */
export const bucketNames = ["alarm", "auth", "authRoles", "authUsers", "cluster", "key", "lease", "members", "members_removed", "meta"] as const;
export type BucketName = (typeof bucketNames)[number];

export interface KeyValuePair {
  readonly key: Buffer;
  readonly value: Buffer;
}

export interface BackendReader {
  /** The value now, buffered writes included; undefined where absent. The buffer must not be changed. */
  get(bucket: BucketName, key: Buffer): Buffer | undefined;
  /**
   * Pairs with start <= key < end in byte order.
   * @param end undefined: to the end of the bucket
   * @param limit 0: no limit
   */
  range(bucket: BucketName, start: Buffer, end: Buffer | undefined, limit: number): KeyValuePair[];
  /** Walks a whole bucket in byte order without holding it in memory. */
  entries(bucket: BucketName): IterableIterator<KeyValuePair>;
}

/** A consistent copy of the database as of one commit, for `snapshot save` and for sending to a follower. */
export interface BackendSnapshot {
  /** bytes that `read` will yield: a hot copy, a whole number of pages, without the SHA-256 trailer */
  readonly size: number;
  /** @param scratch buffers that are filled in turn, so that a chunk lives until all the others were; absent: each chunk has its own */
  read(scratch?: readonly Buffer[]): AsyncIterable<Buffer>;
  /** Lets the pages go; required. */
  release(): void;
}

export interface Backend extends BackendReader {
  readonly path: string;
  put(bucket: BucketName, key: Buffer, value: Buffer): void;
  delete(bucket: BucketName, key: Buffer): void;
  /** Called inside every commit, before it is sealed: what it puts becomes part of that commit. One hook; set by the server. */
  onCommit(hook: (put: (bucket: BucketName, key: Buffer, value: Buffer) => void) => void): void;
  /** Resolves when everything put before the call is durable. @throws DiskError: the member must stop */
  commit(): Promise<void>;
  /** Operations not yet durable. */
  pending(): number;
  /** Bytes of the file in pages ever used (hwm * page size), and of those not free. */
  size(): number;
  sizeInUse(): number;
  snapshot(): Promise<BackendSnapshot>;
  /** Rewrites the file without free pages (snap/db.tmp.*, then rename), while serving reads from the old one. */
  defragment(): Promise<void>;
  /** CRC-32C over all buckets, names, keys and values in byte order, minus `ignore(bucket, key)`. */
  hash(ignore: (bucket: string, key: Buffer) => boolean): Promise<number>;
  /** Called once when a commit fails on disk; nothing is committed after that. */
  onFailure(listener: (error: Error) => void): void;
  /** Seconds each commit took, for metrics and telemetry. */
  onCommitted(listener: (durationSeconds: number, operations: number) => void): void;
  close(): Promise<void>;
}

export interface BackendOptions {
  /** default 100 */
  readonly batchIntervalMs?: number;
  /** default 10000 */
  readonly batchLimit?: number;
  readonly meters?: DiskMeters;
  readonly readOnly?: boolean;
  /** bytes of pages kept in memory; default 16 MiB */
  readonly pageCacheBytes?: number;
}
