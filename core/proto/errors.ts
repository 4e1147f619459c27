/**
 * etcd's errors: one table from name to gRPC code and exact text (etcd api/v3rpc/rpctypes/error.go and the mapping of
 * server/etcdserver/api/v3rpc/util.go, which decides what reaches the wire).
 */

/** gRPC status codes. */
export const Code = {
  OK: 0,
  Canceled: 1,
  Unknown: 2,
  InvalidArgument: 3,
  DeadlineExceeded: 4,
  NotFound: 5,
  AlreadyExists: 6,
  PermissionDenied: 7,
  ResourceExhausted: 8,
  FailedPrecondition: 9,
  Aborted: 10,
  OutOfRange: 11,
  Unimplemented: 12,
  Internal: 13,
  Unavailable: 14,
  DataLoss: 15,
  Unauthenticated: 16,
} as const;
export type Code = (typeof Code)[keyof typeof Code];

const table = {
  EmptyKey: [Code.InvalidArgument, "key is not provided"],
  KeyNotFound: [Code.InvalidArgument, "key not found"],
  ValueProvided: [Code.InvalidArgument, "value is provided"],
  LeaseProvided: [Code.InvalidArgument, "lease is provided"],
  TooManyOps: [Code.InvalidArgument, "too many operations in txn request"],
  DuplicateKey: [Code.InvalidArgument, "duplicate key given in txn request"],
  InvalidClientApiVersion: [Code.InvalidArgument, "invalid client api version"],
  InvalidSortOption: [Code.InvalidArgument, "invalid sort option"],
  BadMemberUrls: [Code.InvalidArgument, "given member URLs are invalid"],
  RequestTooLarge: [Code.InvalidArgument, "request is too large"],
  UserEmpty: [Code.InvalidArgument, "user name is empty"],
  RoleEmpty: [Code.InvalidArgument, "role name is empty"],
  AuthFailed: [Code.InvalidArgument, "authentication failed, invalid user ID or password"],
  PermissionNotGiven: [Code.InvalidArgument, "permission not given"],
  InvalidAuthManagement: [Code.InvalidArgument, "invalid auth management"],
  AuthOldRevision: [Code.InvalidArgument, "revision of auth store is old"],
  WrongDowngradeVersionFormat: [Code.InvalidArgument, "wrong downgrade target version format"],
  InvalidDowngradeTargetVersion: [Code.InvalidArgument, "invalid downgrade target version"],
  Compacted: [Code.OutOfRange, "mvcc: required revision has been compacted"],
  FutureRevision: [Code.OutOfRange, "mvcc: required revision is a future revision"],
  LeaseTtlTooLarge: [Code.OutOfRange, "too large lease TTL"],
  NoSpace: [Code.ResourceExhausted, "mvcc: database space exceeded"],
  TooManyRequests: [Code.Unknown, "too many requests"],
  LeaseNotFound: [Code.NotFound, "requested lease not found"],
  MemberNotFound: [Code.NotFound, "member not found"],
  LeaseExists: [Code.FailedPrecondition, "lease already exists"],
  MemberExists: [Code.FailedPrecondition, "member ID already exist"],
  PeerUrlExists: [Code.FailedPrecondition, "Peer URLs already exists"],
  NotEnoughStarted: [Code.Unknown, "re-configuration failed due to not enough started members"],
  MemberNotLearner: [Code.FailedPrecondition, "can only promote a learner member"],
  LearnerNotReady: [Code.FailedPrecondition, "can only promote a learner member which is in sync with leader"],
  TooManyLearners: [Code.FailedPrecondition, "too many learner members in cluster"],
  ClusterIdMismatch: [Code.FailedPrecondition, "cluster ID mismatch"],
  RootUserNotExist: [Code.FailedPrecondition, "root user does not exist"],
  RootRoleNotExist: [Code.FailedPrecondition, "root user does not have root role"],
  UserAlreadyExists: [Code.FailedPrecondition, "user name already exists"],
  UserNotFound: [Code.FailedPrecondition, "user name not found"],
  RoleAlreadyExists: [Code.FailedPrecondition, "role name already exists"],
  RoleNotFound: [Code.FailedPrecondition, "role name not found"],
  RoleNotGranted: [Code.FailedPrecondition, "role is not granted to the user"],
  PermissionNotGranted: [Code.FailedPrecondition, "permission is not granted to the role"],
  AuthNotEnabled: [Code.FailedPrecondition, "authentication is not enabled"],
  NotLeader: [Code.FailedPrecondition, "not leader"],
  NotCapable: [Code.FailedPrecondition, "not capable"],
  NotSupportedForLearner: [Code.FailedPrecondition, "rpc not supported for learner"],
  BadLeaderTransferee: [Code.FailedPrecondition, "bad leader transferee"],
  ClusterVersionUnavailable: [Code.FailedPrecondition, "cluster version not found during downgrade"],
  DowngradeInProcess: [Code.FailedPrecondition, "cluster has a downgrade job in progress"],
  NoInflightDowngrade: [Code.FailedPrecondition, "no inflight downgrade job"],
  PermissionDenied: [Code.PermissionDenied, "permission denied"],
  InvalidAuthToken: [Code.Unauthenticated, "invalid auth token"],
  Corrupt: [Code.DataLoss, "corrupt cluster"],
  WatchCanceled: [Code.Canceled, "watch canceled"],
  RequestCanceled: [Code.Canceled, "request canceled"],
  NoLeader: [Code.Unavailable, "no leader"],
  LeaderChanged: [Code.Unavailable, "leader changed"],
  Stopped: [Code.Unavailable, "server stopped"],
  Timeout: [Code.Unavailable, "request timed out"],
  TimeoutLeaderFail: [Code.Unavailable, "request timed out, possibly due to previous leader failure"],
  TimeoutLostConnection: [Code.Unavailable, "request timed out, possibly due to connection lost"],
  TimeoutWaitAppliedIndex: [Code.Unavailable, "request timed out, waiting for the applied index took too long"],
  Unhealthy: [Code.Unavailable, "unhealthy cluster"],
} as const satisfies Record<string, readonly [Code, string]>;

export type EtcdErrorName = keyof typeof table;

/** A status as gRPC knows it: what a client receives, and what a service throws when it has no name for it. */
export class StatusError extends Error {
  override readonly name: string = "StatusError";
  constructor(
    readonly code: Code,
    message: string,
    options?: ErrorOptions,
  ) {
    super(message, options);
  }
}

/** An error that etcd has a name for. `message` is what the wire carries, `etcdserver: ` included. */
export class EtcdError extends StatusError {
  override readonly name = "EtcdError";
  constructor(
    readonly reason: EtcdErrorName,
    options?: ErrorOptions,
  ) {
    super(table[reason][0], `etcdserver: ${table[reason][1]}`, options);
  }
}

const texts: ReadonlySet<string> = new Set(Object.values(table).map(([, text]) => `etcdserver: ${text}`));

/**
 * A status as etcd's Go client shows it: what it has a name for by its text alone, anything else in gRPC's form (etcd
 * api/v3rpc/rpctypes: Error).
 */
export function goErrorText(error: StatusError): string {
  return texts.has(error.message) ? error.message : goStatusText(error);
}

/** In gRPC's form, as Go prints a status. */
export function goStatusText(error: StatusError): string {
  const name = Object.entries(Code).find(([, code]) => code === error.code)?.[0] ?? String(error.code);
  return `rpc error: code = ${name} desc = ${error.message}`;
}
