/**
 * One gRPC call on an HTTP/2 stream, whichever the carrier: request messages cut out of the data, the handler run, and its
 * answer written as headers, messages and trailers, or as trailers alone where nothing was sent before an error.
 */
import { gunzipSync, gzipSync } from "node:zlib";
import { Code, StatusError } from "../../proto/errors.ts";
import { Deframer, PREFIX_BYTES } from "../../proto/grpc.ts";
import type { BidirectionalCall, CarrierLimits, Metadata } from "../service.ts";
import type { Admission } from "./admission.ts";
import type { Route } from "./route.ts";
import type { Wire } from "./wire.ts";

const GZIP_HEADER_BYTES = 10;

/** Requests of one stream waiting for their handler before the client is held back. */
const REQUESTS_WAITING_MAX = 64;

/** An error as a status; what is not a StatusError is Unknown with its own text, as grpc-go does. */
export function statusOf(error: unknown): StatusError {
  if (error instanceof StatusError) return error;
  return new StatusError(Code.Unknown, error instanceof Error ? error.message : String(error), { cause: error });
}

/** Who calls: a connection knows it. */
export interface CallingClient {
  readonly peer: string;
  readonly commonName: string | undefined;
}

export class Exchange implements BidirectionalCall {
  readonly deadline: number | undefined;
  private readonly route: Route;
  private deframer: Deframer | undefined;
  private timer: NodeJS.Timeout | undefined;
  private controller: AbortController | undefined;
  private abortReason: StatusError | undefined;
  /** handler was started */
  private running = false;
  private headersSent = false;
  /** the status is on its way, or nobody is there to take it */
  private over = false;
  private readonly waiting: Buffer[] = [];
  private paused = false;
  private inputEnded = false;
  private wakeReader: (() => void) | undefined;
  private wakeSenders: (() => void)[] | undefined;

  constructor(
    private readonly wire: Wire,
    private readonly admission: Admission,
    private readonly limits: CarrierLimits,
    private readonly client: CallingClient,
    private readonly onOver: (exchange: Exchange) => void,
  ) {
    this.route = admission.route;
    const { timeoutMs } = admission;
    if (timeoutMs !== undefined) {
      this.deadline = Date.now() + timeoutMs;
      this.timer = setTimeout(() => this.fail(new StatusError(Code.DeadlineExceeded, "context deadline exceeded")), Math.min(timeoutMs, 2147483647));
    }
    this.route.counters.started++;
  }

  /** To be called once, when the wire is ready. */
  begin(): void {
    const { handler } = this.route;
    if (handler.kind === "bidirectional") this.run(handler.handle(this));
  }

  /** "/etcdserverpb.KV/Put" */
  get path(): string {
    return this.admission.path;
  }

  get metadata(): Metadata {
    return this.admission.metadata;
  }

  get peer(): string {
    return this.client.peer;
  }

  get commonName(): string | undefined {
    return this.client.commonName;
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

  /** `bytes[start, end)` of a DATA frame. */
  push(bytes: Buffer, start: number, end: number): void {
    if (this.over || start === end) return;
    try {
      if (this.deframer === undefined && this.pushWhole(bytes, start, end)) return;
      this.deframer ??= new Deframer(this.limits.receiveBytesMax, (message, compressed) => this.receive(message, compressed));
      this.deframer.push(bytes.subarray(start, end));
    } catch (error) {
      this.fail(statusOf(error));
    }
  }

  /** The usual case: exactly one message in one frame. */
  private pushWhole(bytes: Buffer, start: number, end: number): boolean {
    if (end - start < PREFIX_BYTES || bytes[start]! > 1) return false;
    const length = bytes.readUInt32BE(start + 1);
    if (length !== end - start - PREFIX_BYTES || length > this.limits.receiveBytesMax) return false;
    this.receive(bytes.subarray(start + PREFIX_BYTES, end), bytes[start] === 1);
    return true;
  }

  /** The client closed its side. */
  endInput(): void {
    this.inputEnded = true;
    if (this.over) return;
    const { kind } = this.route.handler;
    // grpc-go tells what went wrong while it read a unary call as it is, and gives it a code of its own on a stream; of a unary
    // call it reads one message, and what comes after that no more
    if (this.deframer?.inMessage === true && !(kind === "unary" && this.running)) this.fail(new StatusError(kind === "unary" ? Code.Unknown : Code.Internal, "unexpected EOF"));
    else if (kind === "bidirectional") this.wakeReader?.();
    else if (this.running) return;
    else if (kind === "unary") this.fail(new StatusError(Code.Unknown, "EOF"));
    else this.fail(new StatusError(Code.Internal, "cardinality violation: received no request message from non-client-streaming RPC"));
  }

  /** The stream is gone: reset by the client, or its connection lost. */
  lost(): void {
    if (this.over) return;
    this.settle(Code.Canceled);
    this.abort(new StatusError(Code.Canceled, "context canceled"));
  }

  private receive(frame: Buffer, compressed: boolean): void {
    const { counters, handler } = this.route;
    if (this.over || (this.running && handler.kind === "unary")) return;
    const message = compressed ? this.inflate(frame) : frame;
    counters.received++;
    counters.receivedBytes += message.length;
    if (handler.kind === "bidirectional") {
      this.waiting.push(message);
      if (this.waiting.length >= REQUESTS_WAITING_MAX && !this.paused) {
        this.paused = true;
        this.wire.pause();
      }
      this.wakeReader?.();
      return;
    }
    if (this.running) return;
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
    if (!this.admission.gzip) throw new StatusError(Code.Internal, "grpc: compressed flag set with identity or empty encoding");
    try {
      return gunzipSync(frame, { maxOutputLength: this.limits.receiveBytesMax });
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === "ERR_BUFFER_TOO_LARGE")
        throw new StatusError(
          Code.ResourceExhausted,
          `grpc: received message after decompression larger than max ${this.limits.receiveBytesMax}`,
          { cause: error },
        );
      throw new StatusError(Code.Internal, `grpc: failed to decompress the message: ${gzipFlaw(error as NodeJS.ErrnoException, frame.length)}`, { cause: error });
    }
  }

  private readonly reject = (error: unknown): void => this.fail(statusOf(error));

  private readonly answer = (message: Buffer): void => {
    if (this.over) return;
    if (message.length > this.limits.sendBytesMax) {
      this.fail(new StatusError(Code.ResourceExhausted, `grpc: trying to send message larger than max (${message.length} vs. ${this.limits.sendBytesMax})`));
      return;
    }
    this.route.counters.sent++;
    this.route.counters.sentBytes += message.length;
    this.settle(Code.OK);
    const packed = this.packed(message);
    if (this.headersSent) {
      this.wire.message(packed, packed !== message);
      this.wire.finish(Code.OK, "", true);
    } else this.wire.answer(packed, packed !== message);
  };

  /** Compressed as the request was; an empty message never is, as with grpc-go. */
  private packed(message: Buffer): Buffer {
    return this.admission.gzip && message.length > 0 ? gzipSync(message) : message;
  }

  private run(work: Promise<void>): void {
    this.running = true;
    work.then(() => this.succeed(), this.reject);
  }

  private succeed(): void {
    if (this.over) return;
    this.settle(Code.OK);
    this.wire.finish(Code.OK, "", this.headersSent);
  }

  /** Ends the call with an error; aborts the handler if it still runs. */
  fail(error: StatusError): void {
    if (this.over) return;
    this.settle(error.code);
    this.wire.finish(error.code, error.message, this.headersSent);
    this.abort(error);
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
    this.drained();
  }

  sendHeaders(): void {
    if (this.headersSent || this.over) return;
    this.headersSent = true;
    this.wire.headers();
  }

  send(message: Buffer): Promise<void> | undefined {
    if (this.over) return Promise.reject(this.abortReason ?? new StatusError(Code.Canceled, "context canceled"));
    this.sendHeaders();
    this.route.counters.sent++;
    this.route.counters.sentBytes += message.length;
    const packed = this.packed(message);
    if (this.wire.message(packed, packed !== message)) return undefined;
    return new Promise((resolve, reject) => {
      (this.wakeSenders ??= []).push(() => (this.over ? reject(this.abortReason ?? new StatusError(Code.Canceled, "context canceled")) : resolve()));
    });
  }

  /** The stream took what was written. */
  drained(): void {
    const waking = this.wakeSenders;
    if (waking === undefined) return;
    this.wakeSenders = undefined;
    for (const wake of waking) wake();
  }

  get messages(): AsyncIterable<Buffer> {
    return { [Symbol.asyncIterator]: () => ({ next: () => this.nextMessage() }) };
  }

  private async nextMessage(): Promise<IteratorResult<Buffer>> {
    for (;;) {
      const message = this.waiting.shift();
      if (message !== undefined) {
        if (this.waiting.length === 0 && this.paused) {
          this.paused = false;
          this.wire.resume();
        }
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

/** compress/gzip's words. */
function gzipFlaw(error: NodeJS.ErrnoException, length: number): string {
  if (length < GZIP_HEADER_BYTES) return length === 0 ? "EOF" : "unexpected EOF";
  if (error.code === "Z_BUF_ERROR") return "unexpected EOF";
  if (/incorrect header check|unknown compression method/.test(error.message)) return "gzip: invalid header";
  if (/incorrect (?:data|length) check/.test(error.message)) return "gzip: invalid checksum";
  return error.message;
}
