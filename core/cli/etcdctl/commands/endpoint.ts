/** endpoint health, status, hashkv: each endpoint asked on its own, in parallel. */
import type * as pb from "../../../proto/gen/etcdserverpb.ts";
import { type Command, Exit, ExitError } from "../../cobra/command.ts";
import { formatDuration } from "../../go/duration.ts";
import { type Connection, connected } from "../connection.ts";
import { type EndpointHealth, printAnswer } from "../printers/index.ts";

/** @param cluster all that the member list knows, not those of --endpoints */
async function endpointsOf(connection: Connection, cluster: boolean): Promise<readonly string[]> {
  if (!cluster) return connection.endpoints;
  try {
    const { members } = await connection.ask((options) => connection.client.memberList({ linearizable: true }, options));
    return members.flatMap((member) => member.clientURLs);
  } catch (error) {
    if (!(error instanceof ExitError)) throw error;
    throw new ExitError(Exit.Error, `failed to fetch endpoints from etcd cluster member list: ${error.message}`, { cause: error });
  }
}

async function healthOf(connection: Connection, endpoint: string): Promise<EndpointHealth> {
  const started = performance.now();
  const took = (): string => formatDuration(Math.round((performance.now() - started) * 1e6));
  const client = connection.to(endpoint, "client");
  try {
    await connection.ask((options) => client.range({ key: Buffer.from("health") }, options));
  } catch (error) {
    // whoever may not read the key has still been answered by a quorum
    if (!(error instanceof ExitError)) throw error;
    if (error.message !== "etcdserver: permission denied") return { endpoint, health: false, took: took(), error: error.message };
  }
  const elapsed = took();
  try {
    const { alarms } = await connection.ask((options) => client.alarm({ action: 0 }, options));
    if (alarms.length === 0) return { endpoint, health: true, took: elapsed, error: "" };
    const names = alarms.map((alarm) => `${["NONE", "NOSPACE", "CORRUPT"][alarm.alarm] ?? alarm.alarm} `).join("");
    return { endpoint, health: false, took: elapsed, error: `Active Alarm(s): ${names}` };
  } catch (error) {
    if (!(error instanceof ExitError)) throw error;
    return { endpoint, health: false, took: elapsed, error: "Unable to fetch the alarm list" };
  }
}

const health: Command = {
  use: "health",
  short: "Checks the healthiness of endpoints specified in `--endpoints` flag",
  run: (flags, io) =>
    connected(flags, io, async (connection) => {
      const simple = flags.string("write-out") === "simple";
      // in the order in which they answer, and told when all have
      const list: EndpointHealth[] = [];
      await Promise.all((await endpointsOf(connection, flags.bool("cluster"))).map(async (endpoint) => list.push(await healthOf(connection, endpoint))));
      if (!simple) printAnswer({ kind: "endpoint-health", list }, flags, io);
      else
        for (const { endpoint, error, took } of list) {
          if (error === "") io.stdout.write(`${endpoint} is healthy: successfully committed proposal: took = ${took}\n`);
          else io.stderr.write(`${endpoint} is unhealthy: failed to commit proposal: ${error}\n`);
        }
      if (list.some((one) => one.error !== "")) throw new ExitError(Exit.Error, "unhealthy cluster");
      return Exit.Success;
    }),
};

/** Asks every endpoint; failures are told on stderr, the rest is kept. */
async function each<T>(connection: Connection, cluster: boolean, what: string, ask: (endpoint: string) => Promise<T>): Promise<{ found: T[]; failure: ExitError | undefined }> {
  let failure: ExitError | undefined;
  const answers = await Promise.all(
    (await endpointsOf(connection, cluster)).map(async (endpoint) => {
      try {
        return await ask(endpoint);
      } catch (error) {
        if (!(error instanceof ExitError)) throw error;
        failure = error;
        connection.io.stderr.write(`Failed to get the ${what} of endpoint ${endpoint} (${error.message})\n`);
        return undefined;
      }
    }),
  );
  return { found: answers.filter((answer) => answer !== undefined), failure };
}

const status: Command = {
  use: "status",
  short: "Prints out the status of endpoints specified in `--endpoints` flag",
  long:
    "In the simple form a line for each endpoint: endpoint, ID, version, storage version, db size, in use, percentage not in use, quota, is leader,\n" +
    "is learner, raft term, raft index, raft applied index, errors, downgrade target version, downgrade enabled.",
  run: (flags, io) =>
    connected(flags, io, async (connection) => {
      const { found, failure } = await each(connection, flags.bool("cluster"), "status", async (endpoint) => {
        const client = connection.to(endpoint);
        const answer: pb.StatusResponse = await connection.ask((options) => client.status(options));
        return { endpoint, status: answer };
      });
      printAnswer({ kind: "endpoint-status", list: found }, flags, io);
      return failure !== undefined ? Exit.Error : Exit.Success;
    }),
};

const hashkv: Command = {
  use: "hashkv",
  short: "Prints the KV history hash for each endpoint in --endpoints",
  flags: [{ name: "rev", kind: "int", default: "0", usage: "maximum revision to hash (default: latest revision)" }],
  run: (flags, io) =>
    connected(flags, io, async (connection) => {
      const { found, failure } = await each(connection, flags.bool("cluster"), "hash", async (endpoint) => {
        const client = connection.to(endpoint);
        const hash: pb.HashKVResponse = await connection.ask((options) => client.hashKv({ revision: flags.int("rev") }, options));
        return { endpoint, hash };
      });
      printAnswer({ kind: "endpoint-hashkv", list: found }, flags, io);
      if (failure !== undefined) throw failure;
      return Exit.Success;
    }),
};

export const endpointCommand: Command = {
  use: "endpoint <subcommand>",
  short: "Endpoint related commands",
  inherited: [{ name: "cluster", kind: "bool", default: "false", usage: "use all endpoints from the cluster member list" }],
  commands: [health, status, hashkv],
};
export { endpointsOf };
