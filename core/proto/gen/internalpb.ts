/** What an entry of the log carries (etcd api, etcdserverpb/raft_internal.proto).
 * Generated from schema/internalpb.proto by tools/protogen; do not edit. */
import { codec, readDelimited, sizeBig, sizeDelimited, sizeString, sizeUint, type Codec } from "../wire.ts";
import * as etcdserverpb from "./etcdserverpb.ts";
import * as membershippb from "./membershippb.ts";

export interface RequestHeader {
  ID: bigint;
  username: string;
  authRevision: number;
}
export const RequestHeader: Codec<RequestHeader> = codec<RequestHeader>({
  name: "etcdserverpb.RequestHeader",
  fields: [
    { no: 1, name: "ID", key: "ID", kind: "uint64", repeated: false, optional: false, big: true },
    { no: 2, name: "username", key: "username", kind: "string", repeated: false, optional: false, big: false },
    { no: 3, name: "auth_revision", key: "authRevision", kind: "uint64", repeated: false, optional: false, big: false },
  ],
  create: (init) => ({ ID: 0n, username: "", authRevision: 0, ...init }),
  size(message) {
    let size = 0;
    if (message.ID !== 0n) size += 1 + sizeBig(message.ID);
    if (message.username !== "") size += 1 + sizeString(message.username);
    if (message.authRevision !== 0) size += 1 + sizeUint(message.authRevision);
    return size;
  },
  write(message, writer) {
    if (message.ID !== 0n) { writer.uint(8); writer.big(message.ID); }
    if (message.username !== "") { writer.uint(18); writer.string(message.username); }
    if (message.authRevision !== 0) { writer.uint(24); writer.uint(message.authRevision); }
  },
  read(reader, end) {
    const message = RequestHeader.create();
    while (reader.position < end) {
      const key = reader.uint(end);
      switch (key) {
        case 8:
          message.ID = reader.big(end);
          break;
        case 18:
          message.username = reader.string(end);
          break;
        case 24:
          message.authRevision = reader.uint(end);
          break;
        default:
          reader.skip(key, end, RequestHeader);
      }
    }
    return message;
  },
});

export interface InternalRaftRequest {
  header: RequestHeader | undefined;
  ID: bigint;
  range: etcdserverpb.RangeRequest | undefined;
  put: etcdserverpb.PutRequest | undefined;
  deleteRange: etcdserverpb.DeleteRangeRequest | undefined;
  txn: etcdserverpb.TxnRequest | undefined;
  compaction: etcdserverpb.CompactionRequest | undefined;
  leaseGrant: etcdserverpb.LeaseGrantRequest | undefined;
  leaseRevoke: etcdserverpb.LeaseRevokeRequest | undefined;
  alarm: etcdserverpb.AlarmRequest | undefined;
  leaseCheckpoint: etcdserverpb.LeaseCheckpointRequest | undefined;
  authEnable: etcdserverpb.AuthEnableRequest | undefined;
  authDisable: etcdserverpb.AuthDisableRequest | undefined;
  authStatus: etcdserverpb.AuthStatusRequest | undefined;
  authenticate: InternalAuthenticateRequest | undefined;
  authUserAdd: etcdserverpb.AuthUserAddRequest | undefined;
  authUserDelete: etcdserverpb.AuthUserDeleteRequest | undefined;
  authUserGet: etcdserverpb.AuthUserGetRequest | undefined;
  authUserChangePassword: etcdserverpb.AuthUserChangePasswordRequest | undefined;
  authUserGrantRole: etcdserverpb.AuthUserGrantRoleRequest | undefined;
  authUserRevokeRole: etcdserverpb.AuthUserRevokeRoleRequest | undefined;
  authUserList: etcdserverpb.AuthUserListRequest | undefined;
  authRoleList: etcdserverpb.AuthRoleListRequest | undefined;
  authRoleAdd: etcdserverpb.AuthRoleAddRequest | undefined;
  authRoleDelete: etcdserverpb.AuthRoleDeleteRequest | undefined;
  authRoleGet: etcdserverpb.AuthRoleGetRequest | undefined;
  authRoleGrantPermission: etcdserverpb.AuthRoleGrantPermissionRequest | undefined;
  authRoleRevokePermission: etcdserverpb.AuthRoleRevokePermissionRequest | undefined;
  clusterVersionSet: membershippb.ClusterVersionSetRequest | undefined;
  clusterMemberAttrSet: membershippb.ClusterMemberAttrSetRequest | undefined;
  downgradeInfoSet: membershippb.DowngradeInfoSetRequest | undefined;
  downgradeVersionTest: etcdserverpb.DowngradeVersionTestRequest | undefined;
}
export const InternalRaftRequest: Codec<InternalRaftRequest> = codec<InternalRaftRequest>({
  name: "etcdserverpb.InternalRaftRequest",
  fields: [
    { no: 100, name: "header", key: "header", kind: "message", repeated: false, optional: true, big: false, message: () => RequestHeader as Codec<unknown> },
    { no: 1, name: "ID", key: "ID", kind: "uint64", repeated: false, optional: false, big: true },
    { no: 3, name: "range", key: "range", kind: "message", repeated: false, optional: true, big: false, message: () => etcdserverpb.RangeRequest as Codec<unknown> },
    { no: 4, name: "put", key: "put", kind: "message", repeated: false, optional: true, big: false, message: () => etcdserverpb.PutRequest as Codec<unknown> },
    { no: 5, name: "delete_range", key: "deleteRange", kind: "message", repeated: false, optional: true, big: false, message: () => etcdserverpb.DeleteRangeRequest as Codec<unknown> },
    { no: 6, name: "txn", key: "txn", kind: "message", repeated: false, optional: true, big: false, message: () => etcdserverpb.TxnRequest as Codec<unknown> },
    { no: 7, name: "compaction", key: "compaction", kind: "message", repeated: false, optional: true, big: false, message: () => etcdserverpb.CompactionRequest as Codec<unknown> },
    { no: 8, name: "lease_grant", key: "leaseGrant", kind: "message", repeated: false, optional: true, big: false, message: () => etcdserverpb.LeaseGrantRequest as Codec<unknown> },
    { no: 9, name: "lease_revoke", key: "leaseRevoke", kind: "message", repeated: false, optional: true, big: false, message: () => etcdserverpb.LeaseRevokeRequest as Codec<unknown> },
    { no: 10, name: "alarm", key: "alarm", kind: "message", repeated: false, optional: true, big: false, message: () => etcdserverpb.AlarmRequest as Codec<unknown> },
    { no: 11, name: "lease_checkpoint", key: "leaseCheckpoint", kind: "message", repeated: false, optional: true, big: false, message: () => etcdserverpb.LeaseCheckpointRequest as Codec<unknown> },
    { no: 1000, name: "auth_enable", key: "authEnable", kind: "message", repeated: false, optional: true, big: false, message: () => etcdserverpb.AuthEnableRequest as Codec<unknown> },
    { no: 1011, name: "auth_disable", key: "authDisable", kind: "message", repeated: false, optional: true, big: false, message: () => etcdserverpb.AuthDisableRequest as Codec<unknown> },
    { no: 1013, name: "auth_status", key: "authStatus", kind: "message", repeated: false, optional: true, big: false, message: () => etcdserverpb.AuthStatusRequest as Codec<unknown> },
    { no: 1012, name: "authenticate", key: "authenticate", kind: "message", repeated: false, optional: true, big: false, message: () => InternalAuthenticateRequest as Codec<unknown> },
    { no: 1100, name: "auth_user_add", key: "authUserAdd", kind: "message", repeated: false, optional: true, big: false, message: () => etcdserverpb.AuthUserAddRequest as Codec<unknown> },
    { no: 1101, name: "auth_user_delete", key: "authUserDelete", kind: "message", repeated: false, optional: true, big: false, message: () => etcdserverpb.AuthUserDeleteRequest as Codec<unknown> },
    { no: 1102, name: "auth_user_get", key: "authUserGet", kind: "message", repeated: false, optional: true, big: false, message: () => etcdserverpb.AuthUserGetRequest as Codec<unknown> },
    { no: 1103, name: "auth_user_change_password", key: "authUserChangePassword", kind: "message", repeated: false, optional: true, big: false, message: () => etcdserverpb.AuthUserChangePasswordRequest as Codec<unknown> },
    { no: 1104, name: "auth_user_grant_role", key: "authUserGrantRole", kind: "message", repeated: false, optional: true, big: false, message: () => etcdserverpb.AuthUserGrantRoleRequest as Codec<unknown> },
    { no: 1105, name: "auth_user_revoke_role", key: "authUserRevokeRole", kind: "message", repeated: false, optional: true, big: false, message: () => etcdserverpb.AuthUserRevokeRoleRequest as Codec<unknown> },
    { no: 1106, name: "auth_user_list", key: "authUserList", kind: "message", repeated: false, optional: true, big: false, message: () => etcdserverpb.AuthUserListRequest as Codec<unknown> },
    { no: 1107, name: "auth_role_list", key: "authRoleList", kind: "message", repeated: false, optional: true, big: false, message: () => etcdserverpb.AuthRoleListRequest as Codec<unknown> },
    { no: 1200, name: "auth_role_add", key: "authRoleAdd", kind: "message", repeated: false, optional: true, big: false, message: () => etcdserverpb.AuthRoleAddRequest as Codec<unknown> },
    { no: 1201, name: "auth_role_delete", key: "authRoleDelete", kind: "message", repeated: false, optional: true, big: false, message: () => etcdserverpb.AuthRoleDeleteRequest as Codec<unknown> },
    { no: 1202, name: "auth_role_get", key: "authRoleGet", kind: "message", repeated: false, optional: true, big: false, message: () => etcdserverpb.AuthRoleGetRequest as Codec<unknown> },
    { no: 1203, name: "auth_role_grant_permission", key: "authRoleGrantPermission", kind: "message", repeated: false, optional: true, big: false, message: () => etcdserverpb.AuthRoleGrantPermissionRequest as Codec<unknown> },
    { no: 1204, name: "auth_role_revoke_permission", key: "authRoleRevokePermission", kind: "message", repeated: false, optional: true, big: false, message: () => etcdserverpb.AuthRoleRevokePermissionRequest as Codec<unknown> },
    { no: 1300, name: "cluster_version_set", key: "clusterVersionSet", kind: "message", repeated: false, optional: true, big: false, message: () => membershippb.ClusterVersionSetRequest as Codec<unknown> },
    { no: 1301, name: "cluster_member_attr_set", key: "clusterMemberAttrSet", kind: "message", repeated: false, optional: true, big: false, message: () => membershippb.ClusterMemberAttrSetRequest as Codec<unknown> },
    { no: 1302, name: "downgrade_info_set", key: "downgradeInfoSet", kind: "message", repeated: false, optional: true, big: false, message: () => membershippb.DowngradeInfoSetRequest as Codec<unknown> },
    { no: 9900, name: "downgrade_version_test", key: "downgradeVersionTest", kind: "message", repeated: false, optional: true, big: false, message: () => etcdserverpb.DowngradeVersionTestRequest as Codec<unknown> },
  ],
  create: (init) => ({ header: undefined, ID: 0n, range: undefined, put: undefined, deleteRange: undefined, txn: undefined, compaction: undefined, leaseGrant: undefined, leaseRevoke: undefined, alarm: undefined, leaseCheckpoint: undefined, authEnable: undefined, authDisable: undefined, authStatus: undefined, authenticate: undefined, authUserAdd: undefined, authUserDelete: undefined, authUserGet: undefined, authUserChangePassword: undefined, authUserGrantRole: undefined, authUserRevokeRole: undefined, authUserList: undefined, authRoleList: undefined, authRoleAdd: undefined, authRoleDelete: undefined, authRoleGet: undefined, authRoleGrantPermission: undefined, authRoleRevokePermission: undefined, clusterVersionSet: undefined, clusterMemberAttrSet: undefined, downgradeInfoSet: undefined, downgradeVersionTest: undefined, ...init }),
  size(message) {
    let size = 0;
    if (message.ID !== 0n) size += 1 + sizeBig(message.ID);
    if (message.range !== undefined) size += 1 + sizeDelimited(etcdserverpb.RangeRequest.size(message.range));
    if (message.put !== undefined) size += 1 + sizeDelimited(etcdserverpb.PutRequest.size(message.put));
    if (message.deleteRange !== undefined) size += 1 + sizeDelimited(etcdserverpb.DeleteRangeRequest.size(message.deleteRange));
    if (message.txn !== undefined) size += 1 + sizeDelimited(etcdserverpb.TxnRequest.size(message.txn));
    if (message.compaction !== undefined) size += 1 + sizeDelimited(etcdserverpb.CompactionRequest.size(message.compaction));
    if (message.leaseGrant !== undefined) size += 1 + sizeDelimited(etcdserverpb.LeaseGrantRequest.size(message.leaseGrant));
    if (message.leaseRevoke !== undefined) size += 1 + sizeDelimited(etcdserverpb.LeaseRevokeRequest.size(message.leaseRevoke));
    if (message.alarm !== undefined) size += 1 + sizeDelimited(etcdserverpb.AlarmRequest.size(message.alarm));
    if (message.leaseCheckpoint !== undefined) size += 1 + sizeDelimited(etcdserverpb.LeaseCheckpointRequest.size(message.leaseCheckpoint));
    if (message.header !== undefined) size += 2 + sizeDelimited(RequestHeader.size(message.header));
    if (message.authEnable !== undefined) size += 2 + sizeDelimited(etcdserverpb.AuthEnableRequest.size(message.authEnable));
    if (message.authDisable !== undefined) size += 2 + sizeDelimited(etcdserverpb.AuthDisableRequest.size(message.authDisable));
    if (message.authenticate !== undefined) size += 2 + sizeDelimited(InternalAuthenticateRequest.size(message.authenticate));
    if (message.authStatus !== undefined) size += 2 + sizeDelimited(etcdserverpb.AuthStatusRequest.size(message.authStatus));
    if (message.authUserAdd !== undefined) size += 2 + sizeDelimited(etcdserverpb.AuthUserAddRequest.size(message.authUserAdd));
    if (message.authUserDelete !== undefined) size += 2 + sizeDelimited(etcdserverpb.AuthUserDeleteRequest.size(message.authUserDelete));
    if (message.authUserGet !== undefined) size += 2 + sizeDelimited(etcdserverpb.AuthUserGetRequest.size(message.authUserGet));
    if (message.authUserChangePassword !== undefined) size += 2 + sizeDelimited(etcdserverpb.AuthUserChangePasswordRequest.size(message.authUserChangePassword));
    if (message.authUserGrantRole !== undefined) size += 2 + sizeDelimited(etcdserverpb.AuthUserGrantRoleRequest.size(message.authUserGrantRole));
    if (message.authUserRevokeRole !== undefined) size += 2 + sizeDelimited(etcdserverpb.AuthUserRevokeRoleRequest.size(message.authUserRevokeRole));
    if (message.authUserList !== undefined) size += 2 + sizeDelimited(etcdserverpb.AuthUserListRequest.size(message.authUserList));
    if (message.authRoleList !== undefined) size += 2 + sizeDelimited(etcdserverpb.AuthRoleListRequest.size(message.authRoleList));
    if (message.authRoleAdd !== undefined) size += 2 + sizeDelimited(etcdserverpb.AuthRoleAddRequest.size(message.authRoleAdd));
    if (message.authRoleDelete !== undefined) size += 2 + sizeDelimited(etcdserverpb.AuthRoleDeleteRequest.size(message.authRoleDelete));
    if (message.authRoleGet !== undefined) size += 2 + sizeDelimited(etcdserverpb.AuthRoleGetRequest.size(message.authRoleGet));
    if (message.authRoleGrantPermission !== undefined) size += 2 + sizeDelimited(etcdserverpb.AuthRoleGrantPermissionRequest.size(message.authRoleGrantPermission));
    if (message.authRoleRevokePermission !== undefined) size += 2 + sizeDelimited(etcdserverpb.AuthRoleRevokePermissionRequest.size(message.authRoleRevokePermission));
    if (message.clusterVersionSet !== undefined) size += 2 + sizeDelimited(membershippb.ClusterVersionSetRequest.size(message.clusterVersionSet));
    if (message.clusterMemberAttrSet !== undefined) size += 2 + sizeDelimited(membershippb.ClusterMemberAttrSetRequest.size(message.clusterMemberAttrSet));
    if (message.downgradeInfoSet !== undefined) size += 2 + sizeDelimited(membershippb.DowngradeInfoSetRequest.size(message.downgradeInfoSet));
    if (message.downgradeVersionTest !== undefined) size += 3 + sizeDelimited(etcdserverpb.DowngradeVersionTestRequest.size(message.downgradeVersionTest));
    return size;
  },
  write(message, writer) {
    if (message.ID !== 0n) { writer.uint(8); writer.big(message.ID); }
    if (message.range !== undefined) { writer.uint(26); writer.uint(etcdserverpb.RangeRequest.size(message.range)); etcdserverpb.RangeRequest.write(message.range, writer); }
    if (message.put !== undefined) { writer.uint(34); writer.uint(etcdserverpb.PutRequest.size(message.put)); etcdserverpb.PutRequest.write(message.put, writer); }
    if (message.deleteRange !== undefined) { writer.uint(42); writer.uint(etcdserverpb.DeleteRangeRequest.size(message.deleteRange)); etcdserverpb.DeleteRangeRequest.write(message.deleteRange, writer); }
    if (message.txn !== undefined) { writer.uint(50); writer.uint(etcdserverpb.TxnRequest.size(message.txn)); etcdserverpb.TxnRequest.write(message.txn, writer); }
    if (message.compaction !== undefined) { writer.uint(58); writer.uint(etcdserverpb.CompactionRequest.size(message.compaction)); etcdserverpb.CompactionRequest.write(message.compaction, writer); }
    if (message.leaseGrant !== undefined) { writer.uint(66); writer.uint(etcdserverpb.LeaseGrantRequest.size(message.leaseGrant)); etcdserverpb.LeaseGrantRequest.write(message.leaseGrant, writer); }
    if (message.leaseRevoke !== undefined) { writer.uint(74); writer.uint(etcdserverpb.LeaseRevokeRequest.size(message.leaseRevoke)); etcdserverpb.LeaseRevokeRequest.write(message.leaseRevoke, writer); }
    if (message.alarm !== undefined) { writer.uint(82); writer.uint(etcdserverpb.AlarmRequest.size(message.alarm)); etcdserverpb.AlarmRequest.write(message.alarm, writer); }
    if (message.leaseCheckpoint !== undefined) { writer.uint(90); writer.uint(etcdserverpb.LeaseCheckpointRequest.size(message.leaseCheckpoint)); etcdserverpb.LeaseCheckpointRequest.write(message.leaseCheckpoint, writer); }
    if (message.header !== undefined) { writer.uint(802); writer.uint(RequestHeader.size(message.header)); RequestHeader.write(message.header, writer); }
    if (message.authEnable !== undefined) { writer.uint(8002); writer.uint(etcdserverpb.AuthEnableRequest.size(message.authEnable)); etcdserverpb.AuthEnableRequest.write(message.authEnable, writer); }
    if (message.authDisable !== undefined) { writer.uint(8090); writer.uint(etcdserverpb.AuthDisableRequest.size(message.authDisable)); etcdserverpb.AuthDisableRequest.write(message.authDisable, writer); }
    if (message.authenticate !== undefined) { writer.uint(8098); writer.uint(InternalAuthenticateRequest.size(message.authenticate)); InternalAuthenticateRequest.write(message.authenticate, writer); }
    if (message.authStatus !== undefined) { writer.uint(8106); writer.uint(etcdserverpb.AuthStatusRequest.size(message.authStatus)); etcdserverpb.AuthStatusRequest.write(message.authStatus, writer); }
    if (message.authUserAdd !== undefined) { writer.uint(8802); writer.uint(etcdserverpb.AuthUserAddRequest.size(message.authUserAdd)); etcdserverpb.AuthUserAddRequest.write(message.authUserAdd, writer); }
    if (message.authUserDelete !== undefined) { writer.uint(8810); writer.uint(etcdserverpb.AuthUserDeleteRequest.size(message.authUserDelete)); etcdserverpb.AuthUserDeleteRequest.write(message.authUserDelete, writer); }
    if (message.authUserGet !== undefined) { writer.uint(8818); writer.uint(etcdserverpb.AuthUserGetRequest.size(message.authUserGet)); etcdserverpb.AuthUserGetRequest.write(message.authUserGet, writer); }
    if (message.authUserChangePassword !== undefined) { writer.uint(8826); writer.uint(etcdserverpb.AuthUserChangePasswordRequest.size(message.authUserChangePassword)); etcdserverpb.AuthUserChangePasswordRequest.write(message.authUserChangePassword, writer); }
    if (message.authUserGrantRole !== undefined) { writer.uint(8834); writer.uint(etcdserverpb.AuthUserGrantRoleRequest.size(message.authUserGrantRole)); etcdserverpb.AuthUserGrantRoleRequest.write(message.authUserGrantRole, writer); }
    if (message.authUserRevokeRole !== undefined) { writer.uint(8842); writer.uint(etcdserverpb.AuthUserRevokeRoleRequest.size(message.authUserRevokeRole)); etcdserverpb.AuthUserRevokeRoleRequest.write(message.authUserRevokeRole, writer); }
    if (message.authUserList !== undefined) { writer.uint(8850); writer.uint(etcdserverpb.AuthUserListRequest.size(message.authUserList)); etcdserverpb.AuthUserListRequest.write(message.authUserList, writer); }
    if (message.authRoleList !== undefined) { writer.uint(8858); writer.uint(etcdserverpb.AuthRoleListRequest.size(message.authRoleList)); etcdserverpb.AuthRoleListRequest.write(message.authRoleList, writer); }
    if (message.authRoleAdd !== undefined) { writer.uint(9602); writer.uint(etcdserverpb.AuthRoleAddRequest.size(message.authRoleAdd)); etcdserverpb.AuthRoleAddRequest.write(message.authRoleAdd, writer); }
    if (message.authRoleDelete !== undefined) { writer.uint(9610); writer.uint(etcdserverpb.AuthRoleDeleteRequest.size(message.authRoleDelete)); etcdserverpb.AuthRoleDeleteRequest.write(message.authRoleDelete, writer); }
    if (message.authRoleGet !== undefined) { writer.uint(9618); writer.uint(etcdserverpb.AuthRoleGetRequest.size(message.authRoleGet)); etcdserverpb.AuthRoleGetRequest.write(message.authRoleGet, writer); }
    if (message.authRoleGrantPermission !== undefined) { writer.uint(9626); writer.uint(etcdserverpb.AuthRoleGrantPermissionRequest.size(message.authRoleGrantPermission)); etcdserverpb.AuthRoleGrantPermissionRequest.write(message.authRoleGrantPermission, writer); }
    if (message.authRoleRevokePermission !== undefined) { writer.uint(9634); writer.uint(etcdserverpb.AuthRoleRevokePermissionRequest.size(message.authRoleRevokePermission)); etcdserverpb.AuthRoleRevokePermissionRequest.write(message.authRoleRevokePermission, writer); }
    if (message.clusterVersionSet !== undefined) { writer.uint(10402); writer.uint(membershippb.ClusterVersionSetRequest.size(message.clusterVersionSet)); membershippb.ClusterVersionSetRequest.write(message.clusterVersionSet, writer); }
    if (message.clusterMemberAttrSet !== undefined) { writer.uint(10410); writer.uint(membershippb.ClusterMemberAttrSetRequest.size(message.clusterMemberAttrSet)); membershippb.ClusterMemberAttrSetRequest.write(message.clusterMemberAttrSet, writer); }
    if (message.downgradeInfoSet !== undefined) { writer.uint(10418); writer.uint(membershippb.DowngradeInfoSetRequest.size(message.downgradeInfoSet)); membershippb.DowngradeInfoSetRequest.write(message.downgradeInfoSet, writer); }
    if (message.downgradeVersionTest !== undefined) { writer.uint(79202); writer.uint(etcdserverpb.DowngradeVersionTestRequest.size(message.downgradeVersionTest)); etcdserverpb.DowngradeVersionTestRequest.write(message.downgradeVersionTest, writer); }
  },
  read(reader, end) {
    const message = InternalRaftRequest.create();
    while (reader.position < end) {
      const key = reader.uint(end);
      switch (key) {
        case 8:
          message.ID = reader.big(end);
          break;
        case 26:
          message.range = readDelimited(etcdserverpb.RangeRequest, reader, end);
          break;
        case 34:
          message.put = readDelimited(etcdserverpb.PutRequest, reader, end);
          break;
        case 42:
          message.deleteRange = readDelimited(etcdserverpb.DeleteRangeRequest, reader, end);
          break;
        case 50:
          message.txn = readDelimited(etcdserverpb.TxnRequest, reader, end);
          break;
        case 58:
          message.compaction = readDelimited(etcdserverpb.CompactionRequest, reader, end);
          break;
        case 66:
          message.leaseGrant = readDelimited(etcdserverpb.LeaseGrantRequest, reader, end);
          break;
        case 74:
          message.leaseRevoke = readDelimited(etcdserverpb.LeaseRevokeRequest, reader, end);
          break;
        case 82:
          message.alarm = readDelimited(etcdserverpb.AlarmRequest, reader, end);
          break;
        case 90:
          message.leaseCheckpoint = readDelimited(etcdserverpb.LeaseCheckpointRequest, reader, end);
          break;
        case 802:
          message.header = readDelimited(RequestHeader, reader, end);
          break;
        case 8002:
          message.authEnable = readDelimited(etcdserverpb.AuthEnableRequest, reader, end);
          break;
        case 8090:
          message.authDisable = readDelimited(etcdserverpb.AuthDisableRequest, reader, end);
          break;
        case 8098:
          message.authenticate = readDelimited(InternalAuthenticateRequest, reader, end);
          break;
        case 8106:
          message.authStatus = readDelimited(etcdserverpb.AuthStatusRequest, reader, end);
          break;
        case 8802:
          message.authUserAdd = readDelimited(etcdserverpb.AuthUserAddRequest, reader, end);
          break;
        case 8810:
          message.authUserDelete = readDelimited(etcdserverpb.AuthUserDeleteRequest, reader, end);
          break;
        case 8818:
          message.authUserGet = readDelimited(etcdserverpb.AuthUserGetRequest, reader, end);
          break;
        case 8826:
          message.authUserChangePassword = readDelimited(etcdserverpb.AuthUserChangePasswordRequest, reader, end);
          break;
        case 8834:
          message.authUserGrantRole = readDelimited(etcdserverpb.AuthUserGrantRoleRequest, reader, end);
          break;
        case 8842:
          message.authUserRevokeRole = readDelimited(etcdserverpb.AuthUserRevokeRoleRequest, reader, end);
          break;
        case 8850:
          message.authUserList = readDelimited(etcdserverpb.AuthUserListRequest, reader, end);
          break;
        case 8858:
          message.authRoleList = readDelimited(etcdserverpb.AuthRoleListRequest, reader, end);
          break;
        case 9602:
          message.authRoleAdd = readDelimited(etcdserverpb.AuthRoleAddRequest, reader, end);
          break;
        case 9610:
          message.authRoleDelete = readDelimited(etcdserverpb.AuthRoleDeleteRequest, reader, end);
          break;
        case 9618:
          message.authRoleGet = readDelimited(etcdserverpb.AuthRoleGetRequest, reader, end);
          break;
        case 9626:
          message.authRoleGrantPermission = readDelimited(etcdserverpb.AuthRoleGrantPermissionRequest, reader, end);
          break;
        case 9634:
          message.authRoleRevokePermission = readDelimited(etcdserverpb.AuthRoleRevokePermissionRequest, reader, end);
          break;
        case 10402:
          message.clusterVersionSet = readDelimited(membershippb.ClusterVersionSetRequest, reader, end);
          break;
        case 10410:
          message.clusterMemberAttrSet = readDelimited(membershippb.ClusterMemberAttrSetRequest, reader, end);
          break;
        case 10418:
          message.downgradeInfoSet = readDelimited(membershippb.DowngradeInfoSetRequest, reader, end);
          break;
        case 79202:
          message.downgradeVersionTest = readDelimited(etcdserverpb.DowngradeVersionTestRequest, reader, end);
          break;
        default:
          reader.skip(key, end, InternalRaftRequest);
      }
    }
    return message;
  },
});

export interface EmptyResponse {
}
export const EmptyResponse: Codec<EmptyResponse> = codec<EmptyResponse>({
  name: "etcdserverpb.EmptyResponse",
  fields: [
  ],
  create: (init) => ({ ...init }),
  size(_message) {
    return 0;
  },
  write(_message) {
  },
  read(reader, end) {
    const message = EmptyResponse.create();
    while (reader.position < end) {
      const key = reader.uint(end);
      switch (key) {
        default:
          reader.skip(key, end, EmptyResponse);
      }
    }
    return message;
  },
});

export interface InternalAuthenticateRequest {
  name: string;
  password: string;
  simpleToken: string;
}
export const InternalAuthenticateRequest: Codec<InternalAuthenticateRequest> = codec<InternalAuthenticateRequest>({
  name: "etcdserverpb.InternalAuthenticateRequest",
  fields: [
    { no: 1, name: "name", key: "name", kind: "string", repeated: false, optional: false, big: false },
    { no: 2, name: "password", key: "password", kind: "string", repeated: false, optional: false, big: false },
    { no: 3, name: "simple_token", key: "simpleToken", kind: "string", repeated: false, optional: false, big: false },
  ],
  create: (init) => ({ name: "", password: "", simpleToken: "", ...init }),
  size(message) {
    let size = 0;
    if (message.name !== "") size += 1 + sizeString(message.name);
    if (message.password !== "") size += 1 + sizeString(message.password);
    if (message.simpleToken !== "") size += 1 + sizeString(message.simpleToken);
    return size;
  },
  write(message, writer) {
    if (message.name !== "") { writer.uint(10); writer.string(message.name); }
    if (message.password !== "") { writer.uint(18); writer.string(message.password); }
    if (message.simpleToken !== "") { writer.uint(26); writer.string(message.simpleToken); }
  },
  read(reader, end) {
    const message = InternalAuthenticateRequest.create();
    while (reader.position < end) {
      const key = reader.uint(end);
      switch (key) {
        case 10:
          message.name = reader.string(end);
          break;
        case 18:
          message.password = reader.string(end);
          break;
        case 26:
          message.simpleToken = reader.string(end);
          break;
        default:
          reader.skip(key, end, InternalAuthenticateRequest);
      }
    }
    return message;
  },
});
