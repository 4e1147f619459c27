/** Errors of files as exit codes: what is wrong with a file is said with its path, offset, expected and found. */
import { BboltError } from "../../bbolt/errors.ts";
import { InitialClusterError } from "../../membership/initial-cluster.ts";
import { SnapError } from "../../snap/snap-error.ts";
import { WalError } from "../../wal/wal-error.ts";
import { DiskError } from "../../platform/disk.ts";
import { Exit, ExitError } from "../cobra/command.ts";

export async function reported<T>(action: () => Promise<T>, prefix?: (message: string) => string): Promise<T> {
  try {
    return await action();
  } catch (error) {
    if (error instanceof ExitError || !(error instanceof BboltError || error instanceof DiskError || error instanceof InitialClusterError || error instanceof WalError || error instanceof SnapError)) throw error;
    const text = goText(error);
    throw new ExitError(Exit.Error, prefix === undefined ? text : prefix(text), { cause: error });
  }
}

/** A file that is not there, or is a directory, in etcd's words. */
function goText(error: Error): string {
  if (error instanceof DiskError && error.code === "EISDIR") return "invalid database";
  if (!(error instanceof DiskError) || error.code !== "ENOENT" || error.operation === "stat") return error.message;
  return `open ${error.path}: no such file or directory`;
}
