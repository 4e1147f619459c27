/**
 * Command-line flags as pflag has them: `--name value`, `--name=value`, `-n value`, `-nvalue`, flags and arguments
 * interleaved until `--`, and pflag's error texts, which scripts and etcd's own tests match.
 */
import { formatDuration, parseDuration } from "../go/duration.ts";

export type FlagKind = "bool" | "string" | "strings" | "int" | "uint" | "float" | "duration";

export interface FlagDefinition {
  readonly name: string;
  readonly shorthand?: string;
  readonly kind: FlagKind;
  /** as typed: "false", "127.0.0.1:2379", "5s"; comma-separated for strings */
  readonly default: string;
  readonly usage: string;
  readonly hidden?: boolean;
}

export class FlagError extends Error {
  override readonly name = "FlagError";
}

const GO_TRUE = new Set(["1", "t", "T", "TRUE", "true", "True"]);
const GO_FALSE = new Set(["0", "f", "F", "FALSE", "false", "False"]);

/** @throws Error with strconv's text */
export function parseGoInt(text: string, call = "ParseInt"): bigint {
  const plain = text.replace(/^[+-]/, "");
  const unsignedOk = call !== "ParseUint" || !/^[+-]/.test(text);
  if (!/^(0[xX][0-9a-fA-F]+|0[bB][01]+|0[oO]?[0-7]*|[1-9][0-9]*)$/.test(plain) || plain === "" || !unsignedOk)
    throw new Error(`strconv.${call}: parsing ${JSON.stringify(text)}: invalid syntax`);
  const value = BigInt(/^0[0-7]+$/.test(plain) ? `0o${plain.slice(1)}` : plain) * (text.startsWith("-") ? -1n : 1n);
  const [low, high] = call === "ParseUint" ? [0n, 2n ** 64n - 1n] : [-(2n ** 63n), 2n ** 63n - 1n];
  if (value < low || value > high) throw new Error(`strconv.${call}: parsing ${JSON.stringify(text)}: value out of range`);
  return value;
}

type Value = boolean | string | readonly string[] | bigint | number;

function parseValue(kind: FlagKind, text: string): Value {
  switch (kind) {
    case "bool":
      if (GO_TRUE.has(text)) return true;
      if (GO_FALSE.has(text)) return false;
      throw new Error(`strconv.ParseBool: parsing ${JSON.stringify(text)}: invalid syntax`);
    case "string":
      return text;
    case "strings":
      return text === "" ? [] : text.split(",");
    case "int":
      return parseGoInt(text);
    case "uint":
      return parseGoInt(text, "ParseUint");
    case "float": {
      const value = Number(text);
      if (text.trim() === "" || Number.isNaN(value)) throw new Error(`strconv.ParseFloat: parsing ${JSON.stringify(text)}: invalid syntax`);
      return value;
    }
    case "duration":
      return parseDuration(text);
  }
}

/** The flags one command line has: definitions, what was given, and the positional arguments. */
export class FlagSet {
  private readonly byName = new Map<string, FlagDefinition>();
  private readonly byShorthand = new Map<string, FlagDefinition>();
  private readonly values = new Map<string, Value>();
  private readonly given = new Set<string>();
  readonly args: string[] = [];
  /** index into `args` of the first one after `--`; -1 where there was none */
  dashIndex = -1;

  constructor(definitions: Iterable<FlagDefinition>) {
    for (const definition of definitions) {
      this.byName.set(definition.name, definition);
      if (definition.shorthand !== undefined) this.byShorthand.set(definition.shorthand, definition);
      this.values.set(definition.name, parseValue(definition.kind, definition.default));
    }
  }

  names(): Iterable<string> {
    return this.byName.keys();
  }

  has(name: string): boolean {
    return this.byName.has(name);
  }

  /** True where the flag stood on the command line (or was set). */
  changed(name: string): boolean {
    return this.given.has(name);
  }

  /** @throws FlagError with pflag's text */
  set(name: string, text: string): void {
    const flag = this.byName.get(name);
    if (flag === undefined) throw new FlagError(`no such flag -${name}`);
    let value: Value;
    try {
      value = parseValue(flag.kind, text);
    } catch (error) {
      const label = flag.shorthand === undefined ? `--${flag.name}` : `-${flag.shorthand}, --${flag.name}`;
      throw new FlagError(`invalid argument ${JSON.stringify(text)} for "${label}" flag: ${(error as Error).message}`, { cause: error });
    }
    // a repeated list flag adds to what stands there, the first one replaces the default
    if (flag.kind === "strings" && this.given.has(name)) value = [...(this.values.get(name) as readonly string[]), ...(value as readonly string[])];
    this.values.set(name, value);
    this.given.add(name);
  }

  private get<T extends Value>(name: string): T {
    const value = this.values.get(name);
    if (value === undefined) throw new Error(`flag accessed but not defined: ${name}`);
    return value as T;
  }

  bool(name: string): boolean {
    return this.get<boolean>(name);
  }
  string(name: string): string {
    return this.get<string>(name);
  }
  strings(name: string): readonly string[] {
    return this.get<readonly string[]>(name);
  }
  big(name: string): bigint {
    return this.get<bigint>(name);
  }
  int(name: string): number {
    return Number(this.get<bigint>(name));
  }
  float(name: string): number {
    return this.get<number>(name);
  }
  /** milliseconds */
  durationMs(name: string): number {
    return this.get<number>(name) / 1e6;
  }

  /** @throws FlagError with pflag's text; `help` where --help or -h stood */
  parse(argv: readonly string[]): { readonly help: boolean } {
    let index = 0;
    const next = (): string | undefined => argv[index++];
    for (let arg = next(); arg !== undefined; arg = next()) {
      if (arg === "--") {
        this.dashIndex = this.args.length;
        this.args.push(...argv.slice(index));
        break;
      }
      if (arg.startsWith("--")) {
        const [name, inline] = split(arg.slice(2));
        if (name === "" || name.startsWith("-") || name.startsWith("=")) throw new FlagError(`bad flag syntax: ${arg}`);
        const flag = this.byName.get(name);
        if (flag === undefined) {
          if (name === "help") return { help: true };
          throw new FlagError(`unknown flag: --${name}`);
        }
        if (inline !== undefined) this.set(name, inline);
        else if (flag.kind === "bool") this.set(name, "true");
        else {
          const value = next();
          if (value === undefined) throw new FlagError(`flag needs an argument: --${name}`);
          this.set(name, value);
        }
      } else if (arg.startsWith("-") && arg.length > 1) {
        for (let rest = arg.slice(1); rest !== ""; ) {
          const letter = rest[0]!;
          const flag = this.byShorthand.get(letter);
          if (flag === undefined) {
            if (letter === "h") return { help: true };
            throw new FlagError(`unknown shorthand flag: '${letter}' in -${rest}`);
          }
          rest = rest.slice(1);
          if (rest.startsWith("=")) {
            this.set(flag.name, rest.slice(1));
            rest = "";
          } else if (flag.kind === "bool") this.set(flag.name, "true");
          else {
            const value = rest !== "" ? rest : next();
            if (value === undefined) throw new FlagError(`flag needs an argument: '${letter}' in -${letter}`);
            this.set(flag.name, value);
            rest = "";
          }
        }
      } else this.args.push(arg);
    }
    return { help: false };
  }
}

function split(text: string): [string, string | undefined] {
  const at = text.indexOf("=");
  return at < 0 ? [text, undefined] : [text.slice(0, at), text.slice(at + 1)];
}

/** The default as help prints it: `=false`, `=""`, `=[127.0.0.1:2379]`, `=5s`. */
export function defaultText(flag: FlagDefinition): string {
  switch (flag.kind) {
    case "string":
      return `"${flag.default}"`;
    case "strings":
      return `[${flag.default}]`;
    case "duration":
      return formatDuration(parseDuration(flag.default));
    case "bool":
    case "int":
    case "uint":
    case "float":
      return flag.default;
  }
}
