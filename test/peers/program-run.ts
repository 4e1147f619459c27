/** Runs a command line program of ours in this process and collects what it prints. */
import type { Program } from "../../core/cli/program.ts";
import { plainAddressBook } from "../../core/platform/address-book.ts";

export interface ProgramOutcome {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** @param stdin all that it can read; the environment is `env` and nothing else */
export async function runProgram(program: Program, argv: readonly string[], stdin = "", env: Readonly<Record<string, string>> = {}): Promise<ProgramOutcome> {
  const out: string[] = [];
  const err: string[] = [];
  const into = (list: string[]): { write(data: Buffer | string): void; isTerminal: boolean } => ({ write: (data) => void list.push(data.toString("latin1")), isTerminal: false });
  const code = await program({
    argv,
    env,
    cwd: process.cwd(),
    stdin: (async function* () {
      if (stdin !== "") yield await Promise.resolve(Buffer.from(stdin));
    })(),
    stdinIsTerminal: false,
    setEcho: () => undefined,
    stdout: into(out),
    stderr: into(err),
    path: (name) => name,
    addressBook: plainAddressBook,
    signal: new AbortController().signal,
  });
  return { code, stdout: out.join(""), stderr: err.join("") };
}
