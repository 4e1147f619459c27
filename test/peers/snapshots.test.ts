/**
 * Snapshots and restored data-dirs, ours and real etcd's, in both directions (the files' judge of the first issue, b and c): a cluster of
 * ours is killed under load and its snapshot starts a real cluster with every acknowledged key; ours and real snapshots, restored
 * by ours and by the real tool, start both kinds of members.
 */
import { execFile } from "node:child_process";
import { existsSync } from "node:fs";
import { join, resolve } from "node:path";
import { promisify } from "node:util";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { ClusterProcesses } from "../member/harness/cluster-processes.ts";
import { etcdctl, needsPeers, realEtcd, realEtcdctl } from "../member/harness/programs.ts";
import { Writer, missingFrom } from "../member/harness/writer.ts";

vi.setConfig({ testTimeout: 180_000 });

const run = promisify(execFile);
const etcdutl = resolve("dist/bin/etcdutl");
const absent = [...(realEtcd === undefined || realEtcdctl === undefined ? [needsPeers] : []), ...(existsSync(etcdutl) ? [] : ["needs dist/bin: npm run build"])];

const ours = (...args: string[]): Promise<{ stdout: string }> => run(process.execPath, [etcdutl, ...args]);
const real = (...args: string[]): Promise<{ stdout: string }> => run(realEtcdctl!, args, { env: { ...process.env, ETCDCTL_API: "3" } });

describe.skipIf(absent.length > 0)(`snapshots in both directions (${absent.join("; ") || "Debian's etcd 3.4"})`, () => {
  const clusters: ClusterProcesses[] = [];
  const make = async (): Promise<ClusterProcesses> => {
    const cluster = await ClusterProcesses.create();
    clusters.push(cluster);
    return cluster;
  };
  let source: ClusterProcesses;
  beforeEach(async () => {
    source = await make();
  });
  afterEach(async () => {
    await Promise.all(clusters.splice(0).map((cluster) => cluster.end()));
  });

  /** Restores `file` for every member planned in `target`, with one tool, and starts them. */
  const startRestored = async (target: ClusterProcesses, file: string, restore: typeof ours): Promise<void> => {
    for (const member of target.members)
      await restore("snapshot", "restore", file, `--name=${member.plan.name}`, `--data-dir=${member.dataDir}`, `--initial-cluster=${target.initialCluster}`, `--initial-advertise-peer-urls=${member.peerUrl}`);
    await Promise.all(target.members.map((member) => member.start(target.initialCluster, "new")));
    await Promise.all(target.members.map((member) => member.ready()));
  };

  /** What `snapshot status` says of a file, the columns that mean the same in 3.4 and 3.6: hash, revision, size. */
  const statusOf = async (tool: typeof ours, file: string): Promise<{ hash: number; revision: number; totalSize: number }> => {
    const { hash, revision, totalSize } = JSON.parse((await tool("snapshot", "status", file, "--write-out=json")).stdout) as { hash: number; revision: number; totalSize: number };
    return { hash, revision, totalSize };
  };

  it("ours, killed under load: the real tools accept its snapshot, and a real cluster has every acknowledged key", async () => {
    await source.startNew([false, false, false]);
    const writer = new Writer(source.endpoints);
    await writer.more(300);
    await Promise.all(source.members.map((member) => member.stop("SIGKILL")));
    await writer.stop();
    const acknowledged = [...writer.acknowledged];
    await Promise.all(source.members.map((member) => member.start(source.initialCluster, "new")));
    await Promise.all(source.members.map((member) => member.ready()));
    await source.leader();
    const from = source.members[1]!.clientUrl;
    expect(await missingFrom(from, acknowledged)).toEqual([]);
    const file = join(source.folder, "ours.db");
    expect(await etcdctl([from], "snapshot", "save", file)).toMatchObject({ code: 0 });
    expect(await statusOf(real, file)).toEqual(await statusOf(ours, file));
    const target = await make();
    for (const name of ["r1", "r2", "r3"]) await target.add(name, { real: true });
    await startRestored(target, file, real);
    await target.leader();
    for (const { clientUrl } of target.members) expect(await missingFrom(clientUrl, acknowledged)).toEqual([]);
    expect((await etcdctl(target.endpoints, "put", "after", "restore")).stdout).toBe("OK\n");
  });

  // a store whose cluster version is 3.6 stays one: its log speaks of things that 3.4 cannot read, in real etcd too, so that a 3.4
  // member can be started of it but not beside a 3.6 one
  const alone = [[false], [true]];
  for (const [made, isReal, starts] of [["ours", false, alone], ["a real one", true, [...alone, [false, true, false]]]] as const)
    it(`a snapshot of ${made}, restored by our etcdutl, starts ${starts.length === alone.length ? "our members and real ones" : "our members, real ones, and both as one cluster"}`, async () => {
      await source.startNew([isReal]);
      const endpoint = source.endpoints;
      for (let at = 0; at < 20; at++) await etcdctl(endpoint, "put", `k/${at % 7}`, `v${at}`);
      await etcdctl(endpoint, "del", "k/3");
      const before = (await etcdctl(endpoint, "get", "k/", "--prefix")).stdout;
      const file = join(source.folder, "snapshot.db");
      expect(await etcdctl(endpoint, "snapshot", "save", file)).toMatchObject({ code: 0 });
      expect(await statusOf(ours, file)).toEqual(await statusOf(real, file));
      for (const kinds of starts) {
        const target = await make();
        for (const [at, kind] of kinds.entries()) await target.add(`r${at + 1}`, { real: kind });
        await startRestored(target, file, ours);
        await target.leader();
        expect((await etcdctl(target.endpoints, "get", "k/", "--prefix")).stdout, String(kinds)).toBe(before);
        expect((await etcdctl(target.endpoints, "put", "after", "restore")).stdout, String(kinds)).toBe("OK\n");
        await target.end();
      }
    });
});
