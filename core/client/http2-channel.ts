/**
 * A Channel over node:http2. One connection, dialled by the first call and again by the next call after it was lost;
 * a call never waits longer than its own deadline. Texts of transport failures are grpc-go's, because tools print them.
 */
import { connect as connectHttp2, constants, type ClientHttp2Session, type ClientHttp2Stream } from "node:http2";
import { connect as connectSocket, type Socket } from "node:net";
import type { Duplex } from "node:stream";
import { type AddressBook, plainAddressBook } from "../platform/address-book.ts";
import { Code, StatusError } from "../proto/errors.ts";
import { formatTimeout } from "../proto/grpc.ts";
import type { MethodInfo } from "../proto/wire.ts";
import { TlsDialer } from "../tls/tls-dial.ts";
import { noTls } from "../tls/tls-info.ts";
import { Http2Call } from "./http2-call.ts";
import type { CallOptions, Channel, ClientStream } from "./channel.ts";
import { ConnectionError } from "./connection-error.ts";
import { dialFailure, dialOptions, type Endpoint, handshakeFailure, parseEndpoint, prefaceFailure } from "./endpoint.ts";

export interface ChannelOptions {
  readonly addressBook?: AddressBook;
  /** TLS of https endpoints, and of those that name no scheme. Absent: the former trust the system, the latter speak plaintext. */
  readonly tls?: TlsDialer;
  /** metadata of every call, such as a token */
  readonly metadata?: Readonly<Record<string, string>>;
  /** how long a dial may take, ms */
  readonly dialTimeoutMs?: number;
  /** ping after so long without traffic, ms; 0 = never */
  readonly keepaliveTimeMs?: number;
  /** a ping unanswered for so long ends the connection, ms */
  readonly keepaliveTimeoutMs?: number;
  /** largest request, bytes; etcd's client: 2 MiB */
  readonly sendBytesMax?: number;
  /** largest response, bytes; etcd's client: no bound but int32 */
  readonly receiveBytesMax?: number;
}

/** What a single stream may have in flight towards us; the connection gets eight times that. */
const STREAM_WINDOW_BYTES = 1 << 20;

const NO_METADATA: Readonly<Record<string, string>> = {};

export class Http2Channel implements Channel {
  readonly endpoint: string;
  private readonly target: Endpoint;
  private readonly tls: TlsDialer | undefined;
  private readonly book: AddressBook;
  private readonly sendBytesMax: number;
  private readonly receiveBytesMax: number;
  private session: ClientHttp2Session | undefined;
  private dialling: Promise<ClientHttp2Session> | undefined;
  private abandonDial: (() => void) | undefined;
  private closed = false;

  constructor(
    endpoint: string,
    private readonly options: ChannelOptions = {},
  ) {
    this.endpoint = endpoint;
    this.target = parseEndpoint(endpoint);
    const { security } = this.target;
    if (security === "required") this.tls = options.tls ?? new TlsDialer(noTls, ["h2"]);
    else this.tls = security === "optional" ? options.tls : undefined;
    this.book = options.addressBook ?? plainAddressBook;
    this.sendBytesMax = options.sendBytesMax ?? 2 * 1024 * 1024;
    this.receiveBytesMax = options.receiveBytesMax ?? 2147483647;
  }

  unary<Request, Response>(method: MethodInfo<Request, Response>, request: Request, options: CallOptions = {}): Promise<Response> {
    return new Promise((resolve, reject) => {
      const call = this.begin(method, options);
      let response: Response | undefined;
      call.onMessage = (message) => {
        response = message;
      };
      call.onEnd = (failure) => {
        if (failure !== undefined) reject(failure);
        else if (response === undefined) reject(new StatusError(Code.Internal, "server closed the stream without sending a response"));
        else resolve(response);
      };
      call.start(request);
    });
  }

  stream<Request, Response>(method: MethodInfo<Request, Response>, options: CallOptions = {}): ClientStream<Request, Response> {
    const call = this.begin(method, options);
    const stream = call.asStream();
    call.start(undefined);
    return stream;
  }

  close(): void {
    this.closed = true;
    this.abandonDial?.();
    const session = this.session;
    this.session = undefined;
    session?.destroy();
  }

  private begin<Request, Response>(method: MethodInfo<Request, Response>, options: CallOptions): Http2Call<Request, Response> {
    return new Http2Call(method, options, this.sendBytesMax, this.receiveBytesMax, (timeoutMs) => {
      const session = this.session;
      if (session !== undefined && !session.closed && !session.destroyed) return this.open(session, method, options, timeoutMs);
      return this.connected().then((fresh) => this.open(fresh, method, options, timeoutMs));
    });
  }

  private open(
    session: ClientHttp2Session,
    method: MethodInfo<never, never> | MethodInfo,
    options: CallOptions,
    timeoutMs: number | undefined,
  ): ClientHttp2Stream {
    const headers: Record<string, string> = {
      ":method": "POST",
      ":scheme": this.tls === undefined ? "http" : "https",
      ":authority": this.target.authority,
      ":path": `/${method.service}/${method.name}`,
      "content-type": "application/grpc",
      te: "trailers",
      "user-agent": "quorum-lab",
    };
    if (timeoutMs !== undefined) headers["grpc-timeout"] = formatTimeout(timeoutMs);
    Object.assign(headers, this.options.metadata ?? NO_METADATA, options.metadata ?? NO_METADATA);
    return session.request(headers, { endStream: false });
  }

  private connected(): Promise<ClientHttp2Session> {
    if (this.closed) return Promise.reject(new StatusError(Code.Canceled, "grpc: the client connection is closing"));
    return (this.dialling ??= this.dial().finally(() => {
      this.dialling = undefined;
      this.abandonDial = undefined;
    }));
  }

  private dial(): Promise<ClientHttp2Session> {
    return new Promise((resolve, reject) => {
      const socket: Socket = connectSocket(dialOptions(this.target, this.book));
      let failureText = (error: NodeJS.ErrnoException): string => dialFailure(this.target, error);
      const fail = (error: NodeJS.ErrnoException | StatusError): void => {
        clearTimeout(timer);
        socket.destroy();
        reject(error instanceof StatusError ? error : new ConnectionError(failureText(error), false, { cause: error }));
      };
      const timer = setTimeout(() => fail(Object.assign(new Error("dial timed out"), { code: "ETIMEDOUT" })), this.options.dialTimeoutMs ?? 20_000);
      this.abandonDial = () => fail(new StatusError(Code.Canceled, "grpc: the client connection is closing"));
      socket.once("error", fail);
      socket.once("connect", () => {
        socket.removeListener("error", fail);
        failureText = prefaceFailure;
        const { tls, target } = this;
        const host = "host" in target.target ? target.target.host : "localhost";
        if (tls === undefined) this.greet(socket, timer, resolve, fail);
        else tls.handshake(socket, host).then(
          (secured) => this.greet(secured, timer, resolve, fail),
          (error: Error) => fail(new ConnectionError(handshakeFailure(error), false, { cause: error })),
        );
      });
    });
  }

  /** HTTP/2's own greeting, on a connection that is ready for it. */
  private greet(socket: Socket, timer: NodeJS.Timeout, ready: (session: ClientHttp2Session) => void, fail: (error: NodeJS.ErrnoException | StatusError) => void): void {
    const session = connectHttp2(`http://${this.target.authority}`, {
      createConnection: (): Duplex => socket,
      settings: { enablePush: false, initialWindowSize: STREAM_WINDOW_BYTES },
    });
    session.once("error", (error: NodeJS.ErrnoException) => {
      this.forget(session);
      fail(error);
    });
    session.once("goaway", () => this.forget(session));
    session.once("close", () => {
      this.forget(session);
      fail(new Error("EOF"));
    });
    // the server's SETTINGS are its preface: only then is there an HTTP/2 server at the other end
    session.once("remoteSettings", () => {
      clearTimeout(timer);
      session.setLocalWindowSize(8 * STREAM_WINDOW_BYTES);
      this.session = session;
      this.keepAlive(session);
      ready(session);
    });
  }

  private forget(session: ClientHttp2Session): void {
    if (this.session === session) this.session = undefined;
  }

  private keepAlive(session: ClientHttp2Session): void {
    const every = this.options.keepaliveTimeMs ?? 0;
    if (every <= 0) return;
    const interval = setInterval(() => {
      // "close" comes a turn after the session died, and a ping in between would throw
      if (session.destroyed) {
        clearInterval(interval);
        return;
      }
      const overdue = setTimeout(() => session.destroy(new Error("keepalive ping not acked"), constants.NGHTTP2_CANCEL), this.options.keepaliveTimeoutMs ?? 6000);
      overdue.unref();
      session.ping((failure) => {
        clearTimeout(overdue);
        if (failure !== null) clearInterval(interval);
      });
    }, every);
    interval.unref();
    session.once("close", () => clearInterval(interval));
  }
}
