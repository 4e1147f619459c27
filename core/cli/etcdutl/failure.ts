/** Errors of files as exit codes: what is wrong with a file is said with its path, offset, expected and found. */
import { BboltError } from "../../bbolt/errors.ts";
import { InitialClusterError } from "../../membership/initial-cluster.ts";
import { DiskError } from "../../platform/disk.ts";
import { Exit, ExitError } from "../cobra/command.ts";

export async function reported<T>(action: () => Promise<T>, prefix?: (message: string) => string): Promise<T> {
  try {
    return await action();
  } catch (error) {
    if (error instanceof ExitError || !(error instanceof BboltError || error instanceof DiskError || error instanceof InitialClusterError)) throw error;
    throw new ExitError(Exit.Error, prefix === undefined ? error.message : prefix(error.message), { cause: error });
  }
}
