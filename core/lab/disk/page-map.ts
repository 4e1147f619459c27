/** Every page of a database: what kind it is, whose, how full. A few bytes a page, made by one walk over the trees. */
import { type Bucket, decodeBucketHeader } from "../../bbolt/bucket.ts";
import type { Database } from "../../bbolt/database.ts";
import { deepestTree, type Page } from "../../bbolt/page.ts";
import type { Transaction } from "../../bbolt/transaction.ts";
import type { BucketView, PageKind, PageRow } from "../contract/data-dir.ts";

const kinds: readonly PageKind[] = ["free", "meta", "freelist", "branch", "leaf", "overflow"];
const PAGES_PER_TURN = 256;

interface Tally {
  keys: number;
  branchPages: number;
  leafPages: number;
  depth: number;
}

export class PageMap {
  readonly buckets: BucketView[] = [];
  freePages = 0;
  private readonly kind: Uint8Array;
  private readonly owner: Uint16Array;
  private readonly counts: Uint16Array;
  private readonly overflows: Uint32Array;
  private readonly fills: Float32Array;
  private readonly owners: string[] = [""];
  private visited = 0;

  private constructor(
    readonly total: number,
    readonly txid: number,
  ) {
    this.kind = new Uint8Array(total);
    this.owner = new Uint16Array(total);
    this.counts = new Uint16Array(total);
    this.overflows = new Uint32Array(total);
    this.fills = new Float32Array(total);
  }

  /** @throws BboltError */
  static async of(database: Database, transaction: Transaction): Promise<PageMap> {
    const map = new PageMap(database.meta.hwm, database.meta.txid);
    await map.walk(database, transaction);
    return map;
  }

  row(id: number): PageRow {
    return {
      id,
      kind: kinds[this.kind[id] ?? 0] ?? "free",
      bucket: this.owners[this.owner[id] ?? 0] ?? "",
      count: this.counts[id] ?? 0,
      overflow: this.overflows[id] ?? 0,
      fill: this.fills[id] ?? 0,
    };
  }

  rows(from: number, limit: number): PageRow[] {
    const rows: PageRow[] = [];
    for (let id = from; id < Math.min(this.total, from + limit); id++) rows.push(this.row(id));
    return rows;
  }

  private async walk(database: Database, transaction: Transaction): Promise<void> {
    const { root, freelist } = transaction.meta;
    for (const meta of [0, 1]) this.mark(meta, "meta", 0, 0, 0, 1);
    if (freelist !== undefined) this.mark(freelist, "freelist", 0, 0, database.pagesOf(freelist) - 1, 1);
    // the root of all buckets belongs to none
    await this.tree(transaction, root, 0, { keys: 0, branchPages: 0, leafPages: 0, depth: 0 }, 1);
    for (const { key, isBucket, value } of transaction.root.entries()) if (isBucket) await this.bucket(transaction, key, value);
    for (let id = 0; id < this.total; id++) if (this.kind[id] === 0) this.freePages++;
  }

  private async bucket(transaction: Transaction, name: Buffer, header: Buffer): Promise<void> {
    const { rootPage } = decodeBucketHeader(header, transaction.path, 0);
    const tally: Tally = { keys: 0, branchPages: 0, leafPages: 0, depth: 0 };
    this.owners.push(name.toString("utf8"));
    if (rootPage === 0) tally.keys = inlineCount(transaction.bucket(name));
    else await this.tree(transaction, rootPage, this.owners.length - 1, tally, 1);
    this.buckets.push({ name: name.toString("utf8"), ...tally, inline: rootPage === 0 });
  }

  private async tree(transaction: Transaction, id: number, owner: number, tally: Tally, depth: number): Promise<void> {
    if (depth > deepestTree) return;
    const page = transaction.page(id);
    tally.depth = Math.max(tally.depth, depth);
    this.mark(id, page.leaf ? "leaf" : "branch", owner, page.count, page.overflow, fillOf(page));
    if (++this.visited % PAGES_PER_TURN === 0) await new Promise((resolve) => setImmediate(resolve));
    if (page.leaf) {
      tally.leafPages++;
      tally.keys += page.count;
      return;
    }
    tally.branchPages++;
    for (let at = 0; at < page.count; at++) await this.tree(transaction, page.pgidAt(at), owner, tally, depth + 1);
  }

  private mark(id: number, kind: PageKind, owner: number, count: number, overflow: number, fill: number): void {
    for (let part = id; part <= id + overflow && part < this.total; part++) {
      this.kind[part] = kinds.indexOf(part === id ? kind : "overflow");
      this.owner[part] = owner;
    }
    this.counts[id] = count;
    this.overflows[id] = overflow;
    this.fills[id] = fill;
  }
}

function inlineCount(bucket: Bucket | undefined): number {
  let count = 0;
  for (const _ of bucket?.entries() ?? []) count++;
  return count;
}

/** Elements and their bytes lie without gaps from the front. */
function fillOf(page: Page): number {
  const last = page.count - 1;
  if (last < 0) return 16 / page.data.length;
  const end = page.keyStartAt(last) + page.keySizeAt(last) + (page.leaf ? page.valueSizeAt(last) : 0);
  return end / page.data.length;
}

