/** Watchers, found by the keys they watch: single keys by lookup, ranges by the interval index. */
import { IntervalIndex } from "./interval-index.ts";
import type { Watcher } from "./watcher.ts";

export class WatcherGroup {
  private readonly members = new Set<Watcher>();
  private readonly single = new Map<string, Set<Watcher>>();
  private readonly ranges = new IntervalIndex<Watcher>();
  private rangeCount = 0;

  get size(): number {
    return this.members.size;
  }

  [Symbol.iterator](): IterableIterator<Watcher> {
    return this.members.values();
  }

  has(watcher: Watcher): boolean {
    return this.members.has(watcher);
  }

  add(watcher: Watcher): void {
    this.members.add(watcher);
    const { range } = watcher;
    if (!range.single) {
      this.ranges.add(range, watcher);
      this.rangeCount++;
      return;
    }
    const known = this.single.get(range.low);
    if (known === undefined) this.single.set(range.low, new Set([watcher]));
    else known.add(watcher);
  }

  remove(watcher: Watcher): boolean {
    if (!this.members.delete(watcher)) return false;
    const { range } = watcher;
    if (!range.single) {
      this.ranges.remove(range, watcher);
      this.rangeCount--;
      return true;
    }
    const known = this.single.get(range.low);
    known?.delete(watcher);
    if (known?.size === 0) this.single.delete(range.low);
    return true;
  }

  /** Calls `visit` for each watcher of the key. */
  watching(key: string, visit: (watcher: Watcher) => void): void {
    const known = this.single.get(key);
    if (known !== undefined) for (const watcher of known) visit(watcher);
    if (this.rangeCount > 0) this.ranges.containing(key, visit);
  }
}
