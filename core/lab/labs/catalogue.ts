/**
 * The library of labs: a folder with a folder for each. Everything here is about labs that nobody has open; what must not be
 * touched while somebody does is done under the lab's own lock. Nothing outside the library's folder is ever deleted.
 */
import { randomBytes } from "node:crypto";
import { existsSync, lstatSync, mkdirSync, readdirSync, realpathSync, renameSync, rmSync } from "node:fs";
import { rm } from "node:fs/promises";
import { basename, join } from "node:path";
import { blockOf } from "../addresses.ts";
import { CommandError } from "../contract/host.ts";
import { type LabShape, type LabSummary, nameProblem, shapeProblem } from "../contract/labs.ts";
import { hasLab, holderOf, type LabFile, LabFolderError, lockLab, plainShape, readLabFile, writeLabFile } from "../lab-file.ts";
import { ARCHIVE_ENDING, ArchiveError, openArchive, saveArchive } from "./archive.ts";
import { copyLab, isChild, sizeOnDisk } from "./copy-tree.ts";

export interface CatalogueOptions {
  /** the library; made where it is not there */
  readonly folder: string;
  /** where saved labs go */
  readonly saved: string;
  /** of this program, for the manifest of saved labs */
  readonly version: string;
  readonly now: () => number;
}

/** What is told of a lab without knowing who looks. */
export type LabEntry = Omit<LabSummary, "shown" | "windows">;

const ID = /^[a-z0-9][a-z0-9-]{0,63}$/;
/** Folders on their way in or out, which are no labs yet or any more. */
const PASSING = /^\.(?:new|gone)-/;
const NAMES_TRIED = 1000;

const failed = (message: string, cause?: unknown): CommandError => new CommandError("failed", message, { cause });

export class LabCatalogue {
  readonly folder: string;
  readonly saved: string;
  /** labs elsewhere that were opened by their folder: ~1, ~2, ... */
  private readonly outside: string[] = [];

  constructor(private readonly options: CatalogueOptions) {
    mkdirSync(options.folder, { recursive: true });
    this.folder = realpathSync(options.folder);
    this.saved = options.saved;
  }

  /** The id of the lab in this folder, which may lie anywhere. */
  idOf(folder: string): string {
    const parent = join(folder, "..");
    const inside = existsSync(folder) && !lstatSync(folder).isSymbolicLink() && existsSync(parent) && realpathSync(parent) === this.folder && ID.test(basename(folder));
    if (inside) return basename(folder);
    const at = this.outside.indexOf(folder);
    return `~${at >= 0 ? at + 1 : this.outside.push(folder)}`;
  }

  /** @throws CommandError "unknown-lab" */
  folderOf(id: string): string {
    const folder = id.startsWith("~") ? this.outside[Number(id.slice(1)) - 1] : ID.test(id) ? join(this.folder, id) : undefined;
    if (folder === undefined || !isFolder(folder)) throw new CommandError("unknown-lab", `no lab is called ${id}`);
    return folder;
  }

  /** @throws CommandError "unknown-lab", or "failed" where it cannot be read */
  fileOf(id: string): LabFile {
    return readFile(this.folderOf(id), id);
  }

  /** Blocks of addresses of all labs but this one; the first belongs to the lab that people begin with. */
  otherBlocks(id: string): ReadonlySet<number> {
    const blocks = this.everyId().flatMap((other) => {
      const file = other === id ? undefined : tryRead(this.folderOf(other));
      return file === undefined || file.copied === true ? [] : (blockOf(file.addresses) ?? []);
    });
    return new Set(id.startsWith("~") ? blocks : [1, ...blocks]);
  }

  /** By id or, where there is just one, by name. @throws CommandError "unknown-lab" */
  find(given: string): string {
    const ids = this.ids();
    if (ids.includes(given)) return given;
    const named = ids.filter((id) => nameOf(this.folderOf(id)) === given);
    if (named.length > 1) throw new CommandError("unknown-lab", `more than one lab is called ${given}: say which by its id, ${named.join(" or ")}`);
    if (named[0] === undefined) throw new CommandError("unknown-lab", `no lab is called ${given}${ids.length === 0 ? ": the library is empty" : `; there are ${ids.join(", ")}`}`);
    return named[0];
  }

  /** @param isRunning of this process; what another one has open is seen by its lock */
  list(isRunning: (id: string) => boolean): Promise<LabEntry[]> {
    const outside = this.outside.flatMap((folder, at) => (isFolder(folder) ? [`~${at + 1}`] : []));
    return Promise.all([...outside, ...this.ids()].map((id) => this.entry(id, isRunning(id))));
  }

  /** @throws CommandError */
  create(name: string, shape: LabShape): string {
    const problem = nameProblem(name) || shapeProblem(shape);
    if (problem !== "") throw failed(problem);
    this.checkFree(name);
    return this.put(name, (folder) => {
      const now = this.options.now();
      writeLabFile(folder, { version: 1, name, createdAt: now, original: [], addresses: [], shape, founded: false });
    });
  }

  /**
   * A copy of a lab that nobody has open.
   * @throws CommandError "lab-running" when somebody has
   */
  async clone(id: string, name: string): Promise<string> {
    this.checkName(name);
    const source = this.folderOf(id);
    const unlock = lock(source);
    try {
      const file = readFile(source, id);
      const made = this.draft();
      try {
        await copyLab(source, made);
        const { usedAt: _, ...rest } = file;
        writeLabFile(made, { ...rest, name, createdAt: this.options.now(), copied: true });
        return this.move(made, name);
      } catch (error) {
        await rm(made, { recursive: true, force: true });
        throw error;
      }
    } finally {
      unlock();
    }
  }

  /** Of a lab that nobody has open; one that runs here is renamed by itself. @throws CommandError */
  rename(id: string, name: string): void {
    const folder = this.folderOf(id);
    this.checkRename(id, name);
    const unlock = lock(folder);
    try {
      writeLabFile(folder, { ...readFile(folder, id), name });
    } finally {
      unlock();
    }
  }

  /** @throws CommandError when another lab has this name, or none can */
  checkRename(id: string, name: string): void {
    this.checkName(name, id);
  }

  /**
   * For good. Only a real folder directly in the library's own is deleted, never through a link, and only when its name was
   * typed.
   * @throws CommandError
   */
  async delete(id: string, confirm: string): Promise<void> {
    const folder = this.folderOf(id);
    if (id.startsWith("~")) throw failed(`this lab lies in ${folder}, outside the library: it is not deleted from here`);
    const real = realpathSync(folder);
    if (lstatSync(folder).isSymbolicLink() || !isChild(this.folder, real) || real !== join(this.folder, id)) throw failed(`${folder} is a link to somewhere else: it is not deleted from here`);
    if (!hasLab(folder)) throw failed(`${folder} is no lab`);
    const name = nameOf(folder);
    if (confirm !== name) throw failed(`the name that was typed is not ${name}`);
    // the lock keeps everybody out until the folder is out of sight; it goes with it
    lock(folder);
    const gone = join(this.folder, `.gone-${id}-${randomBytes(4).toString("hex")}`);
    renameSync(folder, gone);
    await rm(gone, { recursive: true, force: true });
  }

  /**
   * One file in the folder of saved labs, or at `path`.
   * @throws CommandError "lab-running" when somebody has the lab open
   */
  async save(id: string, path?: string): Promise<{ readonly path: string; readonly bytes: number }> {
    const folder = this.folderOf(id);
    const unlock = lock(folder);
    try {
      const file = readFile(folder, id);
      const target = path ?? this.savePath(file.name);
      if (existsSync(target)) throw failed(`${target} is there already`);
      const bytes = await saveArchive(folder, target, { file, savedAt: this.options.now(), program: this.options.version });
      return { path: target, bytes };
    } catch (error) {
      if (error instanceof ArchiveError) throw failed(error.message, error);
      throw error;
    } finally {
      unlock();
    }
  }

  /**
   * A lab from a file that `save` wrote, here or elsewhere.
   * @param wanted its name; "" takes that of the file, with a number where another lab has it
   * @throws CommandError "bad-archive" with what is wrong, naming the entry
   */
  async import(path: string, wanted: string): Promise<{ readonly id: string; readonly name: string }> {
    if (wanted !== "") this.checkName(wanted);
    const made = this.draft();
    try {
      await openArchive(path, made);
      let file: LabFile | undefined;
      try {
        file = readLabFile(made);
      } catch (error) {
        if (!(error instanceof LabFolderError)) throw error;
        throw new ArchiveError(error.message.replaceAll(made, "the saved lab"), { cause: error });
      }
      if (file === undefined) throw new ArchiveError("there is no lab.json in it");
      const name = wanted === "" ? this.freeName(file.name) : wanted;
      const { usedAt: _, ...rest } = file;
      writeLabFile(made, { ...rest, name, copied: true });
      return { id: this.move(made, name), name };
    } catch (error) {
      await rm(made, { recursive: true, force: true });
      if (error instanceof ArchiveError) throw new CommandError("bad-archive", error.message, { cause: error });
      throw error;
    }
  }

  private ids(): string[] {
    const names = readdirSync(this.folder).filter((name) => ID.test(name) && isFolder(join(this.folder, name)) && hasLab(join(this.folder, name)));
    return names.sort();
  }

  private async entry(id: string, running: boolean): Promise<LabEntry> {
    const folder = this.folderOf(id);
    const common = { id, folder, outside: id.startsWith("~"), bytes: await sizeOnDisk(folder) };
    const state = running ? "running" : holderOf(folder) === undefined ? "stopped" : "elsewhere";
    try {
      const file = readFile(folder, id);
      return { ...common, name: file.name, shape: file.shape ?? plainShape(file.addresses.length), problem: "", createdAt: file.createdAt, usedAt: file.usedAt ?? 0, state };
    } catch (error) {
      if (!(error instanceof CommandError)) throw error;
      return { ...common, name: id, shape: null, problem: error.message, createdAt: 0, usedAt: 0, state };
    }
  }

  private checkName(name: string, except?: string): void {
    const problem = nameProblem(name);
    if (problem !== "") throw failed(problem);
    this.checkFree(name, except);
  }

  private checkFree(name: string, except?: string): void {
    const other = this.everyId().find((id) => id !== except && nameOf(this.folderOf(id)) === name);
    if (other !== undefined) throw failed(`another lab is called ${name} already`);
  }

  private freeName(name: string): string {
    const taken = new Set(this.everyId().map((id) => nameOf(this.folderOf(id))));
    for (let n = 1; n < NAMES_TRIED; n++) {
      const one = n === 1 ? name : `${name} (${n})`;
      if (!taken.has(one)) return one;
    }
    throw failed(`too many labs are called ${name}`);
  }

  private everyId(): string[] {
    return [...this.outside.flatMap((folder, at) => (isFolder(folder) ? [`~${at + 1}`] : [])), ...this.ids()];
  }

  private savePath(name: string): string {
    const day = new Date(this.options.now()).toISOString().slice(0, 10);
    for (let n = 1; n < NAMES_TRIED; n++) {
      const path = join(this.saved, `${slugOf(name)}-${day}${n === 1 ? "" : `-${n}`}${ARCHIVE_ENDING}`);
      if (!existsSync(path)) return path;
    }
    throw failed(`too many files in ${this.saved}`);
  }

  /** A folder that is no lab yet, in the library so that moving it in is one step. */
  private draft(): string {
    const folder = join(this.folder, `.new-${randomBytes(8).toString("hex")}`);
    mkdirSync(folder, { mode: 0o700 });
    return folder;
  }

  private put(name: string, fill: (folder: string) => void): string {
    const made = this.draft();
    try {
      fill(made);
      return this.move(made, name);
    } catch (error) {
      rmSync(made, { recursive: true, force: true });
      throw error;
    }
  }

  /** Gives a finished folder its place. @returns the id */
  private move(made: string, name: string): string {
    const slug = slugOf(name);
    for (let n = 1; n < NAMES_TRIED; n++) {
      const id = n === 1 ? slug : `${slug.slice(0, 58)}-${n}`;
      const folder = join(this.folder, id);
      if (lstatSync(folder, { throwIfNoEntry: false }) !== undefined) continue;
      renameSync(made, folder);
      return id;
    }
    throw failed(`too many labs are called ${name}`);
  }

  /** What an interrupted copy or deletion left. Called once, before anything else is under way. */
  async sweep(): Promise<void> {
    for (const name of readdirSync(this.folder)) if (PASSING.test(name) && isOld(join(this.folder, name), this.options.now())) await rm(join(this.folder, name), { recursive: true, force: true });
  }
}

const OLD_MS = 24 * 3600 * 1000;

/** Another process may be at it just now; a day later it is not. */
function isOld(folder: string, now: number): boolean {
  const stat = lstatSync(folder, { throwIfNoEntry: false });
  return stat !== undefined && stat.isDirectory() && now - stat.mtimeMs > OLD_MS;
}

function isFolder(path: string): boolean {
  return lstatSync(path, { throwIfNoEntry: false })?.isDirectory() === true;
}

/** A folder's name that every file system takes: letters, digits and dashes. */
function slugOf(name: string): string {
  const plain = name.normalize("NFKD").toLowerCase().replace(/\p{M}/gu, "").replace(/[^a-z0-9]+/g, "-");
  return plain.replace(/^-+|-+$/g, "").slice(0, 60).replace(/-+$/, "") || "lab";
}

/** "" of what cannot be read */
function nameOf(folder: string): string {
  return tryRead(folder)?.name ?? "";
}

function tryRead(folder: string): LabFile | undefined {
  try {
    return readLabFile(folder);
  } catch (error) {
    if (error instanceof LabFolderError) return undefined;
    throw error;
  }
}

function readFile(folder: string, id: string): LabFile {
  try {
    const file = readLabFile(folder);
    if (file === undefined) throw failed(`${id} has no lab.json`);
    return file;
  } catch (error) {
    if (error instanceof LabFolderError) throw failed(error.message, error);
    throw error;
  }
}

/** @throws CommandError "lab-running" */
function lock(folder: string): () => void {
  try {
    return lockLab(folder);
  } catch (error) {
    if (error instanceof LabFolderError && error.code === "lab-locked") throw new CommandError("lab-running", error.message.split(";")[0]!, { cause: error });
    throw error;
  }
}
