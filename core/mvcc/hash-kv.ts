/**
 * HashKV: a checksum of the key space as of a revision, the same on all members (etcd server/storage/mvcc/hash.go).
 * Reads the backend in batches and lets others run between them.
 */
import type { Backend } from "../backend/backend.ts";
import type { Clock } from "../platform/clock.ts";
import { crc32c } from "../platform/crc32c.ts";
import { encodeRevision, isTombstone, mainOf, subOf, type RevisionSet } from "./revision.ts";

export interface HashRange {
  readonly revision: number;
  /** -1: never compacted */
  readonly compactRevision: number;
  /** records not newer than `compactRevision` that count; undefined: all of them do */
  readonly kept: RevisionSet | undefined;
}

const recordsPerTurn = 1000;

export async function hashRecords(backend: Backend, clock: Clock, range: HashRange): Promise<number> {
  let hash = crc32c(Buffer.from("key"));
  const end = encodeRevision(range.revision + 1, 0);
  for (let start = encodeRevision(0, 0); ; ) {
    const records = backend.range("key", start, end, recordsPerTurn);
    for (const { key, value } of records) if (counts(key, range)) hash = crc32c(value, crc32c(key, hash));
    if (records.length < recordsPerTurn) return hash;
    const last = records[records.length - 1]!.key;
    start = encodeRevision(mainOf(last), subOf(last) + 1);
    await new Promise<void>((resolve) => clock.after(0, resolve));
  }
}

function counts(key: Buffer, range: HashRange): boolean {
  const main = mainOf(key);
  if (main > range.compactRevision) return true;
  if (range.kept !== undefined && !range.kept.has(main, subOf(key))) return false;
  // older versions delete a tombstone exactly at the compaction: it never counts, so that all agree
  return main !== range.compactRevision || !isTombstone(key);
}
