/** Command line parsing as Go's flag package does it: one dash or two, `-f=v` or `-f v`, booleans without a value. */
import { type FlagSpec, flagTable } from "./flag-table.ts";
import { parseGates } from "./feature-gates.ts";
import { ValueError, parseBool, parseDuration, parseInteger, parseUrls } from "./values.ts";

/** The command line is wrong; Go prints `message`, then the usage, and exits with 2. */
export class FlagError extends Error {
  override readonly name = "FlagError";
}

/** `--help`, `-h`. */
export class HelpRequested extends Error {
  override readonly name = "HelpRequested";
}

function oneOf(value: string, valid: readonly string[]): void {
  if (!valid.includes(value)) throw new ValueError("invalid value");
}

/** @throws ValueError when the flag does not take the value */
export function checkValue(spec: FlagSpec, value: string): void {
  switch (spec.kind) {
    case "bool":
      parseBool(value);
      return;
    case "uint":
      parseInteger(value, false);
      return;
    case "uint32":
      try {
        parseInteger(value, false, 4294967295);
      } catch (error) {
        const reason = (error as Error).message === "parse error" ? "invalid syntax" : (error as Error).message;
        throw new ValueError(`strconv.ParseUint: parsing ${JSON.stringify(value)}: ${reason}`, { cause: error });
      }
      return;
    case "int":
      parseInteger(value, true);
      return;
    case "duration":
      parseDuration(value);
      return;
    case "urls":
      parseUrls(value);
      return;
    case "origins":
      if (value === "") throw new ValueError("URL scheme must be http, https, unix, or unixs: ");
      if (value !== "*") parseUrls(value);
      return;
    case "gates":
      parseGates(value);
      return;
    case "cluster-state":
      oneOf(value, ["new", "existing"]);
      return;
    case "fallback":
      oneOf(value, ["exit", "proxy"]);
      return;
    case "v2-stage":
      for (const stage of value.split(",")) {
        if (!["write-only", "write-only-skip-check", "write-only-drop-data", "gone"].includes(stage)) throw new ValueError(`invalid value ${JSON.stringify(stage)}`);
      }
      return;
    case "string":
    case "strings":
    case "ignored":
  }
}

export interface ParsedFlags {
  /** last value of each flag given */
  readonly values: ReadonlyMap<string, string>;
  /** what stands behind the flags */
  readonly rest: readonly string[];
}

/** @throws FlagError, HelpRequested */
export function parseFlags(argv: readonly string[]): ParsedFlags {
  const values = new Map<string, string>();
  let at = 0;
  while (at < argv.length) {
    const word = argv[at]!;
    if (word.length < 2 || !word.startsWith("-")) break;
    at++;
    if (word === "--") break;
    const body = word.startsWith("--") ? word.slice(2) : word.slice(1);
    if (body === "" || body.startsWith("-") || body.startsWith("=")) throw new FlagError(`bad flag syntax: ${word}`);
    const equals = body.indexOf("=", 1);
    const name = equals < 0 ? body : body.slice(0, equals);
    let value = equals < 0 ? undefined : body.slice(equals + 1);
    const spec = flagTable.get(name);
    if (spec === undefined) {
      if (name === "help" || name === "h") throw new HelpRequested();
      throw new FlagError(`flag provided but not defined: -${name}`);
    }
    if (value === undefined && (spec.kind === "bool" || spec.kind === "ignored")) value = "true";
    if (value === undefined) {
      value = argv[at++];
      if (value === undefined) throw new FlagError(`flag needs an argument: -${name}`);
    }
    try {
      checkValue(spec, value);
    } catch (error) {
      if (!(error instanceof ValueError)) throw error;
      const boolean = spec.kind === "bool";
      throw new FlagError(`invalid ${boolean ? "boolean " : ""}value ${JSON.stringify(value)} for ${boolean ? "" : "flag "}-${name}: ${error.message}`);
    }
    values.set(name, value);
  }
  return { values, rest: argv.slice(at) };
}
