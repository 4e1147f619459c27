/** `completion bash|zsh|fish|powershell`: a script that completes commands, sub-commands and flags from the command tree. */
import { type Command, Exit, commandName, exactlyOne } from "./command.ts";

const SHELLS = ["bash", "zsh", "fish", "powershell"] as const;
type Shell = (typeof SHELLS)[number];

interface Place {
  /** " member add"; "" at the root: the words so far, each after a space */
  readonly way: string;
  /** what may come here, with a word about it */
  readonly offers: readonly (readonly [string, string])[];
}

function placesOf(root: Command): Place[] {
  const places: Place[] = [];
  const visit = (path: readonly Command[]): void => {
    const command = path[path.length - 1]!;
    const children = (command.commands ?? []).filter((child) => child.hidden !== true);
    const flags = [...(command.flags ?? []), ...path.flatMap((one) => one.inherited ?? [])].filter((flag) => flag.hidden !== true);
    places.push({
      way: path.slice(1).map((one) => ` ${commandName(one)}`).join(""),
      offers: [...children.map((child) => [commandName(child), child.short] as const), ...flags.map((flag) => [`--${flag.name}`, flag.usage] as const)],
    });
    for (const child of children) visit([...path, child]);
  };
  visit([root]);
  return places;
}

const quoted = (text: string): string => `'${text.replaceAll("'", "'\\''")}'`;

/** A `case` over the ways, for the shells that have Bourne's syntax. */
function cases(places: readonly Place[], name: string): string {
  const ways = places.filter(({ way }) => way !== "").map(({ way }) => quoted(way));
  const words = places.map(({ way, offers }) => `    ${quoted(way)}) words=${quoted(offers.map(([word]) => word).join(" "))} ;;\n`).join("");
  return `  case "$way $word" in\n    ${ways.join("|")}) way="$way $word" ;;\n    esac\n  done\n  # what ${name} takes there\n  case "$way" in\n${words}  esac\n`;
}

function bash(name: string, places: readonly Place[]): string {
  return (
    `# bash completion for ${name}\n_${name}() {\n  local current="\${COMP_WORDS[COMP_CWORD]}" way="" words="" word\n  COMPREPLY=()\n` +
    `  for word in "\${COMP_WORDS[@]:1:COMP_CWORD-1}"; do\n  ${cases(places, name)}` +
    `  mapfile -t COMPREPLY < <(compgen -W "$words" -- "$current")\n}\ncomplete -o bashdefault -o default -F _${name} ${name}\n`
  );
}

function zsh(name: string, places: readonly Place[]): string {
  return (
    `#compdef ${name}\n# zsh completion for ${name}\n_${name}() {\n  local way="" words="" word\n  local -a typed\n` +
    `  typed=("\${(@)\${(z)LBUFFER}}")\n  for word in "\${(@)typed[2,-1]}"; do\n  ${cases(places, name)}` +
    `  compadd -- \${=words}\n}\ncompdef _${name} ${name}\n`
  );
}

function fish(name: string, places: readonly Place[]): string {
  const known = places.filter(({ way }) => way !== "").map(({ way }) => quoted(way));
  const lines = places.flatMap(({ way, offers }) =>
    offers.map(([word, about]) => {
      const what = word.startsWith("--") ? `-l ${word.slice(2)}` : `-a ${word}`;
      return `complete -c ${name} -n ${quoted(`test "$(__${name}_way)" = "${way}"`)} ${what} -d ${quoted(about)}\n`;
    }),
  );
  return (
    `# fish completion for ${name}\nfunction __${name}_way\n  set -l way ""\n  for word in (commandline -opc)[2..-1]\n    switch "$way $word"\n      case ${known.join(" ")}\n` +
    `        set way "$way $word"\n    end\n  end\n  echo -n -- "$way"\nend\n${lines.join("")}`
  );
}

function powershell(name: string, places: readonly Place[]): string {
  const text = (value: string): string => `'${value.replaceAll("'", "''")}'`;
  const table = places.map(({ way, offers }) => `    ${text(way)} = @(${offers.map(([word, about]) => `@(${text(word)}, ${text(about)})`).join(", ")})\n`).join("");
  return (
    `# PowerShell completion for ${name}\nRegister-ArgumentCompleter -Native -CommandName ${name} -ScriptBlock {\n  param($current, $ast, $position)\n  $offers = @{\n${table}  }\n` +
    `  $way = ''\n  foreach ($element in $ast.CommandElements | Select-Object -Skip 1) {\n    $next = "$way $element"\n    if ($offers.ContainsKey($next)) { $way = $next }\n  }\n` +
    `  $offers[$way] | Where-Object { $_[0] -like "$current*" } | ForEach-Object {\n    [System.Management.Automation.CompletionResult]::new($_[0], $_[0], 'ParameterValue', $_[1])\n  }\n}\n`
  );
}

const writers: Readonly<Record<Shell, (name: string, places: readonly Place[]) => string>> = { bash, zsh, fish, powershell };

const isShell = (word: string): word is Shell => (SHELLS as readonly string[]).includes(word);

/** @param root the tree that the script completes; asked when it runs, since the command stands in it */
export function completionCommand(root: () => Command): Command {
  const name = (): string => commandName(root());
  return {
    use: `completion [${SHELLS.join("|")}]`,
    short: "Generate completion script",
    get long() {
      const program = name();
      return (
        `Writes a script that completes commands and flags as they are typed.\n\n` +
        `bash, for this session or for all:\n  source <(${program} completion bash)\n  ${program} completion bash > /etc/bash_completion.d/${program}\n\n` +
        `zsh, where completion is on (autoload -U compinit; compinit):\n  ${program} completion zsh > "\${fpath[1]}/_${program}"\n\n` +
        `fish:\n  ${program} completion fish > ~/.config/fish/completions/${program}.fish\n\n` +
        `PowerShell:\n  ${program} completion powershell | Out-String | Invoke-Expression`
      );
    },
    plainUse: true,
    refuses: (args) => exactlyOne(args) ?? (isShell(args[0]!) ? undefined : `invalid argument ${JSON.stringify(args[0])} for "${name()} completion"`),
    run(flags, io) {
      const shell = flags.args[0]!;
      if (isShell(shell)) io.stdout.write(writers[shell](name(), placesOf(root())));
      return Promise.resolve(Exit.Success);
    },
  };
}
