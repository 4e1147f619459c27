/**
 * JSON as Go's encoding/json writes it, with exact integers: member ids are full uint64 numbers, which `JSON.parse`
 * would round. Integers are bigint, other numbers number. Objects keep the order of their properties; Go sorts the keys
 * of its maps, so who writes a map sorts first.
 */

export type GoJson = null | boolean | string | number | bigint | readonly GoJson[] | GoJsonObject;
export interface GoJsonObject {
  readonly [key: string]: GoJson | undefined;
}

export class GoJsonError extends Error {
  override readonly name = "GoJsonError";
  readonly code = "go_json.syntax";
  constructor(
    reason: string,
    readonly offset: number,
  ) {
    super(`json: ${reason} at character ${offset}`);
  }
}

/** Undefined properties are left out; integers must be bigint or safe numbers. */
export function stringifyGoJson(value: GoJson): string {
  if (value === null) return "null";
  if (typeof value === "string") return quote(value);
  if (typeof value !== "object") return String(value);
  if (isArray(value)) return `[${value.map(stringifyGoJson).join(",")}]`;
  const parts: string[] = [];
  for (const [key, member] of Object.entries(value)) if (member !== undefined) parts.push(`${quote(key)}:${stringifyGoJson(member)}`);
  return `{${parts.join(",")}}`;
}

/** @throws GoJsonError */
export function parseGoJson(text: string): GoJson {
  const parser = new Parser(text);
  const value = parser.value(0);
  parser.end();
  return value;
}

/** Narrows to an object. */
export function isGoJsonObject(value: GoJson | undefined): value is GoJsonObject {
  return typeof value === "object" && value !== null && !isArray(value);
}

/** A property as Go finds it: the exact name, else one that differs in case. */
export function goJsonProperty(object: GoJsonObject, name: string): GoJson | undefined {
  if (Object.hasOwn(object, name)) return object[name];
  const folded = name.toLowerCase();
  const key = Object.keys(object).find((candidate) => candidate.toLowerCase() === folded);
  return key === undefined ? undefined : object[key];
}

function isArray(value: GoJson | undefined): value is readonly GoJson[] {
  return Array.isArray(value);
}

const escaped: Readonly<Record<string, string>> = { '"': '\\"', "\\": "\\\\", "\n": "\\n", "\r": "\\r", "\t": "\\t", "\b": "\\b", "\f": "\\f" };

function quote(text: string): string {
  // what Go escapes besides JSON's own: HTML's three, and two line ends that JavaScript once could not stand
  const body = wellFormed(text).replace(/["\\\u0000-\u001f<>&\u2028\u2029]/g, (char) => escaped[char] ?? unicode(char));
  return `"${body}"`;
}

/** Half surrogate pairs become U+FFFD, as Go makes of what is no UTF-8. */
function wellFormed(text: string): string {
  return Buffer.from(text).toString();
}

function unicode(char: string): string {
  return `\\u${char.charCodeAt(0).toString(16).padStart(4, "0")}`;
}

/** Go goes to 10,000, which our stack may not; nothing that etcd writes is deeper than ten. */
const depthMax = 500;

class Parser {
  private at = 0;
  constructor(private readonly text: string) {}

  end(): void {
    this.space();
    if (this.at < this.text.length) this.fail("text after the value");
  }

  value(depth: number): GoJson {
    if (depth > depthMax) this.fail("exceeded max depth");
    this.space();
    const char = this.text[this.at];
    switch (char) {
      case "{":
        return this.object(depth);
      case "[":
        return this.array(depth);
      case '"':
        return this.string();
      case "t":
        return this.literal("true", true);
      case "f":
        return this.literal("false", false);
      case "n":
        return this.literal("null", null);
      default:
        return this.number();
    }
  }

  private object(depth: number): GoJsonObject {
    const entries: [string, GoJson][] = [];
    this.at++;
    if (this.take("}")) return {};
    do {
      this.space();
      if (this.text[this.at] !== '"') this.fail("a property name is missing");
      const key = this.string();
      if (!this.take(":")) this.fail("a colon is missing");
      entries.push([key, this.value(depth + 1)]);
    } while (this.take(","));
    if (!this.take("}")) this.fail("an object does not end");
    // not by assignment: a property may be called __proto__
    return Object.fromEntries(entries);
  }

  private array(depth: number): GoJson[] {
    const items: GoJson[] = [];
    this.at++;
    if (this.take("]")) return items;
    do items.push(this.value(depth + 1));
    while (this.take(","));
    if (!this.take("]")) this.fail("an array does not end");
    return items;
  }

  private string(): string {
    const pattern = /"(?:[^"\\\u0000-\u001f]|\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4}))*"/y;
    pattern.lastIndex = this.at;
    const match = pattern.exec(this.text);
    if (match === null) return this.fail("a string is malformed");
    this.at = pattern.lastIndex;
    return wellFormed(JSON.parse(match[0]) as string);
  }

  private number(): number | bigint {
    const pattern = /-?(?:0|[1-9][0-9]*)(\.[0-9]+)?([eE][+-]?[0-9]+)?/y;
    pattern.lastIndex = this.at;
    const match = pattern.exec(this.text);
    if (match === null) return this.fail("no value");
    this.at = pattern.lastIndex;
    return match[1] === undefined && match[2] === undefined ? BigInt(match[0]) : Number(match[0]);
  }

  private literal<T>(word: string, value: T): T {
    if (!this.text.startsWith(word, this.at)) this.fail("no value");
    this.at += word.length;
    return value;
  }

  private take(char: string): boolean {
    this.space();
    if (this.text[this.at] !== char) return false;
    this.at++;
    return true;
  }

  private space(): void {
    while (" \t\n\r".includes(this.text[this.at] ?? "x")) this.at++;
  }

  private fail(reason: string): never {
    throw new GoJsonError(reason, this.at);
  }
}
