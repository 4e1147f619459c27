/**
 * Answers of ranges, for those who ask serializably (etcd server/proxy/grpcproxy/cache): the most recent ones, by request.
 * What is written through this proxy takes the answers that it touches out, and keeps those out that were asked for before and
 * come after; what is written past it does not, so an answer may be old, which is what serializable reads bargain for.
 */
import type { RangeRequest } from "../proto/gen/etcdserverpb.ts";

/** etcd's bound of answers. */
const ENTRIES_MAX = 2048;
/** All answers together, bytes; etcd has no such bound. */
const BYTES_MAX = 128 * 1024 * 1024;

interface Interval {
  readonly key: Buffer;
  readonly rangeEnd: Buffer;
}

/** A range that was asked for and has no answer yet. */
export interface Ticket extends Interval {
  /** 0: the newest */
  readonly revision: number;
  /** something was written in it meanwhile */
  spoiled: boolean;
}

interface Entry extends Interval {
  readonly name: string;
  /** undefined: more keys than one, or a read of a given revision, which no write changes */
  readonly point: string | undefined;
  readonly answer: Buffer;
}

export class RangeCache {
  /** the one that was asked for last stands last */
  private readonly entries = new Map<string, Entry>();
  /** entries of a single key at no given revision, by that key */
  private readonly points = new Map<string, Set<Entry>>();
  /** entries of more keys at no given revision */
  private readonly spans = new Set<Entry>();
  private readonly underWay = new Set<Ticket>();
  private bytes = 0;
  private compactedRevision = -1;

  get size(): number {
    return this.entries.size;
  }

  /** @param name the request as a text of its own. @returns "compacted" where its revision is known to be */
  get(name: string, revision: number): Buffer | "compacted" | undefined {
    const entry = this.entries.get(name);
    if (revision > 0 && revision < this.compactedRevision) {
      if (entry !== undefined) this.remove(entry);
      return "compacted";
    }
    if (entry === undefined) return undefined;
    this.entries.delete(name);
    this.entries.set(name, entry);
    return entry.answer;
  }

  /** A range is asked for; to be followed by `add` or `forget`. */
  ask({ key, rangeEnd, revision }: Pick<RangeRequest, "key" | "rangeEnd" | "revision">): Ticket {
    const ticket = { key: Buffer.from(key), rangeEnd: Buffer.from(rangeEnd), revision, spoiled: false };
    if (revision === 0) this.underWay.add(ticket);
    return ticket;
  }

  forget(ticket: Ticket): void {
    this.underWay.delete(ticket);
  }

  /** Its answer came. */
  add(ticket: Ticket, name: string, answer: Buffer): void {
    this.underWay.delete(ticket);
    const { key, rangeEnd, revision, spoiled } = ticket;
    const old = this.entries.get(name);
    if (old !== undefined) this.remove(old);
    // a read of the newest revision is good whatever was compacted
    if (spoiled || (revision > 0 && revision <= this.compactedRevision) || answer.length > BYTES_MAX / 4) return;
    const single = revision === 0 && rangeEnd.length === 0;
    const entry: Entry = { name, key, rangeEnd, point: single ? key.toString("latin1") : undefined, answer };
    this.entries.set(name, entry);
    this.bytes += answer.length;
    if (entry.point !== undefined) {
      const same = this.points.get(entry.point);
      if (same === undefined) this.points.set(entry.point, new Set([entry]));
      else same.add(entry);
    } else if (revision === 0) this.spans.add(entry);
    while (this.entries.size > ENTRIES_MAX || this.bytes > BYTES_MAX) this.remove(this.entries.values().next().value!);
  }

  /** Something in the range has changed, or may have. @param rangeEnd empty: one key; "\0": all from `key` on */
  invalidate(key: Buffer, rangeEnd: Buffer): void {
    const written = { key, rangeEnd };
    for (const ticket of this.underWay) if (meet(ticket, written)) ticket.spoiled = true;
    if (rangeEnd.length === 0) for (const entry of this.points.get(key.toString("latin1")) ?? []) this.remove(entry);
    else for (const entries of this.points.values()) for (const entry of entries) if (meet(entry, written)) this.remove(entry);
    for (const entry of this.spans) if (meet(entry, written)) this.remove(entry);
  }

  /** Answers at older revisions are not given any more. */
  compact(revision: number): void {
    this.compactedRevision = Math.max(this.compactedRevision, revision);
  }

  private remove(entry: Entry): void {
    if (!this.entries.delete(entry.name)) return;
    this.bytes -= entry.answer.length;
    this.spans.delete(entry);
    if (entry.point === undefined) return;
    const same = this.points.get(entry.point)!;
    same.delete(entry);
    if (same.size === 0) this.points.delete(entry.point);
  }
}

function startsBefore(key: Buffer, end: Buffer): boolean {
  return (end.length === 1 && end[0] === 0) || key.compare(end) < 0;
}

function holds({ key, rangeEnd }: Interval, one: Buffer): boolean {
  return rangeEnd.length === 0 ? key.equals(one) : one.compare(key) >= 0 && startsBefore(one, rangeEnd);
}

function meet(a: Interval, b: Interval): boolean {
  if (a.rangeEnd.length === 0) return holds(b, a.key);
  if (b.rangeEnd.length === 0) return holds(a, b.key);
  return startsBefore(a.key, b.rangeEnd) && startsBefore(b.key, a.rangeEnd);
}
