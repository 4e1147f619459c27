/** alarm, defrag, move-leader, downgrade, auth status. */
import * as pb from "../../../proto/gen/etcdserverpb.ts";
import { type Command, Exit, ExitError } from "../../cobra/command.ts";
import type { FlagSet } from "../../cobra/flags.ts";
import { formatDuration } from "../../go/duration.ts";
import { connected } from "../connection.ts";
import { printAnswer } from "../printers/index.ts";
import { bad, parseHex } from "./arguments.ts";
import { endpointsOf } from "./endpoint.ts";

function refusingArguments(name: string, flags: FlagSet): undefined {
  if (flags.args.length > 0) throw bad(`alarm ${name} command accepts no arguments`);
  return undefined;
}

const alarmList: Command = {
  use: "list",
  short: "Lists all alarms",
  run: (flags, io) =>
    refusingArguments("list", flags) ??
    connected(flags, io, async (connection) => {
      printAnswer({ kind: "alarm", response: await connection.ask((options) => connection.client.alarm({ action: pb.AlarmRequest_AlarmAction.GET }, options)) }, flags, io);
      return Exit.Success;
    }),
};

const alarmDisarm: Command = {
  use: "disarm",
  short: "Disarms all alarms",
  run: (flags, io) =>
    refusingArguments("disarm", flags) ??
    connected(flags, io, async (connection) => {
      const active = await connection.ask((options) => connection.client.alarm({ action: pb.AlarmRequest_AlarmAction.GET }, options));
      // etcd's client answers without a header here
      const response = pb.AlarmResponse.create();
      for (const one of active.alarms) {
        const answer = await connection.ask((options) => connection.client.alarm({ ...one, action: pb.AlarmRequest_AlarmAction.DEACTIVATE }, options));
        response.alarms.push(...answer.alarms);
      }
      printAnswer({ kind: "alarm", response }, flags, io);
      return Exit.Success;
    }),
};

const defrag: Command = {
  use: "defrag",
  short: "Defragments the storage of the etcd members with given endpoints",
  flags: [
    { name: "cluster", kind: "bool", default: "false", usage: "use all endpoints from the cluster member list" },
    { name: "data-dir", kind: "string", default: "", usage: "of a member that is not running; deprecated, use `etcdutl defrag`", hidden: true },
  ],
  async run(flags, io) {
    if (flags.string("data-dir") !== "") {
      io.stderr.write("Use `etcdutl defrag` instead. The --data-dir option is going to be decommissioned in v3.6.\n\n");
      const { etcdutl } = await import("../../etcdutl/index.ts");
      return etcdutl({ ...io, argv: ["defrag", "--data-dir", flags.string("data-dir")] });
    }
    return connected(flags, io, async (connection) => {
      let failures = 0;
      // one after the other: a member does not serve while it rewrites its file
      for (const endpoint of await endpointsOf(connection, flags.bool("cluster"))) {
        const client = connection.to(endpoint);
        const started = performance.now();
        const took = (): string => formatDuration(Math.round((performance.now() - started) * 1e6));
        try {
          await connection.ask((options) => client.call(pb.MaintenanceService.Defragment, {}, { ...options, timeoutMs: flags.changed("command-timeout") ? options.timeoutMs! : 3_600_000 }));
          io.stdout.write(`Finished defragmenting etcd member[${endpoint}]. took ${took()}\n`);
        } catch (error) {
          if (!(error instanceof ExitError)) throw error;
          failures++;
          io.stderr.write(`Failed to defragment etcd member[${endpoint}]. took ${took()}. (${error.message})\n`);
        }
      }
      return failures === 0 ? Exit.Success : Exit.Error;
    });
  },
};

function transferee(text: string): bigint {
  try {
    return parseHex(text, "ParseUint");
  } catch (error) {
    throw bad((error as Error).message);
  }
}

const moveLeader: Command = {
  use: "move-leader <transferee-member-id>",
  short: "Transfers leadership to another etcd cluster member.",
  run(flags, io) {
    if (flags.args.length !== 1) throw bad("move-leader command needs 1 argument");
    const target = transferee(flags.args[0]!);
    return connected(flags, io, async (connection) => {
      for (const endpoint of connection.endpoints) {
        const client = connection.to(endpoint);
        const status = await connection.ask((options) => client.status(options));
        const self = status.header?.memberId ?? 0n;
        if (status.leader !== self) continue;
        const response = await connection.ask((options) => client.moveLeader(target, options));
        printAnswer({ kind: "move-leader", leader: self, target, response }, flags, io);
        return Exit.Success;
      }
      throw bad(`no leader endpoint given at [${connection.endpoints.join(" ")}]`);
    });
  },
};

function downgradeCommand(action: "validate" | "enable" | "cancel", short: string): Command {
  return {
    use: action === "cancel" ? action : `${action} <TARGET_VERSION>`,
    short,
    run(flags, io) {
      const version = flags.args[0] ?? "";
      if (action !== "cancel" && flags.args.length < 1) throw bad("TARGET_VERSION not provided");
      if (action !== "cancel" && flags.args.length > 1) throw bad("too many arguments");
      if (action !== "cancel" && version === "") throw bad("target version not provided");
      const code = { validate: 0, enable: 1, cancel: 2 }[action];
      return connected(flags, io, async (connection) => {
        const response = await connection.ask((options) => connection.client.call(pb.MaintenanceService.Downgrade, { action: code, version }, options));
        printAnswer({ kind: "downgrade", action, response }, flags, io);
        return Exit.Success;
      });
    },
  };
}

export const maintenanceCommands: readonly Command[] = [
  { use: "alarm <subcommand>", short: "Alarm related commands", commands: [alarmList, alarmDisarm] },
  defrag,
  moveLeader,
  {
    use: "downgrade <TARGET_VERSION>",
    short: "Downgrade related commands",
    commands: [
      downgradeCommand("validate", "Validate downgrade capability before starting downgrade"),
      downgradeCommand("enable", "Start a downgrade action to cluster"),
      downgradeCommand("cancel", "Cancel the ongoing downgrade action to cluster"),
    ],
  },
];
