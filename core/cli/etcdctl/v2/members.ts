/** v2's `member` and `cluster-health` (etcd 3.4 etcdctl/ctlv2/command). */
import { setTimeout as pause } from "node:timers/promises";
import { failure, type V2Command, type V2Context } from "./command.ts";
import { isOn } from "./flags.ts";
import { type V2Client, V2ConnectionError, type V2Member } from "./http.ts";

const HEALTH_INTERVAL_MS = 10_000;

function count(context: V2Context, wanted: number, text: string): readonly string[] {
  if (context.flags.args.length !== wanted) throw failure(text);
  return context.flags.args;
}

async function list(context: V2Context): Promise<number> {
  count(context, 0, "No arguments accepted");
  const client = await context.client();
  const members = await client.members();
  const leader = await client.leaderId();
  for (const { id, name, peerURLs, clientURLs } of members) {
    const peers = `peerURLs=${peerURLs.join(",")}`;
    context.io.stdout.write(name === "" ? `${id}[unstarted]: ${peers}\n` : `${id}: name=${name} ${peers} clientURLs=${clientURLs.join(",")} isLeader=${id === leader}\n`);
  }
  return 0;
}

async function add(context: V2Context): Promise<number> {
  const [name, url] = count(context, 2, "Provide a name and a single member peerURL") as [string, string];
  const client = await context.client();
  const { id } = (await client.json("POST", "/v2/members", [201], { peerURLs: [url] })) as { id: string };
  context.io.stdout.write(`Added member named ${name} with ID ${id} to cluster\n`);
  const cluster = (await client.members()).flatMap((member) => member.peerURLs.map((peer) => `${member.id === id ? name : member.name}=${peer}`));
  context.io.stdout.write(`\nETCD_NAME=${JSON.stringify(name)}\nETCD_INITIAL_CLUSTER=${JSON.stringify(cluster.join(","))}\nETCD_INITIAL_CLUSTER_STATE="existing"\n`);
  return 0;
}

async function remove(context: V2Context): Promise<number> {
  const [id] = count(context, 1, "Provide a single member ID") as [string];
  const client = await context.client();
  const members = await client.members();
  const named = members.find((member) => member.name === id);
  if (named !== undefined) context.io.stderr.write(`Found a member named ${id}; if this is correct, please use its ID, eg:\n\tetcdctl member remove ${named.id}\n`);
  if (!members.some((member) => member.id === id)) throw failure(`Couldn't find a member in the cluster with an ID of ${id}.`);
  await client.json("DELETE", `/v2/members/${id}`, [204]);
  context.io.stdout.write(`Removed member ${id} from cluster\n`);
  return 0;
}

async function update(context: V2Context): Promise<number> {
  const [id, urls] = count(context, 2, "Provide an ID and a list of comma separated peerURL (0xabcd http://example.com,http://example1.com)") as [string, string];
  const client = await context.client();
  await client.json("PUT", `/v2/members/${id}`, [204], { peerURLs: urls.split(",") });
  context.io.stdout.write(`Updated member with ID ${id} in cluster\n`);
  return 0;
}

async function isHealthy(client: V2Client, { io }: V2Context, member: V2Member): Promise<boolean> {
  if (member.clientURLs.length === 0) {
    io.stdout.write(`member ${member.id} is unreachable: no available published client urls\n`);
    return false;
  }
  for (const url of member.clientURLs) {
    try {
      const { body } = await client.once(url, "GET", "/health");
      const good = String((JSON.parse(body) as { health: unknown }).health) === "true";
      io.stdout.write(`member ${member.id} is ${good ? "healthy" : "unhealthy"}: got ${good ? "healthy" : "unhealthy"} result from ${url}\n`);
      return good;
    } catch (error) {
      io.stdout.write(`failed to check the health of member ${member.id} on ${url}: ${(error as Error).message}\n`);
    }
  }
  io.stdout.write(`member ${member.id} is unreachable: [${member.clientURLs.join(" ")}] are all unreachable\n`);
  return false;
}

async function clusterHealth(context: V2Context): Promise<number> {
  const { io, flags } = context;
  const client = await context.client({ sync: false });
  let members;
  try {
    members = await client.members();
  } catch (error) {
    if (!(error instanceof V2ConnectionError)) throw error;
    io.stdout.write("cluster may be unhealthy: failed to list members\n");
    io.stderr.write(`Error:  ${error.message}\n${error.detail}\n`);
    return 4;
  }
  for (;;) {
    let healthy = 0;
    for (const member of members) if (await isHealthy(client, context, member)) healthy++;
    io.stdout.write(`cluster is ${healthy === members.length ? "healthy" : healthy === 0 ? "unavailable" : "degraded"}\n`);
    if (!isOn(flags, "forever")) return healthy === members.length ? 0 : 5;
    io.stdout.write("\nnext check after 10 second...\n\n");
    await pause(HEALTH_INTERVAL_MS, undefined, { signal: io.signal });
  }
}

export const clusterHealthCommand: V2Command = {
  name: "cluster-health",
  usage: "check the health of the etcd cluster",
  argsUsage: " ",
  flags: [{ names: ["forever", "f"], kind: "bool", usage: "forever check the health every 10 second until CTRL+C" }],
  run: clusterHealth,
};

export const memberCommand: V2Command = {
  name: "member",
  usage: "member add, remove and list subcommands",
  commands: [
    { name: "list", usage: "enumerate existing cluster members", argsUsage: " ", run: list },
    { name: "add", usage: "add a new member to the etcd cluster", argsUsage: "<name> <peerURL>", run: add },
    { name: "remove", usage: "remove an existing member from the etcd cluster", argsUsage: "<memberID>", run: remove },
    { name: "update", usage: "update an existing member in the etcd cluster", argsUsage: "<memberID> <peerURLs>", run: update },
  ],
};
