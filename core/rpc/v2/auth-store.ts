/**
 * v2's users and roles, kept beside the v2 tree in the v3 store as etcd 3.4 keeps them beside its v2 keys (etcdserver/api/v2auth). Every
 * change is one guarded transaction; one that lost a race reads again. v3's own users and roles are others.
 */
import { createHash, timingSafeEqual } from "node:crypto";
import { V2_PREFIX } from "../../mvcc/v2-range.ts";
import * as pb from "../../proto/gen/etcdserverpb.ts";
import type { EtcdServer, RequestContext } from "../../server/api.ts";
import { PasswordWorker } from "../../server/password-worker.ts";
import { authError, changedRole, changedUser, guestRole, GUEST_ROLE, parseRole, parseUser, ROOT_ROLE, type Role, roleJson, rootRole, type User, userJson, withRootRole } from "./auth-records.ts";

const BASE = `${V2_PREFIX}/auth`;
const ENABLED = Buffer.from(`${BASE}/enabled`);
/** Races lost before a change is given up. */
const ATTEMPTS_MAX = 32;
/** bcrypt's default, which 3.4 always takes. */
const BCRYPT_COST = 10;
/** Passwords remembered to be right, so that not every request takes bcrypt's time. */
const KNOWN_MAX = 1000;

interface Kept {
  readonly text: string;
  readonly revision: number;
}

export class V2AuthStore {
  private readonly passwords = new PasswordWorker();
  /** digests of the passwords that were found right, by the bcrypt hash that they stand behind */
  private readonly known = new Map<string, Buffer>();

  constructor(private readonly server: EtcdServer) {
    server.stopping.addEventListener("abort", () => void this.passwords.close(), { once: true });
  }

  enabled(): boolean {
    return this.read(ENABLED)?.text === "true";
  }

  // ---- users

  async userNames(): Promise<string[]> {
    return this.names("users");
  }

  /** @throws AuthError 404 */
  user(name: string): User {
    const kept = this.read(userKey(name));
    if (kept === undefined) throw authError(404, `User ${name} does not exist.`);
    return withRootRole(parseUser(kept.text));
  }

  /** Whether it is the user's password. */
  async isPassword(user: User, password: string): Promise<boolean> {
    const digest = createHash("sha256").update(password).digest();
    const known = this.known.get(user.password);
    if (known !== undefined && timingSafeEqual(known, digest)) return true;
    if (!(await this.passwords.matches(Buffer.from(user.password), password))) return false;
    if (this.known.size >= KNOWN_MAX) this.known.clear();
    this.known.set(user.password, digest);
    return true;
  }

  async createOrUpdateUser(user: User): Promise<{ readonly user: User; readonly created: boolean }> {
    await this.server.linearizable(this.context());
    if (this.read(userKey(user.user)) !== undefined) return { user: await this.updateUser(user), created: false };
    return { user: await this.createUser(user), created: true };
  }

  async createUser(request: User): Promise<User> {
    const user = withRootRole(request);
    if (user.password === "") throw authError(400, `Cannot create user ${user.user} with an empty password`);
    const stored = { ...user, password: await this.hash(user.password) };
    if (!(await this.write(userKey(user.user), userJson(stored), 0))) throw authError(409, `User ${user.user} already exists.`);
    return stored;
  }

  async updateUser(change: User): Promise<User> {
    const hash = change.password === "" ? undefined : await this.hash(change.password);
    return this.change(userKey(change.user), (text) => {
      if (text === undefined) throw authError(404, `User ${change.user} does not exist.`);
      const old = withRootRole(parseUser(text));
      const user = changedUser(old, change, hash);
      if (userJson(old) === userJson(user)) throw authError(400, "User not updated. Use grant/revoke/password to update the user.");
      return { text: userJson(user), result: user };
    });
  }

  async deleteUser(name: string): Promise<void> {
    if (this.enabled() && name === "root") throw authError(403, "Cannot delete root user while auth is enabled.");
    if (!(await this.remove(userKey(name)))) throw authError(404, `User ${name} does not exist`);
  }

  // ---- roles

  async roleNames(): Promise<string[]> {
    return [...(await this.names("roles")), ROOT_ROLE].sort((a, b) => Buffer.compare(Buffer.from(a), Buffer.from(b)));
  }

  /** @throws AuthError 404 */
  role(name: string): Role {
    if (name === ROOT_ROLE) return rootRole;
    const kept = this.read(roleKey(name));
    if (kept === undefined) throw authError(404, `Role ${name} does not exist.`);
    return parseRole(kept.text);
  }

  async createRole(role: Role): Promise<void> {
    mayChange(role.role);
    if (!(await this.write(roleKey(role.role), roleJson(role), 0))) throw authError(409, `Role ${role.role} already exists.`);
  }

  async updateRole(change: Role): Promise<Role> {
    mayChange(change.role);
    return this.change(roleKey(change.role), (text) => {
      if (text === undefined) throw authError(404, `Role ${change.role} does not exist.`);
      const old = parseRole(text);
      const role = changedRole(old, change);
      if (roleJson(old) === roleJson(role)) throw authError(400, "Role not updated. Use grant/revoke to update the role.");
      return { text: roleJson(role), result: role };
    });
  }

  async deleteRole(name: string): Promise<void> {
    mayChange(name);
    if (!(await this.remove(roleKey(name)))) throw authError(404, `Role ${name} doesn't exist.`);
  }

  // ---- auth itself

  async enable(): Promise<void> {
    if (this.enabled()) throw authError(409, "already enabled");
    await this.server.linearizable(this.context());
    if (this.read(userKey("root")) === undefined) throw authError(409, "No root user available, please create one");
    if (this.read(roleKey(GUEST_ROLE)) === undefined) await this.createRole(guestRole);
    await this.write(ENABLED, "true");
  }

  async disable(): Promise<void> {
    if (!this.enabled()) throw authError(409, "already disabled");
    await this.write(ENABLED, "false");
  }

  // ---- keeping

  private read(key: Buffer): Kept | undefined {
    const kv = this.server.keyAt(key, this.server.revision());
    return kv === undefined ? undefined : { text: kv.value.toString(), revision: kv.modRevision };
  }

  private async names(kind: "users" | "roles"): Promise<string[]> {
    const [key, rangeEnd] = [Buffer.from(`${BASE}/${kind}/`), Buffer.from(`${BASE}/${kind}0`)];
    const { kvs } = await this.server.range(pb.RangeRequest.create({ key, rangeEnd, serializable: true, keysOnly: true }), this.context());
    return kvs.map((kv) => kv.key.subarray(key.length).toString());
  }

  private async change<T>(key: Buffer, decide: (text: string | undefined) => { readonly text: string; readonly result: T }): Promise<T> {
    for (let attempt = 0; attempt < ATTEMPTS_MAX; attempt++) {
      await this.server.linearizable(this.context());
      const kept = this.read(key);
      const { text, result } = decide(kept?.text);
      if (await this.write(key, text, kept?.revision ?? 0)) return result;
    }
    throw authError(500, "too many concurrent changes");
  }

  /** @param revision the key must be at; 0: absent; undefined: whatever it is */
  private async write(key: Buffer, text: string, revision?: number): Promise<boolean> {
    const success = [pb.RequestOp.create({ requestPut: pb.PutRequest.create({ key, value: Buffer.from(text) }) })];
    const unchanged = { key, target: pb.Compare_CompareTarget.MOD, result: pb.Compare_CompareResult.EQUAL } as const;
    const compare = revision === undefined ? [] : [pb.Compare.create({ ...unchanged, modRevision: revision })];
    return (await this.server.txn(pb.TxnRequest.create({ compare, success }), this.context())).succeeded;
  }

  private async remove(key: Buffer): Promise<boolean> {
    return (await this.server.deleteRange(pb.DeleteRangeRequest.create({ key }), this.context())).deleted > 0;
  }

  private async hash(password: string): Promise<string> {
    return (await this.passwords.hash(password, BCRYPT_COST)).toString();
  }

  /** v3's users have no say here, as in 3.4. */
  private context(): RequestContext {
    return { signal: this.server.stopping, token: undefined, root: true };
  }
}

function mayChange(role: string): void {
  if (role === ROOT_ROLE) throw authError(403, `Cannot modify role ${role}: is root role.`);
}

function userKey(name: string): Buffer {
  return Buffer.from(`${BASE}/users/${name}`);
}

function roleKey(name: string): Buffer {
  return Buffer.from(`${BASE}/roles/${name}`);
}
