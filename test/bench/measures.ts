/** The measures: each takes figures of both kinds of cluster, alternating. */
import { execFile } from "node:child_process";
import { rm } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { Client, connect } from "../../core/client/index.ts";
import { WatchCreateRequest, WatchRequest, WatchService } from "../../core/proto/gen/etcdserverpb.ts";
import { ClusterProcesses } from "../member/harness/cluster-processes.ts";
import { get, keyOf, put, rangeOf, VALUE } from "./calls.ts";
import { type Figures, median } from "./figures.ts";
import { type Call, generate } from "./generator.ts";
import { firstWrite, follows, kinds, leaderOf, pause, type Side, withBoth } from "./pair.ts";
import { cpuSeconds, residentMegabytes } from "./process-figures.ts";

const run = promisify(execFile);
const dist = (name: string): string => fileURLToPath(new URL(`../../dist/bin/${name}`, import.meta.url));

export interface Plan {
  /** of each load */
  readonly seconds: number;
  readonly rounds: number;
  readonly inFlight: readonly number[];
  readonly failovers: number;
  readonly starts: number;
  readonly watchRounds: number;
  readonly watchPuts: number;
  readonly snapshotRounds: number;
  readonly snapshotMegabytes: number;
}

interface Target extends Side {
  readonly endpoints: readonly string[];
  readonly pids: readonly number[];
}

const cpuOf = (pids: readonly number[]): number => pids.reduce((sum, pid) => sum + cpuSeconds(pid), 0);

async function targetsOf(sides: readonly Side[]): Promise<Target[]> {
  return Promise.all(sides.map(async (side) => ({ ...side, endpoints: [(await leaderOf(side.cluster)).clientUrl], pids: side.cluster.members.map(({ pid }) => pid) })));
}

/** Calls after which code that is compiled as it runs has been compiled, and how long they may take on a slow machine, ms. */
const warmCalls = 20_000;
const warmMs = 15_000;

/**
 * Both have run for a while before anything counts: compiled code, open files, grown databases. By calls and not by time: a
 * member's first thousand calls cost several times what later ones do, and a second holds few of them where one waits for the other.
 */
async function warmUp(targets: readonly Target[], plan: Plan): Promise<void> {
  const second = Math.max(0.7, plan.seconds / 2);
  for (const { endpoints } of targets) {
    const begun = performance.now();
    for (let calls = 0; calls < warmCalls && performance.now() - begun < warmMs; ) calls += (await generate(endpoints, put, 64, second)).calls;
  }
  for (const inFlight of [512, 1]) for (const { endpoints } of targets) await generate(endpoints, put, inFlight, second);
}

/** Who was measured second comes first the next time: neither has always the quieter or the warmer moment. */
const inTurn = <T>(sides: readonly T[], round: number): readonly T[] => (round % 2 === 0 ? sides : [...sides].reverse());

async function loads(figures: Figures, targets: readonly Target[], plan: Plan, name: string, call: Call, inFlight: number, withCpu: boolean): Promise<void> {
  for (let round = 0; round < plan.rounds; round++) {
    for (const { real, endpoints, pids } of inTurn(targets, round)) {
      const before = cpuOf(pids);
      const { perSecond, calls } = await generate(endpoints, call, inFlight, plan.seconds);
      figures.note(real, `${name}, ${inFlight} in flight`, "/s", "higher", perSecond);
      if (withCpu) figures.note(real, `${name}, ${inFlight} in flight: CPU of members a call`, "us", "lower", ((cpuOf(pids) - before) / calls) * 1e6);
    }
  }
}

export async function singleMember(figures: Figures, plan: Plan): Promise<void> {
  await withBoth(1, async (sides) => {
    const targets = await targetsOf(sides);
    await warmUp(targets, plan);
    for (const inFlight of plan.inFlight) await loads(figures, targets, plan, "single member: puts", put, inFlight, true);
  });
}

export async function threeMembers(figures: Figures, plan: Plan): Promise<void> {
  await withBoth(3, async (sides) => {
    const targets = await targetsOf(sides);
    await pause(1500);
    const before = targets.map(({ pids }) => cpuOf(pids));
    await pause(4000);
    for (const [at, { real, pids }] of targets.entries()) {
      figures.note(real, "three members: CPU of all, idle", "% of a core", "lower", ((cpuOf(pids) - before[at]!) / 4) * 100);
      figures.note(real, "three members: resident memory of one, idle", "MB", "lower", median(pids.map(residentMegabytes)));
    }
    await warmUp(targets, plan);
    for (const inFlight of plan.inFlight) await loads(figures, targets, plan, "three members: puts", put, inFlight, true);
    for (const { real, pids } of targets) figures.note(real, "three members: resident memory of one, under load", "MB", "lower", median(pids.map(residentMegabytes)));
    for (const { endpoints } of targets) await fill(endpoints[0]!, 10_000);
    await loads(figures, targets, plan, "three members: linearizable gets", get(false), 64, false);
    await loads(figures, targets, plan, "three members: serializable gets", get(true), 64, false);
    await loads(figures, targets, plan, "three members: ranges of 1,000 keys", rangeOf(1000), 4, false);
    await loads(figures, targets, plan, "three members: ranges of 10,000 keys", rangeOf(10_000), 2, false);
    for (let round = 0; round < plan.watchRounds; round++) {
      for (const { real, endpoints } of inTurn(targets, round)) {
        figures.note(real, "three members: put to watch event", "ms", "lower", await fanOut(endpoints[0]!, 1, 4 * plan.watchPuts));
        figures.note(real, "three members: put to the last of 1,000 watchers", "ms", "lower", await fanOut(endpoints[0]!, 1000, plan.watchPuts));
      }
    }
  });
}

/** Makes sure that there are `keys` keys. */
async function fill(endpoint: string, keys: number): Promise<void> {
  const client = new Client(connect(endpoint));
  for (let number = 0; number < keys; number += 100) {
    await Promise.all(Array.from({ length: 100 }, (_, offset) => client.put({ key: keyOf(number + offset), value: VALUE })));
  }
  client.channel.close();
}

/** Time from a put's start until all watchers of its key have the event, ms: median over puts one after the other. */
async function fanOut(endpoint: string, watchers: number, puts: number): Promise<number> {
  const key = Buffer.from("bench-watch");
  const channels = Array.from({ length: Math.ceil(watchers / 100) }, () => connect(endpoint));
  let expected = 0;
  let done = (): void => undefined;
  const readers: Promise<void>[] = [];
  let created = 0;
  let allCreated = (): void => undefined;
  const ready = new Promise<void>((resolve) => (allCreated = resolve));
  const streams = channels.map((channel) => channel.stream(WatchService.Watch));
  for (const [at, stream] of streams.entries()) {
    readers.push(
      (async () => {
        for await (const response of stream.responses) {
          if (response.created && ++created === watchers) allCreated();
          expected -= response.events.length;
          if (response.events.length > 0 && expected === 0) done();
        }
      })(),
    );
    for (let watcher = at * 100; watcher < Math.min(watchers, (at + 1) * 100); watcher++) {
      await stream.write(WatchRequest.create({ createRequest: WatchCreateRequest.create({ key }) }));
    }
  }
  await ready;
  const client = new Client(connect(endpoint));
  const times: number[] = [];
  for (let round = 0; round < puts; round++) {
    const all = new Promise<void>((resolve) => (done = resolve));
    expected = watchers;
    const started = performance.now();
    await Promise.all([all, client.put({ key, value: VALUE })]);
    times.push(performance.now() - started);
  }
  for (const stream of streams) stream.cancel();
  // a cancelled stream ends with the cancellation as its error
  await Promise.allSettled(readers);
  for (const channel of [...channels, client.channel]) channel.close();
  return median(times);
}

export async function starts(figures: Figures, plan: Plan): Promise<void> {
  for (let round = 0; round < plan.starts; round++) {
    for (const real of inTurn(kinds, round)) {
      const cluster = await ClusterProcesses.create();
      try {
        const members = await Promise.all([1, 2, 3].map((number) => cluster.add(`m${number}`, { real })));
        const started = performance.now();
        await Promise.all(members.map((member) => member.start(cluster.initialCluster, "new")));
        await firstWrite(members.map(({ clientUrl }) => clientUrl));
        figures.note(real, "three members: first write after start", "ms", "lower", performance.now() - started);
      } finally {
        await cluster.end();
      }
    }
  }
}

/** Kills the leader of a cluster that has run for a while, again and again, and brings it back each time. */
export async function failovers(figures: Figures, plan: Plan): Promise<void> {
  await withBoth(3, async (sides) => {
    for (let round = 0; round < plan.failovers; round++) {
      for (const { real, cluster } of inTurn(sides, round)) {
        const leader = await leaderOf(cluster);
        const killed = performance.now();
        await leader.stop("SIGKILL");
        await firstWrite(cluster.endpoints);
        figures.note(real, "three members: failover after kill -9 of the leader", "ms", "lower", performance.now() - killed);
        await leader.start(cluster.initialCluster, "existing");
        await follows(leader);
        await pause(300);
      }
    }
  });
}

/** Save and restore of a snapshot with each side's own tools. */
export async function snapshots(figures: Figures, plan: Plan): Promise<void> {
  const value = Buffer.alloc(100_000, 0x61);
  await withBoth(1, async (sides) => {
    for (const { cluster } of sides) {
      const client = new Client(connect(cluster.endpoints[0]!));
      for (let number = 0; number < plan.snapshotMegabytes * 10; number += 10) {
        await Promise.all(Array.from({ length: 10 }, (_, offset) => client.put({ key: keyOf(number + offset), value })));
      }
      client.channel.close();
    }
    for (let round = 0; round < plan.snapshotRounds; round++) {
      for (const { real, cluster } of inTurn(sides, round)) {
        const file = join(cluster.folder, "bench.db");
        const target = join(cluster.folder, "restored");
        const [ctl, utl] = real ? [["etcdctl"], ["etcdctl"]] : [[process.execPath, dist("etcdctl")], [process.execPath, dist("etcdutl")]];
        const timed = async (command: readonly string[]): Promise<number> => {
          const started = performance.now();
          await run(command[0]!, command.slice(1), { env: { ...process.env, ETCDCTL_API: "3" } });
          return performance.now() - started;
        };
        const saved = await timed([...ctl, `--endpoints=${cluster.endpoints[0]}`, "snapshot", "save", file]);
        figures.note(real, `snapshot save, ${plan.snapshotMegabytes} MB`, "ms", "lower", saved);
        figures.note(real, `snapshot restore, ${plan.snapshotMegabytes} MB`, "ms", "lower", await timed([...utl, "snapshot", "restore", file, "--data-dir", target]));
        await rm(target, { recursive: true, force: true });
        await rm(file, { force: true });
      }
    }
  });
}
