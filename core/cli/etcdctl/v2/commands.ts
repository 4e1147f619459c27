/** The v2 commands on keys and members. */
import { readAll } from "../commands/arguments.ts";
import type { ProgramIo } from "../../program.ts";
import type { V2Flag, V2Flags } from "./flags.ts";
import { type V2Client, V2ConnectionError, type V2Node, type V2Response, V2ServerError } from "./http.ts";
import { printed } from "./print.ts";

/** A failure with v2's exit code: 1 bad arguments, 4 server, 5 unhealthy cluster. */
export class V2Exit extends Error {
  override readonly name = "V2Exit";
  constructor(
    readonly code: number,
    message: string,
  ) {
    super(message);
  }
}

export interface V2Context {
  readonly client: V2Client;
  readonly io: ProgramIo;
  readonly flags: V2Flags;
  readonly format: string;
}

export interface V2Command {
  readonly name: string;
  readonly usage: string;
  readonly flags: readonly V2Flag[];
  run(context: V2Context): Promise<number>;
}

const text = (name: string, usage: string): V2Flag => ({ names: [name], kind: "string", usage });
const flag = (usage: string, ...names: string[]): V2Flag => ({ names, kind: "bool", usage });
const ttl = text("ttl", "key time-to-live in seconds");

function keyOf({ flags }: V2Context, absent = "key required"): string {
  const key = flags.args[0];
  if (key === undefined) throw new V2Exit(1, absent);
  return key;
}

async function valueOf({ flags, io }: V2Context): Promise<string> {
  if (flags.args[1] !== undefined) return flags.args[1];
  const value = flags.args.length < 1 ? "" : (await readAll(io)).toString().replace(/\n$/, "");
  if (value === "") throw new V2Exit(1, "value required");
  return value;
}

/** Named parameters that were given, under the API's names. */
function given({ flags }: V2Context, names: Readonly<Record<string, string>>): Record<string, string> {
  const parameters: Record<string, string> = {};
  for (const [name, parameter] of Object.entries(names)) {
    const value = flags.values.get(name);
    if (value !== undefined && value !== "0" && value !== "false") parameters[parameter] = value;
  }
  return parameters;
}

function say(context: V2Context, response: V2Response, simple: () => string): number {
  context.io.stdout.write(printed(context.format, response, simple));
  return 0;
}

const value = (response: V2Response) => (): string => `${response.node.value ?? ""}\n`;
const silent = (): string => "";
const previousValue = (response: V2Response) => (): string => (response.node.dir === true ? "" : `PrevNode.Value: ${response.prevNode?.value ?? ""}\n`);

async function write(context: V2Context, parameters: Record<string, string>, method = "PUT"): Promise<number> {
  const key = keyOf(context);
  const response = await context.client.keys(method, key, { value: await valueOf(context), ...given(context, { ttl: "ttl" }), ...parameters });
  return say(context, response, value(response));
}

async function makeDirectory(context: V2Context, parameters: Record<string, string>): Promise<number> {
  const response = await context.client.keys("PUT", keyOf(context), { dir: "true", ...given(context, { ttl: "ttl" }), ...parameters });
  return say(context, response, silent);
}

function listed(node: V2Node, recursive: boolean, slash: boolean): string {
  return (node.nodes ?? []).map((child) => `${child.key}${slash && child.dir === true ? "/" : ""}\n${recursive ? listed(child, recursive, slash) : ""}`).join("");
}

async function watchOnce(context: V2Context, waitIndex: string | undefined, recursive: boolean): Promise<V2Response> {
  return context.client.keys("GET", keyOf(context), { wait: "true", ...(recursive ? { recursive: "true" } : {}), ...(waitIndex === undefined ? {} : { waitIndex }) }, true);
}

async function watch(context: V2Context): Promise<number> {
  const recursive = context.flags.values.has("recursive");
  const after = context.flags.values.get("after-index");
  let waitIndex = after === undefined ? undefined : String(Number(after) + 1);
  for (;;) {
    const response = await watchOnce(context, waitIndex, recursive);
    say(context, response, () => `${recursive ? `[${response.action}] ${response.node.key}\n` : ""}${response.node.value ?? ""}\n`);
    if (!context.flags.values.has("forever")) return 0;
    waitIndex = String((response.node.modifiedIndex ?? 0) + 1);
  }
}

async function execWatch(context: V2Context): Promise<number> {
  const { io, flags } = context;
  const at = flags.args.indexOf("--");
  const command = flags.args.slice(at < 0 ? 1 : at + 1);
  if (command.length === 0) throw new V2Exit(1, "command to exec required");
  if (io.spawn === undefined) throw new V2Exit(1, "commands cannot be started here");
  const after = flags.values.get("after-index");
  let waitIndex = after === undefined ? undefined : String(Number(after) + 1);
  for (;;) {
    const response = await watchOnce(context, waitIndex, flags.values.has("recursive"));
    await io.spawn(command, { ETCD_WATCH_ACTION: response.action, ETCD_WATCH_MODIFIED_INDEX: String(response.node.modifiedIndex ?? 0), ETCD_WATCH_KEY: response.node.key ?? "", ETCD_WATCH_VALUE: response.node.value ?? "" });
    waitIndex = String((response.node.modifiedIndex ?? 0) + 1);
  }
}

async function memberList({ client, io }: V2Context): Promise<number> {
  const members = await client.members();
  const leader = await client.leaderId();
  for (const member of members) {
    const unstarted = member.name === "" && member.clientURLs.length === 0;
    io.stdout.write(
      unstarted
        ? `${member.id}[unstarted]: peerURLs=${member.peerURLs.join(",")}\n`
        : `${member.id}: name=${member.name} peerURLs=${member.peerURLs.join(",")} clientURLs=${member.clientURLs.join(",")} isLeader=${member.id === leader}\n`,
    );
  }
  return 0;
}

async function memberAdd({ client, io, flags }: V2Context): Promise<number> {
  const [name, url] = flags.args.slice(1);
  if (name === undefined || url === undefined) throw new V2Exit(1, "Provide a name and a single member peerURL");
  const { status, body } = await client.ask("POST", "/v2/members", JSON.stringify({ peerURLs: [url] }), false, "application/json");
  const answer = JSON.parse(body) as { id?: string; message?: string };
  if (status !== 201 || answer.id === undefined) throw new V2Exit(4, answer.message ?? `unexpected status code ${status}`);
  const cluster = (await client.members()).flatMap((member) => member.peerURLs.map((peer) => `${member.id === answer.id ? name : member.name}=${peer}`));
  io.stdout.write(`Added member named ${name} with ID ${answer.id} to cluster\n\nETCD_NAME=${JSON.stringify(name)}\nETCD_INITIAL_CLUSTER=${JSON.stringify(cluster.join(","))}\nETCD_INITIAL_CLUSTER_STATE="existing"\n`);
  return 0;
}

async function memberRemove({ client, io, flags }: V2Context): Promise<number> {
  const id = flags.args[1];
  if (id === undefined) throw new V2Exit(1, "Provide a single member ID");
  const { status, body } = await client.ask("DELETE", `/v2/members/${id}`);
  if (status === 404) throw new V2Exit(1, `Couldn't find a member in the cluster with an ID of ${id}.`);
  if (status !== 204) throw new V2Exit(4, body.trim() || `unexpected status code ${status}`);
  io.stdout.write(`Removed member ${id} from cluster\n`);
  return 0;
}

async function memberUpdate({ client, io, flags }: V2Context): Promise<number> {
  const [id, urls] = flags.args.slice(1);
  if (id === undefined || urls === undefined) throw new V2Exit(1, "Provide a memberID and its peerURLs");
  const { status, body } = await client.ask("PUT", `/v2/members/${id}`, JSON.stringify({ peerURLs: urls.split(",") }), false, "application/json");
  if (status !== 204) throw new V2Exit(4, body.trim() || `unexpected status code ${status}`);
  io.stdout.write(`Updated member with ID ${id} in cluster\n`);
  return 0;
}

function member(context: V2Context): Promise<number> {
  switch (context.flags.args[0]) {
    case "list":
      return memberList(context);
    case "add":
      return memberAdd(context);
    case "remove":
      return memberRemove(context);
    case "update":
      return memberUpdate(context);
    default:
      throw new V2Exit(3, `No help topic for '${context.flags.args[0] ?? "member"}'`);
  }
}

async function clusterHealth({ client, io }: V2Context): Promise<number> {
  let members;
  try {
    members = await client.members();
  } catch (error) {
    if (!(error instanceof V2ConnectionError)) throw error;
    io.stdout.write("cluster may be unhealthy: failed to list members\n");
    return 4;
  }
  let healthy = 0;
  for (const one of members) {
    let found = false;
    for (const url of one.clientURLs) {
      try {
        const { status, body } = await client.once(url, "GET", "/health");
        const good = status === 200 && String((JSON.parse(body) as { health: unknown }).health) === "true";
        io.stdout.write(good ? `member ${one.id} is healthy: got healthy result from ${url}\n` : `member ${one.id} is unhealthy: got unhealthy result from ${url}\n`);
        found = true;
        if (good) healthy++;
        break;
      } catch (error) {
        io.stdout.write(`failed to check the health of member ${one.id} on ${url}: ${(error as Error).message}\n`);
      }
    }
    if (!found) io.stdout.write(`member ${one.id} is unreachable: ${one.clientURLs.length === 0 ? "no available published client urls" : `[${one.clientURLs.join(" ")}] are all unreachable`}\n`);
  }
  const verdict = healthy === members.length ? "healthy" : healthy > members.length / 2 ? "degraded" : "unavailable";
  io.stdout.write(`cluster is ${verdict}\n`);
  return verdict === "healthy" ? 0 : 5;
}

const swaps = [text("swap-with-value", "previous value"), text("swap-with-index", "previous index")];

export const v2Commands: readonly V2Command[] = [
  { name: "set", usage: "set the value of a key", flags: [ttl, ...swaps], run: (context) => write(context, given(context, { "swap-with-value": "prevValue", "swap-with-index": "prevIndex" })) },
  { name: "mk", usage: "make a new key with a given value", flags: [ttl, flag("create in-order key under directory <key>", "in-order")], run: (context) => (context.flags.values.has("in-order") ? write(context, {}, "POST") : write(context, { prevExist: "false" })) },
  { name: "update", usage: "update an existing key with a given value", flags: [ttl], run: (context) => write(context, { prevExist: "true" }) },
  { name: "mkdir", usage: "make a new directory", flags: [ttl], run: (context) => makeDirectory(context, { prevExist: "false" }) },
  { name: "setdir", usage: "create a new directory or update an existing directory TTL", flags: [ttl], run: (context) => makeDirectory(context, {}) },
  { name: "updatedir", usage: "update an existing directory", flags: [ttl], run: (context) => makeDirectory(context, { prevExist: "true" }) },
  {
    name: "get",
    usage: "retrieve the value of a key",
    flags: [flag("returns result in sorted order", "sort"), flag("require quorum for get request", "quorum", "q")],
    async run(context) {
      const key = keyOf(context);
      const response = await context.client.keys("GET", key, given(context, { sort: "sorted", quorum: "quorum" }));
      if (response.node.dir === true && context.format !== "json") throw new V2Exit(1, `${response.node.key ?? key}: is a directory`);
      return say(context, response, value(response));
    },
  },
  {
    name: "ls",
    usage: "retrieve a directory",
    flags: [flag("returns result in sorted order", "sort"), flag("returns all key names recursively", "recursive", "r"), flag("append slash (/) to directories", "p"), flag("require quorum for get request", "quorum", "q")],
    async run(context) {
      const response = await context.client.keys("GET", context.flags.args[0] ?? "/", given(context, { sort: "sorted", quorum: "quorum", recursive: "recursive" }));
      return say(context, response, () => (response.node.dir === true ? listed(response.node, context.flags.values.has("recursive"), context.flags.values.has("p")) : `${response.node.key}\n`));
    },
  },
  {
    name: "rm",
    usage: "remove a key or a directory",
    flags: [flag("removes the key if it is an empty directory or a key-value pair", "dir"), flag("removes the key and all child keys(if it is a directory)", "recursive", "r"), text("with-value", "previous value"), text("with-index", "previous index")],
    async run(context) {
      const response = await context.client.keys("DELETE", keyOf(context), given(context, { dir: "dir", recursive: "recursive", "with-value": "prevValue", "with-index": "prevIndex" }));
      return say(context, response, previousValue(response));
    },
  },
  {
    name: "rmdir",
    usage: "removes the key if it is an empty directory or a key-value pair",
    flags: [],
    async run(context) {
      const response = await context.client.keys("DELETE", keyOf(context), { dir: "true" });
      return say(context, response, previousValue(response));
    },
  },
  { name: "watch", usage: "watch a key for changes", flags: [flag("forever watch a key until CTRL+C", "forever", "f"), text("after-index", "watch after the given index"), flag("returns all values for key and child keys", "recursive", "r")], run: watch },
  { name: "exec-watch", usage: "watch a key for changes and exec an executable", flags: [text("after-index", "watch after the given index"), flag("watch all values for key and child keys", "recursive", "r")], run: execWatch },
  { name: "member", usage: "member add, remove, update and list subcommands", flags: [], run: (context) => Promise.resolve().then(() => member(context)) },
  { name: "cluster-health", usage: "check the health of the etcd cluster", flags: [flag("forever check the health every 10 second until CTRL+C", "forever", "f")], run: clusterHealth },
];

export function exitCodeOf(error: unknown): number {
  if (error instanceof V2Exit) return error.code;
  if (error instanceof V2ServerError) return 4;
  return error instanceof V2ConnectionError ? 2 : 1;
}
