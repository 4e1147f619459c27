/** What commands about users, roles and auth say. */
import { Permission_Type, type Permission } from "../../../proto/gen/authpb.ts";
import * as pb from "../../../proto/gen/etcdserverpb.ts";
import { prefixEnd } from "../../../proto/prefix-end.ts";
import type { Codec } from "../../../proto/wire.ts";
import { goQuote } from "../../go/quote.ts";
import type { Answer } from "./answer.ts";

type Headed = { readonly header: pb.ResponseHeader | undefined };

/** @param fields lines of `-w fields` after the header's; undefined where that format does not know the answer */
function answer<T extends Headed>(codec: Codec<T>, response: T, simple: Buffer | string, fields: readonly string[] | undefined): Answer {
  return { kind: "auth", codec: codec as unknown as Codec<Headed>, response, simple: Buffer.from(simple), fields };
}

export const authStatus = (response: pb.AuthStatusResponse): Answer =>
  answer(pb.AuthStatusResponse, response, `Authentication Status: ${response.enabled}\nAuthRevision: ${response.authRevision}\n`, undefined);

export const userAdded = (user: string, response: pb.AuthUserAddResponse): Answer => answer(pb.AuthUserAddResponse, response, `User ${user} created\n`, []);
export const userDeleted = (user: string, response: pb.AuthUserDeleteResponse): Answer => answer(pb.AuthUserDeleteResponse, response, `User ${user} deleted\n`, []);
export const userGot = (user: string, response: pb.AuthUserGetResponse): Answer =>
  answer(pb.AuthUserGetResponse, response, `User: ${user}\nRoles:${response.roles.map((role) => ` ${role}`).join("")}\n`, undefined);
export const usersListed = (response: pb.AuthUserListResponse): Answer =>
  answer(pb.AuthUserListResponse, response, response.users.map((user) => `${user}\n`).join(""), undefined);
export const passwordChanged = (response: pb.AuthUserChangePasswordResponse): Answer => answer(pb.AuthUserChangePasswordResponse, response, "Password updated\n", []);
export const roleGranted = (user: string, role: string, response: pb.AuthUserGrantRoleResponse): Answer =>
  answer(pb.AuthUserGrantRoleResponse, response, `Role ${role} is granted to user ${user}\n`, []);
export const roleRevoked = (user: string, role: string, response: pb.AuthUserRevokeRoleResponse): Answer =>
  answer(pb.AuthUserRevokeRoleResponse, response, `Role ${role} is revoked from user ${user}\n`, []);

export const roleAdded = (role: string, response: pb.AuthRoleAddResponse): Answer => answer(pb.AuthRoleAddResponse, response, `Role ${role} created\n`, []);
export const roleDeleted = (role: string, response: pb.AuthRoleDeleteResponse): Answer => answer(pb.AuthRoleDeleteResponse, response, `Role ${role} deleted\n`, []);
export const rolesListed = (response: pb.AuthRoleListResponse): Answer =>
  answer(pb.AuthRoleListResponse, response, response.roles.map((role) => `${role}\n`).join(""), [`"Roles" :${response.roles.map((role) => ` ${goQuote(Buffer.from(role))}`).join("")}`]);
export const permissionGranted = (role: string, response: pb.AuthRoleGrantPermissionResponse): Answer =>
  answer(pb.AuthRoleGrantPermissionResponse, response, `Role ${role} updated\n`, []);

export function permissionRevoked(role: string, key: string, rangeEnd: Buffer, response: pb.AuthRoleRevokePermissionResponse): Answer {
  const what = rangeEnd.length === 0 ? `key ${key}` : isOpen(rangeEnd) ? `range [${key}, <open ended>` : `range [${key}, ${rangeEnd.toString()})`;
  return answer(pb.AuthRoleRevokePermissionResponse, response, `Permission of ${what} is revoked from role ${role}\n`, []);
}

export function roleGot(role: string, response: pb.AuthRoleGetResponse): Answer {
  const lines: Buffer[] = [Buffer.from(`Role ${role}\n`)];
  // servers before 3.6 say nothing about root
  const all = role === "root" && response.perm.length === 0 ? [Buffer.from("\t[, <open ended>\n")] : undefined;
  for (const [title, type] of [
    ["KV Read", Permission_Type.READ],
    ["KV Write", Permission_Type.WRITE],
  ] as const) {
    lines.push(Buffer.from(`${title}:\n`));
    lines.push(...(all ?? response.perm.filter(({ permType }) => permType === type || permType === Permission_Type.READWRITE).map(permissionLine)));
  }
  const fields = response.perm.flatMap(({ permType, key, rangeEnd }) => [`"PermType" :  ${typeName(permType)}`, `"Key" : ${goQuote(key)}`, `"RangeEnd" : ${goQuote(rangeEnd)}`]);
  return answer(pb.AuthRoleGetResponse, response, Buffer.concat(lines), fields);
}

function permissionLine({ key, rangeEnd }: Permission): Buffer {
  if (rangeEnd.length === 0) return Buffer.concat([Buffer.from("\t"), key, Buffer.from("\n")]);
  const end = isOpen(rangeEnd) ? Buffer.from("<open ended>") : Buffer.concat([rangeEnd, Buffer.from(")")]);
  const prefix = key.length > 0 && prefixEnd(key).equals(rangeEnd) ? Buffer.concat([Buffer.from(" (prefix "), key, Buffer.from(")")]) : Buffer.alloc(0);
  return Buffer.concat([Buffer.from("\t["), key, Buffer.from(", "), end, prefix, Buffer.from("\n")]);
}

function typeName(type: number): string {
  return Object.entries(Permission_Type).find(([, value]) => value === type)?.[0] ?? String(type);
}

function isOpen(rangeEnd: Buffer): boolean {
  return rangeEnd.length === 1 && rangeEnd[0] === 0;
}
