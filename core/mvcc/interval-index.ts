/**
 * Which of many key ranges contain a key: ranges sorted by their start, as an implicit balanced tree that knows the
 * furthest end of each subtree. Equal ranges share one interval (each Kubernetes apiserver watches the same prefixes).
 */
import type { KeyRange } from "./key-range.ts";

interface Interval<T> {
  readonly low: string;
  /** undefined: no end */
  readonly high: string | undefined;
  readonly members: Set<T>;
}

export class IntervalIndex<T> {
  private readonly byRange = new Map<string, Interval<T>>();
  private sorted: Interval<T>[] = [];
  /** furthest end in the subtree whose middle stands here */
  private furthest: (string | undefined)[] = [];
  private stale = false;

  add(range: KeyRange, member: T): void {
    const name = nameOf(range);
    let interval = this.byRange.get(name);
    if (interval === undefined) {
      interval = { low: range.low, high: range.high, members: new Set() };
      this.byRange.set(name, interval);
      this.stale = true;
    }
    interval.members.add(member);
  }

  remove(range: KeyRange, member: T): void {
    const name = nameOf(range);
    const interval = this.byRange.get(name);
    if (interval === undefined) return;
    interval.members.delete(member);
    if (interval.members.size > 0) return;
    this.byRange.delete(name);
    this.stale = true;
  }

  /** Calls `visit` for each member whose range contains the key. */
  containing(key: string, visit: (member: T) => void): void {
    if (this.stale) this.rebuild();
    if (this.sorted.length > 0) this.descend(key, 0, this.sorted.length, visit);
  }

  private descend(key: string, from: number, to: number, visit: (member: T) => void): void {
    if (from >= to) return;
    const middle = (from + to) >>> 1;
    if (!isBeyond(this.furthest[middle], key)) return;
    this.descend(key, from, middle, visit);
    const interval = this.sorted[middle]!;
    if (interval.low > key) return;
    if (isBeyond(interval.high, key)) for (const member of interval.members) visit(member);
    this.descend(key, middle + 1, to, visit);
  }

  private rebuild(): void {
    this.sorted = [...this.byRange.values()].sort((a, b) => (a.low < b.low ? -1 : a.low > b.low ? 1 : 0));
    this.furthest = new Array<string | undefined>(this.sorted.length);
    if (this.sorted.length > 0) this.measure(0, this.sorted.length);
    this.stale = false;
  }

  /** @returns the furthest end in [from, to), which is not empty */
  private measure(from: number, to: number): string | undefined {
    const middle = (from + to) >>> 1;
    let end = this.sorted[middle]!.high;
    if (from < middle) end = further(end, this.measure(from, middle));
    if (middle + 1 < to) end = further(end, this.measure(middle + 1, to));
    this.furthest[middle] = end;
    return end;
  }
}

function nameOf(range: KeyRange): string {
  return `${range.low.length}:${range.low}${range.high === undefined ? "" : `-${range.high}`}`;
}

function isBeyond(end: string | undefined, key: string): boolean {
  return end === undefined || end > key;
}

function further(a: string | undefined, b: string | undefined): string | undefined {
  if (a === undefined || b === undefined) return undefined;
  return a > b ? a : b;
}
