/** A command of the shell that is ours: a program with sight of the shell it runs in. Files of this folder make them. */
import type { IFileSystem } from "just-bash";
import type { ProgramIo } from "../../cli/program.ts";
import type { ShellHost, ShellWorld } from "../world.ts";
import type { ShellTerminal } from "../terminal.ts";

/** What a command may do to the shell that runs it. */
export interface ShellControl {
  readonly world: ShellWorld;
  readonly host: ShellHost;
  readonly terminal: ShellTerminal;
  /** the host's files with what is laid over them, such as /usr/bin */
  readonly fileSystem: IFileSystem;
  readonly interactive: boolean;
  /** commands typed before, oldest first */
  history(): readonly string[];
  clearHistory(): void;
  /** after this line, lines go to a shell on that host until `exit` */
  enter(host: ShellHost): void;
  /** runs a command line in a shell of its own on that host; gives its exit code */
  runOn(host: ShellHost, line: string, terminal: ShellTerminal, signal: AbortSignal): Promise<number>;
  readonly jobs: JobTable;
  /** says something in the lab's own voice, on a line of its own */
  remark(text: string): void;
  /** names of all commands, for `help` and completion */
  commandNames(): readonly string[];
  /** a command line inside the running one, with its streams; for `sudo`, `etcdctl watch -- cmd` */
  runLine(line: string, io: ProgramIo, env: Readonly<Record<string, string>>): Promise<number>;
}

export type ShellCommand = (io: ProgramIo, shell: ShellControl) => Promise<number>;

export interface Job {
  readonly id: number;
  readonly pid: number;
  readonly line: string;
  readonly done: Promise<number>;
  /** undefined while it runs */
  readonly status: number | undefined;
  interrupt(signal: "SIGINT" | "SIGTERM"): void;
}

export interface JobTable {
  list(): readonly Job[];
  find(reference: string): Job | undefined;
  /** drops a job that has been told of */
  forget(job: Job): void;
}
