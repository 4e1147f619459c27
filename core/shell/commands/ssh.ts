/** ssh between the hosts of a lab: `ssh m2` until `exit`, or `ssh m2 command`. There is nobody to ask for a password. */
import { quote } from "../language/shell-state.ts";
import type { ShellCommand } from "./command.ts";
import { readOptions } from "./options.ts";
import { terminalOf } from "./streams.ts";

const OPTIONS = {
  valued: { "-p": [], "-i": [], "-o": [], "-l": [], "-F": [] },
  plain: { "-t": [], "-T": [], "-q": [], "-A": [], "-v": [], "-n": [] },
} as const;

export const ssh: ShellCommand = (io, shell) => {
  const options = readOptions(io.argv, OPTIONS, 1);
  const [target, ...words] = options.words;
  if (target === undefined || options.unknown !== undefined) {
    io.stderr.write("usage: ssh [user@]host [command [argument ...]]\n");
    return Promise.resolve(255);
  }
  const name = target.slice(target.lastIndexOf("@") + 1);
  const host = shell.world.host(name);
  if (host === undefined) {
    io.stderr.write(`ssh: Could not resolve hostname ${name}: Name or service not known\n`);
    return Promise.resolve(255);
  }
  const command = words[0] === "--" ? words.slice(1) : words;
  if (command.length > 0) return shell.runOn(host, command.join(" "), terminalOf(io), io.signal);
  if (!io.stdinIsTerminal && shell.interactive) {
    io.stderr.write(`ssh: no terminal to open a shell with; give a command: ssh ${quote(name)} COMMAND\n`);
    return Promise.resolve(255);
  }
  shell.enter(host);
  return Promise.resolve(0);
};
