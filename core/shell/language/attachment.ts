/**
 * Which commands of a line write to the terminal and which into a pipe, a file or a `$(...)`. The shell library collects
 * all output until a line has ended; so the line's syntax tree is marked beforehand, and a command that finds no mark on
 * its way writes straight to the terminal. A mark is an assignment in front of the command, which functions hand down.
 */
import type { CommandNode, PipelineNode, ScriptNode, SimpleCommandNode, StatementNode, WordNode } from "just-bash";

/** Which of the three standard streams are the terminal. */
export interface Attachment {
  readonly out: boolean;
  readonly err: boolean;
  readonly in: boolean;
}

export const attached: Attachment = { out: true, err: true, in: true };

/** Names of the marks; their value is DETACHED. */
export const MARKS = { out: "__ql_out", err: "__ql_err", in: "__ql_in" } as const;
export const DETACHED = "0";
/** Our command in front of `exit`, which tells that the whole shell is meant to end. */
export const EXIT_NOTICE = "__ql_exit";

type Redirection = SimpleCommandNode["redirections"][number];

/** Marks `script` in place. */
export function markAttachment(script: ScriptNode): void {
  markStatements(script.statements, attached, true);
}

/** @param main whether an `exit` here ends the shell itself, and not a subshell */
function markStatements(statements: readonly StatementNode[], at: Attachment, main: boolean): void {
  for (const statement of statements) {
    const here = statement.background ? { ...at, in: false } : at;
    for (const pipeline of statement.pipelines) markPipeline(pipeline, here, main && !statement.background);
  }
}

function markPipeline(pipeline: PipelineNode, at: Attachment, main: boolean): void {
  const last = pipeline.commands.length - 1;
  const alone = main && last === 0;
  pipeline.commands.forEach((command, index) => {
    const own: Attachment = {
      in: at.in && index === 0,
      out: at.out && index === last,
      err: at.err && !(index < last && pipeline.pipeStderr?.[index] === true),
    };
    markCommand(command, own, alone);
    if (alone && isExit(command)) pipeline.commands[index] = announced(command);
  });
}

function markCommand(node: CommandNode, before: Attachment, main: boolean): void {
  const at = redirected(before, node.redirections);
  for (const redirection of node.redirections) markWordsIn(redirection.target, before);
  switch (node.type) {
    case "SimpleCommand":
      for (const assignment of node.assignments) markWordsIn(assignment, at);
      for (const word of node.args) markWordsIn(word, at);
      if (node.name !== null) {
        markWordsIn(node.name, at);
        for (const stream of ["out", "err", "in"] as const) if (!at[stream]) node.assignments.push(mark(stream));
      }
      return;
    case "FunctionDef":
      // where it writes is decided by each call
      markCommand(node.body, attached, main);
      return;
    case "If":
      for (const clause of node.clauses) {
        markStatements(clause.condition, at, main);
        markStatements(clause.body, at, main);
      }
      markStatements(node.elseBody ?? [], at, main);
      return;
    case "For":
      for (const word of node.words ?? []) markWordsIn(word, at);
      markStatements(node.body, at, main);
      return;
    case "While":
    case "Until":
      markStatements(node.condition, at, main);
      markStatements(node.body, at, main);
      return;
    case "Case":
      markWordsIn(node.word, at);
      for (const item of node.items) markStatements(item.body, at, main);
      return;
    case "Subshell":
      markStatements(node.body, at, false);
      return;
    case "Group":
    case "CStyleFor":
      markStatements(node.body, at, main);
      return;
    case "ArithmeticCommand":
    case "ConditionalCommand":
      markWordsIn(node.expression, at);
  }
}

/** Commands inside `$(...)`, backquotes and `<(...)`, wherever in a word they are. */
function markWordsIn(node: unknown, at: Attachment): void {
  if (typeof node !== "object" || node === null) return;
  const type = (node as { type?: unknown }).type;
  if (type === "CommandSubstitution" || type === "ProcessSubstitution") {
    const body = (node as { body: ScriptNode | StatementNode[] }).body;
    markStatements(Array.isArray(body) ? body : body.statements, { out: false, err: at.err, in: false }, false);
    return;
  }
  for (const value of Object.values(node)) {
    if (Array.isArray(value)) for (const item of value) markWordsIn(item, at);
    else markWordsIn(value, at);
  }
}

/** Redirections take effect from left to right, so `2>&1 >file` leaves stderr on the terminal. */
function redirected(before: Attachment, redirections: readonly Redirection[]): Attachment {
  let { out, err, in: input } = before;
  for (const { operator, fd, target } of redirections) {
    switch (operator) {
      case "<":
      case "<<":
      case "<<-":
      case "<<<":
      case "<>":
      case "<&":
        if (fd === null || fd === 0) input = false;
        break;
      case "&>":
      case "&>>":
        out = false;
        err = false;
        break;
      case ">&": {
        const to = literalText(target);
        const source = to === "1" ? out : to === "2" ? err : false;
        if (fd === 2) err = source;
        else if (fd === 1) out = source;
        else if (fd === null) {
          out = source;
          if (to !== "1" && to !== "2") err = false;
        }
        break;
      }
      default:
        if (fd === 2) err = false;
        else if (fd === null || fd === 1) out = false;
    }
  }
  return { out, err, in: input };
}

function isExit(command: CommandNode): command is SimpleCommandNode {
  return command.type === "SimpleCommand" && command.name !== null && literalText(command.name) === "exit";
}

function announced(exit: SimpleCommandNode): CommandNode {
  const notice: SimpleCommandNode = { type: "SimpleCommand", assignments: [], name: literalWord(`/bin/${EXIT_NOTICE}`), args: [], redirections: [] };
  const body = [notice, exit].map((command) => statementOf(command));
  return { type: "Group", body, redirections: [] };
}

export function statementOf(command: CommandNode): StatementNode {
  return { type: "Statement", pipelines: [{ type: "Pipeline", commands: [command], negated: false }], operators: [], background: false };
}

export function literalWord(value: string): WordNode {
  return { type: "Word", parts: [{ type: "Literal", value }] };
}

/** The text of a word that has nothing to expand; undefined otherwise. */
export function literalText(node: { readonly type: string }): string | undefined {
  if (node.type !== "Word") return undefined;
  let text = "";
  for (const part of (node as WordNode).parts) {
    if (part.type === "Literal" || part.type === "SingleQuoted" || part.type === "Escaped") text += part.value;
    else if (part.type === "DoubleQuoted" && part.parts.every((inner) => inner.type === "Literal" || inner.type === "Escaped")) {
      for (const inner of part.parts) text += (inner as { value: string }).value;
    } else return undefined;
  }
  return text;
}

function mark(stream: keyof typeof MARKS): SimpleCommandNode["assignments"][number] {
  return { type: "Assignment", name: MARKS[stream], value: literalWord(DETACHED), append: false, array: null };
}
