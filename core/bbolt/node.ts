/**
 * A page taken into memory by a write transaction, to be changed there and written elsewhere at commit (bbolt node.go).
 * A branch node holds the nodes of those children that were taken in too: there is no other index of nodes.
 */
import { alignedBuffer, compareKeys, setWide, wordsOf } from "./bytes.ts";
import { BboltError } from "./errors.ts";
import { type Block, elementBytes, largestCount, Page, pageFlags, pageHeaderBytes, writePageHeader } from "./page.ts";

export interface Item {
  key: Buffer;
  /** leaf: the value; empty in a branch */
  value: Buffer;
  /** leaf: 1 for a bucket */
  flags: number;
  /** branch: page of the child as last written; 0 for a leaf's item */
  pgid: number;
  /** branch: the child, where taken in */
  child: Node | undefined;
}

export const noBytes: Buffer = Buffer.alloc(0);

export function leafItem(key: Buffer, value: Buffer, flags: number): Item {
  return { key, value, flags, pgid: 0, child: undefined };
}

export function branchItem(key: Buffer, pgid: number, child?: Node): Item {
  return { key, value: noBytes, flags: 0, pgid, child };
}

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
    for (let index = 0; index < page.count; index++) {
      const key = page.keyAt(index);
      items[index] = page.leaf ? leafItem(key, page.valueAt(index), page.flagsAt(index)) : branchItem(key, page.pgidAt(index));
    }
    return new Node(page.leaf, items, page.id, page.id === 0 ? 0 : page.overflow + 1);
  }

  get count(): number {
    return this.items.length;
  }

  search(key: Uint8Array): number {
    const { items } = this;
    let low = 0;
    let high = items.length - 1;
    // most batches append: look at the end first
    if (high >= 0 && compareKeys((items[high] as Item).key, key) < 0) return ~(high + 1);
    while (low <= high) {
      const middle = (low + high) >>> 1;
      const order = compareKeys((items[middle] as Item).key, key);
      if (order === 0) return middle;
      if (order < 0) low = middle + 1;
      else high = middle - 1;
    }
    return ~low;
  }

  keyAt(index: number): Buffer {
    return (this.items[index] as Item).key;
  }

  valueAt(index: number): Buffer {
    return (this.items[index] as Item).value;
  }

  flagsAt(index: number): number {
    return (this.items[index] as Item).flags;
  }

  pgidAt(index: number): number {
    return (this.items[index] as Item).pgid;
  }

  put(item: Item): void {
    const found = this.search(item.key);
    if (found >= 0) this.items[found] = item;
    else this.insert(~found, item);
  }

  insert(index: number, item: Item): void {
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
    for (const item of this.items) size += itemBytes(item);
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
        const next = itemBytes(all[end] as Item);
        if (end - first >= fewestItemsOnPage && size + next > threshold) break;
        size += next;
        end++;
      }
      // the last item looked at goes to the right even when the left had room for it
      if (end === all.length - fewestItemsOnPage) size -= itemBytes(all[--end] as Item);
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
    let at = pageHeaderBytes + elementBytes * count;
    for (let index = 0; index < count; index++) {
      const item = items[index] as Item;
      const { key, value } = item;
      const word = 4 + 4 * index;
      const position = at - 4 * word;
      if (leaf) {
        words[word] = item.flags;
        words[word + 1] = position;
        words[word + 2] = key.length;
        words[word + 3] = value.length;
      } else {
        words[word] = position;
        words[word + 1] = key.length;
        setWide(words, word + 2, item.pgid);
      }
      data.set(key, at);
      at += key.length;
      data.set(value, at);
      at += value.length;
    }
    data.fill(0, at);
    return new Page(id, leaf, count, overflow, data);
  }
}

export function itemBytes(item: Item): number {
  return elementBytes + item.key.length + item.value.length;
}
