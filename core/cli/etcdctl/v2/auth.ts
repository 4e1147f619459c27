/** v2's `user`, `role` and `auth` (etcd 3.4 etcdctl/ctlv2/command). */
import { askPassword } from "../../password-prompt.ts";
import { failure, type V2Command, type V2Context } from "./command.ts";
import { isOn, type V2Flag } from "./flags.ts";
import { V2ServerError } from "./http.ts";

interface Role {
  readonly role: string;
  readonly permissions: { readonly kv: { readonly read: readonly string[] | null; readonly write: readonly string[] | null } };
}

function nameOf({ flags }: V2Context, text: string): string {
  if (flags.args.length !== 1) throw failure(text);
  return flags.args[0]!;
}

const userName = (context: V2Context): string => nameOf(context, "Please provide a username");
const roleName = (context: V2Context): string => nameOf(context, "Please provide a role name");

function noArguments({ flags }: V2Context): void {
  if (flags.args.length > 0) throw failure("No arguments accepted");
}

async function newPassword({ io }: V2Context): Promise<string> {
  try {
    return await askPassword(io, "New password: ");
  } catch (error) {
    throw failure(`Error reading password: ${(error as Error).message}`);
  }
}

const path = (kind: "users" | "roles", name: string): string => `/v2/auth/${kind}/${encodeURIComponent(name)}`;

function say({ io }: V2Context, text: string): number {
  io.stdout.write(`${text}\n`);
  return 0;
}

// ---- users

async function userAdd(context: V2Context): Promise<number> {
  const given = userName(context);
  const client = await context.client();
  const colon = given.indexOf(":");
  const user = colon < 0 ? given : given.slice(0, colon);
  const password = colon < 0 ? await newPassword(context) : given.slice(colon + 1);
  await client.json("PUT", path("users", user), [200, 201], { user, ...(password === "" ? {} : { password }), roles: null });
  return say(context, `User ${user} created`);
}

async function userGet(context: V2Context): Promise<number> {
  const name = userName(context);
  const answer = (await (await context.client()).json("GET", path("users", name), [200])) as { user: string; roles?: readonly { role: string }[] };
  const names = (answer.roles ?? []).map(({ role }) => role);
  // 3.4's client has as many empty names in front
  return say(context, `User: ${answer.user}\nRoles: ${[...names.map(() => ""), ...names].join(" ")}`);
}

async function userList(context: V2Context): Promise<number> {
  noArguments(context);
  const { users } = (await (await context.client()).json("GET", "/v2/auth/users", [200])) as { users: readonly { user: string }[] | null };
  context.io.stdout.write((users ?? []).map(({ user }) => `${user}\n`).join(""));
  return 0;
}

async function userRemove(context: V2Context): Promise<number> {
  const name = userName(context);
  await (await context.client()).json("DELETE", path("users", name), [200, 201]);
  return say(context, `User ${name} removed`);
}

async function userRoles(context: V2Context, change: "grant" | "revoke"): Promise<number> {
  const roles = context.flags.lists.get("roles") ?? [];
  if (roles.length === 0) throw failure("No roles specified; please use `--roles`");
  const user = userName(context);
  await (await context.client()).json("PUT", path("users", user), [200], { user, roles: null, [change]: roles });
  return say(context, `User ${user} updated`);
}

async function userPassword(context: V2Context): Promise<number> {
  const user = userName(context);
  const client = await context.client();
  const password = await newPassword(context);
  await client.json("PUT", path("users", user), [200], { user, ...(password === "" ? {} : { password }), roles: null });
  return say(context, "Password updated");
}

// ---- roles

const none = { kv: { read: null, write: null } };

async function roleAdd(context: V2Context): Promise<number> {
  const role = roleName(context);
  const client = await context.client();
  const known = await client.json("GET", path("roles", role), [200]).then(
    () => true,
    (error: unknown) => {
      // whatever else is wrong shows when it is made
      if (error instanceof V2ServerError) return false;
      throw error;
    },
  );
  if (known) throw failure(`Role ${role} already exists`);
  await client.json("PUT", path("roles", role), [200, 201], { role, permissions: none });
  return say(context, `Role ${role} created`);
}

async function roleGet(context: V2Context): Promise<number> {
  const name = roleName(context);
  const { role, permissions } = (await (await context.client()).json("GET", path("roles", name), [200])) as Role;
  const lines = (patterns: readonly string[] | null): string => (patterns ?? []).map((pattern) => `\n\t${pattern}`).join("");
  return say(context, `Role: ${role}\nKV Read:${lines(permissions.kv.read)}\nKV Write:${lines(permissions.kv.write)}`);
}

async function roleList(context: V2Context): Promise<number> {
  noArguments(context);
  const { status, body } = await (await context.client()).ask("GET", "/v2/auth/roles");
  if (status !== 200) throw failure(`unexpected status code ${status}`);
  const { roles } = JSON.parse(body) as { roles: readonly Role[] };
  context.io.stdout.write(roles.map(({ role }) => `${role}\n`).join(""));
  return 0;
}

async function roleRemove(context: V2Context): Promise<number> {
  const name = roleName(context);
  await (await context.client()).json("DELETE", path("roles", name), [200, 201]);
  return say(context, `Role ${name} removed`);
}

/** One slash between names, no dots; a slash at the end stays. */
function canonical(text: string): string {
  const names: string[] = [];
  for (const name of text.split("/")) {
    if (name === "" || name === ".") continue;
    if (name === "..") names.pop();
    else names.push(name);
  }
  return `/${names.join("/")}${names.length > 0 && text.endsWith("/") ? "/" : ""}`;
}

async function rolePermissions(context: V2Context, change: "grant" | "revoke"): Promise<number> {
  const { flags } = context;
  const pattern = flags.values.get("path") ?? "";
  if (pattern === "") throw failure("No path specified; please use `--path`");
  if (canonical(pattern) !== pattern) throw failure(`Not canonical path; please use \`--path=${canonical(pattern)}\``);
  const kinds = ["read", "write", "readwrite"].filter((name) => isOn(flags, name));
  if (kinds.length !== 1) throw failure("Please specify exactly one of --read, --write or --readwrite");
  const role = roleName(context);
  const client = await context.client();
  await client.json("GET", path("roles", role), [200]);
  const kv = { read: kinds[0] === "write" ? null : [pattern], write: kinds[0] === "read" ? null : [pattern] };
  await client.json("PUT", path("roles", role), [200], { role, permissions: none, [change]: { kv } });
  return say(context, `Role ${role} updated`);
}

// ---- auth

async function switchAuth(context: V2Context, on: boolean): Promise<number> {
  noArguments(context);
  await (await context.client()).json(on ? "PUT" : "DELETE", "/v2/auth/enable", [200, 201]);
  return say(context, `Authentication ${on ? "Enabled" : "Disabled"}`);
}

const roles: V2Flag = { names: ["roles"], kind: "strings", usage: "List of roles to grant or revoke" };
const rights = (done: "Grant" | "Revoke", kind: (name: string) => string): readonly V2Flag[] => [
  { names: ["path"], kind: "string", usage: `Path ${done === "Grant" ? "granted" : "revoked"} for the role to access` },
  { names: ["read"], kind: "bool", usage: `${done} ${kind("read")} access` },
  { names: ["write"], kind: "bool", usage: `${done} ${kind("write")} access` },
  { names: ["readwrite", "rw"], kind: "bool", usage: `${done} read-write access` },
];

export const authCommands: readonly V2Command[] = [
  {
    name: "user",
    usage: "user add, grant and revoke subcommands",
    commands: [
      { name: "add", usage: "add a new user for the etcd cluster", argsUsage: "<user>", run: userAdd },
      { name: "get", usage: "get details for a user", argsUsage: "<user>", run: userGet },
      { name: "list", usage: "list all current users", argsUsage: "<user>", run: userList },
      { name: "remove", usage: "remove a user for the etcd cluster", argsUsage: "<user>", run: userRemove },
      { name: "grant", usage: "grant roles to an etcd user", argsUsage: "<user>", flags: [roles], run: (context) => userRoles(context, "grant") },
      { name: "revoke", usage: "revoke roles for an etcd user", argsUsage: "<user>", flags: [roles], run: (context) => userRoles(context, "revoke") },
      { name: "passwd", usage: "change password for a user", argsUsage: "<user>", run: userPassword },
    ],
  },
  {
    name: "role",
    usage: "role add, grant and revoke subcommands",
    commands: [
      { name: "add", usage: "add a new role for the etcd cluster", argsUsage: "<role> ", run: roleAdd },
      { name: "get", usage: "get details for a role", argsUsage: "<role>", run: roleGet },
      { name: "list", usage: "list all roles", argsUsage: " ", run: roleList },
      { name: "remove", usage: "remove a role from the etcd cluster", argsUsage: "<role>", run: roleRemove },
      { name: "grant", usage: "grant path matches to an etcd role", argsUsage: "<role>", flags: rights("Grant", (kind) => `${kind}-only`), run: (context) => rolePermissions(context, "grant") },
      { name: "revoke", usage: "revoke path matches for an etcd role", argsUsage: "<role>", flags: rights("Revoke", (kind) => kind), run: (context) => rolePermissions(context, "revoke") },
    ],
  },
  {
    name: "auth",
    usage: "overall auth controls",
    commands: [
      { name: "enable", usage: "enable auth access controls", argsUsage: " ", run: (context) => switchAuth(context, true) },
      { name: "disable", usage: "disable auth access controls", argsUsage: " ", run: (context) => switchAuth(context, false) },
    ],
  },
];
