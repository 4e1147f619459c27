/** Numbers that only the member knows, under etcd's names (server/etcdserver/metrics.go and its neighbours). */
import type { PeerCounters } from "../peer/transport.ts";
import { NONE } from "../raft/index.ts";
import type { MetricSample } from "./api.ts";
import { hex } from "./log.ts";
import type { Member } from "./member.ts";
import { SERVER_VERSION } from "./options.ts";

type Labels = Readonly<Record<string, string>>;

const sample = (type: "counter" | "gauge", name: string, help: string, value: number, labels: Labels = {}): MetricSample => ({ name, help, type, labels, value });
const gauge = (name: string, help: string, value: number, labels?: Labels): MetricSample => sample("gauge", name, help, value, labels);
const counter = (name: string, help: string, value: number, labels?: Labels): MetricSample => sample("counter", name, help, value, labels);

export function* memberMetrics(member: Member): IterableIterator<MetricSample> {
  const { state, proposals, applying, reads, memberId, transport, walSync, backendCommit } = member.parts;
  const clusterVersion = state.cluster.version();
  yield gauge("etcd_server_has_leader", "Whether or not a leader exists. 1 is existence, 0 is not.", member.lead === NONE ? 0 : 1);
  yield gauge("etcd_server_is_leader", "Whether or not this member is a leader. 1 if is, 0 otherwise.", member.isLeader ? 1 : 0);
  yield gauge("etcd_server_is_learner", "Whether or not this member is a learner. 1 if is, 0 otherwise.", state.cluster.isLocalLearner() ? 1 : 0);
  yield gauge("etcd_server_id", "Server or member ID in hexadecimal format. 1 for 'server_id' label with current ID.", 1, { server_id: hex(memberId) });
  yield gauge("etcd_server_version", "Which version is running. 1 for 'server_version' label with current version.", 1, { server_version: SERVER_VERSION });
  if (clusterVersion !== undefined) {
    const cluster_version = clusterVersion.split(".").slice(0, 2).join(".");
    yield gauge("etcd_cluster_version", "Which version is running. 1 for 'cluster_version' label with current cluster version", 1, { cluster_version });
  }
  yield counter("etcd_server_leader_changes_seen_total", "The number of leader changes seen.", Math.max(0, member.leaderChanges - 1));
  yield gauge("etcd_server_proposals_committed_total", "The total number of consensus proposals committed.", member.committed);
  yield gauge("etcd_server_proposals_applied_total", "The total number of consensus proposals applied.", applying.index);
  yield gauge("etcd_server_proposals_pending", "The current number of pending proposals to commit.", proposals.pending);
  yield counter("etcd_server_proposals_failed_total", "The total number of failed proposals seen.", proposals.failed);
  yield counter("etcd_server_read_indexes_failed_total", "The total number of failed read indexes seen.", reads.failures);
  yield counter("etcd_server_slow_apply_total", "The total number of slow apply requests (likely overloaded from slow disk).", applying.slow);
  yield gauge("etcd_server_quota_backend_bytes", "Current backend storage quota size in bytes.", Number.isFinite(state.quota.bytes) ? state.quota.bytes : 0);
  yield gauge("etcd_mvcc_db_total_size_in_bytes", "Total size of the underlying database physically allocated in bytes.", state.backend.size());
  yield gauge("etcd_mvcc_db_total_size_in_use_in_bytes", "Total size of the underlying database logically in use in bytes.", state.backend.sizeInUse());
  yield gauge("etcd_debugging_mvcc_keys_total", "Total number of keys.", state.store.keyCount());
  yield gauge("etcd_debugging_mvcc_watcher_total", "Total number of watchers.", state.store.watcherCount());
  yield gauge("etcd_debugging_mvcc_slow_watcher_total", "Total number of unsynced slow watchers.", state.store.laggingWatcherCount());
  yield gauge("etcd_debugging_mvcc_current_revision", "The current revision of store.", state.store.revision());
  yield gauge("etcd_debugging_mvcc_compact_revision", "The revision of the last compaction in store.", Math.max(0, state.store.compactRevision()));
  yield gauge("etcd_debugging_auth_revision", "The current revision of auth store.", state.auth.revision);
  yield walSync.sample();
  yield backendCommit.sample();
  yield* peerMetrics(transport.counters());
}

function* peerMetrics(counters: PeerCounters): IterableIterator<MetricSample> {
  const each = function* (counts: ReadonlyMap<string, number>, label: string, name: string, help: string): IterableIterator<MetricSample> {
    for (const [id, value] of counts) yield counter(name, help, value, { [label]: id });
  };
  yield* each(counters.sentBytes, "To", "etcd_network_peer_sent_bytes_total", "The total number of bytes sent to peers.");
  yield* each(counters.receivedBytes, "From", "etcd_network_peer_received_bytes_total", "The total number of bytes received from peers.");
  yield* each(counters.sentFailures, "To", "etcd_network_peer_sent_failures_total", "The total number of send failures from peers.");
  yield* each(counters.receivedFailures, "From", "etcd_network_peer_received_failures_total", "The total number of receive failures from peers.");
  yield* each(counters.snapshotSendSuccess, "To", "etcd_network_snapshot_send_success", "Total number of successful snapshot sends");
  yield* each(counters.snapshotSendFailures, "To", "etcd_network_snapshot_send_failures", "Total number of snapshot send failures");
  yield* each(counters.snapshotReceiveSuccess, "From", "etcd_network_snapshot_receive_success", "Total number of successful snapshot receives");
  yield* each(counters.snapshotReceiveFailures, "From", "etcd_network_snapshot_receive_failures", "Total number of snapshot receive failures");
  yield* each(counters.disconnected, "Remote", "etcd_network_disconnected_peers_total", "The total number of disconnected peers.");
}
