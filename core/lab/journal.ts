/** A host's journal: what its services write, newest lines in memory, bounded files on disk (JSON lines). */
import { appendFileSync, existsSync, mkdirSync, readFileSync, renameSync, statSync } from "node:fs";
import { dirname } from "node:path";
import type { Clock, Timer } from "../platform/clock.ts";
import type { JournalDesk, JournalLine } from "../shell/world.ts";

const LINES_IN_MEMORY = 4000;
const FILE_BYTES_MAX = 2 * 1024 * 1024;
const LINE_CHARS_MAX = 8192;
const FLUSH_MS = 200;

export class Journal implements JournalDesk {
  private lines: JournalLine[];
  private pending: string[] = [];
  private timer: Timer | undefined;
  private bytes: number;
  private readonly listeners = new Set<(line: JournalLine) => void>();

  constructor(
    private readonly file: string,
    private readonly clock: Clock,
  ) {
    mkdirSync(dirname(file), { recursive: true });
    this.lines = [...load(`${file}.1`), ...load(file)].slice(-LINES_IN_MEMORY);
    this.bytes = existsSync(file) ? statSync(file).size : 0;
  }

  add(unit: string, pid: number, text: string): void {
    const line: JournalLine = { at: this.clock.now(), unit, pid, text: text.length > LINE_CHARS_MAX ? `${text.slice(0, LINE_CHARS_MAX)}…` : text };
    this.lines.push(line);
    if (this.lines.length > LINES_IN_MEMORY * 1.25) this.lines = this.lines.slice(-LINES_IN_MEMORY);
    this.pending.push(`${JSON.stringify(line)}\n`);
    this.timer ??= this.clock.after(FLUSH_MS, () => this.flush());
    for (const listener of this.listeners) listener(line);
  }

  read(unit?: string): Promise<readonly JournalLine[]> {
    return Promise.resolve(unit === undefined ? this.lines.slice() : this.lines.filter((line) => line.unit === unit));
  }

  /** the newest line of a unit */
  last(unit: string): JournalLine | undefined {
    return this.lines.findLast((line) => line.unit === unit);
  }

  follow(listener: (line: JournalLine) => void): () => void {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  }

  flush(): void {
    this.timer?.cancel();
    this.timer = undefined;
    if (this.pending.length === 0) return;
    const text = this.pending.join("");
    this.pending = [];
    if (this.bytes > FILE_BYTES_MAX) {
      renameSync(this.file, `${this.file}.1`);
      this.bytes = 0;
    }
    appendFileSync(this.file, text);
    this.bytes += Buffer.byteLength(text);
  }
}

/** A line that was torn by a crash is left out. */
function load(file: string): JournalLine[] {
  if (!existsSync(file)) return [];
  const lines: JournalLine[] = [];
  for (const text of readFileSync(file, "utf8").split("\n")) {
    if (!text.endsWith("}")) continue;
    try {
      lines.push(JSON.parse(text) as JournalLine);
    } catch (error) {
      if (!(error instanceof SyntaxError)) throw error;
    }
  }
  return lines;
}
