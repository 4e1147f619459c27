/**
 * One user's shell in a lab: a stack of hosts (`ssh m2` goes deeper, `exit` comes back), the remarks, history, jobs.
 * Terminal and script runner both feed it whole commands.
 */
import { existsSync, readdirSync, statSync } from "node:fs";
import type { IFileSystem, PipelineNode, StatementNode } from "just-bash";
import type { Program } from "../cli/program.ts";
import { ownCommands } from "./commands/index.ts";
import type { JobTable, ShellCommand, ShellControl } from "./commands/command.ts";
import { hostFileSystem } from "./host-file-system.ts";
import { Jobs } from "./jobs.ts";
import { Interpreter, INTERRUPTED } from "./language/interpreter.ts";
import { quote, ShellState } from "./language/shell-state.ts";
import { LabRemarks } from "./remarks/lab-remarks.ts";
import { noInput, type ShellTerminal } from "./terminal.ts";
import type { ShellHost, ShellWorld } from "./world.ts";

export interface ShellSessionOptions {
  readonly world: ShellWorld;
  readonly host: ShellHost;
  readonly terminal: ShellTerminal;
  /** a person types: jobs are announced, errors do not end it */
  readonly interactive: boolean;
  readonly history?: { list(): readonly string[]; clear(): void };
  /** what runs here is part of a command line that is told of elsewhere */
  readonly inner?: boolean;
}

/** One host on the stack. */
interface Frame {
  readonly host: ShellHost;
  readonly interpreter: Interpreter;
  readonly jobs: Jobs;
  /** what a login shell reads has been read */
  loggedIn: boolean;
}

const HOME = "/root";
const PROFILE_FOLDER = "/etc/profile.d";
const BASHRC = `${HOME}/.bashrc`;

export class ShellSession {
  private readonly frames: Frame[] = [];
  private lastStatus = 0;

  constructor(private readonly options: ShellSessionOptions) {
    this.push(options.host);
  }

  get ended(): boolean {
    return this.frames.length === 0;
  }
  /** of the last command */
  get status(): number {
    return this.lastStatus;
  }
  get host(): ShellHost {
    return (this.frames.at(-1) ?? this.first).host;
  }
  /** undefined when the session has ended */
  get state(): ShellState | undefined {
    return this.frames.at(-1)?.interpreter.state;
  }
  get fileSystem(): IFileSystem {
    return fileSystemOf(this.host, this.options.world);
  }

  prompt(): string {
    const cwd = this.state?.cwd ?? "/";
    const shown = cwd === HOME ? "~" : cwd.startsWith(`${HOME}/`) ? `~${cwd.slice(HOME.length)}` : cwd;
    return `root@${this.host.name}:${shown}# `;
  }

  /** Runs one whole command; gives its exit code. `signal` aborts with reason "SIGINT" or "SIGTERM". */
  async run(source: string, signal: AbortSignal): Promise<number> {
    const frame = this.frames.at(-1);
    if (frame === undefined) return this.lastStatus;
    if (!frame.loggedIn) await logIn(frame, signal);
    this.lastStatus = frame.interpreter.state.ended ? frame.interpreter.state.status : await frame.interpreter.run(source, signal);
    if (this.options.inner !== true) this.options.world.onCommand?.(frame.host.name, source.trim(), this.lastStatus);
    if (frame.interpreter.state.ended) {
      this.frames.splice(this.frames.indexOf(frame), 1);
      await frame.jobs.endAll();
      if (this.frames.length > 0) this.options.terminal.err(`Connection to ${frame.host.name} closed.\n`);
    }
    return this.lastStatus;
  }

  /** Lines about jobs that ended since the last prompt. */
  jobNews(): string[] {
    return (this.frames.at(-1)?.jobs.takeEnded() ?? []).map(
      (job) => `[${job.id}]+  ${job.status === 0 ? "Done" : job.status === INTERRUPTED ? "Interrupt" : `Exit ${job.status}`}\t${job.line}`,
    );
  }

  /** Leaves the innermost host, as Ctrl-D does. */
  async leave(): Promise<void> {
    await this.run("exit", new AbortController().signal);
  }

  /** Ends all jobs; the session takes no more commands. */
  async close(): Promise<void> {
    for (const frame of this.frames.splice(0)) await frame.jobs.endAll();
  }

  private get first(): Frame {
    return { host: this.options.host } as Frame;
  }

  private push(host: ShellHost): void {
    this.frames.push(makeFrame(this.options, host, this.options.terminal, (next) => this.push(next)));
  }
}

const fileSystems = new WeakMap<ShellHost, IFileSystem>();

function fileSystemOf(host: ShellHost, world: ShellWorld): IFileSystem {
  let fs = fileSystems.get(host);
  if (fs === undefined) {
    fs = hostFileSystem(host.files, [...new Set([...ownCommands.keys(), ...Object.keys(world.programs)])]);
    fileSystems.set(host, fs);
  }
  return fs;
}

function homeEnvironment(host: ShellHost): Record<string, string> {
  return {
    HOME,
    PATH: "/usr/bin:/bin:/usr/local/bin",
    USER: "root",
    LOGNAME: "root",
    SHELL: "/bin/bash",
    TERM: "xterm-256color",
    LANG: "C.UTF-8",
    HOSTNAME: host.name,
  };
}

function makeFrame(options: ShellSessionOptions, host: ShellHost, terminal: ShellTerminal, enter: (host: ShellHost) => void): Frame {
  const jobs = new Jobs();
  const state = new ShellState(HOME, homeEnvironment(host));
  const control: ShellControl = {
    world: options.world,
    host,
    terminal,
    fileSystem: fileSystemOf(host, options.world),
    interactive: options.interactive,
    history: () => options.history?.list() ?? [],
    clearHistory: () => options.history?.clear(),
    enter,
    runOn: (other, line, otherTerminal, signal) => runOnHost(options, other, line, otherTerminal, signal),
    jobs: jobs satisfies JobTable,
    remark: (text) => writeRemark(terminal, text),
    commandNames: () => [...bound.keys()],
    runLine: async (line, io, env) => {
      if (io.spawn === undefined) return 127;
      return io.spawn(["bash", "-c", line], env);
    },
  };
  const remarks = new LabRemarks(control, state);
  const bound = new Map<string, Program>([
    ...Object.entries(options.world.programs),
    ...[...ownCommands].map(([name, command]: [string, ShellCommand]): [string, Program] => [name, (io) => command(io, control)]),
  ]);
  const make = (shellState: ShellState, itsTerminal: ShellTerminal): Interpreter =>
    new Interpreter({
      host,
      fs: fileSystemOf(host, options.world),
      terminal: itsTerminal,
      state: shellState,
      commands: bound,
      beforePipeline: (pipeline: PipelineNode) => remarks.before(pipeline),
      startJob: (statement: StatementNode, line: string) => {
        const jobState = shellState.fork();
        const job = jobs.add(line, async (signal) => {
          await make(jobState, { ...withoutInput(itsTerminal) }).runStatement(statement, signal);
          return jobState.status;
        });
        if (options.interactive) itsTerminal.err(`[${job.id}] ${job.pid}\n`);
      },
    });
  return { host, interpreter: make(state, terminal), jobs, loggedIn: false };
}

/** /etc/profile.d and ~/.bashrc, where the host has them. Every shell of a lab is a login shell, also the one that runs a single command. */
async function logIn(frame: Frame, signal: AbortSignal): Promise<void> {
  frame.loggedIn = true;
  const files = profileFiles(frame.host);
  if (files.length === 0) return;
  await frame.interpreter.run(files.map((file) => `. ${quote(file)}`).join("\n"), signal);
  if (!frame.interpreter.state.ended) frame.interpreter.state.status = 0;
}

function profileFiles({ files }: ShellHost): string[] {
  const folder = files.real(PROFILE_FOLDER);
  const names = statSync(folder, { throwIfNoEntry: false })?.isDirectory() === true ? readdirSync(folder).filter((name) => name.endsWith(".sh")).sort() : [];
  return [...names.map((name) => `${PROFILE_FOLDER}/${name}`), ...(existsSync(files.real(BASHRC)) ? [BASHRC] : [])];
}

function withoutInput(terminal: ShellTerminal): ShellTerminal {
  return {
    isTerminal: terminal.isTerminal,
    columns: terminal.columns,
    input: noInput,
    out: (data) => terminal.out(data),
    err: (data) => terminal.err(data),
  };
}

async function runOnHost(
  options: ShellSessionOptions,
  host: ShellHost,
  line: string,
  terminal: ShellTerminal,
  signal: AbortSignal,
): Promise<number> {
  const session = new ShellSession({ world: options.world, host, terminal, interactive: false, inner: true });
  try {
    return await session.run(line, signal);
  } finally {
    await session.close();
  }
}

/** The lab's own voice: dim at a terminal, and always marked by its first word. */
function writeRemark(terminal: ShellTerminal, text: string): void {
  terminal.err(terminal.isTerminal ? `\x1b[2mlab: ${text}\x1b[22m\n` : `lab: ${text}\n`);
}
