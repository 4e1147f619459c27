/**
 * snapshot restore: makes the data-dir of one member of a new cluster from a snapshot file (etcd etcdutl/snapshot/v3_snapshot.go).
 * The database is copied without its digest and gets new members; WAL and .snap are those of a cluster whose members were all
 * added at the start.
 */
import { createHash } from "node:crypto";
import { join } from "node:path";
import { openBackend } from "../../backend/open-backend.ts";
import { Database } from "../../bbolt/database.ts";
import { clearMembers, saveMember } from "../../membership/cluster-records.ts";
import { computeClusterId, computeMemberId } from "../../membership/ids.ts";
import { bootstrapMembers, InitialClusterError, parseInitialCluster, parseUrls } from "../../membership/initial-cluster.ts";
import { encodeMember, formatId, type Member } from "../../membership/member.ts";
import { encodeV2Snapshot } from "../../membership/v2-snapshot.ts";
import { encodeRevision } from "../../mvcc/revision.ts";
import { nodeClock } from "../../platform/node/clock.ts";
import { nodeDisk } from "../../platform/node/disk.ts";
import * as raftpb from "../../proto/gen/raftpb.ts";
import { Metadata } from "../../proto/gen/v2pb.ts";
import { Snapshotter } from "../../snap/snapshotter.ts";
import { Snapshot as WalSnapshot } from "../../proto/gen/walpb.ts";
import { Wal } from "../../wal/wal.ts";
import { type Command, Exit, ExitError } from "../cobra/command.ts";
import type { FlagSet } from "../cobra/flags.ts";
import type { ProgramIo } from "../program.ts";
import { reported } from "./failure.ts";
import { snapOf, walOf } from "./paths.ts";
import { readKeys } from "./snapshot-keys.ts";
import { consoleLog } from "./tree.ts";

const DIGEST_BYTES = 32;
/** etcd maps so much of a database at first; told in the log, nothing is mapped here. */
const MAP_BYTES = 10 * 1024 ** 3;
const COPY_BYTES = 1 << 20;
/** Handed to the disk before the next so many come. */
const SYNC_BYTES = 16 * 1024 * 1024;

interface RestorePlan {
  readonly snapshot: string;
  readonly name: string;
  readonly dataDir: string;
  readonly walDir: string;
  readonly token: string;
  readonly members: readonly Member[];
  readonly self: Member;
  readonly skipHashCheck: boolean;
  readonly bump: number;
}

const number64 = (value: number): Buffer => {
  const bytes = Buffer.alloc(8);
  bytes.writeBigUInt64BE(BigInt(value));
  return bytes;
};

/** The checks a member makes of its --initial-cluster before it forms one. */
function planMembers(name: string, initialCluster: string, token: string, advertised: string): { members: Member[]; self: Member } {
  const cluster = parseInitialCluster(initialCluster);
  const urls = parseUrls(advertised.split(","));
  const own = cluster.get(name);
  if (own === undefined) throw new InitialClusterError(`couldn't find local name ${JSON.stringify(name)} in the initial cluster configuration`);
  const missing = own.filter((url) => !urls.includes(url));
  const extra = urls.filter((url) => !own.includes(url));
  if (missing.length > 0) throw new InitialClusterError(`--initial-cluster has ${missing.map((url) => `${name}=${url}`).join(",")} but missing from --initial-advertise-peer-urls=${urls.join(",")}`);
  if (extra.length > 0) throw new InitialClusterError(`--initial-advertise-peer-urls has ${extra.join(",")} but missing from --initial-cluster=${own.map((url) => `${name}=${url}`).join(",")}`);
  const members = bootstrapMembers(cluster, token);
  const self = members.find((member) => member.id === computeMemberId(own, token));
  if (self === undefined) throw new InitialClusterError(`couldn't find local name ${JSON.stringify(name)} in the initial cluster configuration`);
  return { members, self };
}

/** Copies the file without its digest, checking it on the way. */
async function copyDatabase(plan: RestorePlan, target: string): Promise<void> {
  const source = await nodeDisk.open(plan.snapshot, "read");
  const copy = await nodeDisk.open(target, "create");
  try {
    const size = source.size();
    const hasDigest = size % 512 === DIGEST_BYTES;
    if (!hasDigest && !plan.skipHashCheck) throw new ExitError(Exit.Error, "snapshot missing hash but --skip-hash-check=false");
    const length = hasDigest ? size - DIGEST_BYTES : size;
    const digest = createHash("sha256");
    // one buffer is read into and hashed while the other one is written, and the disk gets its work early
    let [buffer, other] = [Buffer.allocUnsafeSlow(COPY_BYTES), Buffer.allocUnsafeSlow(COPY_BYTES)];
    let writing: Promise<void> = Promise.resolve();
    let syncing: Promise<void> = Promise.resolve();
    let unsynced = 0;
    for (let offset = 0; offset < length; ) {
      const count = source.readSync(buffer.subarray(0, Math.min(COPY_BYTES, length - offset)), offset);
      await writing;
      if (count === 0) throw new ExitError(Exit.Error, `${plan.snapshot}: unexpected end at offset ${offset}, expected ${length} bytes`);
      const chunk = buffer.subarray(0, count);
      writing = copy.write([chunk], offset);
      // a failure is told where it is awaited
      writing.catch(() => undefined);
      digest.update(chunk);
      unsynced += count;
      if (unsynced >= SYNC_BYTES) {
        unsynced = 0;
        await syncing;
        syncing = copy.datasync();
        syncing.catch(() => undefined);
      }
      offset += count;
      [buffer, other] = [other, buffer];
    }
    await writing;
    await syncing;
    if (hasDigest && !plan.skipHashCheck) {
      const expected = Buffer.alloc(DIGEST_BYTES);
      await source.read(expected, length);
      const got = digest.digest();
      if (!got.equals(expected)) throw new ExitError(Exit.Error, `expected sha256 [${[...expected].join(" ")}], got [${[...got].join(" ")}]`);
    }
    // what is not durable yet becomes so with the commit that makes it another cluster's
  } finally {
    await source.close();
    await copy.close();
  }
}

async function lastRevision(path: string): Promise<number> {
  const database = await Database.open(nodeDisk, path, { readOnly: true });
  try {
    const transaction = database.beginRead();
    try {
      return readKeys(transaction).revision;
    } finally {
      transaction.rollback();
    }
  } finally {
    await database.close();
  }
}

/** New members in the database, and the marks of a log of n entries. */
async function rewriteDatabase(plan: RestorePlan, path: string, io: ProgramIo): Promise<void> {
  consoleLog(io, "INFO", "Trimming membership information from the backend...");
  const latest = plan.bump > 0 ? await lastRevision(path) : 0;
  const backend = await openBackend(nodeDisk, nodeClock, path);
  try {
    clearMembers(backend);
    for (const member of plan.members) saveMember(backend, member);
    if (plan.bump > 0) {
      const bumped = latest + plan.bump;
      consoleLog(io, "INFO", "bumping latest revision", { "latest-revision": latest, "bump-amount": plan.bump, "new-latest-revision": bumped });
      consoleLog(io, "INFO", "marking revision compacted", { revision: bumped });
      const revision = encodeRevision(bumped, 0);
      backend.put("key", revision, Buffer.alloc(0));
      backend.put("meta", Buffer.from("scheduledCompactRev"), revision);
    }
    backend.put("meta", Buffer.from("consistent_index"), number64(plan.members.length));
    backend.put("meta", Buffer.from("term"), number64(1));
    await backend.commit();
  } finally {
    await backend.close();
  }
}

async function writeLog(plan: RestorePlan, snapDir: string): Promise<void> {
  const ids = plan.members.map((member) => member.id);
  const count = ids.length;
  const metadata = Metadata.encode(Metadata.create({ nodeID: plan.self.id, clusterID: computeClusterId(ids) }));
  const wal = await Wal.create(nodeDisk, plan.walDir, metadata);
  try {
    const entries = plan.members.map((member, position) =>
      raftpb.Entry.create({
        type: raftpb.EntryType.EntryConfChange,
        term: 1,
        index: position + 1,
        data: raftpb.ConfChange.encode(raftpb.ConfChange.create({ type: raftpb.ConfChangeType.ConfChangeAddNode, nodeId: member.id, context: encodeMember(member) })),
      }),
    );
    await wal.save(raftpb.HardState.create({ term: 1, vote: ids[0]!, commit: count }), entries);
    const confState = raftpb.ConfState.create({ voters: ids });
    // no cluster version, as etcd writes it: the new cluster decides its own, and an older member may be in it
    const data = encodeV2Snapshot({ members: new Map(plan.members.map((member) => [member.id, member])), removed: new Set(), version: undefined });
    const snapshot = raftpb.Snapshot.create({ data, metadata: raftpb.SnapshotMetadata.create({ index: count, term: 1, confState }) });
    await new Snapshotter(nodeDisk, snapDir).save(snapshot);
    await wal.saveSnapshot(WalSnapshot.create({ index: count, term: 1, confState }));
  } finally {
    await wal.close();
  }
}

function planOf(flags: FlagSet, io: ProgramIo): RestorePlan {
  if (flags.args.length !== 1) throw new ExitError(Exit.BadArgs, "snapshot restore requires exactly one argument");
  const bump = flags.int("bump-revision");
  if (bump > 0 !== flags.bool("mark-compacted")) throw new ExitError(Exit.BadArgs, "--mark-compacted required if --revision-bump > 0");
  const name = flags.string("name");
  const dataDir = flags.string("data-dir") || `${name}.etcd`;
  const { members, self } = planMembers(name, flags.string("initial-cluster"), flags.string("initial-cluster-token"), flags.string("initial-advertise-peer-urls"));
  return {
    snapshot: io.path(flags.args[0]!),
    name,
    dataDir: io.path(dataDir),
    walDir: flags.string("wal-dir") === "" ? walOf(io.path(dataDir)) : io.path(flags.string("wal-dir")),
    token: flags.string("initial-cluster-token"),
    members,
    self,
    skipHashCheck: flags.bool("skip-hash-check"),
    bump,
  };
}

async function mustBeAbsentOrEmpty(path: string, shown: string): Promise<void> {
  if (!(await nodeDisk.exists(path))) return;
  let names: string[];
  try {
    names = await nodeDisk.list(path);
  } catch (error) {
    throw new ExitError(Exit.Error, `data-dir ${JSON.stringify(shown)} not empty or could not be read`, { cause: error });
  }
  if (names.length > 0) throw new ExitError(Exit.Error, `data-dir ${JSON.stringify(shown)} not empty or could not be read`);
}

export const restoreCommand: Command = {
  use: "restore <filename> --data-dir {output dir} [options]",
  short: "Restores an etcd member snapshot to an etcd directory",
  flags: [
    { name: "data-dir", kind: "string", default: "", usage: "Path to the output data directory" },
    { name: "wal-dir", kind: "string", default: "", usage: "Path to the WAL directory (use --data-dir if none given)" },
    { name: "initial-cluster", kind: "string", default: "default=http://localhost:2380", usage: "Initial cluster configuration for restore bootstrap" },
    { name: "initial-cluster-token", kind: "string", default: "etcd-cluster", usage: "Initial cluster token for the etcd cluster during restore bootstrap" },
    { name: "initial-advertise-peer-urls", kind: "string", default: "http://localhost:2380", usage: "List of this member's peer URLs to advertise to the rest of the cluster" },
    { name: "name", kind: "string", default: "default", usage: "Human-readable name for this member" },
    { name: "skip-hash-check", kind: "bool", default: "false", usage: "Ignore snapshot integrity hash value (required if copied from data directory)" },
    { name: "initial-memory-map-size", kind: "uint", default: "10737418240", usage: "Initial memory map size of the database in bytes. It uses the default value if not defined or defined to 0" },
    { name: "bump-revision", kind: "uint", default: "0", usage: "How much to increase the latest revision after restore" },
    { name: "mark-compacted", kind: "bool", default: "false", usage: "Mark the latest revision after restore as the point of scheduled compaction (required if --bump-revision > 0, disallowed otherwise)" },
  ],
  async run(flags, io) {
    await reported(async () => {
      const plan = planOf(flags, io);
      const shown = flags.string("data-dir") || `${plan.name}.etcd`;
      await mustBeAbsentOrEmpty(plan.dataDir, shown);
      const walShown = flags.string("wal-dir") || walOf(shown);
      if (await nodeDisk.exists(plan.walDir)) throw new ExitError(Exit.Error, `wal-dir ${JSON.stringify(walShown)} exists`);
      const snapDir = snapOf(plan.dataDir);
      const fields = { path: flags.args[0], "wal-dir": walShown, "data-dir": shown, "snap-dir": snapOf(shown) };
      const mapped = { "initial-memory-map-size": flags.int("initial-memory-map-size") || MAP_BYTES };
      consoleLog(io, "INFO", "restoring snapshot", { ...fields, ...mapped });
      if (!(await nodeDisk.exists(plan.snapshot))) throw new ExitError(Exit.Error, `open ${flags.args[0]!}: no such file or directory`);
      await nodeDisk.makeDirectory(snapDir);
      const database = join(snapDir, "db");
      await copyDatabase(plan, database);
      await rewriteDatabase(plan, database, io);
      for (const member of plan.members)
        consoleLog(io, "INFO", "added member", {
          "cluster-id": formatId(computeClusterId(plan.members.map((one) => one.id))),
          "local-member-id": "0",
          "added-peer-id": formatId(member.id),
          "added-peer-peer-urls": member.peerUrls,
          "added-peer-is-learner": false,
        });
      await writeLog(plan, snapDir);
      await nodeDisk.syncDirectory(snapDir);
      consoleLog(io, "INFO", "restored snapshot", { ...fields, ...mapped });
    });
    return Exit.Success;
  },
};
