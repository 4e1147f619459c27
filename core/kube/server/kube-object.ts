/** Reading and comparing objects of the API, which are plain JSON, by paths that may lead nowhere. */

export type JsonMap = Record<string, unknown>;

export function isMap(value: unknown): value is JsonMap {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** What stands at a path such as "spec.replicas"; undefined where there is nothing. */
export function at(value: unknown, path: string): unknown {
  let here = value;
  for (const step of path.split(".")) {
    if (!isMap(here)) return undefined;
    here = here[step];
  }
  return here;
}

export function listAt(value: unknown, path: string): readonly unknown[] {
  const found = at(value, path);
  return Array.isArray(found) ? (found as readonly unknown[]) : [];
}

export function textAt(value: unknown, path: string): string {
  const found = at(value, path);
  return typeof found === "string" || typeof found === "number" || typeof found === "boolean" ? String(found) : "";
}

export function numberAt(value: unknown, path: string, otherwise: number): number {
  const found = at(value, path);
  return typeof found === "number" ? found : otherwise;
}

/** RFC 3339 with whole seconds, as metav1.Time is written. */
export function timeText(ms: number): string {
  return new Date(ms).toISOString().replace(/\.\d+Z$/, "Z");
}

/** RFC 3339 with microseconds, as metav1.MicroTime is written. */
export function microTimeText(ms: number): string {
  return new Date(ms).toISOString().replace(/Z$/, "000Z");
}

/** Whether two JSON values say the same; the order of fields does not count. */
export function sameJson(a: unknown, b: unknown): boolean {
  if (a === b) return true;
  if (Array.isArray(a) || Array.isArray(b)) {
    return Array.isArray(a) && Array.isArray(b) && a.length === b.length && a.every((one, index) => sameJson(one, b[index]));
  }
  if (!isMap(a) || !isMap(b)) return false;
  const keys = Object.keys(a).filter((key) => a[key] !== undefined);
  return keys.length === Object.keys(b).filter((key) => b[key] !== undefined).length && keys.every((key) => sameJson(a[key], b[key]));
}
