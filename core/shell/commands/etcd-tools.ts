/** etcd, etcdctl and etcdutl as commands of a host: the same programs as in dist/bin, with the host's names and paths. */
import type { ShellCommand } from "./command.ts";

function program(name: string): ShellCommand {
  return (io, shell) => {
    const run = shell.world.programs[name];
    if (run === undefined) {
      io.stderr.write(`bash: ${name}: command not found\n`);
      return Promise.resolve(127);
    }
    return run(io);
  };
}

export const etcdCommands: readonly (readonly [string, ShellCommand])[] = [
  ["etcd", (io, shell) => shell.host.runEtcd(io)],
  ["etcdctl", program("etcdctl")],
  ["etcdutl", program("etcdutl")],
];
