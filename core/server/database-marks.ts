/** What a database says of itself, in its bucket `meta`: up to which entry of the log it has everything. */
import type { Backend } from "../backend/backend.ts";

export const CONSISTENT_INDEX_KEY = Buffer.from("consistent_index");
const termKey = Buffer.from("term");

/** Index of the last entry in the database; 0 in a new one. */
export function consistentIndexOf(backend: Backend): number {
  const value = backend.get("meta", CONSISTENT_INDEX_KEY);
  return value === undefined ? 0 : Number(value.readBigUInt64BE(0));
}

/** Term of that entry; undefined in a database of 3.4 or older, which does not keep it. */
export function consistentTermOf(backend: Backend): number | undefined {
  const value = backend.get("meta", termKey);
  return value === undefined ? undefined : Number(value.readBigUInt64BE(0));
}
