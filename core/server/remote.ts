/**
 * Plain HTTP to peers: /members, /version, /leases and their like (etcd server/etcdserver/cluster_util.go). Bodies are
 * bounded, redirects are not followed, and every request has a deadline.
 */
import { Agent, type RequestOptions, request as httpRequest } from "node:http";
import type { AddressBook } from "../platform/address-book.ts";
import { type SecureTarget, TlsAgent } from "../tls/tls-agent.ts";
import { TlsDialer } from "../tls/tls-dial.ts";
import { noTls } from "../tls/tls-info.ts";
import { tlsErrorText } from "../tls/tls-words.ts";

export interface RemoteAnswer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly body: Buffer;
}

/** No answer: refused, timed out, cut off. */
export class RemoteError extends Error {
  override readonly name = "RemoteError";
  readonly code = "server.remote";
}

class StaleConnection extends Error {
  override readonly name = "StaleConnection";
}

export interface RemoteRequest {
  readonly method?: "GET" | "POST";
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: Buffer;
  readonly timeoutMs: number;
}

const bodyMax = 8 * 1024 * 1024;

export class Remote {
  /** Renewals of leases come often; Go closes idle connections after five seconds, so they are left before that. */
  private readonly plain: Agent;
  private readonly secure: Agent;

  /** @param dialer for https URLs; absent: the system's authorities, and no certificate of its own. @param localAddress to dial from */
  constructor(
    private readonly addressBook: AddressBook,
    dialer: TlsDialer = new TlsDialer(noTls, []),
    localAddress?: string,
  ) {
    // node hands the address on to the sockets, whatever its types say
    const pool = { keepAlive: true, maxFreeSockets: 4, timeout: 4000, ...(localAddress === undefined ? {} : { localAddress }) };
    this.plain = new Agent(pool);
    this.secure = new TlsAgent(dialer, pool);
  }

  /**
   * @param url a peer URL, "http://host:port"
   * @throws RemoteError
   */
  async fetch(url: string, path: string, options: RemoteRequest): Promise<RemoteAnswer> {
    const target = new URL(path, url);
    const secure = target.protocol === "https:" || target.protocol === "unixs:";
    const unix = target.protocol.startsWith("unix");
    const port = target.port === "" ? (secure ? 443 : 80) : Number(target.port);
    const host = target.hostname.replace(/^\[(.*)\]$/, "$1");
    const address = this.addressBook.resolve({ host, port });
    const headers: Record<string, string> = { host: target.host, ...options.headers };
    if (options.body !== undefined) headers["content-length"] = String(options.body.length);
    const send = (): Promise<RemoteAnswer> => this.send({ ...(unix ? { socketPath: target.host } : { host: address.host, port: address.port }), path: target.pathname + target.search, headers, agent: secure ? this.secure : this.plain, verifiedHost: host }, options);
    try {
      return await send().catch((error: unknown) => {
        // a connection kept from before was closed by the other side at this very moment
        if (error instanceof StaleConnection) return send();
        throw error;
      });
    } catch (error) {
      const verb = options.method === "POST" ? "Post" : "Get";
      throw new RemoteError(`${verb} "${url}${path}": ${tlsErrorText(error as Error) ?? dialErrorText(error as NodeJS.ErrnoException, target.host)}`, { cause: error });
    }
  }

  private send(target: RequestOptions & SecureTarget, options: RemoteRequest): Promise<RemoteAnswer> {
    return new Promise((resolve, reject) => {
      const call = httpRequest({ ...target, method: options.method ?? "GET" }, (response) => {
        const chunks: Buffer[] = [];
        let size = 0;
        response.on("data", (chunk: Buffer) => {
          size += chunk.length;
          if (size > bodyMax) call.destroy(new Error("answer is too large"));
          else chunks.push(chunk);
        });
        response.on("error", reject);
        response.on("end", () => resolve({ status: response.statusCode ?? 0, headers: response.headers, body: Buffer.concat(chunks) }));
      });
      const timer = setTimeout(() => call.destroy(new Error("request timed out")), options.timeoutMs);
      call.on("error", (error: NodeJS.ErrnoException) => reject(call.reusedSocket && error.code === "ECONNRESET" ? new StaleConnection(error.message, { cause: error }) : error));
      call.on("close", () => clearTimeout(timer));
      call.end(options.body);
    });
  }

  close(): void {
    this.plain.destroy();
    this.secure.destroy();
  }
}

/** As Go's http client tells why there is no answer; people search for these lines. */
export function dialErrorText(error: NodeJS.ErrnoException, host: string): string {
  switch (error.code) {
    case "ECONNREFUSED":
      return `dial tcp ${host}: connect: connection refused`;
    case "ECONNRESET":
      return error.message === "socket hang up" ? "EOF" : `read tcp ${host}: read: connection reset by peer`;
    case "ENOTFOUND":
    case "EAI_AGAIN":
      return `dial tcp: lookup ${host.replace(/:\d*$/, "")}: no such host`;
    default:
      return error.message;
  }
}
