/** Log lines as etcd's zap writes them: one JSON object a line, or the console form (client/pkg/logutil/zap.go). */
import type { Log, LogFields } from "../../server/log.ts";
import { callerOf } from "./log-callers.ts";
import { LogSampler } from "./log-sampler.ts";
import { type RotationSettings, openOutputs } from "./log-outputs.ts";

export const logLevels = ["debug", "info", "warn", "error", "dpanic", "panic", "fatal"] as const;
export type ZapLevel = (typeof logLevels)[number];

export interface LogSettings {
  readonly level: ZapLevel;
  readonly format: "json" | "console";
  /** default, stderr, stdout, systemd/journal, or file names */
  readonly outputs: readonly string[];
  /** --enable-log-rotation: of the one file among the outputs */
  readonly rotation?: RotationSettings;
}

export interface ZapLog extends Log {
  /** Writes the line; ending the process is the caller's part. */
  fatal(message: string, fields?: LogFields): void;
  panic(message: string, fields?: LogFields): void;
  /** From now on lines of `level` and above are written. */
  setLevel(level: ZapLevel): void;
}

const clock = { ms: 0, since: 0 };

/** Microseconds within the millisecond that `now` is: as many as have gone by since it was first seen. */
function micros(now: Date): number {
  if (now.getTime() !== clock.ms) {
    clock.ms = now.getTime();
    clock.since = performance.now();
  }
  return Math.min(999, Math.floor((performance.now() - clock.since) * 1000));
}

/** "2006-01-02T15:04:05.000000Z0700" in Go's words: microseconds, and the zone as Z or +0100. */
export function timestamp(now: Date): string {
  const two = (value: number): string => String(value).padStart(2, "0");
  const three = (value: number): string => String(value).padStart(3, "0");
  const ahead = -now.getTimezoneOffset();
  const zone = ahead === 0 ? "Z" : `${ahead < 0 ? "-" : "+"}${two(Math.floor(Math.abs(ahead) / 60))}${two(Math.abs(ahead) % 60)}`;
  const day = `${now.getFullYear()}-${two(now.getMonth() + 1)}-${two(now.getDate())}`;
  return `${day}T${two(now.getHours())}:${two(now.getMinutes())}:${two(now.getSeconds())}.${three(now.getMilliseconds())}${three(micros(now))}${zone}`;
}

/** bigints as JSON numbers, errors as their message; what JSON has no word for as text. @param space behind colons and commas */
function toJson(value: unknown, space: string): string {
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
      if (Array.isArray(value)) return `[${value.map((item) => toJson(item, space)).join(`,${space}`)}]`;
      return `{${pairs(value, space)}}`;
    }
    default:
      return JSON.stringify(String(value));
  }
}

function pairs(fields: object, space: string): string {
  return Object.entries(fields)
    .filter(([, field]) => field !== undefined)
    .map(([key, field]) => `${JSON.stringify(key)}:${space}${toJson(field, space)}`)
    .join(`,${space}`);
}

/** `logger` among the fields is the name of a part's own logger, as zap's Named gives it. */
function render(settings: LogSettings, level: ZapLevel, message: string, allFields: LogFields, now: Date): string {
  const { logger, ...fields } = allFields;
  const caller = callerOf(message, typeof logger === "string" ? logger : "");
  // zap adds a stack from error on
  const stack = logLevels.indexOf(level) >= logLevels.indexOf("error") ? stackOf() : undefined;
  if (settings.format === "console") {
    const names = typeof logger === "string" ? `${logger}\t` : "";
    const tail = Object.values(fields).every((field) => field === undefined) ? "" : `\t{${pairs(fields, " ")}}`;
    return `${timestamp(now)}\t${level}\t${names}${caller}\t${message}${tail}\n${stack === undefined ? "" : `${stack}\n`}`;
  }
  const head = { level, ts: timestamp(now), logger: typeof logger === "string" ? logger : undefined, caller, msg: message };
  return `{${pairs({ ...head, ...fields, stacktrace: stack }, "")}}\n`;
}

/** Where this program stood, without its own logging. */
function stackOf(): string | undefined {
  const lines = (new Error().stack ?? "").split("\n").slice(1).map((line) => line.trim());
  const first = lines.findLastIndex((line) => / (?:Object\.)?(?:write|render|stackOf|error|fatal|panic)\b/.test(line));
  return lines.slice(first + 1).join("\n") || undefined;
}

/** @throws LogOutputError where an output cannot be opened */
export function createLog(settings: LogSettings): ZapLog {
  const writers = openOutputs(settings.outputs, settings.rotation);
  const sampler = new LogSampler();
  let lowest = logLevels.indexOf(settings.level);
  const write = (level: ZapLevel, message: string, fields: LogFields = {}): void => {
    if (logLevels.indexOf(level) < lowest) return;
    const now = new Date();
    if (!sampler.admits(level, message, now.getTime())) return;
    const line = render(settings, level, message, fields, now);
    for (const writer of writers) writer(line, level);
  };
  return {
    debug: (message, fields) => write("debug", message, fields),
    info: (message, fields) => write("info", message, fields),
    warn: (message, fields) => write("warn", message, fields),
    error: (message, fields) => write("error", message, fields),
    panic: (message, fields) => write("panic", message, fields),
    fatal: (message, fields) => write("fatal", message, fields),
    enabled: (level) => logLevels.indexOf(level) >= lowest,
    setLevel: (level) => {
      lowest = logLevels.indexOf(level);
    },
  };
}
