/** Log lines as etcd's zap writes them: one JSON object a line, or the console form (client/pkg/logutil/zap.go). */
import { openSync, writeSync } from "node:fs";
import type { Log, LogFields } from "../../server/log.ts";

export const logLevels = ["debug", "info", "warn", "error", "dpanic", "panic", "fatal"] as const;
export type ZapLevel = (typeof logLevels)[number];

export interface LogSettings {
  readonly level: ZapLevel;
  readonly format: "json" | "console";
  /** default, stderr, stdout, or file names */
  readonly outputs: readonly string[];
}

export interface ZapLog extends Log {
  /** Writes the line; ending the process is the caller's part. */
  fatal(message: string, fields?: LogFields): void;
  panic(message: string, fields?: LogFields): void;
}

/** "2006-01-02T15:04:05.000000Z0700" in Go's words: microseconds, and the zone as Z or +0100. */
export function timestamp(now: Date): string {
  const two = (value: number): string => String(value).padStart(2, "0");
  const ahead = -now.getTimezoneOffset();
  const zone = ahead === 0 ? "Z" : `${ahead < 0 ? "-" : "+"}${two(Math.floor(Math.abs(ahead) / 60))}${two(Math.abs(ahead) % 60)}`;
  const day = `${now.getFullYear()}-${two(now.getMonth() + 1)}-${two(now.getDate())}`;
  return `${day}T${two(now.getHours())}:${two(now.getMinutes())}:${two(now.getSeconds())}.${String(now.getMilliseconds()).padStart(3, "0")}000${zone}`;
}

/** bigints as JSON numbers, errors as their message; what JSON has no word for as text. */
function toJson(value: unknown): string {
  switch (typeof value) {
    case "bigint":
      return value.toString();
    case "number":
      return Number.isFinite(value) ? String(value) : `"${value}"`;
    case "string":
    case "boolean":
      return JSON.stringify(value);
    case "object": {
      if (value === null) return "null";
      if (value instanceof Error) return JSON.stringify(value.message);
      if (Array.isArray(value)) return `[${value.map(toJson).join(",")}]`;
      const fields = Object.entries(value).filter(([, field]) => field !== undefined);
      return `{${fields.map(([key, field]) => `${JSON.stringify(key)}:${toJson(field)}`).join(",")}}`;
    }
    default:
      return JSON.stringify(String(value));
  }
}

function render(settings: LogSettings, level: ZapLevel, message: string, fields: LogFields | undefined, now: Date): string {
  if (settings.format === "console") {
    const tail = fields === undefined ? "" : `\t${toJson(fields)}`;
    return `${timestamp(now)}\t${level}\tquorum-lab\t${message}${tail}\n`;
  }
  let line = `{"level":"${level}","ts":"${timestamp(now)}","caller":"quorum-lab","msg":${JSON.stringify(message)}`;
  for (const [key, value] of Object.entries(fields ?? {})) if (value !== undefined) line += `,${JSON.stringify(key)}:${toJson(value)}`;
  return `${line}}\n`;
}

/** One writer for each output named. Files are opened at once. @throws Error when a file cannot be opened */
function openOutputs(outputs: readonly string[]): ((line: string) => void)[] {
  return outputs.map((output) => {
    if (output === "stdout") return (line: string) => void process.stdout.write(line);
    // without systemd, and here always, "default" is standard error
    if (output === "default" || output === "stderr" || output === "systemd/journal") return (line: string) => void process.stderr.write(line);
    const file = openSync(output, "a", 0o600);
    return (line: string) => void writeSync(file, line);
  });
}

export function createLog(settings: LogSettings): ZapLog {
  const writers = openOutputs(settings.outputs);
  const lowest = logLevels.indexOf(settings.level);
  const write = (level: ZapLevel, message: string, fields?: LogFields): void => {
    if (logLevels.indexOf(level) < lowest) return;
    const line = render(settings, level, message, fields, new Date());
    for (const writer of writers) writer(line);
  };
  return {
    debug: (message, fields) => write("debug", message, fields),
    info: (message, fields) => write("info", message, fields),
    warn: (message, fields) => write("warn", message, fields),
    error: (message, fields) => write("error", message, fields),
    panic: (message, fields) => write("panic", message, fields),
    fatal: (message, fields) => write("fatal", message, fields),
    enabled: (level) => logLevels.indexOf(level) >= lowest,
  };
}
