/** What a watcher watches, in words. Keys are base64. */
import { text } from "../text.ts";
import { bytesOf, printableKey } from "./bytes.ts";

/** One zero byte: everything from the key on. */
const OPEN_END = "AA==";

export function rangeWords(key: string, rangeEnd: string): string {
  const t = text.watching;
  if (rangeEnd === "") return printableKey(key);
  if (rangeEnd === OPEN_END) return key === OPEN_END || key === "" ? t.everything : t.onwards(printableKey(key));
  return isPrefixEnd(bytesOf(key), bytesOf(rangeEnd)) ? t.prefix(printableKey(key)) : t.range(printableKey(key), printableKey(rangeEnd));
}

/** The end that etcdctl --prefix gives: the key with its last byte one higher. */
function isPrefixEnd(key: Uint8Array, end: Uint8Array): boolean {
  if (key.length !== end.length || key.length === 0) return false;
  const last = key.length - 1;
  return end[last] === (key[last] ?? 0) + 1 && key.subarray(0, last).every((byte, at) => byte === end[at]);
}
