/** A lab's folder as a list of what is in it, its size on the disk, and a copy of it. Links are never followed. */
import { constants } from "node:fs";
import { copyFile, lstat, mkdir, readdir, readlink, symlink } from "node:fs/promises";
import { join, posix, relative, sep } from "node:path";
import { PASSING_NAMES } from "../lab-file.ts";

export interface TreeEntry {
  /** below the lab's folder, with slashes */
  readonly path: string;
  readonly kind: "folder" | "file" | "link";
  /** permission bits */
  readonly mode: number;
  /** bytes of a file */
  readonly size: number;
  /** where a link leads, relative to where it stands and inside its host's tree; "" of others */
  readonly target: string;
}

/** Sockets and the like are of a process, not of a lab. */
export async function* walkLab(folder: string): AsyncGenerator<TreeEntry> {
  yield* walk(folder, "");
}

async function* walk(folder: string, at: string): AsyncGenerator<TreeEntry> {
  const entries = await readdir(join(folder, at), { withFileTypes: true });
  for (const entry of entries.sort((a, b) => (a.name < b.name ? -1 : 1))) {
    if (at === "" && (PASSING_NAMES.has(entry.name) || entry.name.startsWith("lab.lock."))) continue;
    const path = at === "" ? entry.name : `${at}/${entry.name}`;
    const { mode, size } = await lstat(join(folder, path));
    const common = { path, mode: mode & 0o777 };
    if (entry.isDirectory()) {
      yield { ...common, kind: "folder", size: 0, target: "" };
      yield* walk(folder, path);
    } else if (entry.isFile()) yield { ...common, kind: "file", size, target: "" };
    else if (entry.isSymbolicLink()) {
      const target = innerTarget(folder, path, await readlink(join(folder, path)));
      if (target !== undefined) yield { ...common, kind: "link", size: 0, target };
    }
  }
}

/**
 * A link of a host's tree in a form that leads to the same place from any folder that the lab lies in. A host sees its tree
 * as a whole file system, so what leads above it leads to its root (HostTree).
 * @returns undefined outside a host's tree, where no links are
 */
function innerTarget(folder: string, path: string, target: string): string | undefined {
  const [hosts, host, ...below] = path.split("/");
  if (hosts !== "hosts" || host === undefined || below.length === 0) return undefined;
  const root = join(folder, hosts, host);
  const inside = target === root ? "/" : target.startsWith(root + sep) ? target.slice(root.length) : target;
  const place = posix.resolve("/", posix.dirname(below.join("/")), inside.replaceAll("\\", "/"));
  return posix.relative(posix.join("/", posix.dirname(below.join("/"))), place) || ".";
}

/** What the folder takes on the disk, bytes. */
export async function sizeOnDisk(folder: string): Promise<number> {
  let bytes = 0;
  const pending = [folder];
  for (let next = pending.pop(); next !== undefined; next = pending.pop()) {
    let names: string[];
    try {
      names = await readdir(next);
    } catch (error) {
      if (isGone(error)) continue;
      throw error;
    }
    for (const name of names) {
      const path = join(next, name);
      try {
        const { blocks, size } = await lstat(path).then((stat) => {
          if (stat.isDirectory()) pending.push(path);
          return stat;
        });
        // Windows counts no blocks
        bytes += blocks > 0 || size === 0 ? blocks * 512 : size;
      } catch (error) {
        if (!isGone(error)) throw error;
      }
    }
  }
  return bytes;
}

/** A running lab's files come and go. */
function isGone(error: unknown): boolean {
  const { code } = error as NodeJS.ErrnoException;
  return code === "ENOENT" || code === "ENOTDIR";
}

/** @param target an empty folder. Where the file system can, files share their blocks until one of them is written. */
export async function copyLab(source: string, target: string): Promise<void> {
  for await (const entry of walkLab(source)) {
    const to = join(target, entry.path);
    if (entry.kind === "folder") await mkdir(to, { mode: entry.mode | 0o700 });
    else if (entry.kind === "file") await copyFile(join(source, entry.path), to, constants.COPYFILE_EXCL | constants.COPYFILE_FICLONE);
    else await symlink(entry.target, to);
  }
}

/** Whether `path` lies directly in `folder`. */
export function isChild(folder: string, path: string): boolean {
  const way = relative(folder, path);
  return way !== "" && way !== ".." && !way.includes(sep) && !way.includes("/");
}
