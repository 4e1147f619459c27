/** Runs a script in a lab's shell without a window: `quorum-lab sh`. */
import { commandsOf } from "./language/syntax.ts";
import { ShellSession, type ShellSessionOptions } from "./shell-session.ts";

/**
 * Runs `script` command by command, as a shell reads it, and gives the last command's exit code. Stops at `exit`, when
 * `set -e` says so, and when `signal` aborts (130).
 */
export async function runScript(script: string, options: Omit<ShellSessionOptions, "interactive">, signal: AbortSignal): Promise<number> {
  const session = new ShellSession({ ...options, interactive: false });
  try {
    for (const command of commandsOf(script)) {
      await session.run(command, signal);
      if (session.ended || signal.aborted) break;
    }
    return session.status;
  } finally {
    await session.close();
  }
}
