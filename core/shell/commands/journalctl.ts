/** journalctl over a host's journal: by unit, the last lines, since a time, and following. */
import type { JournalLine } from "../world.ts";
import type { ShellCommand } from "./command.ts";
import { readOptions } from "./options.ts";
import { journalText } from "./unit-status.ts";

const OPTIONS = {
  valued: { "--unit": ["-u"], "--lines": ["-n"], "--since": ["-S"], "--until": ["-U"], "--output": ["-o"], "--grep": ["-g"], "--priority": ["-p"] },
  plain: { "--follow": ["-f"], "--no-pager": [], "--reverse": ["-r"], "--pager-end": ["-e"], "--catalog": ["-x"], "--boot": ["-b"], "--full": ["-l"], "--all": ["-a"], "--quiet": ["-q"], "--no-tail": [], "--no-hostname": [], "--utc": [] },
} as const;

/** Lines that -f and -e show of what is already there. */
const TAIL = 10;

export const journalctl: ShellCommand = async (io, shell) => {
  const options = readOptions(io.argv, OPTIONS);
  const wrong = options.unknown ?? options.incomplete;
  if (wrong !== undefined) {
    io.stderr.write(`journalctl: ${options.unknown === undefined ? `option '${wrong}' requires an argument` : `unrecognized option '${wrong}'`}\n`);
    return 1;
  }
  const now = Date.now();
  const since = timeOf(options.value("--since"), now);
  const until = timeOf(options.value("--until"), now);
  if (since === null || until === null) {
    io.stderr.write(`Failed to parse timestamp: ${options.value(since === null ? "--since" : "--until")}\n`);
    return 1;
  }
  const unit = options.value("--unit");
  const wanted = unit === undefined ? undefined : unit.includes(".") ? unit : `${unit}.service`;
  const follow = options.has("--follow");
  const pattern = options.value("--grep");
  const matches = (line: JournalLine): boolean =>
    (wanted === undefined || line.unit === wanted) && (pattern === undefined || line.text.toLowerCase().includes(pattern.toLowerCase()));
  const format = (line: JournalLine): string => `${options.value("--output") === "cat" ? line.text : journalText(line, shell.host.name)}\n`;

  // listen before reading, so that no line falls between the two
  const fresh: JournalLine[] = [];
  let emit = (line: JournalLine): void => void fresh.push(line);
  const stop = follow ? shell.host.journal.follow((line) => emit(line)) : undefined;
  try {
    let lines = (await shell.host.journal.read(wanted)).filter(
      (line) => matches(line) && (since === undefined || line.at >= since) && (until === undefined || line.at <= until),
    );
    const count = options.value("--lines") ?? (follow ? String(TAIL) : options.has("--pager-end") ? "1000" : undefined);
    if (count !== undefined && count !== "all") lines = Number(count) === 0 ? [] : lines.slice(-Number(count));
    if (options.has("--reverse")) lines.reverse();
    if (lines.length === 0 && !follow && !options.has("--quiet")) io.stdout.write("-- No entries --\n");
    io.stdout.write(lines.map(format).join(""));
    if (!follow) return 0;
    const seen = new Set(lines);
    emit = (line) => {
      if (matches(line)) io.stdout.write(format(line));
    };
    for (const line of fresh) if (!seen.has(line)) emit(line);
    await new Promise<void>((resolve) => {
      if (io.signal.aborted) resolve();
      else io.signal.addEventListener("abort", () => resolve(), { once: true });
    });
    return 130;
  } finally {
    stop?.();
  }
};

const UNITS: Readonly<Record<string, number>> = { s: 1, sec: 1, second: 1, m: 60, min: 60, minute: 60, h: 3600, hour: 3600, d: 86400, day: 86400 };

/** "5 min ago", "-10m", "today", "2026-11-24 04:00"; null when it is none of them. */
function timeOf(text: string | undefined, now: number): number | undefined | null {
  if (text === undefined) return undefined;
  const relative = /^-?\s*(\d+)\s*([a-z]+?)s?(\s+ago)?$/i.exec(text.trim());
  const unit = relative === null ? undefined : UNITS[relative[2]!.toLowerCase()] ?? UNITS[`${relative[2]!.toLowerCase()}s`];
  if (relative !== null && unit !== undefined) return now - Number(relative[1]) * unit * 1000;
  const day = 86_400_000;
  const midnight = Math.floor(now / day) * day;
  if (text === "today") return midnight;
  if (text === "yesterday") return midnight - day;
  if (text === "now") return now;
  const clock = /^\d{1,2}:\d{2}(:\d{2})?$/.test(text) ? `${new Date(midnight).toISOString().slice(0, 10)} ${text}` : text;
  const parsed = Date.parse(/[zZ]|UTC$/.test(clock) ? clock.replace(" UTC", "Z") : `${clock.replace(" ", "T")}Z`);
  return Number.isNaN(parsed) ? null : parsed;
}
