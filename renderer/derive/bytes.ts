/** Keys and values travel as base64; here they become what a reader can read, and back. */

const strict = new TextDecoder("utf-8", { fatal: true });
const encoder = new TextEncoder();

export function bytesOf(base64: string): Uint8Array {
  const binary = atob(base64);
  const bytes = new Uint8Array(binary.length);
  for (let at = 0; at < binary.length; at += 1) bytes[at] = binary.charCodeAt(at);
  return bytes;
}

function base64Of(bytes: Uint8Array): string {
  let binary = "";
  for (let at = 0; at < bytes.length; at += 8192) binary += String.fromCharCode(...bytes.subarray(at, at + 8192));
  return btoa(binary);
}

export function base64OfText(text: string): string {
  return base64Of(encoder.encode(text));
}

/** Characters that no text has: all controls but tab, line feed and carriage return. */
function hasControls(text: string): boolean {
  for (let at = 0; at < text.length; at += 1) {
    const code = text.charCodeAt(at);
    if (code === 127 || (code < 32 && code !== 9 && code !== 10 && code !== 13)) return true;
  }
  return false;
}

/** The text, or null when the bytes are not UTF-8 or hold control characters other than white space. */
export function textOf(base64: string): string | null {
  try {
    const text = strict.decode(bytesOf(base64));
    return hasControls(text) ? null : text;
  } catch {
    // Not UTF-8: the caller shows bytes instead.
    return null;
  }
}

/** A key in one line: text as it is, other bytes as \xNN. */
export function printableKey(base64: string): string {
  const text = textOf(base64);
  if (text !== null && !/[\n\r\t]/.test(text)) return text;
  let out = "";
  for (const byte of bytesOf(base64)) out += byte >= 0x20 && byte < 0x7f ? String.fromCharCode(byte) : `\\x${byte.toString(16).padStart(2, "0")}`;
  return out;
}

/** Indented JSON, or null when the text is not a JSON object or list. */
export function prettyJson(text: string): string | null {
  if (!/^\s*[[{]/.test(text)) return null;
  try {
    return JSON.stringify(JSON.parse(text) as unknown, null, 2);
  } catch {
    // Not JSON: the caller shows it as text.
    return null;
  }
}

/** Offset, a row of bytes, their letters. */
export function hexDump(bytes: Uint8Array, perLine = 8): string {
  const lines: string[] = [];
  for (let at = 0; at < bytes.length; at += perLine) {
    const part = [...bytes.subarray(at, at + perLine)];
    const hex = part.map((byte) => byte.toString(16).padStart(2, "0")).join(" ");
    const letters = part.map((byte) => (byte >= 0x20 && byte < 0x7f ? String.fromCharCode(byte) : ".")).join("");
    lines.push(`${at.toString(16).padStart(4, "0")}  ${hex.padEnd(perLine * 3 - 1)}  ${letters}`);
  }
  return lines.join("\n");
}
