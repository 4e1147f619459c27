/** ps, pgrep, kill, pkill: over the processes that the lab runs on this host, and the shell's own jobs. */
import type { ProcessRow } from "../world.ts";
import type { ShellCommand } from "./command.ts";
import { signalName } from "./systemctl.ts";

const two = (value: number): string => String(value).padStart(2, "0");

function startTime(at: number): string {
  const time = new Date(at);
  return `${two(time.getUTCHours())}:${two(time.getUTCMinutes())}`;
}

const ps: ShellCommand = (io, shell) => {
  const rows: ProcessRow[] = [
    { pid: 1, user: "root", state: "S", startedAt: shell.host.processes()[0]?.startedAt ?? Date.now(), command: "/sbin/init" },
    ...shell.host.processes(),
    ...shell.jobs.list().filter((job) => job.status === undefined).map((job) => ({ pid: job.pid, user: "root", state: "S", startedAt: Date.now(), command: job.line })),
  ];
  const text = io.argv.join(" ");
  if (/aux|ux|-u/.test(text)) {
    io.stdout.write("USER         PID STAT START   COMMAND\n");
    for (const row of rows) io.stdout.write(`${row.user.padEnd(8)} ${String(row.pid).padStart(7)} ${row.state.padEnd(4)} ${startTime(row.startedAt)}   ${row.command}\n`);
  } else {
    io.stdout.write("UID          PID STIME CMD\n");
    for (const row of rows) io.stdout.write(`${row.user.padEnd(8)} ${String(row.pid).padStart(7)} ${startTime(row.startedAt)} ${row.command}\n`);
  }
  return Promise.resolve(0);
};

function programName(row: ProcessRow): string {
  return row.command.split(" ")[0]!.split("/").at(-1)!;
}

function matching(rows: readonly ProcessRow[], pattern: string, full: boolean): readonly ProcessRow[] {
  return rows.filter((row) => (full ? row.command : programName(row)).includes(pattern));
}

const pgrep: ShellCommand = (io, shell) => {
  const flags = io.argv.filter((word) => word.startsWith("-"));
  const pattern = io.argv.find((word) => !word.startsWith("-"));
  if (pattern === undefined) {
    io.stderr.write("pgrep: no matching criteria specified\n");
    return Promise.resolve(2);
  }
  const rows = matching(shell.host.processes(), pattern, flags.some((flag) => flag.includes("f")));
  for (const row of rows) io.stdout.write(flags.some((flag) => /[la]/.test(flag)) ? `${row.pid} ${row.command}\n` : `${row.pid}\n`);
  return Promise.resolve(rows.length > 0 ? 0 : 1);
};

/** The signal among the arguments (-9, -KILL, -s KILL), and what is left. */
function takeSignal(argv: readonly string[]): { signal: NodeJS.Signals; rest: string[] } {
  const rest = [...argv];
  let signal: NodeJS.Signals = "SIGTERM";
  const first = rest[0] ?? "";
  if (first === "-s" || first === "--signal") {
    signal = signalName(rest[1] ?? "TERM");
    rest.splice(0, 2);
  } else if (/^-(\d+|[A-Z]{3,}[0-9]?)$/.test(first)) {
    signal = signalName(first.slice(1));
    rest.shift();
  }
  if (rest[0] === "--") rest.shift();
  return { signal, rest };
}

const kill: ShellCommand = (io, shell) => {
  if (io.argv[0] === "-l") {
    io.stdout.write("HUP INT QUIT KILL USR1 TERM CONT STOP\n");
    return Promise.resolve(0);
  }
  const { signal, rest } = takeSignal(io.argv);
  if (rest.length === 0) {
    io.stderr.write("kill: usage: kill [-s sigspec | -signum | -sigspec] pid | jobspec ...\n");
    return Promise.resolve(2);
  }
  let code = 0;
  for (const target of rest) {
    const job = shell.jobs.find(target);
    if (job !== undefined) {
      if ((signal as string) !== "SIG0") job.interrupt(signal === "SIGINT" ? "SIGINT" : "SIGTERM");
    } else if (!/^\d+$/.test(target)) {
      io.stderr.write(`bash: kill: ${target}: ${target.startsWith("%") ? "no such job" : "arguments must be process or job IDs"}\n`);
      code = 1;
    } else if (!shell.host.signal(Number(target), signal)) {
      io.stderr.write(`bash: kill: (${target}) - No such process\n`);
      code = 1;
    }
  }
  return Promise.resolve(code);
};

const pkill: ShellCommand = (io, shell) => {
  const { signal, rest } = takeSignal(io.argv);
  const pattern = rest.find((word) => !word.startsWith("-"));
  if (pattern === undefined) {
    io.stderr.write("pkill: no matching criteria specified\n");
    return Promise.resolve(2);
  }
  const rows = matching(shell.host.processes(), pattern, rest.includes("-f"));
  for (const row of rows) shell.host.signal(row.pid, signal);
  return Promise.resolve(rows.length > 0 ? 0 : 1);
};

const killall: ShellCommand = (io, shell) => {
  const { signal, rest } = takeSignal(io.argv);
  let code = 0;
  for (const name of rest) {
    const rows = shell.host.processes().filter((row) => programName(row) === name);
    if (rows.length === 0) {
      io.stderr.write(`${name}: no process found\n`);
      code = 1;
    }
    for (const row of rows) shell.host.signal(row.pid, signal);
  }
  return Promise.resolve(code);
};

export const processCommands: readonly (readonly [string, ShellCommand])[] = [
  ["ps", ps],
  ["pgrep", pgrep],
  ["pidof", (io, shell) => pgrep({ ...io, argv: io.argv.slice(0, 1) }, shell)],
  ["kill", kill],
  ["pkill", pkill],
  ["killall", killall],
];
