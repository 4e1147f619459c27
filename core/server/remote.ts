/**
 * Plain HTTP to peers: /members, /version, /leases and their like (etcd server/etcdserver/cluster_util.go). Bodies are
 * bounded, redirects are not followed, and every request has a deadline.
 */
import { Agent, request as httpRequest } from "node:http";
import type { AddressBook } from "../platform/address-book.ts";

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

export interface RemoteRequest {
  readonly method?: "GET" | "POST";
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: Buffer;
  readonly timeoutMs: number;
}

const bodyMax = 8 * 1024 * 1024;

export class Remote {
  private readonly agent = new Agent({ keepAlive: false });

  constructor(private readonly addressBook: AddressBook) {}

  /**
   * @param url a peer URL, "http://host:port"
   * @throws RemoteError
   */
  fetch(url: string, path: string, options: RemoteRequest): Promise<RemoteAnswer> {
    const target = new URL(path, url);
    const port = target.port === "" ? 80 : Number(target.port);
    const address = this.addressBook.resolve({ host: target.hostname.replace(/^\[(.*)\]$/, "$1"), port });
    const headers: Record<string, string> = { host: target.host, ...options.headers };
    if (options.body !== undefined) headers["content-length"] = String(options.body.length);
    return new Promise((resolve, reject) => {
      const fail = (error: Error): void => reject(new RemoteError(`${options.method ?? "GET"} ${url}${path}: ${error.message}`, { cause: error }));
      const call = httpRequest(
        { host: address.host, port: address.port, path: target.pathname + target.search, method: options.method ?? "GET", headers, agent: this.agent },
        (response) => {
          const chunks: Buffer[] = [];
          let size = 0;
          response.on("data", (chunk: Buffer) => {
            size += chunk.length;
            if (size > bodyMax) call.destroy(new Error("answer is too large"));
            else chunks.push(chunk);
          });
          response.on("error", fail);
          response.on("end", () => resolve({ status: response.statusCode ?? 0, headers: response.headers, body: Buffer.concat(chunks) }));
        },
      );
      const timer = setTimeout(() => call.destroy(new Error("request timed out")), options.timeoutMs);
      call.on("error", fail);
      call.on("close", () => clearTimeout(timer));
      call.end(options.body);
    });
  }

  close(): void {
    this.agent.destroy();
  }
}
