/**
 * `etcdctl watch foo --prefix | grep PUT`: a command that never ends, in front of filters that look at one line at a time.
 * The shell library would show nothing before the end; so the filters are run anew on each batch of whole lines.
 */
import type { CommandNode, PipelineNode } from "just-bash";
import type { ShellTerminal } from "../terminal.ts";
import { literalText } from "./attachment.ts";

/** Filters whose answer to many lines is the answers to each, put together; with flags of theirs that break this. */
const LINE_FILTERS: Readonly<Record<string, RegExp>> = {
  grep: /^-[a-zA-Z]*[cnmABCLlqbz]|^--(count|line-number|max-count|context|after|before|quiet)/,
  egrep: /^-[a-zA-Z]*[cnmABC]/,
  fgrep: /^-[a-zA-Z]*[cnmABC]/,
  sed: /^-[a-zA-Z]*[ins]|^\d|^\$/,
  cut: /^$/,
  tr: /^-[a-zA-Z]*s/,
  cat: /^-[a-zA-Z]*[nbs]/,
  jq: /^-[a-zA-Z]*[sn]|^--slurp/,
  rev: /^$/,
};

export interface LivePipeline {
  readonly source: PipelineNode;
  readonly filters: PipelineNode;
}

/** Undefined for all other pipelines, which stay as they are. */
export function livePipeline(pipeline: PipelineNode): LivePipeline | undefined {
  const [first, ...rest] = pipeline.commands;
  if (first === undefined || rest.length === 0 || pipeline.negated || pipeline.pipeStderr?.some(Boolean) === true) return undefined;
  if (!neverEnds(first) || !rest.every(isLineFilter)) return undefined;
  return { source: { ...pipeline, commands: [first], pipeStderr: [] }, filters: { ...pipeline, commands: rest, pipeStderr: [] } };
}

function wordsOf(command: CommandNode): (string | undefined)[] {
  return command.type !== "SimpleCommand" || command.name === null ? [] : [command.name, ...command.args].map(literalText);
}

function neverEnds(command: CommandNode): boolean {
  if (command.redirections.length > 0) return false;
  const [name, ...args] = wordsOf(command);
  const program = name?.split("/").at(-1);
  if (program === "etcdctl") return args.some((word) => word === "watch" || word === "watch-exec" || word === "observe" || word === "elect");
  return program === "journalctl" && args.some((word) => word === "--follow" || (word !== undefined && /^-[a-z]*f/.test(word)));
}

function isLineFilter(command: CommandNode): boolean {
  const [name, ...args] = wordsOf(command);
  const stateful = name === undefined ? undefined : LINE_FILTERS[name];
  return stateful !== undefined && command.redirections.length === 0 && args.every((word) => word === undefined || !stateful.test(word));
}

/** Most bytes that may wait for the filters; beyond it the oldest go, and the loss is told. */
const WAITING_BYTES_MAX = 8 * 1024 * 1024;

/** Takes what the source writes and gives batches of whole lines to the filters, one after the other. */
export class LiveFilter implements ShellTerminal {
  readonly isTerminal = false;
  private rest: Buffer = Buffer.alloc(0);
  private waiting: Buffer[] = [];
  private waitingBytes = 0;
  private working: Promise<void> | undefined;

  constructor(
    private readonly terminal: ShellTerminal,
    private readonly run: (lines: Buffer) => Promise<void>,
  ) {}

  get columns(): number {
    return this.terminal.columns;
  }
  get input(): ShellTerminal["input"] {
    return this.terminal.input;
  }

  out(data: Buffer | string): void {
    const all = Buffer.concat([this.rest, typeof data === "string" ? Buffer.from(data) : data]);
    const end = all.lastIndexOf(10) + 1;
    this.rest = all.subarray(end);
    if (end > 0) this.give(all.subarray(0, end));
  }

  err(data: Buffer | string): void {
    this.terminal.err(data);
  }

  /** What is left without a line break, too. */
  async end(): Promise<void> {
    if (this.rest.length > 0) this.give(this.rest);
    this.rest = Buffer.alloc(0);
    while (this.working !== undefined) await this.working;
  }

  private give(lines: Buffer): void {
    this.waiting.push(lines);
    this.waitingBytes += lines.length;
    while (this.waitingBytes > WAITING_BYTES_MAX && this.waiting.length > 1) {
      this.waitingBytes -= this.waiting.shift()!.length;
      this.terminal.err("lab: the filter is slower than what it reads; some lines were left out\n");
    }
    this.working ??= this.work();
  }

  private async work(): Promise<void> {
    try {
      while (this.waiting.length > 0) {
        const lines = Buffer.concat(this.waiting);
        this.waiting = [];
        this.waitingBytes = 0;
        await this.run(lines);
      }
    } finally {
      this.working = undefined;
    }
  }
}
