/** `etcdctl backup`'s work, and what its failures are called. */
import { BboltError } from "../../../bbolt/errors.ts";
import { GoJsonError } from "../../../membership/go-json.ts";
import { DiskError } from "../../../platform/disk.ts";
import { SnapError } from "../../../snap/snap-error.ts";
import { WalError } from "../../../wal/wal-error.ts";
import { BackupError } from "./backup.ts";

export { backup } from "./backup.ts";

/** The text for the user; undefined for a defect. */
export function backupFailure(error: unknown): string | undefined {
  if (error instanceof DiskError) return error.code === "ENOENT" ? `open ${error.path}: no such file or directory` : error.message;
  const known = error instanceof BackupError || error instanceof BboltError || error instanceof WalError || error instanceof SnapError || error instanceof GoJsonError;
  return known ? error.message : undefined;
}
