/**
 * Auth requests of a cluster that has no users: what etcd answers while auth is off and its store empty. Whatever would
 * add users, roles or switch auth on is refused in words, never accepted and forgotten.
 */
import { Code, EtcdError, StatusError } from "../proto/errors.ts";
import { AuthDisableResponse, AuthRoleListResponse, AuthStatusResponse, AuthUserListResponse, type ResponseHeader } from "../proto/gen/etcdserverpb.ts";
import type { InternalRaftRequest } from "../proto/gen/internalpb.ts";

/** etcd's auth revision of an empty store. */
const emptyAuthRevision = 1;

/** What can be answered without users. */
export type AuthResponse = AuthStatusResponse | AuthDisableResponse | AuthUserListResponse | AuthRoleListResponse;

/**
 * @returns undefined when it is no auth request
 * @throws StatusError
 */
export function refuseAuth(request: InternalRaftRequest, header: () => ResponseHeader): AuthResponse | undefined {
  if (request.authStatus !== undefined) {
    return AuthStatusResponse.create({ header: header(), enabled: false, authRevision: emptyAuthRevision });
  }
  if (request.authDisable !== undefined) return AuthDisableResponse.create({ header: header() });
  if (request.authenticate !== undefined) throw new EtcdError("AuthNotEnabled");
  if (request.authEnable !== undefined) throw new EtcdError("RootUserNotExist");
  const { authUserGet, authUserDelete, authUserChangePassword, authUserGrantRole, authUserRevokeRole } = request;
  if (authUserGet || authUserDelete || authUserChangePassword || authUserGrantRole || authUserRevokeRole) throw new EtcdError("UserNotFound");
  const { authRoleGet, authRoleDelete, authRoleGrantPermission, authRoleRevokePermission } = request;
  if (authRoleGet || authRoleDelete || authRoleGrantPermission || authRoleRevokePermission) throw new EtcdError("RoleNotFound");
  if (request.authUserList) return AuthUserListResponse.create({ header: header() });
  if (request.authRoleList) return AuthRoleListResponse.create({ header: header() });
  if (request.authUserAdd || request.authRoleAdd) {
    throw new StatusError(Code.Unimplemented, "etcdserver: users and roles are not supported by this member");
  }
  return undefined;
}
