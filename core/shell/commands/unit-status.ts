/** How systemctl shows a unit. */
import type { JournalLine, UnitStatus } from "../world.ts";

const MONTHS = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];
const DAYS = ["Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"];
const two = (value: number): string => String(value).padStart(2, "0");

/** "Nov 24 04:15:09", as the journal has it; UTC */
function journalTime(at: number): string {
  const time = new Date(at);
  return `${MONTHS[time.getUTCMonth()]} ${two(time.getUTCDate())} ${clock(time)}`;
}

function clock(time: Date): string {
  return `${two(time.getUTCHours())}:${two(time.getUTCMinutes())}:${two(time.getUTCSeconds())}`;
}

/** "Mon 2026-11-24 04:15:09 UTC" */
function unitTime(at: number): string {
  const time = new Date(at);
  return `${DAYS[time.getUTCDay()]} ${time.getUTCFullYear()}-${two(time.getUTCMonth() + 1)}-${two(time.getUTCDate())} ${clock(time)} UTC`;
}

/** "1h 2min ago" */
function ago(ms: number): string {
  const seconds = Math.max(0, Math.floor(ms / 1000));
  if (seconds < 60) return `${seconds}s ago`;
  const minutes = Math.floor(seconds / 60);
  if (minutes < 60) return `${minutes}min ${seconds % 60}s ago`;
  const hours = Math.floor(minutes / 60);
  return hours < 48 ? `${hours}h ${minutes % 60}min ago` : `${Math.floor(hours / 24)} days ago`;
}

export function journalText(line: JournalLine, host: string): string {
  return `${journalTime(line.at)} ${host} ${line.unit.replace(/\.service$/, "")}[${line.pid}]: ${line.text}`;
}

const ESC = { green: "\x1b[0;1;32m", red: "\x1b[0;1;31m", off: "\x1b[0m", none: "" } as const;

/** The block that `systemctl status` prints, without the journal. */
export function statusBlock(unit: UnitStatus, now: number, colour: boolean): string {
  const tone = !colour ? "none" : unit.activity === "active" ? "green" : unit.activity === "failed" ? "red" : "none";
  const off = tone === "none" ? "" : ESC.off;
  const dot = unit.activity === "failed" ? "×" : unit.activity === "inactive" ? "○" : "●";
  const lines = [
    `${ESC[tone]}${dot}${off} ${unit.name} - ${unit.description}`,
    `     Loaded: loaded (${unit.file}; ${unit.enabled ? "enabled" : "disabled"}; preset: enabled)`,
    `     Active: ${ESC[tone]}${unit.activity} (${unit.substate})${off} since ${unitTime(unit.since)}; ${ago(now - unit.since)}`,
  ];
  const program = unit.command.split(" ")[0]?.split("/").at(-1) ?? unit.name;
  if (unit.pid !== null) lines.push(`   Main PID: ${unit.pid} (${program})`);
  else if (unit.result !== "") lines.push(`    Process: ${unit.command} (${unit.result})`);
  if (unit.statusText !== "") lines.push(`     Status: "${unit.statusText}"`);
  return `${lines.join("\n")}\n`;
}

export function staleWarning(unit: UnitStatus): string {
  return `Warning: The unit file, source configuration file or drop-ins of ${unit.name} changed on disk. Run 'systemctl daemon-reload' to reload units.\n`;
}
