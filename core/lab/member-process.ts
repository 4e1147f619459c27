/** Starting a member as a process of its own. Electron hands in another way to do it; the lab sees no difference. */
import { type ChildProcess, spawn } from "node:child_process";
import { closeSync, openSync, readSync } from "node:fs";
import type { LabWord, MemberWord } from "../probe/channel.ts";

export interface MemberSpawn {
  /** the etcd program: a bundle for node, or any executable */
  readonly program: string;
  readonly args: readonly string[];
  readonly env: Readonly<Record<string, string>>;
  readonly cwd: string;
}

export interface MemberProcess {
  /** undefined when it could not be started; onExit tells why */
  readonly pid: number | undefined;
  send(word: LabWord): void;
  onWord(listener: (word: MemberWord) => void): void;
  onOutput(listener: (data: Buffer, stream: "out" | "err") => void): void;
  /** once; `failure` when it never ran */
  onExit(listener: (code: number | null, signal: string | null, failure?: string) => void): void;
  kill(signal: NodeJS.Signals): boolean;
}

export type SpawnMember = (options: MemberSpawn) => MemberProcess;

/** V8's threads share one arena of the C library, which would keep for each of them what its compiler once needed: some 15 MB. */
const MEMORY = { MALLOC_ARENA_MAX: "1" };

export const spawnNodeMember: SpawnMember = (options) => {
  const script = isNodeScript(options.program);
  const child = spawn(script ? process.execPath : options.program, script ? [options.program, ...options.args] : [...options.args], {
    cwd: options.cwd,
    env: script ? { ...MEMORY, ...options.env } : options.env,
    stdio: ["ignore", "pipe", "pipe", "ipc"],
  });
  return new ChildMember(child);
};

function isNodeScript(program: string): boolean {
  let file: number;
  try {
    file = openSync(program, "r");
  } catch {
    // the attempt to start it will say what is wrong
    return false;
  }
  const head = Buffer.alloc(64);
  readSync(file, head, 0, head.length, 0);
  closeSync(file);
  return /^#!.*node/.test(head.toString("latin1"));
}

class ChildMember implements MemberProcess {
  private ended = false;

  constructor(private readonly child: ChildProcess) {
    // a member that has just died is no news here: onExit tells
    child.on("error", () => undefined);
  }

  get pid(): number | undefined {
    return this.child.pid;
  }

  send(word: LabWord): void {
    if (!this.ended && this.child.connected) this.child.send(word, () => undefined);
  }

  onWord(listener: (word: MemberWord) => void): void {
    this.child.on("message", (word) => listener(word as MemberWord));
  }

  onOutput(listener: (data: Buffer, stream: "out" | "err") => void): void {
    this.child.stdout?.on("data", (data: Buffer) => listener(data, "out"));
    this.child.stderr?.on("data", (data: Buffer) => listener(data, "err"));
  }

  onExit(listener: (code: number | null, signal: string | null, failure?: string) => void): void {
    let told = false;
    const tell = (code: number | null, signal: string | null, failure?: string): void => {
      this.ended = true;
      if (told) return;
      told = true;
      listener(code, signal, failure);
    };
    this.child.on("close", (code, signal) => tell(code, signal));
    this.child.on("error", (error) => {
      if (this.child.pid === undefined) tell(null, null, error.message);
    });
  }

  kill(signal: NodeJS.Signals): boolean {
    return !this.ended && this.child.kill(signal);
  }
}
