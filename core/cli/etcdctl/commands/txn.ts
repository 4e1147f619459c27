/** txn: three blocks of lines (compares, then-requests, else-requests), each ended by an empty line. */
import * as pb from "../../../proto/gen/etcdserverpb.ts";
import { FlagError, parseGoInt } from "../../cobra/flags.ts";
import { type Command, Exit, ExitError } from "../../cobra/command.ts";
import { goUnquote } from "../../go/quote.ts";
import { connected } from "../connection.ts";
import { printAnswer } from "../printers/index.ts";
import { bad, parseHex, readLines, splitWords } from "./arguments.ts";
import { opFromWords } from "./kv-requests.ts";

const RESULTS: Readonly<Record<string, number>> = {
  "=": pb.Compare_CompareResult.EQUAL,
  "!=": pb.Compare_CompareResult.NOT_EQUAL,
  ">": pb.Compare_CompareResult.GREATER,
  "<": pb.Compare_CompareResult.LESS,
};

/** `mod("key") > "3"`. @throws Error "malformed comparison: ..." */
export function parseCompare(line: string): pb.Compare {
  const malformed = (why = ""): Error => new Error(`malformed comparison: ${line}${why}`);
  const match = /^\s*([a-z]+)\(("(?:[^"\\]|\\.)*")\)\s+(=|!=|<|>)\s+("(?:[^"\\]|\\.)*")\s*$/.exec(line);
  if (match === null) throw malformed();
  let key: Buffer;
  let value: Buffer;
  try {
    key = goUnquote(match[2]!);
    value = goUnquote(match[4]!);
  } catch (error) {
    throw new Error(malformed().message, { cause: error });
  }
  const integer = (): number => {
    try {
      return Number(parseGoInt(value.toString()));
    } catch (error) {
      throw new Error(`${malformed().message} (${(error as Error).message})`, { cause: error });
    }
  };
  const compare = pb.Compare.create({ key, result: RESULTS[match[3]!]! });
  const target = pb.Compare_CompareTarget;
  switch (match[1]) {
    case "ver":
    case "version":
      return { ...compare, target: target.VERSION, version: integer() };
    case "c":
    case "create":
      return { ...compare, target: target.CREATE, createRevision: integer() };
    case "m":
    case "mod":
      return { ...compare, target: target.MOD, modRevision: integer() };
    case "val":
    case "value":
      return { ...compare, target: target.VALUE, value };
    case "lease":
      try {
        return { ...compare, target: target.LEASE, lease: parseHex(value.toString(), "ParseInt") };
      } catch (error) {
        throw new Error(`${malformed().message} (${(error as Error).message})`, { cause: error });
      }
    default:
      throw malformed(` (unknown target ${match[1]})`);
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

const requestFailure = (error: Error): ExitError => invalid(error instanceof FlagError || !(error instanceof ExitError) ? `invalid txn request: ${error.message}` : error.message, error);

export const txnCommand: Command = {
  use: "txn [options]",
  short: "Txn processes all the requests in one transaction",
  flags: [{ name: "interactive", shorthand: "i", kind: "bool", default: "false", usage: "Input transaction in interactive mode" }],
  run(flags, io) {
    if (flags.args.length !== 0) throw bad("txn command does not accept argument");
    return connected(flags, io, async (connection) => {
      const lines = readLines(io)[Symbol.asyncIterator]();
      const prompt = (text: string): void => {
        if (flags.bool("interactive")) io.stdout.write(`${text}\n`);
      };
      prompt("compares:");
      const compare = await block(lines, parseCompare, (error) => invalid(error.message, error));
      prompt("success requests (get, put, del):");
      const success = await block(lines, (line) => opFromWords(splitWords(line)), requestFailure);
      prompt("failure requests (get, put, del):");
      const failure = await block(lines, (line) => opFromWords(splitWords(line)), requestFailure);
      const response = await connection.ask((options) => connection.client.txn({ compare, success, failure }, options));
      printAnswer({ kind: "txn", response }, flags, io);
      return Exit.Success;
    });
  },
};
