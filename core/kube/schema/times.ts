/** Kubernetes' two times: Time (whole seconds) and MicroTime (six digits), both RFC 3339 in UTC. Seconds count from 1970. */

export interface Instant {
  readonly seconds: number;
  readonly micros: number;
}

/** undefined for text that is not RFC 3339 */
export function parseTime(text: string): Instant | undefined {
  const match = /^(\d{4}-\d\d-\d\d[Tt]\d\d:\d\d:\d\d)(?:\.(\d+))?([Zz]|[+-]\d\d:\d\d)$/.exec(text);
  if (match === null) return undefined;
  const millis = Date.parse(`${match[1] ?? ""}${match[3] ?? "Z"}`);
  if (Number.isNaN(millis)) return undefined;
  return { seconds: millis / 1000, micros: Number((match[2] ?? "").padEnd(6, "0").slice(0, 6)) };
}

export function printTime(seconds: number): string {
  return `${new Date(seconds * 1000).toISOString().slice(0, 19)}Z`;
}

export function printMicroTime(instant: Instant): string {
  return `${new Date(instant.seconds * 1000).toISOString().slice(0, 19)}.${String(instant.micros).padStart(6, "0")}Z`;
}
