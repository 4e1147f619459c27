/**
 * What a shell remembers from one line to the next: folder, variables, functions, aliases, options, the last exit code.
 * The shell library starts each line afresh, so the state is kept as shell text that is put in front of the next line.
 */

/** Our command at the end of each line; its arguments carry the state out. */
export const KEEP = "__ql_keep";

/** Shell text whose words are the arguments of KEEP, in the order that `ShellState.keep` takes them. */
export const KEEP_CALL = `/bin/${KEEP} "$?" "$(declare -p)" "$(declare -F)" "$(__ql_out=0 __ql_err=0 alias)" "$(shopt -p)" "$(set +o)" "$@"`;

/** The same for a line that changes nothing else. */
export const KEEP_STATUS_CALL = `/bin/${KEEP} "$?"`;

/** Variables that the shell library makes by itself or that stand for the place, which is handed over otherwise. */
const OWN_VARIABLES = /^(\W.*|\d+|_|PWD|OLDPWD|SHELLOPTS|BASHOPTS|BASH_.*|FUNCNAME|PIPESTATUS|LINENO|SECONDS|RANDOM|UID|EUID|PPID|__ql_.*)$/;

export interface ShellPlace {
  readonly cwd: string;
  readonly previousCwd: string;
}

export class ShellState {
  status = 0;
  cwd: string;
  previousCwd: string;
  private declarations: string[];
  /** source by name */
  private functions = new Map<string, string>();
  private aliases: string[] = [];
  /** $1, $2, ... */
  private positional: readonly string[] = [];
  private options: string[] = ["shopt -s expand_aliases"];
  errexit = false;
  /** set when a line ended the shell: `exit`, or a failure under `set -e` */
  ended = false;

  constructor(cwd: string, env: Readonly<Record<string, string>>) {
    this.cwd = cwd;
    this.previousCwd = cwd;
    this.declarations = Object.entries(env).map(([name, value]) => `declare -x ${name}=${quote(value)}`);
  }

  get functionNames(): string[] {
    return [...this.functions.keys()];
  }
  get aliasNames(): string[] {
    return this.aliases.map((line) => /^alias ([^=]+)=/.exec(line)?.[1] ?? "").filter((name) => name !== "");
  }
  get variableNames(): string[] {
    return this.declarations.map((line) => /^declare \S+ ([A-Za-z_]\w*)/.exec(line)?.[1] ?? "").filter((name) => name !== "");
  }

  /** An exported variable's value, where it is plain text. */
  exported(name: string): string | undefined {
    const line = this.declarations.find((one) => one.startsWith(`declare -x ${name}=`));
    return line === undefined ? undefined : /^declare -x \w+=["']?([^"'$`\\]*)["']?$/.exec(line)?.[1];
  }

  /** A copy that goes its own way, for a background job. */
  fork(): ShellState {
    const copy = new ShellState(this.cwd, {});
    copy.status = this.status;
    copy.previousCwd = this.previousCwd;
    copy.declarations = this.declarations;
    copy.functions = new Map(this.functions);
    copy.aliases = this.aliases;
    copy.positional = this.positional;
    copy.options = this.options;
    copy.errexit = this.errexit;
    return copy;
  }

  /** Shell text that brings this state about. */
  prologue(): string {
    const status = this.errexit || this.status === 0 ? [] : [`(exit ${this.status})`];
    const positional = this.positional.length === 0 ? [] : [`set -- ${this.positional.map(quote).join(" ")}`];
    return [...this.functions.values(), ...this.declarations, ...this.aliases, ...positional, ...this.options, ...status].join("\n");
  }

  /**
   * Takes over what a line left behind.
   * @param args arguments of KEEP; of KEEP_STATUS_CALL there is only the exit code
   * @param defined functions that the line may have defined, source by name
   */
  keep(args: readonly string[], place: ShellPlace, defined: ReadonlyMap<string, string>): void {
    const [status = "0", declared = "", named = "", aliases = "", shopts = "", sets = "", ...positional] = args;
    this.status = Number(status);
    if (args.length === 1) return;
    this.cwd = place.cwd;
    this.previousCwd = place.previousCwd;
    this.positional = positional;
    this.declarations = lines(declared)
      .filter((line) => !OWN_VARIABLES.test(/^declare \S+ ([^\s=]+)/.exec(line)?.[1] ?? ""))
      .map(declaredApart);
    for (const [name, source] of defined) this.functions.set(name, source);
    const names = new Set(lines(named).map((line) => line.replace(/^declare -\S+ /, "")));
    for (const name of this.functions.keys()) if (!names.has(name)) this.functions.delete(name);
    this.aliases = lines(aliases).filter((line) => line.startsWith("alias "));
    const settings = lines(sets);
    this.errexit = settings.includes("set -o errexit");
    this.options = [...lines(shopts).filter((line) => line.startsWith("shopt -s ")), ...settings.filter((line) => line.startsWith("set -o "))].filter(
      (line) => !/ (braceexpand|hashall|interactive-comments|globskipdots)$/.test(line),
    );
  }
}

/** The library splits quoted elements when an array is declared and filled at once; one after the other it does not. */
function declaredApart(line: string): string {
  const match = /^declare -(\S*[aA]\S*) ([A-Za-z_]\w*)=(\(.*\))$/.exec(line);
  if (match === null) return line;
  const [, flags = "", name, elements] = match;
  const readonly = flags.includes("r") ? [`readonly ${name}`] : [];
  return [`declare -${flags.replace("r", "")} ${name}`, `${name}=${elements}`, ...readonly].join("\n");
}

function lines(text: string): string[] {
  return text.split("\n").filter((line) => line !== "");
}

/** A word that the shell reads back as exactly `text`. */
export function quote(text: string): string {
  return /^[A-Za-z0-9_@%+=:,./-]+$/.test(text) ? text : `'${text.replaceAll("'", "'\\''")}'`;
}
