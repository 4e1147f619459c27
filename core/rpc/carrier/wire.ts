/** What one gRPC call needs of the HTTP/2 stream under it, whoever's stream it is. */
import type { Code } from "../../proto/errors.ts";

export interface Wire {
  /** Response headers. */
  headers(): void;
  /** One message, after the headers. @returns false: the client has to take some first; `Exchange.drained` tells when it did */
  message(bytes: Buffer, compressed: boolean): boolean;
  /** Headers, the only message and the status OK, all at once. */
  answer(bytes: Buffer, compressed: boolean): void;
  /** The status, in trailers after what was sent, or in the headers where nothing was. No call comes after it. */
  finish(code: Code, message: string, headersSent: boolean): void;
  /** Stops and starts the client: its flow control. */
  pause(): void;
  resume(): void;
}
