/** What puts the service table on HTTP/2 connections; `node-http2.ts` and `../h2` are two of them. */
import type { Duplex } from "node:stream";
import type { StatusError } from "../../proto/errors.ts";
import type { CarrierLimits } from "../service.ts";
import type { KeepaliveLimits } from "./ping-guard.ts";

export interface CarrierOptions {
  readonly limits: CarrierLimits;
  readonly keepalive: KeepaliveLimits;
  /** a connection that broke its protocol; worth a line at level debug */
  readonly onConnectionError?: (error: Error, peer: string) => void;
  /** Told of every field of every request's headers, for those who look for a client's mistake; our own HTTP/2 only. */
  readonly onHeaderField?: (name: string, value: string) => void;
}

/** Takes one HTTP/1.1 connection, such as `Http1Server.accept`. */
export type HttpAccept = (socket: Duplex) => void;

export interface Carrier {
  /**
   * Takes a connection, plain or TLS, that starts with HTTP/2's preface; what was read of it already was put back with
   * `unshift`. With `http`, requests that are not gRPC go there, as etcd does it on TLS; without, they are refused as
   * grpc-go refuses them, as etcd does it on plaintext.
   */
  accept(socket: Duplex, http?: HttpAccept): void;
  /** Number of open connections. */
  readonly connections: number;
  /** Lets unary calls finish, ends streams with `reason`, then closes the connections. */
  close(reason: StatusError): Promise<void>;
}

/** "127.0.0.1:4711"; "@" where a socket has no address, as Go says it */
export function peerOf(socket: Duplex): string {
  const { remoteAddress = "", remotePort = 0 } = socket as { remoteAddress?: string; remotePort?: number };
  return remoteAddress === "" ? "@" : `${remoteAddress}:${remotePort}`;
}
