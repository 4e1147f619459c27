/** Flags as urfave/cli takes them: one or two dashes, `--name value` or `--name=value`, before or after the arguments. */

export interface V2Flag {
  readonly names: readonly string[];
  readonly kind: "bool" | "string";
  readonly usage: string;
}

export class V2FlagError extends Error {
  override readonly name = "V2FlagError";
}

export interface V2Flags {
  readonly values: ReadonlyMap<string, string>;
  readonly args: readonly string[];
}

/** @param stopAtWord true for global flags: the first word is the command. @throws V2FlagError in Go's words */
export function parseV2Flags(argv: readonly string[], definitions: readonly V2Flag[], stopAtWord: boolean): V2Flags {
  const values = new Map<string, string>();
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
    if (rest.length > 0) values.set(flag.names[0]!, rest.join("="));
    else if (flag.kind === "bool") values.set(flag.names[0]!, "true");
    else {
      const value = argv[++index];
      if (value === undefined) throw new V2FlagError(`flag needs an argument: -${name}`);
      values.set(flag.names[0]!, value);
    }
  }
  return { values, args };
}
