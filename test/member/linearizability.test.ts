/**
 * Three members as processes under kills, pauses, cut and bad links and slow disks, with clients and watchers at all of them: what clients
 * were told is what one copy could have told them, no acknowledged write is lost, and watchers hear of every change, once and in order.
 * `LINEAR_SECONDS=600` for a long storm, `LINEAR_SEED` for another one; a failure leaves the history in test/results.
 */
import { mkdirSync, writeFileSync } from "node:fs";
import { resolve } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { Client, connectAll } from "../../core/client/index.ts";
import { seededRandom } from "../../core/platform/random.ts";
import { violationsOf } from "../linearizability/key-model.ts";
import { keptHashes } from "../peers/harness/kept-hashes.ts";
import { ClusterProcesses } from "./harness/cluster-processes.ts";
import { PREFIX, StormClients } from "./storm/clients.ts";
import { brokenOrder, lostOrInvented } from "./storm/judge.ts";
import { Nemesis } from "./storm/nemesis.ts";
import { StormWatcher, wholeHistory } from "./storm/watchers.ts";

const SECONDS = Number(process.env.LINEAR_SECONDS ?? 12);
const SEED = Number(process.env.LINEAR_SEED ?? 1);
const CLIENTS = 6;

describe("a storm over three members", () => {
  let cluster: ClusterProcesses;
  beforeEach(async () => {
    cluster = await ClusterProcesses.create(true);
  });
  afterEach(() => cluster.end());

  it(`of ${SECONDS} s, seed ${SEED}: clients and watchers see one copy`, { timeout: 300_000 + SECONDS * 3000 }, async () => {
    await cluster.startNew([false, false, false]);
    const endpoints = cluster.endpoints;
    const random = seededRandom(SEED);
    const clients = new StormClients(endpoints, random, CLIENTS);
    const watchers = endpoints.map((_, at) => new StormWatcher(endpoints, at));
    const nemesis = new Nemesis(cluster, random);
    await new Promise((resolve) => setTimeout(resolve, SECONDS * 1000));
    await nemesis.stop();
    await clients.stop();
    await Promise.all(cluster.members.map((member) => member.healthy()));

    const end = await putLast(endpoints);
    await Promise.all(watchers.map((watcher) => watcher.reaches(end)));
    await Promise.all(watchers.map((watcher) => watcher.stop()));
    const [whole, ...others] = await Promise.all(endpoints.map((endpoint) => wholeHistory(endpoint, end)));
    const { operations } = clients.history;
    try {
      for (const other of others) expect(other).toEqual(whole);
      for (const watcher of watchers) {
        expect(watcher.wrong).toEqual([]);
        expect(watcher.events).toEqual(whole);
      }
      expect(lostOrInvented(clients.told, operations, whole!)).toEqual([]);
      expect(brokenOrder(clients.told)).toEqual([]);
      expect(violationsOf(operations)).toEqual([]);
    } catch (error) {
      keep({ deeds: nemesis.deeds, operations, told: clients.told.map(({ revision, wrote, operation }) => ({ at: operation.called, revision, wrote })), whole });
      throw error;
    }
    expect(new Set(await keptHashes(cluster.members)).size).toBe(1);
    // it was a storm
    expect(nemesis.deeds.length).toBeGreaterThan(1);
    expect(clients.told.filter(({ wrote }) => wrote).length).toBeGreaterThan(20);
    expect(Math.max(...watchers.map(({ progresses }) => progresses))).toBeGreaterThan(0);
  });
});

/** @returns the revision of a change that is the last of all */
async function putLast(endpoints: readonly string[]): Promise<number> {
  const client = new Client(connectAll(endpoints));
  try {
    return (await client.put({ key: Buffer.from(`${PREFIX}end`), value: Buffer.from("end") }, { timeoutMs: 30_000 })).header!.revision;
  } finally {
    client.close();
  }
}

function keep(what: object): void {
  const folder = resolve("test/results");
  mkdirSync(folder, { recursive: true });
  writeFileSync(`${folder}/storm-${SEED}.json`, JSON.stringify(what, (_, value: unknown) => (value === Infinity ? "unknown" : value), 1));
}
