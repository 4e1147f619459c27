/** A listen URL, "https://127.0.0.1:2379" or "unix://host:port" (etcd's unix sockets are named by host and port). */
import type { Address, AddressBook } from "../platform/address-book.ts";

export interface ListenTarget {
  readonly at: Address | { readonly path: string };
  /** https, unixs */
  readonly secure: boolean;
  /** host and port as written, for log and errors */
  readonly written: string;
}

/** @throws Error with etcd's words where the URL cannot be listened on */
export function listenTarget(url: string, book: AddressBook): ListenTarget {
  const match = /^(https?|unixs?):\/\/([^?#]*?)\/?$/.exec(url.trim());
  if (match === null) throw new Error(`URL scheme must be http, https, unix, or unixs: ${url}`);
  const [, scheme = "", written = ""] = match;
  const secure = scheme === "https" || scheme === "unixs";
  if (scheme.startsWith("unix")) return { at: { path: written }, secure, written };
  const hostAndPort = /^(\[[^\]]*\]|[^:/]*):(\d{1,5})$/.exec(written);
  const port = Number(hostAndPort?.[2] ?? 65536);
  if (hostAndPort === null || port > 65535) throw new Error(`URL address does not have the form "host:port": ${url}`);
  const host = hostAndPort[1]!.replace(/^\[|\]$/g, "");
  return { at: book.resolve({ host: host === "" ? "0.0.0.0" : host, port }), secure, written };
}
