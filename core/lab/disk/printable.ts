/** Bytes as a line that can be read: text as it is, other bytes as \xNN; not endless. */
const CHARS_MAX = 200;

export function printable(bytes: Buffer, most = CHARS_MAX): string {
  const shown = bytes.subarray(0, most);
  const text = shown.toString("utf8");
  const more = bytes.length > most ? "…" : "";
  if (!/[\u0000-\u001f\u007f\ufffd]/.test(text)) return text + more;
  let out = "";
  for (const byte of shown) out += byte >= 0x20 && byte < 0x7f ? String.fromCharCode(byte) : `\\x${byte.toString(16).padStart(2, "0")}`;
  return out + more;
}
