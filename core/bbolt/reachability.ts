/**
 * Finds every page that the trees of a database use, which is how free pages are known when no freelist is stored, as etcd
 * leaves it on Linux (bbolt db.go, freepages). Level by level, neighbours in one read; every page is checked on the way.
 */
import type { DiskFile } from "../platform/disk.ts";
import { decodeBucketHeader } from "./bucket.ts";
import { alignedBuffer } from "./bytes.ts";
import { damaged } from "./errors.ts";
import type { Span } from "./freelist.ts";
import type { Meta } from "./meta.ts";
import { bucketFlag, openPage, type Page, readPageHeader } from "./page.ts";
import { PageSet } from "./page-set.ts";

/** Most bytes in one read. */
const readBytes = 1024 * 1024;
/** Read on the spot before one read goes by a thread: each change of threads costs more than a page, and the event loop gets its turns. */
const spotBytes = 4 * 1024 * 1024;
/** Pages in between that are cheaper to read over than to seek over. */
const bridgedPages = 8;

/** Reads into buffers that serve again: nothing of a page is needed once it was seen. */
class Reading {
  private run = alignedBuffer(0);
  private whole = alignedBuffer(0);
  private onTheSpot = 0;

  constructor(private readonly file: DiskFile) {}

  runOf(bytes: number): Buffer {
    if (bytes > this.run.length) this.run = alignedBuffer(bytes);
    return this.run.subarray(0, bytes);
  }

  wholeOf(bytes: number): Buffer {
    if (bytes > this.whole.length) this.whole = alignedBuffer(bytes);
    return this.whole.subarray(0, bytes);
  }

  fill(target: Buffer, position: number): Promise<number> | number {
    this.onTheSpot += target.length;
    if (this.onTheSpot <= spotBytes) return this.file.readSync(target, position);
    this.onTheSpot = 0;
    return this.file.read(target, position);
  }
}

export async function reachablePages(file: DiskFile, path: string, meta: Meta): Promise<PageSet> {
  const reading = new Reading(file);
  const reached = new PageSet();
  let level = [meta.root];
  while (level.length > 0) {
    level.sort((a, b) => a - b);
    const next: number[] = [];
    for (let first = 0; first < level.length; ) first = await visitRun(reading, path, meta, level, first, reached, next);
    level = next;
  }
  if (meta.freelist !== undefined) reached.addRange(meta.freelist, 1);
  return reached;
}

/** All of 2..hwm-1 that is not in `reached`. */
export function* unreachedSpans(reached: PageSet, hwm: number): IterableIterator<Span> {
  for (let id = 2; id < hwm; ) {
    if (reached.has(id)) {
      id++;
      continue;
    }
    const start = id;
    while (id < hwm && !reached.has(id)) id++;
    yield { start, length: id - start };
  }
}

/** Reads pages of a level that lie close together. @returns index of the first one not read */
async function visitRun(
  reading: Reading,
  path: string,
  meta: Meta,
  level: readonly number[],
  first: number,
  reached: PageSet,
  next: number[],
): Promise<number> {
  const { pageSize, hwm } = meta;
  const start = level[first] as number;
  if (!(start >= 2 && start < hwm))
    throw damaged("bbolt.tree_damaged", path, start * pageSize, "a page outside of the database is referred to", `2..${hwm - 1}`, start);
  const most = Math.max(1, Math.floor(readBytes / pageSize));
  let end = first + 1;
  while (end < level.length) {
    const id = level[end] as number;
    if (id >= hwm || id - (level[end - 1] as number) > bridgedPages || id - start >= most) break;
    end++;
  }
  const run = reading.runOf(((level[end - 1] as number) - start + 1) * pageSize);
  const count = await reading.fill(run, start * pageSize);
  if (count < run.length)
    throw damaged("bbolt.truncated", path, start * pageSize, `page ${start} is cut short`, `${run.length} bytes`, `${count} bytes`);
  for (let index = first; index < end; index++) {
    const id = level[index] as number;
    const at = (id - start) * pageSize;
    const { overflow } = readPageHeader(run, at);
    if (id + overflow >= hwm) {
      const what = `page ${id} runs out of the database`;
      throw damaged("bbolt.tree_damaged", path, id * pageSize + 12, what, `less than ${hwm - id} pages of overflow`, overflow);
    }
    let data = run.subarray(at, at + pageSize);
    if (overflow > 0) {
      data = reading.wholeOf((overflow + 1) * pageSize);
      const got = await reading.fill(data, id * pageSize);
      if (got < data.length)
        throw damaged("bbolt.truncated", path, id * pageSize, `page ${id} is cut short`, `${data.length} bytes`, `${got} bytes`);
    }
    for (let part = id; part <= id + overflow; part++) {
      if (reached.has(part))
        throw damaged("bbolt.tree_damaged", path, part * pageSize, `page ${part}: multiple references`, "one reference", "another");
    }
    reached.addRange(id, overflow + 1);
    collect(openPage(data, id, { path, offset: id * pageSize }), path, pageSize, next);
  }
  return end;
}

/** Pages that a page refers to: children, and roots of nested buckets. */
function collect(page: Page, path: string, pageSize: number, next: number[]): void {
  for (let index = 0; index < page.count; index++) {
    if (!page.leaf) next.push(page.pgidAt(index));
    else if ((page.flagsAt(index) & bucketFlag) !== 0) {
      const { rootPage } = decodeBucketHeader(page.valueAt(index), path, page.id * pageSize);
      if (rootPage !== 0) next.push(rootPage);
    }
  }
}
