/**
 * A backup of a data-dir, as etcd 3.4's `etcdctl backup` and 3.5's `etcdutl backup` make it: newest snapshot, log and, where wanted, the
 * database, all without what belongs to the old cluster and with new ids, to be started with `--force-new-cluster`.
 */
import { join } from "node:path";
import { openBackend } from "../../../backend/open-backend.ts";
import { type GoJson, type GoJsonObject, isGoJsonObject, parseGoJson, stringifyGoJson } from "../../../membership/go-json.ts";
import { saveMember } from "../../../membership/cluster-records.ts";
import type { Member } from "../../../membership/member.ts";
import { encodeV2Snapshot } from "../../../membership/v2-snapshot.ts";
import { nodeClock } from "../../../platform/node/clock.ts";
import { nodeDisk } from "../../../platform/node/disk.ts";
import type { Entry, HardState } from "../../../proto/gen/raftpb.ts";
import { ConfState, Snapshot, SnapshotMetadata } from "../../../proto/gen/raftpb.ts";
import { Metadata } from "../../../proto/gen/v2pb.ts";
import { Snapshot as WalSnapshot } from "../../../proto/gen/walpb.ts";
import { Snapshotter } from "../../../snap/snapshotter.ts";
import { readWal } from "../../../wal/read-records.ts";
import { Wal } from "../../../wal/wal.ts";
import { copyDatabase, lockDatabase } from "./copy-database.ts";
import { isNewerThanV2, withoutCluster } from "./log.ts";
import { keepV2Part, removeAll } from "./v2-part.ts";

/** Real paths. */
export interface BackupPlan {
  readonly snapDir: string;
  readonly walDir: string;
  readonly backupSnapDir: string;
  readonly backupWalDir: string;
  /** v3 data too; then the member must not run */
  readonly withV3: boolean;
  /** ids of the new member and its cluster */
  readonly memberId: bigint;
  readonly clusterId: bigint;
  readonly signal: AbortSignal;
  /** is told what goes on, in etcd's words */
  tell(text: string): void;
}

const consistentIndexKey = Buffer.from("consistent_index");
const termKey = Buffer.from("term");

/** @throws BackupError the target is not empty; DiskError, WalError, SnapError, BboltError */
export async function backup(plan: BackupPlan): Promise<void> {
  const { backupSnapDir } = plan;
  await nodeDisk.makeDirectory(backupSnapDir);
  const present = await nodeDisk.list(backupSnapDir);
  if (present.length > 0) {
    const quoted = present.map((name) => JSON.stringify(name)).join(" ");
    throw new BackupError(`failed creating backup snapshot dir ${backupSnapDir}: expected ${JSON.stringify(backupSnapDir)} to be empty, got [${quoted}]`);
  }
  await nodeDisk.list(plan.snapDir);
  const source = join(plan.snapDir, "db");
  const lock = plan.withV3 ? await lockDatabase(source, plan.signal, () => plan.tell(`waiting to acquire lock on ${source}`)) : undefined;
  try {
    await make(plan, source);
  } finally {
    await lock?.release();
  }
}

export class BackupError extends Error {
  override readonly name = "BackupError";
}

/** The database before the log, which a running member writes first: so it is never behind. */
async function make(plan: BackupPlan, source: string): Promise<void> {
  const snapshot = await new Snapshotter(nodeDisk, plan.snapDir).load();
  const { index, term } = snapshot?.metadata ?? { index: 0, term: 0 };
  const target = join(plan.backupSnapDir, "db");
  const hasDatabase = plan.withV3 || (await nodeDisk.exists(source));
  if (hasDatabase) await copyDatabase(source, target);
  const contents = await readWal(nodeDisk, plan.walDir, { index, term });
  if (!contents.snapshotFound) {
    plan.tell(`Failed to find the match snapshot record {Index:${index} Term:${term}} in wal ${plan.walDir}.`);
    plan.tell("etcdctl will add it back. Start auto fixing...");
  }
  const applied = hasDatabase ? await writeDatabase(plan, target, contents.entries, contents.hardState, index) : 0;
  if (!hasDatabase) await writeEmptyDatabase(target, contents.hardState.commit);
  // the commit index is not synced by itself: what is applied was committed
  const commit = Math.max(contents.hardState.commit, Math.min(applied, contents.entries.at(-1)?.index ?? 0));
  const entries = withoutCluster(contents.entries, plan.withV3, plan.tell);
  const confState = snapshot === undefined ? undefined : ConfState.create({ voters: [plan.memberId] });
  if (snapshot !== undefined && confState !== undefined) {
    const data = ofNewCluster(snapshot.data, plan);
    const renewed = Snapshot.create({ ...(data === undefined ? {} : { data }), metadata: SnapshotMetadata.create({ index, term, confState }) });
    await new Snapshotter(nodeDisk, plan.backupSnapDir).save(renewed);
  }
  const metadata = Metadata.encode(Metadata.create({ nodeID: plan.memberId, clusterID: plan.clusterId }));
  const wal = await Wal.create(nodeDisk, plan.backupWalDir, metadata);
  try {
    await wal.save({ ...contents.hardState, commit }, entries);
    await wal.saveSnapshot(WalSnapshot.create({ index, term, ...(confState === undefined ? {} : { confState }) }));
  } finally {
    await wal.close();
  }
  await nodeDisk.syncDirectory(plan.backupSnapDir);
}

/** @returns the entry up to which the copied database has everything */
async function writeDatabase(plan: BackupPlan, target: string, entries: readonly Entry[], hardState: HardState, snapshotIndex: number): Promise<number> {
  const backend = await openBackend(nodeDisk, nodeClock, target);
  let applied = Number(backend.get("meta", consistentIndexKey)?.readBigUInt64BE(0) ?? 0n);
  let empty = false;
  try {
    if (!plan.withV3) {
      const commit = Math.max(hardState.commit, applied, snapshotIndex);
      empty = !(await keepV2Part(backend, entries.filter((entry) => entry.index > applied && entry.index <= commit)));
      backend.put("meta", consistentIndexKey, uint64(commit));
      const term = entries.findLast((entry) => entry.index <= commit)?.term;
      if (term !== undefined && backend.get("meta", termKey) !== undefined) backend.put("meta", termKey, uint64(term));
      applied = commit;
    }
    for (const bucket of ["members", "members_removed", "cluster"] as const) removeAll(backend, bucket);
    // without a snapshot the member adds itself when it is started
    if (snapshotIndex > 0 && !empty) saveMember(backend, memberOf(plan));
    await backend.commit();
  } finally {
    await backend.close();
  }
  if (empty) {
    await nodeDisk.remove(target);
    await writeEmptyDatabase(target, applied);
  }
  return applied;
}

async function writeEmptyDatabase(target: string, commit: number): Promise<void> {
  const backend = await openBackend(nodeDisk, nodeClock, target);
  try {
    backend.put("meta", consistentIndexKey, uint64(commit));
    await backend.commit();
  } finally {
    await backend.close();
  }
}

/** The one member of the new cluster, until `--force-new-cluster` gives it addresses; 3.5's words. */
function memberOf({ memberId }: BackupPlan): Member {
  return { id: memberId, name: "", peerUrls: ["http://use-flag--force-new-cluster:2080"], clientUrls: [], isLearner: false };
}

/**
 * The v2 store of a snapshot with the new member for the old ones, as 3.5 makes it: a member started alone would first have to remove the
 * last voter. A version that is too new for 3.4 goes too; newer members do not look for it here.
 */
function ofNewCluster(data: Buffer | undefined, plan: BackupPlan): Buffer | undefined {
  if (data === undefined || data.length === 0) return data;
  const store = parseGoJson(data.toString());
  const root = isGoJsonObject(store) ? store.Root : undefined;
  const top = childrenOf(root);
  const own = top?.["0"];
  const kept = childrenOf(own);
  if (!isGoJsonObject(store) || !isGoJsonObject(root) || top === undefined || !isGoJsonObject(own) || kept === undefined) return data;
  const fresh = childrenOf(childrenOf(newStore(plan))?.["0"]);
  const { version, ...others } = kept;
  const isOld = isGoJsonObject(version) && typeof version.Value === "string" && !isNewerThanV2(version.Value);
  const children = { ...others, members: fresh?.members ?? null, ...(isOld ? { version } : {}) };
  return Buffer.from(stringifyGoJson({ ...store, Root: { ...root, Children: { ...top, "0": { ...own, Children: children } } } }));
}

function newStore(plan: BackupPlan): GoJson | undefined {
  const data = encodeV2Snapshot({ members: new Map([[plan.memberId, memberOf(plan)]]), removed: new Set(), version: undefined });
  const store = parseGoJson(data.toString());
  return isGoJsonObject(store) ? store.Root : undefined;
}

function childrenOf(node: GoJson | undefined): GoJsonObject | undefined {
  return isGoJsonObject(node) && isGoJsonObject(node.Children) ? node.Children : undefined;
}

function uint64(value: number): Buffer {
  const bytes = Buffer.allocUnsafe(8);
  bytes.writeBigUInt64BE(BigInt(value));
  return bytes;
}
