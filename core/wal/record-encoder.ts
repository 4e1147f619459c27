/** Turns records into frames with the running CRC. Pure: bytes come out of `take`. */
import { crc32c } from "../platform/crc32c.ts";
import type { Codec } from "../proto/wire.ts";
import { sizeUint, Writer } from "../proto/wire.ts";
import { frameWordBytes, paddingFor, recordTypes, writeFrameWord } from "./record.ts";

const slabBytes = 256 * 1024;
/** word, type, crc tag and its longest varint, data tag; data's length and padding come on top */
const headRoom = frameWordBytes + 2 + 6 + 1;
const longestCrc = 5;

export class RecordEncoder {
  private slab: Buffer = Buffer.allocUnsafeSlow(slabBytes);
  private writer = new Writer(this.slab);
  private taken = 0;
  private full: Buffer[] = [];
  private waiting = 0;
  /** slabs left behind, oldest first, each with the bytes encoded in all up to its end */
  private readonly left: { readonly slab: Buffer; readonly end: number }[] = [];
  private spare: Buffer | undefined;
  private encoded = 0;
  private released = 0;

  /** @param crc running value to continue from */
  constructor(private running: number) {}

  get crc(): number {
    return this.running;
  }

  /** Bytes encoded and not yet taken. */
  get pendingBytes(): number {
    return this.waiting;
  }

  /** Appends one record whose data is `message`. */
  encode<T>(type: number, codec: Codec<T>, message: T): void {
    const length = codec.size(message);
    this.append(type, length, () => codec.write(message, this.writer));
  }

  /** @param data undefined: a record without data, which is not the same as empty data */
  encodeBytes(type: number, data: Buffer | undefined): void {
    if (data) {
      this.append(type, data.length, () => {
        this.writer.buffer.set(data, this.writer.position);
        this.writer.position += data.length;
      });
    } else this.appendBare(type);
  }

  /** Appends the record that heads every segment: the running value itself. */
  encodeCrc(): void {
    this.appendBare(recordTypes.crc);
  }

  /** All frames since the last call, in order. */
  take(): Buffer[] {
    const buffers = this.full;
    this.full = [];
    if (this.writer.position > this.taken) buffers.push(this.slab.subarray(this.taken, this.writer.position));
    this.taken = this.writer.position;
    this.waiting = 0;
    return buffers;
  }

  /** The oldest `bytes` of those taken are out of use: written, or nobody's. A slab of which all are serves again. */
  release(bytes: number): void {
    this.released += bytes;
    for (let first = this.left[0]; first !== undefined && first.end <= this.released; first = this.left[0]) {
      if (first.slab.length === slabBytes) this.spare = first.slab;
      this.left.shift();
    }
  }

  private append(type: number, length: number, writeData: () => void): void {
    const lengthBytes = sizeUint(length);
    this.reserve(headRoom + lengthBytes + length + 7);
    const { writer } = this;
    const buffer = writer.buffer;
    const start = writer.position;
    // the data goes where it stands if the CRC's varint is as long as it nearly always is; a shorter one moves it down
    const dataAt = start + headRoom + lengthBytes;
    writer.position = dataAt;
    writeData();
    this.running = crc32c(buffer.subarray(dataAt, dataAt + length), this.running);
    writer.position = start + frameWordBytes;
    writer.uint(8);
    writer.int(type);
    writer.uint(16);
    writer.uint(this.running);
    if (sizeUint(this.running) < longestCrc) {
      buffer.copyWithin(writer.position + 1 + lengthBytes, dataAt, dataAt + length);
    }
    writer.uint(26);
    writer.uint(length);
    writer.position += length;
    this.finish(start);
  }

  private appendBare(type: number): void {
    this.reserve(headRoom + 7);
    const { writer } = this;
    const start = writer.position;
    writer.position = start + frameWordBytes;
    writer.uint(8);
    writer.int(type);
    writer.uint(16);
    writer.uint(this.running);
    this.finish(start);
  }

  private finish(start: number): void {
    const { writer } = this;
    const recordBytes = writer.position - start - frameWordBytes;
    const padding = paddingFor(recordBytes);
    writeFrameWord(writer.buffer, start, recordBytes);
    for (let count = 0; count < padding; count++) writer.buffer[writer.position++] = 0;
    this.waiting += writer.position - start;
    this.encoded += writer.position - start;
  }

  private reserve(bytes: number): void {
    if (this.writer.position + bytes <= this.slab.length) return;
    if (this.writer.position > this.taken) this.full.push(this.slab.subarray(this.taken, this.writer.position));
    // a write of its bytes may still be on its way to the kernel
    this.left.push({ slab: this.slab, end: this.encoded });
    const { spare } = this;
    if (bytes <= slabBytes && spare !== undefined) {
      this.slab = spare;
      this.spare = undefined;
    } else this.slab = Buffer.allocUnsafeSlow(Math.max(slabBytes, bytes));
    this.writer = new Writer(this.slab);
    this.taken = 0;
  }
}
