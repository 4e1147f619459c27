/**
 * An HTTP/2 connection as a state machine (RFC 9113), either side of it: bytes in, calls to its owner and bytes out. It has
 * no socket, no clock and no timer; whoever has them hands in what was read and writes what `take` gives. All that the other
 * side can make it hold is bounded, and what it can make it do for nothing is on a budget.
 */
import { Budget } from "./budget.ts";
import { FrameReader } from "./frame-reader.ts";
import type { HeaderList } from "./header-field.ts";
import { HpackDecoder } from "./hpack-decoder.ts";
import type { Pairs } from "./hpack-encoder.ts";
import { ConnectionFault, ErrorCode, Flag, Frame, PREFACE, StreamFault, STREAM_ID_MAX, WINDOW_DEFAULT } from "./protocol.ts";
import { type RequestHead, requestHead, responseStatus, trailersFlaw } from "./request-head.ts";
import { Sender } from "./sender.ts";
import { Setting } from "./settings.ts";
import { Stream } from "./stream.ts";

export interface ConnectionLimits {
  /** streams of the other side at once */
  readonly streamsMax: number;
  /** whether SETTINGS say so; without, a stream too many is refused all the same */
  readonly tellStreamsMax: boolean;
  /** bytes it may have in flight for one stream, and for all; at least 65535 */
  readonly streamWindowBytes: number;
  readonly connectionWindowBytes: number;
  /** largest header list taken, by RFC 9113's count */
  readonly headerListBytesMax: number;
}

/** What the owner is told. Calls come from within `receive`. */
export interface ConnectionEvents {
  /** A request came (servers only); give the stream a handler. */
  onRequest(stream: Stream, head: RequestHead, list: HeaderList, ended: boolean): void;
  /** The other side's first SETTINGS came, or later ones. */
  onSettings(): void;
  /** The other side pinged; it was answered. */
  onPing(): void;
  onPingAck(payload: Buffer): void;
  /** It takes no new streams; those of ours above `lastId` were reset as refused. */
  onGoaway(lastId: number, code: number, debug: string): void;
  /** The connection is over, GOAWAY is in the output: write it and close. All streams were reset. */
  onFault(fault: ConnectionFault): void;
}

/** Resets and errors of streams soon after they began, and frames that say nothing: a burst, then so many a second. */
const RESETS = { burst: 1000, perSecond: 200 };
const IDLE_FRAMES = { burst: 10_000, perSecond: 1000 };
/** A stream reset later than this after it began was worth something, ms. */
const RAPID_MS = 50;
/** CONTINUATION frames of one header block (CVE-2024-27316). */
const CONTINUATIONS_MAX = 32;
/** SETTINGS of one frame that are read; the known ones are six. */
const SETTINGS_MAX = 128;
/** Closed streams remembered, so that frames that crossed our reset are told from those that break the rules. */
const CLOSED_KEPT = 256;

export class Connection {
  private readonly sender = new Sender((stream) => this.finished(stream));
  private readonly decoder: HpackDecoder;
  private readonly reader = new FrameReader((type, flags, id, bytes, start, end) => this.frame(type, flags, id, bytes, start, end));
  private readonly streams = new Map<number, Stream>();
  private readonly resets = new Budget(RESETS.burst, RESETS.perSecond);
  private readonly idleFrames = new Budget(IDLE_FRAMES.burst, IDLE_FRAMES.perSecond);
  /** twice the ids of closed streams, and one more where we reset it */
  private readonly closed = new Float64Array(CLOSED_KEPT);
  private closedAt = 0;
  /** bytes of the client's preface seen so far */
  private prefaceSeen: number;
  private greeted = false;
  /** highest stream of the other side; those above it are idle */
  private lastPeerId = 0;
  /** streams above this are not taken any more */
  private acceptUpTo = STREAM_ID_MAX;
  private nextId: number;
  private over: ConnectionFault | undefined;
  private goneAway = false;
  /** data taken and not told yet, of the connection's window */
  private taken = 0;
  private receiveWindow: number;
  private now = 0;
  /** a header block that goes on: its stream, flags of its HEADERS, and pieces */
  private blockId = 0;
  private blockFlags = 0;
  private blockPieces: Buffer[] = [];
  private blockBytes = 0;

  constructor(
    private readonly role: "client" | "server",
    private readonly limits: ConnectionLimits,
    private readonly events: ConnectionEvents,
  ) {
    this.decoder = new HpackDecoder(limits.headerListBytesMax);
    this.prefaceSeen = role === "server" ? 0 : PREFACE.length;
    this.nextId = role === "client" ? 1 : 2;
    this.receiveWindow = limits.connectionWindowBytes;
    const { sender } = this;
    if (role === "client") sender.output.bytes(PREFACE, 0, PREFACE.length);
    const settings: [number, number][] = [];
    if (role === "client") settings.push([Setting.EnablePush, 0]);
    else if (limits.tellStreamsMax) settings.push([Setting.MaxConcurrentStreams, limits.streamsMax]);
    settings.push([Setting.InitialWindowSize, limits.streamWindowBytes], [Setting.MaxHeaderListSize, limits.headerListBytesMax]);
    sender.settings(settings);
    if (limits.connectionWindowBytes > WINDOW_DEFAULT) sender.windowUpdate(0, limits.connectionWindowBytes - WINDOW_DEFAULT);
  }

  /**
   * Takes what was read. Data are told as views of `chunk`. Never throws for what the other side did.
   * @param nowMs a monotonic clock
   */
  receive(chunk: Buffer, nowMs: number): void {
    if (this.over !== undefined) return;
    this.now = nowMs;
    try {
      const from = this.prefaceSeen < PREFACE.length ? this.greet(chunk) : 0;
      if (from < chunk.length) this.reader.push(chunk, from);
    } catch (error) {
      if (!(error instanceof ConnectionFault)) throw error;
      this.fail(error);
    }
  }

  /** Frames to be written; call `giveBack` when they are. */
  take(): Buffer {
    return this.sender.output.take();
  }

  giveBack(): void {
    this.sender.output.giveBack();
  }

  get outputBytes(): number {
    return this.sender.output.length;
  }

  /** The socket takes no more (true), or more again. */
  block(blocked: boolean): void {
    this.sender.block(blocked);
  }

  /** More data for the frames that the last `take` left no room for. */
  pump(): void {
    this.sender.pump();
  }

  get openStreams(): number {
    return this.streams.size;
  }

  get ended(): boolean {
    return this.over !== undefined;
  }

  /** The other side's first SETTINGS are here. */
  get settled(): boolean {
    return this.greeted;
  }

  /** GOAWAY came or was sent. */
  get draining(): boolean {
    return this.goneAway;
  }

  /** True once after headers or data went out. */
  spokeSince(): boolean {
    const { spoke } = this.sender;
    this.sender.spoke = false;
    return spoke;
  }

  /**
   * Opens a stream (clients) whose body is still to come; undefined where there may be no more of them, now or ever.
   * @param fields one and the same array for requests of the same kind
   * @param changing the fields that differ
   */
  open(fields: Pairs, changing: Pairs): Stream | undefined {
    if (this.over !== undefined || this.goneAway || this.nextId > STREAM_ID_MAX || this.streams.size >= this.sender.peer.maxConcurrentStreams) return undefined;
    const stream = new Stream(this.nextId, this.sender.peer.initialWindowSize, this.limits.streamWindowBytes, this.now);
    this.nextId += 2;
    this.streams.set(stream.id, stream);
    this.sender.headers(stream, fields, false, true, changing);
    return stream;
  }

  /** Whether there will never be another stream on this connection. */
  get exhausted(): boolean {
    return this.over !== undefined || this.goneAway || this.nextId > STREAM_ID_MAX;
  }

  headers(stream: Stream, fields: Pairs, end: boolean, constant: boolean): void {
    if (!stream.gone && !stream.localClosed) this.sender.headers(stream, fields, end, constant);
  }

  /** @returns false: wait for `onDrain` before sending more. The bytes must stay as they are until then. */
  data(stream: Stream, bytes: Buffer, end: boolean): boolean {
    return stream.gone || stream.localClosed || this.sender.data(stream, bytes, end);
  }

  /** A message of gRPC with its prefix. @returns as `data` */
  message(stream: Stream, compressed: boolean, bytes: Buffer, end: boolean): boolean {
    return stream.gone || stream.localClosed || this.sender.message(stream, compressed, bytes, end);
  }

  trailers(stream: Stream, fields: Pairs, constant: boolean): void {
    if (!stream.gone && !stream.localClosed) this.sender.trailers(stream, fields, constant);
  }

  /** Ends a stream from this side; its handler is not called. */
  reset(stream: Stream, code: ErrorCode): void {
    if (stream.gone || this.over !== undefined) return;
    this.sender.reset(stream.id, code);
    this.remove(stream, true);
  }

  /** Data of the stream are out of the way: its window opens again. */
  consumed(stream: Stream, bytes: number): void {
    stream.consumed += bytes;
    if (stream.gone || stream.remoteClosed || stream.consumed < this.limits.streamWindowBytes / 2) return;
    this.sender.windowUpdate(stream.id, stream.consumed);
    stream.receiveWindow += stream.consumed;
    stream.consumed = 0;
  }

  ping(payload: Buffer): void {
    if (this.over === undefined) this.sender.ping(false, payload, 0);
  }

  /** Graceful end, first step: no limit to streams yet, the other side is only warned (6.8). */
  warnGoaway(debug: string): void {
    if (this.over === undefined) this.sender.goaway(STREAM_ID_MAX, ErrorCode.NoError, debug);
  }

  /** Second step: streams that are open go on, new ones are not taken. */
  goaway(debug: string): void {
    if (this.over !== undefined || this.acceptUpTo < STREAM_ID_MAX) return;
    this.goneAway = true;
    this.acceptUpTo = this.lastPeerId;
    this.sender.goaway(this.lastPeerId, ErrorCode.NoError, debug);
  }

  /** Ends the connection with GOAWAY; all streams are told. */
  fail(fault: ConnectionFault): void {
    if (this.over !== undefined) return;
    this.sender.goaway(this.lastPeerId, fault.code, fault.message);
    this.end(fault);
    this.events.onFault(fault);
  }

  /** The socket is gone; all streams are told. */
  lost(): void {
    if (this.over === undefined) this.end(new ConnectionFault(ErrorCode.NoError, "connection lost"));
  }

  private end(fault: ConnectionFault): void {
    this.over = fault;
    for (const stream of this.streams.values()) {
      stream.gone = true;
      this.sender.drop(stream);
      stream.handler?.onReset(fault.code, false);
    }
    this.streams.clear();
  }

  private greet(chunk: Buffer): number {
    const count = Math.min(PREFACE.length - this.prefaceSeen, chunk.length);
    if (chunk.compare(PREFACE, this.prefaceSeen, this.prefaceSeen + count, 0, count) !== 0)
      throw new ConnectionFault(ErrorCode.ProtocolError, "bogus greeting from client");
    this.prefaceSeen += count;
    return count;
  }

  private frame(type: number, flags: number, id: number, bytes: Buffer, start: number, end: number): void {
    if (this.over !== undefined) return;
    if (this.blockId !== 0 && (type !== Frame.Continuation || id !== this.blockId)) throw protocolError("header block interrupted");
    if (!this.greeted && type !== Frame.Settings) throw protocolError("the first frame is not SETTINGS");
    try {
      switch (type) {
        case Frame.Data:
          this.onData(flags, id, bytes, start, end);
          return;
        case Frame.Headers:
          this.onHeaders(flags, id, bytes, start, end);
          return;
        case Frame.Priority:
          this.idle();
          this.onPriority(id, bytes, start, end);
          return;
        case Frame.RstStream:
          this.onRstStream(id, bytes, start, end);
          return;
        case Frame.Settings:
          this.idle();
          this.onSettings(flags, id, bytes, start, end);
          return;
        case Frame.PushPromise:
          throw protocolError("PUSH_PROMISE was not allowed");
        case Frame.Ping:
          this.onPing(flags, id, bytes, start, end);
          return;
        case Frame.Goaway:
          this.onGoaway(id, bytes, start, end);
          return;
        case Frame.WindowUpdate:
          this.onWindowUpdate(id, bytes, start, end);
          return;
        case Frame.Continuation:
          this.onContinuation(flags, bytes, start, end);
          return;
        default:
          this.idle();
      }
    } catch (error) {
      if (!(error instanceof StreamFault)) throw error;
      this.failStream(id, error);
    }
  }

  /** A frame that brings nothing. */
  private idle(): void {
    if (!this.idleFrames.spend(this.now)) throw new ConnectionFault(ErrorCode.EnhanceYourCalm, "too many frames without content");
  }

  private failStream(id: number, fault: StreamFault): void {
    this.spendReset();
    const stream = this.streams.get(id);
    this.sender.reset(id, fault.code);
    if (stream === undefined) {
      this.remember(id, true);
      return;
    }
    this.remove(stream, true);
    stream.handler?.onReset(fault.code, false);
  }

  private spendReset(): void {
    if (!this.resets.spend(this.now)) throw new ConnectionFault(ErrorCode.EnhanceYourCalm, "too many streams reset");
  }

  // ---- DATA

  private onData(flags: number, id: number, bytes: Buffer, start: number, end: number): void {
    if (id === 0) throw protocolError("DATA on stream 0");
    const length = end - start;
    this.receiveWindow -= length;
    if (this.receiveWindow < 0) throw new ConnectionFault(ErrorCode.FlowControlError, "connection window exceeded");
    this.taken += length;
    // as grpc-go's: the connection's window does not wait for slow readers of single streams
    if (this.taken >= this.limits.connectionWindowBytes / 2) {
      this.sender.windowUpdate(0, this.taken);
      this.receiveWindow += this.taken;
      this.taken = 0;
    }
    let from = start;
    let to = end;
    if ((flags & Flag.Padded) !== 0) {
      if (length < 1 || bytes[start]! >= length) throw protocolError("padding longer than its frame");
      from++;
      to -= bytes[start]!;
    }
    const stream = this.streams.get(id);
    if (stream === undefined) {
      this.strayData(id);
      return;
    }
    if (stream.remoteClosed) throw new StreamFault(ErrorCode.StreamClosed, "DATA after the end of a stream");
    if (!stream.headed) throw protocolError("DATA before HEADERS");
    stream.receiveWindow -= length;
    if (stream.receiveWindow < 0) throw new StreamFault(ErrorCode.FlowControlError, "stream window exceeded");
    const ended = (flags & Flag.EndStream) !== 0;
    const content = to - from;
    if (stream.contentLeft >= 0) {
      stream.contentLeft -= content;
      if (stream.contentLeft < 0 || (ended && stream.contentLeft > 0)) throw new StreamFault(ErrorCode.ProtocolError, "DATA do not match content-length");
    }
    if (content === 0 && !ended) this.idle();
    if (content < length) this.consumed(stream, length - content);
    if (ended) stream.remoteClosed = true;
    stream.handler?.onData(bytes, from, to, ended);
    if (ended) this.finished(stream);
  }

  private strayData(id: number): void {
    if (this.isIdle(id)) throw protocolError("DATA on an idle stream");
    if (id > this.acceptUpTo || this.recall(id) === "reset") return;
    throw new StreamFault(ErrorCode.StreamClosed, "DATA on a closed stream");
  }

  // ---- HEADERS and CONTINUATION

  private onHeaders(flags: number, id: number, bytes: Buffer, start: number, end: number): void {
    if (id === 0) throw protocolError("HEADERS on stream 0");
    let from = start;
    let to = end;
    if ((flags & Flag.Padded) !== 0) {
      to -= bytes[from]!;
      from++;
    }
    if ((flags & Flag.Priority) !== 0) from += 5;
    if (from > end) throw new ConnectionFault(ErrorCode.FrameSizeError, "HEADERS cut short");
    if (to < from) throw protocolError("padding longer than its frame");
    if ((flags & Flag.Priority) !== 0 && dependency(bytes, from - 5) === id) throw protocolError("a stream that depends on itself");
    if ((flags & Flag.EndHeaders) !== 0) {
      this.onBlock(id, (flags & Flag.EndStream) !== 0, this.decoder.decode(bytes, from, to));
      return;
    }
    this.blockId = id;
    this.blockFlags = flags;
    this.keepPiece(bytes, from, to);
  }

  private onContinuation(flags: number, bytes: Buffer, start: number, end: number): void {
    if (this.blockId === 0) throw protocolError("CONTINUATION without HEADERS");
    if (start === end && (flags & Flag.EndHeaders) === 0) this.idle();
    this.keepPiece(bytes, start, end);
    if ((flags & Flag.EndHeaders) === 0) return;
    const block = Buffer.concat(this.blockPieces);
    const id = this.blockId;
    const ended = (this.blockFlags & Flag.EndStream) !== 0;
    this.blockId = 0;
    this.blockPieces = [];
    this.blockBytes = 0;
    this.onBlock(id, ended, this.decoder.decode(block, 0, block.length));
  }

  private keepPiece(bytes: Buffer, start: number, end: number): void {
    this.blockBytes += end - start;
    if (this.blockPieces.length > CONTINUATIONS_MAX || this.blockBytes > 2 * this.limits.headerListBytesMax)
      throw new ConnectionFault(ErrorCode.EnhanceYourCalm, "header block too large");
    this.blockPieces.push(Buffer.from(bytes.subarray(start, end)));
  }

  private onBlock(id: number, ended: boolean, list: HeaderList): void {
    const stream = this.streams.get(id);
    if (stream !== undefined) {
      this.laterHeaders(stream, ended, list);
      return;
    }
    if (this.role === "client" || id % 2 === 0) {
      if (this.isIdle(id)) throw protocolError("HEADERS on an idle stream");
      if (this.recall(id) !== "reset") throw new ConnectionFault(ErrorCode.StreamClosed, "HEADERS on a closed stream");
      return;
    }
    if (id <= this.lastPeerId) {
      const was = this.recall(id);
      if (was === "closed") throw new ConnectionFault(ErrorCode.StreamClosed, "HEADERS on a closed stream");
      if (was === undefined) throw protocolError("received an illegal stream id");
      return;
    }
    if (id > this.acceptUpTo) return;
    this.lastPeerId = id;
    if (list.truncated) throw new StreamFault(ErrorCode.FrameSizeError, "header list too large");
    const known = list.memo as RequestHead | string | undefined;
    const head = known ?? requestHead(list);
    list.memo = head;
    if (typeof head === "string") throw new StreamFault(ErrorCode.ProtocolError, head);
    if (this.streams.size >= this.limits.streamsMax) throw new StreamFault(ErrorCode.RefusedStream, "too many streams");
    if (ended && head.contentLength > 0) throw new StreamFault(ErrorCode.ProtocolError, "no DATA where content-length says some");
    const opened = new Stream(id, this.sender.peer.initialWindowSize, this.limits.streamWindowBytes, this.now);
    opened.headed = true;
    opened.remoteClosed = ended;
    opened.contentLeft = head.contentLength;
    this.streams.set(id, opened);
    this.events.onRequest(opened, head, list, ended);
  }

  private laterHeaders(stream: Stream, ended: boolean, list: HeaderList): void {
    if (stream.remoteClosed) throw new StreamFault(ErrorCode.StreamClosed, "HEADERS after the end of a stream");
    if (list.truncated) throw new StreamFault(ErrorCode.FrameSizeError, "header list too large");
    if (stream.headed) {
      // trailers, which end the stream
      const flaw = ended ? trailersFlaw(list) : "trailers that do not end their stream";
      if (flaw !== undefined) throw new StreamFault(ErrorCode.ProtocolError, flaw);
      if (stream.contentLeft > 0) throw new StreamFault(ErrorCode.ProtocolError, "DATA do not match content-length");
    } else {
      const status = responseStatus(list);
      if (typeof status === "string") throw new StreamFault(ErrorCode.ProtocolError, status);
      if (status < 200) {
        if (ended) throw new StreamFault(ErrorCode.ProtocolError, "an interim response that ends its stream");
        this.idle();
        return;
      }
      stream.headed = true;
    }
    if (ended) stream.remoteClosed = true;
    stream.handler?.onHeaders(list, ended);
    if (ended) this.finished(stream);
  }

  // ---- the small frames

  private onPriority(id: number, bytes: Buffer, start: number, end: number): void {
    if (id === 0) throw protocolError("PRIORITY on stream 0");
    if (end - start !== 5) {
      if (this.isIdle(id)) throw new ConnectionFault(ErrorCode.FrameSizeError, "PRIORITY of a wrong size");
      throw new StreamFault(ErrorCode.FrameSizeError, "PRIORITY of a wrong size");
    }
    if (dependency(bytes, start) === id) throw protocolError("a stream that depends on itself");
  }

  private onRstStream(id: number, bytes: Buffer, start: number, end: number): void {
    if (end - start !== 4) throw new ConnectionFault(ErrorCode.FrameSizeError, "RST_STREAM of a wrong size");
    if (id === 0 || this.isIdle(id)) throw protocolError("RST_STREAM on an idle stream");
    const stream = this.streams.get(id);
    if (stream === undefined) {
      this.idle();
      return;
    }
    if (this.role === "server" && this.now - stream.openedAt < RAPID_MS) this.spendReset();
    this.remove(stream, false);
    stream.handler?.onReset(bytes.readUInt32BE(start), true);
  }

  private onSettings(flags: number, id: number, bytes: Buffer, start: number, end: number): void {
    if (id !== 0) throw protocolError("SETTINGS on a stream");
    const length = end - start;
    if ((flags & Flag.Ack) !== 0) {
      if (length !== 0) throw new ConnectionFault(ErrorCode.FrameSizeError, "SETTINGS acknowledgement with content");
      if (!this.greeted) throw protocolError("the first frame is not SETTINGS");
      return;
    }
    if (length % 6 !== 0) throw new ConnectionFault(ErrorCode.FrameSizeError, "SETTINGS of a wrong size");
    if (length / 6 > SETTINGS_MAX) throw new ConnectionFault(ErrorCode.EnhanceYourCalm, "too many settings");
    const { peer } = this.sender;
    const windowBefore = peer.initialWindowSize;
    for (let at = start; at < end; at += 6) peer.apply(bytes.readUInt16BE(at), bytes.readUInt32BE(at + 2), this.role === "client");
    this.sender.encoder.limitTable(peer.headerTableSize);
    // before any data that the new windows let out
    this.sender.settingsAck();
    const wider = peer.initialWindowSize - windowBefore;
    if (wider !== 0)
      for (const stream of this.streams.values())
        if (!this.sender.widen(stream, wider)) throw new ConnectionFault(ErrorCode.FlowControlError, "SETTINGS_INITIAL_WINDOW_SIZE makes a window too large");
    this.greeted = true;
    this.events.onSettings();
  }

  private onPing(flags: number, id: number, bytes: Buffer, start: number, end: number): void {
    if (id !== 0) throw protocolError("PING on a stream");
    if (end - start !== 8) throw new ConnectionFault(ErrorCode.FrameSizeError, "PING of a wrong size");
    if ((flags & Flag.Ack) !== 0) {
      this.idle();
      this.events.onPingAck(bytes.subarray(start, end));
      return;
    }
    this.idle();
    this.sender.ping(true, bytes, start);
    this.events.onPing();
  }

  private onGoaway(id: number, bytes: Buffer, start: number, end: number): void {
    if (id !== 0) throw protocolError("GOAWAY on a stream");
    if (end - start < 8) throw new ConnectionFault(ErrorCode.FrameSizeError, "GOAWAY of a wrong size");
    this.idle();
    const lastId = bytes.readUInt32BE(start) & 0x7fffffff;
    if (this.role === "client") {
      this.goneAway = true;
      for (const stream of [...this.streams.values()]) {
        if (stream.id <= lastId) continue;
        this.remove(stream, true);
        stream.handler?.onReset(ErrorCode.RefusedStream, true);
      }
    }
    this.events.onGoaway(lastId, bytes.readUInt32BE(start + 4), bytes.toString("utf8", start + 8, Math.min(end, start + 1032)));
  }

  private onWindowUpdate(id: number, bytes: Buffer, start: number, end: number): void {
    if (end - start !== 4) throw new ConnectionFault(ErrorCode.FrameSizeError, "WINDOW_UPDATE of a wrong size");
    const increment = bytes.readUInt32BE(start) & 0x7fffffff;
    if (this.sender.spoke) this.idleFrames.earn();
    this.idle();
    if (id === 0) {
      if (increment === 0) throw protocolError("WINDOW_UPDATE of nothing");
      if (!this.sender.widen(undefined, increment)) throw new ConnectionFault(ErrorCode.FlowControlError, "connection window above 2^31-1");
      return;
    }
    const stream = this.streams.get(id);
    if (stream === undefined) {
      if (this.isIdle(id)) throw protocolError("WINDOW_UPDATE on an idle stream");
      return;
    }
    if (increment === 0) throw new StreamFault(ErrorCode.ProtocolError, "WINDOW_UPDATE of nothing");
    if (!this.sender.widen(stream, increment)) throw new StreamFault(ErrorCode.FlowControlError, "stream window above 2^31-1");
  }

  // ---- streams that end

  /** Idle: never opened by either side. */
  private isIdle(id: number): boolean {
    const ours = id % 2 === this.nextId % 2;
    return ours ? id >= this.nextId : id > this.lastPeerId;
  }

  private finished(stream: Stream): void {
    if (!stream.localClosed || stream.gone) return;
    if (stream.remoteClosed) this.remove(stream, false);
    else if (this.role === "server") {
      // the answer is complete: the rest of the request is of no use (8.1)
      this.sender.reset(stream.id, ErrorCode.NoError);
      this.remove(stream, true);
    }
  }

  private remove(stream: Stream, byUs: boolean): void {
    stream.gone = true;
    this.streams.delete(stream.id);
    this.sender.drop(stream);
    this.remember(stream.id, byUs);
  }

  private remember(id: number, byUs: boolean): void {
    this.closed[this.closedAt] = id * 2 + (byUs ? 1 : 0);
    this.closedAt = (this.closedAt + 1) % CLOSED_KEPT;
  }

  private recall(id: number): "closed" | "reset" | undefined {
    for (let back = 1; back <= CLOSED_KEPT; back++) {
      const entry = this.closed[(this.closedAt - back + CLOSED_KEPT) % CLOSED_KEPT]!;
      if (Math.floor(entry / 2) === id) return entry % 2 === 1 ? "reset" : "closed";
    }
    return undefined;
  }
}

function dependency(bytes: Buffer, at: number): number {
  return bytes.readUInt32BE(at) & 0x7fffffff;
}

function protocolError(message: string): ConnectionFault {
  return new ConnectionFault(ErrorCode.ProtocolError, message);
}

