/**
 * kubectl, as far as a lab without an API server can have it: `kubectl exec` into an etcd pod runs the command on that
 * host. Everything else meets the same answer as on a cluster whose API server is down.
 */
import { quote } from "../language/shell-state.ts";
import type { ShellHost, ShellWorld } from "../world.ts";
import type { ShellCommand } from "./command.ts";
import { readOptions } from "./options.ts";
import { terminalOf } from "./streams.ts";

const OPTIONS = {
  valued: { "--namespace": ["-n"], "--container": ["-c"], "--kubeconfig": [], "--context": [], "--pod-running-timeout": [] },
  plain: { "--stdin": ["-i"], "--tty": ["-t"], "--quiet": ["-q"] },
} as const;

export const kubectl: ShellCommand = (io, shell) => {
  const [verb, ...rest] = io.argv;
  if (verb !== "exec") {
    io.stderr.write("The connection to the server 127.0.0.1:6443 was refused - did you specify the right host or port?\n");
    shell.remark("kube-apiserver only watches etcd here so far; `kubectl exec etcd-m1 -n kube-system -- etcdctl ...` works");
    return Promise.resolve(1);
  }
  const options = readOptions(rest, OPTIONS, 2);
  const [pod, ...words] = options.words;
  const command = words[0] === "--" ? words.slice(1) : words;
  const wrong = options.unknown ?? options.incomplete;
  if (wrong !== undefined) {
    io.stderr.write(`error: ${options.unknown === undefined ? `flag needs an argument: ${wrong}` : `unknown flag: ${wrong}`}\nSee 'kubectl exec --help' for usage.\n`);
    return Promise.resolve(1);
  }
  if (pod === undefined || command.length === 0) {
    io.stderr.write(`error: ${pod === undefined ? "pod, type/name or --filename must be specified" : "you must specify at least one command for the container"}\n`);
    return Promise.resolve(1);
  }
  const host = podHost(pod, shell.world);
  if (host === undefined || (options.value("--namespace") ?? "default") !== "kube-system") {
    io.stderr.write(`Error from server (NotFound): pods "${pod}" not found\n`);
    return Promise.resolve(1);
  }
  if (!rest.includes("--")) {
    io.stderr.write("kubectl exec [POD] [COMMAND] is DEPRECATED and will be removed in a future version. Use kubectl exec [POD] -- [COMMAND] instead.\n");
  }
  return shell.runOn(host, command.map(quote).join(" "), terminalOf(io), io.signal);
};

/** The host whose etcd runs as this pod: etcd-m1 is on m1. */
function podHost(pod: string, world: ShellWorld): ShellHost | undefined {
  const name = pod.replace(/^pods?\//, "");
  return name.startsWith("etcd-") ? world.host(name.slice("etcd-".length)) : undefined;
}
