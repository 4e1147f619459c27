/** Reads bucket `key` into memory (etcd server/storage/mvcc/kvstore.go, restore). */
import type { Backend, BucketName } from "../backend/backend.ts";
import { RecordError } from "../backend/number-record.ts";
import type { Clock } from "../platform/clock.ts";
import { KeyValue } from "../proto/gen/mvccpb.ts";
import { keyString } from "./key-range.ts";
import { Keyspace } from "./keyspace.ts";
import { finishedCompactKey, scheduledCompactKey } from "./compactor.ts";
import { checkRevision, isTombstone, mainOf, subOf } from "./revision.ts";

export interface RestoredKeyspace {
  readonly keyspace: Keyspace;
  readonly revision: number;
  /** -1: never */
  readonly compactRevision: number;
  /** a compaction that was begun and not finished; 0: none */
  readonly unfinishedCompaction: number;
  /** key (one char a byte) to the lease of its last live record */
  readonly leases: ReadonlyMap<string, bigint>;
}

const recordsPerTurn = 10_000;

/** @throws RecordError a key of the bucket is no revision; WireError a record is no KeyValue */
export async function restoreKeyspace(backend: Backend, clock: Clock, cacheBytes: number): Promise<RestoredKeyspace> {
  const keyspace = new Keyspace(backend, cacheBytes);
  const leases = new Map<string, bigint>();
  const finished = readMark(backend, finishedCompactKey) ?? -1;
  const scheduled = readMark(backend, scheduledCompactKey) ?? 0;
  let revision = Math.max(1, finished, scheduled);
  let records = 0;
  for (const { key, value } of backend.entries("key")) {
    revision = Math.max(revision, restoreRecord(keyspace, leases, key, value));
    if (++records % recordsPerTurn === 0) await new Promise<void>((resolve) => clock.after(0, resolve));
  }
  return { keyspace, revision, compactRevision: finished, unfinishedCompaction: scheduled > finished ? scheduled : 0, leases };
}

function mustBeRevision(bucket: BucketName, key: Buffer, revision: Buffer): void {
  try {
    checkRevision(revision);
  } catch (error) {
    throw new RecordError(bucket, key, `no revision: ${JSON.stringify(revision.toString("hex"))}`, { cause: error });
  }
}

/** @returns the record's main revision */
function restoreRecord(keyspace: Keyspace, leases: Map<string, bigint>, key: Buffer, value: Buffer): number {
  mustBeRevision("key", key, key);
  const main = mainOf(key);
  const sub = subOf(key);
  const dead = isTombstone(key);
  const kv = KeyValue.decode(value);
  const name = keyString(kv.key);
  const { index } = keyspace;
  const entry = index.get(name);
  if (entry === undefined) index.restore(name, main, sub, dead ? 0 : kv.createRevision, dead ? 1 : kv.version, dead);
  else if (dead) index.tombstone(entry, main, sub);
  else index.put(name, main, sub);
  if (!dead && kv.lease !== 0n) leases.set(name, kv.lease);
  else leases.delete(name);
  return main;
}

function readMark(backend: Backend, key: Buffer): number | undefined {
  const value = backend.get("meta", key);
  if (value === undefined) return undefined;
  mustBeRevision("meta", key, value);
  return mainOf(value);
}
