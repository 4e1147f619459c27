/** Function definitions of a line, as source that defines them again. */
import { type CommandNode, type ScriptNode, serialize } from "just-bash";
import { statementOf } from "./attachment.ts";

/** Source by name; of two definitions of one name the later. Call it when marks are set: they stay with the function. */
export function collectFunctions(script: ScriptNode): ReadonlyMap<string, string> {
  const found = new Map<string, string>();
  visit(script, found);
  return found;
}

function visit(node: unknown, found: Map<string, string>): void {
  if (typeof node !== "object" || node === null) return;
  if ((node as { type?: unknown }).type === "FunctionDef") {
    const definition = node as Extract<CommandNode, { type: "FunctionDef" }>;
    found.set(definition.name, serialize({ type: "Script", statements: [statementOf(definition)] }));
  }
  for (const value of Object.values(node)) {
    if (Array.isArray(value)) for (const item of value) visit(item, found);
    else visit(value, found);
  }
}
