/** Programs that these tests start: ours from a fresh bundle, and real ones where they are installed. */
import { execFile, execFileSync } from "node:child_process";
import { existsSync, rmSync } from "node:fs";
import { mkdtemp, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";

const project = fileURLToPath(new URL("../../..", import.meta.url));

let bundled: Promise<string> | undefined;

/** Path of our `etcd`, bundled once for a test file, or what `OUR_ETCD` names. Started with node. */
export function ourEtcd(): Promise<string> {
  if (process.env.OUR_ETCD !== undefined) return Promise.resolve(process.env.OUR_ETCD);
  bundled ??= (async () => {
    const folder = await mkdtemp(join(tmpdir(), "quorum-lab-etcd-"));
    process.on("exit", () => rmSync(folder, { recursive: true, force: true }));
    const outfile = join(folder, "etcd.cjs");
    await build({
      entryPoints: [join(project, "core/cli/etcd/main.ts")],
      outfile,
      bundle: true,
      platform: "node",
      target: "node20",
      format: "cjs",
      logLevel: "warning",
    });
    await writeFile(join(folder, "package.json"), '{"type":"commonjs"}');
    return outfile;
  })();
  return bundled;
}

function installed(name: string): string | undefined {
  return (process.env.PATH ?? "")
    .split(":")
    .map((folder) => join(folder, name))
    .find(existsSync);
}

/** Real programs, undefined where they are not installed. `PEER_ETCD` and `PEER_ETCDCTL` name others, of a later version. */
export const realEtcd = process.env.PEER_ETCD ?? installed("etcd");
export const realEtcdctl = process.env.PEER_ETCDCTL ?? installed("etcdctl");
export const needsPeers = "needs etcd and etcdctl: apt-get install etcd-server etcd-client";
export const havePeers = realEtcd !== undefined && realEtcdctl !== undefined;

/** Version of the real etcd, "3.4"; "" where there is none. */
export const realMinor = realEtcd === undefined ? "" : (/etcd Version: (\d+\.\d+)/.exec(execFileSync(realEtcd, ["--version"], { encoding: "utf8" }))?.[1] ?? "");

export interface Outcome {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs the real etcdctl with API 3. */
export function etcdctl(endpoints: readonly string[], ...args: readonly string[]): Promise<Outcome> {
  return etcdctlWith("", endpoints, ...args);
}

/** The same, with something to read: a transaction. */
export function etcdctlWith(input: string, endpoints: readonly string[], ...args: readonly string[]): Promise<Outcome> {
  return new Promise((resolve) => {
    const child = execFile(
      realEtcdctl!,
      ["--endpoints", endpoints.join(","), "--command-timeout=10s", ...args],
      { env: { ...process.env, ETCDCTL_API: "3" }, maxBuffer: 64 * 1024 * 1024 },
      (error, stdout, stderr) => resolve({ code: error === null ? 0 : typeof error.code === "number" ? error.code : 1, stdout, stderr }),
    );
    // one that asks nothing may be gone before it is told
    child.stdin?.on("error", () => undefined);
    child.stdin?.end(input);
  });
}
