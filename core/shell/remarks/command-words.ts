/** Between the shell library's syntax tree and the plain words that rules read. */
import type { SimpleCommandNode, WordNode } from "just-bash";
import { literalText, literalWord } from "../language/attachment.ts";

const OPAQUE = "\0";

/** The command's words; what is to be expanded is opaque. */
export function wordsOf(command: SimpleCommandNode): string[] {
  return nodesOf(command).map((node, at) => textOf(node) ?? `${OPAQUE}${at}`);
}

/** Assignments in front of the command whose values are plain. */
export function assignmentsOf(command: SimpleCommandNode): Record<string, string> {
  const env: Record<string, string> = {};
  for (const { name, value } of command.assignments) {
    const text = value === null ? "" : textOf(value);
    if (text !== undefined) env[name] = text;
  }
  return env;
}

/** Puts other words in place of the command's, in place. Words that stayed keep their node, so globs stay globs. */
export function replaceWords(command: SimpleCommandNode, words: readonly string[], env: Readonly<Record<string, string>>): void {
  const nodes = nodesOf(command);
  const before = wordsOf(command);
  const after = words.map((word) => nodes[before.indexOf(word)] ?? literal(word));
  command.name = after[0] ?? null;
  command.args = after.slice(1);
  for (const [name, value] of Object.entries(env)) {
    command.assignments.push({ type: "Assignment", name, value: literalWord(value), append: false, array: null });
  }
}

function nodesOf(command: SimpleCommandNode): WordNode[] {
  return command.name === null ? [] : [command.name, ...command.args];
}

function literal(text: string): WordNode {
  return { type: "Word", parts: [{ type: "SingleQuoted", value: text }] };
}

/** As literalText, but a pattern counts as the text it is written with: `**snapshot` is a word here. */
function textOf(node: WordNode): string | undefined {
  const plain = node.parts.map((part) => (part.type === "Glob" ? { type: "Literal" as const, value: part.pattern } : part));
  return literalText({ ...node, parts: plain } as WordNode);
}
