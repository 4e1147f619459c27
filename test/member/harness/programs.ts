/** Programs that these tests start: ours from a fresh bundle, and real ones where they are installed. */
import { execFile } from "node:child_process";
import { existsSync, rmSync } from "node:fs";
import { mkdtemp, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";

const project = fileURLToPath(new URL("../../..", import.meta.url));

let bundled: Promise<string> | undefined;

/** Path of our `etcd`, bundled once for a test file. Started with node. */
export function ourEtcd(): Promise<string> {
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

/** Real programs, undefined where they are not installed. */
export const realEtcd = installed("etcd");
export const realEtcdctl = installed("etcdctl");
export const needsPeers = "needs etcd and etcdctl: apt-get install etcd-server etcd-client";

export interface Outcome {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs the real etcdctl with API 3. */
export function etcdctl(endpoints: readonly string[], ...args: readonly string[]): Promise<Outcome> {
  return new Promise((resolve) => {
    execFile(
      realEtcdctl!,
      ["--endpoints", endpoints.join(","), "--command-timeout=10s", ...args],
      { env: { ...process.env, ETCDCTL_API: "3" }, maxBuffer: 64 * 1024 * 1024 },
      (error, stdout, stderr) => resolve({ code: error === null ? 0 : typeof error.code === "number" ? error.code : 1, stdout, stderr }),
    );
  });
}
