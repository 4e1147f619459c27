/**
 * Where members keep the v2 tree in the v3 key space: under a prefix of its own, as etcd 3.4's v2v3 store does. It stands here, and
 * not with the v2 API, because a backup without v3 data keeps just this part of the keys.
 */

/** No v3 user is likely to have keys here; a member serves one v2 tree. */
export const V2_PREFIX = "/_etcd_v2";

/** Everything of the tree and of v2's users and roles. */
export const v2Range = { key: Buffer.from(`${V2_PREFIX}/`), rangeEnd: Buffer.from(`${V2_PREFIX}0`) } as const;

/** Holds the last event of the tree; its history is the event history. */
export const V2_ACTION_KEY = Buffer.from(`${V2_PREFIX}/act`);

export function isV2Key(key: Buffer): boolean {
  return key.compare(v2Range.key) >= 0 && key.compare(v2Range.rangeEnd) < 0;
}
