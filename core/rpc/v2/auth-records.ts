/**
 * Users and roles of v2 (etcd 3.4 etcdserver/api/v2auth/auth.go): their JSON as Go reads and writes it, grants and revokes, and what a role
 * lets its holder do. Nothing is read or stored here.
 */
import { goString } from "./node.ts";

/** An answer that is no success: status of HTTP and text. */
export class AuthError extends Error {
  override readonly name = "AuthError";
  constructor(
    readonly status: number,
    message: string,
  ) {
    super(message);
  }
}

export function authError(status: number, text: string): AuthError {
  return new AuthError(status, `auth: ${text}`);
}

/** Go's nil slices are kept apart from empty ones: they are told differently, and make a user count as changed. */
type Names = readonly string[] | null;

export interface User {
  readonly user: string;
  /** bcrypt, in a stored one; as typed in a request */
  readonly password: string;
  readonly roles: Names;
  readonly grant: Names;
  readonly revoke: Names;
}

export interface Permissions {
  readonly read: Names;
  readonly write: Names;
}

export interface Role {
  readonly role: string;
  readonly permissions: Permissions;
  readonly grant: Permissions | null;
  readonly revoke: Permissions | null;
}

export const ROOT_ROLE = "root";
export const GUEST_ROLE = "guest";

const everything: Permissions = { read: ["/*"], write: ["/*"] };
export const rootRole: Role = { role: ROOT_ROLE, permissions: everything, grant: null, revoke: null };
export const guestRole: Role = { role: GUEST_ROLE, permissions: everything, grant: null, revoke: null };

// ---- JSON

/** The text's first value; what follows it is not looked at, as by Go's Decoder. @throws SyntaxError */
function firstValue(text: string): unknown {
  const start = text.search(/[^ \t\r\n]/);
  if (start < 0 || !/[{n]/.test(text[start]!)) throw new SyntaxError("no object");
  if (text[start] === "n") return JSON.parse(text.slice(start, start + 4));
  let depth = 0;
  for (const { 0: token, index } of text.matchAll(/"(?:[^"\\]|\\.)*"|[{}]/gs)) {
    if (index < start) continue;
    if (token === "{") depth++;
    else if (token === "}" && --depth === 0) return JSON.parse(text.slice(start, index + 1));
  }
  throw new SyntaxError("unexpected end");
}

/** A field by its name in any case, the last one counting. */
function field(object: object, name: string): unknown {
  return Object.entries(object).findLast(([key]) => key.toLowerCase() === name)?.[1];
}

function objectOf(value: unknown): object {
  if (value === null || value === undefined) return {};
  if (typeof value !== "object" || Array.isArray(value)) throw new TypeError("not an object");
  return value;
}

function textOf(value: unknown): string {
  if (value === null || value === undefined) return "";
  if (typeof value !== "string") throw new TypeError("not a string");
  return value;
}

function namesOf(value: unknown): Names {
  if (value === null || value === undefined) return null;
  if (!Array.isArray(value)) throw new TypeError("not an array");
  return value.map(textOf);
}

function permissionsOf(value: unknown): Permissions {
  const kv = objectOf(field(objectOf(value), "kv"));
  return { read: namesOf(field(kv, "read")), write: namesOf(field(kv, "write")) };
}

/** @throws SyntaxError, TypeError */
export function parseUser(text: string): User {
  const json = objectOf(firstValue(text));
  const [user, password] = [textOf(field(json, "user")), textOf(field(json, "password"))];
  return { user, password, roles: namesOf(field(json, "roles")), grant: namesOf(field(json, "grant")), revoke: namesOf(field(json, "revoke")) };
}

/** @throws SyntaxError, TypeError */
export function parseRole(text: string): Role {
  const json = objectOf(firstValue(text));
  const optional = (name: string): Permissions | null => ((field(json, name) ?? null) === null ? null : permissionsOf(field(json, name)));
  return { role: textOf(field(json, "role")), permissions: permissionsOf(field(json, "permissions")), grant: optional("grant"), revoke: optional("revoke") };
}

function namesJson(names: Names): string {
  return names === null ? "null" : `[${names.map(goString).join(",")}]`;
}

export function userJson({ user, password, roles, grant, revoke }: User): string {
  const some = (name: string, names: Names): string => (isEmpty(names) ? "" : `,"${name}":${namesJson(names)}`);
  return `{"user":${goString(user)}${password === "" ? "" : `,"password":${goString(password)}`},"roles":${namesJson(roles)}${some("grant", grant)}${some("revoke", revoke)}}`;
}

function permissionsJson({ read, write }: Permissions): string {
  return `{"kv":{"read":${namesJson(read)},"write":${namesJson(write)}}}`;
}

export function roleJson({ role, permissions, grant, revoke }: Role): string {
  const some = (name: string, part: Permissions | null): string => (part === null ? "" : `,"${name}":${permissionsJson(part)}`);
  return `{"role":${goString(role)},"permissions":${permissionsJson(permissions)}${some("grant", grant)}${some("revoke", revoke)}}`;
}

/** A user as it is told: with its roles in full, without its password. */
export function userWithRolesJson(user: string, roles: readonly Role[]): string {
  return `{"user":${goString(user)}${roles.length === 0 ? "" : `,"roles":[${roles.map(roleJson).join(",")}]`}}`;
}

// ---- changes

export function isEmpty(names: Names): boolean {
  return names === null || names.length === 0;
}

export function allowsNothing(permissions: Permissions | null): boolean {
  return permissions === null || (isEmpty(permissions.read) && isEmpty(permissions.write));
}

/** The user root has the role root, whatever is stored. */
export function withRootRole(user: User): User {
  if (user.user !== "root" || user.roles?.includes(ROOT_ROLE) === true) return user;
  return { ...user, roles: [...(user.roles ?? []), ROOT_ROLE] };
}

const inByteOrder = (names: Iterable<string>): string[] => [...names].sort((a, b) => Buffer.compare(Buffer.from(a), Buffer.from(b)));

/** @param hash of a new password; undefined: the old one stays. @throws AuthError */
export function changedUser(old: User, change: User, hash: string | undefined): User {
  const roles = new Set(old.roles ?? []);
  for (const role of change.grant ?? []) {
    if (roles.has(role)) throw authError(409, `Granting duplicate role ${role} for user ${change.user}`);
    roles.add(role);
  }
  for (const role of change.revoke ?? []) {
    if (!roles.delete(role)) throw authError(409, `Revoking ungranted role ${role} for user ${change.user}`);
  }
  return { user: old.user, password: hash ?? old.password, roles: inByteOrder(roles), grant: null, revoke: null };
}

/** @throws AuthError */
export function changedRole(old: Role, { grant, revoke }: Role): Role {
  let { permissions } = old;
  if (grant !== null) permissions = { read: granted("read", permissions.read, grant.read), write: granted("write", permissions.write, grant.write) };
  if (revoke !== null) permissions = { read: revoked(permissions.read, revoke.read), write: revoked(permissions.write, revoke.write) };
  return { role: old.role, permissions, grant: null, revoke: null };
}

function granted(kind: string, old: Names, more: Names): Names {
  const names = new Set(old ?? []);
  for (const name of more ?? []) {
    if (names.has(name)) throw authError(409, `Granting duplicate ${kind} permission ${name}`);
    names.add(name);
  }
  return inByteOrder(names);
}

function revoked(old: Names, less: Names): Names {
  return inByteOrder((old ?? []).filter((name) => less?.includes(name) !== true));
}

// ---- access

/** @param recursive all below the key too: only a pattern with a star allows that */
export function allowsKey({ role, permissions }: Role, key: string, write: boolean, recursive: boolean): boolean {
  if (role === ROOT_ROLE) return true;
  return ((write ? permissions.write : permissions.read) ?? []).some((pattern) => (pattern.endsWith("*") ? key.startsWith(pattern.slice(0, -1)) : !recursive && key === pattern));
}
