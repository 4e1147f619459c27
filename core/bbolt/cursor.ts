/** Walks the pairs of one bucket in byte order, over pages and over nodes that a write transaction has taken in (bbolt cursor.go). */
import { bucketFlag, type Block, deepestTree } from "./page.ts";
import { childFor, tooDeep } from "./tree.ts";

/** The bucket that a cursor walks over. */
export interface CursorSource {
  readonly path: string;
  readonly pageSize: number;
  root(): Block;
  child(parent: Block, index: number): Block;
}

export class Cursor {
  private readonly blocks: Block[] = [];
  private readonly indexes: number[] = [];

  /** Valid while its transaction is open and the bucket is not changed. */
  constructor(private readonly source: CursorSource) {}

  /** Whether it stands on a pair; `key`, `value` and `isBucket` may be asked then only. */
  get valid(): boolean {
    const top = this.blocks.length - 1;
    return top >= 0 && (this.indexes[top] as number) < (this.blocks[top] as Block).count;
  }

  get key(): Buffer {
    return this.leaf.keyAt(this.leafIndex);
  }

  /** The value; the header of a nested bucket where `isBucket`. */
  get value(): Buffer {
    return this.leaf.valueAt(this.leafIndex);
  }

  get isBucket(): boolean {
    return (this.leaf.flagsAt(this.leafIndex) & bucketFlag) !== 0;
  }

  /** All moves say whether the cursor stands on a pair afterwards. */
  first(): boolean {
    this.reset();
    this.push(this.source.root(), 0);
    this.descend("first");
    return this.leaf.count > 0 || this.next();
  }

  last(): boolean {
    this.reset();
    const root = this.source.root();
    this.push(root, root.count - 1);
    this.descend("last");
    return this.leaf.count > 0 || this.previous();
  }

  /** To the first pair whose key is not less. */
  seek(key: Uint8Array): boolean {
    this.reset();
    let block = this.source.root();
    while (!block.leaf) {
      const index = childFor(block.search(key));
      this.push(block, index);
      block = this.source.child(block, index);
    }
    const found = block.search(key);
    this.push(block, found >= 0 ? found : ~found);
    if (this.valid) return true;
    return this.toNextLeaf();
  }

  next(): boolean {
    const top = this.blocks.length - 1;
    if (top < 0) return false;
    const index = (this.indexes[top] as number) + 1;
    if (index < (this.blocks[top] as Block).count) {
      this.indexes[top] = index;
      return true;
    }
    return this.toNextLeaf();
  }

  previous(): boolean {
    const top = this.blocks.length - 1;
    if (top < 0) return false;
    const index = Math.min(this.indexes[top] as number, (this.blocks[top] as Block).count) - 1;
    if (index >= 0) {
      this.indexes[top] = index;
      return true;
    }
    for (;;) {
      this.pop();
      while (this.blocks.length > 0 && (this.indexes.at(-1) as number) === 0) this.pop();
      if (this.blocks.length === 0) return false;
      this.indexes[this.indexes.length - 1] = (this.indexes.at(-1) as number) - 1;
      this.descend("last");
      if (this.leaf.count > 0) return true;
    }
  }

  private get leaf(): Block {
    return this.blocks[this.blocks.length - 1] as Block;
  }

  private get leafIndex(): number {
    return this.indexes[this.indexes.length - 1] as number;
  }

  /** Leaves that a transaction has emptied are still in the tree until it commits: they are passed by. */
  private toNextLeaf(): boolean {
    for (;;) {
      this.pop();
      while (this.blocks.length > 0 && (this.indexes.at(-1) as number) >= this.leaf.count - 1) this.pop();
      if (this.blocks.length === 0) return false;
      this.indexes[this.indexes.length - 1] = (this.indexes.at(-1) as number) + 1;
      this.descend("first");
      if (this.leaf.count > 0) return true;
    }
  }

  private descend(side: "first" | "last"): void {
    while (!this.leaf.leaf) {
      const child = this.source.child(this.leaf, this.leafIndex);
      this.push(child, side === "first" ? 0 : child.count - 1);
    }
  }

  private push(block: Block, index: number): void {
    if (this.blocks.length > deepestTree) throw tooDeep(this.source, block.count);
    this.blocks.push(block);
    this.indexes.push(index);
  }

  private pop(): void {
    this.blocks.pop();
    this.indexes.pop();
  }

  private reset(): void {
    this.blocks.length = 0;
    this.indexes.length = 0;
  }
}
