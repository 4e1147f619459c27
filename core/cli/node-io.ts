/** The surroundings of a program that runs as a process of its own. */
import { spawn } from "node:child_process";
import { constants } from "node:os";
import { resolve } from "node:path";
import { isatty } from "node:tty";
import { plainAddressBook } from "../platform/address-book.ts";
import type { Program, ProgramIo, ProgramOutput } from "./program.ts";

function output(stream: NodeJS.WriteStream): ProgramOutput {
  return { write: (data) => void stream.write(data), isTerminal: stream.isTTY === true, ...(stream.isTTY ? { columns: stream.columns } : {}) };
}

async function* input(): AsyncGenerator<Buffer> {
  for await (const chunk of process.stdin) yield chunk as Buffer;
}

/** Listened to before anything else of the program is loaded: a signal that comes early ends it in its own way. */
const abort = new AbortController();
for (const signal of ["SIGINT", "SIGTERM"] as const) process.once(signal, () => abort.abort(signal));
/** Those that came while this was loaded, where a launcher noted them. */
const noted = (globalThis as { readonly [name: symbol]: readonly string[] | undefined })[Symbol.for("quorum-lab.signals")];
if (noted?.[0] !== undefined) abort.abort(noted[0]);

/** Exit code of a program that was stopped by a signal. */
const INTERRUPTED = 130;

/** Runs `program` on this process's arguments, streams and signals, and exits with its code. */
export async function runAsProcess(program: Program): Promise<void> {
  // a reader that went away (`| head`) ends us quietly, as it ends any program
  process.stdout.on("error", (error: NodeJS.ErrnoException) => process.exit(error.code === "EPIPE" ? 0 : 1));
  const io: ProgramIo = {
    argv: process.argv.slice(2),
    env: process.env,
    cwd: process.cwd(),
    stdin: input(),
    // asked of the file itself: the stream takes longer to make than most commands need
    stdinIsTerminal: isatty(0),
    setEcho: (on) => void (process.stdin.isTTY && process.stdin.setRawMode(!on)),
    stdout: output(process.stdout),
    stderr: output(process.stderr),
    path: (name) => resolve(name),
    addressBook: plainAddressBook,
    signal: abort.signal,
    spawn: (argv, env) =>
      new Promise((done, fail) => {
        const child = spawn(argv[0]!, argv.slice(1), { stdio: "inherit", env: { ...process.env, ...env } });
        child.once("error", fail);
        child.once("exit", (code, signal) => done(signal === null ? (code ?? 1) : 128 + constants.signals[signal]));
      }),
  };
  const code = await program(io);
  // what is still in the pipe must reach its reader before the process ends
  await new Promise<void>((done) => process.stdout.write("", () => done()));
  const signal = abort.signal.reason as NodeJS.Signals | undefined;
  if (signal !== undefined && code === INTERRUPTED) {
    // whoever waits sees the signal that ended it, as of any program that does not catch it
    process.removeAllListeners(signal);
    process.kill(process.pid, signal);
    return;
  }
  process.exit(code);
}
