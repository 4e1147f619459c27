/** What peers say about themselves in headers, and when they refuse each other (rafthttp/util.go, http.go). */
import type { IncomingHttpHeaders } from "node:http";

export const incompatibleVersion = "incompatible version";
export const clusterIdMismatch = "cluster ID mismatch";

export interface PeerIdentity {
  readonly localId: bigint;
  readonly clusterId: bigint;
  readonly version: string;
  readonly minClusterVersion: string;
  localUrls(): readonly string[];
}

/** Lower-case, unpadded. */
export const hexId = (id: bigint): string => id.toString(16);

/** As Go's ParseUint of base 16: no sign, no prefix, at most 64 bits. */
export function parseHexId(text: string): bigint | undefined {
  return /^[0-9a-fA-F]+$/.test(text) && text.replace(/^0+/, "").length <= 16 ? BigInt(`0x${text}`) : undefined;
}

export function requestHeaders(identity: PeerIdentity): Record<string, string> {
  const headers: Record<string, string> = {
    "X-Server-From": hexId(identity.localId),
    "X-Server-Version": identity.version,
    "X-Min-Cluster-Version": identity.minClusterVersion,
    "X-Etcd-Cluster-ID": hexId(identity.clusterId),
  };
  const urls = identity.localUrls();
  if (urls.length > 0) headers["X-PeerURLs"] = urls.join(",");
  return headers;
}

export function header(headers: IncomingHttpHeaders, name: string): string | undefined {
  const value = headers[name];
  return Array.isArray(value) ? value[0] : value;
}

export function senderOf(headers: IncomingHttpHeaders): bigint | undefined {
  return parseHexId(header(headers, "x-server-from") ?? "");
}

export function urlsOf(headers: IncomingHttpHeaders): string[] {
  const urls = header(headers, "x-peerurls");
  return urls ? urls.split(",") : [];
}

/** Major and minor as one number; a missing version is 2.0 (that old), a malformed one undefined. */
export function majorMinor(version: string | undefined): number | undefined {
  if (!version) return 2_000_000;
  const match = /^(\d{1,6})\.(\d{1,6})\.\d+/.exec(version);
  return match ? Number(match[1]) * 1_000_000 + Number(match[2]) : undefined;
}

/** @returns the text of the 412 answer; undefined: compatible. The version is looked at first. */
export function incompatibility(headers: IncomingHttpHeaders, identity: PeerIdentity): string | undefined {
  const server = majorMinor(header(headers, "x-server-version"));
  const minimum = majorMinor(header(headers, "x-min-cluster-version"));
  const localMinimum = majorMinor(identity.minClusterVersion) ?? 0;
  const local = majorMinor(identity.version) ?? 0;
  if (server === undefined || minimum === undefined || server < localMinimum || minimum > local) return incompatibleVersion;
  return header(headers, "x-etcd-cluster-id") === hexId(identity.clusterId) ? undefined : clusterIdMismatch;
}

/** Streams exist since 2.1. */
export function supportsStreams(version: string | undefined): boolean {
  return (majorMinor(version) ?? 0) >= 2_000_001;
}
