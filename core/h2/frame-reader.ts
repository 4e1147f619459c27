/** Bytes into frames, read where they lie: only a frame that was cut by the end of a read is copied. */
import { ConnectionFault, ErrorCode, FRAME_BYTES_MAX, FRAME_HEADER_BYTES } from "./protocol.ts";

/** The first three letters of an HTTP/1 answer, read as a length, and golang.org/x/net's word on it. */
const HTTP1_LENGTH = 0x485454;
const HTTP1_TEXT = "http2: failed reading the frame payload: http2: frame too large, note that the frame header looked like an HTTP/1.1 header";

/** `bytes[start, end)` is the payload. */
export type FrameSink = (type: number, flags: number, streamId: number, bytes: Buffer, start: number, end: number) => void;

export class FrameReader {
  /** a frame that has begun: its header, then all of it */
  private partial: Buffer | undefined;
  private filled = 0;

  constructor(private readonly sink: FrameSink) {}

  /** @throws ConnectionFault FRAME_SIZE_ERROR for a frame above 16384 bytes, before it is read; and what the sink throws */
  push(chunk: Buffer, from: number): void {
    let position = from;
    const end = chunk.length;
    while (position < end) {
      if (this.partial !== undefined) {
        position = this.fill(chunk, position);
        continue;
      }
      if (end - position < FRAME_HEADER_BYTES) {
        this.partial = Buffer.allocUnsafe(FRAME_HEADER_BYTES);
        this.filled = 0;
        continue;
      }
      const length = lengthAt(chunk, position);
      const next = position + FRAME_HEADER_BYTES + length;
      if (next > end) {
        this.partial = Buffer.allocUnsafe(FRAME_HEADER_BYTES + length);
        this.filled = 0;
        continue;
      }
      this.give(chunk, position, next);
      position = next;
    }
  }

  /** True where no frame is cut. */
  get idle(): boolean {
    return this.partial === undefined;
  }

  private fill(chunk: Buffer, position: number): number {
    const partial = this.partial!;
    const count = Math.min(partial.length - this.filled, chunk.length - position);
    chunk.copy(partial, this.filled, position, position + count);
    this.filled += count;
    if (this.filled < partial.length) return position + count;
    const length = partial.length === FRAME_HEADER_BYTES ? lengthAt(partial, 0) : 0;
    if (length > 0) {
      this.partial = Buffer.allocUnsafe(FRAME_HEADER_BYTES + length);
      partial.copy(this.partial);
    } else {
      this.partial = undefined;
      this.give(partial, 0, partial.length);
    }
    return position + count;
  }

  private give(bytes: Buffer, start: number, end: number): void {
    const id = ((bytes[start + 5]! & 0x7f) << 24) | (bytes[start + 6]! << 16) | (bytes[start + 7]! << 8) | bytes[start + 8]!;
    this.sink(bytes[start + 3]!, bytes[start + 4]!, id, bytes, start + FRAME_HEADER_BYTES, end);
  }
}

function lengthAt(bytes: Buffer, position: number): number {
  const length = (bytes[position]! << 16) | (bytes[position + 1]! << 8) | bytes[position + 2]!;
  if (length > FRAME_BYTES_MAX) throw new ConnectionFault(ErrorCode.FrameSizeError, length === HTTP1_LENGTH ? HTTP1_TEXT : `frame of ${length} bytes`);
  return length;
}
