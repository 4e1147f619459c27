/** etcdutl: works on files of a member that is not running (etcd etcdutl). */
import { completionCommand } from "../cobra/completion.ts";
import { type Command, Exit, runCommand } from "../cobra/command.ts";
import type { Program } from "../program.ts";
import { API_VERSION, ETCD_VERSION } from "../version.ts";
import { dataCommands } from "./data-dir.ts";
import { restoreCommand } from "./restore.ts";
import { statusCommand } from "./status.ts";
import { etcdutlHelp, inheritedFlags } from "./tree.ts";

const version: Command = {
  use: "version",
  short: "Prints the version of etcdutl",
  run(_flags, io) {
    io.stdout.write(`etcdutl version: ${ETCD_VERSION}\nAPI version: ${API_VERSION}\n`);
    return Promise.resolve(Exit.Success);
  },
};

const tree: Command = {
  use: "etcdutl",
  short: "An administrative command line tool for etcd3.",
  inherited: inheritedFlags,
  commands: [...dataCommands, { use: "snapshot <subcommand>", short: "Manages etcd node snapshots", commands: [restoreCommand, statusCommand] }, completionCommand(() => tree), version],
};

export const etcdutl: Program = (io) => runCommand(tree, io, { help: etcdutlHelp, usage: "stderr" });
