/**
 * Users, roles and what they may do (etcd server/auth/store.go). Changes come out of the log and are the same on all
 * members: each counts the auth revision up and is written through to the backend, and questions are answered from memory.
 */
import type { Backend } from "../backend/backend.ts";
import { Code, EtcdError, StatusError } from "../proto/errors.ts";
import { Permission, Permission_Type, type Role, UserAddOptions, type User } from "../proto/gen/authpb.ts";
import type * as pb from "../proto/gen/etcdserverpb.ts";
import { isValidRange, KeyRanges, rangeOf } from "./key-ranges.ts";
import { deleteRole, deleteUser, readEnabled, readRevision, readRoles, readUsers, saveEnabled, saveRevision, saveRole, saveUser } from "./records.ts";
import type { AuthInfo, Tokens } from "./tokens.ts";

export const rootName = "root";
const anyKey = Permission.create({ permType: Permission_Type.READWRITE, rangeEnd: Buffer.from([0]) });
const none = Buffer.alloc(0);

export interface AuthStoreOptions {
  readonly backend: Backend;
  readonly tokens: Tokens;
  readonly log: (level: "debug" | "info" | "warn" | "error", message: string, fields: Readonly<Record<string, unknown>>) => void;
}

/** What a user's roles come to. */
interface Permissions {
  readonly isRoot: boolean;
  readonly read: KeyRanges;
  readonly write: KeyRanges;
}

export class AuthStore {
  private backend: Backend;
  private users!: Map<string, User>;
  private roles!: Map<string, Role>;
  private merged = new Map<string, Permissions>();
  private on!: boolean;
  private at!: number;
  readonly tokens: Tokens;

  constructor(private readonly options: AuthStoreOptions) {
    this.backend = options.backend;
    this.tokens = options.tokens;
    this.load();
    // etcd's store never has revision 0: a request that carries it comes from nobody
    if (this.at === 0) this.commitRevision();
  }

  /** Reads everything anew, after the backend was replaced. Tokens stay: they belong to the log, not to the database. */
  recover(backend: Backend): void {
    this.backend = backend;
    this.load();
  }

  get enabled(): boolean {
    return this.on;
  }

  get revision(): number {
    return this.at;
  }

  close(): void {
    this.tokens.disable();
  }

  // ---- changes

  /** @throws EtcdError RootUserNotExist | RootRoleNotExist */
  enable(): void {
    if (this.on) {
      this.options.log("info", "authentication is already enabled; ignored auth enable request", {});
      return;
    }
    const root = this.users.get(rootName);
    if (root === undefined) throw new EtcdError("RootUserNotExist");
    if (!root.roles.includes(rootName)) throw new EtcdError("RootRoleNotExist");
    saveEnabled(this.backend, true);
    this.on = true;
    this.tokens.enable();
    this.options.log("info", "enabled authentication", {});
  }

  disable(): void {
    if (!this.on) return;
    saveEnabled(this.backend, false);
    this.commitRevision();
    this.on = false;
    this.tokens.disable();
    this.options.log("info", "disabled authentication", {});
  }

  /**
   * A token for a user whose password was seen before the request went into the log.
   * @throws EtcdError AuthNotEnabled | AuthFailed; what the tokens say
   */
  authenticate(username: string, prefix: string, index: number): string {
    if (!this.on) throw new EtcdError("AuthNotEnabled");
    const user = this.users.get(username);
    if (user === undefined || user.options?.noPassword === true) throw new EtcdError("AuthFailed");
    return this.tokens.assign(username, this.at, prefix, index);
  }

  /** @throws EtcdError UserEmpty | UserAlreadyExists; StatusError for a hash that is none */
  userAdd(request: pb.AuthUserAddRequest): void {
    const { name } = request;
    if (name === "") throw new EtcdError("UserEmpty");
    if (this.users.has(name)) throw new EtcdError("UserAlreadyExists");
    const options = request.options ?? UserAddOptions.create();
    const password = options.noPassword ? none : hashOf(request.hashedPassword);
    this.saveUser({ name: Buffer.from(name), password, roles: [], options });
    this.options.log("info", "added a user", { "user-name": name });
  }

  /** @throws EtcdError InvalidAuthManagement | UserNotFound */
  userDelete(request: pb.AuthUserDeleteRequest): void {
    const { name } = request;
    if (this.on && name === rootName) {
      this.options.log("warn", "cannot delete 'root' user", { "user-name": name });
      throw new EtcdError("InvalidAuthManagement");
    }
    const user = this.user(name);
    this.users.delete(name);
    deleteUser(this.backend, name);
    this.changed();
    this.tokens.invalidate(name);
    this.options.log("info", "deleted a user", { "user-name": name, "user-roles": user.roles });
  }

  /** @throws EtcdError UserNotFound; StatusError for a hash that is none */
  userChangePassword(request: pb.AuthUserChangePasswordRequest): void {
    const user = this.user(request.name);
    const password = user.options?.noPassword === true ? none : hashOf(request.hashedPassword);
    this.saveUser({ ...user, name: Buffer.from(request.name), password });
    this.tokens.invalidate(request.name);
    this.options.log("info", "changed a password of a user", { "user-name": request.name, "user-roles": user.roles });
  }

  /** The role root need not exist. @throws EtcdError UserNotFound | RoleNotFound */
  userGrantRole(request: pb.AuthUserGrantRoleRequest): void {
    const user = this.user(request.user);
    if (request.role !== rootName) this.role(request.role);
    const fields = { "user-name": request.user, "user-roles": user.roles };
    if (user.roles.includes(request.role)) {
      this.options.log("warn", "ignored grant role request to a user", { ...fields, "duplicate-role-name": request.role });
      return;
    }
    this.saveUser({ ...user, roles: [...user.roles, request.role].sort(compareText) });
    this.options.log("info", "granted a role to a user", { ...fields, "added-role-name": request.role });
  }

  /** @throws EtcdError InvalidAuthManagement | UserNotFound | RoleNotGranted */
  userRevokeRole(request: pb.AuthUserRevokeRoleRequest): void {
    if (this.on && request.name === rootName && request.role === rootName) {
      this.options.log("warn", "'root' user cannot revoke 'root' role", { "user-name": request.name, "role-name": request.role });
      throw new EtcdError("InvalidAuthManagement");
    }
    const user = this.user(request.name);
    const roles = user.roles.filter((role) => role !== request.role);
    if (roles.length === user.roles.length) throw new EtcdError("RoleNotGranted");
    this.saveUser({ ...user, roles });
    this.options.log("info", "revoked a role from a user", { "user-name": request.name, "old-user-roles": user.roles, "new-user-roles": roles, "revoked-role-name": request.role });
  }

  /** @throws EtcdError RoleEmpty | RoleAlreadyExists */
  roleAdd(request: pb.AuthRoleAddRequest): void {
    const { name } = request;
    if (name === "") throw new EtcdError("RoleEmpty");
    if (this.roles.has(name)) throw new EtcdError("RoleAlreadyExists");
    this.saveRole({ name: Buffer.from(name), keyPermission: [] });
    this.options.log("info", "created a role", { "role-name": name });
  }

  /** Takes it from all users, too. @throws EtcdError InvalidAuthManagement | RoleNotFound */
  roleDelete(request: pb.AuthRoleDeleteRequest): void {
    const { role: name } = request;
    if (this.on && name === rootName) {
      this.options.log("warn", "cannot delete 'root' role", { "role-name": name });
      throw new EtcdError("InvalidAuthManagement");
    }
    this.role(name);
    this.roles.delete(name);
    deleteRole(this.backend, name);
    for (const [username, user] of this.users) {
      if (!user.roles.includes(name)) continue;
      const without = { ...user, roles: user.roles.filter((role) => role !== name) };
      this.users.set(username, without);
      saveUser(this.backend, without);
    }
    this.changed();
    this.options.log("info", "deleted a role", { "role-name": name });
  }

  /** @throws EtcdError PermissionNotGiven | InvalidAuthManagement | RoleNotFound */
  roleGrantPermission(request: pb.AuthRoleGrantPermissionRequest): void {
    const { perm } = request;
    if (perm === undefined) throw new EtcdError("PermissionNotGiven");
    if (!isValidRange(perm.key, perm.rangeEnd)) throw new EtcdError("InvalidAuthManagement");
    const role = this.role(request.name);
    const held = role.keyPermission;
    // as etcd: only the first permission of this key is looked at
    const at = held.findIndex(({ key }) => key.compare(perm.key) >= 0);
    const same = at >= 0 && held[at]!.key.equals(perm.key) && held[at]!.rangeEnd.equals(perm.rangeEnd);
    const granted = { permType: perm.permType, key: Buffer.from(perm.key), rangeEnd: Buffer.from(perm.rangeEnd) };
    const keyPermission = same ? held.with(at, granted) : [...held, granted].sort((a, b) => a.key.compare(b.key));
    this.saveRole({ ...role, keyPermission });
    const name = Object.entries(Permission_Type).find(([, type]) => type === perm.permType)?.[0] ?? "";
    this.options.log("info", "granted/updated a permission to a user", { "user-name": request.name, "permission-name": name, key: perm.key.toString(), "range-end": perm.rangeEnd.toString() });
  }

  /** @throws EtcdError RoleNotFound | PermissionNotGranted */
  roleRevokePermission(request: pb.AuthRoleRevokePermissionRequest): void {
    const role = this.role(request.role);
    const keyPermission = role.keyPermission.filter(({ key, rangeEnd }) => !key.equals(request.key) || !rangeEnd.equals(request.rangeEnd));
    if (keyPermission.length === role.keyPermission.length) throw new EtcdError("PermissionNotGranted");
    this.saveRole({ ...role, keyPermission });
    this.options.log("info", "revoked a permission on range", { "role-name": request.role, key: request.key.toString(), "range-end": request.rangeEnd.toString() });
  }

  // ---- questions

  /** @throws EtcdError UserNotFound */
  rolesOf(username: string): readonly string[] {
    return this.user(username).roles;
  }

  /** @throws EtcdError RoleNotFound */
  permissionsOf(role: string): readonly Permission[] {
    const { keyPermission } = this.role(role);
    return role === rootName ? [anyKey] : keyPermission;
  }

  userNames(): string[] {
    return [...this.users.keys()].sort(compareText);
  }

  roleNames(): string[] {
    return [...this.roles.keys()].sort(compareText);
  }

  hasRole(username: string, role: string): boolean {
    return this.users.get(username)?.roles.includes(role) === true;
  }

  /**
   * What a password is compared with, and as of which revision.
   * @throws EtcdError AuthNotEnabled | AuthFailed; StatusError for a user without password
   */
  credentials(username: string): { readonly hash: Buffer; readonly revision: number } {
    if (!this.on) throw new EtcdError("AuthNotEnabled");
    const user = this.users.get(username);
    if (user === undefined) throw new EtcdError("AuthFailed");
    if (user.options?.noPassword === true) throw noPasswordUser();
    return { hash: user.password, revision: this.at };
  }

  /** @throws EtcdError UserEmpty | AuthOldRevision | PermissionDenied; never while auth is off */
  checkRange(info: AuthInfo | undefined, key: Buffer, rangeEnd: Buffer): void {
    this.check(info, key, rangeEnd, "read");
  }

  checkPut(info: AuthInfo | undefined, key: Buffer): void {
    this.check(info, key, none, "write");
  }

  checkDeleteRange(info: AuthInfo | undefined, key: Buffer, rangeEnd: Buffer): void {
    this.check(info, key, rangeEnd, "write");
  }

  /** @throws EtcdError UserEmpty | UserNotFound | PermissionDenied; never while auth is off */
  checkAdmin(info: AuthInfo | undefined): void {
    if (!this.on) return;
    if (info === undefined || info.username === "") throw new EtcdError("UserEmpty");
    if (!this.user(info.username).roles.includes(rootName)) throw new EtcdError("PermissionDenied");
  }

  isAdmin(info: AuthInfo | undefined): boolean {
    if (!this.on) return true;
    return info !== undefined && this.users.get(info.username)?.roles.includes(rootName) === true;
  }

  // ---- private

  private check(info: AuthInfo | undefined, key: Buffer, rangeEnd: Buffer, what: "read" | "write"): void {
    if (!this.on) return;
    const { username = "", revision = 0 } = info ?? {};
    if (revision === 0) throw new EtcdError("UserEmpty");
    if (revision < this.at) {
      this.options.log("warn", "request auth revision is less than current node auth revision", {
        "current node auth revision": this.at,
        "request auth revision": revision,
        "request key": key.toString(),
        error: "auth: revision in header is old",
      });
      throw new EtcdError("AuthOldRevision");
    }
    const permissions = this.permissions(username);
    if (permissions === undefined) {
      this.options.log("warn", "cannot find a user for permission check", { "user-name": username });
      throw new EtcdError("PermissionDenied");
    }
    if (permissions.isRoot) return;
    const range = rangeOf(key, rangeEnd);
    const ranges = permissions[what];
    if (!(rangeEnd.length === 0 ? ranges.touches(range) : ranges.covers(range))) throw new EtcdError("PermissionDenied");
  }

  /** Made when first asked for, and forgotten with every change. */
  private permissions(username: string): Permissions | undefined {
    const known = this.merged.get(username);
    if (known !== undefined) return known;
    const user = this.users.get(username);
    if (user === undefined) return undefined;
    const held = user.roles.flatMap((role) => this.roles.get(role)?.keyPermission ?? []);
    const { READ, WRITE, READWRITE } = Permission_Type;
    const ranges = (type: number): KeyRanges =>
      new KeyRanges(held.filter(({ permType }) => permType === type || permType === READWRITE).map(({ key, rangeEnd }) => rangeOf(key, rangeEnd)));
    const made = { isRoot: user.roles.includes(rootName), read: ranges(READ), write: ranges(WRITE) };
    this.merged.set(username, made);
    return made;
  }

  private user(name: string): User {
    const user = this.users.get(name);
    if (user === undefined) throw new EtcdError("UserNotFound");
    return user;
  }

  private role(name: string): Role {
    const role = this.roles.get(name);
    if (role === undefined) throw new EtcdError("RoleNotFound");
    return role;
  }

  private saveUser(user: User): void {
    this.users.set(user.name.toString(), user);
    saveUser(this.backend, user);
    this.changed();
  }

  private saveRole(role: Role): void {
    this.roles.set(role.name.toString(), role);
    saveRole(this.backend, role);
    this.changed();
  }

  private changed(): void {
    this.merged.clear();
    this.commitRevision();
  }

  private commitRevision(): void {
    this.at++;
    saveRevision(this.backend, this.at);
  }

  private load(): void {
    this.users = readUsers(this.backend);
    this.roles = readRoles(this.backend);
    this.merged.clear();
    this.at = readRevision(this.backend);
    this.on = readEnabled(this.backend);
    if (this.on) this.tokens.enable();
  }
}

/** Text that etcd's server has no gRPC error for. */
function noPasswordUser(): StatusError {
  return new StatusError(Code.Unknown, "auth: authentication failed, password was given for no password user");
}

/** The stored form of a hash as it comes through the log. */
function hashOf(base64: string): Buffer {
  if (!/^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/.test(base64)) throw noPasswordUser();
  return Buffer.from(base64, "base64");
}

/** Go's order of strings: by bytes. */
function compareText(a: string, b: string): number {
  return Buffer.compare(Buffer.from(a), Buffer.from(b));
}
