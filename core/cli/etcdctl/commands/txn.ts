/** txn: three blocks of lines (compares, then-requests, else-requests), each ended by an empty line. */
import * as pb from "../../../proto/gen/etcdserverpb.ts";
import { type Command, Exit, ExitError } from "../../cobra/command.ts";
import { goQuote, goUnquote } from "../../go/quote.ts";
import { connected } from "../connection.ts";
import { printAnswer } from "../printers/index.ts";
import { bad, decimal, parseHex, readLines, splitWords } from "./arguments.ts";
import { opFromWords } from "./kv-requests.ts";

const RESULTS: Readonly<Record<string, number>> = {
  "=": pb.Compare_CompareResult.EQUAL,
  "!=": pb.Compare_CompareResult.NOT_EQUAL,
  ">": pb.Compare_CompareResult.GREATER,
  "<": pb.Compare_CompareResult.LESS,
};

/** A Go string literal at the start of `text`, with what follows it; undefined where there is none. */
function literal(text: string): { readonly value: Buffer; readonly rest: string } | undefined {
  const match = /^(?:"(?:[^"\\]|\\.)*"|`[^`]*`)/.exec(text);
  if (match === null) return undefined;
  try {
    return { value: goUnquote(match[0]), rest: text.slice(match[0].length) };
  } catch {
    return undefined; // told by the caller as a malformed comparison
  }
}

/** `mod("key") > "3"`, read as etcdctl's scanf does. @throws Error "malformed comparison: ..." */
export function parseCompare(line: string): pb.Compare {
  const open = line.indexOf("(");
  if (open < 0) throw new Error(`malformed comparison: ${line}`);
  const name = line.slice(0, open);
  const key = literal(line.slice(open + 1).trimStart());
  const operator = key === undefined ? null : /^\)\s+(\S+)(.*)$/s.exec(key.rest);
  const value = operator === null ? undefined : literal(operator[2]!.trimStart());
  if (key === undefined || operator === null || value === undefined)
    throw new Error(`malformed comparison: ${line}; got ${name}(${goQuote(key?.value ?? "")}) ${operator?.[1] ?? ""} ${goQuote(value?.value ?? "")}`);
  const result = RESULTS[operator[1]!];
  if (result === undefined) throw new Error(`malformed comparison: ${line} (unknown operator ${operator[1]})`);
  const number = <T>(parse: (text: string) => T): T => {
    try {
      return parse(value.value.toString());
    } catch (error) {
      throw new Error(`invalid txn compare request: ${line}`, { cause: error });
    }
  };
  const compare = pb.Compare.create({ key: key.value, result });
  const target = pb.Compare_CompareTarget;
  switch (name) {
    case "ver":
    case "version":
      return { ...compare, target: target.VERSION, version: number(decimal) };
    case "c":
    case "create":
      return { ...compare, target: target.CREATE, createRevision: number(decimal) };
    case "m":
    case "mod":
      return { ...compare, target: target.MOD, modRevision: number(decimal) };
    case "val":
    case "value":
      return { ...compare, target: target.VALUE, value: value.value };
    case "lease":
      // etcd's own program ends in a panic here
      return { ...compare, target: target.LEASE, lease: number((text) => parseHex(text, "ParseInt")) };
    default:
      throw new Error(`malformed comparison: ${line} (unknown target ${name})`);
  }
}

const invalid = (message: string, cause?: unknown): ExitError => new ExitError(Exit.InvalidInput, message, { cause });

async function block<T>(lines: AsyncIterator<string>, parse: (line: string) => T | Promise<T>, failure: (error: Error) => ExitError): Promise<T[]> {
  const found: T[] = [];
  for (;;) {
    const next = await lines.next();
    if (next.done === true) throw invalid("EOF");
    const line = next.value.trim();
    if (line === "") return found;
    try {
      found.push(await parse(line));
    } catch (error) {
      throw failure(error as Error);
    }
  }
}

async function requestOf(line: string): Promise<pb.RequestOp> {
  const words = splitWords(line);
  if (words.length < 2) throw new Error(`invalid txn compare request: ${line}`);
  try {
    return await opFromWords(words);
  } catch (error) {
    if (error instanceof ExitError) throw error;
    throw new Error(`invalid txn request: ${line}`, { cause: error });
  }
}

/** What a command says of its own arguments keeps its exit code. */
const asExit = (error: Error): ExitError => (error instanceof ExitError ? error : invalid(error.message, error));

export const txnCommand: Command = {
  use: "txn [options]",
  short: "Txn processes all the requests in one transaction",
  long:
    "Reads three blocks of lines from standard input, each ended by an empty line: conditions, requests for the case that all hold, and requests\n" +
    "for the case that one does not.\n\n  mod(\"key1\") > \"0\"\n\n  put key1 \"overwritten\"\n\n  put key1 \"created\"\n  put key2 \"some extra key\"",
  flags: [{ name: "interactive", shorthand: "i", kind: "bool", default: "false", usage: "Input transaction in interactive mode" }],
  run(flags, io) {
    if (flags.args.length !== 0) throw bad("txn command does not accept argument");
    return connected(flags, io, async (connection) => {
      const lines = readLines(io)[Symbol.asyncIterator]();
      const prompt = (text: string): void => {
        if (flags.bool("interactive")) io.stdout.write(`${text}\n`);
      };
      prompt("compares:");
      const compare = await block(lines, parseCompare, asExit);
      prompt("success requests (get, put, del):");
      const success = await block(lines, requestOf, asExit);
      prompt("failure requests (get, put, del):");
      const failure = await block(lines, requestOf, asExit);
      const response = await connection.ask((options) => connection.client.txn({ compare, success, failure }, options));
      printAnswer({ kind: "txn", response }, flags, io);
      return Exit.Success;
    });
  },
};
