/**
 * One member, as `core/rpc` serves it. Each method is the behaviour behind one call of the gRPC API (etcd
 * server/etcdserver/v3_server.go): propose, wait for the apply, or read. Requests are already decoded and their form is
 * checked by the caller (`core/rpc/checks`); everything semantic is decided here.
 * All throw EtcdError with etcd's text.
 */
import { chunkBytes } from "../backend/hot-copy.ts";
import type { WatchClient, WatchStream } from "../mvcc/api.ts";
import type { Histogram } from "../platform/histogram.ts";
import type * as pb from "../proto/gen/etcdserverpb.ts";

/** Who calls, until when. */
export interface RequestContext {
  readonly signal: AbortSignal;
  /** auth token that the request carries */
  readonly token: string | undefined;
  /** of the client's certificate, where one is required and was shown; "" where it has none */
  readonly commonName?: string | undefined;
  /** where the request came from; absent for the member's own */
  readonly client?: WatchClient;
  /** the member's own request, which may do everything */
  readonly root?: true;
}

export interface MemberFacts {
  readonly memberId: bigint;
  readonly clusterId: bigint;
  readonly name: string;
  /** "3.6.0"-like server version */
  readonly serverVersion: string;
  /** undefined until decided */
  clusterVersion(): string | undefined;
  /** "" where the schema is older than 3.6 */
  storageVersion(): string;
  leader(): bigint;
  term(): number;
  committedIndex(): number;
  appliedIndex(): number;
  isLearner(): boolean;
  alarms(): readonly pb.AlarmMember[];
  /** aborts when the member stops */
  readonly stopping: AbortSignal;
}

/** Largest chunk of a `DatabaseStream`. */
export const DATABASE_CHUNK_BYTES = chunkBytes;

/** A stream of the database for Maintenance.Snapshot: raw bytes without the trailer. */
export interface DatabaseStream {
  readonly size: number;
  /** @param scratch buffers of `DATABASE_CHUNK_BYTES` that are filled in turn; absent: each chunk has its own */
  read(scratch?: readonly Buffer[]): AsyncIterable<Buffer>;
  release(): void;
}

/** Users, roles, and auth itself. */
export interface AuthCalls {
  enable(request: pb.AuthEnableRequest, context: RequestContext): Promise<pb.AuthEnableResponse>;
  disable(request: pb.AuthDisableRequest, context: RequestContext): Promise<pb.AuthDisableResponse>;
  status(request: pb.AuthStatusRequest, context: RequestContext): Promise<pb.AuthStatusResponse>;
  authenticate(request: pb.AuthenticateRequest, context: RequestContext): Promise<pb.AuthenticateResponse>;
  userAdd(request: pb.AuthUserAddRequest, context: RequestContext): Promise<pb.AuthUserAddResponse>;
  userGet(request: pb.AuthUserGetRequest, context: RequestContext): Promise<pb.AuthUserGetResponse>;
  userList(request: pb.AuthUserListRequest, context: RequestContext): Promise<pb.AuthUserListResponse>;
  userDelete(request: pb.AuthUserDeleteRequest, context: RequestContext): Promise<pb.AuthUserDeleteResponse>;
  userChangePassword(request: pb.AuthUserChangePasswordRequest, context: RequestContext): Promise<pb.AuthUserChangePasswordResponse>;
  userGrantRole(request: pb.AuthUserGrantRoleRequest, context: RequestContext): Promise<pb.AuthUserGrantRoleResponse>;
  userRevokeRole(request: pb.AuthUserRevokeRoleRequest, context: RequestContext): Promise<pb.AuthUserRevokeRoleResponse>;
  roleAdd(request: pb.AuthRoleAddRequest, context: RequestContext): Promise<pb.AuthRoleAddResponse>;
  roleGet(request: pb.AuthRoleGetRequest, context: RequestContext): Promise<pb.AuthRoleGetResponse>;
  roleList(request: pb.AuthRoleListRequest, context: RequestContext): Promise<pb.AuthRoleListResponse>;
  roleDelete(request: pb.AuthRoleDeleteRequest, context: RequestContext): Promise<pb.AuthRoleDeleteResponse>;
  roleGrantPermission(request: pb.AuthRoleGrantPermissionRequest, context: RequestContext): Promise<pb.AuthRoleGrantPermissionResponse>;
  roleRevokePermission(request: pb.AuthRoleRevokePermissionRequest, context: RequestContext): Promise<pb.AuthRoleRevokePermissionResponse>;
}

export interface EtcdServer extends MemberFacts {
  readonly auth: AuthCalls;
  authEnabled(): boolean;
  /** Nothing while auth is off. @throws EtcdError InvalidAuthToken | UserEmpty */
  requireUser(context: RequestContext): Promise<void>;
  /** Nothing while auth is off. @throws EtcdError InvalidAuthToken | UserEmpty | UserNotFound | PermissionDenied */
  requireAdmin(context: RequestContext): Promise<void>;
  /** Whether these keys may be watched. Nothing while auth is off. @throws EtcdError InvalidAuthToken | UserEmpty | AuthOldRevision | PermissionDenied */
  checkWatch(key: Buffer, rangeEnd: Buffer, context: RequestContext): Promise<void>;

  header(): pb.ResponseHeader;

  range(request: pb.RangeRequest, context: RequestContext): Promise<pb.RangeResponse>;
  put(request: pb.PutRequest, context: RequestContext): Promise<pb.PutResponse>;
  deleteRange(request: pb.DeleteRangeRequest, context: RequestContext): Promise<pb.DeleteRangeResponse>;
  txn(request: pb.TxnRequest, context: RequestContext): Promise<pb.TxnResponse>;
  compact(request: pb.CompactionRequest, context: RequestContext): Promise<pb.CompactionResponse>;

  /** @param client who watches, for whoever shows it */
  watchStream(client?: WatchClient): WatchStream;
  /** previous value for prev_kv: the key at one revision, undefined where absent or compacted */
  keyAt(key: Buffer, revision: number): pb.RangeResponse["kvs"][number] | undefined;
  revision(): number;

  leaseGrant(request: pb.LeaseGrantRequest, context: RequestContext): Promise<pb.LeaseGrantResponse>;
  leaseRevoke(request: pb.LeaseRevokeRequest, context: RequestContext): Promise<pb.LeaseRevokeResponse>;
  /** @returns the TTL after renewal; 0 where the lease is gone */
  leaseRenew(id: bigint, context: RequestContext): Promise<number>;
  leaseTimeToLive(request: pb.LeaseTimeToLiveRequest, context: RequestContext): Promise<pb.LeaseTimeToLiveResponse>;
  leaseLeases(request: pb.LeaseLeasesRequest, context: RequestContext): Promise<pb.LeaseLeasesResponse>;

  memberAdd(request: pb.MemberAddRequest, context: RequestContext): Promise<pb.MemberAddResponse>;
  memberRemove(request: pb.MemberRemoveRequest, context: RequestContext): Promise<pb.MemberRemoveResponse>;
  memberUpdate(request: pb.MemberUpdateRequest, context: RequestContext): Promise<pb.MemberUpdateResponse>;
  memberPromote(request: pb.MemberPromoteRequest, context: RequestContext): Promise<pb.MemberPromoteResponse>;
  memberList(request: pb.MemberListRequest, context: RequestContext): Promise<pb.MemberListResponse>;

  alarm(request: pb.AlarmRequest, context: RequestContext): Promise<pb.AlarmResponse>;
  status(request: pb.StatusRequest, context: RequestContext): Promise<pb.StatusResponse>;
  defragment(context: RequestContext): Promise<pb.DefragmentResponse>;
  hash(context: RequestContext): Promise<pb.HashResponse>;
  hashKv(request: pb.HashKVRequest, context: RequestContext): Promise<pb.HashKVResponse>;
  snapshot(context: RequestContext): Promise<DatabaseStream>;
  moveLeader(request: pb.MoveLeaderRequest, context: RequestContext): Promise<pb.MoveLeaderResponse>;
  downgrade(request: pb.DowngradeRequest, context: RequestContext): Promise<pb.DowngradeResponse>;

  /** Waits until a read that starts now would see every write acknowledged before (ReadIndex). */
  linearizable(context: RequestContext): Promise<void>;
  /** What raft says of itself, as etcd shows it in /debug/vars: ids in hex. */
  raftStatus(): Readonly<Record<string, unknown>>;
  /** Numbers for /metrics and /debug/vars that only the server knows; names are etcd's. */
  metrics(): Iterable<MetricSample>;
}

/** One series. Type and help of its name are known where it is written out. */
export interface MetricSample {
  readonly name: string;
  readonly labels: Readonly<Record<string, string>>;
  /** counter and gauge */
  readonly value?: number;
  readonly histogram?: Histogram;
  readonly summary?: { readonly quantiles: readonly (readonly [number, number])[]; readonly sum: number; readonly count: number };
}
