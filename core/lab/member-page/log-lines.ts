/** Lines of a member's log (zap's JSON, as etcd writes it) taken apart: time, level, words, the rest. */
import type { JournalLine } from "../../shell/world.ts";
import type { LogLevel, LogLineView } from "../contract/member-page.ts";

const LEVELS: ReadonlySet<string> = new Set<LogLevel>(["debug", "info", "warn", "error", "fatal"]);
const DETAIL_CHARS_MAX = 2000;
/** what stands in a column of its own, or tells only whoever reads the source */
const SHOWN_APART: ReadonlySet<string> = new Set(["level", "ts", "msg"]);

export function logLine(id: number, { at, text }: JournalLine): LogLineView {
  if (text.startsWith("{")) {
    try {
      const fields = JSON.parse(text) as Record<string, unknown>;
      if (typeof fields["msg"] === "string") return structured(id, at, fields);
    } catch (error) {
      // a line that was cut is shown as it is
      if (!(error instanceof SyntaxError)) throw error;
    }
  }
  return { id, at, level: "other", message: text, detail: "" };
}

function structured(id: number, at: number, fields: Readonly<Record<string, unknown>>): LogLineView {
  const level = String(fields["level"]);
  const told = Date.parse(String(fields["ts"]));
  const detail = Object.entries(fields)
    .filter(([name]) => !SHOWN_APART.has(name))
    .map(([name, value]) => `${name}=${typeof value === "string" ? value : JSON.stringify(value)}`)
    .join("  ");
  return {
    id,
    at: Number.isNaN(told) ? at : told,
    level: LEVELS.has(level) ? (level as LogLevel) : level === "panic" || level === "dpanic" ? "fatal" : "other",
    message: fields["msg"] as string,
    detail: detail.length > DETAIL_CHARS_MAX ? `${detail.slice(0, DETAIL_CHARS_MAX)}…` : detail,
  };
}
