/** lab.json: what a lab must remember of itself between two openings, and the lock that keeps it to one process. */
import { closeSync, existsSync, mkdirSync, openSync, readFileSync, renameSync, rmSync, writeFileSync, writeSync } from "node:fs";
import { join } from "node:path";
import type { HostAddress } from "./addresses.ts";

export interface LabFile {
  readonly version: 1;
  readonly name: string;
  readonly createdAt: number;
  /** as the members first wrote them down */
  readonly original: readonly HostAddress[];
  /** as they are now */
  readonly addresses: readonly HostAddress[];
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

export function readLabFile(folder: string): LabFile | undefined {
  const path = join(folder, "lab.json");
  if (!existsSync(path)) return undefined;
  let value: unknown;
  try {
    value = JSON.parse(readFileSync(path, "utf8"));
  } catch (error) {
    throw new LabFolderError("lab-unreadable", `${path} cannot be read: ${error instanceof Error ? error.message : String(error)}`);
  }
  const file = value as Partial<LabFile>;
  if (file.version !== 1 || !Array.isArray(file.addresses) || !Array.isArray(file.original)) {
    throw new LabFolderError("lab-unreadable", `${path} is of no version that this program knows`);
  }
  return file as LabFile;
}

export function writeLabFile(folder: string, file: LabFile): void {
  const path = join(folder, "lab.json");
  writeFileSync(`${path}.new`, `${JSON.stringify(file, null, 2)}\n`);
  renameSync(`${path}.new`, path);
}

/** @returns gives the folder free. @throws LabFolderError when a living process has it */
export function lockLab(folder: string): () => void {
  mkdirSync(folder, { recursive: true });
  const path = join(folder, "lab.lock");
  for (let tries = 0; ; tries++) {
    try {
      const file = openSync(path, "wx");
      writeSync(file, String(process.pid));
      closeSync(file);
      return () => rmSync(path, { force: true });
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== "EEXIST" || tries > 2) throw error;
    }
    const holder = Number(readFileSync(path, "utf8"));
    if (holder > 0 && holder !== process.pid && alive(holder)) {
      throw new LabFolderError("lab-locked", `the lab in ${folder} is open in process ${holder}; close it there, or give another folder with --lab`);
    }
    if (holder === process.pid) throw new LabFolderError("lab-locked", `the lab in ${folder} is already open in this process`);
    rmSync(path, { force: true });
  }
}

function alive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === "EPERM";
  }
}
