/**
 * Where a member goes on that has been here before (server/etcdserver/bootstrap.go, server/etcdserver/api/membership):
 * from its database, its snapshot and its log, which need not be equally far.
 */
import { readMembers, readStorageVersion, saveMember } from "../membership/cluster-records.ts";
import { type Member as ClusterMember, formatMember } from "../membership/member.ts";
import { applyV2Request } from "../membership/v2-request.ts";
import { decodeV2Snapshot } from "../membership/v2-snapshot.ts";
import { ConfChange, ConfState, type Entry, EntryType, HardState, Snapshot, SnapshotMetadata } from "../proto/gen/raftpb.ts";
import { Request } from "../proto/gen/v2pb.ts";
import { MemoryStorage } from "../raft/index.ts";
import type { WalContents } from "../wal/read-records.ts";
import type { Wal } from "../wal/wal.ts";
import { decodeRequest } from "./applying.ts";
import { consistentIndexOf, consistentTermOf } from "./database-marks.ts";
import { forceNewCluster } from "./force-new-cluster.ts";
import { BootstrapError } from "./joining.ts";
import { type Log, hex } from "./log.ts";
import type { OpenFiles } from "./member-files.ts";
import { SERVER_VERSION } from "./options.ts";
import { clusterVersionOf, compareVersions, parseVersion } from "./semver.ts";
import type { MemberState } from "./state.ts";

interface Identity {
  readonly memberId: bigint;
  readonly clusterId: bigint;
}

export interface Beginning {
  /** at its snapshot, still without entries */
  readonly storage: MemoryStorage;
  /** behind the snapshot */
  entries: readonly Entry[];
  hardState: HardState;
  readonly legacy: boolean;
  readonly appliedIndex: number;
  readonly confState: ConfState;
}

/**
 * Where a restarted member goes on. The database is the authority: what it has is applied and was committed, even where
 * the hard state, whose commit index is not synced by itself, says less. A database of 3.4 is none for membership: that
 * stands in the snapshot, and configuration changes behind it are taken up again.
 */
export function whereToGoOn(state: MemberState, files: OpenFiles, contents: WalContents | undefined, log: Log): Beginning {
  const storage = new MemoryStorage();
  if (contents === undefined) return { storage, entries: [], hardState: HardState.create(), legacy: false, appliedIndex: 0, confState: ConfState.create() };
  const { snapshot } = files;
  const { index = 0, term = 0 } = snapshot?.metadata ?? {};
  const consistent = consistentIndexOf(files.backend);
  const legacy = consistent > 0 && consistentTermOf(files.backend) === undefined;
  if (legacy && snapshot?.data !== undefined && snapshot.data.length > 0) {
    log.info("recovering membership from the snapshot of an older version", { "snapshot-index": index });
    state.cluster.recoverFromV2(decodeV2Snapshot(snapshot.data));
  } else if (snapshot?.data !== undefined && snapshot.data.length > 0) {
    takeUpPromotions(state, snapshot.data, log);
  }
  // a database may know more than the log's end only where its writer applied before its own disk had the entry
  const lastIndex = contents.entries.at(-1)?.index ?? index;
  const appliedIndex = legacy ? index : Math.min(Math.max(consistent, index), lastIndex);
  if (!legacy) {
    const old = readStorageVersion(files.backend) === undefined;
    for (const entry of contents.entries) {
      if (entry.index > appliedIndex) break;
      meetPromotionAgain(state, entry, log);
      if (old) refuseV2Writes(state, entry);
    }
  }
  const confState = legacy ? (snapshot?.metadata.confState ?? ConfState.create()) : confStateOf(state, consistent, snapshot);
  storage.applySnapshot(Snapshot.create({ metadata: SnapshotMetadata.create({ index, term, confState }) }));
  const hardState = { ...contents.hardState, commit: Math.max(contents.hardState.commit, appliedIndex) };
  return { storage, entries: contents.entries, hardState, legacy, appliedIndex, confState };
}

/** etcd's words (membership/cluster.go, PromoteMember) */
const PROMOTION_MET_AGAIN = {
  forced: "Forcibly apply member promotion request in v3store",
  known: "ignore already promoted member in v3store",
  absent: "Skipped forcibly promoting non-existent member in v3store",
} as const;

/** An entry of the log that the database has: a promotion among them may be missing there all the same (etcd issue 19557). */
function meetPromotionAgain(state: MemberState, entry: Entry, log: Log): void {
  if (entry.type !== EntryType.EntryConfChange) return;
  const change = ConfChange.decode(entry.data ?? Buffer.alloc(0));
  const outcome = state.cluster.catchUpPromotion(change);
  if (outcome !== undefined) log.info(PROMOTION_MET_AGAIN[outcome], { "promoted-member-id": hex(change.nodeId) });
}

/** A log of 3.5 may hold writes of v2 users, which 3.6 does not take over. @throws MembershipError in etcd's words */
function refuseV2Writes(state: MemberState, { type, data }: Entry): void {
  if (type !== EntryType.EntryNormal || data === undefined || data.length === 0 || decodeRequest(data) !== undefined) return;
  applyV2Request(state.cluster, Request.decode(data), false);
}

/** `--force-new-cluster`: rewrites the end of the log, on disk and in memory. */
export async function forceAlone(
  state: MemberState,
  beginning: Beginning,
  { memberId, clusterId }: Identity,
  contents: WalContents,
  wal: Wal,
  log: Log,
): Promise<void> {
  const { hardState, appliedIndex, confState } = beginning;
  const forced = forceNewCluster(memberId, contents.entries, appliedIndex, confState, hardState);
  const dropped = contents.entries.length - (forced.entries.length - forced.added.length);
  if (dropped > 0) {
    log.info("discarding uncommitted WAL entries", { "entry-index": hardState.commit + 1, "commit-index-from-wal": hardState.commit, "number-of-discarded-entries": dropped });
  }
  state.consistentIndex.cutTo(hardState.commit, contents.entries.at(-1)?.term ?? hardState.term);
  beginning.entries = forced.entries;
  beginning.hardState = { ...hardState, commit: forced.commit };
  await wal.save(beginning.hardState, forced.added);
  log.info("forcing restart member", {
    "cluster-id": hex(clusterId),
    "local-member-id": hex(memberId),
    "wal-commit-index": contents.hardState.commit,
    "commit-index": forced.commit,
  });
}

/** Members as voters and learners: what the database says as of its index. Nothing was applied: what the snapshot says. */
function confStateOf(state: MemberState, consistent: number, snapshot: Snapshot | undefined): ConfState {
  if (consistent === 0) return snapshot?.metadata.confState ?? ConfState.create();
  const members: ClusterMember[] = [...readMembers(state.backend).members.values()];
  const ids = (learners: boolean): bigint[] =>
    members
      .filter(({ isLearner }) => isLearner === learners)
      .map(({ id }) => id)
      .sort((a, b) => (a < b ? -1 : 1));
  return ConfState.create({ voters: ids(false), learners: ids(true) });
}

/** A promotion that earlier versions had in the snapshot only (etcd issue 19557). */
function takeUpPromotions({ cluster, backend }: MemberState, data: Buffer, log: Log): void {
  const { members } = decodeV2Snapshot(data);
  const promoted = cluster.members().filter(({ id, isLearner }) => isLearner && members.get(id)?.isLearner === false);
  for (const member of promoted) {
    const voter = { ...member, isLearner: false };
    log.warn("Syncing member in v3store", { member: formatMember(voter) });
    saveMember(backend, voter);
  }
  if (promoted.length > 0) cluster.restore(backend);
}

/** What a restarted member knows of its cluster. @throws BootstrapError the cluster runs in a version newer than this program */
export function tellRecovered({ cluster }: MemberState, { memberId, clusterId }: Identity, log: Log): void {
  const { enabled, targetVersion } = cluster.downgradeInfo();
  if (enabled) log.info("cluster is downgrading to target version", { "target-cluster-version": targetVersion, "current-server-version": SERVER_VERSION });
  const version = cluster.version();
  refuseDowngrade(version, log);
  if (version !== undefined) log.info("enabled capabilities for version", { "cluster-version": version.split(".").slice(0, 2).join(".") });
  for (const { id, peerUrls, isLearner } of cluster.members()) {
    log.info("recovered/added member from store", {
      "cluster-id": hex(clusterId),
      "local-member-id": hex(memberId),
      "recovered-remote-peer-id": hex(id),
      "recovered-remote-peer-urls": peerUrls,
      "recovered-remote-peer-is-learner": isLearner,
    });
  }
  if (version !== undefined) log.info("set cluster version from store", { "cluster-version": version.split(".").slice(0, 2).join(".") });
}

/** A cluster that runs in a newer version than this program cannot go on with it. @throws BootstrapError */
export function refuseDowngrade(version: string | undefined, log: Log): void {
  const cluster = parseVersion(version);
  const own = clusterVersionOf(parseVersion(SERVER_VERSION)!);
  if (cluster === undefined || compareVersions(own, cluster) >= 0) return;
  const text = "invalid downgrade; server version is lower than determined cluster version";
  log.error(text, { "current-server-version": `${own.major}.${own.minor}.0`, "determined-cluster-version": `${cluster.major}.${cluster.minor}` });
  throw new BootstrapError(text);
}
