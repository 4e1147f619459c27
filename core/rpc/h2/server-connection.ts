/** One client's connection over our own HTTP/2: the state machine of `core/h2` on a socket, its requests made calls. */
import type { Duplex } from "node:stream";
import { Connection, type ConnectionEvents } from "../../h2/connection.ts";
import type { HeaderList } from "../../h2/header-field.ts";
import { ConnectionFault, ErrorCode } from "../../h2/protocol.ts";
import type { RequestHead } from "../../h2/request-head.ts";
import { type LinkEvents, SocketLink } from "../../h2/socket-link.ts";
import type { Stream } from "../../h2/stream.ts";
import type { StatusError } from "../../proto/errors.ts";
import { verifiedCommonName } from "../../tls/tls-gate.ts";
import type { Admission, Refusal } from "../carrier/admission.ts";
import { type CarrierOptions, type HttpAccept, peerOf } from "../carrier/carrier.ts";
import { Exchange } from "../carrier/exchange.ts";
import { type Pinged, PingGuard } from "../carrier/ping-guard.ts";
import { GrpcStream, refuseStream } from "./grpc-stream.ts";
import { bridgeStream } from "./bridged-stream.ts";

/** Bytes a client may have in flight towards us: for one stream, and for a connection. */
const STREAM_WINDOW_BYTES = 256 * 1024;
const CONNECTION_WINDOW_BYTES = 4 * 1024 * 1024;
const HEADER_LIST_BYTES_MAX = 64 * 1024;
/** Streams of one connection where max-concurrent-streams allows more. */
const STREAMS_MAX = 100_000;
/** How long a connection that is at its end waits for the client to close, ms; grpc-go's. */
const LINGER_MS = 1000;
/** How long a graceful end waits for the client to have seen GOAWAY, ms. */
const WARNED_MS = 1000;
/** grpc-go's ping between its two GOAWAYs. */
const GOAWAY_PING = Buffer.from([1, 6, 1, 8, 0, 3, 3, 9]);
const KEEPALIVE_PING = Buffer.alloc(8);

/** What a connection needs of its carrier. */
export interface ConnectionOwner {
  readonly options: CarrierOptions;
  /** which call a request is, or why it is none; undefined: no gRPC at all, and there is a server for that */
  decide(head: RequestHead, list: HeaderList, http: boolean): Admission | Refusal | undefined;
  closed(connection: ServerConnection): void;
}

export class ServerConnection implements ConnectionEvents, LinkEvents, Pinged {
  readonly peer: string;
  /** of the client's certificate */
  readonly commonName: string | undefined;
  private readonly machine: Connection;
  private readonly exchanges = new Set<Exchange>();
  private readonly guard: PingGuard;
  private readonly link: SocketLink;
  private ending = false;
  private warned: NodeJS.Timeout | undefined;

  constructor(
    private readonly socket: Duplex,
    private readonly http: HttpAccept | undefined,
    private readonly owner: ConnectionOwner,
  ) {
    const { limits, keepalive } = owner.options;
    this.peer = peerOf(socket);
    this.commonName = verifiedCommonName(socket);
    this.machine = new Connection(
      "server",
      {
        streamsMax: Math.min(STREAMS_MAX, limits.concurrentStreamsMax),
        tellStreamsMax: limits.concurrentStreamsMax < STREAMS_MAX,
        streamWindowBytes: STREAM_WINDOW_BYTES,
        connectionWindowBytes: CONNECTION_WINDOW_BYTES,
        headerListBytesMax: HEADER_LIST_BYTES_MAX,
      },
      this,
    );
    this.guard = new PingGuard(keepalive, this);
    this.link = new SocketLink(socket, this.machine, this);
    this.link.flush();
  }

  // ---- the socket

  wantFlush(): void {
    this.link.wantFlush();
  }

  onRead(nowMs: number): void {
    this.guard.heard(nowMs);
  }

  onFlushed(): void {
    if (this.ending && this.machine.openStreams === 0) this.finish();
  }

  onGone(): void {
    this.guard.close();
    clearTimeout(this.warned);
    this.owner.closed(this);
  }

  /** Everything is said: our side is closed, and the client has a moment to close its own. */
  private finish(): void {
    this.guard.close();
    clearTimeout(this.warned);
    if (this.socket.writableEnded) return;
    this.socket.end();
    this.socket.resume();
    setTimeout(() => this.socket.destroy(), LINGER_MS).unref();
  }

  // ---- the carrier

  /** Graceful end: GOAWAY twice, as grpc-go; streams end with `reason`, unary calls are finished. */
  drain(reason: StatusError): void {
    this.machine.warnGoaway("graceful_stop");
    this.machine.ping(GOAWAY_PING);
    this.warned = setTimeout(() => this.stopTaking(), WARNED_MS);
    for (const exchange of this.exchanges) if (exchange.streaming) exchange.fail(reason);
    this.wantFlush();
  }

  private stopTaking(): void {
    if (this.ending) return;
    clearTimeout(this.warned);
    this.machine.goaway("graceful_stop");
    this.ending = true;
    this.wantFlush();
  }

  destroy(): void {
    this.socket.destroy();
  }

  // ---- the state machine

  onRequest(stream: Stream, head: RequestHead, list: HeaderList, ended: boolean): void {
    const { onHeaderField } = this.owner.options;
    if (onHeaderField !== undefined) for (const { name, value } of list.fields) onHeaderField(name, value);
    const decision = this.owner.decide(head, list, this.http !== undefined);
    if (decision === undefined) {
      bridgeStream(this, this.machine, stream, head, list, ended, this.http!);
      return;
    }
    if (decision.kind === "refusal") {
      refuseStream(this, this.machine, stream, decision, ended);
      return;
    }
    const wire = new GrpcStream(this, this.machine, stream, decision);
    const exchange = new Exchange(wire, decision, this.owner.options.limits, this, this.over);
    this.exchanges.add(exchange);
    wire.exchange = exchange;
    stream.handler = wire;
    exchange.begin();
    if (ended) exchange.endInput();
  }

  private readonly over = (exchange: Exchange): void => {
    this.exchanges.delete(exchange);
    if (this.ending) this.wantFlush();
  };

  onSettings(): void {
    // in force at once; nothing to be done here
  }

  onPing(): void {
    this.guard.pinged();
  }

  onPingAck(payload: Buffer): void {
    if (this.warned !== undefined && payload.equals(GOAWAY_PING)) this.stopTaking();
  }

  onGoaway(): void {
    // a client that goes closes the connection when its calls are done
  }

  onFault(fault: ConnectionFault): void {
    this.owner.options.onConnectionError?.(fault, this.peer);
    this.ending = true;
    this.wantFlush();
  }

  // ---- keepalive

  get openStreams(): number {
    return this.machine.openStreams;
  }

  spokeSince(): boolean {
    return this.machine.spokeSince();
  }

  ping(): void {
    this.machine.ping(KEEPALIVE_PING);
    this.wantFlush();
  }

  refuse(): void {
    this.machine.fail(new ConnectionFault(ErrorCode.EnhanceYourCalm, "too_many_pings"));
  }

  abandon(): void {
    this.socket.destroy();
  }
}
