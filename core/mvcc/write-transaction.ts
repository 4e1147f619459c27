/** One write transaction: all its changes get one revision, told apart by sub-revisions, and it reads its own writes. */
import type { Event } from "../proto/gen/mvccpb.ts";
import { Event_EventType } from "../proto/gen/mvccpb.ts";
import { EtcdError } from "../proto/errors.ts";
import type { LeaseAttachments, RangeOptions, RangeResult, WriteTransaction } from "./api.ts";
import { keyRange, keyString, type KeyRange } from "./key-range.ts";
import type { KeyEntry } from "./key-entry.ts";
import type { Keyspace } from "./keyspace.ts";

/** Checks and reads for anything that reads at a revision: `current` is the newest one the reader may see. */
export function readRange(keyspace: Keyspace, range: KeyRange, options: RangeOptions, current: number, compacted: number): RangeResult {
  if (options.revision > current) throw new EtcdError("FutureRevision");
  const at = options.revision <= 0 ? current : options.revision;
  if (at < compacted) throw new EtcdError("Compacted");
  const { kvs, count } = keyspace.range(range, at, at === current, options.limit, options.countOnly);
  return { kvs, count, revision: current };
}

export class StoreTransaction implements WriteTransaction {
  /** the changed keys, one for each event */
  readonly keys: string[] = [];
  readonly events: Event[] = [];
  puts = 0;
  deletes = 0;
  ranges = 0;
  putBytes = 0;
  private ended = false;

  /** @param begin the store's revision when it began */
  constructor(
    private readonly keyspace: Keyspace,
    private readonly leases: LeaseAttachments,
    private readonly begin: number,
    private readonly compacted: number,
    private readonly finish: (transaction: StoreTransaction) => void,
  ) {}

  revision(): number {
    return this.events.length > 0 ? this.begin + 1 : this.begin;
  }

  compactRevision(): number {
    return this.compacted;
  }

  range(key: Buffer, rangeEnd: Buffer, options: RangeOptions): RangeResult {
    this.ranges++;
    return readRange(this.keyspace, keyRange(key, rangeEnd), options, this.revision(), this.compacted);
  }

  put(key: Buffer, value: Buffer, lease: bigint): number {
    this.checkOpen();
    const before = this.leases.leaseOf(key);
    // first what can fail, so that a failure changes nothing
    if (lease !== 0n) this.leases.attach(lease, key);
    if (before !== 0n && before !== lease) this.leases.detach(before, key);
    const name = keyString(key);
    this.puts++;
    this.putBytes += key.length + value.length;
    const kv = this.keyspace.put(name, key, value, lease, this.begin + 1, this.events.length);
    this.keys.push(name);
    this.events.push({ type: Event_EventType.PUT, kv, prevKv: undefined });
    return this.begin + 1;
  }

  deleteRange(key: Buffer, rangeEnd: Buffer): { deleted: number; revision: number } {
    this.checkOpen();
    this.deletes++;
    const living: KeyEntry[] = [];
    this.keyspace.index.scan(keyRange(key, rangeEnd), (entry) => {
      if (!entry.dead) living.push(entry);
      return true;
    });
    for (const entry of living) this.deleteOne(entry);
    return { deleted: living.length, revision: this.revision() };
  }

  end(): void {
    this.checkOpen();
    this.ended = true;
    this.finish(this);
  }

  private deleteOne(entry: KeyEntry): void {
    const kv = this.keyspace.delete(entry, this.begin + 1, this.events.length);
    kv.modRevision = this.begin + 1;
    const lease = this.leases.leaseOf(kv.key);
    if (lease !== 0n) this.leases.detach(lease, kv.key);
    this.keys.push(entry.key);
    this.events.push({ type: Event_EventType.DELETE, kv, prevKv: undefined });
  }

  private checkOpen(): void {
    if (this.ended) throw new Error("mvcc: the transaction has ended");
  }
}
