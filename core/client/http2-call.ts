/** One call on an HTTP/2 stream: requests framed, responses cut, and the status found wherever it came. */
import { STATUS_CODES } from "node:http";
import type { HeaderList } from "../h2/header-field.ts";
import { ErrorCode, errorName } from "../h2/protocol.ts";
import type { Stream, StreamHandler } from "../h2/stream.ts";
import { Code, StatusError } from "../proto/errors.ts";
import { codeOfHttpStatus, codeOfNumber, codeOfReset, decodeStatusMessage, Deframer } from "../proto/grpc.ts";
import type { MethodInfo } from "../proto/wire.ts";
import type { CallOptions, ClientStream } from "./channel.ts";
import { ConnectionError } from "./connection-error.ts";
import type { Http2Session } from "./http2-session.ts";

/** Responses waiting to be read before the server is held back. */
const RESPONSES_WAITING_MAX = 64;
/** Responses up to this size, such as a snapshot's, are put together without growing. */
const FIRST_BODY_BYTES = 64 * 1024;

/** A stream that was opened, and the connection it is on. */
export interface Opened {
  readonly session: Http2Session;
  readonly stream: Stream;
}

export class Http2Call<Request, Response> implements StreamHandler {
  onMessage: (message: Response) => void = () => undefined;
  /** called once; undefined = status OK */
  onEnd: (failure: StatusError | undefined) => void = () => undefined;
  private opened: Opened | undefined;
  private opening: Promise<Opened> | undefined;
  private ended = false;
  private httpStatus: number | undefined;
  private contentType: string | undefined;
  private timer: NodeJS.Timeout | undefined;
  private onAbort: (() => void) | undefined;
  private halfClosed = false;
  private deframer: Deframer | undefined;
  private writers: (() => void)[] | undefined;
  /** the reader has enough: what comes is not told to the server as taken */
  private paused = false;
  private held = 0;

  constructor(
    private readonly method: MethodInfo<Request, Response>,
    private readonly options: CallOptions,
    private readonly sendBytesMax: number,
    private readonly receiveBytesMax: number,
    private readonly open: (timeoutMs: number | undefined, handler: StreamHandler) => Opened | Promise<Opened>,
  ) {}

  /** Opens the stream; with a request, sends it and closes this side. */
  start(request: Request | undefined): void {
    const { timeoutMs, signal } = this.options;
    if (signal !== undefined) {
      if (signal.aborted) {
        this.end(new StatusError(Code.Canceled, "context canceled"));
        return;
      }
      this.onAbort = () => this.cancel();
      signal.addEventListener("abort", this.onAbort, { once: true });
    }
    const startedAt = timeoutMs === undefined ? 0 : performance.now();
    if (timeoutMs !== undefined) this.timer = setTimeout(() => this.expire(), Math.min(Math.max(0, timeoutMs), 2147483647));
    let body: Buffer | undefined;
    if (request !== undefined) {
      try {
        body = this.encode(request);
      } catch (error) {
        this.end(asStatus(error));
        return;
      }
    }
    const opening = this.open(timeoutMs, this);
    if (!(opening instanceof Promise)) {
      this.attach(opening, body);
      return;
    }
    this.opening = opening;
    opening.then(
      (opened) => {
        if (!this.ended && timeoutMs !== undefined && performance.now() - startedAt >= timeoutMs) this.expire();
        if (!this.ended) {
          this.attach(opened, body);
          return;
        }
        opened.session.reset(opened.stream, ErrorCode.Cancel);
        opened.session.released();
      },
      (error: unknown) => this.end(asStatus(error)),
    );
  }

  private encode(request: Request): Buffer {
    const size = this.method.request.size(request);
    if (size > this.sendBytesMax)
      throw new StatusError(Code.ResourceExhausted, `trying to send message larger than max (${size} vs. ${this.sendBytesMax})`);
    return this.method.request.encode(request);
  }

  private attach(opened: Opened, body: Buffer | undefined): void {
    this.opened = opened;
    if (body === undefined) return;
    this.halfClosed = true;
    opened.session.send(opened.stream, body, true);
  }

  // ---- from the connection

  onHeaders(list: HeaderList, ended: boolean): void {
    if (this.httpStatus === undefined) {
      this.httpStatus = Number(list.get(":status"));
      this.contentType = list.get("content-type");
      if (!ended && this.httpStatus === 200) return;
    }
    this.finish(list);
  }

  onData(bytes: Buffer, start: number, end: number, ended: boolean): void {
    const { session, stream } = this.opened!;
    if (!this.ended && this.httpStatus === 200) {
      try {
        this.deframer ??= new Deframer(this.receiveBytesMax, (message, compressed) => {
          if (compressed) throw new StatusError(Code.Internal, "grpc: compressed response without an agreed grpc-encoding");
          this.onMessage(this.method.response.decode(message));
        }, FIRST_BODY_BYTES);
        this.deframer.push(bytes.subarray(start, end));
      } catch (error) {
        this.end(asStatus(error));
        session.reset(stream, ErrorCode.Cancel);
        return;
      }
    }
    if (this.paused) this.held += end - start;
    else session.consumed(stream, end - start);
    if (ended) this.finish(undefined);
  }

  onReset(code: number): void {
    this.drained();
    if (this.ended) return;
    const session = this.opened?.session;
    if (session?.lost !== false) this.end(new ConnectionError("error reading from server: EOF", true));
    else if (code === ErrorCode.RefusedStream) this.end(new ConnectionError("the connection is draining", false));
    else if (code === ErrorCode.NoError) this.end(new StatusError(Code.Internal, "server closed the stream without sending trailers"));
    else this.end(new StatusError(codeOfReset(code), `stream terminated by RST_STREAM with error code: ${errorName(code)}`));
  }

  onDrain(): void {
    this.drained();
  }

  /** The server has said all; its status is in `list`, or nowhere. */
  private finish(list: HeaderList | undefined): void {
    if (this.ended) return;
    const code = list?.get("grpc-status");
    if (code !== undefined) {
      const known = codeOfNumber(Number(code));
      this.end(known === Code.OK ? undefined : new StatusError(known, decodeStatusMessage(list?.get("grpc-message") ?? "")));
    } else if (this.httpStatus !== undefined && this.httpStatus !== 200) {
      const detail = this.contentType === undefined ? "missing HTTP content-type" : `received unexpected content-type ${JSON.stringify(this.contentType)}`;
      const text = `unexpected HTTP status code received from server: ${this.httpStatus} (${STATUS_CODES[this.httpStatus] ?? ""}); transport: ${detail}`;
      this.end(new StatusError(codeOfHttpStatus(this.httpStatus), text));
    } else if (list !== undefined && this.deframer !== undefined) this.end(new StatusError(Code.Unknown, ""));
    else this.end(new StatusError(Code.Internal, "server closed the stream without sending trailers"));
    this.release();
  }

  /** The answer is complete: what is left of the request is of no use. */
  private release(): void {
    const { opened } = this;
    if (opened !== undefined && !opened.stream.gone && !opened.stream.localClosed) opened.session.reset(opened.stream, ErrorCode.NoError);
  }

  private end(failure: StatusError | undefined): void {
    if (this.ended) return;
    this.ended = true;
    clearTimeout(this.timer);
    if (this.onAbort !== undefined) this.options.signal?.removeEventListener("abort", this.onAbort);
    this.opened?.session.released();
    this.drained();
    this.onEnd(failure);
  }

  cancel(): void {
    this.end(new StatusError(Code.Canceled, "context canceled"));
    if (this.opened !== undefined) this.opened.session.reset(this.opened.stream, ErrorCode.Cancel);
  }

  private expire(): void {
    this.end(new StatusError(Code.DeadlineExceeded, "context deadline exceeded"));
    if (this.opened !== undefined) this.opened.session.reset(this.opened.stream, ErrorCode.Cancel);
  }

  /** The same call as a ClientStream; to be taken before `start`. */
  asStream(): ClientStream<Request, Response> {
    const waiting: Response[] = [];
    let failure: StatusError | undefined;
    let done = false;
    let wake: (() => void) | undefined;
    this.onMessage = (message) => {
      waiting.push(message);
      if (waiting.length >= RESPONSES_WAITING_MAX) this.paused = true;
      wake?.();
    };
    this.onEnd = (ended) => {
      failure = ended;
      done = true;
      wake?.();
    };
    const resume = (): void => this.resume();
    const cancel = (): void => this.cancel();
    async function* responses(): AsyncGenerator<Response> {
      try {
        for (;;) {
          const next = waiting.shift();
          if (next !== undefined) {
            if (waiting.length === 0) resume();
            yield next;
          } else if (done) {
            if (failure !== undefined) throw failure;
            return;
          } else {
            await new Promise<void>((resolve) => {
              wake = resolve;
            });
            wake = undefined;
          }
        }
      } finally {
        cancel(); // a reader that walks away takes the call with it
      }
    }
    return {
      write: (request) => this.write(request),
      closeWrite: () => this.closeWrite(),
      responses: responses(),
      cancel,
    };
  }

  private resume(): void {
    if (!this.paused) return;
    this.paused = false;
    const { held } = this;
    this.held = 0;
    if (this.opened !== undefined) this.opened.session.consumed(this.opened.stream, held);
  }

  private async write(request: Request): Promise<void> {
    const body = this.encode(request);
    const opened = this.opened ?? (await this.opening);
    if (this.ended || opened === undefined || opened.stream.gone) throw new StatusError(Code.Canceled, "the stream is closed");
    if (opened.session.send(opened.stream, body, false)) return;
    await new Promise<void>((resolve) => (this.writers ??= []).push(resolve));
  }

  private drained(): void {
    const { writers } = this;
    this.writers = undefined;
    for (const resolve of writers ?? []) resolve();
  }

  private closeWrite(): void {
    if (this.halfClosed) return;
    this.halfClosed = true;
    if (this.opened !== undefined) this.opened.session.endInput(this.opened.stream);
    else
      this.opening?.then(
        ({ session, stream }) => session.endInput(stream),
        () => undefined, // the failed dial has ended the call already
      );
  }
}

function asStatus(error: unknown): StatusError {
  if (error instanceof StatusError) return error;
  return new StatusError(Code.Internal, (error as Error).message, { cause: error });
}
