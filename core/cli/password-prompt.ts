/** Asking for a password: without echo at a terminal, a line of stdin elsewhere (as etcdctl's library speakeasy does). */
import { Exit, ExitError } from "./cobra/command.ts";
import type { ProgramIo } from "./program.ts";

/** Lines of stdin, taken one by one; what was read beyond them waits for the next. */
class StdinLines {
  private readonly input: AsyncIterator<Buffer>;
  private rest = Buffer.alloc(0);

  constructor(stdin: AsyncIterable<Buffer>) {
    this.input = stdin[Symbol.asyncIterator]();
  }

  /** Without its end; undefined where there is no more. */
  async next(): Promise<string | undefined> {
    for (;;) {
      const end = this.rest.findIndex((byte) => byte === 0x0a || byte === 0x0d);
      if (end >= 0) {
        const line = this.rest.subarray(0, end);
        const pair = this.rest[end] === 0x0d && this.rest[end + 1] === 0x0a;
        this.rest = this.rest.subarray(end + (pair ? 2 : 1));
        return edited(line);
      }
      const chunk = await this.input.next();
      if (chunk.done === true) {
        if (this.rest.length === 0) return undefined;
        const line = this.rest;
        this.rest = Buffer.alloc(0);
        return edited(line);
      }
      this.rest = Buffer.concat([this.rest, chunk.value]);
      // a terminal without echo hands over what is otherwise its own business
      if (this.rest.includes(0x03)) throw new ExitError(Exit.Interrupted, "interrupted");
    }
  }
}

/** What is meant by a line in which characters were taken back. */
function edited(line: Buffer): string {
  const characters: string[] = [];
  for (const character of line.toString()) {
    if (character === "\x7f" || character === "\b") characters.pop();
    else characters.push(character);
  }
  return characters.join("");
}

const readers = new WeakMap<AsyncIterable<Buffer>, StdinLines>();

/** One line of stdin; who reads on gets the next. */
export function readStdinLine(io: ProgramIo): Promise<string | undefined> {
  let lines = readers.get(io.stdin);
  if (lines === undefined) readers.set(io.stdin, (lines = new StdinLines(io.stdin)));
  return lines.next();
}

/** @throws Error "EOF" where there is no line */
export async function askPassword(io: ProgramIo, prompt: string): Promise<string> {
  io.stdout.write(prompt);
  if (io.stdinIsTerminal) io.setEcho?.(false);
  try {
    const line = await readStdinLine(io);
    if (line === undefined) throw new Error("EOF");
    return line;
  } finally {
    if (io.stdinIsTerminal) io.setEcho?.(true);
    io.stdout.write("\n");
  }
}
