/** All keys in byte order with their revisions, and which of them a compaction has to look at. */
import { KeyEntry, type Drop } from "./key-entry.ts";
import type { KeyRange } from "./key-range.ts";
import { OrderedMap } from "./ordered-map.ts";
import type { RevisionSet } from "./revision.ts";

export class KeyIndex {
  private readonly entries = new OrderedMap<KeyEntry>();
  /** keys whose newest revision is a tombstone, so that counting the living needs no walk */
  private readonly dead = new OrderedMap<KeyEntry>();
  /** keys with more than one revision, or dead: only these have something to compact */
  private readonly compactable = new Set<KeyEntry>();

  /** keys that exist now */
  get liveCount(): number {
    return this.entries.size - this.dead.size;
  }

  get(key: string): KeyEntry | undefined {
    return this.entries.get(key);
  }

  /** Records a put. The entry tells create revision and version. */
  put(key: string, main: number, sub: number): KeyEntry {
    const entry = this.entries.get(key);
    if (entry === undefined) return this.restore(key, main, sub, main, 1, false);
    if (entry.dead) this.dead.delete(key);
    entry.put(main, sub);
    this.compactable.add(entry);
    return entry;
  }

  tombstone(entry: KeyEntry, main: number, sub: number): void {
    entry.tombstone(main, sub);
    this.dead.set(entry.key, entry);
    this.compactable.add(entry);
  }

  /** First record of a key, as found in the backend. */
  restore(key: string, main: number, sub: number, created: number, version: number, dead: boolean): KeyEntry {
    const entry = new KeyEntry(key, main, sub, created, version, dead);
    this.entries.set(key, entry);
    if (dead) {
      this.dead.set(key, entry);
      this.compactable.add(entry);
    }
    return entry;
  }

  /** Visits entries of a range in key order, dead ones included, until `visit` returns false. */
  scan(range: KeyRange, visit: (entry: KeyEntry) => boolean): void {
    if (range.single) {
      const entry = this.entries.get(range.low);
      if (entry !== undefined) visit(entry);
      return;
    }
    this.entries.scan(range.low, range.high, visit);
  }

  /** Keys of a range that exist now. */
  countLive(range: KeyRange): number {
    if (range.single) return this.entries.get(range.low)?.dead === false ? 1 : 0;
    const dead = this.dead.size === 0 ? 0 : this.dead.countRange(range.low, range.high);
    return this.entries.countRange(range.low, range.high) - dead;
  }

  /** @param gone called with each entry of which nothing is left */
  compact(at: number, drop: Drop, gone: (entry: KeyEntry) => void): void {
    for (const entry of this.compactable) {
      if (entry.compact(at, drop)) {
        this.compactable.delete(entry);
        this.entries.delete(entry.key);
        this.dead.delete(entry.key);
        gone(entry);
      } else if (entry.newest === 0 && !entry.dead) this.compactable.delete(entry);
    }
  }

  /**
   * The revisions that a compaction at `at` would keep for readers at `at`, as far as they are not newer than `upTo`
   * (etcd's `Keep`, for HashKV).
   * @returns whether any key lives at `at`
   */
  keep(at: number, upTo: number, kept: RevisionSet): boolean {
    let any = false;
    this.entries.scan("", undefined, (entry) => {
      const position = entry.liveAt(at);
      if (position < 0) return true;
      any = true;
      const main = entry.mainAt(position);
      if (main <= upTo) kept.add(main, entry.subAt(position));
      return true;
    });
    return any;
  }
}
