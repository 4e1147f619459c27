/** One member as a process, ours or a real one, on loopback ports of its own. */
import { type ChildProcess, type StdioOptions, spawn } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import type { LabWord, MemberWord } from "../../../core/probe/channel.ts";
import type { ProbeRecord } from "../../../core/probe/records.ts";
import { etcdctlWith, ourEtcd, realEtcd } from "./programs.ts";

/** Generous: a machine may be busy with other things, and nothing is measured by it. */
const PATIENCE_MS = 60_000;

export interface MemberPlan {
  readonly name: string;
  readonly folder: string;
  readonly clientPort: number;
  readonly peerPort: number;
  /** a real etcd in place of ours */
  readonly real?: boolean;
  /** with a channel to this process, as a lab has one */
  readonly lab?: boolean;
}

export class MemberProcess {
  private child: ChildProcess | undefined;
  /** everything it wrote, of all its lives */
  output = "";
  /** where its present life begins in `output` */
  private born = 0;
  /** what it told over its channel */
  readonly words: MemberWord[] = [];

  constructor(readonly plan: MemberPlan) {}

  get clientUrl(): string {
    return `http://127.0.0.1:${this.plan.clientPort}`;
  }

  get peerUrl(): string {
    return `http://127.0.0.1:${this.plan.peerPort}`;
  }

  get dataDir(): string {
    return join(this.plan.folder, `${this.plan.name}.etcd`);
  }

  get pid(): number {
    return this.child!.pid!;
  }

  get running(): boolean {
    return this.child !== undefined && this.child.exitCode === null && this.child.signalCode === null;
  }

  /** @param initialCluster NAME=URL, comma separated; "": discovery names the members */
  async start(initialCluster: string, state: "new" | "existing", extra: readonly string[] = []): Promise<void> {
    const flags = [
      `--name=${this.plan.name}`,
      `--data-dir=${this.dataDir}`,
      `--listen-client-urls=${this.clientUrl}`,
      `--advertise-client-urls=${this.clientUrl}`,
      `--listen-peer-urls=${this.peerUrl}`,
      `--initial-advertise-peer-urls=${this.peerUrl}`,
      ...(initialCluster === "" ? [] : [`--initial-cluster=${initialCluster}`]),
      `--initial-cluster-state=${state}`,
      "--logger=zap",
      ...extra,
    ];
    const [command, args] = this.plan.real === true ? [realEtcd!, flags] : [process.execPath, [await ourEtcd(), ...flags]];
    const stdio: StdioOptions = this.plan.lab === true ? ["ignore", "pipe", "pipe", "ipc"] : ["ignore", "pipe", "pipe"];
    const child = spawn(command, args, { stdio, cwd: this.plan.folder });
    this.child = child;
    this.born = this.output.length;
    child.on("message", (word) => this.words.push(word as MemberWord));
    const take = (chunk: Buffer): void => {
      this.output += chunk.toString();
    };
    child.stdout!.on("data", take);
    child.stderr!.on("data", take);
  }

  /** Says something over the channel. */
  tell(word: LabWord): void {
    this.child!.send(word);
  }

  /** Ends the channel, as a lab that dies does. */
  hangUp(): void {
    this.child!.disconnect();
  }

  /** All records that it has told. */
  get records(): ProbeRecord[] {
    return this.words.flatMap((word) => (word.type === "records" ? word.records : []));
  }

  /** Waits for a record. */
  async told<T extends ProbeRecord>(wanted: (record: ProbeRecord) => record is T, timeoutMs?: number): Promise<T>;
  async told(wanted: (record: ProbeRecord) => boolean, timeoutMs?: number): Promise<ProbeRecord>;
  async told(wanted: (record: ProbeRecord) => boolean, timeoutMs = PATIENCE_MS): Promise<ProbeRecord> {
    const deadline = Date.now() + timeoutMs;
    for (;;) {
      const found = this.records.find(wanted);
      if (found !== undefined) return found;
      if (Date.now() > deadline) throw new Error(`${this.plan.name} told only ${JSON.stringify([...new Set(this.records.map(({ kind }) => kind))])}:\n${this.output}`);
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
  }

  /** What it wrote in its present life, or in its last. */
  get lastOutput(): string {
    return this.output.slice(this.born);
  }

  /** Waits until it serves clients, in this life. */
  ready(timeoutMs = PATIENCE_MS): Promise<void> {
    // 3.4 says it in other words
    return this.writes(/ready to serve client requests|serving insecure client requests|serving client traffic insecurely/, () => this.lastOutput, timeoutMs);
  }

  /** Waits for a line in what it writes from now on, or has written in any of its lives. */
  said(pattern: RegExp, timeoutMs = PATIENCE_MS): Promise<void> {
    return this.writes(pattern, () => this.output, timeoutMs);
  }

  private async writes(pattern: RegExp, output: () => string, timeoutMs: number): Promise<void> {
    const deadline = Date.now() + timeoutMs;
    while (!pattern.test(output())) {
      if (!this.running) throw new Error(`${this.plan.name} ended early:\n${this.output}`);
      if (Date.now() > deadline) throw new Error(`${this.plan.name} did not say ${String(pattern)}:\n${this.output}`);
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
  }

  /** Waits until it answers for a whole cluster. */
  async healthy(timeoutMs = PATIENCE_MS): Promise<void> {
    const deadline = Date.now() + timeoutMs;
    for (;;) {
      const health = await fetch(`${this.clientUrl}/health`).then(
        (response) => response.text(),
        () => "",
      );
      if (health.includes('"true"')) return;
      if (!this.running) throw new Error(`${this.plan.name} ended early:\n${this.output}`);
      if (Date.now() > deadline) throw new Error(`${this.plan.name} is not healthy: ${health}\n${this.output}`);
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  }

  /** The real etcdctl against this member alone. @returns what it printed. @throws Error when it fails */
  ctl(...args: readonly string[]): Promise<string> {
    return this.ctlWith("", ...args);
  }

  async ctlWith(input: string, ...args: readonly string[]): Promise<string> {
    const { code, stdout, stderr } = await etcdctlWith(input, [this.clientUrl], ...args);
    if (code !== 0) throw new Error(`etcdctl ${args.join(" ")}: ${stderr}`);
    return stdout;
  }

  /** A call of the JSON gateway, "kv/range". @throws Error with the answer when it is an error */
  async call<T>(path: string, body: object): Promise<T> {
    const response = await fetch(`${this.clientUrl}/v3/${path}`, { method: "POST", body: JSON.stringify(body) });
    const text = await response.text();
    if (!response.ok) throw new Error(`${path}: ${text}`);
    return JSON.parse(text) as T;
  }

  /** Ends it with a signal. @returns exit code and signal, as the system tells them */
  async stop(signal: NodeJS.Signals = "SIGKILL"): Promise<{ code: number | null; signal: NodeJS.Signals | null }> {
    const child = this.child;
    if (child === undefined) return { code: null, signal: null };
    if (this.running) {
      const ended = once(child, "exit");
      child.kill(signal);
      await ended;
    }
    return { code: child.exitCode, signal: child.signalCode };
  }

  /** Waits until it ends by itself. */
  async ended(): Promise<number | null> {
    const child = this.child!;
    if (this.running) await once(child, "exit");
    return child.exitCode;
  }
}
