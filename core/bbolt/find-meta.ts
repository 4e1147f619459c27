/** Finds the current meta page of a file whose page size is not known yet (bbolt db.go, getPageSize and meta). */
import type { DiskFile } from "../platform/disk.ts";
import { BboltError } from "./errors.ts";
import { type BadMeta, decodeMetaPage, isBadMeta, type Meta, metaBytes } from "./meta.ts";
import { pageHeaderBytes } from "./page.ts";

/**
 * The meta with the highest transaction number of those that validate. Where the first is bad, the second is sought at every
 * page size there is.
 * @throws BboltError bbolt.invalid_database
 */
export async function findMeta(file: DiskFile, path: string): Promise<Meta> {
  const first = await readMeta(file, 0);
  if (!isBadMeta(first)) {
    const second = await readMeta(file, first.pageSize);
    return isBadMeta(second) || second.pageSize !== first.pageSize || second.txid <= first.txid ? first : second;
  }
  let second: BadMeta | undefined;
  for (let shift = 0; shift <= 14 && 1024 << shift < file.size() - 1024; shift++) {
    const candidate = await readMeta(file, 1024 << shift);
    if (!isBadMeta(candidate) && candidate.pageSize === 1024 << shift) return candidate;
    // of all the wrong places, the one that looked most like a meta page tells most
    if (isBadMeta(candidate) && (second === undefined || candidate.problem !== "invalid database")) second = candidate;
  }
  const say = (bad: BadMeta | undefined): string =>
    bad === undefined ? "not there" : `${bad.problem} (expected ${bad.expected}, found ${bad.found})`;
  throw new BboltError("bbolt.invalid_database", `invalid database: ${path}: meta 0: ${say(first)}; meta 1: ${say(second)}`, {
    path,
    offset: 0,
    expected: first.expected,
    found: first.found,
  });
}

async function readMeta(file: DiskFile, offset: number): Promise<Meta | BadMeta> {
  const bytes = Buffer.alloc(pageHeaderBytes + metaBytes);
  const count = await file.read(bytes, offset);
  return decodeMetaPage(bytes.subarray(0, count));
}
