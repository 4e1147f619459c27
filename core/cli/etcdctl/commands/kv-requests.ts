/** get, put and del as requests: shared by the commands themselves and by the lines of a txn. */
import * as pb from "../../../proto/gen/etcdserverpb.ts";
import { type FlagDefinition, FlagSet } from "../../cobra/flags.ts";
import { Exit, ExitError } from "../../cobra/command.ts";
import { bad, hexId, keyRange } from "./arguments.ts";

export const getFlags: readonly FlagDefinition[] = [
  { name: "consistency", kind: "string", default: "l", usage: "Linearizable(l) or Serializable(s)" },
  { name: "order", kind: "string", default: "", usage: "Order of results; ASCEND or DESCEND (ASCEND by default)" },
  { name: "sort-by", kind: "string", default: "", usage: "Sort target; CREATE, KEY, MODIFY, VALUE, or VERSION" },
  { name: "limit", kind: "int", default: "0", usage: "Maximum number of results" },
  { name: "prefix", kind: "bool", default: "false", usage: "Get keys with matching prefix" },
  { name: "from-key", kind: "bool", default: "false", usage: "Get keys that are greater than or equal to the given key using byte compare" },
  { name: "rev", kind: "int", default: "0", usage: "Specify the kv revision" },
  { name: "keys-only", kind: "bool", default: "false", usage: "Get only the keys" },
  { name: "count-only", kind: "bool", default: "false", usage: "Get only the count" },
  { name: "print-value-only", kind: "bool", default: "false", usage: 'Only write values when using the "simple" output format' },
  { name: "min-create-rev", kind: "int", default: "0", usage: "Minimum create revision" },
  { name: "max-create-rev", kind: "int", default: "0", usage: "Maximum create revision" },
  { name: "min-mod-rev", kind: "int", default: "0", usage: "Minimum modification revision" },
  { name: "max-mod-rev", kind: "int", default: "0", usage: "Maximum modification revision" },
];

export const putFlags: readonly FlagDefinition[] = [
  { name: "lease", kind: "string", default: "0", usage: "lease ID (in hexadecimal) to attach to the key" },
  { name: "prev-kv", kind: "bool", default: "false", usage: "return the previous key-value pair before modification" },
  { name: "ignore-value", kind: "bool", default: "false", usage: "updates the key using its current value" },
  { name: "ignore-lease", kind: "bool", default: "false", usage: "updates the key using its current lease" },
];

export const delFlags: readonly FlagDefinition[] = [
  { name: "prefix", kind: "bool", default: "false", usage: "delete keys with matching prefix" },
  { name: "prev-kv", kind: "bool", default: "false", usage: "return deleted key-value pairs" },
  { name: "from-key", kind: "bool", default: "false", usage: "delete keys that are greater than or equal to the given key using byte compare" },
  { name: "range", kind: "bool", default: "false", usage: "delete range of keys without delay" },
];

const both = "`--prefix` and `--from-key` cannot be set at the same time, choose one";
const tooMany = "too many arguments, only accept one argument when `--prefix` or `--from-key` is set";

/** @throws ExitError 4 where it is neither l nor s */
export function isSerializable(consistency: string): boolean {
  if (consistency !== "l" && consistency !== "s") throw new ExitError(Exit.BadFeature, `unknown consistency flag ${JSON.stringify(consistency)}`);
  return consistency === "s";
}

const TARGETS: Readonly<Record<string, number>> = { CREATE: 2, KEY: 0, MODIFY: 3, VALUE: 4, VERSION: 1 };

function sortOf(flags: FlagSet): { sortOrder: number; sortTarget: number } {
  const order = flags.string("order").toUpperCase();
  const by = flags.string("sort-by").toUpperCase();
  let sortOrder: number = pb.RangeRequest_SortOrder.NONE;
  if (order === "ASCEND") sortOrder = pb.RangeRequest_SortOrder.ASCEND;
  else if (order === "DESCEND") sortOrder = pb.RangeRequest_SortOrder.DESCEND;
  else if (order !== "") throw new ExitError(Exit.BadFeature, `bad sort order ${flags.string("order")}`);
  const sortTarget = by === "" ? 0 : TARGETS[by];
  if (sortTarget === undefined) throw new ExitError(Exit.BadFeature, `bad sort target ${flags.string("sort-by")}`);
  // with a target but no order the values ascend
  if (by !== "" && order === "") sortOrder = pb.RangeRequest_SortOrder.ASCEND;
  return { sortOrder, sortTarget };
}

/** @throws ExitError in etcdctl's words */
export function getRequest(flags: FlagSet): pb.RangeRequest {
  const { args } = flags;
  if (args.length === 0) throw bad("get command needs one argument as key and an optional argument as range_end");
  const prefix = flags.bool("prefix");
  const fromKey = flags.bool("from-key");
  if (prefix && fromKey) throw bad(both);
  if (flags.bool("keys-only") && flags.bool("count-only")) throw bad("`--keys-only` and `--count-only` cannot be set at the same time, choose one");
  const serializable = isSerializable(flags.string("consistency"));
  if (args.length > 1 && (prefix || fromKey)) throw bad(tooMany);
  for (const [name, call] of [["mod", "Mod"], ["create", "Create"]] as const) {
    const low = flags.int(`min-${name}-rev`);
    const high = flags.int(`max-${name}-rev`);
    if (high > 0 && low > high) throw new ExitError(Exit.BadFeature, `getMin${call}Rev(=${low}) > getMax${call}Rev(=${high})`);
  }
  return pb.RangeRequest.create({
    ...keyRange(args[0]!, args[1], prefix ? "prefix" : fromKey ? "from-key" : "plain"),
    ...sortOf(flags),
    limit: flags.int("limit"),
    revision: flags.int("rev"),
    serializable,
    keysOnly: flags.bool("keys-only"),
    countOnly: flags.bool("count-only"),
    minModRevision: flags.int("min-mod-rev"),
    maxModRevision: flags.int("max-mod-rev"),
    minCreateRevision: flags.int("min-create-rev"),
    maxCreateRevision: flags.int("max-create-rev"),
  });
}

/** @param readValue asked for the value when it is not an argument */
export async function putRequest(flags: FlagSet, readValue: () => Promise<Buffer>): Promise<pb.PutRequest> {
  const { args } = flags;
  if (args.length === 0) throw bad("put command needs 1 argument and input from stdin or 2 arguments");
  if (flags.bool("ignore-value") && args.length > 1) throw bad("put command needs only 1 argument when 'ignore-value' is set");
  let value: Buffer = Buffer.alloc(0);
  if (!flags.bool("ignore-value")) {
    if (args[1] !== undefined) value = Buffer.from(args[1]);
    else {
      value = await readValue();
      if (value.length === 0) throw bad("put command needs 1 argument and input from stdin or 2 arguments");
    }
  }
  return pb.PutRequest.create({
    key: Buffer.from(args[0]!),
    value,
    lease: hexId(flags.string("lease"), "bad lease ID", "ParseInt"),
    prevKv: flags.bool("prev-kv"),
    ignoreValue: flags.bool("ignore-value"),
    ignoreLease: flags.bool("ignore-lease"),
  });
}

export function delRequest(flags: FlagSet): pb.DeleteRangeRequest {
  const { args } = flags;
  if (args.length === 0 || args.length > 2) throw bad("del command needs one argument as key and an optional argument as range_end");
  const prefix = flags.bool("prefix");
  const fromKey = flags.bool("from-key");
  if (prefix && fromKey) throw bad(both);
  if (args.length > 1 && (prefix || fromKey)) throw bad(tooMany);
  return pb.DeleteRangeRequest.create({ ...keyRange(args[0]!, args[1], prefix ? "prefix" : fromKey ? "from-key" : "plain"), prevKv: flags.bool("prev-kv") });
}

/** Parses one line of a txn: a whole get, put or del command. */
export async function opFromWords(words: readonly string[]): Promise<pb.RequestOp> {
  const [name, ...rest] = words;
  const parsed = (definitions: readonly FlagDefinition[]): FlagSet => {
    const flags = new FlagSet(definitions);
    flags.parse(rest);
    return flags;
  };
  switch (name) {
    case "get":
      return pb.RequestOp.create({ requestRange: getRequest(parsed(getFlags)) });
    case "put":
      return pb.RequestOp.create({ requestPut: await putRequest(parsed(putFlags), () => Promise.resolve(Buffer.alloc(0))) });
    case "del":
      return pb.RequestOp.create({ requestDeleteRange: delRequest(parsed(delFlags)) });
    default:
      throw new Error(`unknown command ${JSON.stringify(name ?? "")} for "txn"`);
  }
}
