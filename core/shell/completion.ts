/** What Tab offers: commands, their subcommands and flags, hosts, services, files and keys. */
import { ownCommands } from "./commands/index.ts";
import type { Completion } from "./editor/line-editor.ts";
import type { ShellSession } from "./shell-session.ts";
import { libraryCommands } from "./language/interpreter.ts";
import { COMMAND_WORDS, FLAG_WORDS } from "./completion-words.ts";
import type { ShellWorld } from "./world.ts";

const BUILTINS = "cd export unset source alias unalias exit set shopt declare local read type pushd popd dirs test eval exec return".split(" ");
const KEYS_MAX = 100;

/** Commands whose arguments are keys. */
const KEY_COMMANDS = new Set(["get", "put", "del", "watch", "set", "update", "rm", "ls", "mk"]);

export class Completer {
  constructor(
    private readonly world: ShellWorld,
    private readonly session: ShellSession,
  ) {}

  /** @param before the text up to the cursor */
  async complete(before: string): Promise<Completion> {
    const words = wordsBefore(before);
    const typed = words.pop() ?? "";
    const candidates = await this.candidates(words, typed);
    const unique = [...new Set(candidates)].filter((candidate) => candidate.startsWith(typed)).sort();
    return { replaced: [...typed].length, candidates: unique };
  }

  private async candidates(words: readonly string[], typed: string): Promise<readonly string[]> {
    const command = words.filter((word) => !/^[A-Za-z_]\w*=/.test(word)).map((word) => word.split("/").at(-1)!);
    if (command[0] === "sudo") command.shift();
    const name = command[0];
    if (typed.startsWith("$")) return (this.session.state?.variableNames ?? []).map((variable) => `$${variable} `);
    if (name === undefined) return typed.includes("/") ? this.files(typed) : [...this.commands(), ...(await this.files(typed))];
    const special = await this.argument(name, command.slice(1), typed);
    return special ?? this.files(typed);
  }

  /** Undefined: files. */
  private async argument(name: string, args: readonly string[], typed: string): Promise<readonly string[] | undefined> {
    const hosts = this.world.hostNames().map((host) => `${host} `);
    const units = (): string[] => this.session.host.services.list().map((unit) => `${unit.name.replace(/\.service$/, "")} `);
    const positional = args.filter((arg) => !arg.startsWith("-"));
    switch (name) {
      case "ssh":
        return positional.length === 0 ? hosts : undefined;
      case "fault":
        if (positional.length === 0) return COMMAND_WORDS.fault!.map((word) => `${word} `);
        return positional[0] === "undo" ? this.world.faults.list().map((fault) => `${fault.id} `) : hosts;
      case "systemctl":
        return positional.length === 0 ? [...COMMAND_WORDS.systemctl!, "--now"].map((word) => `${word} `) : units();
      case "service":
        return positional.length === 0 ? units() : ["start ", "stop ", "restart ", "status "];
      case "journalctl":
        return args.at(-1) === "-u" || args.at(-1) === "--unit" ? units() : FLAG_WORDS.journalctl!.map((word) => `${word} `);
      case "kubectl":
        if (positional.length === 0) return ["exec "];
        return positional.length === 1 ? this.world.hostNames().map((host) => `etcd-${host} `) : undefined;
      case "etcdctl":
      case "etcdutl":
        return this.etcdctl(name, positional, typed);
      default:
        return undefined;
    }
  }

  private async etcdctl(name: "etcdctl" | "etcdutl", positional: readonly string[], typed: string): Promise<readonly string[] | undefined> {
    if (typed.startsWith("-")) return FLAG_WORDS[name]!.map((word) => (word.endsWith("=") ? word : `${word} `));
    const group = positional[0];
    if (group === undefined) return COMMAND_WORDS[name]!.map((word) => `${word} `);
    const inner = COMMAND_WORDS[`${name} ${group}`];
    if (inner !== undefined && positional.length === 1) return inner.map((word) => `${word} `);
    if (!KEY_COMMANDS.has(group) || positional.length > 2) return undefined;
    const keys = await this.world.keys.under(typed, KEYS_MAX).catch(() => []);
    // keys that need quotes are left to the user
    return keys.filter((key) => /^[\w@%+=:,./-]+$/.test(key)).map((key) => `${key} `);
  }

  private commands(): string[] {
    const state = this.session.state;
    return [...libraryCommands(), ...ownCommands.keys(), ...BUILTINS, ...(state?.functionNames ?? []), ...(state?.aliasNames ?? [])].map((name) => `${name} `);
  }

  private async files(typed: string): Promise<readonly string[]> {
    const fs = this.session.fileSystem;
    const slash = typed.lastIndexOf("/");
    const folder = slash < 0 ? "" : typed.slice(0, slash + 1);
    const home = folder.startsWith("~/") ? `/root${folder.slice(1)}` : folder;
    const start = typed.slice(slash + 1);
    const path = fs.resolvePath(this.session.state?.cwd ?? "/", home === "" ? "." : home);
    const names = await fs.readdir(path).catch((): string[] => []);
    const found: string[] = [];
    for (const name of names) {
      if (!name.startsWith(start) || (name.startsWith(".") && !start.startsWith("."))) continue;
      const info = await fs.stat(fs.resolvePath(path, name)).catch(() => undefined);
      const escaped = name.replace(/[\s'"\\$&|;<>()*?#]/g, "\\$&");
      found.push(`${folder}${escaped}${info?.isDirectory === true ? "/" : " "}`);
    }
    return found;
  }
}

/** Words of the simple command that the cursor is in; the last is the one being typed. */
function wordsBefore(text: string): string[] {
  const words: string[] = [];
  let word = "";
  let quote = "";
  for (let at = 0; at < text.length; at++) {
    const char = text[at]!;
    if (quote !== "") {
      word += char;
      if (char === quote) quote = "";
    } else if (char === "\\" && at + 1 < text.length) word += char + text[++at]!;
    else if (char === '"' || char === "'") {
      quote = char;
      word += char;
    } else if (/[|&;(\n]/.test(char)) {
      words.length = 0;
      word = "";
    } else if (/\s/.test(char)) {
      if (word !== "") words.push(word);
      word = "";
    } else if (char === ">" || char === "<") {
      words.push(char);
      word = "";
    } else word += char;
  }
  words.push(word);
  return words;
}
