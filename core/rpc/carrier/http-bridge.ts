/**
 * HTTP/2 requests that are not gRPC, put to the HTTP/1.1 server of the same port over a connection in memory: on TLS, etcd
 * serves its gateway, health and metrics over both (server/embed/serve.go, grpcHandlerFunc).
 */
import { type ClientRequest, type IncomingMessage, request as httpRequest } from "node:http";
import { Duplex } from "node:stream";
import type { HttpAccept } from "./carrier.ts";

export interface BridgedRequest {
  readonly method: string;
  readonly path: string;
  /** host of the request; "" where it named none */
  readonly authority: string;
  /** without pseudo-header fields */
  readonly headers: readonly (readonly [name: string, value: string])[];
  readonly peer: string;
}

/** Headers of HTTP/1.1 that HTTP/2 does not have. */
const CONNECTION_HEADERS: ReadonlySet<string> = new Set(["connection", "keep-alive", "proxy-connection", "transfer-encoding", "upgrade"]);

/** One end of a connection in memory; what is written at one end is read at the other, with its back-pressure. */
class MemorySocket extends Duplex {
  private other: MemorySocket | undefined;
  private taken: (() => void) | undefined;
  readonly remoteAddress: string;
  readonly remotePort: number;
  /** as node's own TLS sockets say it; only TLS is bridged */
  readonly encrypted = true;

  constructor(peer: string) {
    super();
    const colon = peer.lastIndexOf(":");
    this.remoteAddress = colon < 0 ? peer : peer.slice(0, colon);
    this.remotePort = colon < 0 ? 0 : Number(peer.slice(colon + 1));
  }

  static pair(peer: string): [MemorySocket, MemorySocket] {
    const [one, two] = [new MemorySocket(peer), new MemorySocket(peer)];
    one.other = two;
    two.other = one;
    return [one, two];
  }

  override _read(): void {
    const taken = this.taken;
    this.taken = undefined;
    taken?.();
  }

  override _write(chunk: Buffer, _encoding: string, done: () => void): void {
    const other = this.other!;
    // the reader may keep what it gets, the writer may reuse what it gave
    if (other.push(Buffer.from(chunk))) done();
    else other.taken = done;
  }

  override _final(done: () => void): void {
    this.other!.push(null);
    done();
  }

  override _destroy(error: Error | null, done: (error: Error | null) => void): void {
    const other = this.other!;
    if (!other.destroyed) setImmediate(() => other.destroy());
    done(error);
  }

  // what node:http asks of a socket
  setTimeout(): this {
    return this;
  }
  setNoDelay(): this {
    return this;
  }
  setKeepAlive(): this {
    return this;
  }
  ref(): this {
    return this;
  }
  unref(): this {
    return this;
  }
  destroySoon(): void {
    if (this.writableFinished) this.destroy();
    else {
      this.once("finish", () => this.destroy());
      this.end();
    }
  }
}

/**
 * Opens the request; its body is to be written to what is returned. `answered` gets the response, `failed` whatever keeps
 * it from coming.
 */
export function bridge(accept: HttpAccept, from: BridgedRequest, answered: (response: IncomingMessage) => void, failed: (error: Error) => void): ClientRequest {
  const [near, far] = MemorySocket.pair(from.peer);
  near.on("error", failed);
  accept(far);
  const headers: Record<string, string | string[]> = { host: from.authority };
  for (const [name, value] of from.headers) {
    const known = headers[name];
    headers[name] = known === undefined || name === "host" ? value : Array.isArray(known) ? [...known, value] : [known, value];
  }
  const request = httpRequest({ createConnection: () => near, method: from.method, path: from.path, headers, setHost: false });
  request.once("response", answered);
  request.on("error", failed);
  return request;
}

/** The response's headers as HTTP/2 has them: names and values in turn. */
export function bridgedHeaders(response: IncomingMessage): string[] {
  const pairs: string[] = [];
  for (const [name, value] of Object.entries(response.headers)) {
    if (CONNECTION_HEADERS.has(name) || value === undefined) continue;
    for (const one of Array.isArray(value) ? value : [value]) pairs.push(name, one);
  }
  return pairs;
}
