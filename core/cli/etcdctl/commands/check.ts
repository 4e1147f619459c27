/** check perf and check datascale: a load for a minute, judged by etcdctl's own bounds. */
import { randomBytes } from "node:crypto";
import * as pb from "../../../proto/gen/etcdserverpb.ts";
import { type Command, Exit, ExitError } from "../../cobra/command.ts";
import type { FlagDefinition, FlagSet } from "../../cobra/flags.ts";
import { humanBytes } from "../../go/text.ts";
import { type Connection, connected } from "../connection.ts";
import { keyRange } from "./arguments.ts";

const MODELS: Readonly<Record<string, "s" | "m" | "l" | "xl">> = { s: "s", small: "s", m: "m", medium: "m", l: "l", large: "l", xl: "xl", xLarge: "xl" };
const PERF = {
  s: { limit: 150, clients: 50 },
  m: { limit: 1000, clients: 200 },
  l: { limit: 8000, clients: 500 },
  xl: { limit: 15000, clients: 1000 },
} as const;
const SCALE = {
  s: { limit: 10_000, clients: 50 },
  m: { limit: 100_000, clients: 200 },
  l: { limit: 1_000_000, clients: 500 },
  xl: { limit: 3_000_000, clients: 1000 },
} as const;
const PERF_SECONDS = 60;
const VALUE_BYTES = 1024;

function commonFlags(prefix: string): readonly FlagDefinition[] {
  return [
    { name: "load", kind: "string", default: "s", usage: "The check's workload model. Accepted workloads: s(small), m(medium), l(large), xl(xLarge)" },
    { name: "prefix", kind: "string", default: prefix, usage: "The prefix for writing the check's keys" },
    { name: "auto-compact", kind: "bool", default: "false", usage: "Compact storage with last revision after test is finished" },
    { name: "auto-defrag", kind: "bool", default: "false", usage: "Defragment storage after test is finished" },
  ];
}

function modelOf(flags: FlagSet): "s" | "m" | "l" | "xl" {
  const model = MODELS[flags.string("load")];
  if (model === undefined) throw new ExitError(Exit.BadFeature, `unknown load option ${flags.string("load")}`);
  return model;
}

async function refuseUsedPrefix(connection: Connection, prefix: string): Promise<void> {
  const { kvs } = await connection.ask((options) => connection.client.range({ ...keyRange(prefix, undefined, "prefix"), limit: 1 }, options));
  if (kvs.length > 0) throw new ExitError(Exit.InvalidInput, `prefix ${JSON.stringify(prefix)} has keys. Delete with 'etcdctl del --prefix ${prefix}' first`);
}

async function cleanUp(connection: Connection, flags: FlagSet): Promise<void> {
  const deleted = await connection.client.deleteRange(keyRange(flags.string("prefix"), undefined, "prefix"), { timeoutMs: 30_000 });
  if (flags.bool("auto-compact")) {
    await connection.client.compact({ revision: deleted.header?.revision ?? 0, physical: true });
    connection.io.stdout.write(`Compacted with revision ${deleted.header?.revision ?? 0}\n`);
  }
  if (flags.bool("auto-defrag"))
    for (const endpoint of connection.endpoints) {
      await connection.to(endpoint).call(pb.MaintenanceService.Defragment, {});
      connection.io.stdout.write(`Defragmented "${endpoint}"\n`);
    }
}

interface LoadResult {
  readonly seconds: number;
  readonly latencies: readonly number[];
  readonly errors: ReadonlyMap<string, number>;
}

/** Puts with at most `clients` in flight and at most `perSecond` started a second, until `done` says so. */
async function putLoad(connection: Connection, prefix: string, clients: number, perSecond: number, done: (started: number, elapsedMs: number) => boolean): Promise<LoadResult> {
  const latencies: number[] = [];
  const errors = new Map<string, number>();
  const value = Buffer.alloc(VALUE_BYTES);
  const begin = performance.now();
  let started = 0;
  const worker = async (): Promise<void> => {
    for (;;) {
      const elapsed = performance.now() - begin;
      if (connection.io.signal.aborted || done(started, elapsed)) return;
      const due = (started / perSecond) * 1000;
      if (due > elapsed) {
        await new Promise((resolve) => setTimeout(resolve, Math.min(due - elapsed, 50)));
        continue;
      }
      started++;
      const from = performance.now();
      try {
        await connection.client.put({ key: Buffer.concat([Buffer.from(prefix), randomBytes(128)]), value });
        latencies.push((performance.now() - from) / 1000);
      } catch (error) {
        const text = (error as Error).message;
        errors.set(text, (errors.get(text) ?? 0) + 1);
      }
    }
  };
  await Promise.all(Array.from({ length: clients }, worker));
  return { seconds: (performance.now() - begin) / 1000, latencies, errors };
}

function deviation(values: readonly number[]): number {
  const mean = values.reduce((sum, value) => sum + value, 0) / (values.length || 1);
  return Math.sqrt(values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / (values.length || 1));
}

const perf: Command = {
  use: "perf [options]",
  short: "Check the performance of the etcd cluster",
  flags: commonFlags("/etcdctl-check-perf/"),
  run: (flags, io) =>
    connected(flags, io, async (connection) => {
      const { limit, clients } = PERF[modelOf(flags)];
      await refuseUsedPrefix(connection, flags.string("prefix"));
      const result = await putLoad(connection, flags.string("prefix"), clients, limit, (_, elapsed) => elapsed >= PERF_SECONDS * 1000);
      await cleanUp(connection, flags);
      let ok = true;
      const say = (good: boolean, pass: string, fail: string): void => {
        io.stdout.write(`${good ? pass : fail}\n`);
        ok &&= good;
      };
      if (result.errors.size > 0) {
        ok = false;
        io.stdout.write("FAIL: too many errors\n");
        for (const [text, count] of result.errors) io.stdout.write(`FAIL: ERROR(${text}) -> ${count}\n`);
      }
      const rate = result.latencies.length / result.seconds;
      const slowest = Math.max(0, ...result.latencies);
      const spread = deviation(result.latencies);
      say(rate / limit > 0.9, `PASS: Throughput is ${Math.floor(rate) + 1} writes/s`, `FAIL: Throughput too low: ${Math.floor(rate) + 1} writes/s`);
      say(slowest <= 0.5, `PASS: Slowest request took ${slowest.toFixed(6)}s`, `Slowest request took too long: ${slowest.toFixed(6)}s`);
      say(spread <= 0.1, `PASS: Stddev is ${spread.toFixed(6)}s`, `Stddev too high: ${spread.toFixed(6)}s`);
      io.stdout.write(ok ? "PASS\n" : "FAIL\n");
      return ok ? Exit.Success : Exit.Error;
    }),
};

/** process_resident_memory_bytes of the first endpoint's /metrics. */
async function residentBytes(connection: Connection): Promise<number> {
  const url = new URL(connection.endpoints[0]!.includes("://") ? connection.endpoints[0]! : `http://${connection.endpoints[0]}`);
  const { host, port } = connection.io.addressBook.resolve({ host: url.hostname, port: Number(url.port || 2379) });
  const text = await (await fetch(`http://${host}:${port}/metrics`)).text();
  const match = /^process_resident_memory_bytes (\S+)$/m.exec(text);
  if (match === null) throw new ExitError(Exit.Error, "FAIL: Could not read process_resident_memory_bytes before the put operations.");
  return Number(match[1]);
}

const datascale: Command = {
  use: "datascale [options]",
  short: "Check the memory usage of holding data for different workloads on a given server endpoint.",
  flags: commonFlags("/etcdctl-check-datascale/"),
  run: (flags, io) =>
    connected(flags, io, async (connection) => {
      const { limit, clients } = SCALE[modelOf(flags)];
      await refuseUsedPrefix(connection, flags.string("prefix"));
      const before = await residentBytes(connection);
      io.stdout.write(`Start data scale check for work load [${limit} key-value pairs, ${VALUE_BYTES} bytes per key-value, ${clients} concurrent clients].\n`);
      const result = await putLoad(connection, flags.string("prefix"), clients, Number.POSITIVE_INFINITY, (started) => started >= limit);
      const after = await residentBytes(connection);
      await cleanUp(connection, flags);
      if (result.errors.size > 0) {
        io.stdout.write("FAIL: too many errors\n");
        for (const [text, count] of result.errors) io.stdout.write(`FAIL: ERROR(${text}) -> ${count}\n`);
        return Exit.Error;
      }
      io.stdout.write(`PASS: Approximate system memory used : ${humanBytes(Math.max(0, after - before))}.\n`);
      return Exit.Success;
    }),
};

export const checkCommand: Command = { use: "check <subcommand>", short: "commands for checking properties of the etcd cluster", commands: [perf, datascale] };
