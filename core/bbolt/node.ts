/**
 * A page taken into memory by a write transaction, to be changed there and written elsewhere at commit (bbolt node.go).
 * A branch node holds the nodes of those children that were taken in too: there is no other index of nodes.
 */
import { alignedBuffer, compareRanges, setWide, wordsOf } from "./bytes.ts";
import { BboltError } from "./errors.ts";
import { type Block, elementBytes, largestCount, Page, pageFlags, pageHeaderBytes, writePageHeader } from "./page.ts";

/**
 * One entry of a node. Key and value are ranges of the page they were read from or of the buffers they were put with, and not
 * views of their own: a batch that touches thousands of leaves would make hundreds of thousands of those.
 */
export class Item {
  /**
   * @param valueData of a branch's item: empty
   * @param flags of a leaf's item: 1 for a bucket
   * @param pgid of a branch's item: page of the child as last written
   * @param child of a branch's item: the child, where taken in
   */
  constructor(
    readonly keyData: Buffer,
    readonly keyStart: number,
    readonly keyEnd: number,
    readonly valueData: Buffer,
    readonly valueStart: number,
    readonly valueEnd: number,
    readonly flags: number,
    readonly pgid: number,
    public child: Node | undefined,
  ) {}

  static pair(key: Buffer, value: Buffer, flags: number): Item {
    return new Item(key, 0, key.length, value, 0, value.length, flags, 0, undefined);
  }

  /** An entry for a page whose first entry is `first`; undefined: an empty root, which no branch will hold. */
  static toPage(first: Item | undefined, pgid: number): Item {
    const data = first?.keyData ?? nothing;
    return new Item(data, first?.keyStart ?? 0, first?.keyEnd ?? 0, nothing, 0, 0, 0, pgid, undefined);
  }

  /** On a page, its element included. */
  get bytes(): number {
    return elementBytes + this.keyEnd - this.keyStart + this.valueEnd - this.valueStart;
  }
}

const nothing: Buffer = Buffer.alloc(0);

/** Both sides of a split keep at least this many items. */
const fewestItemsOnPage = 2;

export class Node implements Block {
  /** Lost an item since it was taken in, so that it may have to be merged. */
  shrunk = false;

  /**
   * @param pgid the page it was read from; 0 when new or inline
   * @param pages how many pages that one took
   */
  constructor(
    readonly leaf: boolean,
    public items: Item[],
    public pgid = 0,
    public pages = 0,
  ) {}

  static fromPage(page: Page): Node {
    const items: Item[] = new Array(page.count);
    const { data, leaf } = page;
    for (let index = 0; index < page.count; index++) {
      const keyStart = page.keyStartAt(index);
      const keyEnd = keyStart + page.keySizeAt(index);
      const valueEnd = leaf ? keyEnd + page.valueSizeAt(index) : keyEnd;
      const flags = leaf ? page.flagsAt(index) : 0;
      items[index] = new Item(data, keyStart, keyEnd, data, keyEnd, valueEnd, flags, leaf ? 0 : page.pgidAt(index), undefined);
    }
    return new Node(leaf, items, page.id, page.id === 0 ? 0 : page.overflow + 1);
  }

  get count(): number {
    return this.items.length;
  }

  search(key: Uint8Array): number {
    let low = 0;
    let high = this.items.length - 1;
    // most batches append: look at the end first
    if (high >= 0 && this.compareAt(high, key) < 0) return ~(high + 1);
    while (low <= high) {
      const middle = (low + high) >>> 1;
      const order = this.compareAt(middle, key);
      if (order === 0) return middle;
      if (order < 0) low = middle + 1;
      else high = middle - 1;
    }
    return ~low;
  }

  keyAt(index: number): Buffer {
    const { keyData, keyStart, keyEnd } = this.items[index] as Item;
    return keyData.subarray(keyStart, keyEnd);
  }

  valueAt(index: number): Buffer {
    const { valueData, valueStart, valueEnd } = this.items[index] as Item;
    return valueData.subarray(valueStart, valueEnd);
  }

  flagsAt(index: number): number {
    return (this.items[index] as Item).flags;
  }

  pgidAt(index: number): number {
    return (this.items[index] as Item).pgid;
  }

  /** @param found as `search` said */
  putAt(found: number, item: Item): void {
    if (found >= 0) this.items[found] = item;
    else this.insert(~found, item);
  }

  private insert(index: number, item: Item): void {
    if (index === this.items.length) this.items.push(item);
    else this.items.splice(index, 0, item);
  }

  removeAt(index: number): void {
    this.items.splice(index, 1);
    this.shrunk = true;
  }

  /** Bytes that it would take on a page. */
  size(): number {
    let size = pageHeaderBytes;
    for (const item of this.items) size += item.bytes;
    return size;
  }

  /**
   * Cuts it into nodes that fit on a page, as bbolt does: filled up to `fillPercent` of a page, two items at least on
   * each side, none cut while it has four items or fewer (it gets overflow pages then).
   */
  split(pageSize: number, fillPercent: number): Node[] {
    let rest = this.size();
    if (this.items.length <= 2 * fewestItemsOnPage || rest < pageSize) return [this];
    const threshold = Math.floor(pageSize * Math.min(Math.max(fillPercent, 0.1), 1));
    const parts: Node[] = [];
    const all = this.items;
    let first = 0;
    while (all.length - first > 2 * fewestItemsOnPage && rest >= pageSize) {
      let size = pageHeaderBytes;
      let end = first;
      while (end < all.length - fewestItemsOnPage) {
        const next = (all[end] as Item).bytes;
        if (end - first >= fewestItemsOnPage && size + next > threshold) break;
        size += next;
        end++;
      }
      // the last item looked at goes to the right even when the left had room for it
      if (end === all.length - fewestItemsOnPage) size -= (all[--end] as Item).bytes;
      parts.push(new Node(this.leaf, all.slice(first, end)));
      rest -= size - pageHeaderBytes;
      first = end;
    }
    parts.push(new Node(this.leaf, all.slice(first)));
    return parts;
  }

  /** @param length of the image: whole pages, or `size()` for an inline bucket */
  encode(id: number, overflow: number, length: number): Page {
    const { items, leaf } = this;
    const count = items.length;
    if (count > largestCount) throw new BboltError("bbolt.tree_damaged", `inode overflow: ${count} (pgid=${id})`);
    const data = alignedBuffer(length);
    writePageHeader(data, { id, flags: leaf ? pageFlags.leaf : pageFlags.branch, count, overflow });
    const words = wordsOf(data);
    const body = pageHeaderBytes + elementBytes * count;
    let at = body;
    for (let index = 0; index < count; index++) {
      const item = items[index] as Item;
      const keySize = item.keyEnd - item.keyStart;
      const valueSize = item.valueEnd - item.valueStart;
      const word = 4 + 4 * index;
      const position = at - 4 * word;
      if (leaf) {
        words[word] = item.flags;
        words[word + 1] = position;
        words[word + 2] = keySize;
        words[word + 3] = valueSize;
      } else {
        words[word] = position;
        words[word + 1] = keySize;
        setWide(words, word + 2, item.pgid);
      }
      at += keySize + valueSize;
    }
    const copying = new RunCopy(data, body);
    for (let index = 0; index < count; index++) {
      const item = items[index] as Item;
      copying.add(item.keyData, item.keyStart, item.keyEnd);
      if (leaf) copying.add(item.valueData, item.valueStart, item.valueEnd);
    }
    data.fill(0, copying.flush());
    return new Page(id, leaf, count, overflow, data);
  }

  private compareAt(index: number, key: Uint8Array): number {
    const item = this.items[index] as Item;
    return compareRanges(item.keyData, item.keyStart, item.keyEnd, key, 0, key.length);
  }
}

/** Copies ranges one behind the other; ranges that lie so already, as those of a page that changed little, go in one piece. */
class RunCopy {
  private source: Buffer = nothing;
  private start = 0;
  private end = 0;

  constructor(
    private readonly target: Buffer,
    private at: number,
  ) {}

  add(source: Buffer, start: number, end: number): void {
    if (source === this.source && start === this.end) {
      this.end = end;
      return;
    }
    this.flush();
    this.source = source;
    this.start = start;
    this.end = end;
  }

  /** @returns where the target is filled up to */
  flush(): number {
    if (this.end > this.start) this.source.copy(this.target, this.at, this.start, this.end);
    this.at += this.end - this.start;
    this.start = this.end;
    return this.at;
  }
}
