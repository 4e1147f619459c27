/** Flags as urfave/cli takes them: one or two dashes, `--name value` or `--name=value`, before or after the arguments. */

export interface V2Flag {
  readonly names: readonly string[];
  /** "strings" may be given more than once */
  readonly kind: "bool" | "string" | "strings" | "int" | "duration";
  readonly usage: string;
  /** what stands for the value in the help; default "value" */
  readonly placeholder?: string;
  /** as the help tells it */
  readonly default?: string;
}

export class V2FlagError extends Error {
  override readonly name = "V2FlagError";
}

export interface V2Flags {
  readonly values: ReadonlyMap<string, string>;
  /** of the flags that may be given more than once */
  readonly lists: ReadonlyMap<string, readonly string[]>;
  readonly args: readonly string[];
}

export const isOn = ({ values }: V2Flags, name: string): boolean => values.get(name) === "true";

/** @param stopAtWord true for global flags: the first word is the command. @throws V2FlagError in Go's words */
export function parseV2Flags(argv: readonly string[], definitions: readonly V2Flag[], stopAtWord: boolean): V2Flags {
  const values = new Map<string, string>();
  const lists = new Map<string, string[]>();
  const args: string[] = [];
  for (let index = 0; index < argv.length; index++) {
    const arg = argv[index]!;
    if (arg === "--") {
      args.push(...argv.slice(index + (stopAtWord ? 0 : 1)));
      break;
    }
    if (!arg.startsWith("-") || arg === "-") {
      if (stopAtWord) {
        args.push(...argv.slice(index));
        break;
      }
      args.push(arg);
      continue;
    }
    const [name, ...rest] = arg.replace(/^--?/, "").split("=");
    const flag = definitions.find((one) => one.names.includes(name!));
    if (flag === undefined) throw new V2FlagError(`flag provided but not defined: -${name}`);
    let value = rest.length > 0 ? rest.join("=") : flag.kind === "bool" ? "true" : argv[++index];
    if (value === undefined) throw new V2FlagError(`flag needs an argument: -${name}`);
    if (flag.kind === "bool") value = boolOf(value, name!);
    if (flag.kind === "int" && !/^[+-]?(?:0[xX][0-9a-fA-F]+|\d+)$/.test(value)) throw invalid(value, name!, `strconv.ParseInt: parsing ${JSON.stringify(value)}: invalid syntax`);
    values.set(flag.names[0]!, value);
    if (flag.kind === "strings") lists.set(flag.names[0]!, [...(lists.get(flag.names[0]!) ?? []), value]);
  }
  return { values, lists, args };
}

function invalid(value: string, name: string, reason: string): V2FlagError {
  return new V2FlagError(`invalid value ${JSON.stringify(value)} for flag -${name}: ${reason}`);
}

function boolOf(value: string, name: string): "true" | "false" {
  if (/^(?:1|t|T|true|TRUE|True)$/.test(value)) return "true";
  if (/^(?:0|f|F|false|FALSE|False)$/.test(value)) return "false";
  throw new V2FlagError(`invalid boolean value ${JSON.stringify(value)} for -${name}: parse error`);
}
