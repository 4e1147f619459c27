/**
 * Drops a record that a crash cut short from the end of the last segment (etcd server/storage/wal/repair.go). Nothing else is
 * ever repaired: a checksum that differs is damage, and the member must be restored from its peers.
 */
import { join } from "node:path";
import type { Disk, DiskFile } from "../platform/disk.ts";
import { RecordDecoder } from "./record-decoder.ts";
import { segmentsOf } from "./segment-name.ts";
import { WalError } from "./wal-error.ts";

const copyBytes = 1024 * 1024;

export interface WalRepair {
  readonly path: string;
  /** the file was cut here; undefined when nothing had to be done */
  readonly truncatedAt: number | undefined;
  /** copy of the file as it was */
  readonly copy: string | undefined;
}

/**
 * Repairs the last segment in `directory`. The log must not be open.
 * @throws WalError what cannot be repaired, as found; DiskError
 */
export async function repairWal(disk: Disk, directory: string): Promise<WalRepair> {
  const last = segmentsOf(await disk.list(directory), directory).at(-1);
  if (!last) throw new WalError("wal.file_not_found", "wal: file not found", { path: directory });
  const path = join(directory, last.name);
  const lock = await disk.lock(directory);
  try {
    const file = await disk.open(path, "write");
    try {
      const end = findTear(file);
      if (end === undefined) return { path, truncatedAt: undefined, copy: undefined };
      const copy = `${path}.broken`;
      await copyFile(disk, file, copy);
      await file.truncate(end);
      await file.datasync();
      return { path, truncatedAt: end, copy };
    } finally {
      await file.close();
    }
  } finally {
    await lock.release();
  }
}

/** @returns end of the last valid record when the one after it is torn */
function findTear(file: DiskFile): number | undefined {
  const decoder = new RecordDecoder([file]);
  try {
    while (decoder.next());
    return undefined;
  } catch (error) {
    if (error instanceof WalError && error.code === "wal.torn") return decoder.lastOffset;
    throw error;
  }
}

async function copyFile(disk: Disk, from: DiskFile, path: string): Promise<void> {
  await disk.remove(path);
  const copy = await disk.open(path, "create");
  try {
    const chunk = Buffer.allocUnsafe(copyBytes);
    for (let position = 0; position < from.size();) {
      const count = await from.read(chunk, position);
      if (count === 0) break;
      await copy.write([chunk.subarray(0, count)], position);
      position += count;
    }
  } finally {
    await copy.close();
  }
}
