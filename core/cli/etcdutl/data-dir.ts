/** defrag, hashkv and migrate: on the database of a member that does not run. */
import { join } from "node:path";
import { openBackend } from "../../backend/open-backend.ts";
import type { Backend } from "../../backend/backend.ts";
import { readStorageVersion, saveStorageVersion } from "../../membership/cluster-records.ts";
import type { LeaseAttachments } from "../../mvcc/api.ts";
import { openStore } from "../../mvcc/store.ts";
import { DiskError } from "../../platform/disk.ts";
import { nodeClock } from "../../platform/node/clock.ts";
import { nodeDisk } from "../../platform/node/disk.ts";
import { type Command, Exit, ExitError, exactlyOne } from "../cobra/command.ts";
import { asciiTable } from "../go/text.ts";
import type { ProgramIo } from "../program.ts";
import { reported } from "./failure.ts";
import { consoleLog } from "./tree.ts";

/** How often a lock that another program holds is tried again, ms. */
const LOCK_RETRY_MS = 500;

async function existing(path: string): Promise<void> {
  if (!(await nodeDisk.exists(path))) throw new DiskError("open", path, "ENOENT", `stat ${path}: no such file or directory`);
}

/** Opens a data-dir's database, waiting for a running member to let it go. */
async function openWaiting(io: ProgramIo, path: string, shown: string): Promise<Backend> {
  await existing(path);
  let told = false;
  for (;;) {
    try {
      return await openBackend(nodeDisk, nodeClock, path);
    } catch (error) {
      if (!(error instanceof DiskError) || error.code !== "EWOULDBLOCK") throw error;
      if (!told) io.stderr.write(`waiting for etcd to close and release its lock on ${JSON.stringify(shown)}. To defrag a running etcd instance, use \`etcdctl defrag\` instead.\n`);
      told = true;
      if (io.signal.aborted) throw new ExitError(Exit.Interrupted, "interrupted");
      await new Promise((resolve) => setTimeout(resolve, LOCK_RETRY_MS));
    }
  }
}

/** Hashing needs no leases: nothing is attached and nothing can expire. */
const unattached: LeaseAttachments = { attach: () => undefined, detach: () => undefined, leaseOf: () => 0n };

const databaseOf = (dataDir: string): string => join(dataDir, "member", "snap", "db");

const defrag: Command = {
  use: "defrag",
  short: "Defragments the storage of the etcd",
  flags: [{ name: "data-dir", kind: "string", default: "", usage: "Required. Defragments a data directory not in use by etcd." }],
  required: ["data-dir"],
  async run(flags, io) {
    const dataDir = flags.string("data-dir");
    await reported(
      async () => {
        const backend = await openWaiting(io, databaseOf(io.path(dataDir)), databaseOf(dataDir));
        try {
          consoleLog(io, "INFO", "defragmenting directory", { path: databaseOf(dataDir) });
          await backend.defragment();
          consoleLog(io, "INFO", "finished defragmenting directory", { path: databaseOf(dataDir), "current-db-size-bytes": backend.size() });
        } finally {
          await backend.close();
        }
      },
      (message) => `Failed to defragment etcd data[${dataDir}] (${message})`,
    );
    return Exit.Success;
  },
};

const hashkv: Command = {
  use: "hashkv <filename>",
  short: "Prints the KV history hash of a given file",
  refuses: exactlyOne,
  flags: [{ name: "rev", kind: "int", default: "0", usage: "maximum revision to hash (default: latest revision)" }],
  async run(flags, io) {
    const answer = await reported(async () => {
      const path = io.path(flags.args[0]!);
      await existing(path);
      const backend = await openBackend(nodeDisk, nodeClock, path);
      try {
        const store = await openStore({ backend, clock: nodeClock, leases: unattached });
        try {
          return await store.hashKv(flags.int("rev"));
        } finally {
          store.close();
        }
      } finally {
        await backend.close();
      }
    });
    const row = [String(answer.hash), String(answer.revision), String(answer.compactRevision)];
    const format = flags.string("write-out");
    if (format === "json") io.stdout.write(`${JSON.stringify({ hash: answer.hash, hashRevision: answer.revision, compactRevision: answer.compactRevision })}\n`);
    else if (format === "fields") io.stdout.write(`"Hash" : ${row[0]}\n"Hash revision" : ${row[1]}\n"Compact revision" : ${row[2]}\n`);
    else if (format === "table") io.stdout.write(asciiTable(["hash", "hash revision", "compact revision"], [row]));
    else if (format === "simple") io.stdout.write(`${row.join(", ")}\n`);
    else throw new ExitError(Exit.BadFeature, "unsupported output format");
    return Exit.Success;
  },
};

const migrate: Command = {
  use: "migrate",
  short: "Migrates schema of etcd data dir files to make them compatible with different etcd version",
  flags: [
    { name: "data-dir", kind: "string", default: "", usage: "Path to the etcd data dir" },
    { name: "target-version", kind: "string", default: "", usage: 'Target etcd version to migrate contents of data dir. Minimal value 3.5. Format "X.Y" for example 3.6.' },
    { name: "force", kind: "bool", default: "false", usage: "Ignore migration failure and forcefully override storage version" },
  ],
  required: ["data-dir", "target-version"],
  async run(flags, io) {
    const target = flags.string("target-version");
    if (target.split(".").length !== 2) throw new ExitError(Exit.BadArgs, `wrong target version format, expected "X.Y", got ${JSON.stringify(target)}`);
    const wrong = target.split(".").find((part) => !/^\d+$/.test(part));
    if (wrong !== undefined) throw new ExitError(Exit.BadArgs, `failed to parse target version: strconv.ParseInt: parsing ${JSON.stringify(wrong)}: invalid syntax`);
    const [major, minor] = target.split(".").map(Number) as [number, number];
    if (major < 3 || (major === 3 && minor < 5)) throw new ExitError(Exit.BadArgs, `target version ${JSON.stringify(target)} not supported. Minimal "3.5"`);
    if (major > 3 || minor > 6) throw new ExitError(Exit.Error, `target version ${JSON.stringify(target)} not supported. This version knows up to "3.6"`);
    await reported(async () => {
      const backend = await openWaiting(io, databaseOf(io.path(flags.string("data-dir"))), flags.string("data-dir"));
      try {
        const current = readStorageVersion(backend) ?? (backend.get("meta", Buffer.from("term")) === undefined ? undefined : "3.5.0");
        const shown = `3.${minor}`;
        if (current === undefined && !flags.bool("force")) throw new ExitError(Exit.Error, "cannot detect storage schema version: missing term information");
        if (current === `${shown}.0`) {
          consoleLog(io, "INFO", "storage version up-to-date", { "storage-version": shown });
          return;
        }
        saveStorageVersion(backend, minor >= 6 ? `${shown}.0` : undefined);
        await backend.commit();
        consoleLog(io, flags.bool("force") ? "WARN" : "INFO", flags.bool("force") ? "forcefully set storage version" : "updated storage version", { [flags.bool("force") ? "storage-version" : "new-storage-version"]: shown });
      } finally {
        await backend.close();
      }
    });
    return Exit.Success;
  },
};

export const dataCommands: readonly Command[] = [defrag, hashkv, migrate];
