/** The live keys of one side of a comparison: of a snapshot file, or of the cluster as it is now. Values are not kept, only where they stand. */
import { Database } from "../../bbolt/database.ts";
import type { Client } from "../../client/index.ts";
import { encodeRevision } from "../../mvcc/revision.ts";
import { crc32c } from "../../platform/crc32c.ts";
import { nodeDisk } from "../../platform/node/disk.ts";
import { KeyValue } from "../../proto/gen/mvccpb.ts";
import { keyRecords } from "./key-records.ts";

export interface KeyAt {
  readonly main: number;
  readonly sub: number;
  readonly bytes: number;
  /** of the value */
  readonly crc: number;
}

export interface KeyState {
  readonly revision: number;
  /** keys one char a byte */
  readonly keys: ReadonlyMap<string, KeyAt>;
}

const PAGE = 2000;
const CALL_MS = 10_000;
const ZERO = Buffer.from([0]);

/** Keys of a side beyond this are refused: a window could not show them either. */
const KEYS_MAX = 2_000_000;

export class TooManyKeys extends Error {
  override readonly name = "TooManyKeys";
  constructor() {
    super(`more than ${KEYS_MAX} keys: compare with etcdctl and diff instead`);
  }
}

/** @throws BboltError, DiskError, TooManyKeys */
export async function fileKeys(real: string): Promise<KeyState> {
  return withDatabase(real, async (transaction) => {
    const keys = new Map<string, KeyAt>();
    let revision = 0;
    for await (const batch of keyRecords(transaction)) {
      for (const { main, sub, tombstone, key, value } of batch) {
        revision = main;
        if (tombstone) keys.delete(key);
        else keys.set(key, { main, sub, bytes: value.length, crc: crc32c(value) });
      }
      if (keys.size > KEYS_MAX) throw new TooManyKeys();
    }
    return { revision, keys };
  });
}

/** All pages as of the first one's revision. @throws StatusError, TooManyKeys */
export async function liveKeys(client: Client): Promise<KeyState> {
  const keys = new Map<string, KeyAt>();
  let revision = 0;
  let start = ZERO;
  for (;;) {
    const page = await client.range({ key: start, rangeEnd: ZERO, limit: PAGE, revision }, { timeoutMs: CALL_MS });
    if (revision === 0) revision = page.header?.revision ?? 0;
    for (const kv of page.kvs) keys.set(kv.key.toString("latin1"), { main: kv.modRevision, sub: 0, bytes: kv.value.length, crc: crc32c(kv.value) });
    if (keys.size > KEYS_MAX) throw new TooManyKeys();
    const last = page.kvs.at(-1);
    if (!page.more || last === undefined) return { revision, keys };
    start = Buffer.concat([last.key, ZERO]);
  }
}

/** The value that a file holds for a revision; undefined where it holds none. */
export async function fileValue(real: string, { main, sub }: KeyAt): Promise<Buffer | undefined> {
  return withDatabase(real, (transaction) => {
    const record = transaction.bucket(Buffer.from("key"))?.get(encodeRevision(main, sub));
    return record === undefined ? undefined : Buffer.from(KeyValue.decode(record).value);
  });
}

async function withDatabase<T>(real: string, read: (transaction: ReturnType<Database["beginRead"]>) => T | Promise<T>): Promise<T> {
  const database = await Database.open(nodeDisk, real, { readOnly: true });
  try {
    const transaction = database.beginRead();
    try {
      return await read(transaction);
    } finally {
      transaction.rollback();
    }
  } finally {
    await database.close();
  }
}
