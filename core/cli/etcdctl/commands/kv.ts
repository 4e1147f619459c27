/** get, put, del, compaction. */
import { type Command, Exit, ExitError } from "../../cobra/command.ts";
import { connected } from "../connection.ts";
import { printAnswer } from "../printers/index.ts";
import { bad, decimal, readAll } from "./arguments.ts";
import { delFlags, delRequest, getFlags, getRequest, putFlags, putRequest } from "./kv-requests.ts";

const get: Command = {
  use: "get [options] <key> [range_end]",
  short: "Gets the key or a range of keys",
  flags: getFlags,
  run(flags, io) {
    const request = getRequest(flags);
    return connected(flags, io, async (connection) => {
      const response = await connection.ask((options) => connection.client.range(request, options));
      const format = flags.string("write-out");
      if (flags.bool("count-only") && format !== "fields") throw bad("--count-only is only for `--write-out=fields`");
      if (flags.bool("print-value-only") && format !== "simple") throw bad("print-value-only is only for `--write-out=simple`");
      printAnswer({ kind: "get", response, valueOnly: flags.bool("print-value-only") }, flags, io);
      return Exit.Success;
    });
  },
};

const put: Command = {
  use: "put [options] <key> <value> (<value> can also be given from stdin)",
  short: "Puts the given key into the store",
  long: "Stores a value under a key. Without a value argument the value is read from standard input up to its end; a value that starts with a dash follows `--`.",
  flags: putFlags,
  async run(flags, io) {
    const request = await putRequest(flags, () => readAll(io));
    return connected(flags, io, async (connection) => {
      printAnswer({ kind: "put", response: await connection.ask((options) => connection.client.put(request, options)) }, flags, io);
      return Exit.Success;
    });
  },
};

/** How long a deletion of a range can still be stopped with Ctrl-C, ms. */
const RANGE_WARNING_MS = 2000;

const del: Command = {
  use: "del [options] <key> [range_end]",
  short: "Removes the specified key or range of keys [key, range_end)",
  flags: delFlags,
  async run(flags, io) {
    const request = delRequest(flags);
    if (flags.args.length > 1 && !flags.bool("range")) {
      io.stderr.write(
        `Warning: Keys between ${JSON.stringify(flags.args[0])} and ${JSON.stringify(flags.args[1])} will be deleted. Please interrupt the command within next 2 seconds to cancel. You can provide \`--range\` flag to avoid the delay.\n`,
      );
      await new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, RANGE_WARNING_MS);
        io.signal.addEventListener("abort", () => (clearTimeout(timer), resolve()), { once: true });
      });
      if (io.signal.aborted) throw new ExitError(Exit.Error, "context canceled");
    }
    return connected(flags, io, async (connection) => {
      printAnswer({ kind: "del", response: await connection.ask((options) => connection.client.deleteRange(request, options)) }, flags, io);
      return Exit.Success;
    });
  },
};

const compaction: Command = {
  use: "compaction [options] <revision>",
  short: "Compacts the event history in etcd",
  aliases: ["compact"],
  flags: [{ name: "physical", kind: "bool", default: "false", usage: "'true' to wait for compaction to physically remove all old revisions" }],
  run(flags, io) {
    if (flags.args.length !== 1) throw bad("compaction command needs 1 argument");
    const revision = decimal(flags.args[0]!);
    return connected(flags, io, async (connection) => {
      const request = { revision, physical: flags.bool("physical") };
      await connection.ask((options) => connection.client.compact(request, options));
      io.stdout.write(`compacted revision ${revision}\n`);
      return Exit.Success;
    });
  },
};

export const kvCommands: readonly Command[] = [get, put, del, compaction];
