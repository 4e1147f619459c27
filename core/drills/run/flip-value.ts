/** Damage for drills: one value in a member's database is changed behind its back, as a bad disk or a bad tool does. */
import { Database } from "../../bbolt/database.ts";
import { KeyValue } from "../../proto/gen/mvccpb.ts";
import { nodeDisk } from "../../platform/node/disk.ts";

/**
 * Changes the newest value of a key. The member must not run.
 * @param path real path of member/snap/db
 * @returns false when the key is not in it
 */
export async function flipValue(path: string, key: string, value: string): Promise<boolean> {
  const database = await Database.open(nodeDisk, path, {});
  try {
    const transaction = database.beginWrite();
    const bucket = transaction.bucket(Buffer.from("key"));
    let newest: { revision: Buffer; record: KeyValue } | undefined;
    for (const { key: revision, value: bytes } of bucket?.entries() ?? []) {
      const record = KeyValue.decode(bytes);
      if (record.key.toString() === key) newest = { revision: Buffer.from(revision), record: { ...record, key: Buffer.from(record.key) } };
    }
    if (newest === undefined) {
      transaction.rollback();
      return false;
    }
    bucket!.put(newest.revision, KeyValue.encode({ ...newest.record, value: Buffer.from(value) }));
    await transaction.commit();
    return true;
  } finally {
    await database.close();
  }
}
