/**
 * Data-dirs that our etcdutl has restored, with every flag that `snapshot restore` has, started by real 3.4 and by ours: each
 * serves every key, and goes on.
 */
import { copyFileSync, truncateSync, statSync } from "node:fs";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from "vitest";
import { etcdutl } from "../../core/cli/etcdutl/index.ts";
import { ClusterProcesses } from "./harness/cluster-processes.ts";
import { etcdctl, havePeers, needsPeers } from "./harness/programs.ts";
import { runProgram } from "./program-run.ts";

vi.setConfig({ testTimeout: 180_000, hookTimeout: 60_000 });

const BUMP = 1_000_000;

interface Case {
  readonly title: string;
  readonly members?: number;
  /** a database as it lies in a data-dir, without the hash at its end */
  readonly bare?: boolean;
  readonly flags?: readonly string[];
  readonly bumped?: boolean;
  readonly walDir?: boolean;
  readonly token?: string;
}

const cases: readonly Case[] = [
  { title: "no flags" },
  { title: "--bump-revision and --mark-compacted", flags: [`--bump-revision=${BUMP}`, "--mark-compacted"], bumped: true },
  { title: "--wal-dir", walDir: true },
  { title: "--skip-hash-check", bare: true, flags: ["--skip-hash-check"] },
  { title: "--initial-cluster-token and --initial-memory-map-size", token: "another", flags: ["--initial-memory-map-size=20000000"] },
  { title: "three members", members: 3 },
  { title: "all of it at once", members: 3, bare: true, flags: [`--bump-revision=${BUMP}`, "--mark-compacted", "--skip-hash-check"], bumped: true, walDir: true, token: "another" },
];

describe.skipIf(!havePeers)(`restored by our etcdutl (${needsPeers})`, () => {
  const clusters: ClusterProcesses[] = [];
  let source: ClusterProcesses;
  let kept: string;
  let revision: number;
  let snapshot: string;
  let bare: string;

  beforeAll(async () => {
    source = await ClusterProcesses.create();
    await source.startNew([false]);
    const [member] = source.members;
    for (let at = 0; at < 40; at++) await member!.ctl("put", `k/${at % 13}`, `value ${at} ${"x".repeat(at * 50)}`);
    await member!.ctl("del", "k/5");
    await member!.ctl("compaction", "20");
    await member!.ctl("put", "k/last", "one");
    kept = await member!.ctl("get", "k/", "--prefix");
    revision = (JSON.parse(await member!.ctl("get", "k/last", "-w", "json")) as { header: { revision: number } }).header.revision;
    snapshot = join(source.folder, "snapshot.db");
    await member!.ctl("snapshot", "save", snapshot);
    bare = join(source.folder, "bare.db");
    copyFileSync(snapshot, bare);
    truncateSync(bare, statSync(bare).size - 32);
  });
  afterAll(() => source.end());
  afterEach(async () => {
    await Promise.all(clusters.splice(0).map((cluster) => cluster.end()));
  });

  for (const real of [true, false])
    it.each(cases.map((one) => [one.title, one] as const))(`%s: started by ${real ? "real 3.4" : "ours"}`, async (_title, { members = 1, bare: isBare = false, flags = [], bumped = false, walDir = false, token }) => {
      const cluster = await ClusterProcesses.create();
      clusters.push(cluster);
      for (let at = 0; at < members; at++) await cluster.add(`r${at + 1}`, { real });
      for (const member of cluster.members) {
        const { name } = member.plan;
        const extra = [...(walDir ? [`--wal-dir=${join(cluster.folder, `${name}.wal`)}`] : []), ...(token === undefined ? [] : [`--initial-cluster-token=${token}`])];
        const restored = await runProgram(etcdutl, [
          ...["snapshot", "restore", isBare ? bare : snapshot, `--name=${name}`, `--data-dir=${member.dataDir}`, `--initial-cluster=${cluster.initialCluster}`, `--initial-advertise-peer-urls=${member.peerUrl}`],
          ...extra,
          ...flags,
        ]);
        expect(restored.code, restored.stderr).toBe(0);
        await member.start(cluster.initialCluster, "new", extra);
      }
      await Promise.all(cluster.members.map((member) => member.ready()));
      for (const member of cluster.members) {
        expect(await member.ctl("get", "k/", "--prefix")).toBe(kept);
        const { header } = JSON.parse(await member.ctl("get", "k/last", "-w", "json")) as { header: { revision: number } };
        expect(header.revision).toBe(bumped ? revision + BUMP : revision);
        const past = await etcdctl([member.clientUrl], "get", "k/1", `--rev=${revision - 1}`);
        if (bumped) expect(past.stderr).toContain("required revision has been compacted");
        else expect(past.code, past.stderr).toBe(0);
      }
      const [first, last] = [cluster.members[0]!, cluster.members.at(-1)!];
      await first.ctl("put", "after", "restore");
      expect(await last.ctl("get", "after")).toBe("after\nrestore\n");
      // what was restored is also there after a start of its own
      await last.stop("SIGKILL");
      await last.start(cluster.initialCluster, "new", [...(walDir ? [`--wal-dir=${join(cluster.folder, `${last.plan.name}.wal`)}`] : []), ...(token === undefined ? [] : [`--initial-cluster-token=${token}`])]);
      await last.ready();
      expect(await last.ctl("get", "k/", "--prefix")).toBe(kept);
    });
});
