/** Whether two lists of URLs mean the same addresses (etcd pkg/netutil): equal as text, or after names are resolved. */
import { lookup } from "node:dns/promises";
import type { AddressBook } from "../platform/address-book.ts";

async function resolved(url: string, addressBook: AddressBook): Promise<string> {
  const { protocol, hostname, port } = new URL(url);
  const address = addressBook.resolve({ host: hostname.replace(/^\[(.*)\]$/, "$1"), port: Number(port) });
  const { address: ip } = await lookup(address.host, { family: 4 }).catch(() => lookup(address.host));
  return `${protocol}//${ip}:${address.port}`;
}

/** @throws the resolver's error when a name is unknown */
export async function urlsMatch(a: readonly string[], b: readonly string[], addressBook: AddressBook): Promise<boolean> {
  if (a.length !== b.length) return false;
  const same = (one: readonly string[], other: readonly string[]): boolean => {
    const sorted = [...other].sort();
    return [...one].sort().every((url, at) => url === sorted[at]);
  };
  if (same(a, b)) return true;
  return same(await Promise.all(a.map((url) => resolved(url, addressBook))), await Promise.all(b.map((url) => resolved(url, addressBook))));
}
