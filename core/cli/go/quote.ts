/** Go's string literals: `%q` and strconv.Unquote, over bytes. */

const SHORT: Readonly<Record<number, string>> = { 7: "\\a", 8: "\\b", 9: "\\t", 10: "\\n", 11: "\\v", 12: "\\f", 13: "\\r", 34: '\\"', 92: "\\\\" };
const PRINTABLE = /^[\p{L}\p{M}\p{N}\p{P}\p{S} ]$/u;

/** `%q`: a double-quoted Go string literal; bytes that are not UTF-8 become \x escapes. */
export function goQuote(value: Uint8Array | string): string {
  const bytes = typeof value === "string" ? Buffer.from(value) : Buffer.from(value.buffer, value.byteOffset, value.byteLength);
  let out = '"';
  for (let index = 0; index < bytes.length; ) {
    const byte = bytes[index]!;
    if (byte < 128) {
      out += SHORT[byte] ?? (byte >= 32 && byte < 127 ? String.fromCharCode(byte) : `\\x${byte.toString(16).padStart(2, "0")}`);
      index++;
      continue;
    }
    const length = byte >= 0xf0 ? 4 : byte >= 0xe0 ? 3 : byte >= 0xc2 ? 2 : 1;
    const piece = bytes.subarray(index, index + length);
    const text = piece.toString("utf8");
    if (length === 1 || text.includes("\ufffd")) {
      out += `\\x${byte.toString(16).padStart(2, "0")}`;
      index++;
      continue;
    }
    const point = text.codePointAt(0)!;
    out += PRINTABLE.test(text) && point !== 0xa0 ? text : point > 0xffff ? `\\U${point.toString(16).padStart(8, "0")}` : `\\u${point.toString(16).padStart(4, "0")}`;
    index += length;
  }
  return `${out}"`;
}

const ESCAPES: Readonly<Record<string, number>> = { a: 7, b: 8, f: 12, n: 10, r: 13, t: 9, v: 11, "\\": 92, "'": 39, '"': 34 };

/** strconv.Unquote for "..." and `...` literals. @throws Error "invalid syntax" */
export function goUnquote(literal: string): Buffer {
  const quote = literal[0];
  if (literal.length < 2 || literal[literal.length - 1] !== quote || (quote !== '"' && quote !== "`")) throw new Error("invalid syntax");
  const inner = literal.slice(1, -1);
  if (quote === "`") {
    if (inner.includes("`")) throw new Error("invalid syntax");
    return Buffer.from(inner.replaceAll("\r", ""));
  }
  const parts: Buffer[] = [];
  for (let index = 0; index < inner.length; ) {
    const char = inner[index]!;
    if (char === '"' || char === "\n") throw new Error("invalid syntax");
    if (char !== "\\") {
      const point = String.fromCodePoint(inner.codePointAt(index)!);
      parts.push(Buffer.from(point));
      index += point.length;
      continue;
    }
    const escape = inner[index + 1] ?? "";
    const simple = escape === "'" ? undefined : ESCAPES[escape];
    if (simple !== undefined) {
      parts.push(Buffer.from([simple]));
      index += 2;
      continue;
    }
    const octal = /^[0-7]{3}/.exec(inner.slice(index + 1));
    const hex = /^(?:x[0-9a-fA-F]{2}|u[0-9a-fA-F]{4}|U[0-9a-fA-F]{8})/.exec(inner.slice(index + 1));
    if (octal !== null && parseInt(octal[0], 8) < 256) {
      parts.push(Buffer.from([parseInt(octal[0], 8)]));
      index += 4;
    } else if (hex !== null) {
      const value = parseInt(hex[0].slice(1), 16);
      if (value > 0x10ffff) throw new Error("invalid syntax");
      parts.push(hex[0].startsWith("x") ? Buffer.from([value]) : Buffer.from(String.fromCodePoint(value)));
      index += 1 + hex[0].length;
    } else throw new Error("invalid syntax");
  }
  return Buffer.concat(parts);
}
