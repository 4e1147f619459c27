/**
 * Which pages are free now, and which become free when no reader can see them any more ("pending"; bbolt
 * internal/freelist). Free pages are kept as spans of neighbours, found by length, by first and by last page.
 */
import { alignedBuffer, setWide, wide, wordsOf } from "./bytes.ts";
import { damaged } from "./errors.ts";
import { PageSet } from "./page-set.ts";
import { pageFlags, pageHeaderBytes, pageTypeName, readPageHeader, writePageHeader } from "./page.ts";

/** Pages given up by one transaction, each with the transaction that had allocated it (0: before we looked). */
interface PendingPages {
  ids: number[];
  allocatedBy: number[];
}

export interface Span {
  readonly start: number;
  readonly length: number;
}

export class Freelist {
  private readonly lengthByStart = new Map<number, number>();
  private readonly lengthByEnd = new Map<number, number>();
  private readonly startsByLength = new Map<number, Set<number>>();
  private readonly pending = new Map<number, PendingPages>();
  /** which transaction allocated a page, for those that some open reader might not see */
  private readonly allocatedBy = new Map<number, number>();
  private readonly freeOrPending = new PageSet();
  private freeTotal = 0;
  private pendingTotal = 0;

  /** @param spans neither touching nor overlapping */
  constructor(spans: Iterable<Span>) {
    for (const { start, length } of spans) {
      this.addSpan(start, length);
      this.freeOrPending.addRange(start, length);
    }
  }

  get freeCount(): number {
    return this.freeTotal;
  }

  get pendingCount(): number {
    return this.pendingTotal;
  }

  /** Free or pending. */
  has(id: number): boolean {
    return this.freeOrPending.has(id);
  }

  /** Takes `length` neighbours: a span of just that length, else a part of the shortest longer one. @returns 0 when there is none */
  allocate(txid: number, length: number): number {
    const fitting = this.startsByLength.has(length) ? length : this.shortestLongerThan(length);
    if (fitting === 0) return 0;
    const start = (this.startsByLength.get(fitting) as Set<number>).values().next().value as number;
    this.removeSpan(start, fitting);
    if (fitting > length) this.addSpan(start + length, fitting - length);
    this.freeOrPending.deleteRange(start, length);
    this.noteAllocation(txid, start);
    return start;
  }

  /** Remembers who allocated a page, also one from beyond the old end of the file. */
  noteAllocation(txid: number, start: number): void {
    this.allocatedBy.set(start, txid);
  }

  /**
   * Gives up a page and its overflow pages; they stay pending until `release`.
   * @returns false when one of them is free or pending already, which means that the tree is damaged; nothing is changed then
   */
  free(txid: number, start: number, length: number): boolean {
    for (let id = start; id < start + length; id++) if (this.freeOrPending.has(id)) return false;
    let group = this.pending.get(txid);
    if (group === undefined) {
      group = { ids: [], allocatedBy: [] };
      this.pending.set(txid, group);
    }
    const allocator = this.allocatedBy.get(start) ?? 0;
    this.allocatedBy.delete(start);
    for (let id = start; id < start + length; id++) {
      group.ids.push(id);
      group.allocatedBy.push(allocator);
    }
    this.freeOrPending.addRange(start, length);
    this.pendingTotal += length;
    return true;
  }

  /**
   * Makes pending pages free that no reader sees: a page allocated by transaction a and given up by f is seen by the
   * readers r with a <= r < f.
   * @param readers transaction numbers of the open readers' snapshots
   * @param current the last committed transaction
   */
  release(readers: Iterable<number>, current: number): void {
    const open = [...new Set(readers)].sort((a, b) => a - b);
    const oldest = open[0] ?? Infinity;
    const released: number[] = [];
    for (const [txid, group] of this.pending) {
      if (oldest >= txid) {
        for (const id of group.ids) released.push(id);
        this.pending.delete(txid);
        continue;
      }
      let kept = 0;
      for (let i = 0; i < group.ids.length; i++) {
        const id = group.ids[i] as number;
        const allocator = group.allocatedBy[i] as number;
        if (open.some((reader) => allocator <= reader && reader < txid)) {
          group.ids[kept] = id;
          group.allocatedBy[kept++] = allocator;
        } else released.push(id);
      }
      group.ids.length = kept;
      group.allocatedBy.length = kept;
      if (kept === 0) this.pending.delete(txid);
    }
    this.pendingTotal -= released.length;
    this.mergeIn(released);
    // with no reader older than the last commit, every page of the tree is visible to every reader: no need to know more
    if (oldest >= current) this.allocatedBy.clear();
  }

  /** Undoes what a transaction allocated (`allocated`, as far as it came from here) and gave up. */
  rollback(txid: number, allocated: readonly Span[]): void {
    const group = this.pending.get(txid);
    if (group !== undefined) {
      this.pending.delete(txid);
      this.pendingTotal -= group.ids.length;
      for (let i = 0; i < group.ids.length; i++) {
        const id = group.ids[i] as number;
        this.freeOrPending.deleteRange(id, 1);
        const allocator = group.allocatedBy[i] as number;
        if (allocator !== 0) this.allocatedBy.set(id, allocator);
      }
    }
    for (const [id, allocator] of this.allocatedBy) if (allocator === txid) this.allocatedBy.delete(id);
    const ids: number[] = [];
    for (const { start, length } of allocated) {
      this.freeOrPending.addRange(start, length);
      for (let id = start; id < start + length; id++) ids.push(id);
    }
    this.mergeIn(ids);
  }

  /** Free and pending pages, ascending: what a stored freelist holds. */
  ids(): number[] {
    const all: number[] = [];
    for (const [start, length] of this.lengthByStart) for (let id = start; id < start + length; id++) all.push(id);
    for (const group of this.pending.values()) for (const id of group.ids) all.push(id);
    return all.sort((a, b) => a - b);
  }

  private shortestLongerThan(length: number): number {
    let best = 0;
    for (const candidate of this.startsByLength.keys()) if (candidate > length && (best === 0 || candidate < best)) best = candidate;
    return best;
  }

  private addSpan(start: number, length: number): void {
    this.lengthByStart.set(start, length);
    this.lengthByEnd.set(start + length - 1, length);
    const starts = this.startsByLength.get(length);
    if (starts === undefined) this.startsByLength.set(length, new Set([start]));
    else starts.add(start);
    this.freeTotal += length;
  }

  private removeSpan(start: number, length: number): void {
    this.lengthByStart.delete(start);
    this.lengthByEnd.delete(start + length - 1);
    const starts = this.startsByLength.get(length) as Set<number>;
    starts.delete(start);
    if (starts.size === 0) this.startsByLength.delete(length);
    this.freeTotal -= length;
  }

  private mergeIn(ids: number[]): void {
    ids.sort((a, b) => a - b);
    for (const { start, length } of spansOf(ids)) {
      let mergedStart = start;
      let mergedLength = length;
      const before = this.lengthByEnd.get(start - 1);
      if (before !== undefined) {
        this.removeSpan(start - before, before);
        mergedStart -= before;
        mergedLength += before;
      }
      const after = this.lengthByStart.get(start + length);
      if (after !== undefined) {
        this.removeSpan(start + length, after);
        mergedLength += after;
      }
      this.addSpan(mergedStart, mergedLength);
    }
  }
}

/** Runs of neighbours. @param ids ascending, without doubles */
export function* spansOf(ids: readonly number[]): IterableIterator<Span> {
  for (let first = 0; first < ids.length; ) {
    let next = first + 1;
    while (next < ids.length && ids[next] === (ids[next - 1] as number) + 1) next++;
    yield { start: ids[first] as number, length: next - first };
    first = next;
  }
}

/** Pages that a stored freelist of `count` ids takes; one more than needed at times, as in bbolt, never one less. */
export function freelistPages(count: number, pageSize: number): number {
  const bytes = pageHeaderBytes + 8 * (count >= 0xffff ? count + 1 : count);
  return Math.floor(bytes / pageSize) + 1;
}

/** @param ids ascending @param pages as `freelistPages` said for at least this many */
export function encodeFreelist(id: number, ids: readonly number[], pages: number, pageSize: number): Buffer {
  const data = alignedBuffer(pages * pageSize).fill(0);
  const long = ids.length >= 0xffff;
  writePageHeader(data, { id, flags: pageFlags.freelist, count: long ? 0xffff : ids.length, overflow: pages - 1 });
  const words = wordsOf(data);
  let at = pageHeaderBytes / 4;
  if (long) {
    setWide(words, at, ids.length);
    at += 2;
  }
  for (const free of ids) {
    setWide(words, at, free);
    at += 2;
  }
  return data;
}

/**
 * @param data the whole freelist page with its overflow pages, aligned
 * @param hwm every id must be in 2..hwm-1
 * @throws BboltError bbolt.freelist_damaged
 */
export function decodeFreelist(data: Buffer, id: number, hwm: number, path: string, offset: number): number[] {
  const header = readPageHeader(data);
  if (header.id !== id) throw damaged("bbolt.freelist_damaged", path, offset, `page ${id} carries another page's number`, id, header.id);
  if (header.flags !== pageFlags.freelist)
    throw damaged("bbolt.freelist_damaged", path, offset + 8, `page ${id} is of the wrong type`, "freelist", pageTypeName(header.flags));
  const words = wordsOf(data);
  let at = pageHeaderBytes / 4;
  let count = header.count;
  if (count === 0xffff) {
    count = wide(words, at);
    at += 2;
  }
  const room = (words.length - at) / 2;
  if (count > room)
    throw damaged("bbolt.freelist_damaged", path, offset + 10, `page ${id} has more ids than fit`, `at most ${room}`, count);
  const ids: number[] = [];
  let previous = 1;
  for (let index = 0; index < count; index++, at += 2) {
    const free = wide(words, at);
    if (free <= previous || free >= hwm)
      throw damaged("bbolt.freelist_damaged", path, offset + 4 * at, `id ${index} of the freelist`, `${previous + 1}..${hwm - 1}`, free);
    ids.push(free);
    previous = free;
  }
  return ids;
}
