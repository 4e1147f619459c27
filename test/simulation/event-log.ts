/** What happened in a run: a hash that two equal runs share and, when asked for, the lines themselves, one column a replica. */
import { createHash } from "node:crypto";

const COLUMN = 26;

export class EventLog {
  readonly lines: string[] = [];
  private readonly hash = createHash("sha256");

  constructor(
    private readonly replicas: number,
    private readonly keep: boolean,
  ) {}

  /** @param replica 0n for what concerns all */
  add(step: number, timeMs: number, replica: bigint, text: string): void {
    this.hash.update(`${step} ${timeMs} ${replica} ${text}\n`);
    if (!this.keep) return;
    const head = `${String(step).padStart(5)} ${String(timeMs).padStart(7)} `;
    this.lines.push(replica === 0n ? `${head}* ${text}` : `${head}${" ".repeat(COLUMN * (Number(replica) - 1))}${text}`);
  }

  header(): string {
    const columns = Array.from({ length: this.replicas }, (_, at) => `replica ${at + 1}`.padEnd(COLUMN));
    return `${" step".padEnd(6)}${"ms".padStart(7)} ${columns.join("")}`.trimEnd();
  }

  digest(): string {
    return this.hash.copy().digest("hex");
  }
}
