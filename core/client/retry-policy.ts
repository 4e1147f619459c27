/** Which failed calls etcd's client makes again (client/v3: retry.go, retry_interceptor.go). */
import { Code, EtcdError, type StatusError } from "../proto/errors.ts";

/** Calls that do no harm when they are made twice ("repeatable" in etcd's client); all others are never sent twice. */
const REPEATABLE: ReadonlySet<string> = new Set([
  "etcdserverpb.KV/Range",
  "etcdserverpb.Lease/LeaseGrant",
  "etcdserverpb.Lease/LeaseRevoke",
  "etcdserverpb.Lease/LeaseTimeToLive",
  "etcdserverpb.Lease/LeaseLeases",
  "etcdserverpb.Cluster/MemberList",
  "etcdserverpb.Maintenance/Alarm",
  "etcdserverpb.Maintenance/Status",
  "etcdserverpb.Maintenance/Hash",
  "etcdserverpb.Maintenance/HashKV",
  "etcdserverpb.Maintenance/MoveLeader",
  "etcdserverpb.Auth/UserGet",
  "etcdserverpb.Auth/UserList",
  "etcdserverpb.Auth/RoleGet",
  "etcdserverpb.Auth/RoleList",
]);

const notForLearner = new EtcdError("NotSupportedForLearner").message;

/**
 * @param path "etcdserverpb.KV/Range"
 * @param members how many the call may go to
 */
export function mayRepeat(path: string, error: StatusError, members: number): boolean {
  // a learner refused: the next member may be a voter
  if (members > 1 && error.message === notForLearner) return true;
  return error.code === Code.Unavailable && REPEATABLE.has(path);
}
