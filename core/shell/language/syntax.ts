/** Reading source text: is it whole, what does it say, and where does one command of a script end. */
import { parse, type ScriptNode } from "just-bash";

export type Reading =
  | { readonly kind: "whole"; readonly script: ScriptNode }
  /** more lines are needed: an open quote, block, here-document or trailing backslash */
  | { readonly kind: "open" }
  | { readonly kind: "wrong"; readonly message: string };

/**
 * A dollar sign that names nothing, where a number is to be worked out: (( )), $[ ], a substring's place, a subscript. The parser never
 * comes to an end over one (found by fuzzing), so that it must not see it.
 */
const LONE_DOLLAR = new RegExp(
  [
    String.raw`\(\((?:(?!\)\))[^\n;])*?`,
    String.raw`\$\[[^\]\n]*?`,
    String.raw`\$\{[\w@*#!]+(?:\[[^\]\n]*\])?:(?![-+=?])[^}\n]*?`,
    String.raw`\$\{\w+\[[^\]\n]*?`,
    String.raw`(?:^|[\s;&|(])[A-Za-z_]\w*\[(?=[^\]\s]*\]\+?=)[^\]\n]*?`,
  ]
    .map((start) => String.raw`${start}\$(?![\w({?!@*#$'"\x60[-])`)
    .join("|"),
  "m",
);

/** @param source text of one or more lines, without the final newline */
export function readSource(source: string): Reading {
  if (endsInBackslash(source) || /(\|\||&&|\|&?)\s*$/.test(withoutComment(source))) return { kind: "open" };
  if (LONE_DOLLAR.test(source)) return { kind: "wrong", message: 'arithmetic syntax error: operand expected (error token is "$")' };
  try {
    const script = parse(source);
    if (hasOpenHereDocument(script)) return { kind: "open" };
    for (const statement of script.statements) {
      if (statement.deferredError !== undefined) return { kind: "wrong", message: statement.deferredError.message };
    }
    return { kind: "whole", script };
  } catch (error) {
    if (!(error instanceof Error)) throw error;
    const token = (error as { token?: { type?: string; heredocTerminated?: boolean } }).token;
    // an open here-document inside an open block: the parser stops at the document
    if (token?.type === "EOF" || token?.heredocTerminated === false || /unexpected EOF|got EOF/.test(error.message)) return { kind: "open" };
    return { kind: "wrong", message: error.message.replace(/^Parse error at \d+:\d+: /, "") };
  }
}

function endsInBackslash(source: string): boolean {
  let count = 0;
  for (let at = source.length - 1; at >= 0 && source[at] === "\\"; at--) count++;
  return count % 2 === 1;
}

/** The last line, without a comment that stands at the start of a word. */
function withoutComment(source: string): string {
  const last = source.slice(source.lastIndexOf("\n") + 1);
  return /^\s*#/.test(last) ? "" : last.replace(/\s#.*$/, "");
}

function hasOpenHereDocument(node: unknown): boolean {
  if (typeof node !== "object" || node === null) return false;
  if ((node as { type?: unknown }).type === "HereDoc" && (node as { terminated?: boolean }).terminated === false) return true;
  return Object.values(node).some((value) => (Array.isArray(value) ? value.some(hasOpenHereDocument) : hasOpenHereDocument(value)));
}

/**
 * Cuts a script into whole commands, as a shell that reads line by line takes them. What is left open at the end comes
 * last, as it stands; running it tells what is missing.
 */
export function* commandsOf(script: string): Generator<string> {
  let pending = "";
  for (const line of script.replace(/\r\n/g, "\n").split("\n")) {
    pending = pending === "" ? line : `${pending}\n${line}`;
    if (pending.trim() === "") {
      pending = "";
      continue;
    }
    if (readSource(pending).kind === "open") continue;
    yield pending;
    pending = "";
  }
  if (pending.trim() !== "") yield pending;
}
