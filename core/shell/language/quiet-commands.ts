/**
 * Whether a pipeline can change nothing of the shell but `$?`. Most lines at a terminal are of this kind, and then the
 * state need not be carried out of the shell library.
 */
import { type CommandNode, getCommandNames, type PipelineNode, type WordNode } from "just-bash";
import { literalText } from "./attachment.ts";

const LOUD = new Set(["alias", "unalias"]);
let quietNames: ReadonlySet<string> | undefined;

/** Asked for late: the library is loaded by its first use. */
function quietLibrary(): ReadonlySet<string> {
  return (quietNames ??= new Set(getCommandNames().filter((name) => !LOUD.has(name))));
}

/**
 * @param own names of our own commands
 * @param shadowed functions and aliases: their names mean something else
 */
export function changesNothing(pipeline: PipelineNode, own: ReadonlyMap<string, unknown>, shadowed: readonly string[]): boolean {
  return pipeline.commands.every((command) => isQuiet(command, own, shadowed));
}

function isQuiet(command: CommandNode, own: ReadonlyMap<string, unknown>, shadowed: readonly string[]): boolean {
  if (command.type !== "SimpleCommand" || command.name === null) return false;
  const name = literalText(command.name);
  if (name === undefined || shadowed.includes(name) || !(own.has(name) || quietLibrary().has(name))) return false;
  const assigned = command.assignments.every(({ value, array }) => array === null && (value === null || isQuietWord(value)));
  const redirected = command.redirections.every(({ target, fdVariable }) => fdVariable === undefined && target.type === "Word" && isQuietWord(target));
  return assigned && redirected && command.args.every(isQuietWord) && !(name === "printf" && command.args.length > 0 && literalText(command.args[0]!) === "-v");
}

/** Expansions such as ${x:=1} and $((x++)) assign. */
function isQuietWord(word: WordNode): boolean {
  return word.parts.every(isQuietPart);
}

function isQuietPart(part: WordNode["parts"][number]): boolean {
  switch (part.type) {
    case "Literal":
    case "SingleQuoted":
    case "Escaped":
    case "Glob":
    case "TildeExpansion":
    case "CommandSubstitution":
      return true;
    case "DoubleQuoted":
      return part.parts.every(isQuietPart);
    case "ParameterExpansion":
      return part.operation === null;
    default:
      return false;
  }
}
