/**
 * A shell on one host: runs command lines and remembers what they leave behind. Parser, expansion, control flow and the
 * small programs are just-bash's; ours are streaming, interrupting, jobs and the state between lines.
 */
import {
  Bash,
  type Command,
  defineCommand,
  getCommandNames,
  getNetworkCommandNames,
  type IFileSystem,
  type PipelineNode,
  type ResolvedCommandContext,
  type ScriptNode,
  serialize,
  type StatementNode,
} from "just-bash";
import type { ProgramIo } from "../../cli/program.ts";
import type { ShellTerminal } from "../terminal.ts";
import { hostFetch } from "../host-fetch.ts";
import type { ShellHost } from "../world.ts";
import { type Attachment, attached, EXIT_NOTICE, literalWord, markAttachment, statementOf } from "./attachment.ts";
import { collectFunctions } from "./functions.ts";
import { inlineHereDocuments } from "./here-documents.ts";
import { attachmentOf, callProgram } from "./program-call.ts";
import { LiveFilter, livePipeline, type LivePipeline } from "./live-filter.ts";
import { changesNothing } from "./quiet-commands.ts";
import { KEEP, KEEP_CALL, KEEP_STATUS_CALL, quote, type ShellState } from "./shell-state.ts";
import { readSource } from "./syntax.ts";
import { needsWholeInput } from "./whole-input.ts";

/** A command that is not the library's. */
export type OwnCommand = (io: ProgramIo) => Promise<number>;

export interface InterpreterOptions {
  readonly host: ShellHost;
  readonly fs: IFileSystem;
  readonly terminal: ShellTerminal;
  readonly state: ShellState;
  readonly commands: ReadonlyMap<string, OwnCommand>;
  /** sees each pipeline before it runs, may change it, and may ask for something to be done after it */
  readonly beforePipeline?: (pipeline: PipelineNode) => Promise<((status: number) => Promise<void>) | undefined>;
  /** a statement that ends in `&` */
  readonly startJob: (statement: StatementNode, line: string) => void;
}

export const INTERRUPTED = 130;

let libraryNames: readonly string[] | undefined;

/** The small programs of the library that a host has. Asked for late: the library is loaded by its first use. */
export function libraryCommands(): readonly string[] {
  return (libraryNames ??= [...getCommandNames(), ...getNetworkCommandNames()]);
}

const LIMITS = {
  maxExecutionTimeMs: 2 ** 31 - 1,
  maxCommandCount: 100_000_000,
  maxLoopIterations: 100_000_000,
  maxWorkUnits: Number.MAX_SAFE_INTEGER,
  // a program that was interrupted may still have to revoke its lease or close its snapshot
  maxExtensionCleanupTimeMs: 10_000,
} as const;

export class Interpreter {
  readonly state: ShellState;

  constructor(private readonly options: InterpreterOptions) {
    this.state = options.state;
  }

  /** Runs one whole command. Never rejects for what the command did; gives its exit code. */
  async run(source: string, signal: AbortSignal): Promise<number> {
    const reading = readSource(source);
    if (reading.kind !== "whole") {
      const message = reading.kind === "wrong" ? reading.message : "unexpected end of file";
      this.options.terminal.err(`bash: syntax error: ${message}\n`.replace("syntax error: syntax error", "syntax error"));
      this.state.status = 2;
      return 2;
    }
    for (const statement of reading.script.statements) {
      if (statement.background) {
        this.options.startJob(statement, serialize({ type: "Script", statements: [{ ...statement, background: false }] }));
        this.state.status = 0;
      } else await this.runStatement(statement, signal);
      if (this.state.ended || signal.aborted) break;
    }
    return this.state.status;
  }

  async runStatement(statement: StatementNode, signal: AbortSignal): Promise<void> {
    for (const [index, pipeline] of statement.pipelines.entries()) {
      const operator = index === 0 ? ";" : statement.operators[index - 1];
      if ((operator === "&&" && this.state.status !== 0) || (operator === "||" && this.state.status === 0)) continue;
      const after = await this.options.beforePipeline?.(pipeline);
      const last = index === statement.pipelines.length - 1;
      const live = livePipeline(pipeline);
      if (live !== undefined) await this.runLive(live, signal);
      else await new Line(this.options, this.state, signal).run(pipeline, last);
      if (after !== undefined && !signal.aborted) await after(this.state.status);
      if (this.state.ended || signal.aborted) return;
    }
  }

  private async runLive(live: LivePipeline, signal: AbortSignal): Promise<void> {
    // what the filters still have to say is said even after Ctrl-C, as it is in a pipe
    const unstopped = new AbortController().signal;
    const filterState = this.state.fork();
    const filter = new LiveFilter(this.options.terminal, (lines) =>
      // a pipeline is marked where it runs, so each batch takes a copy
      new Line(this.options, filterState, unstopped).run(structuredClone(live.filters), true, lines),
    );
    await new Line({ ...this.options, terminal: filter }, this.state, signal).run(live.source, true);
    await filter.end();
    if (!signal.aborted) this.state.status = filterState.status;
  }
}

/** One pipeline on its way: the terminal it writes to, what may still write there, and how it is stopped. */
class Line {
  private allowed: Attachment = attached;
  private readonly programs = new AbortController();
  private readonly language = new AbortController();
  private running = 0;
  private kept = false;
  private exitNoticed = false;
  private defined: ReadonlyMap<string, string> = new Map();

  constructor(
    private readonly options: InterpreterOptions,
    private readonly state: ShellState,
    private readonly signal: AbortSignal,
  ) {}

  /** @param stdin for the first command; without it, that is the terminal */
  async run(pipeline: PipelineNode, lastInList: boolean, stdin?: Buffer): Promise<void> {
    const statement = statementOf(pipeline.commands[0]!);
    statement.pipelines = [pipeline];
    if (!lastInList) {
      // in `false && x`, set -e does not mind the first command's failure
      statement.pipelines.push(...statementOf({ type: "SimpleCommand", assignments: [], name: literalWord(":"), args: [], redirections: [] }).pipelines);
      statement.operators.push("&&");
    }
    const script: ScriptNode = { type: "Script", statements: [statement] };
    inlineHereDocuments(script);
    const shadowed = [...this.state.functionNames, ...this.state.aliasNames];
    const keep = changesNothing(pipeline, this.options.commands, shadowed) ? KEEP_STATUS_CALL : KEEP_CALL;
    markAttachment(script);
    this.defined = collectFunctions(script);
    const text = `${this.state.prologue()}\n${serialize(script)}\n${keep}`;
    const onAbort = (): void => this.interrupt();
    this.signal.addEventListener("abort", onAbort, { once: true });
    if (this.signal.aborted) this.interrupt();
    try {
      const bash = new Bash({
        fs: this.options.fs,
        cwd: this.state.cwd,
        env: { HOSTNAME: this.options.host.name },
        customCommands: this.commands(),
        fetch: hostFetch(this.options.host),
        sleep: (ms) => this.sleep(ms),
        executionLimits: LIMITS,
        processInfo: { pid: 1000, ppid: 1, uid: 0, gid: 0 },
        defenseInDepth: false,
      });
      const place = { PWD: this.state.cwd, OLDPWD: this.state.previousCwd };
      const input = stdin === undefined ? {} : { stdin: stdin.toString("latin1"), stdinKind: "bytes" as const };
      const result = await bash.exec(text, { rawScript: true, signal: this.language.signal, cwd: this.state.cwd, env: place, ...input });
      if (result.stdout !== "") this.options.terminal.out(outputBytes(result));
      if (result.stderr !== "" && !this.signal.aborted) this.options.terminal.err(result.stderr);
      this.settle(result.exitCode, result.stderr);
    } finally {
      this.signal.removeEventListener("abort", onAbort);
    }
  }

  private settle(exitCode: number, stderr: string): void {
    if (this.signal.aborted) {
      this.state.status = INTERRUPTED;
      return;
    }
    if (this.kept) return;
    this.state.status = exitCode;
    // the line did not come to its end: `exit`, `set -e`, or an error such as ${x:?}
    this.state.ended = this.exitNoticed || this.state.errexit || stderr === "";
  }

  /** Programs first: they may have something to put in order. The language stops when none runs. */
  private interrupt(): void {
    this.programs.abort(this.signal.reason);
    if (this.running === 0) this.language.abort(this.signal.reason);
  }

  private sleep(ms: number): Promise<void> {
    const { signal } = this.language;
    return new Promise((resolve) => {
      // a loop that sleeps a thousand times leaves no listener behind
      const end = (): void => {
        clearTimeout(timer);
        signal.removeEventListener("abort", end);
        resolve();
      };
      const timer = setTimeout(end, ms);
      signal.addEventListener("abort", end, { once: true });
    });
  }

  private commands(): Command[] {
    const own = [...this.options.commands].map(([name, command]) =>
      defineCommand(name, (args, context) => this.callOwn(command, args, context)),
    );
    const library = libraryCommands()
      .filter((name) => !this.options.commands.has(name))
      .map((name) => defineCommand(name, (args, context) => this.callLibrary(name, args, context)));
    const keep = defineCommand(KEEP, (args, context) => {
      this.kept = true;
      this.state.keep(args, { cwd: context.cwd, previousCwd: context.env.get("OLDPWD") ?? context.cwd }, this.defined);
      return Promise.resolve({ stdout: "", stderr: "", exitCode: this.state.status });
    });
    const exitNotice = defineCommand(EXIT_NOTICE, (_args, context) => {
      this.exitNoticed = true;
      return Promise.resolve({ stdout: "", stderr: "", exitCode: Number(context.env.get("?") ?? "0") });
    });
    return [...library, ...own, keep, exitNotice];
  }

  private async callOwn(command: OwnCommand, args: string[], context: ResolvedCommandContext): ReturnType<Command["execute"]> {
    const attachment = attachmentOf(this.allowed, context.env, context.stdin);
    this.running++;
    try {
      return await callProgram(command, args, context, {
        host: this.options.host,
        terminal: this.options.terminal,
        attachment,
        signal: this.programs.signal,
        spawn: (argv, env) => this.spawn(argv, env, context, attachment),
      });
    } finally {
      this.running--;
      if (this.signal.aborted && this.running === 0) this.language.abort(this.signal.reason);
    }
  }

  /** A command line that one of our programs starts, with that program's own streams. */
  private async spawn(
    argv: readonly string[],
    env: Readonly<Record<string, string>>,
    context: ResolvedCommandContext,
    attachment: Attachment,
  ): Promise<number> {
    if (context.exec === undefined) return 127;
    const before = this.allowed;
    this.allowed = attachment;
    try {
      const result = await context.exec(argv.map(quote).join(" "), {
        cwd: context.cwd,
        env: { ...context.exportedEnv, ...env },
      });
      if (result.stdout !== "") this.options.terminal.out(outputBytes(result));
      if (result.stderr !== "") this.options.terminal.err(result.stderr);
      return result.exitCode;
    } finally {
      this.allowed = before;
    }
  }

  private async callLibrary(name: string, args: string[], context: ResolvedCommandContext): ReturnType<Command["execute"]> {
    const attachment = attachmentOf(this.allowed, context.env, context.stdin);
    const before = this.allowed;
    // what this command starts (xargs, find -exec, bash -c) has at most its own streams
    this.allowed = attachment;
    try {
      const result =
        attachment.in && needsWholeInput(name, args) && context.exec !== undefined
          ? await this.withTypedInput(name, args, context)
          : ((await context.origCommand?.(args)) ?? { stdout: "", stderr: "", exitCode: 127 });
      if (name === "env" || name === "printenv") result.stdout = result.stdout.replace(/^__ql_.*\n/gm, "");
      if (attachment.out && result.stdout !== "") {
        this.options.terminal.out(outputBytes(result));
        result.stdout = "";
      }
      if (attachment.err && result.stderr !== "") {
        this.options.terminal.err(result.stderr);
        result.stderr = "";
      }
      return result;
    } finally {
      this.allowed = before;
    }
  }

  /** `cat > file` at a terminal: reads until the end of input is typed, then runs the command with it. */
  private async withTypedInput(name: string, args: string[], context: ResolvedCommandContext): ReturnType<Command["execute"]> {
    const parts: Buffer[] = [];
    this.running++;
    try {
      for (;;) {
        const chunk = await this.options.terminal.input.read(this.programs.signal);
        if (chunk === undefined) break;
        parts.push(chunk);
      }
    } catch (error) {
      if (!this.programs.signal.aborted) throw error;
    } finally {
      this.running--;
      if (this.signal.aborted && this.running === 0) this.language.abort(this.signal.reason);
    }
    const stdin = Buffer.concat(parts).toString("latin1");
    if (stdin === "" || context.exec === undefined) return (await context.origCommand?.(args)) ?? { stdout: "", stderr: "", exitCode: 127 };
    this.allowed = { ...this.allowed, out: false, err: false, in: false };
    return context.exec(name, { cwd: context.cwd, args, stdin, stdinKind: "bytes", ...(context.exportedEnv && { env: context.exportedEnv }) });
  }
}

/** The library marks output as bytes or as text. */
function outputBytes(result: { stdout: string; stdoutKind?: "text" | "bytes"; stdoutEncoding?: "binary" }): Buffer {
  return Buffer.from(result.stdout, result.stdoutKind === "bytes" || result.stdoutEncoding === "binary" ? "latin1" : "utf8");
}

