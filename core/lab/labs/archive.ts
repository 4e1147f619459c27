/**
 * A lab as one file: a tar.gz that any tar reads. Its first entry, manifest.json, lists everything that follows, each file
 * with its SHA-256; all else lies below `lab/`. What is opened is unpacked beside the library and moved in when everything
 * was found to be as the manifest says. Nothing in an archive can name a place outside: no `..`, no absolute path, no link
 * that leads out of its host's tree, links only in hosts' trees, and files are written before any link is made.
 */
import { createHash } from "node:crypto";
import { once } from "node:events";
import { createReadStream, createWriteStream } from "node:fs";
import { mkdir, open, rename, rm, stat, symlink } from "node:fs/promises";
import { dirname, join, posix } from "node:path";
import { createGunzip, createGzip } from "node:zlib";
import type { LabFile } from "../lab-file.ts";
import { type TreeEntry, walkLab } from "./copy-tree.ts";
import { ArchiveError, BLOCK, ByteReader, headerOf, paddingOf, readHeader, TAR_END } from "./tar.ts";

export { ArchiveError };
export const ARCHIVE_ENDING = ".quorum-lab.tar.gz";

const FORMAT = "quorum-lab";
const VERSION = 1;
const MANIFEST = "manifest.json";
const TOP = "lab/";
const ENTRIES_MAX = 200_000;
const MANIFEST_BYTES_MAX = 64 * 1024 * 1024;
/** of all files together, unpacked */
const BYTES_MAX = 64 * 1024 ** 3;
const CHUNK = 256 * 1024;

interface ListedEntry extends TreeEntry {
  /** hex; "" of what is no file */
  readonly sha256: string;
}

export interface Manifest {
  readonly format: typeof FORMAT;
  readonly version: typeof VERSION;
  readonly name: string;
  readonly savedAt: number;
  /** of the program that saved it */
  readonly program: string;
  readonly entries: readonly ListedEntry[];
}

/**
 * Saves a lab that no process has open.
 * @param path where the file goes; it is not there before, and appears when it is whole
 * @returns its size in bytes
 */
export async function saveArchive(folder: string, path: string, about: { readonly file: LabFile; readonly savedAt: number; readonly program: string }): Promise<number> {
  const entries: ListedEntry[] = [];
  for await (const entry of walkLab(folder)) entries.push({ ...entry, sha256: entry.kind === "file" ? await hashOf(join(folder, entry.path)) : "" });
  const manifest: Manifest = { format: FORMAT, version: VERSION, name: about.file.name, savedAt: about.savedAt, program: about.program, entries };
  const part = `${path}.part`;
  await mkdir(dirname(path), { recursive: true });
  const gzip = createGzip({ level: 6 });
  const file = createWriteStream(part, { flags: "wx" });
  gzip.pipe(file);
  const failed = new Promise<never>((_, reject) => {
    file.once("error", reject);
    gzip.once("error", reject);
  });
  const write = async (data: Buffer): Promise<void> => {
    if (data.length > 0 && !gzip.write(data)) await Promise.race([once(gzip, "drain"), failed]);
  };
  try {
    const at = about.savedAt / 1000;
    const text = Buffer.from(`${JSON.stringify(manifest, null, 1)}\n`);
    await write(headerOf({ path: MANIFEST, kind: "file", mode: 0o644, size: text.length, target: "", at }));
    await write(Buffer.concat([text, paddingOf(text.length)]));
    for (const entry of entries) {
      await write(headerOf({ ...entry, path: `${TOP}${entry.path}`, at }));
      if (entry.kind !== "file") continue;
      let sent = 0;
      for await (const chunk of createReadStream(join(folder, entry.path), { highWaterMark: CHUNK }) as AsyncIterable<Buffer>) {
        sent += chunk.length;
        await write(chunk);
      }
      if (sent !== entry.size) throw new ArchiveError(`${entry.path} changed while it was saved`);
      await write(paddingOf(entry.size));
    }
    await write(TAR_END);
    gzip.end();
    await Promise.race([once(file, "close"), failed]);
    await rename(part, path);
  } catch (error) {
    gzip.destroy();
    file.destroy();
    await rm(part, { force: true });
    throw error;
  }
  return (await stat(path)).size;
}

async function hashOf(path: string): Promise<string> {
  const hash = createHash("sha256");
  for await (const chunk of createReadStream(path, { highWaterMark: CHUNK })) hash.update(chunk as Buffer);
  return hash.digest("hex");
}

/**
 * Unpacks an archive.
 * @param folder empty; left as it is, half filled, where the archive is refused: the caller removes it
 * @throws ArchiveError naming the entry and what is wrong with it
 */
export async function openArchive(path: string, folder: string): Promise<Manifest> {
  const source = createReadStream(path, { highWaterMark: CHUNK });
  const gunzip = createGunzip();
  source.once("error", (error) => gunzip.destroy(error));
  const reader = new ByteReader(source.pipe(gunzip));
  try {
    const manifest = await readManifest(reader);
    await unpack(reader, manifest, folder);
    return manifest;
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === "ENOENT" || code === "EISDIR" || code === "EACCES") throw new ArchiveError(`${path}: ${code === "ENOENT" ? "no such file" : code === "EISDIR" ? "is a folder" : "permission denied"}`, { cause: error });
    if (code?.startsWith("Z_") === true || code === "ERR_BUFFER_TOO_LARGE") throw new ArchiveError("this is no gzip file, or it was damaged", { cause: error });
    throw error;
  } finally {
    source.destroy();
    gunzip.destroy();
  }
}

async function readManifest(reader: ByteReader): Promise<Manifest> {
  const head = await readHeader(reader);
  if (head?.path !== MANIFEST || head.kind !== "file" || head.size > MANIFEST_BYTES_MAX) throw new ArchiveError("this is no saved lab: it does not begin with manifest.json");
  const text = (await reader.exactly(head.size)).toString("utf8");
  await reader.exactly(paddingOf(head.size).length);
  let value: Partial<Manifest>;
  try {
    value = JSON.parse(text) as Partial<Manifest>;
  } catch (error) {
    throw new ArchiveError("its manifest is no JSON", { cause: error });
  }
  if (value.format !== FORMAT || value.version !== VERSION || typeof value.name !== "string" || !Array.isArray(value.entries)) {
    throw new ArchiveError("this is no saved lab, or one of a later version of this program");
  }
  if (value.entries.length > ENTRIES_MAX) throw new ArchiveError(`it has more than ${ENTRIES_MAX} entries`);
  const seen = new Set<string>();
  let bytes = 0;
  for (const entry of value.entries as Partial<ListedEntry>[]) {
    checkPath(entry.path);
    if (seen.has(entry.path)) throw new ArchiveError(`${entry.path}: stands there twice`);
    // what is in a folder comes after it, and what is no folder has nothing in it
    const parent = posix.dirname(entry.path);
    if (parent !== "." && !seen.has(`${parent}/`)) throw new ArchiveError(`${entry.path}: comes before its folder`);
    seen.add(entry.path);
    if (entry.kind === "folder") seen.add(`${entry.path}/`);
    else if (entry.kind === "link") checkLink(entry.path, entry.target);
    else if (entry.kind !== "file" || !/^[0-9a-f]{64}$/.test(entry.sha256 ?? "")) throw new ArchiveError(`${entry.path}: neither a file, nor a folder, nor a link`);
    if (!Number.isSafeInteger(entry.size) || entry.size! < 0) throw new ArchiveError(`${entry.path}: has a size that it cannot have`);
    bytes += entry.size!;
  }
  if (bytes > BYTES_MAX) throw new ArchiveError(`unpacked it would take ${Math.round(bytes / 1024 ** 3)} GiB`);
  return value as Manifest;
}

function checkPath(path: unknown): asserts path is string {
  const parts = typeof path === "string" ? path.split("/") : [];
  const wrong = (part: string): boolean => part === "" || part === "." || part === ".." || part.length > 255 || /[\\\0]/.test(part) || /^[A-Za-z]:/.test(part);
  if (parts.length === 0 || parts.some(wrong)) throw new ArchiveError(`${String(path).slice(0, 200)}: a path that leads out of the lab`);
}

/** First up, then down: such a target leads where its text says, whatever links stand on the way, each of which is such a one too. */
function checkLink(path: string, target: unknown): void {
  const depth = path.split("/").length - 1;
  const parts = typeof target === "string" ? target.split("/") : [];
  const up = parts.findIndex((part) => part !== "..") < 0 ? parts.length : parts.findIndex((part) => part !== "..");
  // hosts/NAME stays above
  const inTree = path.startsWith("hosts/") && depth >= 2 && up <= depth - 2;
  const down = parts.slice(up).every((part) => part !== ".." && part !== "" && !/[\\\0]/.test(part) && !/^[A-Za-z]:/.test(part));
  if (!inTree || !down || parts.length === 0) throw new ArchiveError(`${path}: a link that leads out of its host`);
}

async function unpack(reader: ByteReader, manifest: Manifest, folder: string): Promise<void> {
  const links: ListedEntry[] = [];
  for (const listed of manifest.entries) {
    const head = await readHeader(reader);
    const same = head !== undefined && head.path === `${TOP}${listed.path}` && head.kind === listed.kind && head.size === (listed.kind === "file" ? listed.size : 0) && (listed.kind !== "link" || head.target === listed.target);
    if (!same) throw new ArchiveError(`${listed.path}: the archive is not as its manifest says`);
    const to = join(folder, ...listed.path.split("/"));
    if (listed.kind === "folder") await mkdir(to, { mode: (listed.mode & 0o777) | 0o700 });
    else if (listed.kind === "link") links.push(listed);
    else await unpackFile(reader, listed, to);
  }
  if ((await readHeader(reader)) !== undefined) throw new ArchiveError("there is more in the archive than its manifest says");
  for (const link of links) await symlink(link.target, join(folder, ...link.path.split("/")));
}

async function unpackFile(reader: ByteReader, listed: ListedEntry, to: string): Promise<void> {
  const hash = createHash("sha256");
  const file = await open(to, "wx", (listed.mode & 0o777) | 0o600);
  try {
    for (let left = listed.size; left > 0; ) {
      const part = await reader.upTo(Math.min(left, CHUNK));
      if (part === undefined) throw new ArchiveError("the archive ends in the middle: it was not copied whole");
      hash.update(part);
      await file.writeFile(part);
      left -= part.length;
    }
  } finally {
    await file.close();
  }
  await reader.exactly((BLOCK - (listed.size % BLOCK)) % BLOCK);
  if (hash.digest("hex") !== listed.sha256) throw new ArchiveError(`${listed.path}: its SHA-256 is not the one in the manifest`);
}

