/** etcdserverpb.Auth (etcd server/etcdserver/api/v3rpc/auth.go). Headers are those of the apply. */
import { AuthService } from "../../proto/gen/etcdserverpb.ts";
import type { ServiceBuilder } from "../service-builder.ts";
import { fillHeader } from "./header.ts";

export function addAuth(builder: ServiceBuilder): void {
  const { server } = builder;
  const { auth } = server;
  const fill = <T extends Parameters<typeof fillHeader>[1]>(response: T): T => fillHeader(server, response);
  builder.unary(AuthService.AuthEnable, (request, context) => auth.enable(request, context), fill);
  builder.unary(AuthService.AuthDisable, (request, context) => auth.disable(request, context), fill);
  builder.unary(AuthService.AuthStatus, (request, context) => auth.status(request, context), fill);
  builder.unary(AuthService.Authenticate, (request, context) => auth.authenticate(request, context), fill);
  builder.unary(AuthService.UserAdd, (request, context) => auth.userAdd(request, context), fill);
  builder.unary(AuthService.UserGet, (request, context) => auth.userGet(request, context), fill);
  builder.unary(AuthService.UserList, (request, context) => auth.userList(request, context), fill);
  builder.unary(AuthService.UserDelete, (request, context) => auth.userDelete(request, context), fill);
  builder.unary(AuthService.UserChangePassword, (request, context) => auth.userChangePassword(request, context), fill);
  builder.unary(AuthService.UserGrantRole, (request, context) => auth.userGrantRole(request, context), fill);
  builder.unary(AuthService.UserRevokeRole, (request, context) => auth.userRevokeRole(request, context), fill);
  builder.unary(AuthService.RoleAdd, (request, context) => auth.roleAdd(request, context), fill);
  builder.unary(AuthService.RoleGet, (request, context) => auth.roleGet(request, context), fill);
  builder.unary(AuthService.RoleList, (request, context) => auth.roleList(request, context), fill);
  builder.unary(AuthService.RoleDelete, (request, context) => auth.roleDelete(request, context), fill);
  builder.unary(AuthService.RoleGrantPermission, (request, context) => auth.roleGrantPermission(request, context), fill);
  builder.unary(AuthService.RoleRevokePermission, (request, context) => auth.roleRevokePermission(request, context), fill);
}
