/** Byte order and 64-bit fields of bbolt files. bbolt writes in the machine's order; every machine we run on is little endian. */

/** Largest page or transaction number that a JavaScript number keeps exact; bbolt never gets near it. */
export const largestExact = Number.MAX_SAFE_INTEGER;

/** The u64 in words[at], words[at+1]; more than 2^53-1 comes out as Infinity, so that every bound check refuses it. */
export function wide(words: Uint32Array, at: number): number {
  const high = words[at + 1] as number;
  return high > 0x1fffff ? Infinity : high * 0x1_0000_0000 + (words[at] as number);
}

export function setWide(words: Uint32Array, at: number, value: number): void {
  words[at] = value >>> 0;
  words[at + 1] = Math.floor(value / 0x1_0000_0000);
}

/** 32-bit words over the same memory. @param bytes starts at a multiple of four */
export function wordsOf(bytes: Buffer): Uint32Array {
  return new Uint32Array(bytes.buffer, bytes.byteOffset, bytes.length >>> 2);
}

/** A buffer with memory of its own, aligned for `wordsOf`; contents undefined. */
export function alignedBuffer(length: number): Buffer {
  return Buffer.allocUnsafeSlow((length + 3) & ~3).subarray(0, length);
}

/** Byte order of two ranges: negative, zero or positive. Keys are short, so a loop beats a call out of JavaScript. */
export function compareRanges(a: Uint8Array, aStart: number, aEnd: number, b: Uint8Array, bStart: number, bEnd: number): number {
  const aLength = aEnd - aStart;
  const bLength = bEnd - bStart;
  const shared = aLength < bLength ? aLength : bLength;
  for (let i = 0; i < shared; i++) {
    const difference = (a[aStart + i] as number) - (b[bStart + i] as number);
    if (difference !== 0) return difference;
  }
  return aLength - bLength;
}

export function compareKeys(a: Uint8Array, b: Uint8Array): number {
  return compareRanges(a, 0, a.length, b, 0, b.length);
}
