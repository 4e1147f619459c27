/**
 * The client's side of gRPC, whichever the carrier: one channel to one endpoint.
 */
import type { Codec, MethodInfo } from "../proto/wire.ts";

export interface CallOptions {
  readonly metadata?: Readonly<Record<string, string>>;
  /** ms from now; told to the server as grpc-timeout too */
  readonly timeoutMs?: number;
  readonly signal?: AbortSignal;
}

/** A streaming call that is open: write requests, iterate responses. */
export interface ClientStream<Request, Response> {
  write(request: Request): Promise<void>;
  /** Closes this side; the server may go on. */
  closeWrite(): void;
  /** Ends with the status OK, or throws StatusError. */
  readonly responses: AsyncIterable<Response>;
  cancel(): void;
}

export interface Channel {
  /** as given, "http://127.0.0.1:2379" */
  readonly endpoint: string;
  /** @throws StatusError with the server's code and message; Unavailable where it cannot be reached */
  unary<Request, Response>(method: MethodInfo<Request, Response>, request: Request, options?: CallOptions): Promise<Response>;
  stream<Request, Response>(method: MethodInfo<Request, Response>, options?: CallOptions): ClientStream<Request, Response>;
  close(): void;
}

/** A channel to one member whose connection may be made before a call needs it. */
export interface MemberChannel extends Channel {
  /** A call would begin at once. */
  readonly ready: boolean;
  /** Called when the connection that stood takes no more calls. */
  onIdle: (() => void) | undefined;
  /** Dials unless it is connected. @throws ConnectionError */
  connect(): Promise<void>;
}

export type { Codec };
