/** etcdctl's help: NAME, USAGE, COMMANDS, DESCRIPTION, OPTIONS, GLOBAL OPTIONS (layout of etcd pkg/cobrautl/help.go, words ours). */
import { type Command, commandName } from "../cobra/command.ts";
import { defaultText, type FlagDefinition } from "../cobra/flags.ts";
import { tabwrite } from "../go/text.ts";
import { API_VERSION, ETCD_VERSION } from "../version.ts";

function options(flags: readonly FlagDefinition[]): string {
  return flags
    .filter((flag) => !flag.hidden)
    .map((flag) => `\t${flag.shorthand === undefined ? "  " : `-${flag.shorthand},`} --${flag.name}[=${defaultText(flag)}]`.replace(/\[=(?!false|true)(.*)\]$/s, "=$1") + `\t${flag.usage}\n`)
    .join("");
}

/** Runnable commands below one, by their way from it. */
function leaves(command: Command, way: readonly string[] = []): (readonly [string, string])[] {
  return (command.commands ?? [])
    .filter((child) => !child.hidden)
    .flatMap((child) => [...(child.run === undefined ? [] : [[[...way, commandName(child)].join(" "), child.short] as const]), ...leaves(child, [...way, commandName(child)])]);
}

export function etcdctlHelp(path: readonly Command[]): string {
  const root = path[0]!;
  const command = path[path.length - 1]!;
  const way = path.map(commandName).join(" ");
  const parts = [`NAME:\n\t${path.slice(1).map(commandName).join(" ") || commandName(root)} - ${command.short}\n\n`];
  const usage = command === root ? `${way}` : [...path.slice(0, -1).map(commandName), command.use].join(" ");
  parts.push(`USAGE:\n\t${usage}${command === root ? " [flags]" : ""}\n\n`);
  if (command === root) parts.push(`VERSION:\n\t${ETCD_VERSION}\n\n`);
  const below = leaves(command).sort(([a], [b]) => (a < b ? -1 : 1));
  if (below.length > 0) parts.push(`API VERSION:\n\t${API_VERSION}\n\n`, `COMMANDS:\n${below.map(([name, short]) => `\t${name}\t${short}\n`).join("")}\n`);
  if (command.long !== undefined) parts.push(`DESCRIPTION:\n\t${command.long}\n\n`);
  const help: FlagDefinition = { name: "help", shorthand: "h", kind: "bool", default: "false", usage: `help for ${commandName(command)}` };
  const own = [...(command.flags ?? []), ...(command === root ? [] : (command.inherited ?? [])), help].sort((a, b) => (a.name < b.name ? -1 : 1));
  parts.push(`OPTIONS:\n${options(command === root ? [...own, ...(root.inherited ?? [])].sort((a, b) => (a.name < b.name ? -1 : 1)) : own)}\n`);
  if (command !== root) parts.push(`GLOBAL OPTIONS:\n${options(path.slice(0, -1).flatMap((one) => one.inherited ?? []))}\n`);
  return parts.map(tabwrite).join("");
}
