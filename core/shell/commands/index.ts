/** All commands of the shell that are ours, by name. The rest is the shell library's. */
import type { ShellCommand } from "./command.ts";
import { etcdCommands } from "./etcd-tools.ts";
import { faultCommand } from "./fault.ts";
import { jobCommands } from "./job-control.ts";
import { journalctl } from "./journalctl.ts";
import { kubectl } from "./kubectl.ts";
import { ls } from "./ls.ts";
import { machineCommands } from "./machine.ts";
import { processCommands } from "./processes.ts";
import { scp } from "./scp.ts";
import { service } from "./service.ts";
import { ssh } from "./ssh.ts";
import { stepCommand } from "./step.ts";
import { systemctl } from "./systemctl.ts";

export const ownCommands: ReadonlyMap<string, ShellCommand> = new Map<string, ShellCommand>([
  ...etcdCommands,
  ...machineCommands,
  ...processCommands,
  ...jobCommands,
  ["ls", ls],
  ["systemctl", systemctl],
  ["service", service],
  ["journalctl", journalctl],
  ["ssh", ssh],
  ["scp", scp],
  ["kubectl", kubectl],
  ["fault", faultCommand],
  ["step", stepCommand],
]);
