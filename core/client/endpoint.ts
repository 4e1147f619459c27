/** Where a channel dials: etcd's client endpoints, `https://host:port`, `http://...`, bare `host:port` or `unix:path`. */
import { type NetConnectOpts } from "node:net";
import { Code, StatusError } from "../proto/errors.ts";
import type { AddressBook } from "../platform/address-book.ts";
import { tlsErrorText } from "../tls/tls-words.ts";

export interface Endpoint {
  /** as the user wrote it */
  readonly written: string;
  /** `:authority` of the calls */
  readonly authority: string;
  readonly target: { readonly host: string; readonly port: number } | { readonly path: string };
  /** what the scheme says about TLS; a bare address leaves it to who dials */
  readonly security: "required" | "none" | "optional";
}

/** @throws StatusError InvalidArgument where it is no endpoint */
export function parseEndpoint(written: string): Endpoint {
  const trimmed = written.trim();
  const unix = /^unixs?:(?:\/\/)?(.+)$/.exec(trimmed);
  if (unix !== null) {
    const path = unix[1]!;
    // the last part of the path, as etcd's client names it (client/v3/internal/endpoint)
    const authority = path.split("/").findLast((part) => part !== "") ?? "localhost";
    return { written, authority, target: { path }, security: trimmed.startsWith("unixs") ? "required" : "none" };
  }
  const match = /^(?:(https?):\/\/)?(\[[0-9a-fA-F:.%]+\]|[^:/[\]]+)(?::(\d{1,5}))?\/?$/.exec(trimmed);
  const port = match?.[3] === undefined ? 2379 : Number(match[3]);
  if (match === null || port > 65535) throw new StatusError(Code.InvalidArgument, `parse endpoint ${JSON.stringify(written)}: not host:port`);
  const host = match[2]!.replace(/^\[|\]$/g, "");
  return { written, authority: `${match[2]!}:${port}`, target: { host, port }, security: match[1] === undefined ? "optional" : match[1] === "https" ? "required" : "none" };
}

/** What net.connect wants, after the address book had its say. */
export function dialOptions(endpoint: Endpoint, book: AddressBook): NetConnectOpts {
  if ("path" in endpoint.target) return { path: endpoint.target.path };
  const { host, port } = book.resolve(endpoint.target);
  return { host, port, noDelay: true };
}

/** grpc-go's words where a connection was made and no HTTP/2 server answered on it. */
export function prefaceFailure(error: NodeJS.ErrnoException): string {
  const reason = error.code === "ETIMEDOUT" ? "context deadline exceeded" : (tlsErrorText(error) ?? error.message);
  return `connection error: desc = "error reading server preface: ${reason}"`;
}

export function handshakeFailure(error: Error): string {
  return `connection error: desc = "transport: authentication handshake failed: ${error.message}"`;
}

/** grpc-go's words for a connection that could not be made; people search for them. */
export function dialFailure(endpoint: Endpoint, error: NodeJS.ErrnoException): string {
  const words: Readonly<Record<string, string>> = {
    ECONNREFUSED: "connection refused",
    ECONNRESET: "connection reset by peer",
    EHOSTUNREACH: "no route to host",
    ENETUNREACH: "network is unreachable",
    ETIMEDOUT: "i/o timeout",
    ENOENT: "no such file or directory",
    EACCES: "permission denied",
  };
  const code = error.code ?? "";
  const reason =
    code === "ENOTFOUND" || code === "EAI_AGAIN"
      ? `tcp: lookup ${"host" in endpoint.target ? endpoint.target.host : ""}: no such host`
      : `${"path" in endpoint.target ? `unix ${endpoint.target.path}` : `tcp ${endpoint.authority}`}: ${code === "ETIMEDOUT" ? "i/o timeout" : `connect: ${words[code] ?? error.message}`}`;
  return `connection error: desc = "transport: Error while dialing: dial ${reason}"`;
}
