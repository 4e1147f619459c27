/**
 * `--initial-cluster`: `name=url,name=url,other=url` (etcd client/pkg/types/urlsmap.go, urls.go), and the members it
 * stands for.
 */
import { computeMemberId } from "./ids.ts";
import type { Member } from "./member.ts";

export class InitialClusterError extends Error {
  override readonly name = "InitialClusterError";
  readonly code = "membership.initial_cluster";
}

/** @returns names with their URLs, sorted. @throws InitialClusterError */
export function parseInitialCluster(text: string): Map<string, string[]> {
  const byName = new Map<string, string[]>();
  for (const part of text.split(",")) {
    if (part === "") continue;
    const at = part.indexOf("=");
    const name = at < 0 ? part : part.slice(0, at);
    byName.set(name, [...(byName.get(name) ?? []), at < 0 ? "" : part.slice(at + 1)]);
  }
  for (const [name, urls] of byName) byName.set(name, parseUrls(urls));
  return byName;
}

/** Checks URLs as etcd does wherever it is given some. @returns them trimmed and sorted. @throws InitialClusterError */
export function parseUrls(urls: readonly string[]): string[] {
  if (urls.length === 0) throw new InitialClusterError("no valid URLs given");
  return urls.map(checkUrl).sort();
}

/** Members of a new cluster, by id. @throws InitialClusterError two of them have one id */
export function bootstrapMembers(initialCluster: ReadonlyMap<string, readonly string[]>, token: string): Member[] {
  const members = new Map<bigint, Member>();
  for (const [name, peerUrls] of initialCluster) {
    const id = computeMemberId(peerUrls, token);
    if (members.has(id)) throw new InitialClusterError(`member exists with identical ID ${id.toString(16)}`);
    members.set(id, { id, peerUrls, isLearner: false, name, clientUrls: [] });
  }
  return [...members.values()].sort((a, b) => (a.id < b.id ? -1 : 1));
}

/** One URL as `types.NewURLs` takes it. @returns it trimmed, its scheme in lower case. @throws InitialClusterError */
export function checkUrl(text: string): string {
  const url = text.trim();
  const match = /^([a-z][a-z0-9+.-]*):\/\/([^/?#]*)([^?#]*)(.*)$/i.exec(url);
  const scheme = match?.[1]?.toLowerCase() ?? "";
  if (!["http", "https", "unix", "unixs"].includes(scheme)) {
    throw new InitialClusterError(`URL scheme must be http, https, unix, or unixs: ${url}`);
  }
  const [host, path, rest] = [match?.[2] ?? "", match?.[3] ?? "", match?.[4] ?? ""];
  const isSocket = scheme === "unix" || scheme === "unixs";
  if (!isSocket && !/^(\[[^\]]*\]|[^:]*):[0-9]*$/.test(host)) {
    throw new InitialClusterError(`URL address does not have the form "host:port": ${url}`);
  }
  if (!isSocket && path !== "") throw new InitialClusterError(`URL must not contain a path: ${url}`);
  return `${scheme}://${host}${path}${rest}`;
}

/** `--initial-cluster` again, sorted by name. */
export function printInitialCluster(cluster: ReadonlyMap<string, readonly string[]>): string {
  return [...cluster]
    .flatMap(([name, urls]) => urls.map((url) => `${name}=${url}`))
    .sort()
    .join(",");
}
