/** snapshot status: integrity, hash, revision, keys, size (etcd etcdutl/snapshot/v3_snapshot.go). The file is only read. */
import { problemsOf } from "../../bbolt/check.ts";
import { Database } from "../../bbolt/database.ts";
import { existing } from "./paths.ts";
import { readKeys } from "./snapshot-keys.ts";
import { crc32c } from "../../platform/crc32c.ts";
import { nodeDisk } from "../../platform/node/disk.ts";
import { type Command, Exit, ExitError } from "../cobra/command.ts";
import { asciiTable, humanBytes } from "../go/text.ts";
import { reported } from "./failure.ts";

export interface SnapshotStatus {
  readonly hash: number;
  readonly revision: number;
  /** live distinct keys */
  readonly totalKey: number;
  readonly totalSize: number;
  /** storage version; "" where the file is older than 3.6 */
  readonly version: string;
}

/** @param path real path. @throws BboltError, DiskError, ExitError when the file is not sound */
export async function snapshotStatus(path: string): Promise<SnapshotStatus> {
  const database = await Database.open(nodeDisk, path, { readOnly: true });
  try {
    const problems = problemsOf(database);
    if (problems.length > 0) throw new ExitError(Exit.Error, `snapshot file integrity check failed. ${problems.length} errors found.\n${problems.slice(0, 20).join("\n")}`);
    const transaction = database.beginRead();
    try {
      let hash = 0;
      for (const { key: name } of transaction.root.entries()) {
        hash = crc32c(name, hash);
        for (const { key, value } of transaction.bucket(name)!.entries()) hash = crc32c(value, crc32c(key, hash));
      }
      const { revision, live } = readKeys(transaction);
      const version = transaction.bucket(Buffer.from("meta"))?.get(Buffer.from("storageVersion"))?.toString() ?? "";
      return { hash, revision, totalKey: live, totalSize: transaction.size, version };
    } finally {
      transaction.rollback();
    }
  } finally {
    await database.close();
  }
}

function print(status: SnapshotStatus, format: string): string {
  const row = [status.hash.toString(16), String(status.revision), String(status.totalKey), humanBytes(status.totalSize), status.version];
  switch (format) {
    case "simple":
      return `${row.join(", ")}\n`;
    case "json":
      return `${JSON.stringify({ hash: status.hash, revision: status.revision, totalKey: status.totalKey, totalSize: status.totalSize, version: status.version })}\n`;
    case "table":
      return asciiTable(["hash", "revision", "total keys", "total size", "version"], [row]);
    case "fields":
      return `"Hash" : ${status.hash}\n"Revision" : ${status.revision}\n"Keys" : ${status.totalKey}\n"Size" : ${status.totalSize}\n"Version" : ${status.version}\n`;
    default:
      throw new ExitError(Exit.BadFeature, `${format === "protobuf" ? "protobuf not supported as" : "unsupported"} output format`);
  }
}

export const statusCommand: Command = {
  use: "status <filename>",
  short: "Gets backend snapshot status of a given file",
  long: "Prints hash, revision, number of live keys, size and storage version of a snapshot file, after checking its integrity.",
  async run(flags, io) {
    if (flags.args.length !== 1) throw new ExitError(Exit.BadArgs, "snapshot status requires exactly one argument");
    const status = await reported(async () => {
      const path = io.path(flags.args[0]!);
      await existing(path, flags.args[0]!);
      return snapshotStatus(path);
    });
    io.stdout.write(print(status, flags.string("write-out")));
    return Exit.Success;
  },
};
