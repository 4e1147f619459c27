/**
 * One client's watchers and the bounded queue of notices for them. What does not fit is not kept: the hub reads it again
 * from the backend when there is room, so a slow reader costs no memory and misses nothing.
 */
import { isOpenEnd } from "./key-range.ts";
import type { WatchClient, WatchNotice, WatchRequestOptions, WatchStream } from "./api.ts";
import type { WatchHub } from "./watch-hub.ts";
import type { Watcher } from "./watcher.ts";

/** As etcd's buffer of responses; streams with more watchers than that may hold one for each. */
const queueNoticesMax = 128;
/** Past this no more is queued; a single revision may be larger. */
const queueBytesMax = 8 * 1024 * 1024;

interface Queued {
  readonly notice: WatchNotice;
  readonly bytes: number;
}

export class HubStream implements WatchStream {
  private readonly watchers = new Map<number, Watcher>();
  private nextId = 0;
  private queue: Queued[] = [];
  /** how many of the queue were taken already */
  private head = 0;
  private queuedBytes = 0;
  private reader: ((notice: WatchNotice | undefined) => void) | undefined = undefined;
  private closed = false;

  /** @param number of the stream in the hub's life */
  constructor(
    private readonly hub: WatchHub,
    readonly number: number,
    readonly client: WatchClient,
  ) {}

  watch(id: number, options: WatchRequestOptions): number {
    if (this.closed) throw new Error("mvcc: watch stream is closed");
    const { key, rangeEnd } = options;
    if (rangeEnd.length > 0 && !isOpenEnd(rangeEnd) && key.compare(rangeEnd) >= 0) throw new Error("mvcc: watcher range is empty");
    if (id !== 0 && this.watchers.has(id)) throw new Error("mvcc: duplicate watch ID provided on the WatchStream");
    const chosen = id === 0 ? this.freeId() : id;
    this.watchers.set(chosen, this.hub.join(this, chosen, options));
    return chosen;
  }

  cancel(id: number): boolean {
    const watcher = this.watchers.get(id);
    if (watcher === undefined) return false;
    this.watchers.delete(id);
    this.hub.leave(watcher);
    this.queue = this.queue.slice(this.head).filter((queued) => queued.notice.watchId !== id || this.dropped(queued));
    this.head = 0;
    return true;
  }

  next(): Promise<WatchNotice | undefined> {
    if (this.reader !== undefined) return Promise.reject(new Error("mvcc: a watch stream has one reader"));
    const notice = this.take();
    if (notice !== undefined) return Promise.resolve(notice);
    if (this.closed) return Promise.resolve(undefined);
    return new Promise((resolve) => {
      this.reader = resolve;
    });
  }

  take(): WatchNotice | undefined {
    const queued = this.queue[this.head];
    if (queued === undefined) return undefined;
    this.head++;
    if (this.head === this.queue.length) {
      this.queue = [];
      this.head = 0;
    }
    this.taken(queued);
    this.hub.meters.events += queued.notice.events.length;
    if (this.hasRoom) this.hub.catchUpSoon();
    return queued.notice;
  }

  progressAll(): number | undefined {
    // what is queued must be delivered first
    if (this.watchers.size === 0 || this.waiting > 0) return undefined;
    for (const watcher of this.watchers.values()) if (!this.hub.isCurrent(watcher)) return undefined;
    return this.hub.revision();
  }

  progress(id: number): number | undefined {
    const watcher = this.watchers.get(id);
    return watcher !== undefined && this.waiting === 0 && this.hub.isCurrent(watcher) ? this.hub.revision() : undefined;
  }

  close(): void {
    if (this.closed) return;
    this.closed = true;
    for (const watcher of this.watchers.values()) this.hub.leave(watcher);
    this.watchers.clear();
    for (const queued of this.queue.slice(this.head)) this.taken(queued);
    this.queue = [];
    this.head = 0;
    this.queuedBytes = 0;
    this.hub.forget(this);
    this.wake(undefined);
  }

  /** Whether the hub may queue a notice. One transaction may tell all of the stream's watchers. */
  get hasRoom(): boolean {
    return this.waiting < Math.max(queueNoticesMax, this.watchers.size) && this.queuedBytes < queueBytesMax;
  }

  private get waiting(): number {
    return this.queue.length - this.head;
  }

  /** Queues a notice; the hub has looked for room, or must be heard. */
  push(notice: WatchNotice, bytes: number): void {
    const { meters } = this.hub;
    if (this.reader !== undefined) {
      meters.events += notice.events.length;
      this.wake(notice);
      return;
    }
    meters.pendingEvents += notice.events.length;
    this.queue.push({ notice, bytes });
    this.queuedBytes += bytes;
  }

  private freeId(): number {
    while (this.watchers.has(this.nextId)) this.nextId++;
    return this.nextId++;
  }

  private taken(queued: Queued): void {
    this.queuedBytes -= queued.bytes;
    this.hub.meters.pendingEvents -= queued.notice.events.length;
  }

  private dropped(queued: Queued): boolean {
    this.taken(queued);
    return false;
  }

  private wake(notice: WatchNotice | undefined): void {
    const reader = this.reader;
    this.reader = undefined;
    reader?.(notice);
  }
}
