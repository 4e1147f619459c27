/** Users, roles and switches as they stand in the buckets `auth`, `authUsers` and `authRoles` (etcd server/storage/schema/auth*.go). */
import type { Backend, BackendReader, BucketName } from "../backend/backend.ts";
import { readNumber64 } from "../backend/number-record.ts";
import { Role, User } from "../proto/gen/authpb.ts";
import type { Codec } from "../proto/wire.ts";

const enabledKey = Buffer.from("authEnabled");
const revisionKey = Buffer.from("authRevision");
const on = Buffer.from([1]);
const off = Buffer.from([0]);

export function readEnabled(backend: BackendReader): boolean {
  return backend.get("auth", enabledKey)?.equals(on) === true;
}

export function saveEnabled(backend: Backend, enabled: boolean): void {
  backend.put("auth", enabledKey, enabled ? on : off);
}

/** 0 in a database that never had any. */
export function readRevision(backend: BackendReader): number {
  return readNumber64(backend, "auth", revisionKey) ?? 0;
}

export function saveRevision(backend: Backend, revision: number): void {
  const value = Buffer.alloc(8);
  value.writeBigUInt64BE(BigInt(revision));
  backend.put("auth", revisionKey, value);
}

/** In byte order of their names. */
export function readUsers(backend: BackendReader): Map<string, User> {
  return readAll(backend, "authUsers", User);
}

export function readRoles(backend: BackendReader): Map<string, Role> {
  return readAll(backend, "authRoles", Role);
}

function readAll<T extends { readonly name: Buffer }>(backend: BackendReader, bucket: BucketName, codec: Codec<T>): Map<string, T> {
  const all = new Map<string, T>();
  for (const { key, value } of backend.entries(bucket)) all.set(key.toString(), codec.decode(Buffer.from(value)));
  return all;
}

export function saveUser(backend: Backend, user: User): void {
  backend.put("authUsers", user.name, User.encode(user));
}

export function deleteUser(backend: Backend, name: string): void {
  backend.delete("authUsers", Buffer.from(name));
}

export function saveRole(backend: Backend, role: Role): void {
  backend.put("authRoles", role.name, Role.encode(role));
}

export function deleteRole(backend: Backend, name: string): void {
  backend.delete("authRoles", Buffer.from(name));
}
