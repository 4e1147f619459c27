/** What a database says of itself, in its bucket `meta`: up to which entry of the log it has everything. */
import type { Backend } from "../backend/backend.ts";
import { readNumber64 } from "../backend/number-record.ts";

export const CONSISTENT_INDEX_KEY = Buffer.from("consistent_index");
const termKey = Buffer.from("term");

/** Index of the last entry in the database; 0 in a new one. */
export function consistentIndexOf(backend: Backend): number {
  return readNumber64(backend, "meta", CONSISTENT_INDEX_KEY) ?? 0;
}

/** Term of that entry; undefined in a database of 3.4 or older, which does not keep it. */
export function consistentTermOf(backend: Backend): number | undefined {
  return readNumber64(backend, "meta", termKey);
}
