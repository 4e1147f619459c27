/**
 * What a gRPC service is, whoever carries it: handlers of messages as bytes, with metadata, deadline, cancel and flow
 * control. Services are written against this file alone; `carrier/*` put it on a wire, `core/client` calls it.
 */

/** Lower-case header names; values of `-bin` headers are base64, as on the wire. */
export type Metadata = Readonly<Record<string, string>>;

export interface Call {
  /** "/etcdserverpb.KV/Put" */
  readonly path: string;
  readonly metadata: Metadata;
  /** of the client's certificate, where it was asked for and verified; "" where it has none */
  readonly commonName?: string | undefined;
  /** remote address for logs, "127.0.0.1:4711" */
  readonly peer: string;
  /** wall ms by which the client wants its answer; undefined: it waits for ever */
  readonly deadline: number | undefined;
  /** aborted when the client cancels, its deadline passes, the connection ends, or the server stops */
  readonly signal: AbortSignal;
}

export interface StreamCall extends Call {
  /**
   * Sends one message. Undefined while there is room, otherwise it resolves when the client has taken enough: awaiting it is
   * the flow control. Rejects when the call is over.
   */
  send(message: Buffer): Promise<void> | undefined;
  /** Sends response headers now; without it they go with the first message. */
  sendHeaders(): void;
}

export interface BidirectionalCall extends StreamCall {
  /** The client's messages; ends when the client has closed its side. Not reading stops the client (flow control). */
  readonly messages: AsyncIterable<Buffer>;
}

/** Errors thrown are told by their StatusError code and message; anything else is Unknown with its message. */
export type Handler =
  | { readonly kind: "unary"; handle(request: Buffer, call: Call): Promise<Buffer> | Buffer }
  | { readonly kind: "server-stream"; handle(request: Buffer, call: StreamCall): Promise<void> }
  | { readonly kind: "bidirectional"; handle(call: BidirectionalCall): Promise<void> };

/** Handlers by path. */
export type ServiceTable = ReadonlyMap<string, Handler>;

/** Limits that a carrier keeps. */
export interface CarrierLimits {
  /** largest message taken, bytes; etcd: max-request-bytes + 512 KiB */
  readonly receiveBytesMax: number;
  /** largest message sent, bytes */
  readonly sendBytesMax: number;
  readonly concurrentStreamsMax: number;
}
