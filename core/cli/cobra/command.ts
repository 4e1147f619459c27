/**
 * A tree of commands as cobra has it: sub-commands with prefix matching and aliases, flags inherited from parents,
 * suggestions for a misspelt command, and errors on stderr with usage on stdout.
 */
import type { ProgramIo } from "../program.ts";
import { type FlagDefinition, FlagError, FlagSet } from "./flags.ts";

export interface Command {
  /** "get [options] <key> [range_end]": the first word is the name */
  readonly use: string;
  readonly short: string;
  readonly long?: string;
  readonly aliases?: readonly string[];
  readonly flags?: readonly FlagDefinition[];
  /** also of all commands below */
  readonly inherited?: readonly FlagDefinition[];
  readonly required?: readonly string[];
  readonly commands?: readonly Command[];
  readonly hidden?: boolean;
  /** true where the usage line does not mention flags */
  readonly plainUse?: boolean;
  /** lines shown by help, ready to be typed */
  readonly example?: string;
  /** What is wrong with the positional arguments, told with the usage; undefined: nothing. */
  refuses?(args: readonly string[]): string | undefined;
  run?(flags: FlagSet, io: ProgramIo): Promise<number>;
}

/** Prints help for a command; `path` is the way to it, root first. */
export type HelpPrinter = (path: readonly Command[]) => string;

/** A failure with an exit code: `Error: <message>` on stderr (etcd pkg/cobrautl); nothing where the message is empty. */
export class ExitError extends Error {
  override readonly name = "ExitError";
  constructor(
    readonly exitCode: number,
    message: string,
    options?: ErrorOptions,
  ) {
    super(message, options);
  }
}

/** Exit codes of etcdctl and etcdutl. */
export const Exit = { Success: 0, Error: 1, BadConnection: 2, InvalidInput: 3, BadFeature: 4, Interrupted: 5, IO: 6, BadArgs: 128 } as const;

export function commandName(command: Command): string {
  return command.use.split(" ")[0]!;
}

/** Distance of two words by single edits, for suggestions. */
function editDistance(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, index) => index);
  for (let i = 1; i <= a.length; i++) {
    const next = [i];
    for (let j = 1; j <= b.length; j++) next.push(Math.min(next[j - 1]! + 1, row[j]! + 1, row[j - 1]! + (a[i - 1] === b[j - 1] ? 0 : 1)));
    row = next;
  }
  return row[b.length]!;
}

function suggestionsFor(root: Command, word: string): string[] {
  return (root.commands ?? [])
    .filter((command) => !command.hidden)
    .map(commandName)
    .filter((name) => editDistance(word.toLowerCase(), name.toLowerCase()) <= 2 || name.toLowerCase().startsWith(word.toLowerCase()));
}

function findChild(command: Command, word: string): Command | undefined {
  const children = command.commands ?? [];
  const exact = children.find((child) => commandName(child) === word || child.aliases?.includes(word));
  if (exact !== undefined) return exact;
  const matches = children.filter((child) => [commandName(child), ...(child.aliases ?? [])].some((name) => name.startsWith(word)));
  return matches.length === 1 ? matches[0] : undefined;
}

/** Splits argv into the way to a command and the arguments left for it, as cobra's Find: flags may stand in between. */
function findCommand(root: Command, argv: readonly string[]): { path: Command[]; rest: string[] } {
  const path = [root];
  let rest = [...argv];
  for (;;) {
    const current = path[path.length - 1]!;
    const known = path.flatMap((command) => [...(command.inherited ?? []), ...(command === current ? (command.flags ?? []) : [])]);
    const at = firstWord(rest, known);
    if (at < 0) break;
    const child = findChild(current, rest[at]!);
    if (child === undefined) break;
    path.push(child);
    rest = [...rest.slice(0, at), ...rest.slice(at + 1)];
  }
  return { path, rest };
}

/**
 * Index of the first argument that is neither a flag nor a flag's value; -1 where there is none before `--`. A flag that is not known
 * here (of a command that still has to be found) is taken to have a value, as cobra takes it: `etcdctl --consistency s get a`.
 */
export function firstWord(argv: readonly string[], flags: readonly FlagDefinition[]): number {
  for (let index = 0; index < argv.length; index++) {
    const arg = argv[index]!;
    if (arg === "--") return -1;
    if (arg === "") continue;
    if (!arg.startsWith("-")) return index;
    if (arg.includes("=")) continue;
    if (!arg.startsWith("--") && arg.length > 2) continue;
    const flag = flags.find((one) => (arg.startsWith("--") ? one.name === arg.slice(2) : one.shorthand === arg[1]));
    if (flag?.kind !== "bool") index++;
  }
  return -1;
}

export interface RunOptions {
  readonly help: HelpPrinter;
  /**
   * where cobra's users print usage after an error: etcdctl on stdout, and an empty line on stderr; etcdutl on stderr, and the
   * error once more
   */
  readonly usage: "stdout" | "stderr";
}

/** "etcdctl get <key> [flags]" as cobra's UseLine. */
export function useLine(path: readonly Command[]): string {
  const command = path[path.length - 1]!;
  const line = [...path.slice(0, -1).map(commandName), command.use].join(" ");
  return command.plainUse === true ? line : `${line} [flags]`;
}

function helpCommand(root: Command, options: RunOptions): Command {
  return {
    use: "help [command]",
    short: "Help about any command",
    long: `Shows what a command does and which flags it takes: ${commandName(root)} help [path to command].`,
    run(flags, io) {
      const { path, rest } = findCommand(root, flags.args);
      const unknown = flags.args.length > 0 && (path.length === 1 || rest.length > 0);
      if (unknown) io.stderr.write(`Unknown help topic [${flags.args.map((word) => `\`${word}\``).join(" ")}]\n`);
      (unknown && options.usage === "stderr" ? io.stderr : io.stdout).write(options.help(unknown ? [root] : path));
      return Promise.resolve(Exit.Success);
    },
  };
}

/** Runs the command line of `io`. Returns the exit code; errors are already printed. */
export async function runCommand(tree: Command, io: ProgramIo, options: RunOptions): Promise<number> {
  const root: Command = { ...tree, commands: [...(tree.commands ?? []), helpCommand(tree, options)] };
  const { path, rest } = findCommand(root, io.argv);
  const command = path[path.length - 1]!;
  const flags = new FlagSet([...path.flatMap((one) => one.inherited ?? []), ...(command.flags ?? [])]);
  const fail = (message: string, usage: string): number => {
    io.stderr.write(`Error: ${message}\n`);
    if (options.usage === "stdout") {
      io.stdout.write(usage);
      io.stderr.write("\n");
    } else io.stderr.write(`${usage}\nError: ${message}\n`);
    return Exit.Error;
  };
  try {
    const { help } = flags.parse(rest);
    if (help) {
      io.stdout.write(options.help(path));
      return Exit.Success;
    }
  } catch (error) {
    if (!(error instanceof FlagError)) throw error;
    return fail(error.message, options.help(path));
  }
  if (command === root && flags.args.length > 0) {
    const word = flags.args[0]!;
    const near = suggestionsFor(root, word);
    const hint = near.length > 0 ? `\n\nDid you mean this?\n${near.map((name) => `\t${name}\n`).join("")}` : "";
    const message = `unknown command ${JSON.stringify(word)} for "${commandName(root)}"${hint}`;
    io.stderr.write(`Error: ${message}\nRun '${commandName(root)} --help' for usage.\n${options.usage === "stderr" ? `Error: ${message}\n` : ""}`);
    return Exit.Error;
  }
  if (command.run === undefined) {
    io.stdout.write(options.help(path));
    return Exit.Success;
  }
  const refusal = command.refuses?.(flags.args);
  if (refusal !== undefined) return fail(refusal, options.help(path));
  const missing = (command.required ?? []).filter((name) => !flags.changed(name));
  if (missing.length > 0) return fail(`required flag(s) ${missing.map((name) => `"${name}"`).join(", ")} not set`, options.help(path));
  try {
    return await command.run(flags, io);
  } catch (error) {
    if (!(error instanceof ExitError)) throw error;
    if (error.message !== "") io.stderr.write(`Error: ${error.message}\n`);
    return error.exitCode;
  }
}

/** The refusal of a command that takes one argument (cobra.ExactArgs(1)). */
export function exactlyOne(args: readonly string[]): string | undefined {
  return args.length === 1 ? undefined : `accepts 1 arg(s), received ${args.length}`;
}
