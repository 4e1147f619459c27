/** One stream of an HTTP/2 connection: its windows, what waits to be sent, and who is told of what comes. */
import type { HeaderList } from "./header-field.ts";
import type { Pairs } from "./hpack-encoder.ts";

/** The owner of a stream. Calls come from within `Connection.receive`, or from whatever ends the connection. */
export interface StreamHandler {
  /** Headers, an interim answer's headers or trailers, as they came. */
  onHeaders(list: HeaderList, ended: boolean): void;
  /** `bytes[start, end)`, part of what was read from the socket; tell `Connection.consumed` when it is out of the way. */
  onData(bytes: Buffer, start: number, end: number, ended: boolean): void;
  /** Reset by the other side or by us, or its connection ended. No call comes after this one. */
  onReset(code: number, byPeer: boolean): void;
  /** All that was queued is out. */
  onDrain(): void;
}

export class Stream {
  handler: StreamHandler | undefined;
  /** this side sent END_STREAM */
  localClosed = false;
  /** the other side did */
  remoteClosed = false;
  /** gone from the connection: reset, or closed by both */
  gone = false;
  /** data that were taken and not told to the sender yet */
  consumed = 0;
  /** waiting for room; whole messages, sent from `queueAt` of the first on */
  readonly queue: Buffer[] = [];
  queueAt = 0;
  queuedBytes = 0;
  /** END_STREAM, or trailers, once the queue is out */
  endQueued = false;
  trailers: Pairs | undefined;
  /** in the connection's round of senders */
  scheduled = false;
  /** headers came */
  headed = false;
  /** bytes of content-length still to come; -1: it was not given */
  contentLeft = -1;

  constructor(
    readonly id: number,
    /** bytes the other side allows */
    public sendWindow: number,
    /** bytes we allow */
    public receiveWindow: number,
    /** monotonic ms */
    readonly openedAt: number,
  ) {}
}
