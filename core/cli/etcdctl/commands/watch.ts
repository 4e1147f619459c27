/** watch: events as they come, one or many watchers (-i), a command run for each event. */
import { type WatchListener, Watches } from "../../../client/index.ts";
import { Code, EtcdError, goErrorText, StatusError } from "../../../proto/errors.ts";
import * as pb from "../../../proto/gen/etcdserverpb.ts";
import { type FlagDefinition, FlagError, FlagSet } from "../../cobra/flags.ts";
import { type Command, Exit, ExitError } from "../../cobra/command.ts";
import { goQuote } from "../../go/quote.ts";
import type { ProgramIo } from "../../program.ts";
import { runChild } from "../child.ts";
import { type Connection, connected } from "../connection.ts";
import { printAnswer } from "../printers/index.ts";
import { bad, keyRange, readLines, splitWords } from "./arguments.ts";
import { untilAborted } from "./until-aborted.ts";

const watchFlags: readonly FlagDefinition[] = [
  { name: "interactive", shorthand: "i", kind: "bool", default: "false", usage: "Interactive mode" },
  { name: "prefix", kind: "bool", default: "false", usage: "Watch on a prefix if prefix is set" },
  { name: "rev", kind: "int", default: "0", usage: "Revision to start watching" },
  { name: "prev-kv", kind: "bool", default: "false", usage: "get the previous key-value pair before the event happens" },
  { name: "progress-notify", kind: "bool", default: "false", usage: "get periodic watch progress notification from server" },
];

/** A watch ends rather than wait for a member that has no leader. */
const METADATA = { hasleader: "true" };

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

function requestOf(flags: FlagSet, { key, end }: WatchWords): Partial<pb.WatchCreateRequest> {
  return {
    ...keyRange(key, end, flags.bool("prefix") ? "prefix" : "plain"),
    startRevision: flags.int("rev"),
    prevKv: flags.bool("prev-kv"),
    progressNotify: flags.bool("progress-notify"),
  };
}

/** Why a watch is over, as etcd's client says it. */
function reasonOf({ created, cancelReason, compactRevision }: pb.WatchResponse): string {
  if (created && cancelReason !== "") return cancelReason;
  if (compactRevision > 0) return new EtcdError("Compacted").message;
  return cancelReason === "" ? new EtcdError("FutureRevision").message : goErrorText(new StatusError(Code.FailedPrecondition, cancelReason));
}

/** What etcd's client tells of a watch that ended without an answer of its own. */
function neverBegun(): pb.WatchResponse {
  return pb.WatchResponse.create({ header: pb.ResponseHeader.create(), canceled: true });
}

/** What one watch prints and runs. */
class Output implements WatchListener {
  /** resolves when the watch is over, rejects with ExitError when its command failed */
  readonly over: Promise<void>;
  private end!: () => void;
  private fail!: (error: unknown) => void;

  constructor(
    private readonly flags: FlagSet,
    private readonly io: ProgramIo,
    private readonly command: readonly string[],
  ) {
    this.over = new Promise((resolve, reject) => {
      this.end = resolve;
      this.fail = reject;
    });
  }

  async heard(response: pb.WatchResponse): Promise<void> {
    const { header, events, created, canceled } = response;
    if (canceled) {
      // a watch that never began is told without the answer to it
      this.ended(reasonOf(response), created ? neverBegun() : response);
      return;
    }
    if (created) return;
    // a progress notification is a line of its own in every format
    if (events.length === 0) this.io.stdout.write(`progress notify: ${header?.revision ?? 0}\n`);
    printAnswer({ kind: "watch", response }, this.flags, this.io);
    if (this.command.length === 0) return;
    try {
      await this.run(response);
    } catch (error) {
      this.fail(error);
    }
  }

  failed(error: StatusError): void {
    this.ended(goErrorText(error), neverBegun());
  }

  private ended(reason: string, response: pb.WatchResponse): void {
    this.io.stderr.write(`watch was canceled (${reason})\n`);
    printAnswer({ kind: "watch", response }, this.flags, this.io);
    this.end();
  }

  private async run(response: pb.WatchResponse): Promise<void> {
    const { io, command } = this;
    for (const event of response.events) {
      const problem = await runChild(io, command, {
        ETCD_WATCH_REVISION: String(response.header?.revision ?? 0),
        ETCD_WATCH_EVENT_TYPE: goQuote(event.type === 1 ? "DELETE" : "PUT"),
        ETCD_WATCH_KEY: goQuote(event.kv?.key ?? ""),
        ETCD_WATCH_VALUE: goQuote(event.kv?.value ?? ""),
      }).then(
        (code) => (code === 0 ? undefined : `exit status ${code}`),
        (error: unknown) => {
          if (error instanceof ExitError) return error.message;
          throw error;
        },
      );
      if (problem === undefined) continue;
      io.stderr.write(`command [${command.map((word) => goQuote(word)).join(" ")}] error (${problem})\n`);
      throw new ExitError(Exit.Error, "");
    }
  }
}

/** -i: every line of stdin is `watch [flags] key [end] [-- cmd]` or `progress`. Ends with its input. */
async function interactive(watches: Watches, io: ProgramIo, watch: (flags: FlagSet, words: WatchWords) => void): Promise<never> {
  for await (const line of readLines(io)) {
    const words = splitWords(line.trim());
    if (words.length === 0) {
      io.stderr.write(`Invalid command: ${line} (watch and progress supported)\n`);
      continue;
    }
    if (words[0] === "progress") {
      watches.askProgress(METADATA);
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
    watch(own, parsed);
  }
  throw new ExitError(Exit.InvalidInput, "error reading watch request line: EOF");
}

async function run(connection: Connection, flags: FlagSet, io: ProgramIo, words: WatchWords | undefined): Promise<never> {
  const watches = new Watches(connection.client.channel);
  const stopped = untilAborted(io.signal).then((): never => {
    throw new ExitError(Exit.Interrupted, "context canceled");
  });
  const begin = (own: FlagSet, given: WatchWords): Promise<void> => {
    const output = new Output(flags, io, given.command);
    watches.watch(requestOf(own, given), METADATA, output);
    return output.over;
  };
  try {
    if (words !== undefined) {
      checkRange(flags, words);
      await Promise.race([begin(flags, words), stopped]);
      throw new ExitError(Exit.Interrupted, "watch is canceled by the server");
    }
    // the first command that fails ends it all
    const failure = new Promise<never>((_, reject) => {
      void Promise.race([interactive(watches, io, (own, given) => void begin(own, given).catch(reject)), stopped]).catch(reject);
    });
    return await failure;
  } finally {
    watches.close();
  }
}

export const watchCommand: Command = {
  use: "watch [options] [key or prefix] [range_end] [--] [exec-command arg1 arg2 ...]",
  short: "Watches events stream on keys or prefixes",
  flags: watchFlags,
  run(flags, io) {
    const words = flags.bool("interactive") ? undefined : watchArguments(flags, io.env);
    return connected(flags, io, (connection) => run(connection, flags, io, words));
  },
};
