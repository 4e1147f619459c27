/** The records of a database's bucket `key`, in turns, so that a large file does not keep others waiting. */
import type { Transaction } from "../../bbolt/transaction.ts";
import { checkRevision, isTombstone, mainOf, subOf } from "../../mvcc/revision.ts";
import { KeyValue } from "../../proto/gen/mvccpb.ts";
import { WireError } from "../../proto/wire.ts";
import { UnreadableRecord } from "../damage.ts";

export interface KeyRecord {
  readonly main: number;
  readonly sub: number;
  readonly tombstone: boolean;
  /** one char a byte */
  readonly key: string;
  readonly value: Buffer;
}

/** Entries read before others get a turn. */
export const ENTRIES_PER_TURN = 1000;

export function turn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}

/** @throws UnreadableRecord what a sound page holds is no revision, or no key and value */
export async function* keyRecords(transaction: Transaction): AsyncGenerator<KeyRecord[]> {
  let batch: KeyRecord[] = [];
  for (const { key, value } of transaction.bucket(Buffer.from("key"))?.entries() ?? []) {
    const kv = read(key, value);
    batch.push({ main: mainOf(key), sub: subOf(key), tombstone: isTombstone(key), key: kv.key.toString("latin1"), value: kv.value });
    if (batch.length < ENTRIES_PER_TURN) continue;
    yield batch;
    batch = [];
    await turn();
  }
  yield batch;
}

function read(key: Buffer, value: Buffer): KeyValue {
  try {
    checkRevision(key);
    return KeyValue.decode(value);
  } catch (error) {
    if (error instanceof RangeError) throw new UnreadableRecord("key", key, "a revision", `${key.length} bytes`, { cause: error });
    if (error instanceof WireError) throw new UnreadableRecord("key", key, "an mvccpb.KeyValue", error.message, { cause: error });
    throw error;
  }
}
