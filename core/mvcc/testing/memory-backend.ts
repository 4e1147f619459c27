/** A Backend without a file, for tests: ordered maps, commits that only run the hook. */
import { bucketNames, type Backend, type BackendSnapshot, type BucketName, type KeyValuePair } from "../../backend/backend.ts";
import { crc32c } from "../../platform/crc32c.ts";
import { keyString } from "../key-range.ts";
import { OrderedMap } from "../ordered-map.ts";

type CommitHook = (put: (bucket: BucketName, key: Buffer, value: Buffer) => void) => void;

export class MemoryBackend implements Backend {
  readonly path = "memory";
  commits = 0;
  private readonly buckets = new Map<BucketName, OrderedMap<KeyValuePair>>(bucketNames.map((name) => [name, new OrderedMap()]));
  private hook: CommitHook | undefined = undefined;
  private operations = 0;
  private bytes = 0;

  get(bucket: BucketName, key: Buffer): Buffer | undefined {
    return this.bucket(bucket).get(keyString(key))?.value;
  }

  range(bucket: BucketName, start: Buffer, end: Buffer | undefined, limit: number): KeyValuePair[] {
    const pairs: KeyValuePair[] = [];
    this.bucket(bucket).scan(keyString(start), end && keyString(end), (pair) => {
      pairs.push(pair);
      return limit === 0 || pairs.length < limit;
    });
    return pairs;
  }

  entries(bucket: BucketName): IterableIterator<KeyValuePair> {
    return this.range(bucket, Buffer.alloc(0), undefined, 0)[Symbol.iterator]();
  }

  put(bucket: BucketName, key: Buffer, value: Buffer): void {
    this.operations++;
    this.bytes += key.length + value.length;
    this.bucket(bucket).set(keyString(key), { key, value });
  }

  delete(bucket: BucketName, key: Buffer): void {
    this.operations++;
    this.bucket(bucket).delete(keyString(key));
  }

  onCommit(hook: CommitHook): void {
    this.hook = hook;
  }

  commit(): Promise<void> {
    this.hook?.((bucket, key, value) => this.bucket(bucket).set(keyString(key), { key, value }));
    this.operations = 0;
    this.commits++;
    return Promise.resolve();
  }

  pending(): number {
    return this.operations;
  }

  size(): number {
    return this.bytes;
  }

  sizeInUse(): number {
    return this.bytes;
  }

  snapshot(): Promise<BackendSnapshot> {
    return Promise.reject(new Error("a memory backend has no pages to snapshot"));
  }

  defragment(): Promise<void> {
    return Promise.resolve();
  }

  hash(ignore: (bucket: string, key: Buffer) => boolean): Promise<number> {
    let hash = 0;
    for (const [name, bucket] of this.buckets) {
      hash = crc32c(Buffer.from(name), hash);
      bucket.scan("", undefined, ({ key, value }) => {
        if (!ignore(name, key)) hash = crc32c(value, crc32c(key, hash));
        return true;
      });
    }
    return Promise.resolve(hash);
  }

  onFailure(): void {
    // memory does not fail
  }

  onCommitted(): void {
    // nobody measures it
  }

  close(): Promise<void> {
    return Promise.resolve();
  }

  /** A second backend with the same content, as a crash after a commit or a copy to another member would leave. */
  clone(): MemoryBackend {
    const copy = new MemoryBackend();
    for (const name of bucketNames) for (const { key, value } of this.entries(name)) copy.put(name, key, value);
    return copy;
  }

  private bucket(name: BucketName): OrderedMap<KeyValuePair> {
    return this.buckets.get(name)!;
  }
}
