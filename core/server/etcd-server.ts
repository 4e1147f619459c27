/** The member as `core/rpc` serves it: each call of the API to the part that answers it. */
import type { WatchClient, WatchStream } from "../mvcc/api.ts";
import { executeRange } from "../apply/execute-range.ts";
import * as pb from "../proto/gen/etcdserverpb.ts";
import type { DatabaseStream, EtcdServer, MetricSample, RequestContext } from "./api.ts";
import { AuthRequests } from "./auth-requests.ts";
import { ClusterRequests } from "./cluster-requests.ts";
import { KvRequests } from "./kv-requests.ts";
import { LeaseRequests } from "./lease-requests.ts";
import { MaintenanceRequests } from "./maintenance-requests.ts";
import { hex } from "./log.ts";
import type { Member } from "./member.ts";
import { memberMetrics } from "./metrics.ts";
import { SERVER_VERSION } from "./options.ts";

export class MemberServer implements EtcdServer {
  readonly serverVersion = SERVER_VERSION;
  readonly kv: KvRequests;
  readonly leases: LeaseRequests;
  readonly cluster: ClusterRequests;
  readonly maintenance: MaintenanceRequests;
  readonly auth: AuthRequests;

  constructor(readonly member: Member) {
    this.auth = new AuthRequests(member);
    this.kv = new KvRequests(member);
    this.leases = new LeaseRequests(member);
    this.cluster = new ClusterRequests(member);
    this.maintenance = new MaintenanceRequests(member);
  }

  get memberId(): bigint {
    return this.member.parts.memberId;
  }
  get clusterId(): bigint {
    return this.member.parts.clusterId;
  }
  get name(): string {
    return this.member.parts.options.name;
  }
  get stopping(): AbortSignal {
    return this.member.stopping;
  }
  clusterVersion(): string | undefined {
    return this.member.parts.state.cluster.version();
  }
  storageVersion(): string {
    return this.maintenance.storageVersion() ?? "";
  }
  leader(): bigint {
    return this.member.lead;
  }
  term(): number {
    return this.member.term;
  }
  committedIndex(): number {
    return this.member.committed;
  }
  appliedIndex(): number {
    return this.member.parts.applying.index;
  }
  isLearner(): boolean {
    return this.member.parts.state.cluster.isLocalLearner();
  }
  alarms(): readonly pb.AlarmMember[] {
    return this.member.parts.state.alarms.list(pb.AlarmType.NONE);
  }
  header(): pb.ResponseHeader {
    return { clusterId: this.clusterId, memberId: this.memberId, revision: this.revision(), raftTerm: this.member.term };
  }

  authEnabled(): boolean {
    return this.member.parts.gate.enabled;
  }
  requireUser(context: RequestContext): Promise<void> {
    return this.member.parts.gate.requireUser(context);
  }
  requireAdmin(context: RequestContext): Promise<void> {
    return this.member.parts.gate.requireAdmin(context);
  }
  async checkWatch(key: Buffer, rangeEnd: Buffer, context: RequestContext): Promise<void> {
    const { gate, state } = this.member.parts;
    if (gate.enabled) state.auth.checkRange(await gate.identify(context), key, rangeEnd);
  }

  range(request: pb.RangeRequest, context: RequestContext): Promise<pb.RangeResponse> {
    return this.kv.range(request, context);
  }
  put(request: pb.PutRequest, context: RequestContext): Promise<pb.PutResponse> {
    return this.kv.put(request, context);
  }
  deleteRange(request: pb.DeleteRangeRequest, context: RequestContext): Promise<pb.DeleteRangeResponse> {
    return this.kv.deleteRange(request, context);
  }
  txn(request: pb.TxnRequest, context: RequestContext): Promise<pb.TxnResponse> {
    return this.kv.txn(request, context);
  }
  compact(request: pb.CompactionRequest, context: RequestContext): Promise<pb.CompactionResponse> {
    return this.kv.compact(request, context);
  }

  watchStream(client?: WatchClient): WatchStream {
    return this.member.parts.state.store.watchStream(client);
  }
  keyAt(key: Buffer, revision: number): pb.RangeResponse["kvs"][number] | undefined {
    const { store } = this.member.parts.state;
    if (revision <= 0 || revision < store.compactRevision()) return undefined;
    return executeRange(store, pb.RangeRequest.create({ key, revision })).kvs[0];
  }
  revision(): number {
    return this.member.parts.state.store.revision();
  }

  leaseGrant(request: pb.LeaseGrantRequest, context: RequestContext): Promise<pb.LeaseGrantResponse> {
    return this.leases.grant(request, context);
  }
  leaseRevoke(request: pb.LeaseRevokeRequest, context: RequestContext): Promise<pb.LeaseRevokeResponse> {
    return this.leases.revoke(request, context);
  }
  leaseRenew(id: bigint, context: RequestContext): Promise<number> {
    return this.leases.renew(id, context);
  }
  leaseTimeToLive(request: pb.LeaseTimeToLiveRequest, context: RequestContext): Promise<pb.LeaseTimeToLiveResponse> {
    return this.leases.timeToLive(request, context);
  }
  leaseLeases(_request: pb.LeaseLeasesRequest, context: RequestContext): Promise<pb.LeaseLeasesResponse> {
    return this.leases.leases(context);
  }

  memberAdd(request: pb.MemberAddRequest, context: RequestContext): Promise<pb.MemberAddResponse> {
    return this.cluster.add(request, context);
  }
  memberRemove(request: pb.MemberRemoveRequest, context: RequestContext): Promise<pb.MemberRemoveResponse> {
    return this.cluster.remove(request, context);
  }
  memberUpdate(request: pb.MemberUpdateRequest, context: RequestContext): Promise<pb.MemberUpdateResponse> {
    return this.cluster.update(request, context);
  }
  memberPromote(request: pb.MemberPromoteRequest, context: RequestContext): Promise<pb.MemberPromoteResponse> {
    return this.cluster.promote(request, context);
  }
  memberList(request: pb.MemberListRequest, context: RequestContext): Promise<pb.MemberListResponse> {
    return this.cluster.list(request, context);
  }

  alarm(request: pb.AlarmRequest, context: RequestContext): Promise<pb.AlarmResponse> {
    return this.maintenance.alarm(request, context);
  }
  async status(): Promise<pb.StatusResponse> {
    return this.maintenance.status();
  }
  defragment(): Promise<pb.DefragmentResponse> {
    return this.maintenance.defragment();
  }
  hash(): Promise<pb.HashResponse> {
    return this.maintenance.hash();
  }
  hashKv(request: pb.HashKVRequest): Promise<pb.HashKVResponse> {
    return this.maintenance.hashKv(request);
  }
  snapshot(): Promise<DatabaseStream> {
    return this.maintenance.snapshot();
  }
  moveLeader(request: pb.MoveLeaderRequest, context: RequestContext): Promise<pb.MoveLeaderResponse> {
    return this.maintenance.moveLeader(request, context);
  }
  downgrade(request: pb.DowngradeRequest): Promise<pb.DowngradeResponse> {
    return this.maintenance.downgrade(request);
  }

  linearizable(): Promise<void> {
    return this.member.parts.reads.wait();
  }
  raftStatus(): Readonly<Record<string, unknown>> {
    const { id, hardState, softState, applied, transferee, progress } = this.member.parts.loop.status();
    return {
      id: hex(id),
      term: hardState.term,
      vote: hex(hardState.vote),
      commit: hardState.commit,
      lead: hex(softState.lead),
      raftState: softState.role,
      applied,
      progress: Object.fromEntries(progress.map((one) => [hex(one.id), { match: one.match, next: one.next, state: one.state }])),
      leadtransferee: hex(transferee),
    };
  }
  metrics(): Iterable<MetricSample> {
    return memberMetrics(this.member);
  }
}
