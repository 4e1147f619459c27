/**
 * Which byte of a file to damage so that it teaches something: the bytes that a format guards, and the one kind that nothing guards
 * (a value in the database: bbolt has checksums in its meta pages alone). Reads only.
 */
import { openSync, readSync, closeSync, fstatSync } from "node:fs";
import { KeyValue } from "../../proto/gen/mvccpb.ts";
import { frameWordBytes, readFrameWord } from "../../wal/record.ts";
import type { DataFileKind, WalRow } from "../contract/data-dir.ts";
import type { FileRegion } from "../contract/file-faults.ts";
import { CommandError } from "../contract/host.ts";
import { PageMap } from "./page-map.ts";
import { stableRead } from "./stable-read.ts";
import type { WalRecords } from "./wal-records.ts";

/** A page's flags in its header, and the transaction number in a meta page (bbolt's db.go, page.go). */
const PAGE_FLAGS_AT = 8;
const META_TXID_AT = 16 + 48;
const SECTOR_BYTES = 512;
/** records looked through for one that lies across two sectors */
const LAST_RECORDS = 256;

/** Where the byte is, and what stands there in words. */
export interface Spot {
  readonly offset: number;
  readonly what: string;
}

export interface SpotQuery {
  readonly real: string;
  /** as the host sees it */
  readonly shown: string;
  readonly kind: DataFileKind;
  readonly region: FileRegion;
  /** of region "offset" */
  readonly offset: number;
}

/** @throws CommandError "failed" where there is no such place; what the formats' readers throw */
export async function weakSpot(query: SpotQuery, wal: WalRecords): Promise<Spot> {
  const size = sizeOf(query.real);
  if (query.region === "offset") {
    if (query.offset >= size) throw new CommandError("failed", `${query.shown} has ${size} bytes`);
    return { offset: query.offset, what: "" };
  }
  if (size === 0) throw new CommandError("failed", `${query.shown} is empty`);
  if (query.kind === "wal") return walSpot(query, wal);
  if (query.kind === "database") return databaseSpot(query);
  return { offset: { start: 0, middle: Math.floor(size / 2), end: size - 1 }[query.region], what: "" };
}

async function walSpot({ real, shown, region }: SpotQuery, wal: WalRecords): Promise<Spot> {
  const { total } = await wal.page(real, shown, 0, 1);
  if (total === 0) throw new CommandError("failed", `${shown} holds no whole record`);
  // the very first record only says which CRC the file begins with
  const at = { start: Math.min(1, total - 1), middle: Math.floor(total / 2), end: total - 1, offset: 0 }[region];
  const row = (await wal.page(real, shown, at, 1)).rows[0];
  if (row === undefined) throw new CommandError("failed", `${shown} was written over meanwhile`);
  return { offset: row.offset + frameWordBytes + Math.floor(bodyBytes(real, row) / 2), what: `in record ${at + 1} of ${total}, ${recordWords(row)}` };
}

function recordWords({ type, index, operation }: WalRow): string {
  return type === "entry" ? `entry ${index} (${operation})` : type;
}

function bodyBytes(real: string, row: WalRow): number {
  return readFrameWord(readAt(real, row.offset, frameWordBytes), 0)?.recordBytes ?? row.bytes - frameWordBytes;
}

async function databaseSpot({ real, shown, region }: SpotQuery): Promise<Spot> {
  return stableRead(real, async (database, transaction) => {
    const { pageSize, meta } = database;
    if (region === "start") {
      const page = meta.txid % 2;
      return { offset: page * pageSize + META_TXID_AT, what: `in meta page ${page}, the current one` };
    }
    const map = await PageMap.of(database, transaction);
    if (region === "middle") {
      for (let id = map.total - 1; id > 1; id--) {
        const row = map.row(id);
        if (row.kind === "leaf" || row.kind === "branch") return { offset: id * pageSize + PAGE_FLAGS_AT, what: `in the header of page ${id}${row.bucket === "" ? "" : `, bucket ${row.bucket}`}` };
      }
      throw new CommandError("failed", `${shown} has no page with data`);
    }
    const bucket = transaction.bucket(Buffer.from("key"));
    const cursor = bucket?.cursor();
    for (let valid = cursor?.last() ?? false; valid && cursor !== undefined; valid = cursor.previous()) {
      const record = cursor.value;
      const { key, value, modRevision } = KeyValue.decode(record);
      if (value.length === 0) continue;
      const within = value.byteOffset - record.byteOffset + value.length - 1;
      const start = placeOf(real, pageSize, map, record);
      if (start !== undefined) return { offset: start + within, what: `in the value of ${key.toString("utf8")} at revision ${modRevision}` };
    }
    throw new CommandError("failed", `${shown} holds no value yet`);
  });
}

/** Where in the file these bytes stand, in a page that is in use. */
function placeOf(real: string, pageSize: number, map: PageMap, bytes: Buffer): number | undefined {
  for (let id = map.total - 1; id > 1; id--) {
    const row = map.row(id);
    if (row.kind !== "leaf") continue;
    const at = readAt(real, id * pageSize, (row.overflow + 1) * pageSize).indexOf(bytes);
    if (at >= 0) return id * pageSize + at;
  }
  return undefined;
}

/** What a write that a crash tore leaves out: from a sector's start, inside a record, to the end of what was written. */
export interface Tear {
  /** of the torn record */
  readonly recordAt: number;
  readonly from: number;
  readonly to: number;
}

/** @throws CommandError "failed" where nothing was written */
export async function lastWrite(real: string, shown: string, wal: WalRecords): Promise<Tear> {
  const { total, end } = await wal.page(real, shown, 0, 1);
  const { rows } = await wal.page(real, shown, Math.max(0, total - LAST_RECORDS), LAST_RECORDS);
  const last = rows.at(-1);
  if (last === undefined) throw new CommandError("failed", `${shown} holds no whole record`);
  for (const { offset, bytes } of rows.toReversed()) {
    const boundary = Math.floor((offset + bytes - 1) / SECTOR_BYTES) * SECTOR_BYTES;
    if (boundary > offset + frameWordBytes) return { recordAt: offset, from: boundary, to: end };
  }
  // all that was ever written lies in one sector: its last record's body is gone
  return { recordAt: last.offset, from: last.offset + frameWordBytes, to: end };
}

export function readAt(path: string, offset: number, length: number): Buffer {
  const file = openSync(path, "r");
  try {
    const bytes = Buffer.alloc(length);
    return bytes.subarray(0, readSync(file, bytes, 0, length, offset));
  } finally {
    closeSync(file);
  }
}

function sizeOf(path: string): number {
  const file = openSync(path, "r");
  try {
    return fstatSync(file).size;
  } finally {
    closeSync(file);
  }
}
