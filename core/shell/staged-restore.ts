/**
 * `snapshot restore` restores one member. Texts that show it for m1 mean the cluster: the lab does the same for the other
 * hosts, and when etcd is started next, it puts the restored folders in place on all of them and keeps the old ones.
 */
import { existsSync, renameSync } from "node:fs";
import type { ProgramIo } from "../cli/program.ts";
import type { ShellControl } from "./commands/command.ts";
import type { RestoreCommand } from "./remarks/correction.ts";
import type { ShellHost } from "./world.ts";

/** Does on the other hosts what `restore` has just done on this one. */
export async function stageRestore(shell: ShellControl, cwd: string, restore: RestoreCommand): Promise<void> {
  const folders: Record<string, string> = { [shell.host.name]: shownPath(shell.host, `${restore.name}.etcd`, cwd) };
  for (const name of shell.world.hostNames()) {
    const host = shell.world.host(name);
    if (host === undefined || host === shell.host) continue;
    const problem = await restoreOn(host, shell, cwd, restore);
    if (problem !== undefined) {
      shell.remark(`the same restore on ${name} failed: ${problem}`);
      return;
    }
    folders[name] = shownPath(host, `${name}.etcd`, cwd);
  }
  const others = Object.keys(folders).filter((name) => name !== shell.host.name);
  if (others.length > 0) shell.remark(`did the same restore on ${others.join(" and ")}: each member of a cluster is restored on its own host`);
  shell.remark(`the next start of etcd moves ${restore.name}.etcd to ${shell.host.dataDirectory()}, the data folder of its service, and keeps the old one beside it`);
  shell.world.memory.stagedRestore = { folders };
}

function shownPath(host: ShellHost, name: string, cwd: string): string {
  return host.files.shown(host.files.real(name, cwd));
}

async function restoreOn(host: ShellHost, shell: ShellControl, cwd: string, restore: RestoreCommand): Promise<string | undefined> {
  const name = restore.words[0]!.split("/").at(-1)!;
  const program = shell.world.programs[name];
  if (program === undefined) return `there is no ${name}`;
  const said: string[] = [];
  const quiet = { isTerminal: false, write: (data: Buffer | string) => void said.push(data.toString()) };
  const io: ProgramIo = {
    argv: argvFor(restore, host.name),
    env: {},
    cwd,
    stdin: (async function* () {})(),
    stdinIsTerminal: false,
    stdout: quiet,
    stderr: quiet,
    // the snapshot lies on the host where it was restored first
    path: (path) => (path === restore.file ? shell.host.files.real(path, cwd) : host.files.real(path, cwd)),
    addressBook: host.addressBook,
    signal: new AbortController().signal,
  };
  const code = await program(io);
  return code === 0 ? undefined : (said.join("").trim().split("\n").at(-1) ?? `exit code ${code}`);
}

/** The same command line with another member's name and peer URL. */
function argvFor(restore: RestoreCommand, member: string): string[] {
  const argv = restore.words.slice(1);
  const set = (flag: string, value: string): void => {
    const at = argv.indexOf(`--${flag}`);
    if (at >= 0) argv[at + 1] = value;
    else {
      const joined = argv.findIndex((word) => word.startsWith(`--${flag}=`));
      if (joined >= 0) argv[joined] = `--${flag}=${value}`;
      else argv.push(`--${flag}=${value}`);
    }
  };
  set("name", member);
  set("initial-advertise-peer-urls", restore.members[member]!);
  return argv;
}

/** Whether these words start etcd on this host. */
export function startsEtcd(words: readonly string[]): boolean {
  const program = words[0]?.split("/").at(-1);
  const isEtcd = (word: string | undefined): boolean => word === "etcd" || word === "etcd.service";
  if (program === "service") return isEtcd(words[1]) && (words[2] === "start" || words[2] === "restart");
  return program === "systemctl" && (words[1] === "start" || words[1] === "restart") && words.slice(2).some(isEtcd);
}

/** The start of a restored cluster: data folders change places while no member runs, then all start together. */
export class StagedStart {
  private constructor(private readonly others: Promise<PromiseSettledResult<void>[]>) {}

  /** Undefined when nothing is staged. */
  static async begin(shell: ShellControl): Promise<StagedStart | undefined> {
    const staged = shell.world.memory.stagedRestore;
    if (staged === undefined) return undefined;
    shell.world.memory.stagedRestore = undefined;
    const hosts = Object.keys(staged.folders).map((name) => shell.world.host(name)!);
    if (hosts.some((host) => !existsSync(host.files.real(staged.folders[host.name]!)))) return undefined;
    await Promise.all(hosts.map((host) => host.services.stop("etcd")));
    for (const host of hosts) shell.remark(takePlace(host, staged.folders[host.name]!));
    const others = hosts.filter((host) => host !== shell.host);
    return new StagedStart(Promise.allSettled(others.map((host) => host.services.start("etcd"))));
  }

  async finish(): Promise<void> {
    await this.others;
  }
}

function takePlace(host: ShellHost, folder: string): string {
  const data = host.dataDirectory();
  const real = host.files.real(data);
  let old = `${data}.before-restore`;
  for (let count = 2; existsSync(host.files.real(old)); count++) old = `${data}.before-restore-${count}`;
  const had = existsSync(real);
  if (had) renameSync(real, host.files.real(old));
  renameSync(host.files.real(folder), real);
  return `${host.name}: ${folder} is now ${data}${had ? `; the old data is in ${old}` : ""}`;
}

