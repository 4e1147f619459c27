/**
 * The first frames of an HTTP/2 connection, read before node:http2 gets it, so that a malformed `:authority` can be mended
 * (see `hpack-authority.ts`). A client like grpc-go sends its first request only after the server's SETTINGS, so an empty
 * one is sent from here; the client's acknowledgement of it is taken out again, because node counts those of its own.
 */
import type { Duplex } from "node:stream";
import { mendAuthority } from "./hpack-authority.ts";

export const PREFACE = Buffer.from("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n");
const EMPTY_SETTINGS = Buffer.from([0, 0, 0, 4, 0, 0, 0, 0, 0]);

const FRAME_HEADER_BYTES = 9;
/** HTTP/2's longest frame, as nothing else was agreed yet. */
const PAYLOAD_BYTES_MAX = 16384;
/** As much as a client may send before it has seen any SETTINGS of ours: a window of data, and frames around it. */
const BYTES_MAX = 256 * 1024;

const TYPE = { data: 0, headers: 1, settings: 4, windowUpdate: 8 } as const;
const FLAG = { ack: 1, endHeaders: 4, padded: 8, priority: 32 } as const;

export type GreetingStep =
  /** quiet: it is the client's turn, and it may take its time */
  | { readonly kind: "more"; readonly quiet: boolean }
  /** what the connection's owner shall read */
  | { readonly kind: "done"; readonly bytes: Buffer }
  | { readonly kind: "refuse" };

export class Http2Greeting {
  private bytes: Buffer = EMPTY_SETTINGS.subarray(0, 0);
  /** end of the last whole frame */
  private position = PREFACE.length;
  private readonly pieces: Buffer[] = [PREFACE];
  private acknowledged = false;
  private ready = false;

  /** @param chunk what was read; the first one starts with the preface */
  push(chunk: Buffer): GreetingStep {
    this.bytes = this.bytes.length === 0 ? chunk : Buffer.concat([this.bytes, chunk]);
    if (this.bytes.length > BYTES_MAX) return { kind: "refuse" };
    while (!(this.ready && this.acknowledged)) {
      const quiet = this.acknowledged && this.bytes.length === this.position;
      if (this.bytes.length < this.position + FRAME_HEADER_BYTES) return { kind: "more", quiet };
      const length = this.bytes.readUIntBE(this.position, 3);
      if (length > PAYLOAD_BYTES_MAX) return { kind: "refuse" };
      const end = this.position + FRAME_HEADER_BYTES + length;
      if (this.bytes.length < end) return { kind: "more", quiet: false };
      this.take(this.bytes.subarray(this.position, end));
      this.position = end;
    }
    return { kind: "done", bytes: Buffer.concat([...this.pieces, this.bytes.subarray(this.position)]) };
  }

  private take(frame: Buffer): void {
    const type = frame[3]!;
    const flags = frame[4]!;
    if (type === TYPE.settings && (flags & FLAG.ack) !== 0 && !this.acknowledged) {
      this.acknowledged = true;
      return;
    }
    if (type === TYPE.headers && !this.ready) {
      this.ready = true;
      this.pieces.push(mendHeaders(frame, flags));
      return;
    }
    // anything but the opening talk wants an answer, which only the real server gives
    if (type !== TYPE.settings && type !== TYPE.windowUpdate && type !== TYPE.data) this.ready = true;
    this.pieces.push(frame);
  }
}

function mendHeaders(frame: Buffer, flags: number): Buffer {
  if ((flags & FLAG.endHeaders) === 0 || (flags & FLAG.padded) !== 0) return frame;
  const start = FRAME_HEADER_BYTES + ((flags & FLAG.priority) !== 0 ? 5 : 0);
  const block = mendAuthority(frame.subarray(start));
  if (block === undefined) return frame;
  const mended = Buffer.concat([frame.subarray(0, start), block]);
  mended.writeUIntBE(mended.length - FRAME_HEADER_BYTES, 0, 3);
  return mended;
}

/** A connection that has not said what it is after so long is closed, ms. */
const SILENCE_MS = 60_000;

/**
 * Reads a connection's first frames and hands it on, the bytes put back; a connection that breaks off or says nothing is
 * closed. A client that has greeted and asks nothing yet is a connection in reserve, and may stay.
 */
export function greetHttp2(socket: Duplex, handOn: () => void): void {
  const greeting = new Http2Greeting();
  const giveUp = (): void => {
    socket.destroy();
  };
  let timer = setTimeout(giveUp, SILENCE_MS);
  const forget = (): void => {
    clearTimeout(timer);
    socket.removeListener("readable", look);
    socket.removeListener("error", giveUp);
    socket.removeListener("close", forget);
  };
  const look = (): void => {
    const chunk = socket.read() as Buffer | null;
    if (chunk === null) return;
    const step = greeting.push(chunk);
    if (step.kind === "done") {
      forget();
      socket.unshift(step.bytes);
      handOn();
    } else if (step.kind === "refuse") socket.destroy();
    else {
      clearTimeout(timer);
      if (!step.quiet) timer = setTimeout(giveUp, SILENCE_MS);
    }
  };
  socket.write(EMPTY_SETTINGS);
  socket.on("readable", look);
  socket.on("error", giveUp);
  socket.on("close", forget);
  look();
}
