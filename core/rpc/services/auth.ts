/**
 * etcdserverpb.Auth of a member that keeps no users yet: it answers what etcd answers with authentication disabled and
 * an empty user store; what would have to be stored is refused, so that nobody believes in a user that is not there.
 */
import { EtcdError, type EtcdErrorName } from "../../proto/errors.ts";
import * as pb from "../../proto/gen/etcdserverpb.ts";
import type { ServiceBuilder } from "../service-builder.ts";
import { fillHeader } from "./header.ts";

/** etcd's auth store starts with revision 1. */
const FIRST_AUTH_REVISION = 1;

function refuse(reason: EtcdErrorName): never {
  throw new EtcdError(reason);
}

export function addAuth(builder: ServiceBuilder): void {
  const { server } = builder;
  const { AuthService } = pb;
  builder.unary(AuthService.AuthStatus, () => fillHeader(server, pb.AuthStatusResponse.create({ enabled: false, authRevision: FIRST_AUTH_REVISION })));
  builder.unary(AuthService.AuthDisable, () => fillHeader(server, pb.AuthDisableResponse.create()));
  builder.unary(AuthService.AuthEnable, () => refuse("RootUserNotExist"));
  builder.unary(AuthService.Authenticate, () => refuse("AuthNotEnabled"));
  builder.unary(AuthService.UserList, () => fillHeader(server, pb.AuthUserListResponse.create()));
  builder.unary(AuthService.RoleList, () => fillHeader(server, pb.AuthRoleListResponse.create()));
  builder.unary(AuthService.UserAdd, (request) => refuse(request.name === "" ? "UserEmpty" : "NotCapable"));
  builder.unary(AuthService.UserGet, () => refuse("UserNotFound"));
  builder.unary(AuthService.UserDelete, () => refuse("UserNotFound"));
  builder.unary(AuthService.UserChangePassword, () => refuse("UserNotFound"));
  builder.unary(AuthService.UserGrantRole, () => refuse("UserNotFound"));
  builder.unary(AuthService.UserRevokeRole, () => refuse("UserNotFound"));
  builder.unary(AuthService.RoleAdd, (request) => refuse(request.name === "" ? "RoleEmpty" : "NotCapable"));
  builder.unary(AuthService.RoleGet, () => refuse("RoleNotFound"));
  builder.unary(AuthService.RoleDelete, () => refuse("RoleNotFound"));
  builder.unary(AuthService.RoleGrantPermission, (request) => refuse(request.perm === undefined ? "PermissionNotGiven" : "RoleNotFound"));
  builder.unary(AuthService.RoleRevokePermission, () => refuse("RoleNotFound"));
}
