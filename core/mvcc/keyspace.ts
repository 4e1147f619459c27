/**
 * Keys, their revisions in memory, and their records in the backend, as one thing to read from and to write to.
 * Knows neither transactions nor watchers. The pairs it returns are shared (cache, watchers, answers): nobody may change
 * them or their bytes.
 */
import type { Backend } from "../backend/backend.ts";
import { KeyValue } from "../proto/gen/mvccpb.ts";
import { Writer } from "../proto/wire.ts";
import type { RangeResult } from "./api.ts";
import type { KeyEntry } from "./key-entry.ts";
import { KeyIndex } from "./key-index.ts";
import { keyBytes, type KeyRange } from "./key-range.ts";
import { RecordSlab } from "./record-slab.ts";
import { encodeRevision, revisionBytes, writeRevision } from "./revision.ts";
import { ValueCache } from "./value-cache.ts";

/** The index says that a record exists which the backend does not have: the member must stop. */
class MissingRecordError extends Error {
  override readonly name = "MissingRecordError";
  readonly code = "mvcc.missing_record";
  constructor(
    readonly key: string,
    readonly main: number,
    readonly sub: number,
  ) {
    super(`mvcc: revision ${main}_${sub} of key ${JSON.stringify(key)} is not in the backend`);
  }
}

export class Keyspace {
  readonly index = new KeyIndex();
  private readonly cache: ValueCache;
  private readonly slab = new RecordSlab();

  constructor(
    readonly backend: Backend,
    cacheBytes: number,
  ) {
    this.cache = new ValueCache(cacheBytes);
  }

  /**
   * @param at revision to read at
   * @param isNewest nothing newer than `at` exists
   */
  range(range: KeyRange, at: number, isNewest: boolean, limit: number, countOnly: boolean): Omit<RangeResult, "revision"> {
    if (countOnly && isNewest) return { kvs: [], count: this.index.countLive(range) };
    const kvs: KeyValue[] = [];
    let count = 0;
    let cut = false;
    this.index.scan(range, (entry) => {
      const position = entry.liveAt(at);
      if (position < 0) return true;
      if (countOnly || (limit > 0 && kvs.length >= limit)) {
        if (isNewest) {
          // the rest is counted without walking it
          cut = true;
          return false;
        }
      } else kvs.push(this.pair(entry, position));
      count++;
      return true;
    });
    return { kvs, count: cut ? this.index.countLive(range) : count };
  }

  /** The pair of a key as of `at`. */
  get(entry: KeyEntry, at: number): KeyValue | undefined {
    const position = entry.liveAt(at);
    return position < 0 ? undefined : this.pair(entry, position);
  }

  /** Writes a record. @returns the pair as stored: views of the stored bytes */
  put(key: string, keyBytes: Buffer, value: Buffer, lease: bigint, main: number, sub: number): KeyValue {
    const entry = this.index.put(key, main, sub);
    const kv: KeyValue = { key: keyBytes, createRevision: entry.created, modRevision: main, version: entry.version, value, lease };
    const record = this.encode(kv);
    this.backend.put("key", this.revisionKey(main, sub, false), record);
    const stored = KeyValue.decode(record);
    this.cache.hold(entry, stored);
    return stored;
  }

  /** Writes a tombstone. @returns its record: the key alone */
  delete(entry: KeyEntry, main: number, sub: number): KeyValue {
    this.cache.release(entry);
    this.index.tombstone(entry, main, sub);
    const record = this.encode(KeyValue.create({ key: keyBytes(entry.key) }));
    this.backend.put("key", this.revisionKey(main, sub, true), record);
    return KeyValue.decode(record);
  }

  /** Forgets what is not reachable past a compaction; the records stay in the backend. */
  compact(at: number, drop: (main: number, sub: number, dead: boolean) => void): void {
    this.index.compact(at, drop, (entry) => this.cache.release(entry));
  }

  private pair(entry: KeyEntry, position: number): KeyValue {
    if (position < entry.newest) return KeyValue.decode(this.record(entry, entry.mainAt(position), entry.subAt(position)));
    if (entry.cached !== undefined) {
      entry.usedAgain = true;
      return entry.cached;
    }
    // a copy: a view would keep a whole page of the backend alive
    const kv = KeyValue.decode(this.slab.copy(this.record(entry, entry.main, entry.sub)));
    this.cache.hold(entry, kv);
    return kv;
  }

  private record(entry: KeyEntry, main: number, sub: number): Buffer {
    const record = this.backend.get("key", encodeRevision(main, sub));
    if (record === undefined) throw new MissingRecordError(entry.key, main, sub);
    return record;
  }

  private encode(kv: KeyValue): Buffer {
    const record = this.slab.take(KeyValue.size(kv));
    KeyValue.write(kv, new Writer(record));
    return record;
  }

  private revisionKey(main: number, sub: number, dead: boolean): Buffer {
    const key = this.slab.take(dead ? revisionBytes + 1 : revisionBytes);
    writeRevision(key, 0, main, sub, dead);
    return key;
  }
}
