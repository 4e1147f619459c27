/** A real etcd 3.4 on free loopback ports and a folder of its own, for comparison. */
import { type ChildProcess, execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { freePort } from "./harness/ports.ts";

export const WHERE_FROM = "needs etcd and etcdctl 3.4: apt-get install etcd-server etcd-client";

function works(program: string, args: readonly string[]): boolean {
  try {
    return /3\.4\./.test(execFileSync(program, args, { encoding: "utf8", stdio: ["ignore", "pipe", "ignore"] }));
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return false;
    throw error;
  }
}

export const hasRealEtcd = works("etcd", ["--version"]) && works("etcdctl", ["version"]);

export interface RealEtcd {
  /** http://127.0.0.1:port */
  readonly url: string;
  stop(): Promise<void>;
}

/** Started and answering. */
export async function startRealEtcd(flags: readonly string[] = []): Promise<RealEtcd> {
  const dir = mkdtempSync(join(tmpdir(), "real-etcd-"));
  const url = `http://127.0.0.1:${await freePort()}`;
  const peer = `http://127.0.0.1:${await freePort()}`;
  const args = ["--name=m1", `--data-dir=${dir}`, `--listen-client-urls=${url}`, `--advertise-client-urls=${url}`];
  args.push(`--listen-peer-urls=${peer}`, `--initial-advertise-peer-urls=${peer}`, `--initial-cluster=m1=${peer}`, "--log-level=error", ...flags);
  const child: ChildProcess = spawn("etcd", args, { stdio: "ignore" });
  const exited = once(child, "exit");
  for (;;) {
    try {
      if ((await fetch(`${url}/health`)).ok) break;
    } catch (error) {
      if (child.exitCode !== null) throw new Error("etcd did not start", { cause: error });
    }
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  return {
    url,
    async stop() {
      child.kill("SIGKILL");
      await exited;
      rmSync(dir, { recursive: true, force: true });
    },
  };
}
