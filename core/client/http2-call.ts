/** One call on a node:http2 stream: requests framed, responses cut, and the status found wherever it came. */
import { constants, type ClientHttp2Stream, type IncomingHttpHeaders, type IncomingHttpStatusHeader } from "node:http2";
import { STATUS_CODES } from "node:http";
import { Code, StatusError } from "../proto/errors.ts";
import { codeOfHttpStatus, codeOfNumber, codeOfReset, decodeStatusMessage, Deframer, frame } from "../proto/grpc.ts";
import type { MethodInfo } from "../proto/wire.ts";
import type { CallOptions, ClientStream } from "./channel.ts";
import { ConnectionError } from "./connection-error.ts";

/** Responses waiting to be read before the stream is paused, and so the server held back. */
const RESPONSES_WAITING_MAX = 64;

type Headers = IncomingHttpHeaders & IncomingHttpStatusHeader;

export class Http2Call<Request, Response> {
  onMessage: (message: Response) => void = () => undefined;
  /** called once; undefined = status OK */
  onEnd: (failure: StatusError | undefined) => void = () => undefined;
  private stream: ClientHttp2Stream | undefined;
  private ended = false;
  private headers: Headers | undefined;
  private status: IncomingHttpHeaders | undefined;
  private timer: NodeJS.Timeout | undefined;
  private onAbort: (() => void) | undefined;
  private opened: Promise<ClientHttp2Stream> | undefined;
  private halfClosed = false;

  constructor(
    private readonly method: MethodInfo<Request, Response>,
    private readonly options: CallOptions,
    private readonly sendBytesMax: number,
    private readonly receiveBytesMax: number,
    private readonly open: (timeoutMs: number | undefined) => ClientHttp2Stream | Promise<ClientHttp2Stream>,
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
    if (timeoutMs !== undefined) this.timer = setTimeout(() => this.expire(), Math.max(0, timeoutMs));
    let body: Buffer | undefined;
    if (request !== undefined) {
      try {
        body = this.encode(request);
      } catch (error) {
        this.end(asStatus(error));
        return;
      }
    }
    const opening = this.openNow(timeoutMs);
    if (opening === undefined) return;
    if (!(opening instanceof Promise)) {
      this.attach(opening, body);
      return;
    }
    this.opened = opening;
    opening.then(
      (stream) => {
        if (this.ended) {
          stream.close(constants.NGHTTP2_CANCEL);
          return;
        }
        if (timeoutMs !== undefined && performance.now() - startedAt >= timeoutMs) this.expire();
        this.attach(stream, body);
      },
      (error: unknown) => this.end(asStatus(error)),
    );
  }

  private openNow(timeoutMs: number | undefined): ClientHttp2Stream | Promise<ClientHttp2Stream> | undefined {
    try {
      return this.open(timeoutMs);
    } catch (error) {
      // node:http2 throws where the session died in this very turn
      this.end(new ConnectionError(`error reading from server: ${(error as Error).message}`, false, { cause: error }));
      return undefined;
    }
  }

  private encode(request: Request): Buffer {
    const size = this.method.request.size(request);
    if (size > this.sendBytesMax)
      throw new StatusError(Code.ResourceExhausted, `trying to send message larger than max (${size} vs. ${this.sendBytesMax})`);
    return frame(this.method.request.encode(request));
  }

  private attach(stream: ClientHttp2Stream, body: Buffer | undefined): void {
    this.stream = stream;
    const deframer = new Deframer(this.receiveBytesMax, (message, compressed) => {
      if (compressed) throw new StatusError(Code.Internal, "grpc: compressed response without an agreed grpc-encoding");
      this.onMessage(this.method.response.decode(message));
    });
    stream.on("response", (headers) => {
      this.headers = headers;
      if (headers["grpc-status"] !== undefined) this.status = headers;
    });
    stream.on("trailers", (trailers) => {
      this.status = trailers;
    });
    stream.on("data", (chunk: Buffer) => {
      if (this.ended || this.headers?.[":status"] !== 200) return;
      try {
        deframer.push(chunk);
      } catch (error) {
        this.end(asStatus(error));
        stream.close(constants.NGHTTP2_CANCEL);
      }
    });
    stream.on("error", (error: NodeJS.ErrnoException) => this.finish(error));
    stream.on("close", () => this.finish(undefined));
    if (body !== undefined) {
      this.halfClosed = true;
      stream.end(body);
    }
    // "close" waits until the server's side is read to its end
    stream.on("end", () => this.finish(undefined));
  }

  private finish(error: NodeJS.ErrnoException | undefined): void {
    if (this.ended) return;
    const status = this.status;
    if (status !== undefined) {
      const code = codeOfNumber(Number(status["grpc-status"] ?? Code.Unknown));
      const message = decodeStatusMessage(String(status["grpc-message"] ?? ""));
      this.end(code === Code.OK ? undefined : new StatusError(code, message));
      return;
    }
    const stream = this.stream;
    const httpStatus = this.headers?.[":status"];
    if (httpStatus !== undefined && httpStatus !== 200) {
      const kind = this.headers?.["content-type"];
      const detail = kind === undefined ? "missing HTTP content-type" : `received unexpected content-type ${JSON.stringify(kind)}`;
      const text = `unexpected HTTP status code received from server: ${httpStatus} (${STATUS_CODES[httpStatus] ?? ""}); transport: ${detail}`;
      this.end(new StatusError(codeOfHttpStatus(httpStatus), text));
      return;
    }
    const reset = stream?.rstCode ?? 0;
    const lost = stream?.session === undefined || stream.session.destroyed;
    if (lost || error?.code === "ERR_HTTP2_SESSION_ERROR" || error?.code === "ECONNRESET") {
      this.end(new ConnectionError("error reading from server: EOF", true, { cause: error }));
      return;
    }
    if (error?.code === "ERR_HTTP2_GOAWAY_SESSION" || reset === constants.NGHTTP2_REFUSED_STREAM) {
      this.end(new ConnectionError("the connection is draining", false, { cause: error }));
      return;
    }
    if (reset !== 0) this.end(new StatusError(codeOfReset(reset), `stream terminated by RST_STREAM with error code: ${resetName(reset)}`, { cause: error }));
    else this.end(new StatusError(Code.Internal, "server closed the stream without sending trailers", { cause: error }));
  }

  private end(failure: StatusError | undefined): void {
    if (this.ended) return;
    this.ended = true;
    clearTimeout(this.timer);
    if (this.onAbort !== undefined) this.options.signal?.removeEventListener("abort", this.onAbort);
    this.onEnd(failure);
  }

  cancel(): void {
    this.end(new StatusError(Code.Canceled, "context canceled"));
    this.stream?.close(constants.NGHTTP2_CANCEL);
  }

  private expire(): void {
    this.end(new StatusError(Code.DeadlineExceeded, "context deadline exceeded"));
    this.stream?.close(constants.NGHTTP2_CANCEL);
  }

  /** The same call as a ClientStream; to be taken before `start`. */
  asStream(): ClientStream<Request, Response> {
    const waiting: Response[] = [];
    let failure: StatusError | undefined;
    let done = false;
    let wake: (() => void) | undefined;
    this.onMessage = (message) => {
      waiting.push(message);
      if (waiting.length >= RESPONSES_WAITING_MAX) this.stream?.pause();
      wake?.();
    };
    this.onEnd = (ended) => {
      failure = ended;
      done = true;
      wake?.();
    };
    const resume = (): void => {
      this.stream?.resume();
    };
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

  private async write(request: Request): Promise<void> {
    const body = this.encode(request);
    const stream = this.stream ?? (await this.opened);
    if (this.ended || stream === undefined || stream.destroyed) throw new StatusError(Code.Canceled, "the stream is closed");
    if (stream.write(body)) return;
    await new Promise<void>((resolve) => {
      const go = (): void => {
        stream.removeListener("drain", go);
        stream.removeListener("close", go);
        resolve();
      };
      stream.once("drain", go);
      stream.once("close", go);
    });
  }

  private closeWrite(): void {
    if (this.halfClosed) return;
    this.halfClosed = true;
    if (this.stream !== undefined) this.stream.end();
    else
      this.opened?.then(
        (stream) => stream.end(),
        () => undefined, // the failed dial has ended the call already
      );
  }
}

function asStatus(error: unknown): StatusError {
  if (error instanceof StatusError) return error;
  return new StatusError(Code.Internal, (error as Error).message, { cause: error });
}

function resetName(code: number): string {
  const names = [
    "NO_ERROR",
    "PROTOCOL_ERROR",
    "INTERNAL_ERROR",
    "FLOW_CONTROL_ERROR",
    "SETTINGS_TIMEOUT",
    "STREAM_CLOSED",
    "FRAME_SIZE_ERROR",
    "REFUSED_STREAM",
    "CANCEL",
    "COMPRESSION_ERROR",
    "CONNECT_ERROR",
    "ENHANCE_YOUR_CALM",
    "INADEQUATE_SECURITY",
    "HTTP_1_1_REQUIRED",
  ];
  return names[code] ?? String(code);
}
