/** A program's streams as a terminal, for a shell that runs inside a command. */
import type { ProgramIo } from "../../cli/program.ts";
import type { ShellInput, ShellTerminal } from "../terminal.ts";

export function terminalOf(io: ProgramIo): ShellTerminal {
  return {
    isTerminal: io.stdout.isTerminal,
    columns: io.stdout.columns ?? 80,
    input: inputOf(io),
    out: (data) => io.stdout.write(data),
    err: (data) => io.stderr.write(data),
  };
}

function inputOf(io: ProgramIo): ShellInput {
  let iterator: AsyncIterator<Buffer> | undefined;
  return {
    isTerminal: io.stdinIsTerminal,
    read: async () => {
      iterator ??= io.stdin[Symbol.asyncIterator]();
      const next = await iterator.next();
      return next.done === true ? undefined : next.value;
    },
  };
}
