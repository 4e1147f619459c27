/**
 * Buckets: named sets of pairs, each a B+tree of its own whose header is a value in the parent's tree. A bucket of one
 * small leaf lives inside that value ("inline"; bbolt bucket.go).
 */
import { alignedBuffer, compareKeys, setWide, wide, wordsOf } from "./bytes.ts";
import { Cursor, type CursorSource } from "./cursor.ts";
import { BboltError, damaged } from "./errors.ts";
import { Item, Node } from "./node.ts";
import {
  alignedCopy,
  type Block,
  bucketFlag,
  deepestTree,
  largestKeyBytes,
  largestValueBytes,
  openPage,
  type Page,
  pageHeaderBytes,
} from "./page.ts";
import { childFor, deleteFrom, freeTree, leafFor, putInto, rebalance, spillTree, type Steps, tooDeep, type TreePages } from "./tree.ts";

const bucketHeaderBytes = 16;
const defaultFillPercent = 0.5;

/** What a bucket needs of its transaction. */
export interface BucketPages extends TreePages {
  readonly writable: boolean;
  /** @throws BboltError bbolt.closed, bbolt.read_only */
  mustBeWritable(): void;
}

interface BucketHeader {
  /** page of the tree's root; 0: inline */
  readonly rootPage: number;
  readonly sequence: number;
}

/** @throws BboltError bbolt.page_damaged @param offset of the page that holds the value, for the message */
export function decodeBucketHeader(value: Buffer, path: string, offset: number): BucketHeader & { readonly inline: Page | undefined } {
  const refused = (what: string, expected: string, found: string): BboltError =>
    damaged("bbolt.page_damaged", path, offset, what, expected, found);
  if (value.length < bucketHeaderBytes)
    throw refused("a bucket's header is too short", `${bucketHeaderBytes} bytes`, `${value.length} bytes`);
  const copy = alignedCopy(value);
  const words = wordsOf(copy);
  const rootPage = wide(words, 0);
  const sequence = wide(words, 2);
  if (sequence === Infinity) throw refused("a bucket's sequence", "less than 2^53", "more");
  if (rootPage !== 0) return { rootPage, sequence, inline: undefined };
  if (copy.length < bucketHeaderBytes + pageHeaderBytes)
    throw refused("an inline bucket is too short", `${bucketHeaderBytes + pageHeaderBytes} bytes`, `${copy.length} bytes`);
  const inline = openPage(copy.subarray(bucketHeaderBytes), 0, { path, offset });
  if (!inline.leaf) throw refused("an inline bucket is of the wrong type", "leaf", "branch");
  return { rootPage, sequence, inline };
}

export class Bucket implements CursorSource {
  /** How full pages are made that are split at commit, 0.1 to 1; not stored. More for keys that come in order. */
  fillPercent = defaultFillPercent;
  private readonly opened = new Map<string, Bucket>();
  private node: Node | undefined;

  /** Made by transactions and buckets only. */
  constructor(
    private readonly pages: BucketPages,
    private rootPage: number,
    private storedSequence: number,
    private readonly inline: Page | undefined,
  ) {}

  get path(): string {
    return this.pages.path;
  }

  get pageSize(): number {
    return this.pages.pageSize;
  }

  /** Page of the root as last written; 0 for an inline bucket. */
  get rootPgid(): number {
    return this.rootPage;
  }

  get sequence(): number {
    return this.storedSequence;
  }

  setSequence(sequence: number): void {
    this.pages.mustBeWritable();
    this.takeInRoot();
    this.storedSequence = sequence;
  }

  /** The value; undefined where absent or a bucket. A view that stays as it is: do not change it. */
  get(key: Uint8Array): Buffer | undefined {
    let block = this.root();
    for (let depth = 0; !block.leaf; depth++) {
      if (depth > deepestTree) throw tooDeep(this.pages, this.rootPage);
      block = this.child(block, childFor(block.search(key)));
    }
    const found = block.search(key);
    return found < 0 || (block.flagsAt(found) & bucketFlag) !== 0 ? undefined : block.valueAt(found);
  }

  /**
   * Neither key nor value may be changed by the caller before the transaction is over.
   * @throws BboltError bbolt.key_required, key_too_large, value_too_large, incompatible_value (the key names a bucket)
   */
  put(key: Buffer, value: Buffer): void {
    this.pages.mustBeWritable();
    if (key.length === 0) throw new BboltError("bbolt.key_required", "key required");
    if (key.length > largestKeyBytes) throw new BboltError("bbolt.key_too_large", "key too large");
    if (value.length > largestValueBytes) throw new BboltError("bbolt.value_too_large", "value too large");
    const leaf = leafFor(this.takeInRoot(), key, this.pages);
    const found = leaf.search(key);
    if (found >= 0 && (leaf.flagsAt(found) & bucketFlag) !== 0) throw new BboltError("bbolt.incompatible_value", "incompatible value");
    leaf.putAt(found, Item.pair(key, value, 0));
  }

  /** @returns whether there was such a pair */
  delete(key: Uint8Array): boolean {
    this.pages.mustBeWritable();
    const found = this.find(key);
    if (found === undefined) return false;
    if (found.isBucket) throw new BboltError("bbolt.incompatible_value", "incompatible value");
    return deleteFrom(this.takeInRoot(), key, this.pages);
  }

  cursor(): Cursor {
    return new Cursor(this);
  }

  /** The nested bucket; undefined where there is none of that name. */
  bucket(name: Buffer): Bucket | undefined {
    const nameText = name.toString("latin1");
    const known = this.opened.get(nameText);
    if (known !== undefined) return known;
    const found = this.find(name);
    if (found === undefined || !found.isBucket) return undefined;
    const header = decodeBucketHeader(found.value, this.path, this.rootPage * this.pageSize);
    const child = new Bucket(this.pages, header.rootPage, header.sequence, header.inline);
    this.opened.set(nameText, child);
    return child;
  }

  /** @throws BboltError bbolt.name_required, bucket_exists, incompatible_value (the name is a key with a value) */
  createBucket(name: Buffer): Bucket {
    this.pages.mustBeWritable();
    if (name.length === 0) throw new BboltError("bbolt.name_required", "bucket name required");
    const found = this.find(name);
    if (found !== undefined)
      throw found.isBucket
        ? new BboltError("bbolt.bucket_exists", "bucket already exists")
        : new BboltError("bbolt.incompatible_value", "incompatible value");
    const empty = new Node(true, []);
    putInto(this.takeInRoot(), name, inlineValue(0, empty), bucketFlag, this.pages);
    return this.bucket(name) as Bucket;
  }

  createBucketIfAbsent(name: Buffer): Bucket {
    this.pages.mustBeWritable();
    return this.bucket(name) ?? this.createBucket(name);
  }

  /** With everything in it. @throws BboltError bbolt.bucket_not_found, incompatible_value */
  deleteBucket(name: Buffer): void {
    this.pages.mustBeWritable();
    const found = this.find(name);
    if (found === undefined) throw new BboltError("bbolt.bucket_not_found", "bucket not found");
    if (!found.isBucket) throw new BboltError("bbolt.incompatible_value", "incompatible value");
    const child = this.bucket(name) as Bucket;
    const nested = [...child.entries()].filter((entry) => entry.isBucket).map((entry) => entry.key);
    for (const inner of nested) child.deleteBucket(inner);
    if (child.rootPage !== 0) freeTree(child.node ?? this.pages.page(child.rootPage), this.pages);
    this.opened.delete(name.toString("latin1"));
    deleteFrom(this.takeInRoot(), name, this.pages);
  }

  /** All pairs in byte order, nested buckets (with their header as value) among them. */
  *entries(): IterableIterator<{ readonly key: Buffer; readonly value: Buffer; readonly isBucket: boolean }> {
    const cursor = this.cursor();
    for (let more = cursor.first(); more; more = cursor.next()) yield { key: cursor.key, value: cursor.value, isBucket: cursor.isBucket };
  }

  root(): Block {
    return this.node ?? this.inline ?? this.pages.page(this.rootPage);
  }

  child(parent: Block, index: number): Block {
    if (parent instanceof Node) {
      const child = parent.items[index]?.child;
      if (child !== undefined) return child;
    }
    return this.pages.page(parent.pgidAt(index));
  }

  /** At commit: merges what became too small, here and in the nested buckets. */
  *rebalanceAll(): Steps<void> {
    if (this.node !== undefined) this.node = yield* rebalance(this.node, this.fillPercent, this.pages);
    for (const child of this.opened.values()) yield* child.rebalanceAll();
  }

  /** At commit: writes the nested buckets that changed and their new headers into this one's tree. */
  *spillNested(): Steps<void> {
    for (const [name, child] of this.opened) {
      yield* child.spillNested();
      if (child.node === undefined) continue;
      const header = yield* child.spill(child.node);
      putInto(this.takeInRoot(), Buffer.from(name, "latin1"), header, bucketFlag, this.pages);
    }
  }

  /** At commit, for the root bucket, which is never inline. @returns its root page */
  *spillRoot(): Steps<number> {
    yield* this.spillNested();
    if (this.node !== undefined) this.rootPage = yield* spillTree(this.node, this.fillPercent, this.pages);
    return this.rootPage;
  }

  /** @returns the value that stands for this bucket in its parent */
  private *spill(root: Node): Steps<Buffer> {
    if (isInlineable(root, this.pageSize)) {
      if (root.pgid !== 0) this.pages.free(root.pgid, root.pages);
      this.rootPage = 0;
      return inlineValue(this.storedSequence, root);
    }
    this.rootPage = yield* spillTree(root, this.fillPercent, this.pages);
    const value = alignedBuffer(bucketHeaderBytes);
    writeHeader(value, this.rootPage, this.storedSequence);
    return value;
  }

  private takeInRoot(): Node {
    this.node ??= Node.fromPage(this.inline ?? this.pages.page(this.rootPage));
    return this.node;
  }

  private find(key: Uint8Array): { readonly value: Buffer; readonly isBucket: boolean } | undefined {
    const cursor = this.cursor();
    if (!cursor.seek(key) || compareKeys(cursor.key, key) !== 0) return undefined;
    return { value: cursor.value, isBucket: cursor.isBucket };
  }
}

function writeHeader(value: Buffer, rootPage: number, sequence: number): void {
  const words = wordsOf(value);
  setWide(words, 0, rootPage);
  setWide(words, 2, sequence);
}

function inlineValue(sequence: number, root: Node): Buffer {
  const image = root.encode(0, 0, root.size());
  const value = alignedBuffer(bucketHeaderBytes + image.data.length);
  writeHeader(value, 0, sequence);
  image.data.copy(value, bucketHeaderBytes);
  return value;
}

/** One leaf, no nested bucket, and an image of at most a quarter page. */
function isInlineable(root: Node, pageSize: number): boolean {
  if (!root.leaf) return false;
  let size = pageHeaderBytes;
  for (const item of root.items) {
    size += item.bytes;
    if ((item.flags & bucketFlag) !== 0 || size > pageSize / 4) return false;
  }
  return true;
}
