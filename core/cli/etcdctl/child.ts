/** A command that watch and lock run, and Go's words where it cannot be started (os/exec). */
import { Exit, ExitError } from "../cobra/command.ts";
import type { ProgramIo } from "../program.ts";

/** @returns its exit code. @throws ExitError 1 where it cannot be started */
export async function runChild(io: ProgramIo, command: readonly string[], env: Readonly<Record<string, string>>): Promise<number> {
  if (io.spawn === undefined) throw new ExitError(Exit.Error, "commands cannot be started here");
  try {
    return await io.spawn(command, env);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    const reason = code === "ENOENT" ? "no such file or directory" : code === "EACCES" ? "permission denied" : undefined;
    if (reason === undefined) throw error;
    const name = command[0]!;
    const text = name.includes("/") ? `fork/exec ${name}: ${reason}` : `exec: ${JSON.stringify(name)}: executable file not found in $PATH`;
    throw new ExitError(Exit.Error, text, { cause: error });
  }
}
