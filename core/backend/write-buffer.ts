/**
 * Writes that are not in the database yet, by bucket, in memory (etcd server/storage/backend/tx_buffer.go). Unlike etcd's it
 * also holds deletions, so that reads need no commit to see them. Keys are kept as latin1 strings, whose order is byte order.
 */
import { type BucketName, bucketNames } from "./backend.ts";

export interface BufferedWrite {
  readonly key: Buffer;
  /** undefined: deleted */
  readonly value: Buffer | undefined;
}

export class BucketBuffer {
  private readonly writes = new Map<string, BufferedWrite>();
  private names: string[] = [];
  private ordered = true;

  get size(): number {
    return this.writes.size;
  }

  get(name: string): BufferedWrite | undefined {
    return this.writes.get(name);
  }

  set(key: Buffer, value: Buffer | undefined): void {
    const name = key.toString("latin1");
    const { writes } = this;
    const before = writes.size;
    writes.set(name, { key, value });
    if (writes.size === before) return;
    if (before > 0 && this.ordered && name < (this.names[before - 1] as string)) this.ordered = false;
    this.names.push(name);
  }

  /** All names in byte order; valid until the next `set`. */
  sortedNames(): readonly string[] {
    if (!this.ordered) {
      this.names.sort();
      this.ordered = true;
    }
    return this.names;
  }

  /** Index of the first name not less than `name`. */
  lowerBound(name: string): number {
    const names = this.sortedNames();
    let low = 0;
    let high = names.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if ((names[middle] as string) < name) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}

export class WriteBuffer {
  private readonly buckets = new Map<BucketName, BucketBuffer>();
  /** Puts and deletes taken, repeated ones of one key counted each. */
  operations = 0;

  constructor() {
    for (const name of bucketNames) this.buckets.set(name, new BucketBuffer());
  }

  bucket(name: BucketName): BucketBuffer {
    return this.buckets.get(name) as BucketBuffer;
  }

  set(bucket: BucketName, key: Buffer, value: Buffer | undefined): void {
    this.bucket(bucket).set(key, value);
    this.operations++;
  }
}
