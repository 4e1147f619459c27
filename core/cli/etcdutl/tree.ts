/** etcdutl's commands and how it logs: zap's console form on stderr. */
import type { FlagDefinition } from "../cobra/flags.ts";
import { type Command, commandName } from "../cobra/command.ts";
import { defaultText } from "../cobra/flags.ts";
import type { ProgramIo } from "../program.ts";

/** One line as zap's console encoder prints it: time, level, message, fields, separated by tabs. */
export function consoleLog(io: ProgramIo, level: "INFO" | "WARN" | "ERROR", message: string, fields: Readonly<Record<string, unknown>> = {}): void {
  const shown = Object.entries(fields).map(([name, value]) => `${JSON.stringify(name)}: ${fieldText(value)}`);
  io.stderr.write(`${localTime(new Date())}\t${level.toLowerCase()}\t${message}${shown.length === 0 ? "" : `\t{${shown.join(", ")}}`}\n`);
}

function fieldText(value: unknown): string {
  return Array.isArray(value) ? `[${value.map(fieldText).join(", ")}]` : JSON.stringify(value);
}

/** RFC 3339 to the second, in local time. */
function localTime(at: Date): string {
  const two = (value: number): string => String(value).padStart(2, "0");
  const offset = -at.getTimezoneOffset();
  const zone = offset === 0 ? "Z" : `${offset < 0 ? "-" : "+"}${two(Math.floor(Math.abs(offset) / 60))}:${two(Math.abs(offset) % 60)}`;
  return `${at.getFullYear()}-${two(at.getMonth() + 1)}-${two(at.getDate())}T${two(at.getHours())}:${two(at.getMinutes())}:${two(at.getSeconds())}${zone}`;
}

const writeOut: FlagDefinition = { name: "write-out", shorthand: "w", kind: "string", default: "simple", usage: "set the output format (fields, json, protobuf, simple, table)" };

export const inheritedFlags: readonly FlagDefinition[] = [writeOut];

function flagLines(flags: readonly FlagDefinition[]): string {
  const shown = flags.filter((flag) => !flag.hidden).sort((a, b) => (a.name < b.name ? -1 : 1));
  const rows = shown.map((flag) => {
    const type = flag.kind === "bool" ? "" : ` ${flag.kind === "strings" ? "strings" : flag.kind}`;
    const value = flag.default === "" || flag.default === "false" || flag.default === "0" ? "" : ` (default ${flag.kind === "string" ? JSON.stringify(flag.default) : defaultText(flag)})`;
    return [`  ${flag.shorthand === undefined ? "    " : `-${flag.shorthand}, `}--${flag.name}${type}`, `${flag.usage}${value}`] as const;
  });
  const width = Math.max(...rows.map(([name]) => name.length)) + 3;
  return rows.map(([name, usage]) => `${name.padEnd(width)}${usage}\n`).join("");
}

/** cobra's own layout of a usage, which is all that etcdutl's help prints. */
export function etcdutlHelp(path: readonly Command[]): string {
  const command = path[path.length - 1]!;
  const parents = path.slice(0, -1).map(commandName);
  const own = command.commands ?? [];
  // the tree gets its `help` only when it is run
  const listed = path.length === 1 && !own.some(({ use }) => use.startsWith("help")) ? [...own, { use: "help", short: "Help about any command" }] : own;
  const children = listed.filter((child) => !child.hidden).sort((a, b) => (commandName(a) < commandName(b) ? -1 : 1));
  const help: FlagDefinition = { name: "help", shorthand: "h", kind: "bool", default: "false", usage: `help for ${commandName(command)}` };
  const line = [...parents, command.use].join(" ");
  const parts = ["Usage:\n"];
  if (command.run !== undefined) parts.push(`  ${line}${command.plainUse === true ? "" : " [flags]"}\n`);
  if (children.length > 0) {
    parts.push(`  ${[...parents, commandName(command)].join(" ")} [command]\n\nAvailable Commands:\n`);
    const width = Math.max(11, ...children.map((child) => commandName(child).length));
    for (const child of children) parts.push(`  ${commandName(child).padEnd(width)} ${child.short}\n`);
  }
  parts.push(`\nFlags:\n${flagLines([...(command.flags ?? []), help, ...(path.length === 1 ? inheritedFlags : [])])}`);
  if (path.length > 1) parts.push(`\nGlobal Flags:\n${flagLines(inheritedFlags)}`);
  if (children.length > 0) parts.push(`\nUse "${[...parents, commandName(command)].join(" ")} [command] --help" for more information about a command.\n`);
  return parts.join("");
}
