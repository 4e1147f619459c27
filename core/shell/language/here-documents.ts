/**
 * Here-documents as here-strings. The shell library's serializer puts what follows `<<EOF` on a line (a pipe, another
 * redirection) behind the document, where it means something else; a here-string stands where it is.
 */
import type { CommandNode, WordNode } from "just-bash";

type Redirection = CommandNode["redirections"][number];
type HereDocument = Extract<Redirection["target"], { type: "HereDoc" }>;
type Part = WordNode["parts"][number];

/** Rewrites all here-documents below `node`, in place. */
export function inlineHereDocuments(node: unknown): void {
  if (typeof node !== "object" || node === null) return;
  const { redirections } = node as { redirections?: Redirection[] };
  if (Array.isArray(redirections)) for (const redirection of redirections) inline(redirection);
  for (const value of Object.values(node)) {
    if (Array.isArray(value)) for (const item of value) inlineHereDocuments(item);
    else inlineHereDocuments(value);
  }
}

function inline(redirection: Redirection): void {
  if (redirection.target.type !== "HereDoc") return;
  const parts = quoted(redirection.target);
  if (parts === undefined) {
    redirection.operator = "<";
    redirection.target = { type: "Word", parts: [{ type: "Literal", value: "/dev/null" }] };
  } else {
    redirection.operator = "<<<";
    redirection.target = { type: "Word", parts };
  }
}

/** The document without its last line break, which a here-string adds; undefined when it is empty. */
function quoted(document: HereDocument): Part[] | undefined {
  const { parts } = document.content;
  if (parts.length === 0) return undefined;
  const result: Part[] = [];
  let lineStart = true;
  for (const [index, part] of parts.entries()) {
    if (part.type !== "Literal" && part.type !== "Escaped") {
      result.push({ type: "DoubleQuoted", parts: [part] });
      lineStart = false;
      continue;
    }
    let text = part.value;
    if (document.stripTabs) text = text.replace(lineStart ? /^\t+/gm : /(?<=\n)\t+/g, "");
    lineStart = text.endsWith("\n");
    if (index === parts.length - 1) text = text.replace(/\n$/, "");
    result.push(...literal(text));
  }
  return result;
}

function literal(text: string): Part[] {
  return text.split("'").flatMap((piece, at): Part[] => [...(at > 0 ? [{ type: "Escaped" as const, value: "'" }] : []), { type: "SingleQuoted", value: piece }]);
}
