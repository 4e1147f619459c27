/** How etcdctl reads its arguments: key ranges, ids in hex, and input from stdin. */
import { parseGoInt } from "../../cobra/flags.ts";
import { Exit, ExitError } from "../../cobra/command.ts";
import { goUnquote } from "../../go/quote.ts";
import type { ProgramIo } from "../../program.ts";
import { prefixEnd } from "../../../proto/prefix-end.ts";

export const bad = (message: string): ExitError => new ExitError(Exit.BadArgs, message);

/** Key and range end of a command with --prefix and --from-key; an empty key there means "from the first". */
export function keyRange(key: string, end: string | undefined, mode: "prefix" | "from-key" | "plain"): { key: Buffer; rangeEnd: Buffer } {
  const start = Buffer.from(key);
  if (mode === "plain") return { key: start, rangeEnd: end === undefined ? Buffer.alloc(0) : Buffer.from(end) };
  if (start.length === 0) return { key: Buffer.from([0]), rangeEnd: Buffer.from([0]) };
  return { key: start, rangeEnd: mode === "prefix" ? prefixEnd(start) : Buffer.from([0]) };
}

/** `strconv.ParseInt/ParseUint(text, 16, 64)` with its error text. */
export function parseHex(text: string, call: "ParseInt" | "ParseUint"): bigint {
  const match = /^(-?)([0-9a-fA-F]+)$/.exec(text);
  if (match === null || (call === "ParseUint" && match[1] === "-")) throw new Error(`strconv.${call}: parsing ${JSON.stringify(text)}: invalid syntax`);
  const value = BigInt(`0x${match[2]}`) * (match[1] === "-" ? -1n : 1n);
  if (call === "ParseInt" ? value > 2n ** 63n - 1n || value < -(2n ** 63n) : value > 2n ** 64n - 1n) throw new Error(`strconv.${call}: parsing ${JSON.stringify(text)}: value out of range`);
  return value;
}

/** A lease or member id given in hex. @throws ExitError 128 with `what` in front */
export function hexId(text: string, what: string, call: "ParseInt" | "ParseUint"): bigint {
  try {
    return parseHex(text, call);
  } catch (error) {
    throw new ExitError(Exit.BadArgs, `${what} (${(error as Error).message}), expecting ID in Hex`, { cause: error });
  }
}

/** A number as strconv.ParseInt reads it. @throws ExitError 128 with `what` in front, or 1 with strconv's text alone */
export function decimal(text: string, what?: string): number {
  try {
    if (!/^[+-]?[0-9]+$/.test(text)) throw new Error(`strconv.ParseInt: parsing ${JSON.stringify(text)}: invalid syntax`);
    return Number(parseGoInt(text.replace(/^([+-]?)0+(?=[0-9])/, "$1")));
  } catch (error) {
    const { message } = error as Error;
    throw what === undefined ? new ExitError(Exit.Error, message, { cause: error }) : new ExitError(Exit.BadArgs, `${what} (${message})`, { cause: error });
  }
}

export async function readAll(io: ProgramIo): Promise<Buffer> {
  const parts: Buffer[] = [];
  for await (const chunk of io.stdin) parts.push(chunk);
  return Buffer.concat(parts);
}

/** Lines of stdin, without their line ends; what stands after the last line end is no line. */
export async function* readLines(io: ProgramIo): AsyncGenerator<string> {
  let rest = "";
  for await (const chunk of io.stdin) {
    const pieces = (rest + chunk.toString("utf8")).split(/\r\n|\r|\n/);
    rest = pieces.pop()!;
    yield* pieces;
  }
}

/** Words of a line as etcdctl cuts them: "..." with Go's escapes, '...' as it stands, and anything else between spaces. */
export function splitWords(line: string): string[] {
  return [...line.matchAll(/"(?:[^"\\]|\\.)*"|'[^']*'|[^'"\s]\S*[^'"\s]?/g)].map(([word]) => {
    if (word.startsWith("'")) return word.slice(1, -1);
    if (!word.startsWith('"')) return word;
    try {
      return goUnquote(word).toString();
    } catch (error) {
      throw new ExitError(Exit.InvalidInput, "bad verb", { cause: error });
    }
  });
}
