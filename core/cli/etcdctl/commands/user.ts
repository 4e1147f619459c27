/** user add, delete, get, list, passwd, grant-role, revoke-role. */
import { AuthService } from "../../../proto/gen/etcdserverpb.ts";
import { type Command, Exit } from "../../cobra/command.ts";
import { askPassword, readStdinLine } from "../../password-prompt.ts";
import type { ProgramIo } from "../../program.ts";
import { connected } from "../connection.ts";
import { passwordChanged, roleGot, roleGranted, roleRevoked, userAdded, userDeleted, userGot, usersListed } from "../printers/auth.ts";
import { printAnswer } from "../printers/index.ts";
import { bad } from "./arguments.ts";

/** Asked for twice. @throws ExitError 128 */
async function newPassword(io: ProgramIo, name: string): Promise<string> {
  const ask = (prompt: string): Promise<string> =>
    askPassword(io, prompt).catch((error: Error) => {
      throw error.message === "EOF" ? bad(`failed to ask password: ${error.message}`) : error;
    });
  const password = await ask(`Password of ${name}: `);
  if (password === "") throw bad("empty password");
  if ((await ask(`Type password of ${name} again for confirmation: `)) !== password) throw bad("given passwords are different");
  return password;
}

/** The first word of stdin's first line, as Go's fmt.Scanf("%s") takes it. */
async function passwordFromStdin(io: ProgramIo): Promise<string> {
  const line = (await readStdinLine(io)) ?? "";
  return /^\s*(\S*)/.exec(line)![1]!;
}

const add: Command = {
  use: "add <user name or user:password> [options]",
  short: "Adds a new user",
  flags: [
    { name: "interactive", kind: "bool", default: "true", usage: "Read password from stdin instead of interactive terminal" },
    { name: "new-user-password", kind: "string", default: "", usage: "Supply password from the command line flag" },
    { name: "no-password", kind: "bool", default: "false", usage: "Create a user without password (CN based auth only)" },
  ],
  async run(flags, io) {
    const { args } = flags;
    if (args.length !== 1) throw bad("user add command requires user name as its argument");
    const given = args[0]!;
    const noPassword = flags.bool("no-password");
    let name = given;
    let password = "";
    if (!noPassword) {
      const colon = given.indexOf(":");
      if (flags.string("new-user-password") !== "") password = flags.string("new-user-password");
      else if (colon >= 0) {
        name = given.slice(0, colon);
        password = given.slice(colon + 1);
        if (name === "") throw bad("empty user name is not allowed");
      } else password = flags.bool("interactive") ? await newPassword(io, given) : await passwordFromStdin(io);
    }
    return connected(flags, io, async ({ client, askLong }) => {
      const response = await askLong((options) => client.call(AuthService.UserAdd, { name, password, options: { noPassword } }, options));
      printAnswer(userAdded(name, response), flags, io);
      return Exit.Success;
    });
  },
};

const remove: Command = {
  use: "delete <user name>",
  short: "Deletes a user",
  run(flags, io) {
    const [name] = flags.args;
    if (name === undefined || flags.args.length !== 1) throw bad("user delete command requires user name as its argument");
    return connected(flags, io, async ({ client, askLong }) => {
      printAnswer(userDeleted(name, await askLong((options) => client.call(AuthService.UserDelete, { name }, options))), flags, io);
      return Exit.Success;
    });
  },
};

const get: Command = {
  use: "get <user name> [options]",
  short: "Gets detailed information of a user",
  flags: [{ name: "detail", kind: "bool", default: "false", usage: "Show permissions of roles granted to the user" }],
  run(flags, io) {
    const [name] = flags.args;
    if (name === undefined || flags.args.length !== 1) throw bad("user get command requires user name as its argument");
    return connected(flags, io, async ({ client, askLong }) => {
      const response = await askLong((options) => client.call(AuthService.UserGet, { name }, options));
      if (!flags.bool("detail")) {
        printAnswer(userGot(name, response), flags, io);
        return Exit.Success;
      }
      io.stdout.write(`User: ${name}\n`);
      for (const role of response.roles) {
        io.stdout.write("\n");
        printAnswer(roleGot(role, await askLong((options) => client.call(AuthService.RoleGet, { role }, options))), flags, io);
      }
      return Exit.Success;
    });
  },
};

const list: Command = {
  use: "list",
  short: "Lists all users",
  run(flags, io) {
    if (flags.args.length !== 0) throw bad("user list command requires no arguments");
    return connected(flags, io, async ({ client, askLong }) => {
      printAnswer(usersListed(await askLong((options) => client.call(AuthService.UserList, {}, options))), flags, io);
      return Exit.Success;
    });
  },
};

const changePassword: Command = {
  use: "passwd <user name> [options]",
  short: "Changes password of user",
  flags: [{ name: "interactive", kind: "bool", default: "true", usage: "If true, read password from stdin instead of interactive terminal" }],
  async run(flags, io) {
    const [name] = flags.args;
    if (name === undefined || flags.args.length !== 1) throw bad("user passwd command requires user name as its argument");
    const password = flags.bool("interactive") ? await newPassword(io, name) : await passwordFromStdin(io);
    return connected(flags, io, async ({ client, askLong }) => {
      printAnswer(passwordChanged(await askLong((options) => client.call(AuthService.UserChangePassword, { name, password }, options))), flags, io);
      return Exit.Success;
    });
  },
};

const grantRole: Command = {
  use: "grant-role <user name> <role name>",
  short: "Grants a role to a user",
  run(flags, io) {
    const [user, role] = flags.args;
    if (user === undefined || role === undefined || flags.args.length !== 2) throw bad("user grant command requires user name and role name as its argument");
    return connected(flags, io, async ({ client, askLong }) => {
      printAnswer(roleGranted(user, role, await askLong((options) => client.call(AuthService.UserGrantRole, { user, role }, options))), flags, io);
      return Exit.Success;
    });
  },
};

const revokeRole: Command = {
  use: "revoke-role <user name> <role name>",
  short: "Revokes a role from a user",
  run(flags, io) {
    const [name, role] = flags.args;
    if (name === undefined || role === undefined || flags.args.length !== 2) throw bad("user revoke-role requires user name and role name as its argument");
    return connected(flags, io, async ({ client, askLong }) => {
      printAnswer(roleRevoked(name, role, await askLong((options) => client.call(AuthService.UserRevokeRole, { name, role }, options))), flags, io);
      return Exit.Success;
    });
  },
};

export const userCommand: Command = { use: "user <subcommand>", short: "User related commands", commands: [add, remove, get, list, changePassword, grantRole, revokeRole] };
