/**
 * A Channel over our own HTTP/2. One connection, dialled by the first call and again by the next call after it was lost;
 * a call never waits longer than its own deadline. Texts of transport failures are grpc-go's, because tools print them.
 */
import { connect as connectSocket, type Socket } from "node:net";
import type { Duplex } from "node:stream";
import { type AddressBook, plainAddressBook } from "../platform/address-book.ts";
import type { Pairs } from "../h2/hpack-encoder.ts";
import type { StreamHandler } from "../h2/stream.ts";
import { Code, StatusError } from "../proto/errors.ts";
import { formatTimeout } from "../proto/grpc.ts";
import type { MethodInfo } from "../proto/wire.ts";
import { TlsDialer } from "../tls/tls-dial.ts";
import { noTls } from "../tls/tls-info.ts";
import { Http2Call, type Opened } from "./http2-call.ts";
import type { CallOptions, ClientStream, MemberChannel } from "./channel.ts";
import { ConnectionError } from "./connection-error.ts";
import { Http2Session } from "./http2-session.ts";
import { dialFailure, dialOptions, type Endpoint, handshakeFailure, parseEndpoint, prefaceFailure } from "./endpoint.ts";

export interface ChannelOptions {
  readonly addressBook?: AddressBook;
  /** TLS of https endpoints, and of those that name no scheme. Absent: the former trust the system, the latter speak plaintext. */
  readonly tls?: TlsDialer;
  /** metadata of every call, such as a token */
  readonly metadata?: Readonly<Record<string, string>>;
  /** how long a dial may take, ms; 0 or absent: grpc's own 20 s */
  readonly dialTimeoutMs?: number;
  /** ping after so long without traffic, ms; 0 = never */
  readonly keepaliveTimeMs?: number;
  /** a ping unanswered for so long ends the connection, ms */
  readonly keepaliveTimeoutMs?: number;
  /** also while no call runs; absent: yes */
  readonly keepaliveWithoutCalls?: boolean;
  /** largest request, bytes; etcd's client: 2 MiB */
  readonly sendBytesMax?: number;
  /** largest response, bytes; etcd's client: no bound but int32 */
  readonly receiveBytesMax?: number;
}

type AnyMethod = MethodInfo<never, never> | MethodInfo;

const NO_METADATA: Readonly<Record<string, string>> = {};

export class Http2Channel implements MemberChannel {
  readonly endpoint: string;
  onIdle: (() => void) | undefined;
  private readonly target: Endpoint;
  private readonly tls: TlsDialer | undefined;
  private readonly book: AddressBook;
  private readonly sendBytesMax: number;
  private readonly receiveBytesMax: number;
  private session: Http2Session | undefined;
  private dialling: Promise<Http2Session> | undefined;
  private abandonDial: (() => void) | undefined;
  private closed = false;
  private readonly headers = new Map<AnyMethod, Pairs>();

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

  get ready(): boolean {
    return this.session?.usable === true;
  }

  async connect(): Promise<void> {
    if (!this.ready) await this.connected();
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
    return new Http2Call(method, options, this.sendBytesMax, this.receiveBytesMax, (timeoutMs, handler) => {
      const { session } = this;
      const opened = session?.usable === true ? this.open(session, method, options, timeoutMs, handler) : undefined;
      return opened ?? this.openLater(method, options, timeoutMs, handler);
    });
  }

  private async openLater(method: AnyMethod, options: CallOptions, timeoutMs: number | undefined, handler: StreamHandler): Promise<Opened> {
    for (;;) {
      const session = this.session?.usable === true ? this.session : await this.connected();
      const opened = this.open(session, method, options, timeoutMs, handler);
      if (opened !== undefined) return opened;
      // as many streams as the server takes: one has to end first
      if (session.usable) await session.room();
      else this.forget(session);
    }
  }

  private open(session: Http2Session, method: AnyMethod, options: CallOptions, timeoutMs: number | undefined, handler: StreamHandler): Opened | undefined {
    const changing: string[] = [];
    if (timeoutMs !== undefined) changing.push("grpc-timeout", formatTimeout(timeoutMs));
    for (const [name, value] of Object.entries(options.metadata ?? NO_METADATA)) changing.push(name.toLowerCase(), value);
    const stream = session.open(this.headersOf(method), changing, handler);
    return stream === undefined ? undefined : { session, stream };
  }

  /** The same array for each call of a method. */
  private headersOf(method: AnyMethod): Pairs {
    let headers = this.headers.get(method);
    if (headers === undefined) {
      const pairs = [":method", "POST", ":scheme", this.tls === undefined ? "http" : "https", ":authority", this.target.authority];
      pairs.push(":path", `/${method.service}/${method.name}`, "content-type", "application/grpc", "te", "trailers", "user-agent", "quorum-lab");
      for (const [name, value] of Object.entries(this.options.metadata ?? NO_METADATA)) pairs.push(name.toLowerCase(), value);
      headers = pairs;
      this.headers.set(method, headers);
    }
    return headers;
  }

  private connected(): Promise<Http2Session> {
    if (this.closed) return Promise.reject(new StatusError(Code.Canceled, "grpc: the client connection is closing"));
    return (this.dialling ??= this.dial().finally(() => {
      this.dialling = undefined;
      this.abandonDial = undefined;
    }));
  }

  private dial(): Promise<Http2Session> {
    return new Promise((resolve, reject) => {
      const socket: Socket = connectSocket(dialOptions(this.target, this.book));
      let failureText = (error: NodeJS.ErrnoException): string => dialFailure(this.target, error);
      const fail = (error: NodeJS.ErrnoException | StatusError): void => {
        clearTimeout(timer);
        socket.destroy();
        reject(error instanceof StatusError ? error : new ConnectionError(failureText(error), false, { cause: error }));
      };
      const { dialTimeoutMs = 0 } = this.options;
      const limitMs = dialTimeoutMs > 0 ? dialTimeoutMs : 20_000;
      const timer = setTimeout(() => fail(Object.assign(new Error("dial timed out"), { code: "ETIMEDOUT" })), limitMs);
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
  private greet(socket: Duplex, timer: NodeJS.Timeout, ready: (session: Http2Session) => void, fail: (error: Error) => void): void {
    const keepalive = { timeMs: this.options.keepaliveTimeMs ?? 0, timeoutMs: this.options.keepaliveTimeoutMs ?? 6000, withoutCalls: this.options.keepaliveWithoutCalls ?? true };
    const session = new Http2Session(socket, keepalive, {
      onReady: () => {
        clearTimeout(timer);
        this.session = session;
        ready(session);
      },
      onDraining: () => this.forget(session),
      onEnd: (error) => {
        this.forget(session);
        fail(error);
      },
    });
  }

  private forget(session: Http2Session): void {
    if (this.session !== session) return;
    this.session = undefined;
    this.onIdle?.();
  }
}
