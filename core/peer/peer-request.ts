/** Requests to peers: headers, the address book, TLS, patience, and what answers mean (rafthttp/util.go). */
import { Agent, type ClientRequest, type IncomingMessage, type RequestOptions, request as httpRequest } from "node:http";
import type { Timer } from "../platform/clock.ts";
import { type SecureTarget, TlsAgent } from "../tls/tls-agent.ts";
import { TlsDialer } from "../tls/tls-dial.ts";
import { noTls } from "../tls/tls-info.ts";
import { tlsErrorText } from "../tls/tls-words.ts";
import type { PeerContext } from "./peer-context.ts";
import { clusterIdMismatch, incompatibleVersion, requestHeaders } from "./peer-headers.ts";
import type { TransportOptions } from "./transport.ts";

export type PeerErrorCode =
  "peer.cut" | "peer.timeout" | "peer.removed" | "peer.incompatible" | "peer.cluster" | "peer.status" | "peer.stopped" | "peer.short";

export class PeerError extends Error {
  override readonly name = "PeerError";
  constructor(
    readonly code: PeerErrorCode,
    message: string,
  ) {
    super(message);
  }
}

/** Connections to peers, over TLS to https URLs and in plaintext to the others. */
export class PeerAgents {
  /** stay until the peer closes them; etcd does so after 5 s of idling, which a request on one then has to survive */
  private readonly pooled: Readonly<Record<"secure" | "plain", Agent>>;
  private readonly single: Readonly<Record<"secure" | "plain", Agent>>;

  constructor(options: TransportOptions) {
    const dialer = options.dialer ?? new TlsDialer(noTls, []);
    // node hands these on to the sockets, whatever its types say
    const from = options.localAddress === undefined ? {} : { localAddress: options.localAddress };
    const pool = { keepAlive: true, maxFreeSockets: 8, ...from };
    const once = { keepAlive: false, ...from };
    this.pooled = { secure: new TlsAgent(dialer, pool), plain: new Agent(pool) };
    this.single = { secure: new TlsAgent(dialer, once), plain: new Agent(once) };
  }

  /** @param pooled false: a connection of its own, closed afterwards */
  of(secure: boolean, pooled: boolean): Agent {
    return (pooled ? this.pooled : this.single)[secure ? "secure" : "plain"];
  }

  destroy(): void {
    for (const { secure, plain } of [this.pooled, this.single]) {
      secure.destroy();
      plain.destroy();
    }
  }
}

/** What went wrong with a request, in Go's words where TLS is to blame. */
export function requestErrorText(error: Error): string {
  return tlsErrorText(error) ?? error.message;
}

/**
 * Begins a request; the caller ends it. The address is looked up here and now.
 * @param pooled false: a connection of its own, closed afterwards
 */
export function openRequest(
  context: PeerContext,
  url: URL,
  method: "GET" | "POST",
  path: string,
  headers: Record<string, string>,
  pooled: boolean,
): ClientRequest {
  const { options } = context;
  const secure = url.protocol === "https:" || url.protocol === "unixs:";
  const written = { host: bareHost(url), port: Number(url.port || (secure ? 443 : 80)) };
  const address = options.addressBook.resolve(written);
  const target: RequestOptions & SecureTarget = {
    method,
    path,
    ...(url.protocol.startsWith("unix") ? { socketPath: `${url.host}${url.pathname}` } : { host: address.host, port: address.port }),
    headers: { Host: url.host, ...requestHeaders(options), ...headers },
    agent: context.agents.of(secure, pooled),
    verifiedHost: written.host,
  };
  const request = httpRequest(target);
  limitDial(context, request);
  return request;
}

const bareHost = (url: URL): string => url.hostname.replace(/^\[|\]$/g, "");

/** Connecting may take so long and no longer; what comes after has limits of its own. */
function limitDial(context: PeerContext, request: ClientRequest): void {
  const limitMs = context.options.dialTimeoutMs ?? 2000;
  let timer: Timer | undefined = context.options.clock.after(limitMs, () =>
    request.destroy(new PeerError("peer.timeout", "dial tcp: i/o timeout")),
  );
  const stop = (): void => {
    timer?.cancel();
    timer = undefined;
  };
  request.once("socket", (socket) => {
    if (socket.connecting) socket.once("connect", stop);
    else stop();
  });
  request.once("close", stop);
}

export interface PostAnswer {
  readonly status: number;
  readonly statusText: string;
  readonly body: string;
}

/** Reads an answer to its end. @param limit bytes kept of the body */
export function readAnswer(response: IncomingMessage, limit = 64 * 1024): Promise<PostAnswer> {
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    let bytes = 0;
    response.on("data", (chunk: Buffer) => {
      bytes += chunk.length;
      if (bytes <= limit) chunks.push(chunk);
    });
    response.once("end", () =>
      resolve({ status: response.statusCode ?? 0, statusText: response.statusMessage ?? "", body: Buffer.concat(chunks).toString("utf8") }),
    );
    response.once("error", reject);
    response.once("close", () => reject(new PeerError("peer.short", "unexpected EOF")));
  });
}

/** @throws PeerError unless the POST was taken. 403 means that this member was removed. */
export function checkPostAnswer(answer: PostAnswer, url: URL, path: string): void {
  if (answer.status === 204) return;
  if (answer.status === 403) throw new PeerError("peer.removed", removedText);
  if (answer.status === 412) throw preconditionError(answer.body);
  throw new PeerError("peer.status", `unexpected http status ${answer.statusText} while posting to "${url.origin}${path}"`);
}

export const removedText = "the member has been permanently removed from the cluster";

export function preconditionError(body: string): PeerError {
  const text = body.replace(/\n$/, "");
  if (text === incompatibleVersion) return new PeerError("peer.incompatible", incompatibleVersion);
  if (text === clusterIdMismatch) return new PeerError("peer.cluster", clusterIdMismatch);
  return new PeerError("peer.status", `unhandled error ${JSON.stringify(body)} when precondition failed`);
}
