/**
 * Transactions (bbolt tx.go). A read transaction is a snapshot: it sees the database as of the commit before it began for
 * as long as it is open, and keeps the pages of that state from being used again. There is one write transaction at a time.
 */
import { Bucket, type BucketPages } from "./bucket.ts";
import { BboltError, damaged } from "./errors.ts";
import { encodeFreelist, type Freelist, freelistPages, type Span } from "./freelist.ts";
import { encodeMetaPage, type Meta } from "./meta.ts";
import { type Page } from "./page.ts";
import type { PageStore } from "./page-store.ts";
import type { Steps } from "./tree.ts";

/** A transaction's changes, ready to be written. */
export interface SealedTransaction {
  readonly meta: Meta;
  readonly metaPage: Buffer;
  /** new branch and leaf pages */
  readonly pages: readonly Page[];
  /** the freelist to be stored */
  readonly freelist: { readonly id: number; readonly data: Buffer } | undefined;
}

/** What a transaction needs of its database. */
export interface TransactionHost {
  readonly store: PageStore;
  readonly freelist: Freelist;
  readonly storesFreelist: boolean;
  /** Called now and then in the middle of a commit's work, for the event loop to turn; undefined: never. */
  readonly turn: (() => Promise<void>) | undefined;
  /** Writes everything and makes it durable; then it is the current state. */
  write(sealed: SealedTransaction): Promise<void>;
  /** Called once when a transaction is over, however it ended. */
  ended(transaction: Transaction): void;
}

/** Nodes merged or written before the event loop gets a turn. */
const nodesPerTurn = 64;

export class Transaction implements BucketPages {
  readonly root: Bucket;
  private open = true;
  private committing = false;
  private hwm: number;
  private readonly dirty: Page[] = [];
  /** what came out of the freelist, to be given back when nothing comes of this */
  private readonly allocated: Span[] = [];

  /** @param meta the state it sees; a write transaction makes the next one */
  constructor(
    private readonly host: TransactionHost,
    readonly meta: Meta,
    readonly writable: boolean,
  ) {
    this.hwm = meta.hwm;
    this.root = new Bucket(this, meta.root, meta.rootSequence, undefined);
  }

  /** Of the state it sees, or, for a write transaction, that it makes. */
  get txid(): number {
    return this.writable ? this.meta.txid + 1 : this.meta.txid;
  }

  get path(): string {
    return this.host.store.path;
  }

  get pageSize(): number {
    return this.meta.pageSize;
  }

  /** Bytes of all pages ever used as of this transaction. */
  get size(): number {
    return this.hwm * this.pageSize;
  }

  bucket(name: Buffer): Bucket | undefined {
    return this.root.bucket(name);
  }

  /**
   * Writes all changes and resolves when they are durable: new pages, fdatasync, meta page, fdatasync. Closes the transaction.
   * @throws DiskError, BboltError: nothing of it is visible, and the database takes no more writes
   */
  async commit(): Promise<void> {
    this.mustBeWritable();
    this.committing = true;
    try {
      await this.host.write(await this.seal());
    } catch (error) {
      this.undo();
      throw error;
    }
    this.end();
  }

  /** Closes a transaction of either kind and forgets its changes; harmless when it is closed or on its way to the disk. */
  rollback(): void {
    if (this.open && !this.committing) this.undo();
  }

  page(id: number): Page {
    this.mustBeOpen();
    return this.host.store.get(id, this.meta.hwm);
  }

  free(id: number, pages: number): void {
    if (this.host.freelist.free(this.txid, id, pages)) return;
    throw damaged("bbolt.tree_damaged", this.path, id * this.pageSize, `page ${id}: already freed`, "a page in use", "a free page");
  }

  allocate(pages: number): number {
    const { freelist } = this.host;
    const fromFree = freelist.allocate(this.txid, pages);
    if (fromFree !== 0) {
      this.allocated.push({ start: fromFree, length: pages });
      return fromFree;
    }
    const start = this.hwm;
    this.hwm += pages;
    freelist.noteAllocation(this.txid, start);
    return start;
  }

  write(page: Page): void {
    this.dirty.push(page);
  }

  mustBeWritable(): void {
    this.mustBeOpen();
    if (this.committing) throw new BboltError("bbolt.closed", "tx closed", { path: this.path });
    if (!this.writable) throw new BboltError("bbolt.read_only", "tx not writable", { path: this.path });
  }

  private mustBeOpen(): void {
    if (!this.open) throw new BboltError("bbolt.closed", "tx closed", { path: this.path });
  }

  private async seal(): Promise<SealedTransaction> {
    const { freelist, storesFreelist, store, turn } = this.host;
    await inTurns(this.root.rebalanceAll(), turn);
    const root = await inTurns(this.root.spillRoot(), turn);
    const before = this.meta.freelist;
    if (before !== undefined) this.free(before, store.pagesOf(before, this.meta.hwm));
    let stored: { id: number; data: Buffer } | undefined;
    if (storesFreelist) {
      const pages = freelistPages(freelist.freeCount + freelist.pendingCount, this.pageSize);
      const id = this.allocate(pages);
      stored = { id, data: encodeFreelist(id, freelist.ids(), pages, this.pageSize) };
    }
    const meta: Meta = { ...this.meta, root, freelist: stored?.id, hwm: this.hwm, txid: this.txid };
    return { meta, metaPage: encodeMetaPage(meta), pages: this.dirty, freelist: stored };
  }

  private undo(): void {
    if (this.writable) this.host.freelist.rollback(this.txid, this.allocated);
    this.end();
  }

  private end(): void {
    this.open = false;
    this.host.ended(this);
  }
}

async function inTurns<Result>(steps: Steps<Result>, turn: (() => Promise<void>) | undefined): Promise<Result> {
  for (let done = 1; ; done++) {
    const step = steps.next();
    if (step.done === true) return step.value;
    if (turn !== undefined && done % nodesPerTurn === 0) await turn();
  }
}
