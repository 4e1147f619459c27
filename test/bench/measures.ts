/** One measure each: a figure of one kind of cluster, ours or real etcd's. */
import { execFile } from "node:child_process";
import { rm } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { Client, connect, connectAll } from "../../core/client/index.ts";
import { WatchCreateRequest, WatchRequest, WatchService } from "../../core/proto/gen/etcdserverpb.ts";
import { ClusterProcesses } from "../member/harness/cluster-processes.ts";
import { get, getThousand, keyOf, load, median, put, VALUE } from "./load.ts";
import { cpuSeconds, residentMegabytes } from "./process-figures.ts";

const run = promisify(execFile);
const dist = (name: string): string => fileURLToPath(new URL(`../../dist/bin/${name}`, import.meta.url));

export interface Figure {
  readonly name: string;
  readonly unit: string;
  readonly better: "higher" | "lower";
  readonly value: number;
}

const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

async function firstWrite(endpoints: readonly string[], timeoutMs = 20_000): Promise<void> {
  const client = new Client(connectAll(endpoints));
  const deadline = performance.now() + timeoutMs;
  try {
    for (;;) {
      try {
        await client.put({ key: Buffer.from("bench-first"), value: VALUE }, { timeoutMs: 1000 });
        return;
      } catch (error) {
        if (performance.now() > deadline) throw error;
        await pause(5);
      }
    }
  } finally {
    client.channel.close();
  }
}

/** Time from a put's start to the watcher's event, ms, for `count` puts one after the other. */
async function watchDelivery(endpoint: string, count: number): Promise<number> {
  const channel = connect(endpoint);
  const client = new Client(channel);
  const stream = channel.stream(WatchService.Watch);
  await stream.write(WatchRequest.create({ createRequest: WatchCreateRequest.create({ key: Buffer.from("bench-watch") }) }));
  const responses = stream.responses[Symbol.asyncIterator]();
  await responses.next();
  const times: number[] = [];
  for (let round = 0; round < count; round++) {
    const started = performance.now();
    const [event] = await Promise.all([responses.next().then(() => performance.now()), client.put({ key: Buffer.from("bench-watch"), value: VALUE })]);
    times.push(event - started);
  }
  stream.cancel();
  channel.close();
  return median(times);
}

/** @param seconds of each load */
export async function singleMember(real: boolean, seconds: number): Promise<Figure[]> {
  const cluster = await ClusterProcesses.create();
  try {
    await cluster.startNew([real]);
    const { endpoints } = cluster;
    await firstWrite(endpoints);
    const figures: Figure[] = [];
    for (const inFlight of [1, 4, 64]) figures.push({ name: `single member: puts, ${inFlight} in flight`, unit: "/s", better: "higher", value: (await load(endpoints, inFlight, seconds, put)).perSecond });
    return figures;
  } finally {
    await cluster.end();
  }
}

export async function threeMembers(real: boolean, seconds: number): Promise<Figure[]> {
  const cluster = await ClusterProcesses.create();
  const figures: Figure[] = [];
  const tell = (name: string, unit: string, better: "higher" | "lower", value: number): void => void figures.push({ name: `three members: ${name}`, unit, better, value });
  try {
    const started = performance.now();
    await cluster.startNew([real, real, real]);
    await firstWrite(cluster.endpoints);
    tell("first write after start", "ms", "lower", performance.now() - started);
    const pids = cluster.members.map((member) => member.pid);
    await pause(1500);
    const cpuBefore = pids.reduce((sum, pid) => sum + cpuSeconds(pid), 0);
    await pause(4000);
    tell("CPU of all, idle", "% of a core", "lower", ((pids.reduce((sum, pid) => sum + cpuSeconds(pid), 0) - cpuBefore) / 4) * 100);
    tell("resident memory of a member, idle", "MB", "lower", median(pids.map(residentMegabytes)));
    const leader = await cluster.leader();
    const endpoints = [leader.clientUrl];
    for (const inFlight of [1, 4, 64]) tell(`puts, ${inFlight} in flight`, "/s", "higher", (await load(endpoints, inFlight, seconds, put)).perSecond);
    tell("resident memory of a member, under load", "MB", "lower", median(pids.map(residentMegabytes)));
    tell("linearizable gets, 64 in flight", "/s", "higher", (await load(endpoints, 64, seconds, get(false))).perSecond);
    tell("serializable gets, 64 in flight", "/s", "higher", (await load(endpoints, 64, seconds, get(true))).perSecond);
    const client = new Client(connect(endpoints[0]!));
    for (let number = 0; number < 1000; number++) await client.put({ key: keyOf(number), value: VALUE });
    client.channel.close();
    tell("ranges of 1,000 keys, 4 in flight", "/s", "higher", (await load(endpoints, 4, seconds, getThousand)).perSecond);
    tell("put to watch event", "ms", "lower", await watchDelivery(endpoints[0]!, 200));
    const killed = performance.now();
    await leader.stop("SIGKILL");
    await firstWrite(cluster.endpoints);
    tell("failover after kill -9 of the leader", "ms", "lower", performance.now() - killed);
    return figures;
  } finally {
    await cluster.end();
  }
}

/** snapshot save and restore of `megabytes` of values, with each side's own tools. */
export async function snapshots(real: boolean, megabytes: number): Promise<Figure[]> {
  const cluster = await ClusterProcesses.create();
  try {
    await cluster.startNew([real]);
    const endpoint = cluster.endpoints[0]!;
    await firstWrite([endpoint]);
    const client = new Client(connect(endpoint));
    const value = Buffer.alloc(100_000, 0x61);
    for (let number = 0; number < megabytes * 10; number += 10) await Promise.all(Array.from({ length: 10 }, (_, offset) => client.put({ key: keyOf(number + offset), value })));
    client.channel.close();
    const file = join(cluster.folder, "bench.db");
    const target = join(cluster.folder, "restored");
    const [ctl, utl] = real ? [["etcdctl"], ["etcdctl"]] : [[process.execPath, dist("etcdctl")], [process.execPath, dist("etcdutl")]];
    const env = { ...process.env, ETCDCTL_API: "3" };
    const timed = async (command: readonly string[]): Promise<number> => {
      const started = performance.now();
      await run(command[0]!, command.slice(1), { env });
      return performance.now() - started;
    };
    const saved = await timed([...ctl, `--endpoints=${endpoint}`, "snapshot", "save", file]);
    const restored = await timed([...utl, "snapshot", "restore", file, "--data-dir", target]);
    await rm(target, { recursive: true, force: true });
    return [
      { name: `snapshot save, ${megabytes} MB`, unit: "ms", better: "lower", value: saved },
      { name: `snapshot restore, ${megabytes} MB`, unit: "ms", better: "lower", value: restored },
    ];
  } finally {
    await cluster.end();
  }
}
