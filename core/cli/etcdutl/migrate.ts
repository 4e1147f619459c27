/**
 * migrate: brings a database's schema to another version (etcd etcdutl/etcdutl/migrate_command.go, server/storage/schema). The only change
 * that any version made is the mark of 3.6; the log must hold nothing that the target does not know.
 */
import { openBackend } from "../../backend/open-backend.ts";
import type { Backend } from "../../backend/backend.ts";
import { readStorageVersion, saveStorageVersion } from "../../membership/cluster-records.ts";
import { nodeClock } from "../../platform/node/clock.ts";
import { nodeDisk } from "../../platform/node/disk.ts";
import { Snapshotter } from "../../snap/snapshotter.ts";
import { readWal, validSnapshotEntries } from "../../wal/read-records.ts";
import { type Command, Exit, ExitError } from "../cobra/command.ts";
import type { ProgramIo } from "../program.ts";
import { requestOf } from "./backup/log.ts";
import { reported } from "./failure.ts";
import { databaseOf, existing, snapOf, walOf } from "./paths.ts";
import { consoleLog } from "./tree.ts";

interface Version {
  readonly major: number;
  readonly minor: number;
}

const termKey = Buffer.from("term");
/** The first version that marks its schema. */
const MARKED_MINOR = 6;

const printed = ({ major, minor }: Version): string => `${major}.${minor}`;
const full = (version: Version): string => `${printed(version)}.0`;
const isLess = (a: Version, b: Version): boolean => a.major < b.major || (a.major === b.major && a.minor < b.minor);

function versionOf(text: string): Version {
  const [major = 0, minor = 0] = text.split(".").map(Number);
  return { major, minor };
}

/** @throws ExitError 128 */
function targetOf(text: string): Version {
  const parts = text.split(".");
  if (parts.length !== 2) throw new ExitError(Exit.BadArgs, `wrong target version format, expected "X.Y", got ${JSON.stringify(text)}`);
  const wrong = parts.find((part) => !/^\d+$/.test(part));
  if (wrong !== undefined) throw new ExitError(Exit.BadArgs, `failed to parse target version: strconv.ParseInt: parsing ${JSON.stringify(wrong)}: invalid syntax`);
  const target = versionOf(text);
  if (isLess(target, { major: 3, minor: 5 })) throw new ExitError(Exit.BadArgs, `target version ${JSON.stringify(printed(target))} not supported. Minimal "3.5"`);
  return target;
}

/** @throws ExitError a database older than 3.5's */
function detect(backend: Backend, io: ProgramIo): Version {
  const stored = readStorageVersion(backend);
  if (stored !== undefined) return versionOf(stored);
  if ((backend.get("meta", termKey)?.readBigUInt64BE(0) ?? 0n) > 0n) return { major: 3, minor: 5 };
  consoleLog(io, "ERROR", "failed to detect storage version. Please make sure you are using data dir from etcd v3.5 and older");
  throw new ExitError(Exit.Error, "missing term information");
}

/** The version that the log behind the last snapshot needs; undefined: any. */
async function neededByLog(dataDir: string): Promise<Version | undefined> {
  const recorded = await reported(
    () => validSnapshotEntries(nodeDisk, walOf(dataDir)),
    (message) => `failed to get the lastest snapshot: ${message}`,
  );
  const snapshot = await new Snapshotter(nodeDisk, snapOf(dataDir)).loadNewest(recorded);
  const { entries } = await reported(
    () => readWal(nodeDisk, walOf(dataDir), snapshot?.metadata ?? { index: 0, term: 0 }),
    (message) => `failed to read wal: ${message}`,
  );
  let needed: Version | undefined;
  for (const entry of entries) {
    const test = requestOf(entry)?.downgradeVersionTest;
    if (test === undefined) continue;
    for (const version of [{ major: 3, minor: MARKED_MINOR }, versionOf(test.ver)]) if (needed === undefined || isLess(needed, version)) needed = version;
  }
  return needed;
}

/** Why the schema cannot go from one to the other; undefined: it can. */
function obstacle(current: Version, target: Version, needed: Version | undefined): string | undefined {
  if (current.major !== target.major) return "cannot create migration plan: changing major storage version is not supported";
  const [low, high] = [Math.min(current.minor, target.minor), Math.max(current.minor, target.minor)];
  const steps = Array.from({ length: high - low }, (_, index) => low + 1 + index);
  const unknown = (current.minor < target.minor ? steps : steps.reverse()).find((step) => step !== MARKED_MINOR);
  if (unknown !== undefined) return `cannot create migration plan: version ${JSON.stringify(full({ major: current.major, minor: unknown }))} is not supported`;
  if (isLess(target, current) && needed !== undefined && isLess(target, needed)) {
    return `cannot downgrade storage, WAL contains newer entries, as the target version (${full(target)}) is lower than the version (${full(needed)}) detected from WAL logs`;
  }
  return undefined;
}

async function migrate(backend: Backend, dataDir: string, target: Version, force: boolean, io: ProgramIo): Promise<void> {
  const current = detect(backend, io);
  if (printed(current) === printed(target)) {
    consoleLog(io, "INFO", "storage version up-to-date", { "storage-version": printed(current) });
    return;
  }
  const needed = await finalized(dataDir, io);
  if (current.major !== target.major) {
    consoleLog(io, "ERROR", "Changing major storage version is not supported", { "storage-version": full(current), "target-storage-version": full(target) });
  }
  const problem = obstacle(current, target, needed);
  if (problem !== undefined && !force) throw new ExitError(Exit.Error, problem);
  saveStorageVersion(backend, target.major > 3 || target.minor >= MARKED_MINOR ? full(target) : undefined);
  await backend.commit();
  if (problem === undefined) {
    consoleLog(io, "INFO", "updated storage version", { "new-storage-version": full(target) });
    return;
  }
  consoleLog(io, "INFO", "normal migrate failed, trying with force", { error: problem });
  if (isLess(target, { major: 3, minor: MARKED_MINOR })) consoleLog(io, "WARN", "forcefully cleared storage version");
  else consoleLog(io, "WARN", "forcefully set storage version", { "storage-version": printed(target) });
}

async function finalized(dataDir: string, io: ProgramIo): Promise<Version | undefined> {
  try {
    return await neededByLog(dataDir);
  } catch (error) {
    consoleLog(io, "ERROR", "Failed to finalize config", { error: (error as Error).message });
    throw error;
  }
}

export const migrateCommand: Command = {
  use: "migrate",
  short: "Migrates schema of etcd data dir files to make them compatible with different etcd version",
  flags: [
    { name: "data-dir", kind: "string", default: "", usage: "Path to the etcd data dir" },
    { name: "target-version", kind: "string", default: "", usage: 'Target etcd version to migrate contents of data dir. Minimal value 3.5. Format "X.Y" for example 3.6.' },
    { name: "force", kind: "bool", default: "false", usage: "Ignore migration failure and forcefully override storage version. Not recommended." },
  ],
  required: ["data-dir", "target-version"],
  async run(flags, io) {
    const target = targetOf(flags.string("target-version"));
    const dataDir = io.path(flags.string("data-dir"));
    await reported(async () => {
      await existing(databaseOf(dataDir), databaseOf(flags.string("data-dir")));
      const backend = await openBackend(nodeDisk, nodeClock, databaseOf(dataDir));
      try {
        await migrate(backend, dataDir, target, flags.bool("force"), io);
      } finally {
        await backend.close();
      }
    });
    return Exit.Success;
  },
};
