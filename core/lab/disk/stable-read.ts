/**
 * Reading the database of a member that goes on writing. bbolt writes the next state beside the last one, so what the current
 * meta page leads to stays whole until the transaction after the next; as long as no new meta page has come when a reading is done,
 * it read one state. Otherwise it is done again. Nothing is locked and nothing held.
 */
import { Database } from "../../bbolt/database.ts";
import { BboltError } from "../../bbolt/errors.ts";
import { findMeta } from "../../bbolt/find-meta.ts";
import type { Transaction } from "../../bbolt/transaction.ts";
import { nodeDisk } from "../../platform/node/disk.ts";

const TRIES = 8;
const CACHE_BYTES = 2 * 1024 * 1024;

export class NeverStill extends Error {
  override readonly name = "NeverStill";
  constructor() {
    super("the member writes faster than its database can be read: look again when it is quieter");
  }
}

/** @throws BboltError, DiskError: damage that is there in a state that held still; NeverStill */
export async function stableRead<T>(real: string, read: (database: Database, transaction: Transaction) => T | Promise<T>): Promise<T> {
  let damage: BboltError | undefined;
  for (let tries = 0; tries < TRIES; tries++) {
    try {
      const { value, still } = await once(real, read);
      if (still) return value;
      damage = undefined;
    } catch (error) {
      if (!(error instanceof BboltError)) throw error;
      // pages that were written over look like damage: only what is there a second time is
      if (damage?.message === error.message) throw error;
      damage = error;
    }
    await new Promise((resolve) => setTimeout(resolve, 5 * tries));
  }
  throw damage ?? new NeverStill();
}

async function once<T>(real: string, read: (database: Database, transaction: Transaction) => T | Promise<T>): Promise<{ value: T; still: boolean }> {
  const database = await Database.open(nodeDisk, real, { readOnly: true, pageCacheBytes: CACHE_BYTES });
  try {
    const transaction = database.beginRead();
    try {
      const value = await read(database, transaction);
      const now = await findMeta(database.diskFile, real);
      return { value, still: now.txid === database.meta.txid };
    } finally {
      transaction.rollback();
    }
  } finally {
    await database.close();
  }
}
