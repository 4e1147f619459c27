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

/** Text that is no JSON, in the words of Go's encoding/json. */
export class JsonSyntaxError extends Error {
  override readonly name = "JsonSyntaxError";
  readonly code = "json.syntax";
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

/** What a character can mean to a value that is being read; the names follow what has been seen. */
type Expecting =
  | "value"
  | "value or ]"
  | "key"
  | "key or }"
  | "end of value"
  | "string"
  | "escape"
  | "hex"
  | "digits after -"
  | "integer"
  | "zero"
  | "fraction"
  | "more fraction"
  | "exponent"
  | "exponent digits"
  | "more exponent"
  | "literal"
  | "next";

/** Where in the enclosing object or array a value stands. */
type Place = "key" | "member" | "element";

const LITERALS: Readonly<Record<string, string>> = { t: "true", f: "false", n: "null" };

/**
 * Cuts a stream of text into the JSON values that stand in it one after the other, as a streaming gateway call sends
 * them; each is given out as soon as it is whole. Refuses what is no JSON at the character, and in the words, at which
 * Go's encoding/json does: grpc-gateway hands its decoder's errors on.
 */
export class JsonCutter {
  private text = "";
  private at = 0;
  private start = 0;
  private expecting: Expecting = "next";
  private places: Place[] = [];
  private literal = "";
  private matched = 0;

  /** @param charsMax longest value taken; beyond it `push` throws RangeError */
  constructor(private readonly charsMax: number) {}

  /** @throws JsonSyntaxError; RangeError where a value is too long. What was given out before stays valid. */
  *push(text: string): Generator<string> {
    this.text += text;
    while (this.at < this.text.length) {
      const char = this.text[this.at]!;
      if (this.expecting === "next") {
        if (isSpace(char)) {
          this.at++;
          continue;
        }
        this.start = this.at;
        this.expecting = "value";
      }
      const ended = this.step(char);
      // a number is over at the first character that is not of it, which belongs to what follows
      if (ended === "before") yield this.take(this.at);
      else {
        this.at++;
        if (ended === "here") yield this.take(this.at);
      }
    }
    if (this.expecting === "next") this.cut();
    if (this.text.length - this.start > this.charsMax) throw new RangeError(`JSON value longer than ${this.charsMax}`);
  }

  /**
   * The stream is over.
   * @returns a last value that only its end has ended, such as a number; undefined where nothing is left
   * @throws JsonSyntaxError "unexpected EOF"
   */
  end(): string | undefined {
    if (this.expecting === "next") return undefined;
    const numberOver = ["zero", "integer", "more fraction", "more exponent"].includes(this.expecting);
    if (this.places.length === 0 && numberOver) return this.take(this.text.length);
    throw new JsonSyntaxError("unexpected EOF");
  }

  private take(end: number): string {
    const value = this.text.slice(this.start, end);
    this.at = end;
    this.expecting = "next";
    this.cut();
    return value;
  }

  private cut(): void {
    this.text = this.text.slice(this.at);
    this.at = 0;
    this.start = 0;
  }

  /** @returns "here": the value ends with this character; "before": it ended before it */
  private step(char: string): "here" | "before" | undefined {
    switch (this.expecting) {
      case "value or ]":
        if (isSpace(char)) return undefined;
        if (char === "]") return this.close();
        return this.begin(char);
      case "next":
      case "value":
        return isSpace(char) ? undefined : this.begin(char);
      case "key or }":
        if (isSpace(char)) return undefined;
        if (char === "}") return this.close();
        return this.key(char);
      case "key":
        return isSpace(char) ? undefined : this.key(char);
      case "end of value":
        return this.afterValue(char);
      case "string":
        if (char === '"') return this.over();
        if (char === "\\") this.expecting = "escape";
        else if (char < " ") throw this.error(char, "in string literal");
        return undefined;
      case "escape":
        if (char === "u") {
          this.expecting = "hex";
          this.matched = 0;
        } else if ('bfnrt\\/"'.includes(char)) this.expecting = "string";
        else throw this.error(char, "in string escape code");
        return undefined;
      case "hex":
        if (!/[0-9a-fA-F]/.test(char)) throw this.error(char, "in \\u hexadecimal character escape");
        if (++this.matched === 4) this.expecting = "string";
        return undefined;
      case "literal":
        if (char !== this.literal[this.matched]) throw this.error(char, `in literal ${this.literal} (expecting '${this.literal[this.matched]!}')`);
        return ++this.matched === this.literal.length ? this.over() : undefined;
      default:
        return this.number(char);
    }
  }

  private begin(char: string): undefined {
    if (char === "{") {
      this.places.push("key");
      this.expecting = "key or }";
    } else if (char === "[") {
      this.places.push("element");
      this.expecting = "value or ]";
    } else if (char === '"') this.expecting = "string";
    else if (char === "-") this.expecting = "digits after -";
    else if (char === "0") this.expecting = "zero";
    else if (isDigit(char)) this.expecting = "integer";
    else if (LITERALS[char] !== undefined) {
      this.literal = LITERALS[char];
      this.matched = 1;
      this.expecting = "literal";
    } else throw this.error(char, "looking for beginning of value");
    if (this.places.length > DEPTH_MAX) throw new JsonSyntaxError("exceeded max depth");
    return undefined;
  }

  private key(char: string): undefined {
    if (char !== '"') throw this.error(char, "looking for beginning of object key string");
    this.expecting = "string";
    return undefined;
  }

  private number(char: string): "here" | "before" | undefined {
    const digit = isDigit(char);
    switch (this.expecting) {
      case "digits after -":
        if (!digit) throw this.error(char, "in numeric literal");
        this.expecting = char === "0" ? "zero" : "integer";
        return undefined;
      case "integer":
      case "zero":
        if (digit && this.expecting === "integer") return undefined;
        if (char === ".") this.expecting = "fraction";
        else if (char === "e" || char === "E") this.expecting = "exponent";
        else return this.numberOver(char);
        return undefined;
      case "fraction":
        if (!digit) throw this.error(char, "after decimal point in numeric literal");
        this.expecting = "more fraction";
        return undefined;
      case "more fraction":
        if (digit) return undefined;
        if (char !== "e" && char !== "E") return this.numberOver(char);
        this.expecting = "exponent";
        return undefined;
      case "exponent":
        this.expecting = "exponent digits";
        if (char === "+" || char === "-") return undefined;
        return this.number(char);
      case "exponent digits":
        if (!digit) throw this.error(char, "in exponent of numeric literal");
        this.expecting = "more exponent";
        return undefined;
      default:
        return digit ? undefined : this.numberOver(char);
    }
  }

  private numberOver(char: string): "here" | "before" | undefined {
    if (this.over() === "here") return "before";
    return this.afterValue(char);
  }

  private close(): "here" | undefined {
    this.places.pop();
    return this.over();
  }

  private over(): "here" | undefined {
    this.expecting = "end of value";
    return this.places.length === 0 ? "here" : undefined;
  }

  private afterValue(char: string): "here" | undefined {
    if (isSpace(char)) return undefined;
    const { places } = this;
    const last = places.length - 1;
    switch (places[last]) {
      case "key":
        if (char !== ":") throw this.error(char, "after object key");
        places[last] = "member";
        this.expecting = "value";
        return undefined;
      case "member":
        if (char === "}") return this.close();
        if (char !== ",") throw this.error(char, "after object key:value pair");
        places[last] = "key";
        this.expecting = "key";
        return undefined;
      default:
        if (char === "]") return this.close();
        if (char !== ",") throw this.error(char, "after array element");
        this.expecting = "value";
        return undefined;
    }
  }

  private error(char: string, context: string): JsonSyntaxError {
    return new JsonSyntaxError(`invalid character ${quoted(char)} ${context}`);
  }
}

function isSpace(char: string): boolean {
  return char === " " || char === "\n" || char === "\t" || char === "\r";
}

function isDigit(char: string): boolean {
  return char >= "0" && char <= "9";
}

/** A character as Go quotes the byte it met. */
function quoted(char: string): string {
  if (char === "'") return "'\\''";
  if (char === '"') return "'\"'";
  const byte = Buffer.from(char)[0]!;
  const named: Readonly<Record<number, string>> = { 7: "\\a", 8: "\\b", 9: "\\t", 10: "\\n", 11: "\\v", 12: "\\f", 13: "\\r", 92: "\\\\" };
  if (named[byte] !== undefined) return `'${named[byte]}'`;
  if (byte < 0x20 || byte === 0x7f) return `'\\x${byte.toString(16).padStart(2, "0")}'`;
  // bytes past ASCII are taken for code points; those without a picture are written out
  if ((byte >= 0x80 && byte <= 0xa0) || byte === 0xad) return `'\\u00${byte.toString(16)}'`;
  return `'${String.fromCharCode(byte)}'`;
}
