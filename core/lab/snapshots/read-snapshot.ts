/**
 * Reads one snapshot file whole: the digest that etcdctl put at its end, every page, and what `etcdutl snapshot status` says.
 * Damage is told with file, offset, expected and found; nothing is written and nothing locked.
 */
import { createHash } from "node:crypto";
import { Database } from "../../bbolt/database.ts";
import { BboltError, damaged } from "../../bbolt/errors.ts";
import { findMeta } from "../../bbolt/find-meta.ts";
import { reachablePages } from "../../bbolt/reachability.ts";
import type { Transaction } from "../../bbolt/transaction.ts";
import { crc32c } from "../../platform/crc32c.ts";
import type { DiskFile } from "../../platform/disk.ts";
import { nodeDisk } from "../../platform/node/disk.ts";
import { decodeSnapFile } from "../../snap/snap-file.ts";
import type { Damage } from "../contract/damage.ts";
import type { SnapshotReport, SnapshotView } from "../contract/snapshots.ts";
import { damageOf } from "../damage.ts";
import { NeverStill } from "../disk/stable-read.ts";
import { ENTRIES_PER_TURN, keyRecords, turn } from "./key-records.ts";

export type SnapshotReading = Pick<SnapshotView, "digest" | "report" | "damage">;

const DIGEST_BYTES = 32;
const SECTOR_BYTES = 512;
const READ_BYTES = 1024 * 1024;
const LIVE_TRIES = 8;

/** @param shown the file as the host sees it. @throws DiskError where it cannot be opened */
export async function readSnapshot(real: string, shown: string): Promise<SnapshotReading> {
  const file = await nodeDisk.open(real, "read");
  try {
    const { digest, damage: cut } = await checkDigest(file, shown);
    try {
      // page by page first: it names the place of what is wrong, where the digest only knows that something is
      const meta = await findMeta(file, real);
      const needed = meta.hwm * meta.pageSize;
      if (file.size() < needed) throw damaged("bbolt.truncated", real, file.size(), "the file is shorter than its meta page says", `${needed} bytes`, `${file.size()} bytes`);
      await reachablePages(file, real, meta);
      const report = await readReport(real);
      return { digest, report, damage: cut };
    } catch (error) {
      return { digest, report: null, damage: damageOf(error, shown, real) };
    }
  } finally {
    await file.close();
  }
}

/**
 * A database in a data-dir, whose member may be writing it: what was found counts only if no other state was written meanwhile, because pages
 * that are written over look like damage. @throws NeverStill, DiskError
 */
export async function readDatabase(real: string, shown: string): Promise<SnapshotReading> {
  for (let tries = 0; tries < LIVE_TRIES; tries++) {
    const before = await stateOf(real);
    const reading = await readSnapshot(real, shown);
    if (before === (await stateOf(real))) return reading;
  }
  throw new NeverStill();
}

/** The transaction that the database stands at; -1 where no meta page is whole. */
async function stateOf(real: string): Promise<number> {
  const file = await nodeDisk.open(real, "read");
  try {
    return (await findMeta(file, real)).txid;
  } catch (error) {
    if (!(error instanceof BboltError)) throw error;
    return -1;
  } finally {
    await file.close();
  }
}

/** A member's `.snap` file: the members and the place in the log, no keys. */
export async function readRaftSnapshot(real: string, shown: string): Promise<SnapshotReading> {
  const file = await nodeDisk.open(real, "read");
  try {
    const bytes = Buffer.alloc(file.size());
    await file.read(bytes, 0);
    const { metadata, data } = decodeSnapFile(bytes, real);
    const members = metadata.confState.voters.concat(metadata.confState.learners).map((id) => id.toString(16));
    const report: SnapshotReport = { hash: "", revision: 0, keys: 0, size: data?.length ?? 0, version: "", term: metadata.term, index: metadata.index, members };
    return { digest: "none", report, damage: null };
  } catch (error) {
    return { digest: "none", report: null, damage: damageOf(error, shown, real) };
  } finally {
    await file.close();
  }
}

async function checkDigest(file: DiskFile, shown: string): Promise<{ digest: SnapshotView["digest"]; damage: Damage | null }> {
  const bytes = file.size();
  const rest = bytes % SECTOR_BYTES;
  if (rest === 0) return { digest: "none", damage: null };
  if (rest !== DIGEST_BYTES) {
    const text = `${shown} is ${bytes} bytes long: a database is a multiple of ${SECTOR_BYTES}, a snapshot of etcdctl has ${DIGEST_BYTES} more. It was cut short or added to`;
    return { digest: "none", damage: { file: shown, offset: bytes, expected: `a multiple of ${SECTOR_BYTES} bytes, or ${DIGEST_BYTES} more`, found: `${bytes} bytes`, text } };
  }
  const hash = createHash("sha256");
  const end = bytes - DIGEST_BYTES;
  const chunk = Buffer.allocUnsafe(READ_BYTES);
  for (let at = 0; at < end; ) {
    const count = await file.read(chunk.subarray(0, Math.min(READ_BYTES, end - at)), at);
    if (count === 0) break;
    hash.update(chunk.subarray(0, count));
    at += count;
  }
  const computed = hash.digest();
  const stored = Buffer.alloc(DIGEST_BYTES);
  await file.read(stored, end);
  if (computed.equals(stored)) return { digest: "right", damage: null };
  const [expected, found] = [stored.toString("hex"), computed.toString("hex")];
  return { digest: "wrong", damage: { file: shown, offset: end, expected, found, text: `${shown}: the SHA-256 at offset ${end} is not that of what stands before it` } };
}

async function readReport(real: string): Promise<SnapshotReport> {
  const database = await Database.open(nodeDisk, real, { readOnly: true });
  try {
    const transaction = database.beginRead();
    try {
      return await report(transaction);
    } finally {
      transaction.rollback();
    }
  } finally {
    await database.close();
  }
}

async function report(transaction: Transaction): Promise<SnapshotReport> {
  let hash = 0;
  let entries = 0;
  for (const { key: name } of transaction.root.entries()) {
    hash = crc32c(name, hash);
    for (const { key, value } of transaction.bucket(name)?.entries() ?? []) {
      hash = crc32c(value, crc32c(key, hash));
      if (++entries % ENTRIES_PER_TURN === 0) await turn();
    }
  }
  let revision = 0;
  const live = new Set<string>();
  for await (const batch of keyRecords(transaction)) {
    for (const record of batch) {
      revision = record.main;
      if (record.tombstone) live.delete(record.key);
      else live.add(record.key);
    }
  }
  const meta = transaction.bucket(Buffer.from("meta"));
  const number = (name: string): number => {
    const value = meta?.get(Buffer.from(name));
    return value?.length === 8 ? Number(value.readBigUInt64BE(0)) : 0;
  };
  return {
    hash: hash.toString(16),
    revision,
    keys: live.size,
    size: transaction.size,
    version: meta?.get(Buffer.from("storageVersion"))?.toString() ?? "",
    term: number("term"),
    index: number("consistent_index"),
    members: membersOf(transaction),
  };
}

function membersOf(transaction: Transaction): string[] {
  const names: string[] = [];
  for (const { key, value } of transaction.bucket(Buffer.from("members"))?.entries() ?? []) {
    try {
      const { name } = JSON.parse(value.toString("utf8")) as { name?: unknown };
      names.push(typeof name === "string" && name !== "" ? name : key.toString("latin1"));
    } catch (error) {
      if (!(error instanceof SyntaxError)) throw error;
      names.push(key.toString("latin1"));
    }
  }
  return names;
}
