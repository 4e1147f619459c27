/** Real etcd processes for the mvcc and membership tests: a cluster on free loopback ports, driven over its JSON gateway. */
import { type ChildProcess, execFile, spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { promisify } from "node:util";
import { freePort } from "./harness/ports.ts";

const run = promisify(execFile);

export function hasEtcd(): boolean {
  return ["etcd", "etcdctl"].every((program) => spawnSync(program, ["--help"], { stdio: "ignore" }).error === undefined);
}

export interface MemberPlan {
  readonly name: string;
  readonly peerUrl: string;
  readonly clientUrl: string;
}

export async function planMembers(count: number): Promise<MemberPlan[]> {
  const plans: MemberPlan[] = [];
  for (let number = 1; number <= count; number++) {
    plans.push({ name: `m${number}`, peerUrl: `http://127.0.0.1:${await freePort()}`, clientUrl: `http://127.0.0.1:${await freePort()}` });
  }
  return plans;
}

export function initialCluster(plans: readonly MemberPlan[]): string {
  return plans.map((plan) => `${plan.name}=${plan.peerUrl}`).join(",");
}

export class EtcdProcess {
  private log = "";
  private readonly gone: Promise<unknown>;

  private constructor(
    readonly plan: MemberPlan,
    private readonly child: ChildProcess,
  ) {
    child.stderr?.on("data", (chunk: Buffer) => (this.log = (this.log + chunk.toString()).slice(-20_000)));
    this.gone = once(child, "exit");
  }

  static start(root: string, plan: MemberPlan, all: readonly MemberPlan[], token: string, ...more: string[]): EtcdProcess {
    const args = [
      ["--name", plan.name, "--data-dir", join(root, plan.name)],
      ["--listen-client-urls", plan.clientUrl, "--advertise-client-urls", plan.clientUrl],
      ["--listen-peer-urls", plan.peerUrl, "--initial-advertise-peer-urls", plan.peerUrl],
      ["--initial-cluster", initialCluster(all), "--initial-cluster-token", token],
      more,
    ];
    return new EtcdProcess(plan, spawn("etcd", args.flat(), { stdio: ["ignore", "ignore", "pipe"] }));
  }

  /** @throws Error with its log when it does not serve in time */
  async ready(): Promise<this> {
    for (let attempt = 0; attempt < 150; attempt++) {
      if (this.child.exitCode !== null) break;
      const health = await fetch(`${this.plan.clientUrl}/health`).then(
        (response) => response.text(),
        () => "",
      );
      if (health.includes('"true"')) return this;
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
    await this.stop("SIGKILL");
    throw new Error(`etcd did not come up:\n${this.log}`);
  }

  async call<T>(path: string, body: object): Promise<T> {
    const response = await fetch(`${this.plan.clientUrl}/v3/${path}`, { method: "POST", body: JSON.stringify(body) });
    const text = await response.text();
    if (!response.ok) throw new Error(`${path}: ${text}`);
    return JSON.parse(text) as T;
  }

  async ctl(...args: string[]): Promise<string> {
    const env = { ...process.env, ETCDCTL_API: "3" };
    const { stdout } = await run("etcdctl", ["--endpoints", this.plan.clientUrl, ...args], { env, timeout: 20_000, maxBuffer: 64 * 1024 * 1024 });
    return stdout;
  }

  async stop(signal: "SIGTERM" | "SIGKILL" = "SIGTERM"): Promise<void> {
    this.child.kill(signal);
    await this.gone;
  }
}
