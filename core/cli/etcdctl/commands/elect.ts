/** elect: stands for an election, or with -l shows who is elected (etcd etcdctl elect_command.go, client/v3/concurrency). */
import * as pb from "../../../proto/gen/etcdserverpb.ts";
import type { KeyValue } from "../../../proto/gen/mvccpb.ts";
import { prefixEnd } from "../../../proto/prefix-end.ts";
import { type Command, Exit, ExitError } from "../../cobra/command.ts";
import type { FlagSet } from "../../cobra/flags.ts";
import { type Connection, connected } from "../connection.ts";
import { printAnswer } from "../printers/index.ts";
import { Place, Session, watchKey } from "../session.ts";
import { bad } from "./arguments.ts";
import { untilAborted } from "./until-aborted.ts";

/** Seconds that a session lives without being renewed, as in etcd's client. */
const SESSION_SECONDS = 60;

async function campaign(connection: Connection, flags: FlagSet, name: string, proposal: string): Promise<number> {
  const { io } = connection;
  const session = await Session.open(connection, SESSION_SECONDS);
  try {
    const place = new Place(session, name);
    await place.take(proposal, connection.lasting());
    const response = await connection.askLong((options) => connection.client.range({ key: place.key }, options));
    printAnswer({ kind: "get", response }, flags, io);
    if (!(await Promise.race([untilAborted(io.signal).then(() => true), session.done.then(() => false)]))) throw new ExitError(Exit.Error, "elect: session expired");
    await place.leave();
    return Exit.Success;
  } finally {
    session.orphan();
  }
}

/** Prints each leader, and what it proclaims, until it is told to stop. */
async function observe(connection: Connection, flags: FlagSet, name: string): Promise<number> {
  const { io, client } = connection;
  const prefix = Buffer.from(`${name}/`);
  const lasting = connection.lasting();
  const say = (header: pb.ResponseHeader | undefined, pair: KeyValue): void =>
    printAnswer({ kind: "get", response: pb.RangeResponse.create({ header, kvs: [pair] }) }, flags, io);
  const firstPut = async (from: number): Promise<{ header: pb.ResponseHeader | undefined; pair: KeyValue } | undefined> => {
    for await (const response of watchKey(client, prefix, from, lasting, prefixEnd(prefix))) {
      const put = response.events.find((event) => event.type === 0)?.kv;
      if (put !== undefined) return { header: response.header, pair: put };
    }
    return undefined;
  };
  while (!io.signal.aborted) {
    const found = await connection.askLong((options) =>
      client.range({ key: prefix, rangeEnd: prefixEnd(prefix), limit: 1, sortOrder: pb.RangeRequest_SortOrder.ASCEND, sortTarget: pb.RangeRequest_SortTarget.CREATE }, options),
    );
    const leader = found.kvs[0] === undefined ? await firstPut(found.header?.revision ?? 0) : { header: found.header, pair: found.kvs[0] };
    if (leader === undefined) break;
    say(leader.header, leader.pair);
    const from = (found.kvs[0] === undefined ? leader.pair.modRevision : (found.header?.revision ?? 0)) + 1;
    let gone = false;
    for await (const response of watchKey(client, leader.pair.key, from, lasting)) {
      for (const { type, kv } of response.events) {
        if (type === 1) gone = true;
        else if (kv !== undefined && !gone) say(response.header, kv);
      }
      if (gone) break;
    }
  }
  return Exit.Success;
}

export const electCommand: Command = {
  use: "elect <election-name> [proposal]",
  short: "Observes and participates in leader election",
  long: "With a proposal it stands for election and, once elected, leads until it is interrupted. With --listen it shows who leads.",
  flags: [{ name: "listen", shorthand: "l", kind: "bool", default: "false", usage: "observation mode" }],
  run(flags, io) {
    const [name, proposal, ...more] = flags.args;
    if (name === undefined || more.length > 0) throw bad("elect takes one election name argument and an optional proposal argument");
    const listen = flags.bool("listen");
    if (proposal === undefined && !listen) throw bad("no proposal argument but -l not set");
    if (proposal !== undefined && listen) throw bad("proposal given but -l is set");
    return connected(
      flags,
      io,
      async (connection) => {
        if (proposal !== undefined) return campaign(connection, flags, name, proposal);
        try {
          return await observe(connection, flags, name);
        } catch (error) {
          if (io.signal.aborted) return Exit.Success;
          throw error;
        }
      },
      { ownSignals: true },
    );
  },
};
