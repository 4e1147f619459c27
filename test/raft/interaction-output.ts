/** What a step of an interaction file prints: log lines of all nodes and the harness's own words, with a level that silences them. */
import type { LogLevel, RaftLogger } from "../../core/raft/index.ts";

const LEVELS: readonly LogLevel[] = ["debug", "info", "warn", "error", "fatal"];
const NAMES = [...LEVELS.map((level) => level.toUpperCase()), "NONE"];

export class InteractionOutput implements RaftLogger {
  /** Position in NAMES; the last one silences even the harness. */
  level = 0;
  private text = "";

  get quiet(): boolean {
    return this.level === NAMES.length - 1;
  }

  enabled(level: LogLevel): boolean {
    return LEVELS.indexOf(level) >= this.level;
  }

  log(level: LogLevel, text: string): void {
    if (this.enabled(level)) this.text += `${level.toUpperCase()} ${text}\n`;
  }

  write(text: string): void {
    if (!this.quiet) this.text += text;
  }

  setLevel(name: string): void {
    const level = NAMES.indexOf(name.toUpperCase());
    if (level < 0) throw new Error(`log levels must be either of [${NAMES.join(" ")}]`);
    this.level = level;
  }

  /** Runs `body` with every line that it prints indented by two spaces. */
  indented(body: () => void): void {
    const outer = this.text;
    this.text = "";
    try {
      body();
    } finally {
      const inner = this.text;
      this.text = outer;
      const lines = inner.endsWith("\n") ? inner.slice(0, -1).split("\n") : inner === "" ? [] : inner.split("\n");
      for (const line of lines) this.text += `  ${line}\n`;
    }
  }

  /** Everything printed since the last call. */
  take(): string {
    const text = this.text;
    this.text = "";
    return text;
  }
}
