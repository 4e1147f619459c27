/** This process's own standard streams as a lab's shell sees them. */
import type { ShellInput, ShellTerminal } from "../../shell/terminal.ts";

/** Reads standard input only when a command asks for it, so that a script that needs none does not hold the process. */
class ProcessInput implements ShellInput {
  private iterator: AsyncIterator<Buffer> | undefined;
  private pending: Promise<IteratorResult<Buffer>> | undefined;

  get isTerminal(): boolean {
    return process.stdin.isTTY === true;
  }

  async read(signal: AbortSignal): Promise<Buffer | undefined> {
    this.iterator ??= process.stdin[Symbol.asyncIterator]() as AsyncIterator<Buffer>;
    // a read that was given up goes on, and the next one gets what it brings
    this.pending ??= this.iterator.next();
    const { pending } = this;
    const aborted = new Promise<never>((_, reject) => {
      const fail = (): void => reject(new Error(String(signal.reason)));
      if (signal.aborted) fail();
      else signal.addEventListener("abort", fail, { once: true });
    });
    const next = await Promise.race([pending, aborted]);
    this.pending = undefined;
    return next.done === true ? undefined : Buffer.from(next.value);
  }

  /** Lets the process end although a read is under way. */
  release(): void {
    if (this.iterator !== undefined) process.stdin.destroy();
  }
}

export interface ProcessTerminal extends ShellTerminal {
  release(): void;
}

export function processTerminal(): ProcessTerminal {
  const input = new ProcessInput();
  return {
    isTerminal: process.stdout.isTTY === true,
    get columns() {
      return process.stdout.columns ?? 80;
    },
    input,
    out: (data) => void process.stdout.write(data),
    err: (data) => void process.stderr.write(data),
    release: () => input.release(),
  };
}
