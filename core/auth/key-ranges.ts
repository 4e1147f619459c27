/**
 * A set of key ranges and the questions that permissions ask of it (etcd server/auth/range_perm_cache.go). An end of no
 * bytes means "no end": it is greater than every key.
 */

export interface KeyRange {
  readonly begin: Buffer;
  /** exclusive; empty: no end */
  readonly end: Buffer;
}

const openEnd = Buffer.alloc(0);

/** As requests and permissions spell a range: no end is a single key, `"\0"` is everything from the key on. */
export function rangeOf(key: Buffer, rangeEnd: Buffer): KeyRange {
  if (rangeEnd.length === 0) return { begin: key, end: Buffer.concat([key, Buffer.from([0])]) };
  return { begin: key, end: isOpenEnd(rangeEnd) ? openEnd : rangeEnd };
}

function isOpenEnd(rangeEnd: Buffer): boolean {
  return rangeEnd.length === 1 && rangeEnd[0] === 0;
}

/** Whether a permission may be given on it: a key, and an end behind it or none. */
export function isValidRange(key: Buffer, rangeEnd: Buffer): boolean {
  return key.length > 0 && (rangeEnd.length === 0 || isOpenEnd(rangeEnd) || key.compare(rangeEnd) < 0);
}

export class KeyRanges {
  private readonly ranges: readonly KeyRange[];

  constructor(ranges: readonly KeyRange[]) {
    this.ranges = [...ranges].sort((a, b) => compareEnds(a.begin, b.begin) || compareEnds(a.end, b.end));
  }

  /** Whether the ranges together cover all of it; ranges that touch count as one. */
  covers(range: KeyRange): boolean {
    let reached: Buffer | undefined;
    for (const one of this.ranges) {
      if (!overlaps(range, one)) continue;
      if (reached === undefined) {
        if (compareEnds(one.begin, range.begin) > 0) return false;
        reached = one.end;
      } else if (compareEnds(reached, one.begin) < 0) return false;
      else if (compareEnds(one.end, reached) > 0) reached = one.end;
    }
    return reached !== undefined && compareEnds(reached, range.end) >= 0;
  }

  touches(range: KeyRange): boolean {
    return this.ranges.some((one) => overlaps(range, one));
  }
}

/** Bytes in order, with "no end" as the greatest. */
function compareEnds(a: Buffer, b: Buffer): number {
  if (a.length === 0 || b.length === 0) return b.length - a.length === 0 ? 0 : a.length === 0 ? 1 : -1;
  return a.compare(b);
}

/** Also where a range is upside down, as etcd's interval tree has it: such a one stands at its begin. */
function overlaps(range: KeyRange, other: KeyRange): boolean {
  if (compareEnds(range.begin, other.begin) < 0 && compareEnds(range.end, other.begin) <= 0) return false;
  return compareEnds(range.begin, other.end) < 0;
}
