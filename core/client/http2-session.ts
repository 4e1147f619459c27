/** One HTTP/2 connection of a client: the state machine of `core/h2` on a socket, with keepalive and streams that wait for room. */
import type { Duplex } from "node:stream";
import { Connection, type ConnectionEvents } from "../h2/connection.ts";
import type { Pairs } from "../h2/hpack-encoder.ts";
import type { ConnectionFault } from "../h2/protocol.ts";
import { type LinkEvents, SocketLink } from "../h2/socket-link.ts";
import type { Stream, StreamHandler } from "../h2/stream.ts";

/** What a single stream may have in flight towards us; the connection gets eight times that. */
const STREAM_WINDOW_BYTES = 1 << 20;
/** grpc-go's default bound of a response's headers. */
const HEADER_LIST_BYTES_MAX = 64 * 1024;
/** Calls that wait until the server takes more of them. */
const WAITING_MAX = 100_000;
const PING = Buffer.alloc(8);

export interface SessionEvents {
  /** The server's SETTINGS came: there is an HTTP/2 server at the other end. */
  onReady(): void;
  /** No new calls here any more; those that run may go on. */
  onDraining(): void;
  /** The connection is gone, or never became one; told once. */
  onEnd(error: Error): void;
}

export interface Keepalive {
  /** ping this often, ms; 0 = never */
  readonly timeMs: number;
  /** a ping unanswered for so long ends the connection, ms */
  readonly timeoutMs: number;
  /** also while no stream is open: servers may take that for a nuisance */
  readonly withoutCalls: boolean;
}

export class Http2Session implements ConnectionEvents, LinkEvents {
  private readonly machine: Connection;
  private readonly link: SocketLink;
  private readonly waiting: ((open: boolean) => void)[] = [];
  private interval: NodeJS.Timeout | undefined;
  private overdue: NodeJS.Timeout | undefined;
  private ready = false;
  private ended = false;
  private fault: ConnectionFault | undefined;

  constructor(
    private readonly socket: Duplex,
    private readonly keepalive: Keepalive,
    private readonly events: SessionEvents,
  ) {
    this.machine = new Connection(
      "client",
      {
        streamsMax: 0,
        tellStreamsMax: false,
        streamWindowBytes: STREAM_WINDOW_BYTES,
        connectionWindowBytes: 8 * STREAM_WINDOW_BYTES,
        headerListBytesMax: HEADER_LIST_BYTES_MAX,
      },
      this,
    );
    this.link = new SocketLink(socket, this.machine, this);
    this.link.flush();
  }

  /** False where no new call may begin. */
  get usable(): boolean {
    return !this.ended && !this.machine.exhausted;
  }

  /** The connection is gone: what streams are told now is not the server's answer. */
  get lost(): boolean {
    return this.machine.ended;
  }

  /** Opens a stream; undefined: the server takes no more now (`room` tells when), or none any more. */
  open(fields: Pairs, changing: Pairs, handler: StreamHandler): Stream | undefined {
    const stream = this.machine.open(fields, changing);
    if (stream !== undefined) {
      stream.handler = handler;
      this.link.wantFlush();
    }
    return stream;
  }

  /** Resolves with true when a stream may be opened, with false when that will not be. */
  room(): Promise<boolean> {
    if (!this.usable || this.waiting.length >= WAITING_MAX) return Promise.resolve(false);
    return new Promise((resolve) => this.waiting.push(resolve));
  }

  /** A stream ended: one that waits may begin. */
  released(): void {
    this.waiting.shift()?.(this.usable);
  }

  /** @returns false: wait for the handler's onDrain */
  send(stream: Stream, message: Buffer, end: boolean): boolean {
    const room = this.machine.message(stream, false, message, end);
    this.link.wantFlush();
    return room;
  }

  endInput(stream: Stream): void {
    this.machine.data(stream, EMPTY, true);
    this.link.wantFlush();
  }

  reset(stream: Stream, code: 0 | 8): void {
    this.machine.reset(stream, code);
    this.link.wantFlush();
  }

  consumed(stream: Stream, bytes: number): void {
    this.machine.consumed(stream, bytes);
    if (this.machine.outputBytes > 0) this.link.wantFlush();
  }

  destroy(): void {
    this.socket.destroy();
    this.end(new Error("the connection was closed"));
  }

  // ---- the socket

  onRead(): void {
    // a ping is answered by any word, as in grpc-go
    clearTimeout(this.overdue);
    this.overdue = undefined;
  }

  onFlushed(): void {
    if (this.fault !== undefined) this.socket.destroy();
  }

  onGone(error: Error | undefined): void {
    this.end(this.fault === undefined ? (error ?? new Error("EOF")) : new Error(this.fault.message, { cause: this.fault }));
  }

  private end(error: Error): void {
    if (this.ended) return;
    this.ended = true;
    clearInterval(this.interval);
    clearTimeout(this.overdue);
    this.machine.lost();
    for (const resolve of this.waiting.splice(0)) resolve(false);
    this.events.onEnd(error);
  }

  // ---- the state machine

  onRequest(): void {
    // servers do not ask
  }

  onSettings(): void {
    if (!this.ready) {
      this.ready = true;
      this.keepAlive();
      this.events.onReady();
    }
    for (const resolve of this.waiting.splice(0)) resolve(this.usable);
  }

  onPing(): void {
    // answered by the machine
  }

  onPingAck(): void {
    // heard by onRead
  }

  onGoaway(): void {
    for (const resolve of this.waiting.splice(0)) resolve(false);
    this.events.onDraining();
  }

  onFault(fault: ConnectionFault): void {
    this.fault = fault;
    this.link.wantFlush();
  }

  private keepAlive(): void {
    const { timeMs, timeoutMs, withoutCalls } = this.keepalive;
    if (timeMs <= 0) return;
    this.interval = setInterval(() => {
      if (!withoutCalls && this.machine.openStreams === 0) return;
      this.machine.ping(PING);
      this.link.wantFlush();
      this.overdue ??= setTimeout(() => {
        this.socket.destroy();
        this.end(new Error("keepalive ping not acked"));
      }, timeoutMs);
      this.overdue.unref();
    }, timeMs);
    this.interval.unref();
  }
}

const EMPTY = Buffer.alloc(0);
