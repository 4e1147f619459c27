/** lease grant, revoke, timetolive, list, keep-alive. */
import { keepLease, renewLease } from "../../../client/index.ts";
import type * as pb from "../../../proto/gen/etcdserverpb.ts";
import { EtcdError } from "../../../proto/errors.ts";
import { type Command, Exit, ExitError } from "../../cobra/command.ts";
import type { FlagSet } from "../../cobra/flags.ts";
import type { ProgramIo } from "../../program.ts";
import { type Connection, connected } from "../connection.ts";
import { printAnswer } from "../printers/index.ts";
import { firstAnswerMs } from "../session.ts";
import { bad, decimal, hexId } from "./arguments.ts";

const leaseId = (text: string): bigint => hexId(text, "bad lease ID arg", "ParseInt");

const grant: Command = {
  use: "grant <ttl>",
  short: "Creates leases",
  run(flags, io) {
    if (flags.args.length !== 1) throw bad("lease grant command needs TTL argument");
    const TTL = decimal(flags.args[0]!, "bad TTL");
    return connected(flags, io, async (connection) => {
      let response: pb.LeaseGrantResponse;
      try {
        response = await connection.ask((options) => connection.client.leaseGrant({ TTL }, options));
      } catch (error) {
        if (error instanceof ExitError) throw new ExitError(error.exitCode, `failed to grant lease (${error.message})`, { cause: error });
        throw error;
      }
      printAnswer({ kind: "grant", response }, flags, io);
      return Exit.Success;
    });
  },
};

const revoke: Command = {
  use: "revoke <leaseID>",
  short: "Revokes leases",
  run(flags, io) {
    if (flags.args.length !== 1) throw bad("lease revoke command needs 1 argument");
    const ID = leaseId(flags.args[0]!);
    return connected(flags, io, async (connection) => {
      try {
        printAnswer({ kind: "revoke", id: ID, response: await connection.ask((options) => connection.client.leaseRevoke({ ID }, options)) }, flags, io);
        return Exit.Success;
      } catch (error) {
        if (error instanceof ExitError && error.exitCode === Exit.Error) throw new ExitError(Exit.Error, `failed to revoke lease (${error.message})`, { cause: error });
        throw error;
      }
    });
  },
};

const timetolive: Command = {
  use: "timetolive <leaseID> [options]",
  short: "Get lease information",
  flags: [{ name: "keys", kind: "bool", default: "false", usage: "Get keys attached to this lease" }],
  run(flags, io) {
    if (flags.args.length !== 1) throw bad("lease timetolive command needs lease ID as argument");
    const ID = leaseId(flags.args[0]!);
    const keys = flags.bool("keys");
    return connected(flags, io, async (connection) => {
      const response = await connection.askLong((options) => connection.client.leaseTimeToLive({ ID, keys }, options), Exit.BadConnection);
      printAnswer({ kind: "time-to-live", keys, response }, flags, io);
      return Exit.Success;
    });
  },
};

const list: Command = {
  use: "list",
  short: "List all active leases",
  run: (flags, io) =>
    connected(flags, io, async (connection) => {
      printAnswer({ kind: "leases", response: await connection.askLong((options) => connection.client.leaseLeases(options), Exit.BadConnection) }, flags, io);
      return Exit.Success;
    }),
};

async function keepOnce(connection: Connection, ID: bigint, flags: FlagSet, io: ProgramIo): Promise<number> {
  const response = await connection.askLong(({ signal }) => renewLease(connection.client.channel, ID, signal ?? io.signal), Exit.BadConnection);
  if (response.TTL <= 0) throw new ExitError(Exit.BadConnection, new EtcdError("LeaseNotFound").message);
  printAnswer({ kind: "keep-alive", response }, flags, io);
  return Exit.Success;
}

async function keep(connection: Connection, ID: bigint, flags: FlagSet, io: ProgramIo): Promise<number> {
  for await (const response of keepLease(connection.client.channel, ID, firstAnswerMs(flags), io.signal)) printAnswer({ kind: "keep-alive", response }, flags, io);
  if (io.signal.aborted) throw new ExitError(Exit.BadConnection, "context canceled");
  if (flags.string("write-out") === "simple") io.stdout.write(`lease ${BigInt.asUintN(64, ID).toString(16).padStart(16, "0")} expired or revoked.\n`);
  return Exit.Success;
}

const keepAlive: Command = {
  use: "keep-alive [options] <leaseID>",
  short: "Keeps leases alive (renew)",
  flags: [{ name: "once", kind: "bool", default: "false", usage: "Resets the keep-alive time to its original value and exits immediately" }],
  run(flags, io) {
    if (flags.args.length !== 1) throw bad("lease keep-alive command needs lease ID as argument");
    const ID = leaseId(flags.args[0]!);
    return connected(flags, io, (connection) => (flags.bool("once") ? keepOnce : keep)(connection, ID, flags, io));
  },
};

export const leaseCommand: Command = { use: "lease <subcommand>", short: "Lease related commands", commands: [grant, revoke, timetolive, list, keepAlive] };
