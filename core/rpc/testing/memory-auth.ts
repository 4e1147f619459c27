/** Auth calls of a member in memory: the real store, applied at once. Passwords are kept as they are given. */
import { applyAuth, type AuthResponse } from "../../apply/auth-requests.ts";
import { AuthStore } from "../../auth/auth-store.ts";
import { SimpleTokens } from "../../auth/simple-tokens.ts";
import { MemoryBackend } from "../../mvcc/testing/memory-backend.ts";
import { nodeClock } from "../../platform/node/clock.ts";
import { seededRandom } from "../../platform/random.ts";
import { EtcdError } from "../../proto/errors.ts";
import type * as pb from "../../proto/gen/etcdserverpb.ts";
import { InternalAuthenticateRequest, InternalRaftRequest } from "../../proto/gen/internalpb.ts";
import type { AuthCalls, RequestContext } from "../../server/api.ts";
import type { AuthInfo } from "../../auth/tokens.ts";

export class MemoryAuth implements AuthCalls {
  readonly store = new AuthStore({
    backend: new MemoryBackend(),
    tokens: new SimpleTokens({ clock: nodeClock, random: seededRandom(1), ttlSeconds: 0 }),
    log: () => undefined,
  });

  constructor(private readonly header: () => pb.ResponseHeader) {}

  identify({ token }: RequestContext): AuthInfo | undefined {
    if (!this.store.enabled || token === undefined) return undefined;
    const info = this.store.tokens.info(token, this.store.revision);
    if (info === undefined) throw new EtcdError("InvalidAuthToken");
    return info;
  }

  enable: AuthCalls["enable"] = (authEnable, context) => this.apply({ authEnable }, context);
  disable: AuthCalls["disable"] = (authDisable, context) => this.apply({ authDisable }, context);
  status: AuthCalls["status"] = (authStatus, context) => this.apply({ authStatus }, context);
  async authenticate({ name, password }: pb.AuthenticateRequest): Promise<pb.AuthenticateResponse> {
    if (this.store.credentials(name).hash.toString() !== password) throw new EtcdError("AuthFailed");
    return this.apply({ authenticate: InternalAuthenticateRequest.create({ name, simpleToken: this.store.tokens.prefix() }) }, undefined);
  }
  userAdd: AuthCalls["userAdd"] = (request, context) => this.apply({ authUserAdd: { ...request, hashedPassword: base64(request.password) } }, context);
  userGet: AuthCalls["userGet"] = (authUserGet, context) => this.apply({ authUserGet }, context);
  userList: AuthCalls["userList"] = (authUserList, context) => this.apply({ authUserList }, context);
  userDelete: AuthCalls["userDelete"] = (authUserDelete, context) => this.apply({ authUserDelete }, context);
  userChangePassword: AuthCalls["userChangePassword"] = (request, context) =>
    this.apply({ authUserChangePassword: { ...request, hashedPassword: base64(request.password) } }, context);
  userGrantRole: AuthCalls["userGrantRole"] = (authUserGrantRole, context) => this.apply({ authUserGrantRole }, context);
  userRevokeRole: AuthCalls["userRevokeRole"] = (authUserRevokeRole, context) => this.apply({ authUserRevokeRole }, context);
  roleAdd: AuthCalls["roleAdd"] = (authRoleAdd, context) => this.apply({ authRoleAdd }, context);
  roleGet: AuthCalls["roleGet"] = (authRoleGet, context) => this.apply({ authRoleGet }, context);
  roleList: AuthCalls["roleList"] = (authRoleList, context) => this.apply({ authRoleList }, context);
  roleDelete: AuthCalls["roleDelete"] = (authRoleDelete, context) => this.apply({ authRoleDelete }, context);
  roleGrantPermission: AuthCalls["roleGrantPermission"] = (authRoleGrantPermission, context) => this.apply({ authRoleGrantPermission }, context);
  roleRevokePermission: AuthCalls["roleRevokePermission"] = (authRoleRevokePermission, context) => this.apply({ authRoleRevokePermission }, context);

  private async apply<T extends AuthResponse>(request: Partial<InternalRaftRequest>, context: RequestContext | undefined): Promise<T> {
    const info = context === undefined ? undefined : this.identify(context);
    return applyAuth(this.store, InternalRaftRequest.create(request), { info, header: this.header, tokenIndex: 1 }) as T;
  }
}

function base64(text: string): string {
  return Buffer.from(text).toString("base64");
}
