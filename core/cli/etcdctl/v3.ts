/** The v3 command tree. */
import { type Command, Exit, runCommand } from "../cobra/command.ts";
import type { Program } from "../program.ts";
import { completionCommand } from "../cobra/completion.ts";
import { API_VERSION, ETCD_VERSION } from "../version.ts";
import { authCommand } from "./commands/auth.ts";
import { checkCommand } from "./commands/check.ts";
import { electCommand } from "./commands/elect.ts";
import { endpointCommand } from "./commands/endpoint.ts";
import { kvCommands } from "./commands/kv.ts";
import { leaseCommand } from "./commands/lease.ts";
import { lockCommand } from "./commands/lock.ts";
import { maintenanceCommands } from "./commands/maintenance.ts";
import { makeMirrorCommand } from "./commands/make-mirror.ts";
import { memberCommand } from "./commands/member.ts";
import { roleCommand } from "./commands/role.ts";
import { snapshotCommand } from "./commands/snapshot.ts";
import { txnCommand } from "./commands/txn.ts";
import { userCommand } from "./commands/user.ts";
import { watchCommand } from "./commands/watch.ts";
import { globalFlags } from "./globals.ts";
import { etcdctlHelp } from "./help.ts";

const version: Command = {
  use: "version",
  short: "Prints the version of etcdctl",
  run(_flags, io) {
    io.stdout.write(`etcdctl version: ${ETCD_VERSION}\nAPI version: ${API_VERSION}\n`);
    return Promise.resolve(Exit.Success);
  },
};

const etcdctlTree: Command = {
  use: "etcdctl",
  short: "A simple command line client for etcd3.",
  inherited: globalFlags,
  commands: [...kvCommands, txnCommand, watchCommand, leaseCommand, memberCommand, endpointCommand, ...maintenanceCommands, authCommand, userCommand, roleCommand, snapshotCommand, lockCommand, electCommand, makeMirrorCommand, checkCommand, completionCommand(() => etcdctlTree), version],
};

export const etcdctlV3: Program = (io) => runCommand(etcdctlTree, io, { help: etcdctlHelp, usage: "stdout" });
