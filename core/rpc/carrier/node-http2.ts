/**
 * The service table over node:http2 (gRPC's PROTOCOL-HTTP2). Sockets come from outside (`client-port.ts`), because one
 * port also serves HTTP/1.1. Refusals and their texts are grpc-go's.
 */
import { createServer, type Http2Server, type IncomingHttpHeaders, type ServerHttp2Session, type ServerHttp2Stream } from "node:http2";
import type { Socket } from "node:net";
import { Code, type StatusError } from "../../proto/errors.ts";
import { parseTimeout } from "../../proto/grpc.ts";
import type { CarrierLimits } from "../service.ts";
import { Exchange, trailersOnly } from "./exchange.ts";
import type { Routes } from "./route.ts";
import { type KeepaliveLimits, PingGuard } from "./ping-guard.ts";

export interface CarrierOptions {
  readonly limits: CarrierLimits;
  readonly keepalive: KeepaliveLimits;
  /** a connection that broke its protocol; worth a line at level debug */
  readonly onConnectionError?: (error: Error, peer: string) => void;
}

/** Bytes a client may have in flight towards us: for one stream, and for a connection. */
const STREAM_WINDOW_BYTES = 512 * 1024;
const CONNECTION_WINDOW_BYTES = 4 * 1024 * 1024;
/** Memory that one connection may make node:http2 hold, in MB, before streams are refused. */
const SESSION_MEMORY_MB = 64;
/** Longest wait for a graceful end of calls when the member stops, ms. */
const CLOSE_GRACE_MS = 2000;

interface Connection {
  readonly peer: string;
  readonly guard: PingGuard;
  readonly exchanges: Set<Exchange>;
}

const CALL = Symbol("call");
type CallStream = ServerHttp2Stream & { [CALL]: Exchange };

// one function each for all streams: closures per call would be the costliest part of a small one
function onData(this: ServerHttp2Stream, chunk: Buffer): void {
  (this as CallStream)[CALL].push(chunk);
}
function onEnd(this: ServerHttp2Stream): void {
  (this as CallStream)[CALL].endInput();
}
function onClose(this: ServerHttp2Stream): void {
  (this as CallStream)[CALL].lost();
}
function onError(this: ServerHttp2Stream): void {
  (this as CallStream)[CALL].lost();
}
function onWantTrailers(this: ServerHttp2Stream): void {
  (this as CallStream)[CALL].sendTrailers();
}
function onDrain(this: ServerHttp2Stream): void {
  (this as CallStream)[CALL].drained();
}

export class NodeHttp2Carrier {
  private readonly services: ReadonlySet<string>;
  private readonly server: Http2Server;
  private readonly sessions = new Map<ServerHttp2Session, Connection>();
  private closing = false;

  constructor(
    private readonly routes: Routes,
    private readonly options: CarrierOptions,
  ) {
    this.services = new Set([...routes.values()].map((route) => route.counters.service));
    this.server = createServer({
      maxSessionMemory: SESSION_MEMORY_MB,
      settings: {
        enablePush: false,
        initialWindowSize: STREAM_WINDOW_BYTES,
        maxConcurrentStreams: Math.min(options.limits.concurrentStreamsMax, 4294967295),
        maxHeaderListSize: 65536,
      },
    });
    this.server.on("session", (session) => this.begin(session));
    this.server.on("sessionError", (error, session) => {
      this.options.onConnectionError?.(error, this.sessions.get(session)?.peer ?? "");
      session.destroy();
    });
  }

  /** Takes a connection whose first bytes are HTTP/2's preface; they may have been put back with `unshift`. */
  accept(socket: Socket): void {
    if (this.closing) socket.destroy();
    else this.server.emit("connection", socket);
  }

  /** Number of open connections. */
  get connections(): number {
    return this.sessions.size;
  }

  /** Lets unary calls finish, ends streams with `reason`, then closes the connections. */
  async close(reason: StatusError): Promise<void> {
    this.closing = true;
    const closed = [...this.sessions].map(([session, connection]) => {
      const gone = new Promise<void>((resolve) => session.once("close", resolve));
      session.close();
      for (const exchange of connection.exchanges) if (exchange.streaming) exchange.fail(reason);
      return gone;
    });
    const overdue = setTimeout(() => {
      for (const session of this.sessions.keys()) session.destroy();
    }, CLOSE_GRACE_MS);
    await Promise.all(closed);
    clearTimeout(overdue);
    this.server.close();
  }

  private begin(session: ServerHttp2Session): void {
    const { remoteAddress = "", remotePort = 0 } = session.socket;
    const exchanges = new Set<Exchange>();
    const guard = new PingGuard(session, this.options.keepalive, () => exchanges.size);
    const connection: Connection = { peer: remoteAddress === "" ? "@" : `${remoteAddress}:${remotePort}`, guard, exchanges };
    this.sessions.set(session, connection);
    session.setLocalWindowSize(CONNECTION_WINDOW_BYTES);
    session.on("stream", (stream, headers) => this.serve(stream, headers, connection));
    session.once("close", () => this.sessions.delete(session));
  }

  private serve(stream: ServerHttp2Stream, headers: IncomingHttpHeaders, connection: Connection): void {
    const path = headers[":path"] ?? "";
    const type = headers["content-type"];
    connection.guard.heard();
    if (type === undefined || !type.startsWith("application/grpc") || headers[":method"] !== "POST") {
      refuseHttp(stream, headers);
      return;
    }
    const route = this.routes.get(path);
    if (route === undefined) {
      refuse(stream, Code.Unimplemented, this.unknown(path));
      return;
    }
    const encoding = headers["grpc-encoding"];
    if (encoding !== undefined && encoding !== "identity" && encoding !== "gzip") {
      refuse(stream, Code.Unimplemented, `grpc: Decompressor is not installed for grpc-encoding "${String(encoding)}"`);
      return;
    }
    const timeout = headers["grpc-timeout"];
    const timeoutMs = typeof timeout === "string" ? parseTimeout(timeout) : undefined;
    if (timeout !== undefined && timeoutMs === undefined) {
      refuse(stream, Code.Internal, `malformed grpc-timeout: ${String(timeout)}`);
      return;
    }
    stream.on("error", onError);
    const exchange = new Exchange(stream, headers, route, this.options.limits, connection.peer, timeoutMs, (ended) => {
      connection.exchanges.delete(ended);
      connection.guard.answered();
    });
    connection.exchanges.add(exchange);
    (stream as CallStream)[CALL] = exchange;
    stream.on("data", onData);
    stream.on("end", onEnd);
    stream.on("close", onClose);
    stream.on("wantTrailers", onWantTrailers);
    if (exchange.streaming) stream.on("drain", onDrain);
  }

  private unknown(path: string): string {
    const slash = path.lastIndexOf("/");
    if (!path.startsWith("/") || slash <= 0) return `malformed method name: ${JSON.stringify(path)}`;
    const service = path.slice(1, slash);
    return this.services.has(service) ? `unknown method ${path.slice(slash + 1)} for service ${service}` : `unknown service ${service}`;
  }
}

function refuse(stream: ServerHttp2Stream, code: Code, message: string): void {
  stream.on("error", () => stream.destroy());
  stream.resume();
  trailersOnly(stream, code, message);
}

/** HTTP/2 that is not gRPC: on plaintext etcd hands every HTTP/2 connection to gRPC, which answers like this. */
function refuseHttp(stream: ServerHttp2Stream, headers: IncomingHttpHeaders): void {
  stream.on("error", () => stream.destroy());
  stream.resume();
  const type = headers["content-type"] ?? "";
  const message = type.startsWith("application/grpc")
    ? `Received a HEADERS frame with :method ${JSON.stringify(headers[":method"])} which should be POST`
    : `invalid gRPC request content-type ${JSON.stringify(type)}`;
  stream.respond(
    {
      ":status": type.startsWith("application/grpc") ? 405 : 415,
      "content-type": "application/grpc",
      "grpc-status": String(type.startsWith("application/grpc") ? Code.Internal : Code.InvalidArgument),
      "grpc-message": message,
    },
    { endStream: true },
  );
}
