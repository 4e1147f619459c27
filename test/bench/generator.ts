/**
 * The load generator: unary gRPC calls over HTTP/2 with as little work of its own as can be, because it shares the
 * processors with what it measures. Requests are ready-made bytes in which only ids and numbers change; of answers no more is
 * read than frames' heads: an answer counts when it carried a message, which gRPC's errors never do.
 */
import { type Socket, connect } from "node:net";

const DATA = 0;
const HEADERS = 1;
const RST_STREAM = 3;
const SETTINGS = 4;
const PING = 6;
const GOAWAY = 7;
const WINDOW_UPDATE = 8;
const END_STREAM = 1;
const ACK = 1;
const END_HEADERS = 4;
const windowMax = 0x7fffffff;
/** what the peer may send before it hears from us; renewed at half */
const ownWindow = 1 << 30;

function frame(type: number, flags: number, stream: number, payload: Buffer): Buffer {
  const bytes = Buffer.allocUnsafe(9 + payload.length);
  bytes.writeUIntBE(payload.length, 0, 3);
  bytes[3] = type;
  bytes[4] = flags;
  bytes.writeUInt32BE(stream, 5);
  payload.copy(bytes, 9);
  return bytes;
}

const text = (value: string): Buffer => Buffer.concat([Buffer.from([value.length]), Buffer.from(value)]);

/** Header block of the first request, which teaches the peer's table all five fields, and of all later ones, which name them. */
function headerBlocks(path: string, authority: string): { readonly first: Buffer; readonly later: Buffer } {
  const learn = (index: number, value: string): Buffer => Buffer.concat([Buffer.from([0x40 | index]), text(value)]);
  // RFC 7541, appendix A: 3 is :method POST, 6 :scheme http, 4 the name :path, 1 :authority, 31 content-type
  const first = Buffer.concat([
    Buffer.from([0x83, 0x86]),
    learn(4, path),
    learn(1, authority),
    learn(31, "application/grpc"),
    Buffer.concat([Buffer.from([0x40]), text("te"), text("trailers")]),
  ]);
  return { first, later: Buffer.from([0x83, 0x86, 0x80 | 65, 0x80 | 64, 0x80 | 63, 0x80 | 62]) };
}

export interface Call {
  /** such as /etcdserverpb.KV/Put */
  readonly path: string;
  /** the encoded message; `fill` may change its bytes in place for call `number` */
  readonly message: Buffer;
  readonly fill?: (message: Buffer, number: number) => void;
}

/** One connection. Streams are numbered on, so it serves a billion calls. */
class Connection {
  private readonly socket: Socket;
  private rest: Buffer | undefined;
  private stream = 1;
  private sendWindow = 65_535;
  private streamWindow = 65_535;
  private received = 0;
  private readonly later: Buffer;
  private readonly first: Buffer;
  /** by stream id */
  private readonly open = new Map<number, { readonly at: number; answered: boolean }>();
  private pieces: Buffer[] = [];
  private flushing = false;
  /** calls that wait for the peer's window */
  private waiting = 0;
  closed = false;

  constructor(
    url: string,
    private readonly call: Call,
    private readonly next: () => number | undefined,
    private readonly done: (took: number) => void,
    private readonly fail: (error: Error) => void,
  ) {
    const { hostname, port, host } = new URL(url);
    const blocks = headerBlocks(call.path, host);
    const prefix = Buffer.alloc(5);
    prefix.writeUInt32BE(call.message.length, 1);
    const data = frame(DATA, END_STREAM, 0, Buffer.concat([prefix, call.message]));
    this.first = Buffer.concat([frame(HEADERS, END_HEADERS, 0, blocks.first), data]);
    this.later = Buffer.concat([frame(HEADERS, END_HEADERS, 0, blocks.later), data]);
    this.socket = connect({ host: hostname, port: Number(port), noDelay: true });
    const settings = Buffer.alloc(12);
    settings.writeUInt16BE(4, 0);
    settings.writeUInt32BE(windowMax, 2);
    settings.writeUInt16BE(1, 6);
    // header table of 0 bytes: what the peer's encoder would teach us is not listened to
    const window = Buffer.alloc(4);
    window.writeUInt32BE(ownWindow, 0);
    this.socket.write(Buffer.concat([Buffer.from("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"), frame(SETTINGS, 0, 0, settings), frame(WINDOW_UPDATE, 0, 0, window)]));
    this.socket.on("data", (chunk: Buffer) => this.take(chunk));
    this.socket.on("error", (error) => this.end(error));
    this.socket.on("close", () => this.end(new Error(`${url} closed the connection`)));
  }

  /** Sends one call, or remembers to when the peer's window lets it. */
  start(): void {
    const bytes = this.call.message.length + 5;
    if (bytes > this.sendWindow || bytes > this.streamWindow) {
      this.waiting++;
      return;
    }
    const number = this.next();
    if (number === undefined) return;
    const id = this.stream;
    this.stream += 2;
    this.sendWindow -= bytes;
    const ready = id === 1 ? this.first : this.later;
    const request = Buffer.allocUnsafe(ready.length);
    ready.copy(request);
    request.writeUInt32BE(id, 5);
    request.writeUInt32BE(id, ready.length - bytes - 4);
    this.call.fill?.(request.subarray(ready.length - bytes + 5), number);
    this.open.set(id, { at: performance.now(), answered: false });
    this.send(request);
  }

  close(): void {
    this.closed = true;
    this.socket.destroy();
  }

  private send(piece: Buffer): void {
    this.pieces.push(piece);
    if (this.flushing) return;
    this.flushing = true;
    queueMicrotask(() => {
      this.flushing = false;
      const { pieces } = this;
      this.pieces = [];
      if (!this.closed) this.socket.write(pieces.length === 1 ? pieces[0]! : Buffer.concat(pieces));
    });
  }

  private end(error: Error): void {
    if (this.closed) return;
    this.close();
    this.fail(error);
  }

  private take(chunk: Buffer): void {
    const bytes = this.rest === undefined ? chunk : Buffer.concat([this.rest, chunk]);
    let at = 0;
    while (bytes.length - at >= 9) {
      const length = bytes.readUIntBE(at, 3);
      if (bytes.length - at < 9 + length) break;
      this.read(bytes[at + 3]!, bytes[at + 4]!, bytes.readUInt32BE(at + 5) & windowMax, bytes, at + 9, length);
      at += 9 + length;
    }
    this.rest = at === bytes.length ? undefined : bytes.subarray(at);
  }

  private read(type: number, flags: number, stream: number, bytes: Buffer, at: number, length: number): void {
    if (type === DATA) {
      this.received += length;
      if (this.received > ownWindow / 2) {
        const window = Buffer.alloc(4);
        window.writeUInt32BE(this.received, 0);
        this.received = 0;
        this.send(frame(WINDOW_UPDATE, 0, 0, window));
      }
      const call = this.open.get(stream);
      if (call !== undefined && length > 0) call.answered = true;
      if ((flags & END_STREAM) !== 0) this.finish(stream);
    } else if (type === HEADERS) {
      if ((flags & END_STREAM) !== 0) this.finish(stream);
    } else if (type === SETTINGS && (flags & ACK) === 0) {
      for (let setting = at; setting < at + length; setting += 6) if (bytes.readUInt16BE(setting) === 4) this.streamWindow = bytes.readUInt32BE(setting + 2);
      this.send(frame(SETTINGS, ACK, 0, Buffer.alloc(0)));
    } else if (type === PING && (flags & ACK) === 0) this.send(frame(PING, ACK, 0, Buffer.from(bytes.subarray(at, at + length))));
    else if (type === WINDOW_UPDATE && stream === 0) {
      this.sendWindow += bytes.readUInt32BE(at) & windowMax;
      const { waiting } = this;
      this.waiting = 0;
      for (let count = 0; count < waiting; count++) this.start();
    } else if (type === GOAWAY || type === RST_STREAM) this.end(new Error(`the peer ended ${type === GOAWAY ? "the connection" : `call ${stream}`}`));
  }

  private finish(stream: number): void {
    const call = this.open.get(stream);
    if (call === undefined) return;
    this.open.delete(stream);
    if (!call.answered) {
      this.end(new Error(`call ${stream} to ${this.call.path} failed`));
      return;
    }
    this.done(performance.now() - call.at);
    this.start();
  }
}

export interface LoadResult {
  readonly perSecond: number;
  /** of the calls' times, ms */
  readonly median: number;
  readonly calls: number;
}

/**
 * Keeps `inFlight` calls at once over up to `connections` connections for `seconds`.
 * @throws the first failure: nothing is to fail while measuring
 */
export function generate(endpoints: readonly string[], call: Call, inFlight: number, seconds: number, connections = Math.min(inFlight, 4)): Promise<LoadResult> {
  return new Promise((resolve, reject) => {
    const took: number[] = [];
    const begin = performance.now();
    const end = begin + seconds * 1000;
    let number = 0;
    let active = inFlight;
    let over = false;
    const all: Connection[] = [];
    const finish = (error: Error | undefined): void => {
      if (over) return;
      over = true;
      const length = (performance.now() - begin) / 1000;
      for (const connection of all) connection.close();
      if (error !== undefined) reject(error);
      else resolve({ perSecond: took.length / length, median: took.sort((a, b) => a - b)[took.length >> 1] ?? Number.NaN, calls: took.length });
    };
    const next = (): number | undefined => {
      if (performance.now() < end) return number++;
      if (--active === 0) finish(undefined);
      return undefined;
    };
    for (let at = 0; at < connections; at++) all.push(new Connection(endpoints[at % endpoints.length]!, call, next, (ms) => took.push(ms), finish));
    for (let at = 0; at < inFlight; at++) all[at % connections]!.start();
  });
}
