/** Help as urfave/cli lays it out. */
import { ETCD_VERSION } from "../../version.ts";
import type { V2Command } from "./command.ts";
import type { V2Flag } from "./flags.ts";

const helpFlag: V2Flag = { names: ["help", "h"], kind: "bool", usage: "show help" };
const helpRow = ["help, h", "Shows a list of commands or help for one command"] as const;

function table(rows: readonly (readonly [string, string])[]): string {
  const width = Math.max(...rows.map(([name]) => name.length)) + 2;
  return rows.map(([name, usage]) => `   ${name.padEnd(width)}${usage}\n`).join("");
}

function flagRow({ names, kind, usage, placeholder = "value", default: shown }: V2Flag): [string, string] {
  const name = names.map((one) => `${one.length > 1 ? "--" : "-"}${one}${kind === "bool" ? "" : ` ${placeholder}`}`).join(", ");
  return [name, `${usage}${shown === undefined ? "" : ` (default: ${shown})`}`];
}

const commandRow = ({ name, usage }: V2Command): [string, string] => [name, usage];

export function programHelp(commands: readonly V2Command[], flags: readonly V2Flag[]): string {
  return (
    `NAME:\n   etcdctl - A simple command line client for etcd.\n\nUSAGE:\n   etcdctl [global options] command [command options] [arguments...]\n\n` +
    `VERSION:\n   ${ETCD_VERSION}\n\nCOMMANDS:\n${table([...commands.map(commandRow), helpRow])}\n` +
    `GLOBAL OPTIONS:\n${table([...flags, { names: ["version", "v"], kind: "bool", usage: "print the version" } as V2Flag].map(flagRow))}`
  );
}

/** @param path names that lead to the command, its own the last */
export function commandHelp(command: V2Command, path: readonly string[]): string {
  const name = ["etcdctl", ...path].join(" ");
  const head = `NAME:\n   ${name} - ${command.usage}\n\nUSAGE:\n   ${name}`;
  if (command.commands !== undefined) {
    return `${head} command [command options] [arguments...]\n\nCOMMANDS:\n${table(command.commands.map(commandRow))}\nOPTIONS:\n${table([flagRow(helpFlag)])}   \n`;
  }
  const flags = command.flags ?? [];
  const usage = `${head}${flags.length > 0 ? " [command options]" : ""} ${command.argsUsage ?? "[arguments...]"}\n`;
  const description = command.description === undefined ? "" : `\nDESCRIPTION:\n   ${command.description}\n`;
  return `${usage}${description}${flags.length > 0 ? `\nOPTIONS:\n${table(flags.map(flagRow))}   \n` : ""}`;
}
