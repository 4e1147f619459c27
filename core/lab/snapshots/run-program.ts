/** Runs etcdctl or etcdutl as somebody at a host's shell would, and keeps what it says. */
import type { Program, ProgramOutput } from "../../cli/program.ts";
import type { ShellHost } from "../../shell/world.ts";

const OUTPUT_CHARS_MAX = 64 * 1024;

export interface ProgramEnd {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

export async function runProgram(program: Program, argv: readonly string[], host: ShellHost): Promise<ProgramEnd> {
  const said = { stdout: "", stderr: "" };
  const output = (name: keyof typeof said): ProgramOutput => ({
    write: (data) => void (said[name] = (said[name] + data.toString()).slice(-OUTPUT_CHARS_MAX)),
    isTerminal: false,
  });
  const code = await program({
    argv,
    env: {},
    cwd: "/root",
    stdin: nothing(),
    stdinIsTerminal: false,
    stdout: output("stdout"),
    stderr: output("stderr"),
    path: (name) => host.files.real(name, "/root"),
    addressBook: host.addressBook,
    signal: new AbortController().signal,
  });
  return { code, ...said };
}

async function* nothing(): AsyncGenerator<Buffer> {
  // there is no terminal to read from
}
