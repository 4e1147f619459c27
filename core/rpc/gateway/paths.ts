/** Which path of the JSON gateway stands for which method (the google.api.http annotations of etcd's rpc.proto). */
import { AuthService, ClusterService, KVService, LeaseService, MaintenanceService, WatchService } from "../../proto/gen/etcdserverpb.ts";
import { ElectionService } from "../../proto/gen/v3electionpb.ts";
import { LockService } from "../../proto/gen/v3lockpb.ts";
import type { MethodInfo } from "../../proto/wire.ts";

type AnyMethod = MethodInfo<unknown, unknown>;

const paths = {
  "kv/range": KVService.Range,
  "kv/put": KVService.Put,
  "kv/deleterange": KVService.DeleteRange,
  "kv/txn": KVService.Txn,
  "kv/compaction": KVService.Compact,
  watch: WatchService.Watch,
  "lease/grant": LeaseService.LeaseGrant,
  "lease/revoke": LeaseService.LeaseRevoke,
  "kv/lease/revoke": LeaseService.LeaseRevoke,
  "lease/keepalive": LeaseService.LeaseKeepAlive,
  "lease/timetolive": LeaseService.LeaseTimeToLive,
  "kv/lease/timetolive": LeaseService.LeaseTimeToLive,
  "lease/leases": LeaseService.LeaseLeases,
  "kv/lease/leases": LeaseService.LeaseLeases,
  "cluster/member/add": ClusterService.MemberAdd,
  "cluster/member/remove": ClusterService.MemberRemove,
  "cluster/member/update": ClusterService.MemberUpdate,
  "cluster/member/list": ClusterService.MemberList,
  "cluster/member/promote": ClusterService.MemberPromote,
  "maintenance/alarm": MaintenanceService.Alarm,
  "maintenance/status": MaintenanceService.Status,
  "maintenance/defragment": MaintenanceService.Defragment,
  "maintenance/hash": MaintenanceService.Hash,
  "maintenance/hashkv": MaintenanceService.HashKV,
  "maintenance/snapshot": MaintenanceService.Snapshot,
  "maintenance/transfer-leadership": MaintenanceService.MoveLeader,
  "maintenance/downgrade": MaintenanceService.Downgrade,
  "auth/enable": AuthService.AuthEnable,
  "auth/disable": AuthService.AuthDisable,
  "auth/status": AuthService.AuthStatus,
  "auth/authenticate": AuthService.Authenticate,
  "auth/user/add": AuthService.UserAdd,
  "auth/user/get": AuthService.UserGet,
  "auth/user/list": AuthService.UserList,
  "auth/user/delete": AuthService.UserDelete,
  "auth/user/changepw": AuthService.UserChangePassword,
  "auth/user/grant": AuthService.UserGrantRole,
  "auth/user/revoke": AuthService.UserRevokeRole,
  "auth/role/add": AuthService.RoleAdd,
  "auth/role/get": AuthService.RoleGet,
  "auth/role/list": AuthService.RoleList,
  "auth/role/delete": AuthService.RoleDelete,
  "auth/role/grant": AuthService.RoleGrantPermission,
  "auth/role/revoke": AuthService.RoleRevokePermission,
  "lock/lock": LockService.Lock,
  "lock/unlock": LockService.Unlock,
  "election/campaign": ElectionService.Campaign,
  "election/proclaim": ElectionService.Proclaim,
  "election/leader": ElectionService.Leader,
  "election/observe": ElectionService.Observe,
  "election/resign": ElectionService.Resign,
};

/** Methods by full path, "/v3/kv/range". */
export const gatewayMethods: ReadonlyMap<string, AnyMethod> = new Map(
  Object.entries(paths).map(([path, method]) => [`/v3/${path}`, method as unknown as AnyMethod]),
);
