/**
 * The objects of one resource in memory, kept fresh by one watch on etcd, and a window of the last events (apiserver
 * pkg/storage/cacher). It serves reads that ask for no more than "not older than", and all watches. It knows nothing of etcd's
 * revisions but what its watch tells: after a restore to an older revision it goes on with what it has, as Kubernetes' does.
 */
import type { Clock, Timer } from "../../platform/clock.ts";
import { ApiError, expired, internal, tooLargeResourceVersion } from "./api-error.ts";
import type { KubeObject } from "../schema/index.ts";
import type { ObjectEvent, ObjectWatchListener, ResourceStore } from "./resource-store.ts";

/** How many events are kept for watches that begin in the past. */
const WINDOW = 200;
/** How long a read waits for a revision that the cache has not seen, ms. */
const FRESH_MS = 3000;
const RELIST_MS = [100, 200, 500, 1000, 2000];
const LIST_PAGE = 500;
const BOOKMARK_MS = 60_000;

interface Waiter {
  readonly revision: number;
  done(): void;
}

export class WatchCache {
  private readonly objects = new Map<string, KubeObject>();
  private readonly events: ObjectEvent[] = [];
  private readonly listeners = new Set<ObjectWatchListener>();
  private readonly waiters = new Set<Waiter>();
  /** the newest revision known to be complete */
  private revision = 0;
  /** of the oldest event that is not kept any more, or of the list */
  private floor = 0;
  private filled: Promise<void>;
  private ready = false;
  private watcher: { cancel(): void } | undefined;
  private timer: Timer | undefined;
  private failures = 0;
  private closed = false;
  private heartbeat: Timer | undefined;

  constructor(
    private readonly store: ResourceStore,
    private readonly clock: Clock,
    private readonly log: (text: string) => void,
  ) {
    this.filled = this.fill();
    // whoever waits for it is told by the wait's own end
    this.filled.catch(() => undefined);
    this.beat();
  }

  close(): void {
    this.closed = true;
    this.timer?.cancel();
    this.heartbeat?.cancel();
    this.watcher?.cancel();
    this.drop(internal("the server is shutting down"));
  }

  /** Waits until the cache is filled and not older than `revision`. @throws ApiError 504 */
  async upTo(revision: number): Promise<number> {
    if (!this.ready) await this.within(this.filled);
    if (this.revision >= revision) return this.revision;
    await new Promise<void>((resolve, reject) => {
      const waiter: Waiter = { revision, done: () => (timer.cancel(), this.waiters.delete(waiter), resolve()) };
      const timer = this.clock.after(FRESH_MS, () => {
        this.waiters.delete(waiter);
        reject(tooLargeResourceVersion(revision, this.revision));
      });
      this.waiters.add(waiter);
      this.store.askProgress();
    });
    return this.revision;
  }

  get(namespace: string, name: string): KubeObject | undefined {
    return this.objects.get(this.store.keyOf(namespace, name));
  }

  /** Ordered as in etcd. @param namespace "": all */
  list(namespace: string): KubeObject[] {
    const all = [...this.objects].filter(([, object]) => namespace === "" || object.metadata.namespace === namespace);
    return all.sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0)).map(([, object]) => object);
  }

  /** Events after `revision`, those that were before now included. @throws ApiError 410 */
  watch(revision: number, listener: ObjectWatchListener): { cancel(): void } {
    if (revision < this.floor) throw expired(`too old resource version: ${revision} (${this.floor})`);
    const missed = this.events.filter((event) => event.revision > revision);
    if (missed.length > 0) listener.events(missed);
    this.listeners.add(listener);
    return { cancel: () => void this.listeners.delete(listener) };
  }

  /** Bookmarks for whoever watches: etcd is asked how far it is. */
  private beat(): void {
    this.heartbeat = this.clock.after(BOOKMARK_MS, () => {
      if (this.listeners.size > 0 && this.watcher !== undefined) this.store.askProgress();
      this.beat();
    });
  }

  private async within(work: Promise<void>): Promise<void> {
    let timer: Timer | undefined;
    const late = new Promise<never>((_, reject) => {
      timer = this.clock.after(10_000, () => reject(new ApiError(429, "TooManyRequests", "storage is (re)initializing", { retryAfterSeconds: 1 })));
    });
    try {
      await Promise.race([work, late]);
    } finally {
      timer?.cancel();
    }
  }

  private async fill(): Promise<void> {
    while (!this.closed) {
      try {
        await this.relist();
        return;
      } catch (error) {
        if (!(error instanceof ApiError)) throw error;
        if (this.failures === 0) this.log(`cacher (${this.store.type.plural}): unexpected ListAndWatch error: failed to list: ${error.message}; reinitializing...`);
        const pause = RELIST_MS[Math.min(this.failures++, RELIST_MS.length - 1)]!;
        await new Promise<void>((resolve) => (this.timer = this.clock.after(pause, resolve)));
      }
    }
  }

  private async relist(): Promise<void> {
    const found = new Map<string, KubeObject>();
    let page = await this.store.list("", LIST_PAGE, 0);
    const { revision } = page;
    for (;;) {
      for (const object of page.items) found.set(this.store.keyOf(object.metadata.namespace ?? "", object.metadata.name ?? ""), object);
      if (page.last === undefined) break;
      page = await this.store.list("", LIST_PAGE, revision, { revision, start: `${page.last}\0` });
    }
    if (this.closed) return;
    this.failures = 0;
    this.objects.clear();
    for (const [key, object] of found) this.objects.set(key, object);
    this.events.length = 0;
    this.revision = revision;
    this.floor = revision;
    this.ready = true;
    this.wake();
    this.watcher = this.store.watch("", "", revision, {
      events: (events) => this.apply(events),
      progress: (at) => this.reached(at),
      failed: (error) => this.lost(error),
    });
  }

  private apply(events: readonly ObjectEvent[]): void {
    for (const event of events) {
      const key = this.store.keyOf(event.object.metadata.namespace ?? "", event.object.metadata.name ?? "");
      if (event.type === "DELETED") this.objects.delete(key);
      else this.objects.set(key, event.object);
      this.events.push(event);
      this.revision = event.revision;
    }
    if (this.events.length > WINDOW) this.floor = this.events.splice(0, this.events.length - WINDOW).at(-1)!.revision;
    for (const listener of [...this.listeners]) listener.events(events);
    this.wake();
  }

  private reached(revision: number): void {
    // etcd's own may be lower than ours after a restore: a cache never goes back
    if (revision <= this.revision) return;
    this.revision = revision;
    for (const listener of [...this.listeners]) listener.progress(revision);
    this.wake();
  }

  private wake(): void {
    for (const waiter of [...this.waiters]) if (this.revision >= waiter.revision) waiter.done();
  }

  /** All watches end, so that clients list anew; the objects stay, for reads that do not mind. */
  private lost(error: ApiError): void {
    this.watcher = undefined;
    if (this.closed) return;
    this.log(`cacher (${this.store.type.plural}): unexpected ListAndWatch error: ${error.message}; reinitializing...`);
    this.drop(error);
    this.failures++;
    this.filled = this.fill();
    this.filled.catch(() => undefined);
  }

  private drop(error: ApiError): void {
    const listeners = [...this.listeners];
    this.listeners.clear();
    for (const listener of listeners) listener.failed(error);
  }
}
