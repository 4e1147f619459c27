/**
 * The sending side of a connection: frames into one buffer, data within the other side's windows (RFC 9113 5.2), and
 * streams that wait for room served in turn, a frame each.
 */
import { HpackEncoder, type Pairs } from "./hpack-encoder.ts";
import { Output } from "./output.ts";
import type { ErrorCode} from "./protocol.ts";
import { Flag, Frame, FRAME_BYTES_MAX, WINDOW_DEFAULT, WINDOW_MAX } from "./protocol.ts";
import { PeerSettings } from "./settings.ts";
import type { Stream } from "./stream.ts";

/** Data gathered in one turn before the rest waits for the socket; with one frame more it is still a buffer that is kept. */
const GATHERED_BYTES_MAX = 224 * 1024;
/** A stream with less than this queued has room for more. */
const STREAM_ROOM_BYTES = 64 * 1024;
/** Bytes before a message of gRPC: compressed flag and length. */
const PREFIX_BYTES = 5;

export class Sender {
  readonly output = new Output();
  readonly encoder = new HpackEncoder();
  readonly peer = new PeerSettings();
  /** what the connection's window leaves */
  window = WINDOW_DEFAULT;
  /** the socket has enough: data wait */
  private blocked = false;
  private readonly round: Stream[] = [];
  /** headers or data went out since this was last cleared */
  spoke = false;

  /** @param onFinished both sides of a stream are closed, or ours and it was asked for */
  constructor(private readonly onFinished: (stream: Stream) => void) {}

  /** A header block made of `fields`; its frames belong together. `constant`: `fields` is one and the same array every time. */
  headers(stream: Stream, fields: Pairs, end: boolean, constant: boolean, changing?: Pairs): void {
    this.spoke = true;
    const block = constant ? this.encoder.encodeConstant(fields, changing) : this.encoder.encode(fields);
    const { output } = this;
    const { length } = block;
    const first = Math.min(length, FRAME_BYTES_MAX);
    output.frame(first, Frame.Headers, (first === length ? Flag.EndHeaders : 0) | (end ? Flag.EndStream : 0), stream.id);
    output.bytes(block, 0, first);
    for (let at = first; at < length; ) {
      const next = Math.min(length, at + FRAME_BYTES_MAX);
      output.frame(next - at, Frame.Continuation, next === length ? Flag.EndHeaders : 0, stream.id);
      output.bytes(block, at, next);
      at = next;
    }
    if (end) this.closeLocal(stream);
  }

  /**
   * Data, now or when there is room; the bytes must stay as they are until then. @returns false: wait for `onDrain` before
   * sending more.
   */
  data(stream: Stream, bytes: Buffer, end: boolean): boolean {
    if (bytes.length === 0 && !end) return true;
    if (stream.queue.length === 0 && bytes.length <= this.roomFor(stream)) {
      this.write(stream, bytes, 0, bytes.length, end);
      return true;
    }
    if (bytes.length > 0) {
      stream.queue.push(bytes);
      stream.queuedBytes += bytes.length;
    }
    if (end) stream.endQueued = true;
    return this.queued(stream);
  }

  /** A message of gRPC behind its prefix. @returns as `data` */
  message(stream: Stream, compressed: boolean, bytes: Buffer, end: boolean): boolean {
    const length = bytes.length + PREFIX_BYTES;
    if (stream.queue.length === 0 && length <= this.roomFor(stream)) {
      this.spoke = true;
      this.spend(stream, length);
      this.output.frame(length, Frame.Data, end ? Flag.EndStream : 0, stream.id);
      this.output.byte(compressed ? 1 : 0);
      this.output.uint32(bytes.length);
      this.output.bytes(bytes, 0, bytes.length);
      if (end) this.closeLocal(stream);
      return true;
    }
    const prefix = Buffer.allocUnsafe(PREFIX_BYTES);
    prefix[0] = compressed ? 1 : 0;
    prefix.writeUInt32BE(bytes.length, 1);
    stream.queue.push(prefix);
    if (bytes.length > 0) stream.queue.push(bytes);
    stream.queuedBytes += length;
    if (end) stream.endQueued = true;
    return this.queued(stream);
  }

  /** Trailers, after all that is queued. */
  trailers(stream: Stream, fields: Pairs, constant: boolean): void {
    if (stream.queue.length === 0) this.headers(stream, fields, true, constant);
    else stream.trailers = fields;
  }

  reset(id: number, code: ErrorCode): void {
    this.output.frame(4, Frame.RstStream, 0, id);
    this.output.uint32(code);
  }

  goaway(lastId: number, code: ErrorCode, debug: string): void {
    const text = Buffer.from(debug.slice(0, 1024));
    this.output.frame(8 + text.length, Frame.Goaway, 0, 0);
    this.output.uint32(lastId);
    this.output.uint32(code);
    this.output.bytes(text, 0, text.length);
  }

  settings(values: readonly (readonly [id: number, value: number])[]): void {
    this.output.frame(values.length * 6, Frame.Settings, 0, 0);
    for (const [id, value] of values) {
      this.output.uint16(id);
      this.output.uint32(value);
    }
  }

  settingsAck(): void {
    this.output.frame(0, Frame.Settings, Flag.Ack, 0);
  }

  ping(ack: boolean, bytes: Buffer, start: number): void {
    this.output.frame(8, Frame.Ping, ack ? Flag.Ack : 0, 0);
    this.output.bytes(bytes, start, start + 8);
  }

  windowUpdate(id: number, bytes: number): void {
    this.output.frame(4, Frame.WindowUpdate, 0, id);
    this.output.uint32(bytes);
  }

  /** The other side allows more. @returns false where the window gets larger than allowed */
  widen(stream: Stream | undefined, bytes: number): boolean {
    if (stream === undefined) {
      this.window += bytes;
      if (this.window > WINDOW_MAX) return false;
    } else {
      stream.sendWindow += bytes;
      if (stream.sendWindow > WINDOW_MAX) return false;
      if (stream.queue.length > 0 && stream.sendWindow > 0) this.schedule(stream);
    }
    this.pump();
    return true;
  }

  /** The socket has enough (true), or takes more again. */
  block(blocked: boolean): void {
    this.blocked = blocked;
    if (!blocked) this.pump();
  }

  /** Sends what the windows and the socket allow. */
  pump(): void {
    const { round } = this;
    while (round.length > 0 && this.window > 0 && !this.blocked && this.output.length < GATHERED_BYTES_MAX) {
      const stream = round.shift()!;
      stream.scheduled = false;
      if (stream.gone || stream.sendWindow <= 0) continue;
      this.sendSome(stream);
      if (stream.queue.length > 0 && stream.sendWindow > 0) this.schedule(stream);
    }
  }

  /** Forgets what a stream that is gone had queued. */
  drop(stream: Stream): void {
    stream.queue.length = 0;
    stream.queuedBytes = 0;
  }

  private sendSome(stream: Stream): void {
    let room = Math.min(FRAME_BYTES_MAX, this.window, stream.sendWindow, stream.queuedBytes);
    const end = stream.endQueued && room === stream.queuedBytes;
    this.spend(stream, room);
    this.spoke = true;
    this.output.frame(room, Frame.Data, end ? Flag.EndStream : 0, stream.id);
    stream.queuedBytes -= room;
    while (room > 0) {
      const first = stream.queue[0]!;
      const count = Math.min(room, first.length - stream.queueAt);
      this.output.bytes(first, stream.queueAt, stream.queueAt + count);
      room -= count;
      stream.queueAt += count;
      if (stream.queueAt === first.length) {
        stream.queue.shift();
        stream.queueAt = 0;
      }
    }
    if (stream.queue.length > 0) return;
    if (end) this.closeLocal(stream);
    else if (stream.trailers !== undefined) this.headers(stream, stream.trailers, true, false);
    else stream.handler?.onDrain();
  }

  /** Bytes that may go out in one frame at once. */
  private roomFor(stream: Stream): number {
    if (this.blocked || this.output.length >= GATHERED_BYTES_MAX) return -1;
    return Math.min(FRAME_BYTES_MAX, this.window, stream.sendWindow);
  }

  private write(stream: Stream, bytes: Buffer, start: number, end: number, last: boolean): void {
    this.spoke = true;
    this.spend(stream, end - start);
    this.output.frame(end - start, Frame.Data, last ? Flag.EndStream : 0, stream.id);
    this.output.bytes(bytes, start, end);
    if (last) this.closeLocal(stream);
  }

  private spend(stream: Stream, bytes: number): void {
    this.window -= bytes;
    stream.sendWindow -= bytes;
  }

  private queued(stream: Stream): boolean {
    if (stream.queue.length === 0) {
      // an empty end of stream needs no window
      this.write(stream, EMPTY, 0, 0, true);
      return true;
    }
    if (stream.sendWindow > 0) {
      this.schedule(stream);
      this.pump();
    }
    return stream.queuedBytes < STREAM_ROOM_BYTES;
  }

  private schedule(stream: Stream): void {
    if (stream.scheduled) return;
    stream.scheduled = true;
    this.round.push(stream);
  }

  private closeLocal(stream: Stream): void {
    stream.localClosed = true;
    this.onFinished(stream);
  }
}

const EMPTY = Buffer.alloc(0);
