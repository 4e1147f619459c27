/** Ages as kubectl shows them (apimachinery util/duration, HumanDuration). */

/** @param s whole seconds */
export function humanDuration(s: number): string {
  if (s < -1) return "<invalid>";
  if (s < 0) return "0s";
  if (s < 120) return `${s}s`;
  const minutes = Math.floor(s / 60);
  if (minutes < 10) return s % 60 === 0 ? `${minutes}m` : `${minutes}m${s % 60}s`;
  if (minutes < 180) return `${minutes}m`;
  const hours = Math.floor(minutes / 60);
  if (hours < 8) return minutes % 60 === 0 ? `${hours}h` : `${hours}h${minutes % 60}m`;
  if (hours < 48) return `${hours}h`;
  if (hours < 192) return hours % 24 === 0 ? `${Math.floor(hours / 24)}d` : `${Math.floor(hours / 24)}d${hours % 24}h`;
  const days = Math.floor(hours / 24);
  if (days < 730) return `${days}d`;
  const rest = days % 365;
  if (days < 2920) return rest === 0 ? `${Math.floor(days / 365)}y` : `${Math.floor(days / 365)}y${rest}d`;
  return `${Math.floor(days / 365)}y`;
}

/** @param since RFC 3339, "" for never. @param now ms */
export function age(since: string, now: number): string {
  const at = Date.parse(since);
  return Number.isNaN(at) ? "<unknown>" : humanDuration(Math.floor((now - at) / 1000));
}
