/** watch: events as they come, one or many watchers (-i), a command run for each event. */
import * as pb from "../../../proto/gen/etcdserverpb.ts";
import type { ClientStream } from "../../../client/index.ts";
import { StatusError } from "../../../proto/errors.ts";
import { type FlagDefinition, FlagError, FlagSet } from "../../cobra/flags.ts";
import { type Command, Exit, ExitError } from "../../cobra/command.ts";
import { goQuote } from "../../go/quote.ts";
import type { ProgramIo } from "../../program.ts";
import { type Connection, connected } from "../connection.ts";
import { printAnswer } from "../printers/index.ts";
import { bad, keyRange, readLines, splitWords } from "./arguments.ts";

const watchFlags: readonly FlagDefinition[] = [
  { name: "interactive", shorthand: "i", kind: "bool", default: "false", usage: "Interactive mode" },
  { name: "prefix", kind: "bool", default: "false", usage: "Watch on a prefix if prefix is set" },
  { name: "rev", kind: "int", default: "0", usage: "Revision to start watching" },
  { name: "prev-kv", kind: "bool", default: "false", usage: "get the previous key-value pair before the event happens" },
  { name: "progress-notify", kind: "bool", default: "false", usage: "get periodic watch progress notification from server" },
];

type WatchStream = ClientStream<pb.WatchRequest, pb.WatchResponse>;

export interface WatchWords {
  readonly key: string;
  readonly end: string | undefined;
  readonly command: readonly string[];
}

/** Key, end and child command of a watch line; the environment may give key and end. @throws ExitError 128 */
function watchArguments(flags: FlagSet, env: Readonly<Record<string, string | undefined>>): WatchWords {
  const before = flags.dashIndex < 0 ? flags.args : flags.args.slice(0, flags.dashIndex);
  const command = flags.dashIndex < 0 ? [] : flags.args.slice(flags.dashIndex);
  if (flags.dashIndex >= 0 && command.length === 0) throw bad("bad number of arguments (found separator --, but no commands)");
  const key = env.ETCDCTL_WATCH_KEY ?? "";
  const end = env.ETCDCTL_WATCH_RANGE_END ?? "";
  if (key === "" && end !== "") throw bad(`ETCDCTL_WATCH_KEY is empty but got ETCDCTL_WATCH_RANGE_END=${JSON.stringify(end)}`);
  if (key !== "" && before.length > 0) throw bad("bad number of arguments (found conflicting environment key)");
  const words = key === "" ? before : [key, ...(end === "" ? [] : [end])];
  if (words[0] === undefined) throw bad("bad number of arguments");
  // words beyond the second one mean nothing to etcdctl, and then the second means nothing either
  return { key: words[0], end: words.length === 2 ? words[1] : undefined, command };
}

/** @throws ExitError 128 */
function checkRange(flags: FlagSet, { end }: WatchWords): void {
  if (end !== undefined && flags.bool("prefix")) throw bad("`range_end` and `--prefix` are mutually exclusive");
}

function createRequest(flags: FlagSet, key: string, end: string | undefined): pb.WatchRequest {
  return pb.WatchRequest.create({
    createRequest: pb.WatchCreateRequest.create({
      ...keyRange(key, end, flags.bool("prefix") ? "prefix" : "plain"),
      startRevision: flags.int("rev"),
      prevKv: flags.bool("prev-kv"),
      progressNotify: flags.bool("progress-notify"),
    }),
  });
}

async function runChild(io: ProgramIo, command: readonly string[], response: pb.WatchResponse): Promise<void> {
  if (io.spawn === undefined) throw new ExitError(Exit.Error, "commands cannot be started here");
  for (const event of response.events) {
    const code = await io.spawn(command, {
      ETCD_WATCH_REVISION: String(response.header?.revision ?? 0),
      ETCD_WATCH_EVENT_TYPE: goQuote(event.type === 1 ? "DELETE" : "PUT"),
      ETCD_WATCH_KEY: goQuote(event.kv?.key ?? ""),
      ETCD_WATCH_VALUE: goQuote(event.kv?.value ?? ""),
    });
    if (code !== 0) throw new ExitError(Exit.Error, `command ${JSON.stringify(command).replaceAll(",", " ")} error (exit status ${code})`);
  }
}

/** Prints what one stream brings until it ends. @throws ExitError when the server cancels the last watcher */
async function follow(stream: WatchStream, flags: FlagSet, io: ProgramIo, commands: ReadonlyMap<number, readonly string[]>, created: (id: number) => void): Promise<void> {
  let watchers = 0;
  for await (const response of stream.responses) {
    if (response.created && !response.canceled) {
      watchers++;
      created(response.watchId);
      continue;
    }
    if (response.canceled) {
      const reason = response.cancelReason !== "" ? response.cancelReason : response.compactRevision > 0 ? "etcdserver: mvcc: required revision has been compacted" : "etcdserver: watch canceled";
      io.stderr.write(`watch was canceled (${reason})\n`);
      printAnswer({ kind: "watch", response }, flags, io);
      if (!response.created) watchers--;
      if (watchers <= 0) throw new ExitError(Exit.Interrupted, "watch is canceled by the server");
      continue;
    }
    const { header, events, created: made, canceled } = response;
    // a progress notification is a line of its own in every format
    if (events.length === 0 && !made && !canceled) io.stdout.write(`progress notify: ${header?.revision ?? 0}\n`);
    printAnswer({ kind: "watch", response }, flags, io);
    const command = commands.get(response.watchId);
    if (command !== undefined && command.length > 0) await runChild(io, command, response);
  }
}

function open(connection: Connection): WatchStream {
  return connection.client.channel.stream(pb.WatchService.Watch, { metadata: { hasleader: "true" }, ...connection.lasting() });
}

/** -i: every line of stdin is `watch [flags] key [end] [-- cmd]` or `progress`. */
async function interactive(connection: Connection, flags: FlagSet, io: ProgramIo): Promise<number> {
  const stream = open(connection);
  const waiting: (readonly string[])[] = [];
  const commands = new Map<number, readonly string[]>();
  const following = follow(stream, flags, io, commands, (id) => commands.set(id, waiting.shift() ?? []));
  const reading = (async (): Promise<never> => {
    for await (const line of readLines(io)) {
      const words = splitWords(line.trim());
      if (words.length === 0) {
        io.stderr.write(`Invalid command: ${line} (watch and progress supported)\n`);
        continue;
      }
      if (words[0] === "progress") {
        await stream.write(pb.WatchRequest.create({ progressRequest: pb.WatchProgressRequest.create() }));
        continue;
      }
      if (words[0] !== "watch") {
        io.stderr.write(`Invalid command ${line} (only support watch)\n`);
        continue;
      }
      if (words.length < 2 && (io.env.ETCDCTL_WATCH_KEY ?? "") === "") {
        io.stderr.write(`Invalid command ${line} (command type or key is not provided)\n`);
        continue;
      }
      const own = new FlagSet(watchFlags);
      try {
        own.parse(words.slice(1));
      } catch (error) {
        if (error instanceof FlagError) throw bad(error.message);
        throw error;
      }
      const parsed = watchArguments(own, io.env);
      try {
        checkRange(own, parsed);
      } catch (error) {
        if (!(error instanceof ExitError)) throw error;
        io.stderr.write(`Invalid command ${line} (${error.message})\n`);
        continue;
      }
      waiting.push(parsed.command);
      await stream.write(createRequest(own, parsed.key, parsed.end));
    }
    throw new ExitError(Exit.InvalidInput, "error reading watch request line: EOF");
  })();
  try {
    await Promise.race([following, reading]);
    return Exit.Success;
  } finally {
    stream.cancel();
    await Promise.allSettled([following]);
  }
}

export const watchCommand: Command = {
  use: "watch [options] [key or prefix] [range_end] [--] [exec-command arg1 arg2 ...]",
  short: "Watches events stream on keys or prefixes",
  flags: watchFlags,
  run(flags, io) {
    const lines = flags.bool("interactive");
    const words = lines ? undefined : watchArguments(flags, io.env);
    return connected(flags, io, async (connection) => {
      try {
        if (words === undefined) return await interactive(connection, flags, io);
        checkRange(flags, words);
        const stream = open(connection);
        await stream.write(createRequest(flags, words.key, words.end));
        const commands = new Map<number, readonly string[]>();
        await follow(stream, flags, io, commands, (id) => commands.set(id, words.command));
        throw new ExitError(Exit.Interrupted, "watch is canceled by the server");
      } catch (error) {
        if (!io.signal.aborted && error instanceof StatusError) throw new ExitError(Exit.Interrupted, error.message, { cause: error });
        throw error;
      }
    });
  },
};
