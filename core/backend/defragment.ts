/** A copy of all pairs into a new file, without free pages (etcd server/storage/backend/backend.go, defragdb). */
import type { Bucket } from "../bbolt/bucket.ts";
import { Database } from "../bbolt/database.ts";
import { BboltError } from "../bbolt/errors.ts";
import type { Transaction } from "../bbolt/transaction.ts";
import type { Disk } from "../platform/disk.ts";
import { nextTurn } from "./turns.ts";

const pairsPerTransaction = 10000;
const pairsPerTurn = 1000;

/**
 * Writes the state that `source` sees to a new file at `path`, in order, pages 90 % full.
 * @throws BboltError, DiskError; the file is removed then
 */
export async function copyCompactly(disk: Disk, source: Transaction, path: string): Promise<void> {
  try {
    const target = await Database.open(disk, path, { growth: "doubling", pageSize: source.pageSize, turn: nextTurn });
    try {
      await copyBuckets(source, target);
    } finally {
      await target.close();
    }
  } catch (error) {
    await disk.remove(path);
    throw error;
  }
}

async function copyBuckets(source: Transaction, target: Database): Promise<void> {
  let transaction = target.beginWrite();
  try {
    let inTransaction = 0;
    for (const { key: name, isBucket } of source.root.entries()) {
      if (!isBucket) throw misplaced(source, "a key with a value lies beside the buckets");
      const from = source.bucket(name) as Bucket;
      let to = openForAppending(transaction, name);
      for (const { key, value, isBucket: nested } of from.entries()) {
        if (nested) throw misplaced(source, "a bucket lies inside a bucket");
        if (inTransaction === pairsPerTransaction) {
          await transaction.commit();
          transaction = target.beginWrite();
          to = openForAppending(transaction, name);
          inTransaction = 0;
        }
        to.put(key, value);
        if (++inTransaction % pairsPerTurn === 0) await nextTurn();
      }
    }
    await transaction.commit();
  } catch (error) {
    transaction.rollback();
    throw error;
  }
}

/** etcd keeps one level of buckets and nothing else. */
function misplaced(source: Transaction, what: string): BboltError {
  return new BboltError("bbolt.tree_damaged", `${source.path}: ${what}`, { path: source.path });
}

function openForAppending(transaction: Transaction, name: Buffer): Bucket {
  const bucket = transaction.root.createBucketIfAbsent(name);
  bucket.fillPercent = 0.9;
  return bucket;
}
