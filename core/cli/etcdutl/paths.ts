/** Files of a data-dir, and what is said of those that are not there. */
import { join } from "node:path";
import { DiskError } from "../../platform/disk.ts";
import { nodeDisk } from "../../platform/node/disk.ts";

export const databaseOf = (dataDir: string): string => join(dataDir, "member", "snap", "db");
export const snapOf = (dataDir: string): string => join(dataDir, "member", "snap");
export const walOf = (dataDir: string): string => join(dataDir, "member", "wal");

/** @param shown as it was typed. @throws DiskError in the words of os.Stat */
export async function existing(path: string, shown: string): Promise<void> {
  if (!(await nodeDisk.exists(path))) throw new DiskError("stat", path, "ENOENT", `stat ${shown}: no such file or directory`);
}
