/** etcdctl's help: NAME, USAGE, COMMANDS, DESCRIPTION, OPTIONS, GLOBAL OPTIONS (layout of etcd pkg/cobrautl/help.go, words ours). */
import { type Command, commandName, useLine } from "../cobra/command.ts";
import { defaultText, type FlagDefinition } from "../cobra/flags.ts";
import { tabwrite } from "../go/text.ts";
import { API_VERSION, ETCD_VERSION } from "../version.ts";

const byName = (a: { readonly name: string }, b: { readonly name: string }): number => (a.name < b.name ? -1 : 1);

function option(flag: FlagDefinition): string {
  const value = flag.kind === "bool" ? `[=${defaultText(flag)}]` : `=${defaultText(flag)}`;
  return `  ${flag.shorthand === undefined ? "   " : `-${flag.shorthand},`} --${flag.name}${value}\t${flag.usage}\n`;
}

function options(title: string, flags: readonly FlagDefinition[]): string {
  const shown = flags.filter((flag) => flag.hidden !== true).sort(byName);
  return shown.length === 0 ? "" : `\n${title}:\n${shown.map(option).join("")}`;
}

/** Runnable commands below one, by their way from it. */
function leaves(command: Command, way: readonly string[] = []): (readonly [string, string])[] {
  return (command.commands ?? [])
    .filter((child) => child.hidden !== true)
    .flatMap((child) => [...(child.run === undefined ? [] : [[[...way, commandName(child)].join(" "), child.short] as const]), ...leaves(child, [...way, commandName(child)])]);
}

const indented = (text: string): string => `${text.trim().split("\n").map((line) => `  ${line}\n`).join("")}`;

export function etcdctlHelp(path: readonly Command[]): string {
  const root = path[0]!;
  const command = path[path.length - 1]!;
  const parts = [`NAME:\n  ${path.slice(1).map(commandName).join(" ") || commandName(root)} - ${command.short}\n`, `\nUSAGE:\n  ${useLine(path)}\n`];
  if (command === root) parts.push(`\nVERSION:\n  ${ETCD_VERSION}\n`);
  const below = leaves(command).sort(([a], [b]) => (a < b ? -1 : 1));
  if (below.length > 0) parts.push(`\nAPI VERSION:\n  ${API_VERSION}\n`);
  if (command.example !== undefined) parts.push(`\nExamples:\n${indented(command.example)}`);
  if (below.length > 0) parts.push(`\nCOMMANDS:\n${below.map(([name, short]) => `  ${name}\t${short}\n`).join("")}`);
  if (command.long !== undefined) parts.push(`\nDESCRIPTION:\n${indented(command.long)}`);
  const help: FlagDefinition = { name: "help", shorthand: "h", kind: "bool", default: "false", usage: `help for ${commandName(command)}` };
  parts.push(options("OPTIONS", [...(command.flags ?? []), ...(command.inherited ?? []), help]));
  parts.push(options("GLOBAL OPTIONS", path.slice(0, -1).flatMap((one) => one.inherited ?? [])));
  return tabwrite(`${parts.join("")}\n`);
}
