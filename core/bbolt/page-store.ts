/**
 * Pages of one file through a bounded cache. There is no mmap in Node: a page is read with one blocking read of 4 KiB,
 * which the kernel serves from its own cache, and then stays here until the room is needed ("clock" replacement).
 * A page that is part of a snapshot does not change while the snapshot is open; pages written by a commit take the place of
 * what was cached under their number.
 */
import type { DiskFile } from "../platform/disk.ts";
import { alignedBuffer } from "./bytes.ts";
import { damaged } from "./errors.ts";
import { openPage, type Page, pageHeaderBytes, readPageHeader } from "./page.ts";

export class PageStore {
  private readonly cached = new Map<number, Page>();
  /** the clock's face; undefined where a page was dropped */
  private readonly ring: (Page | undefined)[] = [];
  private hand = 0;
  private cachedBytes = 0;

  /** @param cacheBytes upper bound of cached pages; one page more while it is being added */
  constructor(
    readonly file: DiskFile,
    readonly path: string,
    readonly pageSize: number,
    private readonly cacheBytes: number,
  ) {}

  /**
   * @param hwm first page number that does not exist in the caller's snapshot
   * @throws BboltError bbolt.page_damaged, bbolt.tree_damaged; DiskError
   */
  get(id: number, hwm: number): Page {
    const known = this.cached.get(id);
    if (known !== undefined && id + known.overflow < hwm) {
      known.used = true;
      return known;
    }
    const page = openPage(this.readWhole(id, hwm), id, { path: this.path, offset: id * this.pageSize });
    this.put(page);
    return page;
  }

  /** Takes a page in, in place of the one with the same number. */
  put(page: Page): void {
    this.drop(page.id);
    // new pages have to be asked for a second time to be spared: a long scan does not drive the branches out
    page.used = false;
    this.cached.set(page.id, page);
    this.cachedBytes += page.data.length;
    if (this.cachedBytes > this.cacheBytes) this.evict(page);
    else this.ring.push(page);
  }

  drop(id: number): void {
    const old = this.cached.get(id);
    if (old === undefined) return;
    this.cached.delete(id);
    this.cachedBytes -= old.data.length;
  }

  /** Bytes of a page of any type with its overflow pages; header checked for sense only. */
  readWhole(id: number, hwm: number): Buffer {
    this.mustExist(id, 1, hwm);
    const first = alignedBuffer(this.pageSize);
    this.fill(first, id);
    const { overflow } = readPageHeader(first);
    if (overflow === 0) return first;
    this.mustExist(id, overflow + 1, hwm);
    const whole = alignedBuffer((overflow + 1) * this.pageSize);
    first.copy(whole);
    this.fill(whole.subarray(this.pageSize), id + 1);
    return whole;
  }

  /** Number of pages that the one at `id` takes, its overflow pages included. */
  pagesOf(id: number, hwm: number): number {
    this.mustExist(id, 1, hwm);
    const header = alignedBuffer(pageHeaderBytes);
    this.fill(header, id);
    const { overflow } = readPageHeader(header);
    this.mustExist(id, overflow + 1, hwm);
    return overflow + 1;
  }

  /** @throws BboltError bbolt.tree_damaged when a reference points out of the snapshot */
  mustExist(id: number, pages: number, hwm: number): void {
    if (id >= 2 && id + pages <= hwm) return;
    const found = pages === 1 ? String(id) : `${id}..${id + pages - 1}`;
    const what = "a page outside of the database is referred to";
    throw damaged("bbolt.tree_damaged", this.path, id * this.pageSize, what, `2..${hwm - 1}`, found);
  }

  private fill(target: Buffer, id: number): void {
    const offset = id * this.pageSize;
    const count = this.file.readSync(target, offset);
    if (count < target.length)
      throw damaged("bbolt.truncated", this.path, offset, `page ${id} is cut short`, `${target.length} bytes`, `${count} bytes`);
  }

  /** Moves the hand until there is room; `incoming` takes the place of the last page that goes. */
  private evict(incoming: Page): void {
    const { ring } = this;
    let place = -1;
    while (this.cachedBytes > this.cacheBytes && this.cached.size > 1) {
      if (this.hand >= ring.length) {
        this.compact();
        this.hand = 0;
        if (ring.length === 0) break;
        place = -1;
      }
      const candidate = ring[this.hand];
      if (candidate === undefined || this.cached.get(candidate.id) !== candidate) {
        ring[this.hand] = undefined;
        place = this.hand;
      } else if (candidate.used) candidate.used = false;
      else {
        this.drop(candidate.id);
        ring[this.hand] = undefined;
        place = this.hand;
      }
      this.hand++;
    }
    if (place >= 0) ring[place] = incoming;
    else ring.push(incoming);
  }

  /** Closes the gaps that dropped pages left in the ring. */
  private compact(): void {
    let kept = 0;
    for (const page of this.ring) if (page !== undefined && this.cached.get(page.id) === page) this.ring[kept++] = page;
    this.ring.length = kept;
  }
}
