/**
 * Records and the frames around them (etcd server/storage/wal/encoder.go, decoder.go).
 * A frame is an 8-byte little-endian word, the record, and zeros up to a multiple of 8. The word's low 56 bits are the
 * record's length without padding; its top byte is 0x80 | padding where there is padding.
 */

export const recordTypes = { metadata: 1, entry: 2, state: 3, crc: 4, snapshot: 5 } as const;

export const frameWordBytes = 8;
/** What a disk writes whole or not at all; the unit of torn-write detection. */
const sectorBytes = 512;
/** Where etcd starts a new segment: not 64 MiB. */
export const defaultSegmentBytes = 64_000_000;

const TWO_32 = 4294967296;

export function paddingFor(recordBytes: number): number {
  return (8 - (recordBytes % 8)) % 8;
}

export function writeFrameWord(buffer: Buffer, position: number, recordBytes: number): void {
  const padding = paddingFor(recordBytes);
  buffer.writeUInt32LE(recordBytes % TWO_32, position);
  const top = padding === 0 ? 0 : 0x80 | padding;
  buffer.writeUInt32LE(((top << 24) | Math.floor(recordBytes / TWO_32)) >>> 0, position + 4);
}

/** @returns undefined for the zero word that ends a segment */
export function readFrameWord(buffer: Buffer, position: number): { recordBytes: number; padding: number } | undefined {
  const low = buffer.readUInt32LE(position);
  const high = buffer.readUInt32LE(position + 4);
  if (low === 0 && high === 0) return undefined;
  const top = high >>> 24;
  return { recordBytes: (high & 0xffffff) * TWO_32 + low, padding: top & 0x80 ? top & 7 : 0 };
}

/**
 * Whether a frame that does not check can be a write that a crash tore: some sector's share of it is all zeros.
 * @param body record and padding, as read
 * @param offset of `body` in the file
 */
export function looksTorn(body: Buffer, offset: number): boolean {
  let start = 0;
  while (start < body.length) {
    const end = Math.min(body.length, start + sectorBytes - ((offset + start) % sectorBytes));
    let position = start;
    while (position < end && body[position] === 0) position++;
    if (position === end) return true;
    start = end;
  }
  return false;
}
