/** systemctl over a host's service manager: the verbs that people use on etcd hosts, with systemd's texts and exit codes. */
import type { ProgramIo } from "../../cli/program.ts";
import { type ShellHost, UnitError, type UnitStatus } from "../world.ts";
import type { ShellCommand } from "./command.ts";
import { readOptions } from "./options.ts";
import { journalText, staleWarning, statusBlock } from "./unit-status.ts";

const OPTIONS = {
  valued: { "--signal": ["-s"], "--lines": ["-n"], "--type": ["-t"], "--property": ["-p"], "--state": [], "--kill-whom": [], "--kill-who": [], "--output": ["-o"] },
  plain: { "--now": [], "--no-pager": [], "--full": ["-l"], "--quiet": ["-q"], "--all": ["-a"], "--failed": [], "--force": ["-f"], "--no-legend": [], "--no-block": [], "--value": [], "--plain": [] },
} as const;

export const systemctl: ShellCommand = async (io, shell) => {
  const options = readOptions(io.argv, OPTIONS);
  if (options.unknown !== undefined) {
    io.stderr.write(`systemctl: unrecognized option '${options.unknown}'\n`);
    return 1;
  }
  if (options.incomplete !== undefined) {
    io.stderr.write(`systemctl: option '${options.incomplete}' requires an argument\n`);
    return 1;
  }
  const [verb = "list-units", ...names] = options.words;
  const host = shell.host;
  const needsUnit = !["list-units", "list-unit-files", "daemon-reload", "daemon-reexec", "status", "reset-failed", "is-system-running"].includes(verb);
  if (needsUnit && names.length === 0) {
    io.stderr.write(VERBS.has(verb) ? "Too few arguments.\n" : `Unknown command verb '${verb}'.\n`);
    return 1;
  }
  switch (verb) {
    case "start":
    case "stop":
    case "restart":
    case "reload-or-restart":
      return eachUnit(io, verb, names, (name) => {
        if (!options.has("--no-block")) return act(host, verb, name, io);
        // a unit that does not exist is told of at once; what else comes of it stands in the unit's status and in the journal
        host.services.status(name);
        act(host, verb, name, io).catch(() => undefined);
        return undefined;
      });
    case "try-restart":
    case "condrestart":
      return eachUnit(io, verb, names, async (name) => {
        if (host.services.status(name).activity === "active") await act(host, "restart", name, io);
      });
    case "reload":
      return eachUnit(io, verb, names, (name) => {
        const unit = host.services.status(name);
        throw new UnitError(1, `Job type reload is not applicable for unit ${unit.name}.`);
      });
    case "enable":
    case "disable":
      return eachUnit(io, verb, names, async (name) => {
        const unit = host.services.status(name);
        const link = `/etc/systemd/system/multi-user.target.wants/${unit.name}`;
        if (unit.enabled !== (verb === "enable")) {
          io.stderr.write(verb === "enable" ? `Created symlink ${link} → ${unit.file}.\n` : `Removed "${link}".\n`);
        }
        host.services.setEnabled(name, verb === "enable");
        if (options.has("--now")) await act(host, verb === "enable" ? "start" : "stop", name, io);
      });
    case "is-active":
    case "is-failed":
    case "is-enabled":
      return ask(io, host, verb, names, options.has("--quiet"));
    case "status":
      return status(io, host, names, Number(options.value("--lines") ?? "10"));
    case "cat":
      return eachUnit(io, verb, names, (name) => {
        const unit = host.services.status(name);
        io.stdout.write(`# ${unit.file}\n${host.services.text(name)}`);
      });
    case "show":
      return eachUnit(io, verb, names, (name) => io.stdout.write(show(host.services.status(name), options.value("--property"), options.has("--value"))));
    case "kill":
      return eachUnit(io, verb, names, (name) => host.services.kill(name, signalName(options.value("--signal") ?? "SIGTERM")));
    case "reset-failed":
      host.services.resetFailed(names[0]);
      return 0;
    case "daemon-reload":
    case "daemon-reexec":
      host.services.reload();
      return 0;
    case "is-system-running": {
      const degraded = host.services.list().some((unit) => unit.activity === "failed");
      io.stdout.write(degraded ? "degraded\n" : "running\n");
      return degraded ? 1 : 0;
    }
    case "list-units":
      io.stdout.write(listUnits(host.services.list().filter((unit) => options.has("--all") || unit.activity !== "inactive"), options.has("--failed")));
      return 0;
    case "list-unit-files":
      io.stdout.write(listFiles(host.services.list()));
      return 0;
    default:
      io.stderr.write(`Unknown command verb '${verb}'.\n`);
      return 1;
  }
};

const VERBS = new Set(
  "start stop restart reload reload-or-restart try-restart condrestart enable disable is-active is-failed is-enabled cat show kill".split(" "),
);

/** SIGKILL for 9, KILL and SIGKILL alike. */
export function signalName(given: string): NodeJS.Signals {
  const numbers: Record<string, NodeJS.Signals> = { "1": "SIGHUP", "2": "SIGINT", "3": "SIGQUIT", "9": "SIGKILL", "10": "SIGUSR1", "15": "SIGTERM", "18": "SIGCONT", "19": "SIGSTOP" };
  const upper = given.toUpperCase();
  return numbers[given] ?? ((upper.startsWith("SIG") ? upper : `SIG${upper}`) as NodeJS.Signals);
}

async function eachUnit(io: ProgramIo, verb: string, names: readonly string[], run: (name: string) => void | Promise<void>): Promise<number> {
  let code = 0;
  for (const name of names) {
    try {
      await run(name);
    } catch (error) {
      if (!(error instanceof UnitError)) throw error;
      const missing = error.code === 5 && (verb === "start" || verb === "stop" || verb === "restart");
      io.stderr.write(missing ? `Failed to ${verb} ${unitName(name)}: ${error.message}\n` : `${error.message}\n`);
      code = error.code;
    }
  }
  return code;
}

function unitName(name: string): string {
  return name.includes(".") ? name : `${name}.service`;
}

export async function act(host: ShellHost, verb: string, name: string, io: ProgramIo): Promise<void> {
  const unit = host.services.status(name);
  if (unit.stale) io.stderr.write(staleWarning(unit));
  if (verb === "start") await host.services.start(name);
  else if (verb === "stop") await host.services.stop(name);
  else await host.services.restart(name);
}

function ask(io: ProgramIo, host: ShellHost, verb: string, names: readonly string[], quiet: boolean): number {
  let code = verb === "is-active" ? 3 : 1;
  for (const name of names) {
    let answer: string;
    try {
      const unit = host.services.status(name);
      answer = verb === "is-enabled" ? (unit.enabled ? "enabled" : "disabled") : unit.activity;
    } catch (error) {
      if (!(error instanceof UnitError)) throw error;
      if (verb === "is-enabled") {
        io.stderr.write(`Failed to get unit file state for ${unitName(name)}: No such file or directory\n`);
        continue;
      }
      answer = "inactive";
    }
    if (!quiet) io.stdout.write(`${answer}\n`);
    if (answer === (verb === "is-active" ? "active" : verb === "is-failed" ? "failed" : "enabled")) code = 0;
  }
  return code;
}

export async function status(io: ProgramIo, host: ShellHost, names: readonly string[], lines: number): Promise<number> {
  if (names.length === 0) {
    const units = host.services.list();
    const failed = units.filter((unit) => unit.activity === "failed").length;
    io.stdout.write(`● ${host.name}\n    State: ${failed > 0 ? "degraded" : "running"}\n    Units: ${units.length} loaded\n   Failed: ${failed} units\n`);
    return 0;
  }
  let code = 0;
  for (const [index, name] of names.entries()) {
    if (index > 0) io.stdout.write("\n");
    let unit: UnitStatus;
    try {
      unit = host.services.status(name);
    } catch (error) {
      if (!(error instanceof UnitError)) throw error;
      io.stderr.write(`Unit ${unitName(name)} could not be found.\n`);
      code = 4;
      continue;
    }
    if (unit.stale) io.stderr.write(staleWarning(unit));
    io.stdout.write(statusBlock(unit, Date.now(), io.stdout.isTerminal));
    const journal = await host.journal.read(unit.name);
    const tail = lines > 0 ? journal.slice(-lines) : [];
    if (tail.length > 0) io.stdout.write(`\n${tail.map((line) => journalText(line, host.name)).join("\n")}\n`);
    if (unit.activity !== "active" && unit.activity !== "activating") code = 3;
  }
  return code;
}

function show(unit: UnitStatus, property: string | undefined, valueOnly: boolean): string {
  const properties: Record<string, string> = {
    Id: unit.name,
    Description: unit.description,
    LoadState: "loaded",
    ActiveState: unit.activity,
    SubState: unit.substate,
    FragmentPath: unit.file,
    UnitFileState: unit.enabled ? "enabled" : "disabled",
    MainPID: String(unit.pid ?? 0),
    StatusText: unit.statusText,
    NeedDaemonReload: unit.stale ? "yes" : "no",
  };
  const wanted = property === undefined ? Object.keys(properties) : property.split(",").filter((name) => name in properties);
  return wanted.map((name) => (valueOnly ? properties[name]! : `${name}=${properties[name]}`)).join("\n") + "\n";
}

function listUnits(units: readonly UnitStatus[], failedOnly: boolean): string {
  const rows = units.filter((unit) => !failedOnly || unit.activity === "failed");
  const width = Math.max(4, ...rows.map((unit) => unit.name.length));
  const lines = rows.map(
    (unit) => `${unit.activity === "failed" ? "●" : " "} ${unit.name.padEnd(width)} loaded ${unit.activity.padEnd(8)} ${unit.substate.padEnd(7)} ${unit.description}`,
  );
  return `  ${"UNIT".padEnd(width)} LOAD   ACTIVE   SUB     DESCRIPTION\n${lines.map((line) => `${line}\n`).join("")}\n${rows.length} loaded units listed.\n`;
}

function listFiles(units: readonly UnitStatus[]): string {
  const width = Math.max(9, ...units.map((unit) => unit.name.length));
  const lines = units.map((unit) => `${unit.name.padEnd(width)} ${unit.enabled ? "enabled " : "disabled"} enabled\n`);
  return `${"UNIT FILE".padEnd(width)} STATE    PRESET\n${lines.join("")}\n${units.length} unit files listed.\n`;
}
