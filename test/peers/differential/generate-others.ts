/** Requests of Watch, Lease, Cluster and Maintenance. */
import { ClusterService as Cluster, LeaseService as Lease, MaintenanceService as Maintenance, type MemberAddRequest } from "../../../core/proto/gen/etcdserverpb.ts";
import type { MethodInfo } from "../../../core/proto/wire.ts";
import { aKey, aLease, aNamedLease, anEnd, aRevision, type Dice, type Known, madeMember, type Step } from "./step.ts";
import type { Value, Values } from "./values.ts";

const call = (method: MethodInfo<never, never> | MethodInfo, ...requests: Values[]): Step => ({ kind: "call", method, requests });

export function leaseStep(dice: Dice, known: Known): Step {
  return dice.weighted<() => Step>([
    // no lease that could expire while the run lasts: members do not keep the same time
    [5, () => call(Lease.LeaseGrant, { ID: aNamedLease(dice), TTL: dice.pick([600n, 600n, 5000n, 9_000_000_000n, 9_000_000_001n, 2n ** 63n - 1n]) })],
    [1, () => call(Lease.LeaseGrant, { ID: 0n, TTL: 700n })],
    [3, () => call(Lease.LeaseRevoke, { ID: aLease(dice, known) })],
    [3, () => call(Lease.LeaseTimeToLive, { ID: aLease(dice, known), keys: dice.chance(0.7) })],
    [2, () => call(Lease.LeaseKeepAlive, ...dice.list(1 + dice.below(3), () => ({ ID: aLease(dice, known) })))],
    [1, () => call(Lease.LeaseLeases, {})],
    [0.3, () => call(Lease.LeaseRevoke, { ID: 0n })],
    [0.3, () => call(Lease.LeaseTimeToLive, { ID: 0n, keys: true })],
    [0.3, () => call(Lease.LeaseKeepAlive, { ID: 0n })],
  ])();
}

const STREAMS = 3;

export function watchStep(dice: Dice, known: Known): Step {
  const stream = dice.below(STREAMS);
  const { ids } = known.streams[stream] ?? { ids: [] };
  return dice.weighted<() => Step>([
    [ids.length > 12 ? 0 : 6, () => ({ kind: "watch", stream, request: { create_request: watch(dice, known) } })],
    [3, () => ({ kind: "watch", stream, request: { cancel_request: { watch_id: ids.length > 0 && !dice.chance(0.2) ? BigInt(dice.pick(ids)) : dice.pick([0n, 77n, -1n]) } } })],
    [0.7, () => ({ kind: "watch", stream, request: { progress_request: {} } })],
    [0.5, () => ({ kind: "close watch", stream })],
    [0.1, () => ({ kind: "watch", stream, request: {} })],
  ])();
}

function watch(dice: Dice, known: Known): Values {
  const key = aKey(dice);
  const request: Record<string, Value> = { key, range_end: anEnd(dice, key, known) };
  if (dice.chance(0.5)) request.start_revision = aRevision(dice, known);
  // 3.4 takes a negative one for one that was compacted, and drops deletions that stand right at a compaction, which 3.6 keeps
  const start = (request.start_revision as bigint | undefined) ?? 0n;
  if (known.target === "3.4" && (start < 0n || start === BigInt(known.compacted))) request.start_revision = BigInt(known.compacted + 1);
  if (dice.chance(0.3)) request.filters = dice.list(1 + dice.below(2), () => BigInt(dice.below(2)));
  if (dice.chance(0.4)) request.prev_kv = true;
  if (dice.chance(0.3)) request.fragment = true;
  if (dice.chance(0.2)) request.progress_notify = true;
  if (dice.chance(0.3)) request.watch_id = dice.pick([1n, 2n, 3n, 7n, 2n ** 40n, -1n, -5n]);
  return request;
}

const URLS = ["http://127.0.0.1:1", "http://127.0.0.1:2", "ftp://a:1", "http://a", "http://a:1/x", "nonsense", "", "http://[::1]:9", " http://127.0.0.1:3 "];

export function clusterStep(dice: Dice, known: Known): Step {
  const urls = (): string[] => dice.list(dice.pick([0, 1, 1, 2]), () => dice.pick(URLS));
  const id = (): Value => (known.madeMembers > 0 && dice.chance(0.4) ? madeMember(dice.below(known.madeMembers)) : dice.pick([0n, 1234n, 2n ** 64n - 1n]));
  return dice.weighted<() => Step>([
    [3, () => call(Cluster.MemberList, { linearizable: dice.chance(0.5) })],
    // never a voter: it would be without a majority
    [2, () => call(Cluster.MemberAdd as MethodInfo<MemberAddRequest, never>, { peerURLs: dice.chance(0.5) ? [dice.pick(URLS.slice(0, 2))] : urls(), isLearner: true })],
    [1, () => call(Cluster.MemberAdd, { peerURLs: [dice.pick(URLS.slice(2, 7))] })],
    [2, () => call(Cluster.MemberRemove, { ID: id() })],
    [1, () => call(Cluster.MemberPromote, { ID: id() })],
    // with good URLs only: real members die of others; in 3.4 a learner becomes a voter of it
    [1, () => call(Cluster.MemberUpdate, { ID: known.target === "3.4" ? 1234n : id(), peerURLs: [dice.pick(["http://127.0.0.1:4", "http://127.0.0.1:5"])] })],
  ])();
}

export function maintenanceStep(dice: Dice, known: Known): Step {
  const memberID = (): bigint => dice.pick([0n, 0n, 1234n]);
  return dice.weighted<() => Step>([
    [3, () => call(Maintenance.Status, {})],
    [3, () => call(Maintenance.HashKV, { revision: aRevision(dice, known) })],
    [1, () => call(Maintenance.Alarm, { action: 0n, memberID: memberID(), alarm: BigInt(dice.below(3)) })],
    // 3.4 forgets permissions while there is an alarm, and one alarm when another ends
    [known.target === "3.4" && (known.auth.enabled || known.alarms.size > 0) ? 0 : 0.7, () => call(Maintenance.Alarm, { action: 1n, memberID: memberID(), alarm: BigInt(1 + dice.below(2)) })],
    [4, () => call(Maintenance.Alarm, { action: 2n, memberID: memberID(), alarm: BigInt(1 + dice.below(2)) })],
    [1, () => call(Maintenance.MoveLeader, { targetID: dice.pick([0n, 1234n]) })],
    [0.3, () => call(Maintenance.Defragment, {})],
    [0.2, () => call(Maintenance.Snapshot, {})],
    [0.5, () => call(Maintenance.Hash, {})],
    [1, () => call(Maintenance.Downgrade, { action: BigInt(dice.below(4)), version: dice.pick(["", "3.4.0", "3.5.0", "3.5", "3.6.0", "3.7.0", "nonsense", "v3.5.0", "4.0.0"]) })],
  ])();
}
