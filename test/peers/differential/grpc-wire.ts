/** gRPC as bytes over node:http2: bodies as they are given, answers with their headers, so that nothing is smoothed over. */
import { type ClientHttp2Session, connect, type ClientHttp2Stream, type IncomingHttpHeaders } from "node:http2";

export interface RawAnswer {
  readonly httpStatus: number;
  readonly contentType: string;
  /** of the trailers, wherever they stood; "none" where the stream ended without */
  readonly status: string;
  readonly message: string;
  readonly bodies: readonly Buffer[];
}

/** One message with its prefix. */
export function framed(body: Buffer, flags = 0): Buffer {
  const head = Buffer.alloc(5);
  head[0] = flags;
  head.writeUInt32BE(body.length, 1);
  return Buffer.concat([head, body]);
}

/** Messages that are whole. */
export class Unframer {
  private rest: Buffer = Buffer.alloc(0);
  push(chunk: Buffer): Buffer[] {
    this.rest = this.rest.length === 0 ? chunk : Buffer.concat([this.rest, chunk]);
    const found: Buffer[] = [];
    while (this.rest.length >= 5) {
      const length = this.rest.readUInt32BE(1);
      if (this.rest.length < 5 + length) break;
      found.push(this.rest.subarray(5, 5 + length));
      this.rest = this.rest.subarray(5 + length);
    }
    return found;
  }
}

export class Connection {
  private session: ClientHttp2Session;

  constructor(private readonly url: string) {
    this.session = this.dial();
  }

  private dial(): ClientHttp2Session {
    const session = connect(this.url, { settings: { initialWindowSize: 16 << 20 } });
    session.on("error", () => session.destroy());
    return session;
  }

  open(path: string, headers: Readonly<Record<string, string>> = {}): ClientHttp2Stream {
    if (this.session.destroyed || this.session.closed) this.session = this.dial();
    return this.session.request({ ":method": "POST", ":path": path, "content-type": "application/grpc", te: "trailers", ...headers });
  }

  /** Sends `wire` (frames and all), closes its side, and gathers the answer. */
  call(path: string, wire: Buffer, headers: Readonly<Record<string, string>> = {}): Promise<RawAnswer> {
    return new Promise((resolve) => {
      const stream = this.open(path, headers);
      gather(stream, resolve);
      stream.end(wire);
    });
  }

  close(): void {
    this.session.destroy();
  }
}

function gather(stream: ClientHttp2Stream, done: (answer: RawAnswer) => void): void {
  const unframer = new Unframer();
  const bodies: Buffer[] = [];
  let head: IncomingHttpHeaders = {};
  let tail: IncomingHttpHeaders = {};
  let reset = "none";
  stream.on("response", (headers) => {
    head = headers;
    if (headers["grpc-status"] !== undefined) tail = headers;
  });
  stream.on("trailers", (headers) => (tail = headers));
  stream.on("data", (chunk: Buffer) => bodies.push(...unframer.push(chunk)));
  stream.on("error", (error: NodeJS.ErrnoException) => (reset = error.message));
  stream.on("close", () =>
    done({
      httpStatus: Number(head[":status"] ?? 0),
      contentType: String(head["content-type"] ?? ""),
      status: String(tail["grpc-status"] ?? reset),
      message: String(tail["grpc-message"] ?? ""),
      bodies,
    }),
  );
}
