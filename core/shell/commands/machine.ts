/** What one asks a machine about itself: hostname, whoami, uptime, ip, ss, clear, history, sudo. */
import { quote } from "../language/shell-state.ts";
import type { ShellCommand } from "./command.ts";

const say = (make: (shell: Parameters<ShellCommand>[1]) => string): ShellCommand => (io, shell) => {
  io.stdout.write(make(shell));
  return Promise.resolve(0);
};

const history: ShellCommand = (io, shell) => {
  if (io.argv[0] === "-c") {
    shell.clearHistory();
    return Promise.resolve(0);
  }
  const all = shell.history();
  const count = io.argv[0] === undefined ? all.length : Number(io.argv[0]);
  if (!Number.isInteger(count) || count < 0) {
    io.stderr.write(`bash: history: ${io.argv[0]}: numeric argument required\n`);
    return Promise.resolve(1);
  }
  const first = Math.max(0, all.length - count);
  io.stdout.write(all.slice(first).map((line, index) => `${String(first + index + 1).padStart(5)}  ${line}\n`).join(""));
  return Promise.resolve(0);
};

const sudo: ShellCommand = (io, shell) => {
  const words = [...io.argv];
  while (words[0]?.startsWith("-")) {
    const flag = words.shift()!;
    if (flag === "-u" || flag === "-g") words.shift();
  }
  if (words.length === 0) {
    io.stderr.write("usage: sudo command\n");
    return Promise.resolve(1);
  }
  const env: Record<string, string> = {};
  while (/^[A-Za-z_]\w*=/.test(words[0] ?? "")) {
    const word = words.shift()!;
    env[word.slice(0, word.indexOf("="))] = word.slice(word.indexOf("=") + 1);
  }
  return shell.runLine(words.map(quote).join(" "), io, env);
};

const ip: ShellCommand = (io, shell) => {
  if (!/^a/.test(io.argv.find((word) => !word.startsWith("-")) ?? "")) {
    io.stderr.write("ip: only `ip addr` is here\n");
    return Promise.resolve(1);
  }
  io.stdout.write(
    `1: lo: <LOOPBACK,UP,LOWER_UP> mtu 65536 state UNKNOWN\n    inet 127.0.0.1/8 scope host lo\n` +
      `2: eth0: <BROADCAST,UP,LOWER_UP> mtu 1500 state UP\n    inet ${shell.host.address}/8 scope global eth0\n`,
  );
  return Promise.resolve(0);
};

const ss: ShellCommand = (io, shell) => {
  io.stdout.write("State   Local Address:Port    Process\n");
  const etcd = shell.host.processes().find((row) => /(^|\/)etcd( |$)/.test(row.command));
  if (etcd !== undefined) {
    for (const port of [2379, 2380]) io.stdout.write(`LISTEN  ${`${shell.host.address}:${port}`.padEnd(21)} users:(("etcd",pid=${etcd.pid}))\n`);
  }
  return Promise.resolve(0);
};

const editor = (name: string): ShellCommand => (io, shell) => {
  io.stderr.write(`bash: ${name}: command not found\n`);
  shell.remark("there is no editor here; sed -i 's/old/new/' FILE changes a file, cat > FILE writes one (Ctrl-D ends it)");
  return Promise.resolve(127);
};

export const machineCommands: readonly (readonly [string, ShellCommand])[] = [
  ["hostname", (io, shell) => say((its) => `${io.argv.includes("-i") || io.argv.includes("-I") ? its.host.address : its.host.name}\n`)(io, shell)],
  ["whoami", say(() => "root\n")],
  ["id", say(() => "uid=0(root) gid=0(root) groups=0(root)\n")],
  ["clear", say(() => "\x1b[H\x1b[2J\x1b[3J")],
  ["history", history],
  ["sudo", sudo],
  ...["vi", "vim", "nano"].map((name) => [name, editor(name)] as const),
  ["ip", ip],
  ["ss", ss],
];
