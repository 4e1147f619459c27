/**
 * The B+tree of one bucket as a write transaction changes it: taking pages in, putting, deleting, and at commit merging
 * what became too small and writing out what was taken in ("rebalance" and "spill", bbolt node.go).
 */
import { damaged } from "./errors.ts";
import { Item, Node } from "./node.ts";
import { deepestTree, type Page } from "./page.ts";

/** What the tree needs of its transaction. */
export interface TreePages {
  readonly path: string;
  readonly pageSize: number;
  page(id: number): Page;
  /** Gives a page up. @throws BboltError when it was free already */
  free(id: number, pages: number): void;
  /** @returns number of the first of `pages` new neighbours */
  allocate(pages: number): number;
  /** Takes a finished page to be written. */
  write(page: Page): void;
}

/** Work in parts: it stops after each node, so that whoever runs it can do something else in between. */
export type Steps<Result> = Generator<undefined, Result>;

/** The child to go down to for `key`: the last one whose first key is not greater, or the first. */
export function childFor(found: number): number {
  return found >= 0 ? found : Math.max(~found - 1, 0);
}

/** A branch's child, taken in. */
function takeIn(parent: Node, index: number, pages: TreePages): Node {
  const item = parent.items[index] as Item;
  item.child ??= Node.fromPage(pages.page(item.pgid));
  return item.child;
}

/** The leaf where `key` is or would be, and all above it, taken in. */
export function leafFor(root: Node, key: Uint8Array, pages: TreePages): Node {
  let node = root;
  for (let depth = 0; !node.leaf; depth++) {
    if (depth > deepestTree) throw tooDeep(pages, node.pgid);
    node = takeIn(node, childFor(node.search(key)), pages);
  }
  return node;
}

export function tooDeep(pages: { readonly path: string; readonly pageSize: number }, id: number): Error {
  const what = `the tree at page ${id} goes round in a circle`;
  return damaged("bbolt.tree_damaged", pages.path, id * pages.pageSize, what, `at most ${deepestTree} levels`, `more`);
}

/**
 * Merges nodes that lost items and became too small (at most half of what a split fills, or too few items) with a neighbour.
 * @returns the root, which may be another node than before
 */
export function* rebalance(root: Node, fillPercent: number, pages: TreePages): Steps<Node> {
  const threshold = Math.floor((pages.pageSize * fillPercent) / 2);
  yield* mergeChildren(root, threshold, pages, 0);
  let top = root;
  while (!top.leaf && top.shrunk && top.items.length <= 1) {
    const only = top.items.length === 1 ? takeIn(top, 0, pages) : new Node(true, []);
    release(top, pages);
    only.shrunk = true;
    top = only;
  }
  return top;
}

function* mergeChildren(node: Node, threshold: number, pages: TreePages, depth: number): Steps<void> {
  if (depth > deepestTree) throw tooDeep(pages, node.pgid);
  for (const { child } of node.items) if (child !== undefined && !child.leaf) yield* mergeChildren(child, threshold, pages, depth + 1);
  for (let index = 0; index < node.items.length; ) {
    const child = (node.items[index] as Item).child;
    if (child === undefined || !child.shrunk || !tooSmall(child, threshold)) {
      index++;
    } else if (child.items.length === 0) {
      release(child, pages);
      node.removeAt(index);
      yield;
    } else if (node.items.length === 1) {
      // nothing to merge with here; the parent, which has too few items itself, is merged one level up
      index++;
    } else {
      const left = index === 0 ? 0 : index - 1;
      mergeInto(node, left, pages);
      index = left + 1;
      yield;
    }
  }
}

function tooSmall(node: Node, threshold: number): boolean {
  const fewest = node.leaf ? 1 : 2;
  return node.items.length <= fewest || node.size() <= threshold;
}

/** Moves all of the right neighbour's items to `left`. */
function mergeInto(parent: Node, left: number, pages: TreePages): void {
  const target = takeIn(parent, left, pages);
  const source = takeIn(parent, left + 1, pages);
  if (target.leaf !== source.leaf) {
    const kind = (node: Node): string => (node.leaf ? "leaf" : "branch");
    const what = `siblings ${target.pgid} and ${source.pgid} are of different types`;
    throw damaged("bbolt.tree_damaged", pages.path, source.pgid * pages.pageSize, what, kind(target), kind(source));
  }
  for (const item of source.items) target.items.push(item);
  // a merged node is not looked at again: the next one that is too small is merged into it
  release(source, pages);
  target.shrunk = false;
  parent.removeAt(left + 1);
}

function release(node: Node, pages: TreePages): void {
  if (node.pgid !== 0) pages.free(node.pgid, node.pages);
  node.pgid = 0;
}

/**
 * Writes all nodes that were taken in to new pages, children first, and gives their old pages up.
 * @returns the page number of the root
 */
export function* spillTree(root: Node, fillPercent: number, pages: TreePages): Steps<number> {
  let written = yield* spill(root, fillPercent, pages);
  while (written.length > 1) written = yield* spill(new Node(false, written), fillPercent, pages);
  return (written[0] as Item).pgid;
}

/** @returns what the parent has to hold in place of the node: one item for each page written */
function* spill(node: Node, fillPercent: number, pages: TreePages): Steps<Item[]> {
  if (!node.leaf) {
    const items: Item[] = [];
    for (const item of node.items) {
      if (item.child === undefined) items.push(item);
      else for (const replacement of yield* spill(item.child, fillPercent, pages)) items.push(replacement);
    }
    node.items = items;
  }
  release(node, pages);
  const written: Item[] = [];
  for (const part of node.split(pages.pageSize, fillPercent)) {
    const count = Math.ceil(part.size() / pages.pageSize);
    const id = pages.allocate(count);
    pages.write(part.encode(id, count - 1, count * pages.pageSize));
    written.push(Item.toPage(part.items[0], id));
    yield;
  }
  return written;
}

/** Gives up all pages of a tree, taken in or not. */
export function freeTree(root: Node | Page, pages: TreePages, depth = 0): void {
  if (depth > deepestTree) throw tooDeep(pages, root instanceof Node ? root.pgid : root.id);
  if (!root.leaf) {
    for (let index = 0; index < root.count; index++) {
      const child = root instanceof Node ? (root.items[index] as Item).child : undefined;
      freeTree(child ?? pages.page(root.pgidAt(index)), pages, depth + 1);
    }
  }
  if (root instanceof Node) release(root, pages);
  else pages.free(root.id, root.overflow + 1);
}

/** @returns whether it was there */
export function deleteFrom(root: Node, key: Uint8Array, pages: TreePages): boolean {
  const leaf = leafFor(root, key, pages);
  const found = leaf.search(key);
  if (found < 0) return false;
  leaf.removeAt(found);
  return true;
}

export function putInto(root: Node, key: Buffer, value: Buffer, flags: number, pages: TreePages): void {
  const leaf = leafFor(root, key, pages);
  leaf.putAt(leaf.search(key), Item.pair(key, value, flags));
}
