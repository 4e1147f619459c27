/** What a shell has in place of a teletype: two ways out, one way in. A window's terminal, a pipe and a test each make one. */

export interface ShellInput {
  readonly isTerminal: boolean;
  /** The next bytes; undefined at the end of input. Rejects with the signal's reason when `signal` aborts first. */
  read(signal: AbortSignal): Promise<Buffer | undefined>;
  /** Whether typed keys show; where it is a terminal. */
  setEcho?(on: boolean): void;
}

export interface ShellTerminal {
  readonly isTerminal: boolean;
  readonly columns: number;
  readonly input: ShellInput;
  out(data: Buffer | string): void;
  err(data: Buffer | string): void;
}

/** Input that has ended before it began, as /dev/null is. */
export const noInput: ShellInput = { isTerminal: false, read: () => Promise.resolve(undefined) };

/** Bytes of an input as programs read them: until the end, or until `signal` aborts (which ends it quietly). */
export async function* readAll(input: ShellInput, signal: AbortSignal): AsyncGenerator<Buffer> {
  while (!signal.aborted) {
    let chunk: Buffer | undefined;
    try {
      chunk = await input.read(signal);
    } catch (error) {
      if (signal.aborted) return;
      throw error;
    }
    if (chunk === undefined) return;
    yield chunk;
  }
}

/** A terminal that keeps what is written, for `ssh m2 'command'` inside a pipe and for tests. */
export class CapturingTerminal implements ShellTerminal {
  readonly isTerminal = false;
  readonly columns = 80;
  private readonly outParts: Buffer[] = [];
  private readonly errParts: Buffer[] = [];

  constructor(readonly input: ShellInput = noInput) {}

  out(data: Buffer | string): void {
    this.outParts.push(typeof data === "string" ? Buffer.from(data) : data);
  }
  err(data: Buffer | string): void {
    this.errParts.push(typeof data === "string" ? Buffer.from(data) : data);
  }
  get stdout(): Buffer {
    return Buffer.concat(this.outParts);
  }
  get stderr(): Buffer {
    return Buffer.concat(this.errParts);
  }
}
