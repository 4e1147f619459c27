/**
 * Ranges of keys as the wire spells them, turned into strings whose order is the bytes' order (one char a byte).
 * An empty range end means the one key, "\0" everything from the key on, anything else is exclusive.
 */

export interface KeyRange {
  readonly low: string;
  /** exclusive; undefined: no end */
  readonly high: string | undefined;
  readonly single: boolean;
}

/** A key as a string, one char a byte. */
export function keyString(key: Buffer): string {
  return key.toString("latin1");
}

export function keyBytes(key: string): Buffer {
  return Buffer.from(key, "latin1");
}

/** Whether a range end says "everything from the key on". */
export function isOpenEnd(rangeEnd: Buffer): boolean {
  return rangeEnd.length === 1 && rangeEnd[0] === 0;
}

export function keyRange(key: Buffer, rangeEnd: Buffer): KeyRange {
  const low = keyString(key);
  if (rangeEnd.length === 0) return { low, high: undefined, single: true };
  return { low, high: isOpenEnd(rangeEnd) ? undefined : keyString(rangeEnd), single: false };
}

export function isWithin(range: KeyRange, key: string): boolean {
  if (range.single) return key === range.low;
  return key >= range.low && (range.high === undefined || key < range.high);
}
