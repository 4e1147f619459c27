/** A real etcd of one member for the bbolt tests: started on free loopback ports, stopped by its process id. */
import { type ChildProcess, execFile, spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { promisify } from "node:util";
import { freePort } from "./harness/ports.ts";

const run = promisify(execFile);

export function hasEtcd(): boolean {
  return ["etcd", "etcdctl"].every((program) => spawnSync(program, ["--help"], { stdio: "ignore" }).error === undefined);
}

/** @param timeoutMs then it is killed: without its server, etcdctl's txn waits for ever */
export async function etcdctl(args: readonly string[], input = "", timeoutMs = 15_000): Promise<string> {
  const going = run("etcdctl", args, {
    env: { ...process.env, ETCDCTL_API: "3" },
    maxBuffer: 64 * 1024 * 1024,
    timeout: timeoutMs,
    killSignal: "SIGKILL",
  });
  going.child.stdin?.end(input);
  return (await going).stdout;
}

export interface RealEtcd {
  readonly endpoint: string;
  ctl(args: readonly string[], input?: string, timeoutMs?: number): Promise<string>;
  /** SIGKILL by default; resolves when the process is gone */
  stop(signal?: "SIGKILL" | "SIGTERM"): Promise<void>;
}

/** @throws Error with its log when it does not answer in time */
export async function startEtcd(dataDir: string): Promise<RealEtcd> {
  const endpoint = `http://127.0.0.1:${await freePort()}`;
  const peer = `http://127.0.0.1:${await freePort()}`;
  const child: ChildProcess = spawn(
    "etcd",
    [
      ["--name", "m1", "--data-dir", dataDir],
      ["--listen-client-urls", endpoint, "--advertise-client-urls", endpoint],
      ["--listen-peer-urls", peer, "--initial-advertise-peer-urls", peer, "--initial-cluster", `m1=${peer}`],
    ].flat(),
    { stdio: ["ignore", "ignore", "pipe"] },
  );
  let log = "";
  child.stderr?.on("data", (chunk: Buffer) => (log += chunk.toString()));
  const gone = once(child, "exit");
  const ctl: RealEtcd["ctl"] = (args, input, timeoutMs) => etcdctl(["--endpoints", endpoint, ...args], input, timeoutMs);
  const stop = async (signal: "SIGKILL" | "SIGTERM" = "SIGKILL"): Promise<void> => {
    child.kill(signal);
    await gone;
  };
  for (let attempt = 0; ; attempt++) {
    try {
      await ctl(["--command-timeout=1s", "--dial-timeout=1s", "endpoint", "health"]);
      return { endpoint, ctl, stop };
    } catch (error) {
      if (attempt < 20 && child.exitCode === null) {
        await new Promise((resolve) => setTimeout(resolve, 100));
        continue;
      }
      await stop();
      throw new Error(`etcd did not come up:\n${log}`, { cause: error });
    }
  }
}
