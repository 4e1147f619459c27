/**
 * tar, as much of it as one archive of a lab needs: POSIX ustar with pax records for long names and big sizes (IEEE 1003.1,
 * "pax"). Reading refuses everything else.
 */
export const BLOCK = 512;

export interface TarEntry {
  readonly path: string;
  readonly kind: "folder" | "file" | "link";
  readonly mode: number;
  readonly size: number;
  readonly target: string;
  /** seconds */
  readonly at: number;
}

/** What is no archive of a lab, or was damaged, or leads out of where it is opened. */
export class ArchiveError extends Error {
  override readonly name = "ArchiveError";
  readonly code = "bad-archive";
}

const TYPES = { folder: "5", file: "0", link: "2" } as const;
const NAME_BYTES = 100;
const SIZE_MAX = 8 ** 11;
const PAX_BYTES_MAX = 64 * 1024;

/** The header blocks in front of an entry's data. */
export function headerOf(entry: TarEntry): Buffer {
  const records: [string, string][] = [];
  if (Buffer.byteLength(entry.path) > NAME_BYTES || /[^\x20-\x7e]/.test(entry.path)) records.push(["path", entry.path]);
  if (Buffer.byteLength(entry.target) > NAME_BYTES || /[^\x20-\x7e]/.test(entry.target)) records.push(["linkpath", entry.target]);
  if (entry.size >= SIZE_MAX) records.push(["size", String(entry.size)]);
  const own = block(entry, TYPES[entry.kind]);
  if (records.length === 0) return own;
  const text = Buffer.from(records.map(([name, value]) => paxRecord(name, value)).join(""));
  const head = block({ ...entry, path: "pax", target: "", mode: 0o644, size: text.length }, "x");
  return Buffer.concat([head, text, paddingOf(text.length), own]);
}

/** From the end of an entry's data to the next block. */
export function paddingOf(size: number): Buffer {
  return Buffer.alloc((BLOCK - (size % BLOCK)) % BLOCK);
}

export const TAR_END = Buffer.alloc(2 * BLOCK);

function paxRecord(name: string, value: string): string {
  const rest = Buffer.byteLength(` ${name}=${value}\n`);
  let length = rest + String(rest).length;
  if (String(length).length + rest > length) length = String(length).length + rest;
  return `${length} ${name}=${value}\n`;
}

function block(entry: TarEntry, type: string): Buffer {
  const head = Buffer.alloc(BLOCK);
  const octal = (value: number, at: number, length: number): void => void head.write(`${Math.min(value, 8 ** (length - 1) - 1).toString(8).padStart(length - 1, "0")}\0`, at, "latin1");
  head.write(entry.path, 0, NAME_BYTES, "utf8");
  octal(entry.mode, 100, 8);
  octal(0, 108, 8);
  octal(0, 116, 8);
  octal(entry.size, 124, 12);
  octal(Math.max(0, Math.floor(entry.at)), 136, 12);
  head.write(type, 156, "latin1");
  head.write(entry.target, 157, NAME_BYTES, "utf8");
  head.write("ustar\x0000", 257, "latin1");
  head.write("        ", 148, "latin1");
  octal(head.reduce((sum, byte) => sum + byte, 0), 148, 7);
  return head;
}

/** Reads a stream in pieces of a wanted length. */
export class ByteReader {
  private readonly source: AsyncIterator<Buffer>;
  private held: Buffer = Buffer.alloc(0);
  private ended = false;

  constructor(source: AsyncIterable<Buffer>) {
    this.source = source[Symbol.asyncIterator]();
  }

  /** @throws ArchiveError when the stream ends before */
  async exactly(count: number): Promise<Buffer> {
    const parts: Buffer[] = [];
    for (let left = count; left > 0; ) {
      const part = await this.upTo(left);
      if (part === undefined) throw new ArchiveError("the archive ends in the middle: it was not copied whole");
      parts.push(part);
      left -= part.length;
    }
    return parts.length === 1 ? parts[0]! : Buffer.concat(parts);
  }

  /** Whatever is there, at most `count`; undefined at the end. */
  async upTo(count: number): Promise<Buffer | undefined> {
    while (this.held.length === 0) {
      if (this.ended) return undefined;
      const next = await this.source.next();
      if (next.done === true) this.ended = true;
      else this.held = next.value;
    }
    const part = this.held.subarray(0, count);
    this.held = this.held.subarray(part.length);
    return part;
  }

  /** For whoever stops before the end. */
  async close(): Promise<void> {
    this.ended = true;
    await this.source.return?.();
  }
}

/**
 * The next entry's header; its data, `size` bytes and the padding, is for the caller to read. undefined at the archive's end.
 * @throws ArchiveError
 */
export async function readHeader(reader: ByteReader): Promise<TarEntry | undefined> {
  let pax: ReadonlyMap<string, string> = new Map();
  for (;;) {
    const head = await reader.exactly(BLOCK);
    if (head.every((byte) => byte === 0)) return undefined;
    const text = (at: number, length: number): string => head.toString("utf8", at, at + length).replace(/\0.*$/s, "");
    const octal = (at: number, length: number): number => {
      const digits = text(at, length).trim();
      if (!/^[0-7]+$/.test(digits)) throw new ArchiveError("this is no tar archive, or it was damaged");
      return parseInt(digits, 8);
    };
    const sum = head.reduce((total, byte, at) => total + (at >= 148 && at < 156 ? 0x20 : byte), 0);
    if (text(257, 5) !== "ustar" || octal(148, 8) !== sum) throw new ArchiveError("this is no tar archive, or it was damaged");
    const type = text(156, 1);
    const size = octal(124, 12);
    if (type === "x") {
      if (size > PAX_BYTES_MAX) throw new ArchiveError("a name in the archive is too long");
      pax = paxOf(await reader.exactly(size));
      await reader.exactly(paddingOf(size).length);
      continue;
    }
    const kind = (Object.keys(TYPES) as (keyof typeof TYPES)[]).find((one) => TYPES[one] === type);
    const prefix = text(345, 155);
    const path = (pax.get("path") ?? (prefix === "" ? text(0, NAME_BYTES) : `${prefix}/${text(0, NAME_BYTES)}`)).replace(/\/$/, "");
    if (kind === undefined) throw new ArchiveError(`${path}: neither a file, nor a folder, nor a link`);
    const given = Number(pax.get("size") ?? size);
    if (!Number.isSafeInteger(given) || given < 0 || (kind !== "file" && given !== 0)) throw new ArchiveError(`${path}: has a size that it cannot have`);
    return { path, kind, mode: octal(100, 8) & 0o777, size: given, target: kind === "link" ? (pax.get("linkpath") ?? text(157, NAME_BYTES)) : "", at: octal(136, 12) };
  }
}

function paxOf(data: Buffer): Map<string, string> {
  const records = new Map<string, string>();
  for (let at = 0; at < data.length; ) {
    const blank = data.indexOf(0x20, at);
    const length = Number(data.toString("latin1", at, Math.max(at, blank)));
    const record = data.toString("utf8", blank + 1, at + length - 1);
    const equals = record.indexOf("=");
    if (blank < 0 || !Number.isInteger(length) || length < 5 || at + length > data.length || equals <= 0) throw new ArchiveError("this is no tar archive, or it was damaged");
    records.set(record.slice(0, equals), record.slice(equals + 1));
    at += length;
  }
  return records;
}
