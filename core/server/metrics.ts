/**
 * Numbers that only the member knows, under etcd's names (server/etcdserver/metrics.go and its neighbours). Types and help
 * stand in `core/rpc/metrics/catalog.ts`.
 */
import type { PeerCounters } from "../peer/transport.ts";
import type { Histogram } from "../platform/histogram.ts";
import { AlarmType } from "../proto/gen/etcdserverpb.ts";
import { NONE } from "../raft/index.ts";
import type { MetricSample } from "./api.ts";
import { hex } from "./log.ts";
import type { Member } from "./member.ts";
import { SERVER_VERSION } from "./options.ts";

type Labels = MetricSample["labels"];

const none: Labels = {};
const one = (name: string, value: number, labels: Labels = none): MetricSample => ({ name, labels, value });
const spread = (name: string, histogram: Histogram, labels: Labels = none): MetricSample => ({ name, labels, histogram });

export function* memberMetrics(member: Member): IterableIterator<MetricSample> {
  yield* serverMetrics(member);
  yield* storeMetrics(member);
  yield* diskMetrics(member);
  yield* peerMetrics(member);
}

function* serverMetrics(member: Member): IterableIterator<MetricSample> {
  const { state, proposals, applying, reads, memberId, meters, options } = member.parts;
  const { server, leases } = meters;
  yield one("etcd_server_has_leader", member.lead === NONE ? 0 : 1);
  yield one("etcd_server_is_leader", member.isLeader ? 1 : 0);
  yield one("etcd_server_is_learner", state.cluster.isLocalLearner() ? 1 : 0);
  yield one("etcd_server_id", 1, { server_id: hex(memberId) });
  yield one("etcd_server_version", 1, { server_version: SERVER_VERSION });
  yield one("etcd_server_go_version", 1, { server_go_version: `node${process.version}` });
  const clusterVersion = state.cluster.version();
  if (clusterVersion !== undefined) yield one("etcd_cluster_version", 1, { cluster_version: clusterVersion.split(".").slice(0, 2).join(".") });
  // the gates that switch a whole stage on are never on by themselves
  for (const [name, on] of [["AllAlpha", false], ["AllBeta", false], ...Object.entries(options.gates)] as const)
    yield one("etcd_server_feature_enabled", on ? 1 : 0, { name, stage: name === "AllBeta" || name === "TxnModeWriteWithSharedBuffer" ? "BETA" : "ALPHA" });
  yield one("etcd_server_leader_changes_seen_total", member.leaderChanges);
  yield one("etcd_server_learner_promote_successes", server.learnersPromoted);
  for (const [Reason, value] of server.promotionsFailed) yield one("etcd_server_learner_promote_failures", value, { Reason });
  for (const { memberID, alarm } of state.alarms.list(AlarmType.NONE)) yield one("etcd_debugging_server_alarms", 1, { alarm_type: alarm === AlarmType.CORRUPT ? "CORRUPT" : "NOSPACE", server_id: hex(memberID) });
  yield one("etcd_server_heartbeat_send_failures_total", server.heartbeatFailures);
  yield one("etcd_server_snapshot_apply_in_progress_total", server.applyingSnapshots);
  yield one("etcd_server_proposals_committed_total", member.committed);
  yield one("etcd_server_proposals_applied_total", applying.index);
  yield one("etcd_server_proposals_pending", proposals.pending);
  yield one("etcd_server_proposals_failed_total", proposals.failed);
  yield one("etcd_server_slow_read_indexes_total", server.slowReadIndexes);
  yield one("etcd_server_read_indexes_failed_total", reads.failures);
  yield one("etcd_server_slow_apply_total", applying.slow);
  yield one("etcd_server_quota_backend_bytes", Number.isFinite(state.quota.bytes) ? state.quota.bytes : 0);
  yield one("etcd_debugging_auth_revision", state.auth.revision);
  for (const [key, histogram] of server.applied) {
    const [op = "", success = ""] = key.split(" ");
    yield spread("etcd_server_apply_duration_seconds", histogram, { op, success, version: "v3" });
  }
  if (server.rangeFailed.count > 0) yield spread("etcd_server_range_duration_seconds", server.rangeFailed, { success: "false" });
  if (server.range.count > 0) yield spread("etcd_server_range_duration_seconds", server.range, { success: "true" });
  yield one("etcd_debugging_lease_granted_total", leases.granted);
  yield one("etcd_debugging_lease_revoked_total", leases.revoked);
  yield one("etcd_debugging_lease_renewed_total", leases.renewed);
  yield one("etcd_debugging_server_lease_expired_total", leases.expired);
  yield spread("etcd_debugging_lease_ttl_total", leases.ttl);
  for (const [action, value] of meters.v2Tree.reads) yield one("etcd_debugging_store_reads_total", value, { action });
  for (const [action, value] of meters.v2Tree.writes) yield one("etcd_debugging_store_writes_total", value, { action });
}

function* storeMetrics(member: Member): IterableIterator<MetricSample> {
  const { state, meters } = member.parts;
  const { store } = state;
  const counted = meters.store;
  yield one("etcd_mvcc_range_total", counted.ranges);
  yield one("etcd_mvcc_put_total", counted.puts);
  yield one("etcd_mvcc_delete_total", counted.deletes);
  yield one("etcd_mvcc_txn_total", counted.txns);
  yield one("etcd_debugging_mvcc_keys_total", store.keyCount());
  yield one("etcd_debugging_mvcc_watch_stream_total", store.watchStreamCount());
  yield one("etcd_debugging_mvcc_watcher_total", store.watcherCount());
  yield one("etcd_debugging_mvcc_slow_watcher_total", store.laggingWatcherCount());
  yield one("etcd_debugging_mvcc_events_total", counted.events);
  yield one("etcd_debugging_mvcc_pending_events_total", counted.pendingEvents);
  yield one("etcd_debugging_mvcc_total_put_size_in_bytes", counted.putBytes);
  yield one("etcd_debugging_mvcc_current_revision", store.revision());
  yield one("etcd_debugging_mvcc_compact_revision", store.compactRevision());
  yield one("etcd_debugging_mvcc_db_compaction_keys_total", counted.compactedKeys);
  yield one("etcd_debugging_mvcc_db_compaction_last", counted.lastCompaction);
  yield spread("etcd_debugging_mvcc_db_compaction_total_duration_milliseconds", counted.compactionTotal);
  yield spread("etcd_debugging_mvcc_db_compaction_pause_duration_milliseconds", counted.compactionPause);
  yield spread("etcd_debugging_mvcc_index_compaction_pause_duration_milliseconds", counted.indexCompaction);
  yield spread("etcd_mvcc_hash_duration_seconds", counted.hash);
  yield spread("etcd_mvcc_hash_rev_duration_seconds", counted.hashByRevision);
}

function* diskMetrics(member: Member): IterableIterator<MetricSample> {
  const { backend } = member.parts.state;
  const { disk } = member.parts.meters;
  yield one("etcd_mvcc_db_total_size_in_bytes", backend.size());
  yield one("etcd_mvcc_db_total_size_in_use_in_bytes", backend.sizeInUse());
  // what is read is read from the last commit
  yield one("etcd_mvcc_db_open_read_transactions", 1);
  yield one("etcd_disk_wal_write_bytes_total", disk.walBytes);
  yield spread("etcd_disk_wal_write_duration_seconds", disk.walWrite);
  yield spread("etcd_disk_wal_fsync_duration_seconds", disk.walSync);
  yield spread("etcd_disk_backend_commit_duration_seconds", disk.commit);
  yield spread("etcd_debugging_disk_backend_commit_rebalance_duration_seconds", disk.commitRebalance);
  yield spread("etcd_debugging_disk_backend_commit_spill_duration_seconds", disk.commitSpill);
  yield spread("etcd_debugging_disk_backend_commit_write_duration_seconds", disk.commitWrite);
  yield one("etcd_disk_defrag_inflight", disk.defragmenting);
  yield spread("etcd_disk_backend_defrag_duration_seconds", disk.defragmentation);
  yield spread("etcd_disk_backend_snapshot_duration_seconds", disk.backendSnapshot);
  yield spread("etcd_debugging_snap_save_marshalling_duration_seconds", disk.snapMarshalling);
  yield spread("etcd_debugging_snap_save_total_duration_seconds", disk.snapSave);
  yield spread("etcd_snap_fsync_duration_seconds", disk.snapSync);
  yield spread("etcd_snap_db_fsync_duration_seconds", disk.receivedSync);
  yield spread("etcd_snap_db_save_total_duration_seconds", disk.receivedSave);
}

function* peerMetrics(member: Member): IterableIterator<MetricSample> {
  const { transport, state, memberId } = member.parts;
  const counters: PeerCounters = transport.counters();
  const Local = hex(memberId);
  for (const { id } of state.cluster.members()) yield one("etcd_network_known_peers", 1, { Local, Remote: hex(id) });
  for (const [Remote, value] of counters.active) yield one("etcd_network_active_peers", value, { Local, Remote });
  for (const [Remote, value] of counters.disconnected) yield one("etcd_network_disconnected_peers_total", value, { Local, Remote });
  const each = function* (counts: ReadonlyMap<string, number>, label: "To" | "From", name: string): IterableIterator<MetricSample> {
    for (const [id, value] of counts) yield one(name, value, { [label]: id });
  };
  yield* each(counters.sentBytes, "To", "etcd_network_peer_sent_bytes_total");
  yield* each(counters.receivedBytes, "From", "etcd_network_peer_received_bytes_total");
  yield* each(counters.sentFailures, "To", "etcd_network_peer_sent_failures_total");
  yield* each(counters.receivedFailures, "From", "etcd_network_peer_received_failures_total");
  yield* each(counters.snapshotSendSuccess, "To", "etcd_network_snapshot_send_success");
  yield* each(counters.snapshotSendFailures, "To", "etcd_network_snapshot_send_failures");
  yield* each(counters.snapshotSendInflight, "To", "etcd_network_snapshot_send_inflights_total");
  yield* each(counters.snapshotReceiveSuccess, "From", "etcd_network_snapshot_receive_success");
  yield* each(counters.snapshotReceiveFailures, "From", "etcd_network_snapshot_receive_failures");
  yield* each(counters.snapshotReceiveInflight, "From", "etcd_network_snapshot_receive_inflights_total");
  for (const [To, histogram] of counters.snapshotSendSeconds) yield spread("etcd_network_snapshot_send_total_duration_seconds", histogram, { To });
  for (const [From, histogram] of counters.snapshotReceiveSeconds) yield spread("etcd_network_snapshot_receive_total_duration_seconds", histogram, { From });
  for (const [To, histogram] of counters.roundTripSeconds) yield spread("etcd_network_peer_round_trip_time_seconds", histogram, { To });
}
