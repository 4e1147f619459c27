/**
 * Whether two lists of URLs mean the same addresses (etcd pkg/netutil): equal as text, or after names are resolved. A name
 * that cannot be resolved is asked for again every second until the deadline: at the start of a whole site its DNS may come
 * later than its members.
 */
import { lookup } from "node:dns/promises";
import type { AddressBook } from "../platform/address-book.ts";
import type { Clock } from "../platform/clock.ts";
import type { Log } from "./log.ts";

export interface UrlMatchParts {
  readonly addressBook: AddressBook;
  readonly clock: Clock;
  readonly log: Log;
}

/** for all URLs of one comparison together */
export const RESOLVE_DEADLINE_MS = 30_000;
const retryMs = 1000;

/**
 * @param until monotonic ms: no name is asked for again after that
 * @returns undefined when they match; else why not, in etcd's words
 */
export async function urlMismatch(a: readonly string[], b: readonly string[], parts: UrlMatchParts, until: number): Promise<string | undefined> {
  if (a.length !== b.length) return `len(${quoted(a)}) != len(${quoted(b)})`;
  const [left, right] = [[...a].sort(), [...b].sort()];
  if (left.every((url, at) => url === right[at])) return undefined;
  const resolved: string[][] = [];
  for (const urls of [left, right]) {
    const addresses: string[] = [];
    for (const url of urls) {
      try {
        addresses.push(await resolve(url, parts, until));
      } catch (error) {
        return `failed to resolve ${JSON.stringify(url)} (${(error as Error).message})`;
      }
    }
    resolved.push(addresses.sort());
  }
  const at = resolved[0]!.findIndex((url, index) => url !== resolved[1]![index]);
  return at < 0 ? undefined : `resolved urls: ${JSON.stringify(resolved[0]![at])} != ${JSON.stringify(resolved[1]![at])}`;
}

async function resolve(url: string, { addressBook, clock, log }: UrlMatchParts, until: number): Promise<string> {
  if (url.startsWith("unix")) return url;
  const { protocol, hostname, port, host } = new URL(url);
  const name = hostname.replace(/^\[(.*)\]$/, "$1");
  // Go leaves this name as it stands
  if (name === "localhost") return url;
  const address = addressBook.resolve({ host: name, port: port === "" ? 80 : Number(port) });
  for (;;) {
    try {
      const { address: ip } = await lookup(address.host, { family: 4 }).catch(() => lookup(address.host));
      const found = `${ip.includes(":") ? `[${ip}]` : ip}:${address.port}`;
      log.info("resolved URL Host", { url, host, "resolved-addr": found });
      return `${protocol}//${found}`;
    } catch (error) {
      const fields = { url, host, "retry-interval": "1s", error: noSuchHost(error as NodeJS.ErrnoException, address.host) };
      log.warn("failed to resolve URL Host", fields);
      if (clock.monotonic() + retryMs > until) {
        log.warn("failed to resolve URL Host; returning", fields);
        throw new Error(fields.error, { cause: error });
      }
      await new Promise<void>((again) => void clock.after(retryMs, again));
    }
  }
}

function noSuchHost(error: NodeJS.ErrnoException, name: string): string {
  return error.code === "ENOTFOUND" || error.code === "EAI_AGAIN" ? `lookup ${name}: no such host` : error.message;
}

/** As Go's %q prints a list. */
function quoted(urls: readonly string[]): string {
  return `[${urls.map((url) => JSON.stringify(url)).join(" ")}]`;
}
