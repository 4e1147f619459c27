/**
 * Pages of a bbolt file: the 16-byte header and the elements of branch and leaf pages (bbolt internal/common/page.go).
 * A page is checked whole when it is opened, so that whoever holds a `Page` can use it without checks.
 */
import { alignedBuffer, compareRanges, wide, wordsOf } from "./bytes.ts";
import { type BboltError, damaged } from "./errors.ts";

export const pageHeaderBytes = 16;
/** Branch and leaf elements have the same size. */
export const elementBytes = 16;
export const pageFlags = { branch: 0x01, leaf: 0x02, meta: 0x04, freelist: 0x10 } as const;
/** Flag of a leaf element whose value is a bucket. */
export const bucketFlag = 0x01;
export const largestKeyBytes = 32768;
export const largestValueBytes = 0x7ffffffe;
/** bbolt keeps the count in 16 bits and refuses to write 0xffff. */
export const largestCount = 0xfffe;
/** Every level at least doubles, so no honest tree is deeper; a cycle of pages is. */
export const deepestTree = 64;

export interface PageHeader {
  readonly id: number;
  readonly flags: number;
  readonly count: number;
  /** further pages that belong to this one */
  readonly overflow: number;
}

export function readPageHeader(bytes: Buffer, at = 0): PageHeader {
  const high = bytes.readUInt32LE(at + 4);
  return {
    id: high > 0x1fffff ? Infinity : high * 0x1_0000_0000 + bytes.readUInt32LE(at),
    flags: bytes.readUInt16LE(at + 8),
    count: bytes.readUInt16LE(at + 10),
    overflow: bytes.readUInt32LE(at + 12),
  };
}

export function writePageHeader(bytes: Buffer, header: PageHeader): void {
  bytes.writeUInt32LE(header.id >>> 0, 0);
  bytes.writeUInt32LE(Math.floor(header.id / 0x1_0000_0000), 4);
  bytes.writeUInt16LE(header.flags, 8);
  bytes.writeUInt16LE(header.count, 10);
  bytes.writeUInt32LE(header.overflow, 12);
}

/** A page's type as bbolt names it. */
export function pageTypeName(flags: number): string {
  for (const name of ["branch", "leaf", "meta", "freelist"] as const) if (flags === pageFlags[name]) return name;
  return `unknown<${flags.toString(16).padStart(2, "0")}>`;
}

/** What a cursor walks over: a page as it is in the file, or a node that a write transaction has taken into memory. */
export interface Block {
  readonly leaf: boolean;
  readonly count: number;
  /** Index of `key`, or the complement (~) of where it would go. */
  search(key: Uint8Array): number;
  keyAt(index: number): Buffer;
  /** leaf only */
  valueAt(index: number): Buffer;
  /** leaf only */
  flagsAt(index: number): number;
  /** branch only: page number of the child */
  pgidAt(index: number): number;
}

/** A branch or leaf page, header and overflow pages included, sound by itself. Never changed once made. */
export class Page implements Block {
  private readonly words: Uint32Array;
  /** For the page cache: used since the clock's hand last came by. */
  used = false;

  /** @param data aligned, checked by `openPage` or made by `Node.encode` */
  constructor(
    readonly id: number,
    readonly leaf: boolean,
    readonly count: number,
    readonly overflow: number,
    readonly data: Buffer,
  ) {
    this.words = wordsOf(data);
  }

  search(key: Uint8Array): number {
    const { data, words } = this;
    const positionWord = this.leaf ? 5 : 4;
    let low = 0;
    let high = this.count - 1;
    while (low <= high) {
      const middle = (low + high) >>> 1;
      const start = 16 + 16 * middle + (words[4 * middle + positionWord] as number);
      const order = compareRanges(data, start, start + (words[4 * middle + positionWord + 1] as number), key, 0, key.length);
      if (order === 0) return middle;
      if (order < 0) low = middle + 1;
      else high = middle - 1;
    }
    return ~low;
  }

  keyAt(index: number): Buffer {
    const start = this.keyStartAt(index);
    return this.data.subarray(start, start + this.keySizeAt(index));
  }

  valueAt(index: number): Buffer {
    const start = this.keyStartAt(index) + this.keySizeAt(index);
    return this.data.subarray(start, start + this.valueSizeAt(index));
  }

  /** Where in `data`. */
  keyStartAt(index: number): number {
    return 16 + 16 * index + (this.words[4 * index + (this.leaf ? 5 : 4)] as number);
  }

  keySizeAt(index: number): number {
    return this.words[4 * index + (this.leaf ? 6 : 5)] as number;
  }

  /** leaf only; the value follows the key */
  valueSizeAt(index: number): number {
    return this.words[4 * index + 7] as number;
  }

  flagsAt(index: number): number {
    return this.words[4 * index + 4] as number;
  }

  pgidAt(index: number): number {
    return wide(this.words, 4 * index + 6);
  }
}

/** Where bytes came from, for the sentence that refuses them. */
export interface PageOrigin {
  readonly path: string;
  /** of the page's first byte in the file */
  readonly offset: number;
}

/**
 * Checks and opens a branch or leaf page.
 * @param data the whole page with its overflow pages, aligned
 * @param id what the header must say; 0 for the page image inside an inline bucket
 * @throws BboltError bbolt.page_damaged
 */
export function openPage(data: Buffer, id: number, origin: PageOrigin): Page {
  const header = readPageHeader(data);
  if (header.id !== id) throw refused(origin, 0, `page ${id} carries another page's number`, id, header.id);
  const leaf = header.flags === pageFlags.leaf;
  if (!leaf && header.flags !== pageFlags.branch)
    throw refused(origin, 8, `page ${id} is of the wrong type`, "branch or leaf", pageTypeName(header.flags));
  if (!leaf && header.count === 0) throw refused(origin, 10, `branch page ${id} has no children`, "at least 1", 0);
  checkElements(data, id, leaf, header.count, origin);
  return new Page(id, leaf, header.count, header.overflow, data);
}

function refused(origin: PageOrigin, at: number, what: string, expected: string | number, found: string | number): BboltError {
  return damaged("bbolt.page_damaged", origin.path, origin.offset + at, what, expected, found);
}

/** Elements lie in order, without gaps, inside the page, with ascending keys: that is how bbolt writes them. */
function checkElements(data: Buffer, id: number, leaf: boolean, count: number, origin: PageOrigin): void {
  const words = wordsOf(data);
  const length = data.length;
  let expected = pageHeaderBytes + elementBytes * count;
  if (expected > length) throw refused(origin, 10, `page ${id} has more elements than fit`, `at most ${(length >>> 4) - 1}`, count);
  let previousStart = 0;
  let previousEnd = 0;
  for (let index = 0; index < count; index++) {
    const at = 4 + 4 * index;
    const element = 16 + 16 * index;
    const start = element + (words[leaf ? at + 1 : at] as number);
    const keySize = words[leaf ? at + 2 : at + 1] as number;
    const keyEnd = start + keySize;
    const end = leaf ? keyEnd + (words[at + 3] as number) : keyEnd;
    if (start !== expected) throw refused(origin, element, `element ${index} of page ${id} begins in the wrong place`, expected, start);
    if (keySize === 0 || keySize > largestKeyBytes)
      throw refused(origin, element, `key length in element ${index} of page ${id}`, `1..${largestKeyBytes}`, keySize);
    if (end > length) throw refused(origin, element, `element ${index} of page ${id} runs out of the page`, `at most ${length}`, end);
    if (leaf && (words[at] as number) > bucketFlag)
      throw refused(origin, element, `flags in element ${index} of page ${id}`, "0 or 1", words[at] as number);
    if (index > 0 && compareRanges(data, previousStart, previousEnd, data, start, keyEnd) >= 0) {
      const before = data.toString("hex", previousStart, previousEnd);
      const what = `keys of page ${id} are out of order at element ${index}`;
      throw refused(origin, start, what, `more than ${before}`, data.toString("hex", start, keyEnd));
    }
    previousStart = start;
    previousEnd = keyEnd;
    expected = end;
  }
}

/** A copy that `openPage` can take, for images inside a value, which lie at any offset. */
export function alignedCopy(bytes: Buffer): Buffer {
  const copy = alignedBuffer(bytes.length);
  bytes.copy(copy);
  return copy;
}
