/** How etcd names members and clusters: the first 8 bytes of SHA-1 (server/etcdserver/api/membership/member.go, cluster.go). */
import { createHash } from "node:crypto";

/**
 * @param token the cluster's token when it is bootstrapped; "" for a member added later
 * @param addedAtSeconds unix time; undefined when the cluster is bootstrapped
 */
export function computeMemberId(peerUrls: readonly string[], token: string, addedAtSeconds?: number): bigint {
  const joined = [...peerUrls].sort(byBytes).join("") + token + (addedAtSeconds === undefined ? "" : String(addedAtSeconds));
  return firstUint64(Buffer.from(joined));
}

export function computeClusterId(memberIds: readonly bigint[]): bigint {
  const sorted = [...memberIds].sort((a, b) => (a < b ? -1 : a > b ? 1 : 0));
  const bytes = Buffer.alloc(8 * sorted.length);
  for (const [index, id] of sorted.entries()) bytes.writeBigUInt64BE(id, 8 * index);
  return firstUint64(bytes);
}

function firstUint64(bytes: Buffer): bigint {
  return createHash("sha1").update(bytes).digest().readBigUInt64BE(0);
}

function byBytes(a: string, b: string): number {
  return Buffer.compare(Buffer.from(a), Buffer.from(b));
}
