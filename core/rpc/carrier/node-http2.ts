/**
 * The service table over node:http2 (gRPC's PROTOCOL-HTTP2), the second carrier: the member's own is `../h2`. Refusals and
 * their texts are grpc-go's.
 */
import { constants, createServer, type Http2Server, type IncomingHttpHeaders, type OutgoingHttpHeaders, type ServerHttp2Session, type ServerHttp2Stream } from "node:http2";
import type { Duplex } from "node:stream";
import type { Code} from "../../proto/errors.ts";
import { type StatusError } from "../../proto/errors.ts";
import { encodeStatusMessage, frame } from "../../proto/grpc.ts";
import { verifiedCommonName } from "../../tls/tls-gate.ts";
import { greetHttp2 } from "../http2-greeting.ts";
import type { Metadata } from "../service.ts";
import { type Admission, Admissions, isGrpc, type Refusal } from "./admission.ts";
import { type Carrier, type CarrierOptions, type HttpAccept, peerOf } from "./carrier.ts";
import { Exchange } from "./exchange.ts";
import { bridge, bridgedHeaders } from "./http-bridge.ts";
import type { Routes } from "./route.ts";
import { type Pinged, PingGuard } from "./ping-guard.ts";
import type { Wire } from "./wire.ts";

/** Bytes a client may have in flight towards us: for one stream, and for a connection. */
const STREAM_WINDOW_BYTES = 512 * 1024;
const CONNECTION_WINDOW_BYTES = 4 * 1024 * 1024;
/** Memory that one connection may make node:http2 hold, in MB, before streams are refused. */
const SESSION_MEMORY_MB = 64;
/** Longest wait for a graceful end of calls when the member stops, ms. */
const CLOSE_GRACE_MS = 2000;
/** Messages up to this size are copied behind their prefix; longer ones are written after it. */
const COPY_BYTES_MAX = 16 * 1024;

const RESPOND_THEN_TRAILERS = { waitForTrailers: true, sendDate: false };
const RESPOND_AND_END = { endStream: true, sendDate: false };
const TRAILERS_OK: OutgoingHttpHeaders = { "grpc-status": "0", "grpc-message": "" };

class Connection implements Pinged {
  readonly exchanges = new Set<Exchange>();
  readonly guard: PingGuard;
  private spoke = false;

  constructor(
    private readonly session: ServerHttp2Session,
    readonly peer: string,
    readonly commonName: string | undefined,
    readonly http: HttpAccept | undefined,
    options: CarrierOptions,
  ) {
    this.guard = new PingGuard(options.keepalive, this);
    session.on("ping", () => this.guard.pinged());
    session.once("close", () => this.guard.close());
  }

  get openStreams(): number {
    return this.exchanges.size;
  }

  speak(): void {
    this.spoke = true;
  }

  spokeSince(): boolean {
    const { spoke } = this;
    this.spoke = false;
    return spoke;
  }

  ping(): void {
    this.session.ping(() => this.guard.heard(performance.now()));
  }

  refuse(): void {
    this.session.goaway(constants.NGHTTP2_ENHANCE_YOUR_CALM, 2 ** 31 - 1, Buffer.from("too_many_pings"));
    setImmediate(() => this.session.destroy());
  }

  abandon(): void {
    this.session.destroy();
  }
}

/** A call's stream of node:http2. */
class NodeWire implements Wire {
  exchange: Exchange | undefined;
  private status: OutgoingHttpHeaders = TRAILERS_OK;
  private inputEnded = false;

  constructor(
    private readonly stream: ServerHttp2Stream,
    private readonly admission: Admission,
    private readonly connection: Connection,
  ) {
    stream.on("error", () => this.exchange?.lost());
    stream.on("data", (chunk: Buffer) => this.exchange?.push(chunk, 0, chunk.length));
    stream.on("end", () => {
      this.inputEnded = true;
      this.exchange?.endInput();
    });
    stream.on("close", () => this.exchange?.lost());
    stream.on("drain", () => this.exchange?.drained());
    stream.on("wantTrailers", () => {
      stream.sendTrailers(this.status);
      this.closeStream();
    });
  }

  headers(): void {
    this.connection.speak();
    const headers: OutgoingHttpHeaders = { ":status": 200, "content-type": this.admission.contentType };
    if (this.admission.gzip) headers["grpc-encoding"] = "gzip";
    this.stream.respond(headers, RESPOND_THEN_TRAILERS);
  }

  message(bytes: Buffer, compressed: boolean): boolean {
    this.connection.speak();
    const framed = frame(bytes.length <= COPY_BYTES_MAX ? bytes : EMPTY);
    if (compressed) framed[0] = 1;
    if (bytes.length <= COPY_BYTES_MAX) return this.stream.write(framed);
    framed.writeUInt32BE(bytes.length, 1);
    this.stream.write(framed);
    return this.stream.write(bytes);
  }

  answer(bytes: Buffer, compressed: boolean): void {
    this.headers();
    this.message(bytes, compressed);
    this.stream.end();
  }

  finish(code: Code, message: string, headersSent: boolean): void {
    if (this.stream.destroyed || this.stream.closed) return;
    this.connection.speak();
    this.status = { "grpc-status": String(code), "grpc-message": encodeStatusMessage(message) };
    if (headersSent) this.stream.end();
    else {
      this.stream.respond({ ":status": 200, "content-type": this.admission.contentType, ...this.status }, RESPOND_AND_END);
      this.closeStream();
    }
  }

  pause(): void {
    this.stream.pause();
  }

  resume(): void {
    this.stream.resume();
  }

  /** A client that has not closed its side yet is told that nobody reads it any more. */
  private closeStream(): void {
    if (!this.inputEnded && !this.stream.readableEnded) setImmediate(() => this.stream.close(constants.NGHTTP2_NO_ERROR));
  }
}

const EMPTY = Buffer.alloc(0);

export class NodeHttp2Carrier implements Carrier {
  private readonly admissions: Admissions;
  private readonly server: Http2Server;
  private readonly sessions = new Map<ServerHttp2Session, Connection>();
  /** of the connection that is being handed to node */
  private accepting: HttpAccept | undefined;
  private acceptedName: string | undefined;
  private closing = false;

  constructor(
    routes: Routes,
    private readonly options: CarrierOptions,
  ) {
    this.admissions = new Admissions(routes);
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

  accept(socket: Duplex, http?: HttpAccept): void {
    if (this.closing) {
      socket.destroy();
      return;
    }
    greetHttp2(socket, () => {
      // node makes the session, and tells of it, before this returns
      this.accepting = http;
      this.acceptedName = verifiedCommonName(socket);
      this.server.emit("connection", socket);
      this.accepting = undefined;
    });
  }

  get connections(): number {
    return this.sessions.size;
  }

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
    const connection = new Connection(session, peerOf(session.socket), this.acceptedName, this.accepting, this.options);
    this.sessions.set(session, connection);
    session.setLocalWindowSize(CONNECTION_WINDOW_BYTES);
    session.on("stream", (stream, headers) => this.serve(stream, headers, connection));
    session.once("close", () => this.sessions.delete(session));
  }

  private serve(stream: ServerHttp2Stream, headers: IncomingHttpHeaders, connection: Connection): void {
    connection.guard.heard(performance.now());
    const method = headers[":method"] ?? "";
    const path = headers[":path"] ?? "";
    if (connection.http !== undefined && !isGrpc(headers["content-type"])) {
      passOn(stream, method, path, headers, connection.http, connection.peer);
      return;
    }
    const decision = this.admissions.decide(method, path, headers as Metadata, 0);
    if (decision.kind === "refusal") {
      refuse(stream, decision);
      return;
    }
    const wire = new NodeWire(stream, decision, connection);
    const exchange = new Exchange(wire, decision, this.options.limits, connection, (ended) => connection.exchanges.delete(ended));
    connection.exchanges.add(exchange);
    wire.exchange = exchange;
    exchange.begin();
  }
}

function refuse(stream: ServerHttp2Stream, { httpStatus, code, message, contentType }: Refusal): void {
  stream.on("error", () => stream.destroy());
  stream.resume();
  stream.respond({ ":status": httpStatus, "content-type": contentType, "grpc-status": String(code), "grpc-message": encodeStatusMessage(message) }, RESPOND_AND_END);
}

function passOn(stream: ServerHttp2Stream, method: string, path: string, headers: IncomingHttpHeaders, http: HttpAccept, peer: string): void {
  const regular = Object.entries(headers).flatMap(([name, value]): [string, string][] =>
    name.startsWith(":") || value === undefined ? [] : Array.isArray(value) ? value.map((one) => [name, one]) : [[name, value]],
  );
  const authority = headers[":authority"] ?? headers.host ?? "";
  const fail = (): void => stream.close(constants.NGHTTP2_INTERNAL_ERROR);
  const request = bridge(
    http,
    { method, path, authority, headers: regular, peer },
    (response) => {
      const answer: Record<string, string | string[]> = {};
      const pairs = bridgedHeaders(response);
      for (let index = 0; index < pairs.length; index += 2) {
        const known = answer[pairs[index]!];
        answer[pairs[index]!] = known === undefined ? pairs[index + 1]! : [...(Array.isArray(known) ? known : [known]), pairs[index + 1]!];
      }
      if (stream.destroyed) return;
      stream.respond({ ":status": response.statusCode ?? 500, ...answer });
      response.pipe(stream);
      response.on("error", fail);
    },
    fail,
  );
  stream.on("error", () => request.destroy());
  stream.on("close", () => request.destroy());
  stream.pipe(request);
}
