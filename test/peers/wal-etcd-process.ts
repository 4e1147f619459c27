/** A real etcd with a folder and flags of one's choice, for the WAL and peer protocol tests. Stopped by its own process id. */
import { type ChildProcess, execFile, spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { promisify } from "node:util";

const run = promisify(execFile);

export const whereFrom = "needs etcd and etcdctl 3.4: apt-get install etcd-server etcd-client";

export function hasEtcd34(): boolean {
  return ["etcd", "etcdctl"].every((program) => spawnSync(program, ["--help"], { stdio: "ignore" }).error === undefined);
}

export interface EtcdProcess {
  readonly client: string;
  readonly peer: string;
  ctl(...args: string[]): Promise<string>;
  kill(): Promise<void>;
  log(): string;
}

export interface EtcdPlan {
  readonly name: string;
  readonly dataDir: string;
  readonly client: string;
  readonly peer: string;
  readonly flags: readonly string[];
  /** false: resolves as soon as it was started */
  readonly waitHealthy: boolean;
}

export async function runEtcd(plan: EtcdPlan): Promise<EtcdProcess> {
  const { name, dataDir, client, peer } = plan;
  const child: ChildProcess = spawn(
    "etcd",
    [
      ["--name", name, "--data-dir", dataDir],
      ["--listen-client-urls", client, "--advertise-client-urls", client],
      ["--listen-peer-urls", peer, "--initial-advertise-peer-urls", peer],
      ["--logger", "zap"],
      plan.flags,
    ].flat(),
    { stdio: ["ignore", "ignore", "pipe"] },
  );
  let log = "";
  child.stderr?.on("data", (chunk: Buffer) => (log += chunk.toString()));
  const gone = once(child, "exit");
  const ctl = async (...args: string[]): Promise<string> =>
    (await run("etcdctl", ["--endpoints", client, ...args], { env: { ...process.env, ETCDCTL_API: "3" }, maxBuffer: 64 * 1024 * 1024 }))
      .stdout;
  const process_: EtcdProcess = {
    client,
    peer,
    ctl,
    log: () => log,
    kill: async () => {
      child.kill("SIGKILL");
      await gone;
    },
  };
  while (plan.waitHealthy) {
    if (child.exitCode !== null) throw new Error(`etcd stopped:\n${log}`);
    try {
      if ((await (await fetch(`${client}/health`)).text()).includes('"true"')) break;
    } catch (error) {
      if (!(error instanceof TypeError)) throw error; // not listening yet
    }
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  return process_;
}
