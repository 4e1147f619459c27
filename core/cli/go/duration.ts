/** Go's durations as flags take them and messages print them (`1m30s`, `4.11ms`). Values are nanoseconds. */

const UNITS: Readonly<Record<string, number>> = { ns: 1, us: 1e3, "µs": 1e3, "μs": 1e3, ms: 1e6, s: 1e9, m: 60e9, h: 3600e9 };

/** @throws Error with Go's text: `time: invalid duration "x"` and its kin */
export function parseDuration(text: string): number {
  const match = /^([+-]?)(.*)$/.exec(text)!;
  let rest = match[2]!;
  if (rest === "0") return 0;
  if (rest === "") throw new Error(`time: invalid duration ${JSON.stringify(text)}`);
  let total = 0;
  while (rest !== "") {
    const number = /^(\d+\.?\d*|\.\d+)/.exec(rest);
    if (number === null) throw new Error(`time: invalid duration ${JSON.stringify(text)}`);
    rest = rest.slice(number[0].length);
    const unit = /^[^\d.]+/.exec(rest);
    if (unit === null) throw new Error(`time: missing unit in duration ${JSON.stringify(text)}`);
    const scale = UNITS[unit[0]];
    if (scale === undefined) throw new Error(`time: unknown unit ${JSON.stringify(unit[0])} in duration ${JSON.stringify(text)}`);
    total += Math.round(Number(number[0]) * scale);
    rest = rest.slice(unit[0].length);
  }
  return match[1] === "-" ? -total : total;
}

function trimmed(value: number, digits: number): string {
  return value.toFixed(digits).replace(/\.?0+$/, "");
}

/** As Go's Duration.String. */
export function formatDuration(nanoseconds: number): string {
  if (nanoseconds === 0) return "0s";
  const sign = nanoseconds < 0 ? "-" : "";
  const value = Math.round(Math.abs(nanoseconds));
  if (value < 1e3) return `${sign}${value}ns`;
  if (value < 1e6) return `${sign}${trimmed(value / 1e3, 3)}µs`;
  if (value < 1e9) return `${sign}${trimmed(value / 1e6, 6)}ms`;
  const hours = Math.floor(value / 3600e9);
  const minutes = Math.floor((value % 3600e9) / 60e9);
  const seconds = `${trimmed((value % 60e9) / 1e9, 9)}s`;
  if (hours > 0) return `${sign}${hours}h${minutes}m${seconds}`;
  return minutes > 0 ? `${sign}${minutes}m${seconds}` : `${sign}${seconds}`;
}
