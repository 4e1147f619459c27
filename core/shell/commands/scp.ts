/** scp between the hosts of a lab, files and (with -r) folders: `scp m2:/root/a.db .`, `scp a.db m1:/root/ m3:/tmp`-like lists of sources. */
import { cpSync, existsSync, mkdirSync, statSync } from "node:fs";
import type { ProgramIo } from "../../cli/program.ts";
import type { ShellHost } from "../world.ts";
import type { ShellCommand, ShellControl } from "./command.ts";
import { readOptions } from "./options.ts";

const OPTIONS = { valued: { "-P": [], "-i": [], "-o": [], "-l": [], "-F": [] }, plain: { "-r": [], "-p": [], "-q": [], "-C": [], "-v": [], "-3": [] } } as const;

interface Place {
  readonly host: ShellHost;
  /** as that host sees it */
  readonly path: string;
  readonly real: string;
}

export const scp: ShellCommand = (io, shell) => {
  const options = readOptions(io.argv, OPTIONS);
  if (options.unknown !== undefined || options.words.length < 2) {
    io.stderr.write("usage: scp [-pqr] source ... target\n");
    return Promise.resolve(1);
  }
  const places: Place[] = [];
  for (const word of options.words) {
    const place = locate(word, io, shell);
    if (typeof place === "string") {
      io.stderr.write(`${place}\n`);
      return Promise.resolve(255);
    }
    places.push(place);
  }
  const target = places.pop()!;
  const sources = places;
  if (sources.length > 1 && !isFolder(target.real)) {
    io.stderr.write(`scp: ${target.path}: Not a directory\n`);
    return Promise.resolve(1);
  }
  return Promise.resolve(sources.map((source) => copy(source, target, options.has("-r"), io)).includes(false) ? 1 : 0);
};

function isFolder(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false })?.isDirectory() === true;
}

/** @returns a sentence when there is no such host */
function locate(word: string, io: ProgramIo, shell: ShellControl): Place | string {
  const match = /^(?:scp:\/\/)?(?:[^@/:]+@)?([^/:@]+):(.*)$/s.exec(word);
  if (match === null) return { host: shell.host, path: word, real: shell.host.files.real(word, io.cwd) };
  const host = shell.world.host(match[1]!);
  if (host === undefined) return `ssh: Could not resolve hostname ${match[1]!}: Name or service not known\nscp: Connection closed`;
  const path = match[2] === "" ? "." : match[2]!.replace(/^~\//, "/root/");
  return { host, path, real: host.files.real(path, "/root") };
}

function copy(source: Place, target: Place, recursive: boolean, io: ProgramIo): boolean {
  if (!existsSync(source.real)) {
    io.stderr.write(`scp: ${source.path}: No such file or directory\n`);
    return false;
  }
  if (isFolder(source.real) && !recursive) {
    io.stderr.write(`scp: ${source.path}: not a regular file\n`);
    return false;
  }
  const name = source.path.replace(/\/+$/, "").split("/").at(-1)!;
  if (/\/$/.test(target.path) && !isFolder(target.real)) {
    io.stderr.write(`scp: ${target.path}: No such file or directory\n`);
    return false;
  }
  const real = isFolder(target.real) ? target.host.files.real(name, target.host.files.shown(target.real)) : target.real;
  const folder = real.slice(0, real.lastIndexOf("/"));
  if (!isFolder(folder)) {
    if (!recursive) {
      io.stderr.write(`scp: ${target.path}: No such file or directory\n`);
      return false;
    }
    mkdirSync(folder, { recursive: true });
  }
  cpSync(source.real, real, { recursive, preserveTimestamps: true, verbatimSymlinks: true });
  return true;
}
