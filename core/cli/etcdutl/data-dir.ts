/** defrag and hashkv: on the database of a member that does not run. */
import { openBackend } from "../../backend/open-backend.ts";
import type { Backend } from "../../backend/backend.ts";
import type { LeaseAttachments } from "../../mvcc/api.ts";
import { openStore } from "../../mvcc/store.ts";
import { DiskError } from "../../platform/disk.ts";
import { nodeClock } from "../../platform/node/clock.ts";
import { nodeDisk } from "../../platform/node/disk.ts";
import { EtcdError } from "../../proto/errors.ts";
import { type Command, Exit, ExitError, exactlyOne } from "../cobra/command.ts";
import { formatDuration } from "../go/duration.ts";
import { asciiTable, humanBytes } from "../go/text.ts";
import type { ProgramIo } from "../program.ts";
import { reported } from "./failure.ts";
import { migrateCommand } from "./migrate.ts";
import { databaseOf, existing } from "./paths.ts";
import { consoleLog } from "./tree.ts";

/** How often a lock that another program holds is tried again, ms. */
const LOCK_RETRY_MS = 500;

/** Opens a data-dir's database, waiting for a running member to let it go. */
async function openWaiting(io: ProgramIo, path: string, shown: string): Promise<Backend> {
  await existing(path, shown);
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

function sizes(size: number, inUse: number): Readonly<Record<string, unknown>> {
  return { "current-db-size-bytes": size, "current-db-size": humanBytes(size), "current-db-size-in-use-bytes": inUse, "current-db-size-in-use": humanBytes(inUse) };
}

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
          await backend.commit();
          const path = databaseOf(dataDir);
          const [size, inUse] = [backend.size(), backend.sizeInUse()];
          consoleLog(io, "INFO", "defragmenting", { path, ...sizes(size, inUse) });
          const begun = performance.now();
          await backend.defragment();
          const took = formatDuration(Math.round((performance.now() - begun) * 1e6));
          const [now, nowInUse] = [backend.size(), backend.sizeInUse()];
          const diffs = { "current-db-size-bytes-diff": now - size, "current-db-size-in-use-bytes-diff": nowInUse - inUse };
          consoleLog(io, "INFO", "finished defragmenting directory", { path, ...diffs, ...sizes(now, nowInUse), took });
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
      await existing(path, flags.args[0]!);
      const backend = await openBackend(nodeDisk, nodeClock, path);
      try {
        const store = await openStore({ backend, clock: nodeClock, leases: unattached });
        try {
          return await store.hashKv(flags.int("rev"));
        } catch (error) {
          // in the words of the store, without the server's name before them
          if (error instanceof EtcdError) throw new ExitError(Exit.Error, error.message.replace(/^etcdserver: /, ""), { cause: error });
          throw error;
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
    else throw new ExitError(Exit.BadFeature, `${format === "protobuf" ? "protobuf not supported as" : "unsupported"} output format`);
    return Exit.Success;
  },
};

export const dataCommands: readonly Command[] = [defrag, hashkv, migrateCommand];
