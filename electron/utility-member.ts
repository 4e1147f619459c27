/** A member as an Electron utility process: a process of its own with Electron's Node, so that no other Node is needed. */
import { utilityProcess } from "electron";
import type { UtilityProcess } from "electron";
import type { MemberProcess, MemberSpawn, SpawnMember } from "../core/lab/index.ts";
import type { LabWord, MemberWord } from "../core/probe/channel.ts";

class UtilityMember implements MemberProcess {
  readonly #process: UtilityProcess;
  /** utilityProcess tells an exit code only; the signal that was sent last is why it ended */
  #signal: NodeJS.Signals | null = null;
  #ended = false;

  constructor(options: MemberSpawn) {
    this.#process = utilityProcess.fork(options.program, [...options.args], {
      env: { ...options.env },
      cwd: options.cwd,
      stdio: "pipe",
      serviceName: "quorum-lab member",
    });
    this.#process.once("exit", () => {
      this.#ended = true;
    });
  }

  get pid(): number | undefined {
    return this.#process.pid;
  }

  send(word: LabWord): void {
    if (!this.#ended) this.#process.postMessage(word);
  }

  onWord(listener: (word: MemberWord) => void): void {
    this.#process.on("message", (word: unknown) => listener(word as MemberWord));
  }

  onOutput(listener: (data: Buffer, stream: "out" | "err") => void): void {
    this.#process.stdout?.on("data", (data: Buffer) => listener(data, "out"));
    this.#process.stderr?.on("data", (data: Buffer) => listener(data, "err"));
  }

  onExit(listener: (code: number | null, signal: string | null, failure?: string) => void): void {
    const started = { yes: this.#process.pid !== undefined };
    this.#process.once("spawn", () => (started.yes = true));
    this.#process.once("exit", (code) => {
      const killed = this.#signal === "SIGKILL" || this.#signal === "SIGTERM" ? this.#signal : null;
      if (!started.yes) listener(null, null, "the utility process could not be started");
      else if (killed !== null && code !== 0) listener(null, killed);
      else listener(code, null);
    });
  }

  /** Real signals to the real process; Electron's own `kill` knows only the polite one. */
  kill(signal: NodeJS.Signals): boolean {
    const { pid } = this.#process;
    if (this.#ended || pid === undefined) return false;
    this.#signal = signal;
    try {
      return process.kill(pid, signal);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === "ESRCH") return false;
      throw error;
    }
  }
}

export const spawnUtilityMember: SpawnMember = (options) => new UtilityMember(options);
