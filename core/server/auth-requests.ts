/** Users, roles and auth itself as clients ask for them (server/etcdserver/v3_server.go). Passwords are hashed before they go into the log. */
import type { ApplyResponse } from "../apply/applier.ts";
import { EtcdError, StatusError } from "../proto/errors.ts";
import * as pb from "../proto/gen/etcdserverpb.ts";
import type { InternalRaftRequest } from "../proto/gen/internalpb.ts";
import { InternalAuthenticateRequest } from "../proto/gen/internalpb.ts";
import type { AuthCalls, RequestContext } from "./api.ts";
import { throughRaft } from "./kv-requests.ts";
import type { Member } from "./member.ts";

export class AuthRequests implements AuthCalls {
  constructor(private readonly member: Member) {}

  enable(request: pb.AuthEnableRequest, context: RequestContext): Promise<pb.AuthEnableResponse> {
    return this.propose({ authEnable: request }, context);
  }

  disable(request: pb.AuthDisableRequest, context: RequestContext): Promise<pb.AuthDisableResponse> {
    return this.propose({ authDisable: request }, context);
  }

  async status(request: pb.AuthStatusRequest, context: RequestContext): Promise<pb.AuthStatusResponse> {
    if (!this.beforeVersion35()) return this.propose({ authStatus: request }, context);
    // an entry of this kind would end a 3.4 member
    await this.member.parts.reads.wait();
    await this.member.parts.gate.requireAdmin(context);
    const { auth } = this.member.parts.state;
    return pb.AuthStatusResponse.create({ enabled: auth.enabled, authRevision: auth.revision });
  }

  async authenticate(request: pb.AuthenticateRequest): Promise<pb.AuthenticateResponse> {
    const { state, reads, passwords, proposals, log } = this.member.parts;
    const { name, password } = request;
    await reads.wait();
    for (;;) {
      let revision: number;
      try {
        const credentials = state.auth.credentials(name);
        revision = credentials.revision;
        if (!(await passwords.matches(credentials.hash, password))) {
          log.info("invalid password", { "user-name": name });
          throw new EtcdError("AuthFailed");
        }
      } catch (error) {
        if (!(error instanceof StatusError)) throw error;
        if (!(error instanceof EtcdError && error.reason === "AuthNotEnabled")) log.warn("invalid authentication was requested", { user: name, error: error.message });
        throw error;
      }
      // the password itself does not go into the log
      const authenticate = InternalAuthenticateRequest.create({ name, simpleToken: state.auth.tokens.prefix() });
      const result = await proposals.propose({ authenticate });
      if (result.error !== undefined) throw result.error;
      if (revision === state.auth.revision) return result.response as pb.AuthenticateResponse;
      log.info("revision when password checked became stale; retrying");
    }
  }

  async userAdd(request: pb.AuthUserAddRequest, context: RequestContext): Promise<pb.AuthUserAddResponse> {
    return this.propose({ authUserAdd: request.options?.noPassword === true ? request : await this.hashed(request) }, context);
  }

  userGet(request: pb.AuthUserGetRequest, context: RequestContext): Promise<pb.AuthUserGetResponse> {
    return this.propose({ authUserGet: request }, context);
  }

  userList(request: pb.AuthUserListRequest, context: RequestContext): Promise<pb.AuthUserListResponse> {
    return this.propose({ authUserList: request }, context);
  }

  userDelete(request: pb.AuthUserDeleteRequest, context: RequestContext): Promise<pb.AuthUserDeleteResponse> {
    return this.propose({ authUserDelete: request }, context);
  }

  async userChangePassword(request: pb.AuthUserChangePasswordRequest, context: RequestContext): Promise<pb.AuthUserChangePasswordResponse> {
    return this.propose({ authUserChangePassword: request.password === "" ? request : await this.hashed(request) }, context);
  }

  userGrantRole(request: pb.AuthUserGrantRoleRequest, context: RequestContext): Promise<pb.AuthUserGrantRoleResponse> {
    return this.propose({ authUserGrantRole: request }, context);
  }

  userRevokeRole(request: pb.AuthUserRevokeRoleRequest, context: RequestContext): Promise<pb.AuthUserRevokeRoleResponse> {
    return this.propose({ authUserRevokeRole: request }, context);
  }

  roleAdd(request: pb.AuthRoleAddRequest, context: RequestContext): Promise<pb.AuthRoleAddResponse> {
    return this.propose({ authRoleAdd: request }, context);
  }

  roleGet(request: pb.AuthRoleGetRequest, context: RequestContext): Promise<pb.AuthRoleGetResponse> {
    return this.propose({ authRoleGet: request }, context);
  }

  roleList(request: pb.AuthRoleListRequest, context: RequestContext): Promise<pb.AuthRoleListResponse> {
    return this.propose({ authRoleList: request }, context);
  }

  roleDelete(request: pb.AuthRoleDeleteRequest, context: RequestContext): Promise<pb.AuthRoleDeleteResponse> {
    return this.propose({ authRoleDelete: request }, context);
  }

  async roleGrantPermission(request: pb.AuthRoleGrantPermissionRequest, context: RequestContext): Promise<pb.AuthRoleGrantPermissionResponse> {
    // a 3.4 member would not survive it
    if (request.perm === undefined && this.beforeVersion35()) {
      await this.member.parts.gate.requireAdmin(context);
      throw new EtcdError("PermissionNotGiven");
    }
    return this.propose({ authRoleGrantPermission: request }, context);
  }

  roleRevokePermission(request: pb.AuthRoleRevokePermissionRequest, context: RequestContext): Promise<pb.AuthRoleRevokePermissionResponse> {
    return this.propose({ authRoleRevokePermission: request }, context);
  }

  private propose<T extends ApplyResponse>(request: Partial<InternalRaftRequest>, context: RequestContext): Promise<T> {
    return throughRaft<T>(this.member, request, context);
  }

  /** While the cluster has members that know no hash in a request, they need the password, and hash it when they apply it. */
  private async hashed<T extends { readonly password: string }>(request: T): Promise<T & { hashedPassword: string }> {
    const { passwords, state } = this.member.parts;
    const hash = await passwords.hash(request.password, state.bcryptCost);
    return { ...request, password: this.beforeVersion35() ? request.password : "", hashedPassword: hash.toString("base64") };
  }

  private beforeVersion35(): boolean {
    return /^3\.[0-4]\./.test(this.member.parts.state.cluster.version() ?? "");
  }
}
