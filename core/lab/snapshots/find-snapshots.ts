/**
 * Finds the snapshot files of one host: what a name or the first bytes say is a database, wherever it lies. Bounded, and it
 * follows no links: nothing that a user makes there leads out of the host's tree or round in it.
 */
import { type FileHandle, lstat, open, readdir } from "node:fs/promises";
import { join } from "node:path";
import { decodeMetaPage, isBadMeta } from "../../bbolt/meta.ts";
import type { SnapshotKind } from "../contract/snapshots.ts";

export interface FoundFile {
  /** real path */
  readonly real: string;
  readonly kind: SnapshotKind;
  readonly bytes: number;
  /** wall ms of the last write */
  readonly at: number;
}

const ENTRIES_MAX = 20_000;
const DEPTH_MAX = 12;
const FOUND_MAX = 100;
/** Heads that are remembered, so that files which did not change are not opened again. */
const HEADS_MAX = 4000;
const HEAD_BYTES = 80;
const SECOND_META = 4096;
/** bytes of the smallest database there is: four pages */
const DATABASE_BYTES_MIN = 4096;

const SAYS_SNAPSHOT = /\.db$|^snapshot/i;
const IS_TEXT = /\.(ya?ml|json|sh|txt|md|log|conf|service|part|tar|gz|tgz|zip)$/i;
const MEMBERS_OWN = /(?:^|[\\/])member[\\/]snap[\\/]([^\\/]+)$/;

export class SnapshotFinder {
  private readonly heads = new Map<string, boolean>();

  /** @param root the host's real folder. Files that vanish meanwhile are left out. */
  async find(root: string): Promise<FoundFile[]> {
    const found: FoundFile[] = [];
    const folders: { path: string; depth: number }[] = [{ path: root, depth: 0 }];
    let entries = 0;
    for (let folder = folders.pop(); folder !== undefined && found.length < FOUND_MAX; folder = folders.pop()) {
      for (const entry of await listed(folder.path)) {
        if (++entries > ENTRIES_MAX) return found;
        const path = join(folder.path, entry.name);
        if (entry.isDirectory()) {
          if (folder.depth < DEPTH_MAX && entry.name !== "wal") folders.push({ path, depth: folder.depth + 1 });
        } else if (entry.isFile()) {
          const one = await this.look(path, entry.name);
          if (one !== undefined) found.push(one);
        }
      }
    }
    return found;
  }

  private async look(path: string, name: string): Promise<FoundFile | undefined> {
    const own = MEMBERS_OWN.exec(path)?.[1];
    if (own !== undefined && !/(?:^db|\.snap|\.snap\.db)$/.test(own)) return undefined;
    if (own === undefined && IS_TEXT.test(name)) return undefined;
    try {
      const { size, mtimeMs } = await lstat(path);
      const kind: SnapshotKind = own === undefined ? "file" : own.endsWith(".snap") ? "raft" : "database";
      if (kind !== "file" || SAYS_SNAPSHOT.test(name) || (await this.isDatabase(path, size, mtimeMs))) return { real: path, kind, bytes: size, at: mtimeMs };
      return undefined;
    } catch (error) {
      if (isGone(error)) return undefined;
      throw error;
    }
  }

  private async isDatabase(path: string, bytes: number, at: number): Promise<boolean> {
    if (bytes < DATABASE_BYTES_MIN) return false;
    const key = `${path}\0${bytes}\0${at}`;
    const known = this.heads.get(key);
    if (known !== undefined) return known;
    const file = await open(path, "r");
    try {
      const is = (await hasMeta(file, 0)) || (await hasMeta(file, SECOND_META));
      if (this.heads.size >= HEADS_MAX) this.heads.clear();
      this.heads.set(key, is);
      return is;
    } finally {
      await file.close();
    }
  }
}

async function hasMeta(file: FileHandle, offset: number): Promise<boolean> {
  const head = Buffer.alloc(HEAD_BYTES);
  const { bytesRead } = await file.read(head, 0, HEAD_BYTES, offset);
  return bytesRead === HEAD_BYTES && !isBadMeta(decodeMetaPage(head));
}

async function listed(path: string): ReturnType<typeof entriesOf> {
  try {
    return await entriesOf(path);
  } catch (error) {
    if (isGone(error)) return [];
    throw error;
  }
}

function entriesOf(path: string) {
  return readdir(path, { withFileTypes: true });
}

/** Gone or not to be read meanwhile: there is nothing to show. */
function isGone(error: unknown): boolean {
  return ["ENOENT", "ENOTDIR", "EACCES", "EPERM", "ELOOP"].includes((error as NodeJS.ErrnoException).code ?? "");
}
