/** v2's commands on keys (etcd 3.4 etcdctl/ctlv2/command). */
import { readAll } from "../commands/arguments.ts";
import { V2Exit, type V2Command, type V2Context } from "./command.ts";
import { isOn, type V2Flag } from "./flags.ts";
import type { V2Node, V2Response } from "./http.ts";
import { printed } from "./print.ts";

const text = (name: string, usage: string): V2Flag => ({ names: [name], kind: "string", usage });
const number = (name: string, usage: string): V2Flag => ({ names: [name], kind: "int", usage, default: "0" });
const flag = (usage: string, ...names: string[]): V2Flag => ({ names, kind: "bool", usage });
const ttl = number("ttl", "key time-to-live in seconds");
const sorted = flag("returns result in sorted order", "sort");
const quorum = flag("require quorum for get request", "quorum", "q");
const afterIndex = number("after-index", "watch after the given index");

function keyOf({ flags }: V2Context): string {
  const key = flags.args[0];
  if (key === undefined) throw new V2Exit(1, "key required");
  return key;
}

async function valueOf({ flags, io }: V2Context): Promise<string> {
  if (flags.args[1] !== undefined) return flags.args[1];
  const value = (await readAll(io)).toString();
  if (value === "") throw new V2Exit(1, "value required");
  return value;
}

/** Named parameters that were given, under the API's names. */
function given({ flags }: V2Context, names: Readonly<Record<string, string>>): Record<string, string> {
  const parameters: Record<string, string> = {};
  for (const [name, parameter] of Object.entries(names)) {
    const value = flags.values.get(name);
    if (value !== undefined && value !== "" && value !== "0" && value !== "false") parameters[parameter] = value;
  }
  return parameters;
}

function say(context: V2Context, response: V2Response): void {
  const { stdout, stderr } = context.io;
  const lines = printed(context.format, response);
  if (lines === undefined) stderr.write(`Unsupported output format: ${context.format}\n`);
  else stdout.write(lines);
}

async function write(context: V2Context, parameters: Record<string, string>, method = "PUT"): Promise<number> {
  const key = keyOf(context);
  const value = await valueOf(context);
  const client = await context.client();
  say(context, await client.keys(method, key, { value, ...given(context, { ttl: "ttl" }), ...parameters }));
  return 0;
}

async function makeDirectory(context: V2Context, parameters: Record<string, string>): Promise<number> {
  const key = keyOf(context);
  const client = await context.client();
  const response = await client.keys("PUT", key, { dir: "true", ...given(context, { ttl: "ttl" }), ...parameters });
  if (context.format !== "simple") say(context, response);
  return 0;
}

async function get(context: V2Context): Promise<number> {
  const key = keyOf(context);
  const response = await (await context.client()).keys("GET", key, given(context, { sort: "sorted", quorum: "quorum" }));
  if (response.node.dir === true) throw new V2Exit(1, `${response.node.key ?? ""}: is a directory`, "plain");
  say(context, response);
  return 0;
}

function listed(node: V2Node, slash: boolean): string {
  return `${node.key ?? ""}${slash && node.dir === true ? "/" : ""}\n${(node.nodes ?? []).map((child) => listed(child, slash)).join("")}`;
}

async function list(context: V2Context): Promise<number> {
  const client = await context.client();
  const response = await client.keys("GET", context.flags.args[0] ?? "/", given(context, { sort: "sorted", quorum: "quorum", recursive: "recursive" }));
  if (context.format !== "simple") say(context, response);
  else {
    const { node } = response;
    const slash = isOn(context.flags, "p");
    context.io.stdout.write(`${node.dir === true ? "" : `${node.key ?? ""}\n`}${(node.nodes ?? []).map((child) => listed(child, slash)).join("")}`);
  }
  return 0;
}

async function remove(context: V2Context, parameters: Record<string, string>): Promise<number> {
  const key = keyOf(context);
  const response = await (await context.client()).keys("DELETE", key, { ...given(context, { dir: "dir", recursive: "recursive", "with-value": "prevValue", "with-index": "prevIndex" }), ...parameters });
  if (response.node.dir !== true || context.format !== "simple") say(context, response);
  return 0;
}

/** Events from the asked index on, of files only. */
async function* changes(context: V2Context, key: string): AsyncGenerator<V2Response> {
  const client = await context.client();
  const recursive = given(context, { recursive: "recursive" });
  let after = Number(context.flags.values.get("after-index") ?? 0);
  for (;;) {
    const response = await client.keys("GET", key, { wait: "true", ...recursive, ...(after > 0 ? { waitIndex: String(after + 1) } : {}) }, true);
    yield response;
    after = response.node.modifiedIndex ?? 0;
  }
}

async function watch(context: V2Context): Promise<number> {
  for await (const response of changes(context, keyOf(context))) {
    if (response.node.dir === true) continue;
    if (isOn(context.flags, "recursive")) context.io.stdout.write(`[${response.action}] ${response.node.key ?? ""}\n`);
    say(context, response);
    if (!isOn(context.flags, "forever")) return 0;
  }
  return 0;
}

/** `key -- command` or, where no flags came, `key command`: 3.4's own rule mixes the two up where `--` is missing. */
async function execWatch(context: V2Context): Promise<number> {
  const { io, flags } = context;
  const at = flags.args.indexOf("--");
  const [key] = flags.args;
  const command = flags.args.slice(at < 0 ? 1 : at + 1);
  if (key === undefined || command.length === 0) throw new V2Exit(1, "key and command to exec required");
  if (io.spawn === undefined) throw new V2Exit(1, "commands cannot be started here");
  for await (const { action, node } of changes(context, key)) {
    if (node.dir === true) io.stderr.write(`Ignored dir ${node.key ?? ""} change\n`);
    else await io.spawn(command, { ETCD_WATCH_ACTION: action, ETCD_WATCH_MODIFIED_INDEX: String(node.modifiedIndex ?? 0), ETCD_WATCH_KEY: node.key ?? "", ETCD_WATCH_VALUE: node.value ?? "" });
  }
  return 0;
}

const setText = "Set sets the value of a key.\n\n   When <value> begins with '-', <value> is interpreted as a flag.\n   Insert '--' for workaround:\n\n   $ set -- <key> <value>";

export const keyCommands: readonly V2Command[] = [
  {
    name: "mk",
    usage: "make a new key with a given value",
    argsUsage: "<key> <value>",
    flags: [flag("create in-order key under directory <key>", "in-order"), ttl],
    run: (context) => (isOn(context.flags, "in-order") ? write(context, {}, "POST") : write(context, { prevExist: "false" })),
  },
  { name: "mkdir", usage: "make a new directory", argsUsage: "<key>", flags: [ttl], run: (context) => makeDirectory(context, { prevExist: "false" }) },
  {
    name: "rm",
    usage: "remove a key or a directory",
    argsUsage: "<key>",
    flags: [
      flag("removes the key if it is an empty directory or a key-value pair", "dir"),
      flag("removes the key and all child keys(if it is a directory)", "recursive", "r"),
      text("with-value", "previous value"),
      number("with-index", "previous index"),
    ],
    run: (context) => remove(context, {}),
  },
  { name: "rmdir", usage: "removes the key if it is an empty directory or a key-value pair", argsUsage: "<key>", run: (context) => remove(context, { dir: "true" }) },
  { name: "get", usage: "retrieve the value of a key", argsUsage: "<key>", flags: [sorted, quorum], run: get },
  {
    name: "ls",
    usage: "retrieve a directory",
    argsUsage: "[key]",
    flags: [sorted, flag("returns all key names recursively for the given path", "recursive", "r"), flag("append slash (/) to directories", "p"), quorum],
    run: list,
  },
  {
    name: "set",
    usage: "set the value of a key",
    argsUsage: "<key> <value>",
    description: setText,
    flags: [ttl, text("swap-with-value", "previous value"), number("swap-with-index", "previous index")],
    run: (context) => write(context, given(context, { "swap-with-value": "prevValue", "swap-with-index": "prevIndex" })),
  },
  { name: "setdir", usage: "create a new directory or update an existing directory TTL", argsUsage: "<key>", flags: [ttl], run: (context) => makeDirectory(context, {}) },
  { name: "update", usage: "update an existing key with a given value", argsUsage: "<key> <value>", flags: [ttl], run: (context) => write(context, { prevExist: "true" }) },
  { name: "updatedir", usage: "update an existing directory", argsUsage: "<key> <value>", flags: [ttl], run: (context) => makeDirectory(context, { prevExist: "true" }) },
  {
    name: "watch",
    usage: "watch a key for changes",
    argsUsage: "<key>",
    flags: [flag("forever watch a key until CTRL+C", "forever", "f"), afterIndex, flag("returns all values for key and child keys", "recursive", "r")],
    run: watch,
  },
  {
    name: "exec-watch",
    usage: "watch a key for changes and exec an executable",
    argsUsage: "<key> <command> [args...]",
    flags: [afterIndex, flag("watch all values for key and child keys", "recursive", "r")],
    run: execWatch,
  },
];
