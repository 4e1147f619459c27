/**
 * Meta pages (bbolt internal/common/meta.go): two of them, written in turn; of those that validate, the one with the higher
 * transaction number is current.
 */
import { alignedBuffer, largestExact, setWide, wide, wordsOf } from "./bytes.ts";
import { pageFlags, pageHeaderBytes, writePageHeader } from "./page.ts";

const metaMagic = 0xed0cdaed;
const metaVersion = 2;
/** Bytes of the meta body, after the page header; the last eight are the checksum of the others. */
export const metaBytes = 64;

export interface Meta {
  readonly pageSize: number;
  /** page of the root bucket */
  readonly root: number;
  readonly rootSequence: number;
  /** page of the stored freelist; undefined: not stored */
  readonly freelist: number | undefined;
  /** first page number never used (bbolt's high water mark) */
  readonly hwm: number;
  readonly txid: number;
}

/** FNV-1a with 64 bits, in two halves of 32. The prime is 2^40 + 0x1b3. */
export function fnv1a64(bytes: Uint8Array): { readonly high: number; readonly low: number } {
  let high = 0xcbf29ce4;
  let low = 0x84222325;
  for (let i = 0; i < bytes.length; i++) {
    low = (low ^ (bytes[i] as number)) >>> 0;
    const product = low * 0x1b3;
    high = (Math.imul(high, 0x1b3) + Math.floor(product / 0x1_0000_0000) + (low << 8)) >>> 0;
    low = product >>> 0;
  }
  return { high, low };
}

/** A whole page, ready to be written at `pageNumber` (by default the one whose turn it is). */
export function encodeMetaPage(meta: Meta, pageNumber: number = meta.txid % 2): Buffer {
  const page = alignedBuffer(meta.pageSize).fill(0);
  writePageHeader(page, { id: pageNumber, flags: pageFlags.meta, count: 0, overflow: 0 });
  const body = page.subarray(pageHeaderBytes, pageHeaderBytes + metaBytes);
  const words = wordsOf(body);
  words[0] = metaMagic;
  words[1] = metaVersion;
  words[2] = meta.pageSize;
  words[3] = 0;
  setWide(words, 4, meta.root);
  setWide(words, 6, meta.rootSequence);
  if (meta.freelist === undefined) words.fill(0xffffffff, 8, 10);
  else setWide(words, 8, meta.freelist);
  setWide(words, 10, meta.hwm);
  setWide(words, 12, meta.txid);
  const sum = fnv1a64(body.subarray(0, 56));
  words[14] = sum.low;
  words[15] = sum.high;
  return page;
}

/** What is wrong with a meta page: bbolt's own words, then the details. */
export interface BadMeta {
  readonly problem: "invalid database" | "version mismatch" | "checksum error";
  readonly expected: string;
  readonly found: string;
}

const hex = (high: number, low: number): string => `0x${high.toString(16).padStart(8, "0")}${low.toString(16).padStart(8, "0")}`;

/** @param page at least header and body */
export function decodeMetaPage(page: Buffer): Meta | BadMeta {
  if (page.length < pageHeaderBytes + metaBytes)
    return { problem: "invalid database", expected: `${pageHeaderBytes + metaBytes} bytes`, found: `${page.length} bytes` };
  const body = alignedBuffer(metaBytes);
  page.copy(body, 0, pageHeaderBytes, pageHeaderBytes + metaBytes);
  const words = wordsOf(body);
  const word = (at: number): number => words[at] as number;
  if (word(0) !== metaMagic) return { problem: "invalid database", expected: hex(0, metaMagic), found: hex(0, word(0)) };
  if (word(1) !== metaVersion) return { problem: "version mismatch", expected: String(metaVersion), found: String(word(1)) };
  const sum = fnv1a64(body.subarray(0, 56));
  if (word(14) !== sum.low || word(15) !== sum.high)
    return { problem: "checksum error", expected: hex(sum.high, sum.low), found: hex(word(15), word(14)) };
  const stored = !(word(8) === 0xffffffff && word(9) === 0xffffffff);
  const meta: Meta = {
    pageSize: word(2),
    root: wide(words, 4),
    rootSequence: wide(words, 6),
    freelist: stored ? wide(words, 8) : undefined,
    hwm: wide(words, 10),
    txid: wide(words, 12),
  };
  return impossible(meta) ?? meta;
}

/** A right checksum over values that no bbolt would write: made by hand, or by a broken writer. */
function impossible(meta: Meta): BadMeta | undefined {
  const bad = (expected: string, found: number): BadMeta => ({ problem: "invalid database", expected, found: String(found) });
  if (meta.pageSize < 1024 || meta.pageSize > 1024 << 14 || (meta.pageSize & (meta.pageSize - 1)) !== 0)
    return bad("a page size that is a power of two from 1024 to 16777216", meta.pageSize);
  if (meta.hwm < 3 || meta.hwm * meta.pageSize > largestExact) return bad("a sane number of pages", meta.hwm);
  if (meta.root < 2 || meta.root >= meta.hwm) return bad(`a root page in 2..${meta.hwm - 1}`, meta.root);
  if (meta.freelist !== undefined && (meta.freelist < 2 || meta.freelist >= meta.hwm))
    return bad(`a freelist page in 2..${meta.hwm - 1}`, meta.freelist);
  if (meta.txid >= largestExact) return bad("a sane transaction number", meta.txid);
  if (meta.rootSequence > largestExact) return bad("a sane sequence", meta.rootSequence);
  return undefined;
}

export function isBadMeta(meta: Meta | BadMeta): meta is BadMeta {
  return "problem" in meta;
}
