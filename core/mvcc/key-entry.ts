/**
 * What is remembered of one key: the newest revision in place, older ones in a flat list. etcd keeps a list of
 * generations (server/storage/mvcc/key_index.go); here a tombstone in the list ends one, since create revision and
 * version of older revisions stand in their records and only the newest generation's are needed to write the next.
 *
 * Positions count revisions from the oldest remembered, 0, to the newest.
 */
import type { KeyValue } from "../proto/gen/mvccpb.ts";

/** Called for each revision that a compaction forgets. */
export type Drop = (main: number, sub: number, dead: boolean) => void;

export class KeyEntry {
  /** the newest revision's pair, if it is cached */
  cached: KeyValue | undefined = undefined;
  /** the cache's marks: it stands in the queue, and it was used since */
  queued = false;
  usedAgain = false;
  /** pairs: main, then sub * 2 + (1 if a tombstone); oldest first, without the newest */
  private older: number[] | undefined = undefined;

  constructor(
    readonly key: string,
    /** newest revision */
    public main: number,
    public sub: number,
    /** create revision and version of the newest generation */
    public created: number,
    public version: number,
    /** the newest revision is a tombstone */
    public dead: boolean,
  ) {}

  /** Position of the newest revision; 0 where it is the only one. */
  get newest(): number {
    return this.older === undefined ? 0 : this.older.length / 2;
  }

  put(main: number, sub: number): void {
    this.remember();
    this.created = this.dead ? main : this.created;
    this.version = this.dead ? 1 : this.version + 1;
    this.dead = false;
    this.main = main;
    this.sub = sub;
  }

  tombstone(main: number, sub: number): void {
    this.remember();
    this.dead = true;
    this.main = main;
    this.sub = sub;
  }

  mainAt(position: number): number {
    return position === this.newest ? this.main : this.older![position * 2]!;
  }

  subAt(position: number): number {
    return position === this.newest ? this.sub : this.older![position * 2 + 1]! >>> 1;
  }

  deadAt(position: number): boolean {
    return position === this.newest ? this.dead : this.older![position * 2 + 1]! % 2 === 1;
  }

  /** Position of what a read at `at` sees; -1 where the key does not exist then. */
  liveAt(at: number): number {
    const position = this.lastUpTo(at);
    return position < 0 || this.deadAt(position) ? -1 : position;
  }

  /**
   * Forgets what a compaction at `at` makes unreachable. What is seen at `at` stays, and so does a tombstone exactly at
   * it (etcd 3.4.34, 3.5.16 and later), so that a watch from there still sees the deletion.
   * @returns true when nothing is left of the key
   */
  compact(at: number, drop: Drop): boolean {
    let first = this.lastUpTo(at);
    if (first < 0) return false;
    const { newest } = this;
    if (this.deadAt(first) && this.mainAt(first) < at) first++;
    for (let position = 0; position < first; position++) drop(this.mainAt(position), this.subAt(position), this.deadAt(position));
    if (first > newest) return true;
    if (first > 0) this.older = first === newest ? undefined : this.older!.slice(first * 2);
    return false;
  }

  private remember(): void {
    const code = this.sub * 2 + (this.dead ? 1 : 0);
    // most keys have few revisions between compactions: an array grown by push would be mostly empty
    if (this.older === undefined) this.older = [this.main, code];
    else this.older.push(this.main, code);
  }

  private lastUpTo(at: number): number {
    if (this.main <= at) return this.newest;
    const { older } = this;
    if (older === undefined) return -1;
    let low = 0;
    let high = older.length / 2;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (older[middle * 2]! <= at) low = middle + 1;
      else high = middle;
    }
    return low - 1;
  }
}
