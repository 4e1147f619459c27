/**
 * JSON read without losing integers: JSON.parse rounds what exceeds 2^53, and ids and leases do. Numbers stay text; every
 * value knows where it stood, so that errors can say line and column as Go's protojson does.
 */

export interface JsonField {
  readonly name: string;
  readonly at: number;
  readonly value: JsonValue;
}

export type JsonValue = { readonly at: number } & (
  | { readonly type: "null" }
  | { readonly type: "boolean"; readonly value: boolean }
  /** as written */
  | { readonly type: "number"; readonly text: string }
  | { readonly type: "string"; readonly value: string }
  | { readonly type: "array"; readonly items: readonly JsonValue[] }
  /** duplicates are kept: whether they are allowed is the reader's business */
  | { readonly type: "object"; readonly fields: readonly JsonField[] }
);

export class JsonError extends Error {
  override readonly name = "JsonError";
  readonly code = "json.syntax";
  constructor(
    readonly reason: string,
    readonly at: number,
    text: string,
  ) {
    super(`${position(text, at)}: ${reason}`);
  }
}

/** "line 1:9" as protojson counts: both from 1. */
export function position(text: string, at: number): string {
  const before = text.slice(0, at);
  const line = before.split("\n").length;
  return `line ${line}:${at - before.lastIndexOf("\n")}`;
}

/** Nesting beyond this is refused, so that a hostile body cannot exhaust the stack. */
const DEPTH_MAX = 200;

const WHITE = /[ \t\r\n]*/y;
const NUMBER = /-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?/y;
// JSON forbids bare control characters in strings, so they must stand in the pattern
const STRING = /"(?:[^"\\\x00-\x1f]|\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4}))*"/y;

/** @throws JsonError where the text is not one JSON value */
export function parseJson(text: string): JsonValue {
  const parser = new Parser(text);
  const value = parser.value(0);
  parser.end();
  return value;
}

class Parser {
  private at = 0;
  constructor(private readonly text: string) {}

  value(depth: number): JsonValue {
    this.space();
    const at = this.at;
    if (depth > DEPTH_MAX) throw this.error("exceeded max recursion depth");
    switch (this.text[at]) {
      case "{":
        return { at, type: "object", fields: this.object(depth) };
      case "[":
        return { at, type: "array", items: this.array(depth) };
      case '"':
        return { at, type: "string", value: this.string() };
      case "t":
        return { at, type: "boolean", value: this.word("true", true) };
      case "f":
        return { at, type: "boolean", value: this.word("false", false) };
      case "n":
        return this.word("null", { at, type: "null" });
      default: {
        const number = this.match(NUMBER);
        if (number === undefined) throw this.unexpected();
        return { at, type: "number", text: number };
      }
    }
  }

  end(): void {
    this.space();
    if (this.at < this.text.length) throw this.unexpected();
  }

  private object(depth: number): JsonField[] {
    const fields: JsonField[] = [];
    this.at++;
    this.space();
    if (this.text[this.at] === "}") {
      this.at++;
      return fields;
    }
    for (;;) {
      this.space();
      const at = this.at;
      if (this.text[at] !== '"') throw this.unexpected();
      const name = this.string();
      this.space();
      if (this.text[this.at] !== ":") throw this.unexpected();
      this.at++;
      fields.push({ name, at, value: this.value(depth + 1) });
      if (!this.more("}")) return fields;
    }
  }

  private array(depth: number): JsonValue[] {
    const items: JsonValue[] = [];
    this.at++;
    this.space();
    if (this.text[this.at] === "]") {
      this.at++;
      return items;
    }
    for (;;) {
      items.push(this.value(depth + 1));
      if (!this.more("]")) return items;
    }
  }

  private more(close: string): boolean {
    this.space();
    const next = this.text[this.at];
    if (next !== "," && next !== close) throw this.unexpected();
    this.at++;
    return next === ",";
  }

  private string(): string {
    const start = this.at;
    const token = this.match(STRING);
    if (token === undefined) throw new JsonError("syntax error: invalid string", start, this.text);
    return JSON.parse(token) as string;
  }

  private word<T>(word: string, value: T): T {
    if (!this.text.startsWith(word, this.at)) throw this.unexpected();
    this.at += word.length;
    return value;
  }

  private space(): void {
    this.match(WHITE);
  }

  private match(pattern: RegExp): string | undefined {
    pattern.lastIndex = this.at;
    const found = pattern.exec(this.text)?.[0];
    if (found !== undefined) this.at += found.length;
    return found;
  }

  private unexpected(): JsonError {
    if (this.at >= this.text.length) return this.error("unexpected EOF");
    const token = /^(?:[A-Za-z0-9_+.-]+|.)/u.exec(this.text.slice(this.at, this.at + 40))?.[0] ?? "";
    return this.error(`syntax error: unexpected token ${token}`);
  }

  private error(reason: string): JsonError {
    return new JsonError(reason, this.at, this.text);
  }
}

/**
 * Cuts a stream of text into the JSON values that stand in it one after the other, as a streaming gateway call sends
 * them. What is no JSON is given out too, for `parseJson` to say so.
 * @param bytesMax longest value taken; beyond it `push` throws RangeError
 */
export class JsonSplitter {
  private buffered = "";
  private scanned = 0;
  private depth = 0;
  private inString = false;
  private escaped = false;
  constructor(private readonly bytesMax: number) {}

  push(text: string): string[] {
    const values: string[] = [];
    this.buffered += text;
    for (; this.scanned < this.buffered.length; this.scanned++) {
      const char = this.buffered[this.scanned]!;
      if (this.inString) {
        if (this.escaped) this.escaped = false;
        else if (char === "\\") this.escaped = true;
        else if (char === '"') this.inString = false;
        continue;
      }
      if (char === '"') this.inString = true;
      else if (char === "{" || char === "[") this.depth++;
      else if ((char === "}" || char === "]") && --this.depth <= 0) {
        values.push(this.buffered.slice(0, this.scanned + 1));
        this.buffered = this.buffered.slice(this.scanned + 1);
        this.scanned = -1;
        this.depth = 0;
      }
    }
    if (this.buffered.length > this.bytesMax) throw new RangeError(`JSON value longer than ${this.bytesMax}`);
    return values;
  }

  /** What is left when the stream ends; undefined where it is blank. */
  end(): string | undefined {
    const rest = this.buffered.trim();
    return rest === "" ? undefined : rest;
  }
}
