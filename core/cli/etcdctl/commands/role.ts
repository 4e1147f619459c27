/** role add, delete, get, list, grant-permission, revoke-permission. */
import { Permission_Type } from "../../../proto/gen/authpb.ts";
import { AuthService } from "../../../proto/gen/etcdserverpb.ts";
import { prefixEnd } from "../../../proto/prefix-end.ts";
import { type Command, Exit } from "../../cobra/command.ts";
import type { FlagDefinition, FlagSet } from "../../cobra/flags.ts";
import { connected } from "../connection.ts";
import { permissionGranted, permissionRevoked, roleAdded, roleDeleted, roleGot, rolesListed } from "../printers/auth.ts";
import { printAnswer } from "../printers/index.ts";
import { bad } from "./arguments.ts";

const noBytes = Buffer.alloc(0);
const lowest = Buffer.from([0]);

/** Keys that a permission is about, as arguments and --prefix, --from-key say. @throws ExitError 128 */
function permissionRange(flags: FlagSet, args: readonly string[]): { readonly key: Buffer; readonly rangeEnd: Buffer } {
  const prefix = flags.bool("prefix");
  const fromKey = flags.bool("from-key");
  const key = Buffer.from(args[0]!);
  if (prefix && fromKey && args.length === 1) throw bad("--from-key and --prefix flags are mutually exclusive");
  // the empty key stands for the lowest there is, and its prefix for all keys
  if (key.length === 0) return { key: lowest, rangeEnd: prefix || fromKey ? lowest : noBytes };
  if (args.length === 1) return { key, rangeEnd: prefix ? prefixEnd(key) : fromKey ? lowest : noBytes };
  if (prefix) throw bad("unexpected endkey argument with --prefix flag");
  if (fromKey) throw bad("unexpected endkey argument with --from-key flag");
  return { key, rangeEnd: Buffer.from(args[1]!) };
}

function rangeFlags(verb: "grant" | "revoke"): FlagDefinition[] {
  return [
    { name: "prefix", kind: "bool", default: "false", usage: `${verb} a prefix permission` },
    { name: "from-key", kind: "bool", default: "false", usage: `${verb} a permission of keys that are greater than or equal to the given key using byte compare` },
  ];
}

const add: Command = {
  use: "add <role name>",
  short: "Adds a new role",
  run(flags, io) {
    const [name] = flags.args;
    if (name === undefined || flags.args.length !== 1) throw bad("role add command requires role name as its argument");
    return connected(flags, io, async ({ client, askLong }) => {
      printAnswer(roleAdded(name, await askLong((options) => client.call(AuthService.RoleAdd, { name }, options))), flags, io);
      return Exit.Success;
    });
  },
};

const remove: Command = {
  use: "delete <role name>",
  short: "Deletes a role",
  run(flags, io) {
    const [role] = flags.args;
    if (role === undefined || flags.args.length !== 1) throw bad("role delete command requires role name as its argument");
    return connected(flags, io, async ({ client, askLong }) => {
      printAnswer(roleDeleted(role, await askLong((options) => client.call(AuthService.RoleDelete, { role }, options))), flags, io);
      return Exit.Success;
    });
  },
};

const get: Command = {
  use: "get <role name>",
  short: "Gets detailed information of a role",
  run(flags, io) {
    const [role] = flags.args;
    if (role === undefined || flags.args.length !== 1) throw bad("role get command requires role name as its argument");
    return connected(flags, io, async ({ client, askLong }) => {
      printAnswer(roleGot(role, await askLong((options) => client.call(AuthService.RoleGet, { role }, options))), flags, io);
      return Exit.Success;
    });
  },
};

const list: Command = {
  use: "list",
  short: "Lists all roles",
  run(flags, io) {
    if (flags.args.length !== 0) throw bad("role list command requires no arguments");
    return connected(flags, io, async ({ client, askLong }) => {
      printAnswer(rolesListed(await askLong((options) => client.call(AuthService.RoleList, {}, options))), flags, io);
      return Exit.Success;
    });
  },
};

const grantPermission: Command = {
  use: "grant-permission [options] <role name> <permission type> <key> [endkey]",
  short: "Grants a key to a role",
  flags: rangeFlags("grant"),
  run(flags, io) {
    const [name, type, ...keys] = flags.args;
    if (name === undefined || type === undefined || keys.length < 1) {
      throw bad("role grant command requires role name, permission type, and key [endkey] as its argument");
    }
    const permType = Permission_Type[type.toUpperCase() as keyof typeof Permission_Type] as number | undefined;
    if (permType === undefined) throw bad(`invalid permission type: ${type}`);
    const range = permissionRange(flags, keys);
    return connected(flags, io, async ({ client, askLong }) => {
      const response = await askLong((options) => client.call(AuthService.RoleGrantPermission, { name, perm: { permType, ...range } }, options));
      printAnswer(permissionGranted(name, response), flags, io);
      return Exit.Success;
    });
  },
};

const revokePermission: Command = {
  use: "revoke-permission <role name> <key> [endkey]",
  short: "Revokes a key from a role",
  flags: rangeFlags("revoke"),
  run(flags, io) {
    const [role, ...keys] = flags.args;
    if (role === undefined || keys.length < 1) throw bad("role revoke-permission command requires role name and key [endkey] as its argument");
    const { key, rangeEnd } = permissionRange(flags, keys);
    return connected(flags, io, async ({ client, askLong }) => {
      const response = await askLong((options) => client.call(AuthService.RoleRevokePermission, { role, key, rangeEnd }, options));
      printAnswer(permissionRevoked(role, keys[0]!, rangeEnd, response), flags, io);
      return Exit.Success;
    });
  },
};

export const roleCommand: Command = { use: "role <subcommand>", short: "Role related commands", commands: [add, remove, get, list, grantPermission, revokePermission] };
