/**
 * Data-driven test files (the format of cockroachdb/datadriven): a directive line, input up to `----`, then the expected output up to
 * a blank line or the end. Two `----` lines in a row start an output that may hold blank lines and ends at another such pair.
 */

export interface Argument {
  readonly key: string;
  /** Empty for a bare word. */
  readonly values: readonly string[];
}

export interface Case {
  readonly file: string;
  /** Line of the directive, from 1. */
  readonly line: number;
  readonly directive: string;
  readonly command: string;
  readonly args: readonly Argument[];
  readonly input: string;
  /** As it stands in the file, each line ended by a newline. */
  readonly expected: string;
}

/** @throws Error naming file and line where the text is not in the format */
export function parseCases(file: string, text: string): Case[] {
  const lines = text.split("\n");
  if (lines.at(-1) === "") lines.pop();
  const cases: Case[] = [];
  let at = 0;
  while (at < lines.length) {
    const line = at + 1;
    let directive = lines[at++]!.trim();
    if (directive === "" || directive.startsWith("#")) continue;
    while (directive.endsWith("\\")) directive = `${directive.slice(0, -1).trimEnd()} ${(lines[at++] ?? "").trim()}`;
    const where = `${file}:${line}`;
    const { command, args } = parseDirective(directive, where);

    const input: string[] = [];
    while (at < lines.length && lines[at] !== "----") input.push(lines[at++]!);
    if (at === lines.length) throw new Error(`${where}: no ---- after the directive`);
    at++;

    const expected: string[] = [];
    if (lines[at] === "----") {
      at++;
      while (lines[at] !== "----" || lines[at + 1] !== "----") {
        if (at >= lines.length) throw new Error(`${where}: output is not closed by a pair of ----`);
        expected.push(lines[at++]!);
      }
      at += 2;
    } else {
      while (at < lines.length && lines[at]!.trim() !== "") expected.push(lines[at++]!);
    }
    cases.push({
      file,
      line,
      directive,
      command,
      args,
      input: input.join("\n").trim(),
      expected: expected.map((row) => `${row}\n`).join(""),
    });
  }
  return cases;
}

/** `command key key=value key=(a, b)`. */
function parseDirective(directive: string, where: string): { command: string; args: Argument[] } {
  const words = directive.match(/[^\s=(]+(=(\([^)]*\)|\S+)?)?/g) ?? [];
  if (words.join("").replace(/\s/g, "") !== directive.replace(/\s/g, "")) throw new Error(`${where}: cannot read ${directive}`);
  const [command, ...rest] = words;
  const args = rest.map((word) => {
    const split = word.indexOf("=");
    if (split < 0) return { key: word, values: [] };
    const value = word.slice(split + 1);
    const inner = value.startsWith("(") ? value.slice(1, -1) : undefined;
    const values = inner === undefined ? [value] : inner.split(/[\s,]+/).filter((part) => part !== "");
    return { key: word.slice(0, split), values };
  });
  return { command: command!, args };
}
