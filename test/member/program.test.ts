/** The program itself: exit codes, refusals, what it prints. No peer program needed. */
import { spawn } from "node:child_process";
import { mkdir, mkdtemp, readdir, rm, truncate, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { ClusterProcesses } from "./harness/cluster-processes.ts";
import { type Outcome, ourEtcd } from "./harness/programs.ts";
import { Writer } from "./harness/writer.ts";

vi.setConfig({ testTimeout: 180_000 });

describe("the program etcd", () => {
  let folder: string;
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), "etcd-program-"));
  });
  afterEach(() => rm(folder, { recursive: true, force: true }));

  const run = async (argv: readonly string[], env: Record<string, string> = {}): Promise<Outcome> => {
    const program = await ourEtcd();
    return new Promise((resolve) => {
      const child = spawn(process.execPath, [program, ...argv], { cwd: folder, env: { PATH: process.env.PATH ?? "", ...env }, stdio: ["ignore", "pipe", "pipe"] });
      let [stdout, stderr] = ["", ""];
      child.stdout.on("data", (chunk: Buffer) => (stdout += chunk.toString()));
      child.stderr.on("data", (chunk: Buffer) => (stderr += chunk.toString()));
      child.on("exit", (code) => resolve({ code: code ?? -1, stdout, stderr }));
    });
  };

  it("prints version and help and exits with 0", async () => {
    const version = await run(["--version"]);
    expect(version).toMatchObject({ code: 0, stderr: "" });
    expect(version.stdout).toMatch(/^etcd Version: 3\.6\.\d+\nGit SHA: .+\nGo Version: .+\nGo OS\/Arch: .+\/.+\n$/);
    const help = await run(["-h"]);
    expect(help.code).toBe(0);
    expect(help.stdout).toContain("--initial-cluster-state 'new'");
  });
  it("an unknown flag is exit code 2, a word too many exit code 1", async () => {
    expect(await run(["--nonsense"])).toMatchObject({ code: 2, stderr: expect.stringContaining("flag provided but not defined: -nonsense\nUsage:") as string });
    expect(await run(["word"])).toMatchObject({ code: 1, stderr: expect.stringContaining('"msg":"failed to verify flags","error":"\\"word\\" is not a valid flag"') as string });
  });
  it("the same setting on the command line and in the environment is fatal", async () => {
    const { code, stderr } = await run(["--name=a"], { ETCD_NAME: "b" });
    expect(code).toBe(1);
    expect(stderr).toContain('"environment-variable":"ETCD_NAME"');
    expect(stderr).toContain("conflicting environment variable is shadowed by corresponding command-line flag");
  });
  it("what cannot be honoured is refused and leaves no data behind", async () => {
    expect((await run(["--memory-mlock"])).stderr).toContain("--memory-mlock is not supported by this program");
    expect(await readdir(folder)).not.toContain("member");
  });
  it("a start that its cluster does not allow is refused", async () => {
    expect((await run(["--initial-cluster=b=http://localhost:2380"])).stderr).toContain(`couldn't find local name \\"default\\" in the initial cluster configuration`);
  });
  it("URLs of this member must be the same in both flags", async () => {
    const { code, stderr } = await run(["--name=a", "--initial-cluster=a=http://127.0.0.1:23801", "--initial-advertise-peer-urls=http://127.0.0.1:23802", "--listen-peer-urls=http://127.0.0.1:0", "--listen-client-urls=http://127.0.0.1:0", "--advertise-client-urls=http://127.0.0.1:1"]);
    expect(code).toBe(1);
    expect(stderr).toContain("--initial-cluster has a=http://127.0.0.1:23801 but missing from --initial-advertise-peer-urls=http://127.0.0.1:23802");
  });
  it("a data folder of the old proxy is refused", async () => {
    await mkdir(join(folder, "default.etcd", "proxy"), { recursive: true });
    expect((await run([])).stderr).toContain("v2 http proxy has already been deprecated in 3.6");
  });

  describe("files that contradict each other", () => {
    let cluster: ClusterProcesses;
    beforeEach(async () => {
      cluster = await ClusterProcesses.create();
      await cluster.startNew([false]);
      await cluster.members[0]!.stop("SIGTERM");
    });
    afterEach(() => cluster.end());
    const restart = async (): Promise<string> => {
      const [member] = cluster.members;
      await member!.start(cluster.initialCluster, "new");
      expect(await member!.ended()).toBe(1);
      return member!.output;
    };

    it("without its database a member has everything again from its log", async () => {
      const [member] = cluster.members;
      await rm(join(member!.dataDir, "member/snap/db"));
      await member!.start(cluster.initialCluster, "new");
      await member!.said(/ready to serve client requests[^]*ready to serve client requests/);
    });
    it("once a snapshot stands for the log's beginning, a missing database is refused", async () => {
      const [member] = cluster.members;
      await member!.start(cluster.initialCluster, "new", ["--snapshot-count=5"]);
      await member!.said(/ready to serve client requests[^]*ready to serve client requests/);
      const writer = new Writer([member!.clientUrl]);
      await writer.more(20);
      await writer.stop();
      await member!.said(/saved snapshot/);
      await member!.stop("SIGTERM");
      await rm(join(member!.dataDir, "member/snap/db"));
      expect(await restart()).toContain("failed to find database snapshot file (snap: snapshot file doesn't exist)");
    });
    it("a damaged log is refused with file and place", async () => {
      const wal = join(cluster.members[0]!.dataDir, "member/wal");
      const name = (await readdir(wal)).find((one) => one.endsWith(".wal"))!;
      await writeFile(join(wal, name), Buffer.from([0xff]), { flag: "r+" });
      expect(await restart()).toContain(name);
    });
    it("a database cut short is refused", async () => {
      await truncate(join(cluster.members[0]!.dataDir, "member/snap/db"), 5000);
      expect(await restart()).toMatch(/"level":"fatal".*member\/snap\/db/);
    });
    it("a port that is taken is told", async () => {
      const [member] = cluster.members;
      await member!.start(cluster.initialCluster, "new");
      await member!.said(/ready to serve client requests[^]*ready to serve client requests/);
      const { code, stderr } = await run([`--listen-peer-urls=${member!.peerUrl}`]);
      expect(code).toBe(1);
      expect(stderr).toContain("address already in use");
    });
  });
});
