/** How etcdctl reads its arguments: key ranges, ids in hex, and input from stdin. */
import { parseGoInt } from "../../cobra/flags.ts";
import { Exit, ExitError } from "../../cobra/command.ts";
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

export function decimal(text: string, what: string): number {
  try {
    return Number(parseGoInt(text));
  } catch (error) {
    throw new ExitError(Exit.BadArgs, `${what} (${(error as Error).message})`, { cause: error });
  }
}

export async function readAll(io: ProgramIo): Promise<Buffer> {
  const parts: Buffer[] = [];
  for await (const chunk of io.stdin) parts.push(chunk);
  return Buffer.concat(parts);
}

/** Lines of stdin, without their line ends; the last one counts even without a newline. */
export async function* readLines(io: ProgramIo): AsyncGenerator<string> {
  let rest = "";
  for await (const chunk of io.stdin) {
    const pieces = (rest + chunk.toString("utf8")).split(/\r\n|\r|\n/);
    rest = pieces.pop()!;
    yield* pieces;
  }
  if (rest !== "") yield rest;
}

/** Splits a line into words as a shell quotes them: "..." with Go escapes left for the caller, '...' literal. */
export function splitWords(line: string): string[] {
  const words: string[] = [];
  let word: string | undefined;
  for (let index = 0; index < line.length; index++) {
    const char = line[index]!;
    if (char === " " || char === "\t") {
      if (word !== undefined) words.push(word);
      word = undefined;
    } else if (char === "'") {
      const end = line.indexOf("'", index + 1);
      if (end < 0) throw new Error("unterminated quote");
      word = (word ?? "") + line.slice(index + 1, end);
      index = end;
    } else if (char === '"') {
      let text = "";
      for (index++; index < line.length && line[index] !== '"'; index++) {
        if (line[index] === "\\" && index + 1 < line.length) {
          const next = line[++index]!;
          text += next === "n" ? "\n" : next === "t" ? "\t" : next === "r" ? "\r" : next;
        } else text += line[index]!;
      }
      if (index >= line.length) throw new Error("unterminated quote");
      word = (word ?? "") + text;
    } else if (char === "\\" && index + 1 < line.length) word = (word ?? "") + line[++index]!;
    else word = (word ?? "") + char;
  }
  if (word !== undefined) words.push(word);
  return words;
}
