/** etcdutl's commands and how it logs: zap's console form on stderr. */
import type { FlagDefinition } from "../cobra/flags.ts";
import { type Command, commandName } from "../cobra/command.ts";
import { defaultText } from "../cobra/flags.ts";
import type { ProgramIo } from "../program.ts";

/** One line as zap's development console prints it: time, level, message, fields, separated by tabs. */
export function consoleLog(io: ProgramIo, level: "INFO" | "WARN", message: string, fields: Readonly<Record<string, unknown>>): void {
  const text = `{${Object.entries(fields)
    .map(([name, value]) => `${JSON.stringify(name)}: ${JSON.stringify(value)}`)
    .join(", ")}}`;
  io.stderr.write(`${new Date().toISOString()}\t${level}\t${message}\t${text}\n`);
}

const writeOut: FlagDefinition = { name: "write-out", shorthand: "w", kind: "string", default: "simple", usage: "set the output format (fields, json, protobuf, simple, table)" };

export const inheritedFlags: readonly FlagDefinition[] = [writeOut];

function flagLines(flags: readonly FlagDefinition[]): string {
  const rows = flags.filter((flag) => !flag.hidden).map((flag) => {
    const type = flag.kind === "bool" ? "" : ` ${flag.kind === "strings" ? "strings" : flag.kind}`;
    const shown = flag.default === "" || flag.default === "false" || flag.default === "0" ? "" : ` (default ${flag.kind === "string" ? JSON.stringify(flag.default) : defaultText(flag)})`;
    return [`  ${flag.shorthand === undefined ? "    " : `-${flag.shorthand}, `}--${flag.name}${type}`, `${flag.usage}${shown}`] as const;
  });
  const width = Math.max(...rows.map(([name]) => name.length)) + 3;
  return rows.map(([name, usage]) => `${name.padEnd(width)}${usage}\n`).join("");
}

/** cobra's own help layout. */
export function etcdutlHelp(path: readonly Command[]): string {
  const command = path[path.length - 1]!;
  const parents = path.slice(0, -1).map(commandName);
  const children = (command.commands ?? []).filter((child) => !child.hidden);
  const help: FlagDefinition = { name: "help", shorthand: "h", kind: "bool", default: "false", usage: `help for ${commandName(command)}` };
  const line = [...parents, command.use].join(" ");
  const parts = [`${command.long ?? command.short}\n\nUsage:\n`];
  if (command.run !== undefined) parts.push(`  ${line} [flags]\n`);
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
