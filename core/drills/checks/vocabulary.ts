/**
 * The words of checks.yaml: a small, closed set. Each kind says what it looks at, which arguments it takes, and nothing of how it
 * looks; `checks/evaluate.ts` does that.
 */

export type FieldType = "text" | "number" | "boolean" | "host" | "hosts" | "words" | "pattern" | "bytes" | "duration" | "revision";

interface Field {
  readonly type: FieldType;
  readonly required?: true;
}

const f = (type: FieldType, required?: true): Field => (required ? { type, required } : { type });

/** Arguments by kind. */
export const KINDS = {
  key: { key: f("text", true), value: f("text"), matches: f("pattern"), absent: f("boolean"), "revision-at-least": f("revision"), leased: f("boolean") },
  keys: { prefix: f("text", true), count: f("number"), "at-least": f("number"), "at-most": f("number") },
  members: { voters: f("number"), learners: f("number"), started: f("number"), names: f("words"), without: f("words") },
  leader: { any: f("boolean"), is: f("host"), not: f("host") },
  healthy: { hosts: f("hosts", true) },
  cluster: { hosts: f("hosts", true), same: f("boolean") },
  "same-data": { hosts: f("hosts", true) },
  writes: { before: f("text"), after: f("text"), "lost-at-most": f("number") },
  outage: { longest: f("duration"), total: f("duration") },
  snapshot: { host: f("host", true), file: f("text", true), "revision-at-least": f("revision"), "keys-at-least": f("number") },
  service: { host: f("host", true), unit: f("text", true), is: f("text"), enabled: f("boolean") },
  file: { host: f("host", true), path: f("text", true), exists: f("boolean"), equals: f("text"), contains: f("text"), matches: f("pattern") },
  flag: { host: f("host", true), flag: f("text", true), is: f("text"), matches: f("pattern"), absent: f("boolean") },
  alarm: { none: f("text", true) },
  db: { hosts: f("hosts", true), below: f("bytes"), "in-use-at-least": f("number") },
  certificate: { host: f("host", true), file: f("text", true), "valid-for": f("duration"), names: f("words") },
  command: { host: f("host", true), run: f("text", true), exit: f("number"), fails: f("boolean"), prints: f("text"), matches: f("pattern") },
  never: { acts: f("words", true) },
} as const satisfies Readonly<Record<string, Readonly<Record<string, Field>>>>;

export type CheckKind = keyof typeof KINDS;

/** Kinds that only mean something while a workload writes. */
export const NEEDS_WRITES: ReadonlySet<CheckKind> = new Set<CheckKind>(["writes", "outage"]);

/** Kinds that take long enough to be asked more rarely while somebody works. */
export const SLOW: ReadonlySet<CheckKind> = new Set<CheckKind>(["command", "same-data", "writes", "snapshot"]);

export interface CheckSpec {
  /** what wrong solutions and scores name it by */
  readonly id: string;
  /** a sentence for people */
  readonly name: string;
  readonly kind: CheckKind;
  readonly args: Args;
  /** green for good once it was green */
  readonly once: boolean;
}

/** Arguments of one check, after `problemsOfArgs` found nothing wrong with them. */
export class Args {
  constructor(private readonly values: Readonly<Record<string, unknown>>) {}

  has(name: string): boolean {
    return this.values[name] !== undefined;
  }
  text(name: string): string {
    return String(this.values[name]);
  }
  number(name: string): number {
    return Number(this.values[name]);
  }
  flag(name: string): boolean {
    return this.values[name] === true;
  }
  /** `all` stands for all that are given */
  words(name: string, all: readonly string[] = []): readonly string[] {
    const value = this.values[name];
    return value === "all" ? all : Array.isArray(value) ? value.map(String) : [String(value)];
  }
  pattern(name: string): RegExp {
    return new RegExp(this.text(name), "m");
  }
  bytes(name: string): number {
    return readBytes(this.text(name))!;
  }
  ms(name: string): number {
    return readDuration(this.text(name))!;
  }
}

/** "20MB", "4096": bytes; undefined when it is neither. */
export function readBytes(text: string): number | undefined {
  const match = /^(\d+(?:\.\d+)?)\s*(B|kB|KB|MB|GB|KiB|MiB|GiB)?$/.exec(text);
  if (match === null) return undefined;
  const scale = { B: 1, kB: 1e3, KB: 1e3, MB: 1e6, GB: 1e9, KiB: 1024, MiB: 1024 ** 2, GiB: 1024 ** 3 }[match[2] ?? "B"]!;
  return Number(match[1]) * scale;
}

/** "500ms", "5s", "2m", "12h", "30d" in ms; undefined when it is none. */
export function readDuration(text: string): number | undefined {
  const match = /^(\d+(?:\.\d+)?)(ms|s|m|h|d)$/.exec(text);
  if (match === null) return undefined;
  return Number(match[1]) * { ms: 1, s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 }[match[2]!]!;
}

/** What is wrong with these arguments of this kind, each as a sentence. @param hosts m1, m2, ... */
export function problemsOfArgs(kind: CheckKind, value: unknown, hosts: readonly string[]): string[] {
  const fields: Readonly<Record<string, Field>> = KINDS[kind];
  if (typeof value !== "object" || value === null || Array.isArray(value)) return [`${kind} takes a map of ${Object.keys(fields).join(", ")}`];
  const problems: string[] = [];
  const given = value as Record<string, unknown>;
  for (const name of Object.keys(given)) if (!(name in fields)) problems.push(`${kind} has no argument ${name}; it takes ${Object.keys(fields).join(", ")}`);
  for (const [name, field] of Object.entries(fields)) {
    const one = given[name];
    if (one === undefined) {
      if (field.required === true) problems.push(`${kind} needs ${name}`);
    } else {
      const wrong = wrongValue(field.type, one, hosts);
      if (wrong !== undefined) problems.push(`${kind}: ${name} ${wrong}`);
    }
  }
  return problems;
}

function wrongValue(type: FieldType, value: unknown, hosts: readonly string[]): string | undefined {
  const text = typeof value === "string" || typeof value === "number" ? String(value) : undefined;
  switch (type) {
    case "text":
      return text === undefined ? "is a text" : undefined;
    case "number":
      return typeof value === "number" ? undefined : "is a number";
    case "boolean":
      return typeof value === "boolean" ? undefined : "is true or false";
    case "host":
      return text !== undefined && hosts.includes(text) ? undefined : `is one of ${hosts.join(", ")}`;
    case "hosts":
      return value === "all" || (Array.isArray(value) && value.length > 0 && value.every((one) => hosts.includes(String(one)))) ? undefined : `is all or a list of ${hosts.join(", ")}`;
    case "words":
      return Array.isArray(value) && value.length > 0 ? undefined : "is a list";
    case "pattern":
      return text === undefined ? "is a regular expression" : wrongPattern(text);
    case "bytes":
      return text !== undefined && readBytes(text) !== undefined ? undefined : "is a size such as 20MB";
    case "duration":
      return text !== undefined && readDuration(text) !== undefined ? undefined : "is a time such as 500ms, 5s, 2m, 30d";
    case "revision":
      return typeof value === "number" || (text !== undefined && /^(@[a-z][a-z0-9-]*|\d+)$/.test(text)) ? undefined : "is a revision or @MARK";
  }
}

function wrongPattern(text: string): string | undefined {
  try {
    new RegExp(text, "m");
    return undefined;
  } catch (error) {
    return `is no regular expression: ${error instanceof Error ? error.message : String(error)}`;
  }
}
