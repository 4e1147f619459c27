/** One record of bucket `key`. */
import { isTombstone, mainOf } from "../../mvcc/revision.ts";
import { KeyValue } from "../../proto/gen/mvccpb.ts";

export function decodeKeyRecord(key: Buffer, value: Buffer): { readonly main: number; readonly tombstone: boolean; readonly key: string } {
  return { main: mainOf(key), tombstone: isTombstone(key), key: KeyValue.decode(value).key.toString("latin1") };
}
