/**
 * A member in memory for tests of this layer: the real store, and around it the least that answers as one member does.
 * No raft, no disk; every write is applied at once.
 */
import type { Store, WatchStream, WriteTransaction } from "../../mvcc/api.ts";
import { openStore } from "../../mvcc/store.ts";
import { MemoryBackend } from "../../mvcc/testing/memory-backend.ts";
import { nodeClock } from "../../platform/node/clock.ts";
import { EtcdError } from "../../proto/errors.ts";
import * as pb from "../../proto/gen/etcdserverpb.ts";
import type { KeyValue } from "../../proto/gen/mvccpb.ts";
import type { DatabaseStream, EtcdServer, MetricSample, RequestContext } from "../../server/api.ts";
import { applyTxn, pick } from "./memory-apply.ts";
import { MemoryAuth } from "./memory-auth.ts";
import { MemoryLeases } from "./memory-leases.ts";

const DATABASE_BYTES = 80_000;

export class MemoryServer implements EtcdServer {
  readonly memberId = 0x8e9e05c52164694dn;
  readonly clusterId = 0xcdf818194e3a8c32n;
  readonly name = "m1";
  readonly serverVersion = "3.6.14";
  readonly leases = new MemoryLeases();
  readonly auth = new MemoryAuth(() => this.header());
  /** what a test may change */
  leaderId = this.memberId;
  learner = false;
  alarmList: pb.AlarmMember[] = [];
  members: pb.Member[] = [pb.Member.create({ ID: this.memberId, name: "m1", peerURLs: ["http://127.0.0.1:2380"], clientURLs: ["http://127.0.0.1:2379"] })];
  private readonly stop = new AbortController();
  readonly stopping = this.stop.signal;
  private applied = 8;

  private constructor(
    readonly store: Store,
    leases: MemoryLeases,
  ) {
    this.leases = leases;
  }

  static async open(): Promise<MemoryServer> {
    const leases = new MemoryLeases();
    return new MemoryServer(await openStore({ backend: new MemoryBackend(), clock: nodeClock, leases }), leases);
  }

  close(): void {
    this.stop.abort();
    this.store.close();
  }

  clusterVersion = (): string | undefined => "3.6.0";
  storageVersion = (): string => "3.6.0";
  leader = (): bigint => this.leaderId;
  term = (): number => 2;
  committedIndex = (): number => this.applied;
  appliedIndex = (): number => this.applied;
  isLearner = (): boolean => this.learner;
  alarms = (): readonly pb.AlarmMember[] => this.alarmList;
  revision = (): number => this.store.revision();

  header(): pb.ResponseHeader {
    return { clusterId: this.clusterId, memberId: this.memberId, revision: this.revision(), raftTerm: 2 };
  }

  authEnabled = (): boolean => this.auth.store.enabled;
  async requireUser(context: RequestContext): Promise<void> {
    if (this.auth.identify(context) === undefined && this.authEnabled()) throw new EtcdError("UserEmpty");
  }
  async requireAdmin(context: RequestContext): Promise<void> {
    this.auth.store.checkAdmin(this.auth.identify(context));
  }
  async checkWatch(key: Buffer, rangeEnd: Buffer, context: RequestContext): Promise<void> {
    this.auth.store.checkRange(this.auth.identify(context), key, rangeEnd);
  }

  async range(request: pb.RangeRequest): Promise<pb.RangeResponse> {
    if (this.leaderId === 0n && !request.serializable) throw new EtcdError("Timeout");
    const found = pick(this.store, request);
    found.header = this.header();
    return found;
  }

  async put(request: pb.PutRequest): Promise<pb.PutResponse> {
    const response = await this.write((write) => applyTxn(write, pb.TxnRequest.create({ success: [pb.RequestOp.create({ requestPut: request })] }), this.leases));
    return pb.PutResponse.create({ ...response.responses[0]?.responsePut, header: this.header() });
  }

  async deleteRange(request: pb.DeleteRangeRequest): Promise<pb.DeleteRangeResponse> {
    const operation = pb.RequestOp.create({ requestDeleteRange: request });
    const response = await this.write((write) => applyTxn(write, pb.TxnRequest.create({ success: [operation] }), this.leases));
    return pb.DeleteRangeResponse.create({ ...response.responses[0]?.responseDeleteRange, header: this.header() });
  }

  async txn(request: pb.TxnRequest): Promise<pb.TxnResponse> {
    const response = await this.write((write) => applyTxn(write, request, this.leases));
    response.header = this.header();
    return response;
  }

  async compact(request: pb.CompactionRequest): Promise<pb.CompactionResponse> {
    const done = this.store.compact(request.revision);
    if (request.physical) await done;
    else done.catch(() => this.close());
    return { header: this.header() };
  }

  watchStream(): WatchStream {
    return this.store.watchStream();
  }

  keyAt(key: Buffer, revision: number): KeyValue | undefined {
    try {
      return this.store.range(key, Buffer.alloc(0), { limit: 1, revision, countOnly: false }).kvs[0];
    } catch (error) {
      if (error instanceof EtcdError && error.reason === "Compacted") return undefined;
      throw error;
    }
  }

  async leaseGrant(request: pb.LeaseGrantRequest): Promise<pb.LeaseGrantResponse> {
    const lease = this.leases.grant(request.ID, request.TTL);
    return { header: this.header(), ID: lease.id, TTL: lease.grantedTtl, error: "" };
  }

  async leaseRevoke(request: pb.LeaseRevokeRequest): Promise<pb.LeaseRevokeResponse> {
    const lease = this.leases.get(request.ID);
    await this.write((write) => {
      for (const key of [...lease.keys].sort()) write.deleteRange(Buffer.from(key, "latin1"), Buffer.alloc(0));
    });
    this.leases.leases.delete(request.ID);
    return { header: this.header() };
  }

  async leaseRenew(id: bigint): Promise<number> {
    const lease = this.leases.get(id);
    lease.ttl = lease.grantedTtl;
    return lease.ttl;
  }

  async leaseTimeToLive(request: pb.LeaseTimeToLiveRequest): Promise<pb.LeaseTimeToLiveResponse> {
    const lease = this.leases.get(request.ID);
    const keys = request.keys ? [...lease.keys].sort().map((key) => Buffer.from(key, "latin1")) : [];
    return { header: this.header(), ID: lease.id, TTL: lease.ttl, grantedTTL: lease.grantedTtl, keys };
  }

  async leaseLeases(): Promise<pb.LeaseLeasesResponse> {
    return { header: this.header(), leases: [...this.leases.leases.keys()].map((ID) => ({ ID })) };
  }

  async memberAdd(request: pb.MemberAddRequest): Promise<pb.MemberAddResponse> {
    const member = pb.Member.create({ ID: 0x1122334455667788n, peerURLs: request.peerURLs, isLearner: request.isLearner });
    this.members.push(member);
    return { header: undefined, member, members: this.members };
  }

  async memberRemove(request: pb.MemberRemoveRequest): Promise<pb.MemberRemoveResponse> {
    this.known(request.ID);
    this.members = this.members.filter((member) => member.ID !== request.ID);
    return { header: undefined, members: this.members };
  }

  async memberUpdate(request: pb.MemberUpdateRequest): Promise<pb.MemberUpdateResponse> {
    this.known(request.ID).peerURLs = request.peerURLs;
    return { header: undefined, members: this.members };
  }

  async memberPromote(request: pb.MemberPromoteRequest): Promise<pb.MemberPromoteResponse> {
    const member = this.known(request.ID);
    if (!member.isLearner) throw new EtcdError("MemberNotLearner");
    member.isLearner = false;
    return { header: undefined, members: this.members };
  }

  async memberList(): Promise<pb.MemberListResponse> {
    return { header: undefined, members: this.members };
  }

  async alarm(request: pb.AlarmRequest): Promise<pb.AlarmResponse> {
    if (request.action === pb.AlarmRequest_AlarmAction.ACTIVATE) this.alarmList.push({ memberID: request.memberID, alarm: request.alarm });
    else if (request.action === pb.AlarmRequest_AlarmAction.DEACTIVATE) this.alarmList = [];
    return { header: this.header(), alarms: [...this.alarmList] };
  }

  async status(): Promise<pb.StatusResponse> {
    return pb.StatusResponse.create({ header: this.header(), version: this.serverVersion, leader: this.leaderId, raftTerm: 2, raftIndex: this.applied });
  }

  async defragment(): Promise<pb.DefragmentResponse> {
    return { header: undefined };
  }

  async hash(): Promise<pb.HashResponse> {
    return { header: this.header(), hash: 1 };
  }

  async hashKv(request: pb.HashKVRequest): Promise<pb.HashKVResponse> {
    const hashed = await this.store.hashKv(request.revision);
    return { header: this.header(), hash: hashed.hash, compactRevision: hashed.compactRevision, hashRevision: hashed.revision };
  }

  /** Bytes that tell their own position, in chunks that fit nothing. */
  async snapshot(): Promise<DatabaseStream> {
    const database = Buffer.alloc(DATABASE_BYTES);
    for (let offset = 0; offset + 4 <= database.length; offset += 4) database.writeUInt32BE(offset, offset);
    return {
      size: database.length,
      async *read() {
        for (let offset = 0; offset < database.length; offset += 7001) yield database.subarray(offset, offset + 7001);
      },
      release: () => undefined,
    };
  }

  async moveLeader(request: pb.MoveLeaderRequest): Promise<pb.MoveLeaderResponse> {
    if (!this.members.some((member) => member.ID === request.targetID)) throw new EtcdError("BadLeaderTransferee");
    this.leaderId = request.targetID;
    return { header: undefined };
  }

  async downgrade(): Promise<pb.DowngradeResponse> {
    throw new EtcdError("NoInflightDowngrade");
  }

  async linearizable(): Promise<void> {
    if (this.leaderId === 0n) throw new EtcdError("Timeout");
  }

  raftStatus(): Readonly<Record<string, unknown>> {
    return { id: this.memberId.toString(16), term: 2, commit: this.applied, lead: this.leaderId.toString(16), applied: this.applied };
  }

  metrics(): Iterable<MetricSample> {
    return [{ name: "etcd_server_has_leader", labels: {}, value: 1 }];
  }

  private known(id: bigint): pb.Member {
    const member = this.members.find((candidate) => candidate.ID === id);
    if (member === undefined) throw new EtcdError("MemberNotFound");
    return member;
  }

  private async write<T>(change: (write: WriteTransaction) => T): Promise<T> {
    const write = this.store.write();
    try {
      this.applied++;
      return change(write);
    } finally {
      write.end();
    }
  }
}
