/** Frames made and read by hand, and a recorder of what a connection tells its owner; for tests. */
import { Connection, type ConnectionEvents, type ConnectionLimits } from "../connection.ts";
import { type ConnectionFault, Flag, Frame, PREFACE } from "../protocol.ts";
import type { RequestHead } from "../request-head.ts";
import type { Stream, StreamHandler } from "../stream.ts";

export interface ReadFrame {
  readonly type: number;
  readonly flags: number;
  readonly id: number;
  readonly payload: Buffer;
}

export function frameOf(type: number, flags: number, id: number, payload: Buffer = Buffer.alloc(0)): Buffer {
  const header = Buffer.alloc(9);
  header.writeUIntBE(payload.length, 0, 3);
  header[3] = type;
  header[4] = flags;
  header.writeUInt32BE(id, 5);
  return Buffer.concat([header, payload]);
}

export function uint32(...values: number[]): Buffer {
  const bytes = Buffer.alloc(values.length * 4);
  values.forEach((value, index) => bytes.writeUInt32BE(value, index * 4));
  return bytes;
}

export function settingsOf(...values: readonly (readonly [number, number])[]): Buffer {
  const bytes = Buffer.alloc(values.length * 6);
  values.forEach(([id, value], index) => {
    bytes.writeUInt16BE(id, index * 6);
    bytes.writeUInt32BE(value, index * 6 + 2);
  });
  return frameOf(Frame.Settings, 0, 0, bytes);
}

export const HELLO = Buffer.concat([PREFACE, settingsOf()]);
/** POST http://a/t: three indexed fields, and two literals that leave the table alone */
export const POST = Buffer.from([0x83, 0x86, 0x04, 2, 0x2f, 0x74, 0x01, 1, 0x61]);

export function headersOf(id: number, end: boolean, block: Buffer = POST): Buffer {
  return frameOf(Frame.Headers, Flag.EndHeaders | (end ? Flag.EndStream : 0), id, block);
}

export function dataOf(id: number, bytes: Buffer | string, end = false): Buffer {
  return frameOf(Frame.Data, end ? Flag.EndStream : 0, id, Buffer.from(bytes));
}

function readFrames(bytes: Buffer): ReadFrame[] {
  const frames: ReadFrame[] = [];
  for (let at = 0; at < bytes.length; ) {
    const length = bytes.readUIntBE(at, 3);
    frames.push({ type: bytes[at + 3]!, flags: bytes[at + 4]!, id: bytes.readUInt32BE(at + 5), payload: bytes.subarray(at + 9, at + 9 + length) });
    at += 9 + length;
  }
  return frames;
}

export interface SeenStream {
  readonly stream: Stream;
  readonly head: RequestHead;
  body: string;
  ended: boolean;
  reset: number | undefined;
  drains: number;
}

export const LIMITS: ConnectionLimits = { streamsMax: 1000, tellStreamsMax: true, streamWindowBytes: 65535, connectionWindowBytes: 65535, headerListBytesMax: 16384 };

/** A server's connection that has been greeted, with a clock that stands still. */
export class Recorded implements ConnectionEvents {
  readonly machine: Connection;
  readonly streams = new Map<number, SeenStream>();
  faults: ConnectionFault[] = [];
  pings = 0;
  goaways: number[] = [];
  now = 1000;
  /** whether data are told as taken at once */
  consumes = true;

  constructor(limits: Partial<ConnectionLimits> = {}, greet = true) {
    this.machine = new Connection("server", { ...LIMITS, ...limits }, this);
    if (!greet) return;
    this.feed(HELLO);
    this.machine.take();
  }

  feed(...pieces: Buffer[]): void {
    for (const piece of pieces) this.machine.receive(piece, this.now);
  }

  /** Frames written since it was last asked. */
  written(): ReadFrame[] {
    return readFrames(Buffer.from(this.machine.take()));
  }

  onRequest(stream: Stream, head: RequestHead, _list: unknown, ended: boolean): void {
    const seen: SeenStream = { stream, head, body: "", ended, reset: undefined, drains: 0 };
    this.streams.set(stream.id, seen);
    const handler: StreamHandler = {
      onHeaders: () => (seen.ended = true),
      onData: (bytes, start, end, last) => {
        seen.body += bytes.toString("latin1", start, end);
        seen.ended ||= last;
        if (this.consumes) this.machine.consumed(stream, end - start);
      },
      onReset: (code) => (seen.reset = code),
      onDrain: () => void seen.drains++,
    };
    stream.handler = handler;
  }
  onSettings(): void {
    // nothing to see
  }
  onPing(): void {
    this.pings++;
  }
  onPingAck(): void {
    // nothing to see
  }
  onGoaway(lastId: number): void {
    this.goaways.push(lastId);
  }
  onFault(fault: ConnectionFault): void {
    this.faults.push(fault);
  }
}
