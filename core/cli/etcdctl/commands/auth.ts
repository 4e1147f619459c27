/** auth enable, disable, status. */
import { StatusError, EtcdError } from "../../../proto/errors.ts";
import { AuthService } from "../../../proto/gen/etcdserverpb.ts";
import { type Command, Exit } from "../../cobra/command.ts";
import { connected } from "../connection.ts";
import { authStatus } from "../printers/auth.ts";
import { printAnswer } from "../printers/index.ts";
import { bad } from "./arguments.ts";

const noRootRole = new EtcdError("RootRoleNotExist").message;

/** Gives the user root his role where he has none, as etcdctl does. */
const enable: Command = {
  use: "enable",
  short: "Enables authentication",
  run(flags, io) {
    if (flags.args.length !== 0) throw bad("auth enable command does not accept any arguments");
    return connected(flags, io, async ({ client, ask }) => {
      await ask(async (options) => {
        for (;;) {
          try {
            return await client.call(AuthService.AuthEnable, {}, options);
          } catch (error) {
            if (!(error instanceof StatusError) || error.message !== noRootRole) throw error;
          }
          await client.call(AuthService.RoleAdd, { name: "root" }, options);
          await client.call(AuthService.UserGrantRole, { user: "root", role: "root" }, options);
        }
      });
      io.stdout.write("Authentication Enabled\n");
      return Exit.Success;
    });
  },
};

const disable: Command = {
  use: "disable",
  short: "Disables authentication",
  run(flags, io) {
    if (flags.args.length !== 0) throw bad("auth disable command does not accept any arguments");
    return connected(flags, io, async ({ client, ask }) => {
      await ask((options) => client.call(AuthService.AuthDisable, {}, options));
      io.stdout.write("Authentication Disabled\n");
      return Exit.Success;
    });
  },
};

const status: Command = {
  use: "status",
  short: "Returns authentication status",
  run(flags, io) {
    if (flags.args.length !== 0) throw bad("auth status command does not accept any arguments");
    return connected(flags, io, async ({ client, ask }) => {
      printAnswer(authStatus(await ask((options) => client.call(AuthService.AuthStatus, {}, options))), flags, io);
      return Exit.Success;
    });
  },
};

export const authCommand: Command = { use: "auth <enable or disable>", short: "Enable or disable authentication", commands: [enable, disable, status] };
