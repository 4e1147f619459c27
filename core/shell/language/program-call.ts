/**
 * Joins two worlds: the shell library gives a command all its input at once and takes all its output at once; a program
 * of ours reads and writes streams. Where a stream is the terminal, it goes there directly and nothing is collected.
 */
import type { ByteString, ExecResult, ResolvedCommandContext } from "just-bash";
import type { ProgramIo, ProgramOutput } from "../../cli/program.ts";
import { readAll, type ShellTerminal } from "../terminal.ts";
import type { ShellHost } from "../world.ts";
import { type Attachment, DETACHED, MARKS } from "./attachment.ts";

/** Most that one command may write into a pipe, a file or a variable. */
const CAPTURE_BYTES_MAX = 128 * 1024 * 1024;

/** Which streams of a command are the terminal: what the line allows, less what the marks took away. */
export function attachmentOf(allowed: Attachment, env: ReadonlyMap<string, string>, stdin: ByteString): Attachment {
  return {
    out: allowed.out && env.get(MARKS.out) !== DETACHED,
    err: allowed.err && env.get(MARKS.err) !== DETACHED,
    in: allowed.in && env.get(MARKS.in) !== DETACHED && stdinBytes(stdin).length === 0,
  };
}

function stdinBytes(stdin: ByteString): string {
  return stdin as unknown as string;
}

class Capture implements ProgramOutput {
  readonly isTerminal = false;
  private readonly parts: Buffer[] = [];
  private size = 0;

  write(data: Buffer | string): void {
    const part = typeof data === "string" ? Buffer.from(data) : Buffer.from(data);
    this.size += part.length;
    if (this.size > CAPTURE_BYTES_MAX) throw new Error(`more than ${CAPTURE_BYTES_MAX} bytes of output for one pipe`);
    this.parts.push(part);
  }
  bytes(): string {
    return Buffer.concat(this.parts).toString("latin1");
  }
  text(): string {
    return Buffer.concat(this.parts).toString("utf8");
  }
}

function output(terminal: ShellTerminal, stream: "out" | "err"): ProgramOutput {
  return {
    isTerminal: terminal.isTerminal,
    get columns() {
      return terminal.columns;
    },
    write: (data) => terminal[stream](data),
  };
}

async function* once(data: Buffer): AsyncGenerator<Buffer> {
  if (data.length > 0) yield await Promise.resolve(data);
}

export interface CallPlace {
  readonly host: ShellHost;
  readonly terminal: ShellTerminal;
  readonly attachment: Attachment;
  readonly signal: AbortSignal;
  spawn(argv: readonly string[], env: Readonly<Record<string, string>>): Promise<number>;
}

/** Runs `program` as the shell library runs a command. */
export async function callProgram(
  program: (io: ProgramIo) => Promise<number>,
  argv: readonly string[],
  context: ResolvedCommandContext,
  place: CallPlace,
): Promise<ExecResult> {
  const { attachment, terminal, host } = place;
  const stdout = attachment.out ? output(terminal, "out") : new Capture();
  const stderr = attachment.err ? output(terminal, "err") : new Capture();
  const env: Record<string, string> = {};
  for (const [name, value] of Object.entries(context.exportedEnv ?? {})) if (!name.startsWith("__ql_")) env[name] = value;
  const io: ProgramIo = {
    argv,
    env,
    cwd: context.cwd,
    stdin: attachment.in ? readAll(terminal.input, place.signal) : once(Buffer.from(stdinBytes(context.stdin), "latin1")),
    stdinIsTerminal: attachment.in && terminal.input.isTerminal,
    setEcho: (on) => terminal.input.setEcho?.(on),
    stdout,
    stderr,
    path: (name) => host.files.real(name, context.cwd),
    addressBook: host.addressBook,
    signal: place.signal,
    spawn: (childArgv, childEnv) => place.spawn(childArgv, childEnv),
  };
  let exitCode: number;
  try {
    exitCode = await program(io);
  } catch (error) {
    stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
    exitCode = 1;
  }
  return {
    stdout: stdout instanceof Capture ? stdout.bytes() : "",
    stdoutKind: "bytes",
    stderr: stderr instanceof Capture ? stderr.text() : "",
    exitCode,
  };
}
