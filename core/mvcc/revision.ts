/**
 * A revision as it stands in bucket `key`: 8 bytes main, `_`, 8 bytes sub, big-endian, plus `t` for a tombstone
 * (etcd server/storage/mvcc/revision.go). `main` counts transactions, `sub` the changes within one.
 */

/** 17 bytes; a tombstone's key is one longer. */
export const revisionBytes = 17;
const UNDERSCORE = 0x5f;
const TOMBSTONE = 0x74;
const TWO_32 = 4294967296;

/**
 * Writes a record's key at `offset`.
 * @returns bytes written, 17 or 18
 */
export function writeRevision(target: Buffer, offset: number, main: number, sub: number, dead: boolean): number {
  writeUint64(target, offset, main);
  target[offset + 8] = UNDERSCORE;
  writeUint64(target, offset + 9, sub);
  if (!dead) return revisionBytes;
  target[offset + revisionBytes] = TOMBSTONE;
  return revisionBytes + 1;
}

/** A record's key in a buffer of its own. */
export function encodeRevision(main: number, sub: number, dead = false): Buffer {
  const buffer = Buffer.allocUnsafe(dead ? revisionBytes + 1 : revisionBytes);
  writeRevision(buffer, 0, main, sub, dead);
  return buffer;
}

export function mainOf(key: Buffer): number {
  return readUint64(key, 0);
}

export function subOf(key: Buffer): number {
  return readUint64(key, 9);
}

export function isTombstone(key: Buffer): boolean {
  return key.length === revisionBytes + 1 && key[revisionBytes] === TOMBSTONE;
}

/** @throws RangeError what stands there is no revision this program can count to */
export function checkRevision(key: Buffer): void {
  const sane = (key.length === revisionBytes || isTombstone(key)) && key[8] === UNDERSCORE;
  if (!sane || !Number.isSafeInteger(mainOf(key)) || !Number.isSafeInteger(subOf(key))) {
    throw new RangeError(`mvcc: not a revision: ${key.toString("hex")}`);
  }
}

function writeUint64(target: Buffer, offset: number, value: number): void {
  const high = value > 0xffffffff ? Math.floor(value / TWO_32) : 0;
  target[offset] = high >>> 24;
  target[offset + 1] = high >>> 16;
  target[offset + 2] = high >>> 8;
  target[offset + 3] = high;
  const low = value >>> 0;
  target[offset + 4] = low >>> 24;
  target[offset + 5] = low >>> 16;
  target[offset + 6] = low >>> 8;
  target[offset + 7] = low;
}

function readUint64(source: Buffer, offset: number): number {
  return source.readUInt32BE(offset) * TWO_32 + source.readUInt32BE(offset + 4);
}

/** Revisions in one number, for sets and for sorting: exact while sub < 4096 and main < 2^41. */
const SUBS = 4096;
const MAINS = 2 ** 41;

export function packRevision(main: number, sub: number): number | undefined {
  return sub < SUBS && main < MAINS ? main * SUBS + sub : undefined;
}

export function unpackMain(packed: number): number {
  return Math.floor(packed / SUBS);
}

export function unpackSub(packed: number): number {
  return packed % SUBS;
}

/** A set of revisions; those too large to pack are kept as text. */
export class RevisionSet {
  private readonly packed = new Set<number>();
  private readonly spelled = new Set<string>();

  get size(): number {
    return this.packed.size + this.spelled.size;
  }

  add(main: number, sub: number): void {
    const packed = packRevision(main, sub);
    if (packed === undefined) this.spelled.add(`${main}/${sub}`);
    else this.packed.add(packed);
  }

  has(main: number, sub: number): boolean {
    const packed = packRevision(main, sub);
    return packed === undefined ? this.spelled.has(`${main}/${sub}`) : this.packed.has(packed);
  }
}
