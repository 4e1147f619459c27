/** An etcd process of a host, whoever asked for it: the service manager, or a user who typed `etcd`. */
import { HOST_ADDRESSES, type HostAddresses, type LabWord, type MemberWord } from "../probe/channel.ts";
import type { Clock, Timer } from "../platform/clock.ts";
import { realCommand } from "./etcd-launch.ts";
import type { HostTree } from "./host-tree.ts";
import { LineCutter } from "./lines.ts";
import type { MemberProcess, SpawnMember } from "./member-process.ts";
import type { RunningService, ServiceEnd } from "./service-runner.ts";

export interface EtcdStart {
  readonly program: string;
  readonly args: readonly string[];
  readonly environment: Readonly<Record<string, string>>;
  /** as the host sees it */
  readonly cwd: string;
  readonly tree: HostTree;
  readonly addresses: HostAddresses;
  /** the member answers its clients, however they are let in */
  readonly isHealthy: (timeoutMs: number) => Promise<boolean>;
  /** real path where a config file with real paths may be written */
  readonly configCopy: string;
  readonly clock: Clock;
  readonly spawnMember: SpawnMember;
  readonly onWord: (word: MemberWord) => void;
  readonly onOutput: (data: Buffer, stream: "out" | "err") => void;
}

const POLL_MS = 50;
const POLL_SLOW_MS = 500;

/** Variables of this process that a member must not inherit. */
function cleanEnvironment(): Record<string, string> {
  const env: Record<string, string> = {};
  for (const [name, value] of Object.entries(process.env)) {
    if (value !== undefined && !/^(ETCD_|ETCDCTL_|NODE_CHANNEL|NODE_OPTIONS$|ELECTRON_)/.test(name)) env[name] = value;
  }
  return env;
}

export class EtcdService implements RunningService {
  readonly ready: Promise<void>;
  readonly ended: Promise<ServiceEnd>;
  private readonly process: MemberProcess;
  private over = false;
  private isReady = false;
  private killTimer: Timer | undefined;

  constructor(private readonly start: EtcdStart) {
    const command = realCommand(start.args, start.environment, start.tree, start.cwd, start.configCopy);
    this.process = start.spawnMember({
      program: start.program,
      args: command.args,
      env: { ...cleanEnvironment(), ...command.env, [HOST_ADDRESSES]: JSON.stringify(start.addresses) },
      cwd: start.tree.real(start.cwd),
    });
    this.process.onOutput(start.onOutput);
    this.ended = new Promise((resolve) => {
      this.process.onExit((code, signal, failure) => {
        this.over = true;
        this.killTimer?.cancel();
        resolve({ code, signal, failure: failure ?? "" });
      });
    });
    let saidReady: () => void;
    const said = new Promise<void>((resolve) => (saidReady = resolve));
    this.process.onWord((word) => {
      if (word.type === "records" && word.records.some((record) => record.kind === "happening" && record.what === "ready")) saidReady();
      start.onWord(word);
    });
    this.ready = Promise.race([said, this.pollHealth()]).then(() => {
      this.isReady = true;
    });
  }

  get pid(): number | undefined {
    return this.process.pid;
  }

  status(): string {
    return this.isReady ? "" : "waiting for a quorum of members";
  }

  send(word: LabWord): void {
    this.process.send(word);
  }

  stop(graceMs: number): void {
    if (graceMs === 0) {
      this.process.kill("SIGKILL");
      return;
    }
    // a stopped process sees no SIGTERM until it goes on
    this.process.kill("SIGCONT");
    this.process.kill("SIGTERM");
    this.killTimer ??= this.start.clock.after(graceMs, () => this.process.kill("SIGKILL"));
  }

  signal(signal: NodeJS.Signals): boolean {
    return this.process.kill(signal);
  }

  /** For members that say nothing on the channel; stays pending when the process ends first. */
  private async pollHealth(): Promise<void> {
    for (let count = 0; ; count++) {
      if (!this.over && (await this.start.isHealthy(1000))) return;
      await new Promise<void>((resolve) => this.start.clock.after(count < 100 ? POLL_MS : POLL_SLOW_MS, resolve));
      if (this.over || this.isReady) return new Promise(() => undefined);
    }
  }
}

/** Output as journal lines. */
export function toJournal(log: (text: string) => void): (data: Buffer, stream: "out" | "err") => void {
  const cutters = { out: new LineCutter(log), err: new LineCutter(log) };
  return (data, stream) => cutters[stream].add(data);
}
