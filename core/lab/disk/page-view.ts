/** One page of a database as it stands in the file: its header, and what lies in it. */
import type { Database } from "../../bbolt/database.ts";
import { decodeFreelist } from "../../bbolt/freelist.ts";
import { decodeMetaPage, isBadMeta } from "../../bbolt/meta.ts";
import { bucketFlag, type Page, pageTypeName, readPageHeader } from "../../bbolt/page.ts";
import type { Transaction } from "../../bbolt/transaction.ts";
import type { DatabaseMeta, PairRow, PageRow, PageView } from "../contract/data-dir.ts";
import { keyWords, pairWords } from "./pair-words.ts";
import { printable } from "./printable.ts";

const PAIRS_MAX = 300;
const HEAD_BYTES = 256;
const FREE_IDS_MAX = 2000;

type Facts = [name: string, value: string][];

export async function pageView(database: Database, transaction: Transaction, row: PageRow): Promise<PageView> {
  const { pageSize } = database;
  const offset = row.id * pageSize;
  const bytes = Buffer.alloc(pageSize);
  const count = await database.diskFile.read(bytes, offset);
  const header = readPageHeader(bytes);
  const facts: Facts = [
    ["id in its header", Number.isFinite(header.id) ? String(header.id) : "more than 2^53"],
    ["type in its header", `${pageTypeName(header.flags)} (0x${header.flags.toString(16)})`],
    ["count", String(header.count)],
    ["overflow", String(header.overflow)],
  ];
  const view = { ...row, offset, head: bytes.subarray(0, Math.min(count, HEAD_BYTES)).toString("base64") };
  if (row.kind === "meta") return { ...view, facts: [...facts, ...metaFacts(bytes, row.id)], pairs: [], more: 0 };
  if (row.kind === "freelist") return { ...view, facts: [...facts, ...freelistFacts(database, row)], pairs: [], more: 0 };
  // what a free page holds is of an earlier time: its header is all that is told
  if (row.kind === "free" || row.kind === "overflow") return { ...view, facts: row.kind === "free" ? facts : [], pairs: [], more: 0 };
  const page = transaction.page(row.id);
  return { ...view, facts, pairs: pairsOf(page, row.bucket), more: Math.max(0, page.count - PAIRS_MAX) };
}

export function metaOf(bytes: Buffer, page: number): DatabaseMeta {
  const meta = decodeMetaPage(bytes);
  if (isBadMeta(meta)) return { page, problem: `${meta.problem}: expected ${meta.expected}, found ${meta.found}`, txid: 0, root: 0, freelist: 0, highWater: 0 };
  return { page, problem: "", txid: meta.txid, root: meta.root, freelist: meta.freelist ?? 0, highWater: meta.hwm };
}

function metaFacts(bytes: Buffer, id: number): Facts {
  const meta = metaOf(bytes, id);
  if (meta.problem !== "") return [["problem", meta.problem]];
  return [
    ["transaction", String(meta.txid)],
    ["root page", String(meta.root)],
    ["freelist page", meta.freelist === 0 ? "not stored" : String(meta.freelist)],
    ["high water mark", String(meta.highWater)],
  ];
}

function freelistFacts(database: Database, row: PageRow): Facts {
  const { pageSize, meta, path } = database;
  const data = Buffer.alloc((row.overflow + 1) * pageSize);
  database.diskFile.readSync(data, row.id * pageSize);
  const ids = decodeFreelist(data, row.id, meta.hwm, path, row.id * pageSize);
  return [
    ["free pages", String(ids.length)],
    ["their numbers", ids.slice(0, FREE_IDS_MAX).join(" ") + (ids.length > FREE_IDS_MAX ? " …" : "")],
  ];
}

function pairsOf(page: Page, bucket: string): PairRow[] {
  const pairs: PairRow[] = [];
  for (let at = 0; at < Math.min(page.count, PAIRS_MAX); at++) {
    const key = page.keyAt(at);
    const rawKey = key.toString("base64");
    if (!page.leaf) pairs.push({ key: keyWords(bucket, key), rawKey, bytes: key.length, words: `page ${page.pgidAt(at)}`, child: page.pgidAt(at) });
    else if ((page.flagsAt(at) & bucketFlag) !== 0) pairs.push({ key: printable(key), rawKey, bytes: page.valueSizeAt(at), words: bucketWords(page.valueAt(at)), child: bucketRoot(page.valueAt(at)) });
    else pairs.push(pairRow(bucket, key, page.valueAt(at)));
  }
  return pairs;
}

export function pairRow(bucket: string, key: Buffer, value: Buffer): PairRow {
  return { key: keyWords(bucket, key), rawKey: key.toString("base64"), bytes: value.length, words: pairWords(bucket, key, value), child: 0 };
}

function bucketRoot(header: Buffer): number {
  return header.length >= 8 ? Number(header.readBigUInt64LE(0)) : 0;
}

function bucketWords(header: Buffer): string {
  const root = bucketRoot(header);
  return root === 0 ? "a bucket, in here" : `a bucket, its root is page ${root}`;
}
