/** Requests about users, roles and auth itself, out of the log (etcd server/etcdserver/apply: apply.go, apply_auth.go). */
import type { AuthStore } from "../auth/auth-store.ts";
import type { AuthInfo } from "../auth/tokens.ts";
import type { Permission } from "../proto/gen/authpb.ts";
import * as pb from "../proto/gen/etcdserverpb.ts";
import type { InternalRaftRequest } from "../proto/gen/internalpb.ts";

export type AuthResponse =
  | pb.AuthEnableResponse
  | pb.AuthDisableResponse
  | pb.AuthStatusResponse
  | pb.AuthenticateResponse
  | pb.AuthUserAddResponse
  | pb.AuthUserGetResponse
  | pb.AuthUserDeleteResponse
  | pb.AuthUserChangePasswordResponse
  | pb.AuthUserGrantRoleResponse
  | pb.AuthUserRevokeRoleResponse
  | pb.AuthUserListResponse
  | pb.AuthRoleAddResponse
  | pb.AuthRoleGetResponse
  | pb.AuthRoleDeleteResponse
  | pb.AuthRoleListResponse
  | pb.AuthRoleGrantPermissionResponse
  | pb.AuthRoleRevokePermissionResponse;

/** Where a request for a token stands in the log, for tokens that name a place in it. */
export interface AuthEntry {
  readonly info: AuthInfo | undefined;
  readonly header: () => pb.ResponseHeader;
  readonly tokenIndex: number;
}

/**
 * @returns undefined when it is no auth request
 * @throws EtcdError; StatusError where etcd has no gRPC error
 */
export function applyAuth(auth: AuthStore, request: InternalRaftRequest, entry: AuthEntry): AuthResponse | undefined {
  const { authenticate, authUserGet, authRoleGet } = request;
  if (authenticate !== undefined) {
    const token = auth.authenticate(authenticate.name, authenticate.simpleToken, entry.tokenIndex);
    return pb.AuthenticateResponse.create({ header: entry.header(), token });
  }
  if (authUserGet !== undefined) {
    // everybody may look at himself
    if (authUserGet.name !== (entry.info?.username ?? "")) auth.checkAdmin(entry.info);
    return pb.AuthUserGetResponse.create({ header: entry.header(), roles: [...auth.rolesOf(authUserGet.name)] });
  }
  if (authRoleGet !== undefined) {
    if (!auth.hasRole(entry.info?.username ?? "", authRoleGet.role)) auth.checkAdmin(entry.info);
    return pb.AuthRoleGetResponse.create({ header: entry.header(), perm: auth.permissionsOf(authRoleGet.role) as Permission[] });
  }
  if (!needsAdmin(request)) return undefined;
  auth.checkAdmin(entry.info);
  return administer(auth, request, entry.header);
}

/** All other requests about auth are root's. */
function needsAdmin(request: InternalRaftRequest): boolean {
  return (
    request.authEnable !== undefined ||
    request.authDisable !== undefined ||
    request.authStatus !== undefined ||
    request.authUserAdd !== undefined ||
    request.authUserDelete !== undefined ||
    request.authUserChangePassword !== undefined ||
    request.authUserGrantRole !== undefined ||
    request.authUserRevokeRole !== undefined ||
    request.authUserList !== undefined ||
    request.authRoleAdd !== undefined ||
    request.authRoleDelete !== undefined ||
    request.authRoleList !== undefined ||
    request.authRoleGrantPermission !== undefined ||
    request.authRoleRevokePermission !== undefined
  );
}

/** Headers are of after the change. */
function administer(auth: AuthStore, request: InternalRaftRequest, header: () => pb.ResponseHeader): AuthResponse {
  if (request.authStatus !== undefined) return pb.AuthStatusResponse.create({ header: header(), enabled: auth.enabled, authRevision: auth.revision });
  if (request.authUserList !== undefined) return pb.AuthUserListResponse.create({ header: header(), users: auth.userNames() });
  if (request.authRoleList !== undefined) return pb.AuthRoleListResponse.create({ header: header(), roles: auth.roleNames() });
  if (request.authEnable !== undefined) auth.enable();
  else if (request.authDisable !== undefined) auth.disable();
  else if (request.authUserAdd !== undefined) auth.userAdd(request.authUserAdd);
  else if (request.authUserDelete !== undefined) auth.userDelete(request.authUserDelete);
  else if (request.authUserChangePassword !== undefined) auth.userChangePassword(request.authUserChangePassword);
  else if (request.authUserGrantRole !== undefined) auth.userGrantRole(request.authUserGrantRole);
  else if (request.authUserRevokeRole !== undefined) auth.userRevokeRole(request.authUserRevokeRole);
  else if (request.authRoleAdd !== undefined) auth.roleAdd(request.authRoleAdd);
  else if (request.authRoleDelete !== undefined) auth.roleDelete(request.authRoleDelete);
  else if (request.authRoleGrantPermission !== undefined) auth.roleGrantPermission(request.authRoleGrantPermission);
  else if (request.authRoleRevokePermission !== undefined) auth.roleRevokePermission(request.authRoleRevokePermission);
  // they all say nothing but their header
  return { header: header() };
}
