/** Frames on their way out, gathered into one buffer until the end of the turn. */
import { FRAME_HEADER_BYTES } from "./protocol.ts";

const FIRST_BYTES = 512;
/** A buffer that grew larger than this is not kept for the next turn. */
const KEPT_BYTES_MAX = 256 * 1024;

export class Output {
  private buffer: Buffer = Buffer.alloc(0);
  length = 0;

  /** Room for `bytes` more; the buffer to write them to at `length`. */
  private grow(bytes: number): Buffer {
    const needed = this.length + bytes;
    if (needed > this.buffer.length) {
      // who sent much sends much again: growing copies
      const first = this.buffer.length === 0 ? this.lastBytes : this.buffer.length * 2;
      const larger = Buffer.allocUnsafeSlow(Math.max(FIRST_BYTES, first, needed));
      this.buffer.copy(larger, 0, 0, this.length);
      this.buffer = larger;
    }
    return this.buffer;
  }

  /** A frame's header; its payload follows with the other methods. */
  frame(length: number, type: number, flags: number, streamId: number): void {
    const to = this.grow(FRAME_HEADER_BYTES + length);
    const at = this.length;
    to[at] = length >> 16;
    to[at + 1] = (length >> 8) & 0xff;
    to[at + 2] = length & 0xff;
    to[at + 3] = type;
    to[at + 4] = flags;
    to[at + 5] = streamId >>> 24;
    to[at + 6] = (streamId >> 16) & 0xff;
    to[at + 7] = (streamId >> 8) & 0xff;
    to[at + 8] = streamId & 0xff;
    this.length = at + FRAME_HEADER_BYTES;
  }

  byte(value: number): void {
    this.grow(1)[this.length++] = value;
  }

  uint16(value: number): void {
    const to = this.grow(2);
    to[this.length++] = (value >> 8) & 0xff;
    to[this.length++] = value & 0xff;
  }

  uint32(value: number): void {
    const to = this.grow(4);
    to[this.length++] = value >>> 24;
    to[this.length++] = (value >> 16) & 0xff;
    to[this.length++] = (value >> 8) & 0xff;
    to[this.length++] = value & 0xff;
  }

  bytes(from: Uint8Array, start: number, end: number): void {
    const count = end - start;
    const to = this.grow(count);
    let at = this.length;
    // calls into native code cost more than a few dozen bytes
    if (count <= 48) for (let index = start; index < end; index++) to[at++] = from[index]!;
    else to.set(start === 0 && end === from.length ? from : from.subarray(start, end), at);
    this.length += count;
  }

  /** What was gathered; it belongs to the caller until it is given back. */
  take(): Buffer {
    const taken = this.buffer.subarray(0, this.length);
    this.spare = this.buffer;
    this.lastBytes = Math.min(KEPT_BYTES_MAX, this.length);
    this.buffer = EMPTY;
    this.length = 0;
    return taken;
  }

  /** The bytes taken last are out of use, so that their memory serves again. */
  giveBack(): void {
    if (this.buffer.length === 0 && this.spare.length <= KEPT_BYTES_MAX) this.buffer = this.spare;
    this.spare = EMPTY;
  }

  private spare: Buffer = Buffer.alloc(0);
  private lastBytes = 0;
}

const EMPTY = Buffer.alloc(0);
