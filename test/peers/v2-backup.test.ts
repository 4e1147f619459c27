/**
 * v2's `etcdctl backup` between ours and real 3.4, as its documentation has it: a data-dir is copied while nobody uses it, and
 * `etcd --force-new-cluster` makes a new cluster of one of the copy. Both programs copy both members' data-dirs, with a .snap and
 * without one.
 */
import { execFile } from "node:child_process";
import { readdirSync } from "node:fs";
import { join } from "node:path";
import { promisify } from "node:util";
import { afterEach, describe, expect, it, vi } from "vitest";
import { etcdctl } from "../../core/cli/etcdctl/index.ts";
import { ClusterProcesses } from "./harness/cluster-processes.ts";
import { havePeers, needsPeers, realEtcdctl, realMinor } from "./harness/programs.ts";
import { runProgram } from "./program-run.ts";

vi.setConfig({ testTimeout: 180_000 });

const run = promisify(execFile);
const env = { ETCDCTL_API: "2" };

/** @returns what it prints */
async function v2(program: "ours" | "real", ...args: string[]): Promise<string> {
  if (program === "real") return (await run(realEtcdctl!, args, { env: { ...process.env, ...env } })).stdout;
  const { code, stdout, stderr } = await runProgram(etcdctl, args, "", env);
  if (code !== 0) throw new Error(stderr);
  return stdout;
}

interface Case {
  readonly source: "ours" | "real";
  readonly tool: "ours" | "real";
  readonly starter: "ours" | "real";
  readonly snap: boolean;
  /** keys of v2 beside those of v3; 3.6 refuses to start where a log of 3.4 has any */
  readonly v2Keys: boolean;
}

const cases: Case[] = [];
for (const source of ["ours", "real"] as const)
  for (const tool of ["ours", "real"] as const)
    for (const starter of ["ours", "real"] as const)
      for (const snap of [false, true]) cases.push({ source, tool, starter, snap, v2Keys: source === "ours" ? starter === "ours" : starter === "real" });

const title = ({ source, tool, starter, snap, v2Keys }: Case): string =>
  `${source === "ours" ? "our data-dir" : "a real one"}${v2Keys ? " with v2 keys" : ""} ${snap ? "with" : "without"} a .snap, copied by ${tool === "ours" ? "our etcdctl" : "the real one"}, ${source === "ours" && tool === "real" && starter === "real" ? "refused" : "started"} by ${starter === "ours" ? "ours" : "real 3.4"}`;

describe.skipIf(!havePeers || realMinor !== "3.4")(`v2 backups (${needsPeers} 3.4)`, () => {
  const clusters: ClusterProcesses[] = [];
  const make = async (): Promise<ClusterProcesses> => {
    const cluster = await ClusterProcesses.create();
    clusters.push(cluster);
    return cluster;
  };
  afterEach(async () => {
    await Promise.all(clusters.splice(0).map((cluster) => cluster.end()));
  });

  it.each(cases.map((one) => [title(one), one] as const))("%s", async (_title, { source, tool, starter, snap, v2Keys }) => {
    const from = await make();
    const flags = ["--enable-v2=true", ...(snap ? ["--snapshot-count=10"] : [])];
    await from.startNew([source === "real"], flags);
    const [old] = from.members;
    for (let at = 0; at < 30; at++) await old!.ctl("put", `k/${at % 9}`, `v${at}`);
    await old!.ctl("del", "k/4");
    if (v2Keys) for (const name of ["x", "d/y", "d/z"]) await v2("real", "--endpoints", old!.clientUrl, "set", `/${name}`, `of ${name}`);
    const kept = await old!.ctl("get", "k/", "--prefix");
    await old!.stop("SIGTERM");
    expect(readdirSync(join(old!.dataDir, "member", "snap")).some((name) => name.endsWith(".snap"))).toBe(snap);

    const to = await make();
    const member = await to.add("restored", { real: starter === "real" });
    await v2(tool, "backup", "--data-dir", old!.dataDir, "--backup-dir", member.dataDir, "--with-v3");
    await member.start(`restored=${member.peerUrl}`, "new", ["--force-new-cluster", "--enable-v2=true"]);
    if (source === "ours" && tool === "real" && starter === "real") {
      // the real tool of 3.4 keeps the cluster version of 3.6 in the copy, and 3.4 stops at it
      await member.ended();
      expect(member.output).toContain("invalid downgrade; server version is lower than determined cluster version");
      return;
    }
    await member.ready();
    expect(await member.ctl("get", "k/", "--prefix")).toBe(kept);
    if (v2Keys) for (const name of ["x", "d/y", "d/z"]) expect(await v2("real", "--endpoints", member.clientUrl, "get", `/${name}`)).toBe(`of ${name}\n`);
    await member.ctl("put", "after", "backup");
    // it is a cluster of one that comes up again by itself
    await member.stop("SIGTERM");
    await member.start(`restored=${member.peerUrl}`, "new", ["--enable-v2=true"]);
    await member.ready();
    expect(await member.ctl("get", "after")).toBe("after\nbackup\n");
    expect((await member.ctl("member", "list")).trim().split("\n")).toHaveLength(1);
  });
});
