/**
 * bbolt's consistency check with its own words (bbolt tx_check.go): every page used once and not free, every page accounted
 * for, keys in order. Where bbolt would panic over a page, the sentence of the refusal is reported instead.
 */
import { type Bucket, decodeBucketHeader } from "./bucket.ts";
import { compareKeys } from "./bytes.ts";
import type { Database } from "./database.ts";
import { BboltError } from "./errors.ts";
import { bucketFlag, deepestTree, type Page } from "./page.ts";
import { PageSet } from "./page-set.ts";
import type { Transaction } from "./transaction.ts";

/**
 * Yields one sentence for each problem; none means sound. Reads the whole database.
 * @param transaction a read transaction of `database`, of its last commit
 */
function* check(database: Database, transaction: Transaction): IterableIterator<string> {
  const walk = new CheckWalk(database, transaction);
  yield* walk.bucket(transaction.root.rootPgid);
  yield* walk.accounts();
}

/** All problems at once. */
export function problemsOf(database: Database): string[] {
  const transaction = database.beginRead();
  try {
    return [...check(database, transaction)];
  } finally {
    transaction.rollback();
  }
}

class CheckWalk {
  private readonly reached = new PageSet();
  private readonly hwm: number;

  constructor(
    private readonly database: Database,
    private readonly transaction: Transaction,
  ) {
    this.hwm = transaction.meta.hwm;
    this.reached.addRange(0, 2);
  }

  /** One bucket's tree, then the buckets nested in it. */
  *bucket(root: number): IterableIterator<string> {
    if (root === 0) return;
    const nested: number[] = [];
    yield* this.pages([root], nested);
    yield* this.keyOrder(root, undefined, undefined, []);
    for (const inner of nested) yield* this.bucket(inner);
  }

  /** Pages below hwm that nobody uses and that are not free. */
  *accounts(): IterableIterator<string> {
    const { freelist } = this.transaction.meta;
    if (freelist !== undefined) {
      try {
        this.reached.addRange(freelist, this.database.pagesOf(freelist));
      } catch (error) {
        yield sentence(error);
      }
    }
    for (let id = 2; id < this.hwm; id++) {
      // read-only and without a stored freelist, free pages are just those that nobody uses
      if (!this.reached.has(id) && this.database.isFree(id) === false) yield `page ${id}: unreachable unfreed`;
    }
  }

  private *pages(stack: readonly number[], nested: number[]): IterableIterator<string> {
    const id = stack.at(-1) as number;
    if (stack.length > deepestTree) return;
    if (id >= this.hwm) {
      yield `page ${id}: out of bounds: ${this.hwm} (stack: [${stack.join(" ")}])`;
      return;
    }
    let page: Page;
    try {
      page = this.transaction.page(id);
    } catch (error) {
      this.reached.addRange(id, 1);
      yield sentence(error);
      return;
    }
    let again = false;
    for (let part = id; part <= id + page.overflow; part++) {
      if (this.reached.has(part)) {
        yield `page ${part}: multiple references (stack: [${stack.join(" ")}])`;
        again = true;
      }
    }
    this.reached.addRange(id, page.overflow + 1);
    if (this.database.isFree(id) === true) yield `page ${id}: reachable freed`;
    // a page met before has been followed before; following it again could go round for ever
    if (again) return;
    for (let index = 0; index < page.count; index++) {
      if (!page.leaf) yield* this.pages([...stack, page.pgidAt(index)], nested);
      else if ((page.flagsAt(index) & bucketFlag) !== 0) {
        try {
          nested.push(decodeBucketHeader(page.valueAt(index), this.database.path, id * this.database.pageSize).rootPage);
        } catch (error) {
          yield sentence(error);
        }
      }
    }
  }

  /** Keys of a subtree are ascending, not less than `least` and less than `limit`. @returns the last key */
  private *keyOrder(
    id: number,
    least: Buffer | undefined,
    limit: Buffer | undefined,
    above: readonly number[],
  ): Generator<string, Buffer | undefined> {
    const stack = [...above, id];
    if (stack.length > deepestTree || id >= this.hwm) return undefined;
    let page: Page;
    try {
      page = this.transaction.page(id);
    } catch (error) {
      // said already by the walk over the pages
      if (error instanceof BboltError) return undefined;
      throw error;
    }
    let previous = least;
    for (let index = 0; index < page.count; index++) {
      const key = page.keyAt(index);
      const where = page.leaf ? `leaf page(${id})` : `branch page(${page.pgidAt(index)})`;
      const element = `key[${index}]=(hex)${hex(key)} on ${where}`;
      const stackText = `[${stack.join(" ")}]`;
      if (previous !== undefined) {
        const order = compareKeys(previous, key);
        if (index === 0 && order > 0)
          yield `the first ${element} needs to be >= the key in the ancestor (${hex(previous)}). Stack: ${stackText}`;
        const relation = order > 0 ? "<" : "=";
        if (index > 0 && order >= 0)
          yield `${element} needs to be > (found ${relation}) than previous element (hex)${hex(previous)}. Stack: ${stackText}`;
      }
      if (limit !== undefined && compareKeys(key, limit) >= 0)
        yield `${element} needs to be < than key of the next element in ancestor (hex)${hex(previous)}. Pages stack: ${stackText}`;
      if (page.leaf) previous = key;
      else previous = (yield* this.keyOrder(page.pgidAt(index), key, index + 1 < page.count ? page.keyAt(index + 1) : limit, stack)) ?? key;
    }
    return previous;
  }
}

function hex(key: Buffer | undefined): string {
  return key === undefined ? "" : key.toString("hex");
}

function sentence(error: unknown): string {
  if (error instanceof BboltError) return error.message;
  throw error;
}

export interface NamedPair {
  /** buckets on the way to it */
  readonly names: readonly Buffer[];
  readonly key: Buffer;
  readonly value: Buffer;
}

/** Every pair of a bucket and of those nested in it, for tests and tools. */
export function* everything(bucket: Bucket, names: readonly Buffer[] = []): IterableIterator<NamedPair> {
  for (const { key, value, isBucket } of bucket.entries()) {
    if (!isBucket) yield { names, key, value };
    else yield* everything(bucket.bucket(key) as Bucket, [...names, key]);
  }
}
