/** lab.json: what a lab must remember of itself between two openings, and the lock that keeps it to one process. */
import { randomBytes } from "node:crypto";
import { existsSync, linkSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { HostAddress } from "./addresses.ts";
import { type LabShape, nameProblem, shapeProblem } from "./contract/labs.ts";

export interface LabFile {
  readonly version: 1;
  readonly name: string;
  readonly createdAt: number;
  /** all that it has had, those that the members first wrote down to begin with; none: it was made and has not been opened yet */
  readonly original: readonly HostAddress[];
  /** as they are now */
  readonly addresses: readonly HostAddress[];
  /** absent of labs from before there were shapes: all hosts vote, in plaintext */
  readonly shape?: LabShape;
  /** wall ms when it was last opened or closed */
  readonly usedAt?: number;
  /** a copy of another lab, which has these addresses too: it takes others when it is opened */
  readonly copied?: boolean;
  /** its learners have joined and auth is on, where the shape says so */
  readonly founded?: boolean;
}

export class LabFolderError extends Error {
  constructor(
    readonly code: "lab-locked" | "lab-unreadable",
    message: string,
  ) {
    super(message);
    this.name = "LabFolderError";
  }
}

const FILE = "lab.json";
const LOCK = "lab.lock";
/** Of this process alone, or of one opening: no part of the lab. */
export const PASSING_NAMES: ReadonlySet<string> = new Set([LOCK, "run"]);

export function hasLab(folder: string): boolean {
  return existsSync(join(folder, FILE));
}

/** @throws LabFolderError "lab-unreadable"; undefined where there is no such file */
export function readLabFile(folder: string): LabFile | undefined {
  const path = join(folder, FILE);
  if (!existsSync(path)) return undefined;
  let value: unknown;
  try {
    value = JSON.parse(readFileSync(path, "utf8"));
  } catch (error) {
    throw new LabFolderError("lab-unreadable", `${path} cannot be read: ${error instanceof Error ? error.message : String(error)}`);
  }
  const problem = fileProblem(value);
  if (problem !== "") throw new LabFolderError("lab-unreadable", `${path} ${problem}`);
  return value as LabFile;
}

/** The names of hosts become folders and the addresses are listened on: a file from somewhere else must not lead out. */
function fileProblem(value: unknown): string {
  const file = value as Partial<LabFile> | null;
  if (file?.version !== 1 || !Array.isArray(file.addresses) || !Array.isArray(file.original)) return "is of no version that this program knows";
  if (typeof file.name !== "string" || typeof file.createdAt !== "number" || nameProblem(file.name) !== "") return "has no name that a lab can have";
  for (const one of [...file.addresses, ...file.original] as Partial<HostAddress>[]) {
    if (!/^[a-z0-9]([a-z0-9-]{0,30}[a-z0-9])?$/.test(String(one.host))) return "names a host that can be none";
    if (!/^127\.\d{1,3}\.\d{1,3}\.\d{1,3}$/.test(String(one.address)) || !isPort(one.clientPort) || !isPort(one.peerPort)) return `gives ${String(one.host)} an address that is not on loopback`;
  }
  const { shape } = file;
  if (shape === undefined) return file.addresses.length > 0 ? "" : "has no hosts";
  const { voters, learners, spare, tls, auth, flags } = shape as Partial<LabShape>;
  if (typeof tls !== "boolean" || typeof auth !== "boolean" || (flags !== "3.6" && flags !== "3.4")) return "has a shape that this program does not know";
  const given = { voters: Number(voters), learners: Number(learners), spare: Number(spare), tls, auth, flags };
  const problem = shapeProblem(given);
  if (problem !== "") return `has a shape that no lab can have: ${problem}`;
  const hosts = given.voters + given.learners + given.spare;
  return file.addresses.length === 0 || file.addresses.length === hosts ? "" : `has ${file.addresses.length} hosts, and its shape has ${hosts}`;
}

function isPort(value: unknown): boolean {
  return Number.isInteger(value) && Number(value) > 0 && Number(value) < 65536;
}

/** Hosts m1, m2, ... of a lab from before there were shapes. */
export function plainShape(hosts: number): LabShape {
  return { voters: hosts, learners: 0, spare: 0, tls: false, auth: false, flags: "3.6" };
}

export function writeLabFile(folder: string, file: LabFile): void {
  const path = join(folder, FILE);
  writeFileSync(`${path}.new`, `${JSON.stringify(file, null, 2)}\n`);
  renameSync(`${path}.new`, path);
}

/** The process that has the lab open; undefined: none. */
export function holderOf(folder: string): number | undefined {
  let text: string;
  try {
    text = readFileSync(join(folder, LOCK), "utf8");
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return undefined;
    throw error;
  }
  const holder = Number(text.split(" ")[0]);
  return holder > 0 && alive(holder, text) ? holder : undefined;
}

/**
 * The lock is a file with the holder's process and the time at which that process started, so that a number that was given
 * again is not taken for the holder. It appears with its content at once (a link to a finished file).
 * @returns gives the folder free. @throws LabFolderError when a living process has it
 */
export function lockLab(folder: string): () => void {
  mkdirSync(folder, { recursive: true });
  const path = join(folder, LOCK);
  const own = `${path}.${process.pid}.${randomBytes(4).toString("hex")}`;
  const text = `${process.pid} ${startOf(process.pid)}`;
  writeFileSync(own, text);
  try {
    for (let tries = 0; ; tries++) {
      try {
        put(own, path, text);
        return () => release(path, text);
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code !== "EEXIST" || tries > 4) throw error;
      }
      const holder = holderOf(folder);
      if (holder === process.pid) throw new LabFolderError("lab-locked", `the lab in ${folder} is already open in this process`);
      if (holder !== undefined) throw new LabFolderError("lab-locked", `the lab in ${folder} is open in process ${holder}; close it there, or give another folder with --lab`);
      // of two that find a dead holder's lock, one takes it away; what it took is looked at once more, lest it was the other's new one
      const taken = `${own}.old`;
      try {
        renameSync(path, taken);
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code !== "ENOENT") throw error;
        continue;
      }
      const old = readFileSync(taken, "utf8");
      if (alive(Number(old.split(" ")[0]), old) && !existsSync(path)) renameSync(taken, path);
      else rmSync(taken);
    }
  } finally {
    rmSync(own, { force: true });
  }
}

/** @throws EEXIST */
function put(own: string, path: string, text: string): void {
  try {
    linkSync(own, path);
  } catch (error) {
    // a file system without links
    if (!["EPERM", "ENOTSUP", "ENOSYS"].includes((error as NodeJS.ErrnoException).code ?? "")) throw error;
    writeFileSync(path, text, { flag: "wx" });
  }
}

/** Only the lock that was taken: another may stand in its place when this one was thought dead. */
function release(path: string, text: string): void {
  try {
    if (readFileSync(path, "utf8") === text) rmSync(path, { force: true });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "ENOENT") throw error;
  }
}

/** @param lock the whole text of the lock; locks of earlier versions name the process only */
function alive(pid: number, lock: string): boolean {
  const [, start = ""] = lock.split(" ");
  try {
    process.kill(pid, 0);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "EPERM") return false;
  }
  return start === "" || startOf(pid) === "" || startOf(pid) === start;
}

/** When a process started, in the kernel's ticks since boot; "" where the system does not tell (field 22 of /proc/PID/stat). */
function startOf(pid: number): string {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, "latin1");
    return stat.slice(stat.lastIndexOf(")") + 2).split(" ")[19] ?? "";
  } catch {
    return "";
  }
}
