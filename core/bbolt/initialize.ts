/** A new database file: two metas, an empty freelist, an empty root leaf (bbolt db.go, init). */
import type { DiskFile } from "../platform/disk.ts";
import { alignedBuffer } from "./bytes.ts";
import { encodeMetaPage, type Meta } from "./meta.ts";
import { pageFlags, writePageHeader } from "./page.ts";

const sectorBytes = 512;

export async function initialize(file: DiskFile, pageSize: number): Promise<void> {
  await file.write([freshImage(pageSize)], 0);
  await file.datasync();
}

function freshImage(pageSize: number): Buffer {
  const meta: Meta = { pageSize, root: 3, rootSequence: 0, freelist: 2, hwm: 4, txid: 0 };
  const freelist = alignedBuffer(pageSize).fill(0);
  writePageHeader(freelist, { id: 2, flags: pageFlags.freelist, count: 0, overflow: 0 });
  const leaf = alignedBuffer(pageSize).fill(0);
  writePageHeader(leaf, { id: 3, flags: pageFlags.leaf, count: 0, overflow: 0 });
  return Buffer.concat([encodeMetaPage(meta), encodeMetaPage({ ...meta, txid: 1 }), freelist, leaf]);
}

/**
 * Whether a file without a usable meta page is one whose making was cut off by a crash: no more than four pages, and every
 * sector either that of a new file or never written. Nothing was ever stored in it, so it can be made anew.
 */
export async function wasCutOffInTheMaking(file: DiskFile, pageSize: number): Promise<boolean> {
  const fresh = freshImage(pageSize);
  const length = file.size();
  if (length > fresh.length) return false;
  const found = Buffer.alloc(length);
  if ((await file.read(found, 0)) < length) return false;
  const nothing = Buffer.alloc(sectorBytes);
  for (let at = 0; at < length; at += sectorBytes) {
    const sector = found.subarray(at, at + sectorBytes);
    const written = sector.equals(fresh.subarray(at, at + sector.length));
    if (!written && !sector.equals(nothing.subarray(0, sector.length))) return false;
  }
  return true;
}
