/**
 * One gRPC call on a node:http2 server stream: request messages cut out of DATA frames, the handler run, and its answer
 * written as headers, messages and trailers, or as trailers alone where nothing was sent before an error.
 */
import { constants, type IncomingHttpHeaders, type OutgoingHttpHeaders, type ServerHttp2Stream } from "node:http2";
import { gunzipSync } from "node:zlib";
import { Code, StatusError } from "../../proto/errors.ts";
import { Deframer, encodeStatusMessage, PREFIX_BYTES } from "../../proto/grpc.ts";
import type { BidirectionalCall, CarrierLimits, Metadata } from "../service.ts";
import type { Route } from "./route.ts";

const RESPONSE_HEADERS: OutgoingHttpHeaders = { ":status": 200, "content-type": "application/grpc" };
const RESPOND_THEN_TRAILERS = { waitForTrailers: true, sendDate: false };
const RESPOND_AND_END = { endStream: true, sendDate: false };
const TRAILERS_OK: OutgoingHttpHeaders = { "grpc-status": "0", "grpc-message": "" };

/** Messages up to this size are copied behind their prefix; longer ones are written after it. */
const COPY_BYTES_MAX = 16 * 1024;
/** Requests of one stream waiting for their handler before the client is held back. */
const REQUESTS_WAITING_MAX = 64;

const SENT = Promise.resolve();

/** An error as a status; what is not a StatusError is Unknown with its own text, as grpc-go does. */
export function statusOf(error: unknown): StatusError {
  if (error instanceof StatusError) return error;
  return new StatusError(Code.Unknown, error instanceof Error ? error.message : String(error), { cause: error });
}

export function trailersOnly(stream: ServerHttp2Stream, code: Code, message: string): void {
  stream.respond({ ...RESPONSE_HEADERS, "grpc-status": String(code), "grpc-message": encodeStatusMessage(message) }, RESPOND_AND_END);
}

export class Exchange implements BidirectionalCall {
  readonly path: string;
  readonly metadata: Metadata;
  readonly deadline: number | undefined;
  private readonly deframer: Deframer;
  private timer: NodeJS.Timeout | undefined;
  private controller: AbortController | undefined;
  private abortReason: StatusError | undefined;
  /** handler was started */
  private running = false;
  private headersSent = false;
  /** the status is on its way, or nobody is there to take it */
  private over = false;
  private trailers: OutgoingHttpHeaders = TRAILERS_OK;
  private readonly waiting: Buffer[] = [];
  private inputEnded = false;
  private wakeReader: (() => void) | undefined;
  private readonly wakeSenders: (() => void)[] = [];

  constructor(
    private readonly stream: ServerHttp2Stream,
    headers: IncomingHttpHeaders,
    private readonly route: Route,
    private readonly limits: CarrierLimits,
    readonly peer: string,
    timeoutMs: number | undefined,
    private readonly onOver: (exchange: Exchange) => void,
  ) {
    this.path = headers[":path"] as string;
    this.metadata = headers as Metadata;
    this.deframer = new Deframer(limits.receiveBytesMax, (message, compressed) => this.receive(message, compressed));
    if (timeoutMs !== undefined) {
      this.deadline = Date.now() + timeoutMs;
      this.timer = setTimeout(() => this.fail(new StatusError(Code.DeadlineExceeded, "context deadline exceeded")), timeoutMs);
    } else this.deadline = undefined;
    route.counters.started++;
    if (route.handler.kind === "bidirectional") this.run(route.handler.handle(this));
  }

  get streaming(): boolean {
    return this.route.handler.kind !== "unary";
  }

  get signal(): AbortSignal {
    if (this.controller === undefined) {
      this.controller = new AbortController();
      if (this.abortReason !== undefined) this.controller.abort(this.abortReason);
    }
    return this.controller.signal;
  }

  /** Bytes of a DATA frame. */
  push(chunk: Buffer): void {
    if (this.over) return;
    try {
      this.deframer.push(chunk);
    } catch (error) {
      this.fail(statusOf(error));
    }
  }

  /** The client closed its side. */
  endInput(): void {
    this.inputEnded = true;
    if (this.over) return;
    if (!this.deframer.idle) this.fail(new StatusError(Code.Internal, "unexpected EOF"));
    else if (this.route.handler.kind === "bidirectional") this.wakeReader?.();
    else if (!this.running) this.fail(new StatusError(Code.Internal, "grpc: the request stream ended without a message"));
  }

  /** The stream is gone: reset by the client, or its connection lost. */
  lost(): void {
    if (this.over) return;
    this.settle(Code.Canceled);
    this.abort(new StatusError(Code.Canceled, "context canceled"));
  }

  private receive(frame: Buffer, compressed: boolean): void {
    if (this.over) return;
    const message = compressed ? this.inflate(frame) : frame;
    this.route.counters.received++;
    this.route.counters.receivedBytes += message.length;
    const handler = this.route.handler;
    if (handler.kind === "bidirectional") {
      this.waiting.push(message);
      if (this.waiting.length >= REQUESTS_WAITING_MAX) this.stream.pause();
      this.wakeReader?.();
      return;
    }
    if (this.running) throw new StatusError(Code.Internal, "grpc: more than one message in a unary request");
    this.running = true;
    if (handler.kind === "server-stream") {
      this.run(handler.handle(message, this));
      return;
    }
    let answer: Promise<Buffer> | Buffer;
    try {
      answer = handler.handle(message, this);
    } catch (error) {
      this.fail(statusOf(error));
      return;
    }
    if (answer instanceof Promise) answer.then(this.answer, this.reject);
    else this.answer(answer);
  }

  private inflate(frame: Buffer): Buffer {
    if (this.metadata["grpc-encoding"] !== "gzip")
      throw new StatusError(Code.Internal, "grpc: compressed flag set with identity or empty encoding");
    try {
      return gunzipSync(frame, { maxOutputLength: this.limits.receiveBytesMax });
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === "ERR_BUFFER_TOO_LARGE")
        throw new StatusError(
          Code.ResourceExhausted,
          `grpc: received message after decompression larger than max ${this.limits.receiveBytesMax}`,
          { cause: error },
        );
      throw new StatusError(Code.Internal, `grpc: failed to decompress the received message: ${(error as Error).message}`, { cause: error });
    }
  }

  private readonly reject = (error: unknown): void => this.fail(statusOf(error));

  private readonly answer = (message: Buffer): void => {
    if (this.over) return;
    const stream = this.stream;
    if (message.length > this.limits.sendBytesMax) {
      this.fail(new StatusError(Code.ResourceExhausted, `grpc: trying to send message larger than max (${message.length} vs. ${this.limits.sendBytesMax})`));
      return;
    }
    this.route.counters.sent++;
    this.route.counters.sentBytes += message.length;
    this.settle(Code.OK);
    stream.respond(RESPONSE_HEADERS, RESPOND_THEN_TRAILERS);
    this.headersSent = true;
    if (message.length <= COPY_BYTES_MAX) stream.end(prefixed(message));
    else {
      stream.write(prefixOf(message));
      stream.end(message);
    }
  };

  private run(work: Promise<void>): void {
    this.running = true;
    work.then(() => this.succeed(), this.reject);
  }

  private succeed(): void {
    if (this.over) return;
    this.sendHeaders();
    this.settle(Code.OK);
    this.stream.end();
  }

  /** Ends the call with an error; aborts the handler if it still runs. */
  fail(error: StatusError): void {
    if (this.over) return;
    this.settle(error.code);
    if (!this.stream.destroyed && !this.stream.closed) {
      if (this.headersSent) {
        this.trailers = { "grpc-status": String(error.code), "grpc-message": encodeStatusMessage(error.message) };
        this.stream.end();
      } else {
        trailersOnly(this.stream, error.code, error.message);
        this.closeStream();
      }
    }
    this.abort(error);
  }

  /** Called by the stream when all messages are out. */
  sendTrailers(): void {
    this.stream.sendTrailers(this.trailers);
    this.closeStream();
  }

  /** A client that has not closed its side yet is told that nobody reads it any more. */
  private closeStream(): void {
    if (!this.inputEnded && !this.stream.readableEnded) setImmediate(() => this.stream.close(constants.NGHTTP2_NO_ERROR));
  }

  private settle(code: Code): void {
    this.over = true;
    if (this.timer !== undefined) clearTimeout(this.timer);
    this.route.counters.handled[code]!++;
    this.onOver(this);
  }

  private abort(reason: StatusError): void {
    this.abortReason = reason;
    this.controller?.abort(reason);
    this.waiting.length = 0;
    this.wakeReader?.();
    for (const wake of this.wakeSenders.splice(0)) wake();
  }

  sendHeaders(): void {
    if (this.headersSent || this.over) return;
    this.headersSent = true;
    this.stream.respond(RESPONSE_HEADERS, RESPOND_THEN_TRAILERS);
  }

  send(message: Buffer): Promise<void> {
    if (this.over) return Promise.reject(this.abortReason ?? new StatusError(Code.Canceled, "context canceled"));
    this.sendHeaders();
    this.route.counters.sent++;
    this.route.counters.sentBytes += message.length;
    let room: boolean;
    if (message.length <= COPY_BYTES_MAX) room = this.stream.write(prefixed(message));
    else {
      this.stream.write(prefixOf(message));
      room = this.stream.write(message);
    }
    if (room) return SENT;
    return new Promise((resolve, reject) => {
      this.wakeSenders.push(() => (this.over ? reject(this.abortReason ?? new StatusError(Code.Canceled, "context canceled")) : resolve()));
    });
  }

  /** The stream took what was written. */
  drained(): void {
    for (const wake of this.wakeSenders.splice(0)) wake();
  }

  get messages(): AsyncIterable<Buffer> {
    return { [Symbol.asyncIterator]: () => ({ next: () => this.nextMessage() }) };
  }

  private async nextMessage(): Promise<IteratorResult<Buffer>> {
    for (;;) {
      const message = this.waiting.shift();
      if (message !== undefined) {
        if (this.waiting.length === 0 && this.stream.isPaused()) this.stream.resume();
        return { done: false, value: message };
      }
      if (this.abortReason !== undefined) throw this.abortReason;
      if (this.inputEnded || this.over) return { done: true, value: undefined };
      await new Promise<void>((resolve) => {
        this.wakeReader = resolve;
      });
      this.wakeReader = undefined;
    }
  }
}

function prefixed(message: Buffer): Buffer {
  const framed = Buffer.allocUnsafe(PREFIX_BYTES + message.length);
  framed[0] = 0;
  framed.writeUInt32BE(message.length, 1);
  framed.set(message, PREFIX_BYTES);
  return framed;
}

function prefixOf(message: Buffer): Buffer {
  const prefix = Buffer.allocUnsafe(PREFIX_BYTES);
  prefix[0] = 0;
  prefix.writeUInt32BE(message.length, 1);
  return prefix;
}
