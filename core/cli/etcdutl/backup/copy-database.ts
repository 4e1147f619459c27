/** Copies the database of a data-dir as of one commit. */
import { setTimeout as pause } from "node:timers/promises";
import { hotCopy } from "../../../backend/hot-copy.ts";
import { Database } from "../../../bbolt/database.ts";
import { BboltError } from "../../../bbolt/errors.ts";
import { DiskError } from "../../../platform/disk.ts";
import { nodeDisk } from "../../../platform/node/disk.ts";

/** How often a copy of a database that is written meanwhile is tried, and the pause between, ms. */
const ATTEMPTS = 40;
const PAUSE_MS = 50;
const LOCK_RETRY_MS = 200;
/** A lock is waited for so long before the waiting is told, ms. */
const LOCK_TOLD_MS = 1000;

/** Waits until no program of ours has the file. @param told once, when it takes long */
export async function lockDatabase(path: string, signal: AbortSignal, told: () => void): Promise<{ release(): Promise<void> }> {
  for (let waited = 0; ; waited += LOCK_RETRY_MS) {
    try {
      return await nodeDisk.lock(path);
    } catch (error) {
      if (!(error instanceof DiskError) || error.code !== "EWOULDBLOCK") throw error;
    }
    if (waited === LOCK_TOLD_MS) told();
    await pause(LOCK_RETRY_MS, undefined, { signal });
  }
}

/**
 * Without a lock, so also of a running member: pages of a commit are overwritten only after the next one, so a copy during which
 * nothing was committed is one commit's.
 * @throws BboltError a damaged file, or one that never comes to rest; DiskError
 */
export async function copyDatabase(from: string, to: string): Promise<void> {
  for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
    const txid = await copyOnce(from, to);
    if (txid === (await lastTransaction(from))) return;
    await pause(PAUSE_MS);
  }
  throw new BboltError("bbolt.busy", `${from} is being written all the time; stop the member first`, { path: from });
}

async function copyOnce(from: string, to: string): Promise<number> {
  const database = await Database.open(nodeDisk, from, { readOnly: true });
  try {
    const { txid } = database.meta;
    const snapshot = hotCopy(database);
    const target = await nodeDisk.open(to, "create");
    try {
      let offset = 0;
      for await (const chunk of snapshot.read()) {
        await target.write([chunk], offset);
        offset += chunk.length;
      }
      await target.truncate(offset);
      await target.datasync();
    } finally {
      snapshot.release();
      await target.close();
    }
    return txid;
  } finally {
    await database.close();
  }
}

async function lastTransaction(path: string): Promise<number> {
  const database = await Database.open(nodeDisk, path, { readOnly: true });
  await database.close();
  return database.meta.txid;
}
