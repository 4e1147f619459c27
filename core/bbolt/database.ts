/**
 * A bbolt database file: opening, making, growing, committing (bbolt db.go). Format and order of writes are bbolt's; what is
 * not: pages are read, not mapped, and damage is refused with a BboltError where bbolt panics.
 */
import type { Disk, DiskFile } from "../platform/disk.ts";
import { BboltError, damaged } from "./errors.ts";
import { decodeFreelist, Freelist, spansOf } from "./freelist.ts";
import { findMeta } from "./find-meta.ts";
import { initialize, wasCutOffInTheMaking } from "./initialize.ts";
import type { Meta } from "./meta.ts";
import type { Page } from "./page.ts";
import { PageStore } from "./page-store.ts";
import { reachablePages, unreachedSpans } from "./reachability.ts";
import { type SealedTransaction, Transaction, type TransactionHost } from "./transaction.ts";

export interface DatabaseOptions {
  readonly readOnly?: boolean;
  /** Write the freelist at each commit; default false, as etcd does on Linux. */
  readonly storesFreelist?: boolean;
  /** of a new file; default 4096 */
  readonly pageSize?: number;
  /** bytes of pages kept in memory; default 16 MiB */
  readonly pageCacheBytes?: number;
  /**
   * How the file is made longer. "step": by 16 MiB at a time, as etcd's, which maps 10 GiB; "doubling": to powers of two up to
   * 16 MiB, as bbolt without a large map does, and in steps from there on.
   */
  readonly growth?: "step" | "doubling";
  /** Awaited now and then in the middle of a commit's work, for the event loop to turn; default: never. */
  readonly turn?: () => Promise<void>;
}

const growthStep = 16 * 1024 * 1024;
const defaultPageSize = 4096;
const defaultCacheBytes = 16 * 1024 * 1024;
/** Most buffers handed to one write. */
const writeGroup = 256;

export class Database {
  private readonly readers = new Map<number, number>();
  private writer: Transaction | undefined;
  private failure: unknown;
  private closing: Promise<void> | undefined;
  private whenIdle: (() => void) | undefined;

  private constructor(
    readonly path: string,
    private readonly file: DiskFile,
    private readonly lock: { release(): Promise<void> } | undefined,
    private readonly store: PageStore,
    private readonly freelist: Freelist | undefined,
    private current: Meta,
    private readonly options: DatabaseOptions,
  ) {}

  /**
   * Opens the file at `path`; one that is absent or empty is made, unless read-only.
   * @throws BboltError bbolt.invalid_database (no usable meta page), bbolt.truncated, bbolt.page_damaged,
   *   bbolt.tree_damaged, bbolt.freelist_damaged; DiskError, EWOULDBLOCK among them when another program has it
   */
  static async open(disk: Disk, path: string, options: DatabaseOptions = {}): Promise<Database> {
    const file = await disk.open(path, options.readOnly === true ? "read" : "create");
    let lock: { release(): Promise<void> } | undefined;
    try {
      if (options.readOnly !== true) lock = await disk.lock(path);
      const meta = await metaOf(file, path, options);
      const needed = meta.hwm * meta.pageSize;
      const length = file.size();
      if (length < needed)
        throw damaged("bbolt.truncated", path, length, "the file is shorter than its meta page says", `${needed} bytes`, `${length} bytes`);
      const store = new PageStore(file, path, meta.pageSize, options.pageCacheBytes ?? defaultCacheBytes);
      const freelist = options.readOnly === true ? undefined : await loadFreelist(file, store, path, meta);
      const database = new Database(path, file, lock, store, freelist, meta, options);
      // a program that knows only stored freelists must be able to open it later
      if (options.storesFreelist === true && freelist !== undefined && meta.freelist === undefined) await database.beginWrite().commit();
      return database;
    } catch (error) {
      await lock?.release();
      await file.close();
      throw error;
    }
  }

  get readOnly(): boolean {
    return this.freelist === undefined;
  }

  get pageSize(): number {
    return this.current.pageSize;
  }

  /** Of the last commit. */
  get meta(): Meta {
    return this.current;
  }

  /** Pages free for use, and those that will be once no reader sees them; zero when read-only. */
  get freePages(): { readonly free: number; readonly pending: number } {
    return { free: this.freelist?.freeCount ?? 0, pending: this.freelist?.pendingCount ?? 0 };
  }

  /** Whether a page is free or pending; undefined when read-only, where nobody knows. */
  isFree(id: number): boolean | undefined {
    return this.freelist?.has(id);
  }

  /** Number of pages of the one at `id`, which may be of any type. */
  pagesOf(id: number): number {
    return this.store.pagesOf(id, this.current.hwm);
  }

  /** For whoever copies the file: valid while a read transaction holds its pages. */
  get diskFile(): DiskFile {
    return this.file;
  }

  /** A snapshot of the last commit; `rollback()` ends it and must be called. */
  beginRead(): Transaction {
    this.mustBeOpen();
    const { current } = this;
    this.readers.set(current.txid, (this.readers.get(current.txid) ?? 0) + 1);
    return new Transaction(this.hostFor(), current, false);
  }

  /** @throws BboltError bbolt.busy while another write transaction is open, bbolt.read_only, bbolt.failed */
  beginWrite(): Transaction {
    this.mustBeOpen();
    if (this.freelist === undefined) throw new BboltError("bbolt.read_only", "database is in read-only mode", { path: this.path });
    if (this.failure !== undefined) {
      const message = `${this.path} takes no writes since a commit failed`;
      throw new BboltError("bbolt.failed", message, { path: this.path }, { cause: this.failure });
    }
    if (this.writer !== undefined) throw new BboltError("bbolt.busy", `${this.path} has a write transaction open`, { path: this.path });
    this.freelist.release(this.readers.keys(), this.current.txid);
    this.writer = new Transaction(this.hostFor(), this.current, true);
    return this.writer;
  }

  /** Waits for open transactions, then closes the file. No transaction can be begun any more. */
  close(): Promise<void> {
    this.closing ??= this.closeWhenIdle();
    return this.closing;
  }

  private async closeWhenIdle(): Promise<void> {
    if (this.writer !== undefined || this.readers.size > 0) await new Promise<void>((resolve) => (this.whenIdle = resolve));
    await this.file.close();
    await this.lock?.release();
  }

  private mustBeOpen(): void {
    if (this.closing !== undefined) throw new BboltError("bbolt.closed", "database not open", { path: this.path });
  }

  private hostFor(): TransactionHost {
    return {
      store: this.store,
      freelist: this.freelist ?? noFreelist,
      storesFreelist: this.options.storesFreelist === true,
      turn: this.options.turn,
      write: (sealed) => this.write(sealed),
      ended: (transaction) => this.ended(transaction),
    };
  }

  private ended(transaction: Transaction): void {
    if (transaction.writable) this.writer = undefined;
    else {
      const left = (this.readers.get(transaction.txid) as number) - 1;
      if (left === 0) this.readers.delete(transaction.txid);
      else this.readers.set(transaction.txid, left);
    }
    if (this.writer === undefined && this.readers.size === 0) this.whenIdle?.();
  }

  private async write(sealed: SealedTransaction): Promise<void> {
    const { file } = this;
    const { meta, metaPage } = sealed;
    try {
      if (meta.hwm > this.current.hwm) await this.grow((meta.hwm + 1) * meta.pageSize);
      if (sealed.freelist !== undefined) await file.write([sealed.freelist.data], sealed.freelist.id * meta.pageSize);
      await this.writePages(sealed.pages);
      await file.datasync();
      await file.write([metaPage], (meta.txid % 2) * meta.pageSize);
      await file.datasync();
    } catch (error) {
      this.failure = error;
      throw error;
    }
    this.current = meta;
  }

  /** In page order, neighbours in one write. Nobody asks for these pages before the commit is done: they are cached on the way. */
  private async writePages(unordered: readonly Page[]): Promise<void> {
    const pages = unordered.toSorted((a, b) => a.id - b.id);
    for (let first = 0; first < pages.length; ) {
      const { id } = pages[first] as Page;
      const group: Buffer[] = [];
      let next = first;
      for (let end = id; next < pages.length && group.length < writeGroup; next++) {
        const page = pages[next] as Page;
        if (page.id !== end) break;
        group.push(page.data);
        end += page.overflow + 1;
        this.store.put(page);
      }
      await this.file.write(group, id * this.pageSize);
      first = next;
    }
  }

  /** Longer by more than needed, so that not every commit has to change the length; durable before anything relies on it. */
  private async grow(needed: number): Promise<void> {
    if (needed <= this.file.size()) return;
    let length = needed + growthStep;
    if (this.options.growth === "doubling") {
      let power = 32 * 1024;
      while (power < needed) power *= 2;
      if (power <= growthStep) length = power;
    }
    await this.file.allocate(length);
    await this.file.datasync();
  }
}

/** For read-only databases, which never ask it for anything. */
const noFreelist = new Freelist([]);

/** The current meta; where the file is to be made, or was cut off in the making, it is made first. */
async function metaOf(file: DiskFile, path: string, options: DatabaseOptions): Promise<Meta> {
  const pageSize = options.pageSize ?? defaultPageSize;
  if (options.readOnly === true) return findMeta(file, path);
  if (file.size() === 0) await initialize(file, pageSize);
  try {
    return await findMeta(file, path);
  } catch (error) {
    if (!(error instanceof BboltError) || !(await wasCutOffInTheMaking(file, pageSize))) throw error;
    await initialize(file, pageSize);
    return findMeta(file, path);
  }
}

async function loadFreelist(file: DiskFile, store: PageStore, path: string, meta: Meta): Promise<Freelist> {
  if (meta.freelist === undefined) return new Freelist(unreachedSpans(await reachablePages(file, path, meta), meta.hwm));
  const data = store.readWhole(meta.freelist, meta.hwm);
  return new Freelist(spansOf(decodeFreelist(data, meta.freelist, meta.hwm, path, meta.freelist * meta.pageSize)));
}
