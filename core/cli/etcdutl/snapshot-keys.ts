/** What a database says of its keys without a store over it: the last revision and the live keys. */
import { decodeKeyRecord } from "./key-record.ts";
import type { Transaction } from "../../bbolt/transaction.ts";

export function readKeys(transaction: Transaction): { readonly revision: number; readonly live: number } {
  const live = new Set<string>();
  let revision = 0;
  for (const { key, value } of transaction.bucket(Buffer.from("key"))?.entries() ?? []) {
    const record = decodeKeyRecord(key, value);
    revision = record.main;
    if (record.tombstone) live.delete(record.key);
    else live.add(record.key);
  }
  return { revision, live: live.size };
}
