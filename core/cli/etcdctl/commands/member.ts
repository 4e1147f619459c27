/** member add, remove, update, list, promote. */
import * as pb from "../../../proto/gen/etcdserverpb.ts";
import { InitialClusterError, parseUrls } from "../../../membership/initial-cluster.ts";
import { type Command, Exit, ExitError } from "../../cobra/command.ts";
import type { FlagDefinition } from "../../cobra/flags.ts";
import { connected } from "../connection.ts";
import { printAnswer } from "../printers/index.ts";
import { bad, hexId } from "./arguments.ts";
import { isSerializable } from "./kv-requests.ts";

const peerUrls: FlagDefinition = { name: "peer-urls", kind: "string", default: "", usage: "comma separated peer URLs of the member" };

/** The check that etcd's client makes before it asks. @throws ExitError */
function checkUrls(urls: readonly string[]): void {
  try {
    parseUrls(urls);
  } catch (error) {
    if (!(error instanceof InitialClusterError)) throw error;
    throw new ExitError(Exit.Error, error.message, { cause: error });
  }
}

const memberId = (args: readonly string[]): bigint => {
  if (args.length !== 1) throw bad("member ID is not provided");
  return hexId(args[0]!, "bad member ID arg", "ParseUint");
};

const add: Command = {
  use: "add <memberName> [options]",
  short: "Adds a member into the cluster",
  flags: [
    { ...peerUrls, usage: "comma separated peer URLs for the new member." },
    { name: "learner", kind: "bool", default: "false", usage: "indicates if the new member is raft learner" },
  ],
  run(flags, io) {
    const { args } = flags;
    if (args.length < 1) throw bad("member name not provided");
    if (args.length > 1) {
      const meant = args.filter((word) => word.toLowerCase().startsWith("http")).map((word) => `, did you mean --peer-urls=${word}`);
      throw bad(`too many arguments${meant.join("")}`);
    }
    if (flags.string("peer-urls") === "") throw bad("member peer urls not provided");
    const urls = flags.string("peer-urls").split(",");
    return connected(flags, io, async (connection) => {
      checkUrls(urls);
      const response = await connection.ask((options) => connection.client.call(pb.ClusterService.MemberAdd, { peerURLs: urls, isLearner: flags.bool("learner") }, options));
      printAnswer({ kind: "member-add", name: args[0]!, peerUrls: flags.string("peer-urls"), response }, flags, io);
      return Exit.Success;
    });
  },
};

const remove: Command = {
  use: "remove <memberID>",
  short: "Removes a member from the cluster",
  run(flags, io) {
    const ID = memberId(flags.args);
    return connected(flags, io, async (connection) => {
      printAnswer({ kind: "member-remove", id: ID, response: await connection.ask((options) => connection.client.call(pb.ClusterService.MemberRemove, { ID }, options)) }, flags, io);
      return Exit.Success;
    });
  },
};

const update: Command = {
  use: "update <memberID> [options]",
  short: "Updates a member in the cluster",
  flags: [{ ...peerUrls, usage: "comma separated peer URLs for the updated member." }],
  run(flags, io) {
    const ID = memberId(flags.args);
    if (flags.string("peer-urls") === "") throw bad("member peer urls not provided");
    const peerURLs = flags.string("peer-urls").split(",");
    return connected(flags, io, async (connection) => {
      checkUrls(peerURLs);
      printAnswer({ kind: "member-update", id: ID, response: await connection.ask((options) => connection.client.call(pb.ClusterService.MemberUpdate, { ID, peerURLs }, options)) }, flags, io);
      return Exit.Success;
    });
  },
};

const promote: Command = {
  use: "promote <memberID>",
  short: "Promotes a non-voting member in the cluster",
  long: "Makes a learner that has caught up a member that votes.",
  run(flags, io) {
    const ID = memberId(flags.args);
    return connected(flags, io, async (connection) => {
      printAnswer({ kind: "member-promote", id: ID, response: await connection.ask((options) => connection.client.call(pb.ClusterService.MemberPromote, { ID }, options)) }, flags, io);
      return Exit.Success;
    });
  },
};

const list: Command = {
  use: "list",
  short: "Lists all members in the cluster",
  long: "In the simple form a line for each member: ID, status, name, peer addresses, client addresses, is learner.",
  flags: [{ name: "consistency", kind: "string", default: "l", usage: "Linearizable(l) or Serializable(s)" }],
  run(flags, io) {
    const serializable = isSerializable(flags.string("consistency"));
    return connected(flags, io, async (connection) => {
      const response = await connection.ask((options) => connection.client.memberList({ linearizable: !serializable }, options));
      printAnswer({ kind: "member-list", response }, flags, io);
      return Exit.Success;
    });
  },
};

export const memberCommand: Command = { use: "member <subcommand>", short: "Membership related commands", commands: [add, remove, update, list, promote] };
