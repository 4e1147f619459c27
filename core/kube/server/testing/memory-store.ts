/** A KeyValueStore in memory, with revisions, compaction and watches: what the server's pure parts are tested on. */
import { type KeyEvent, type KeyValue, type KeyValueStore, type KeyWatchListener, type Page, StoreError, type Written } from "../key-value-store.ts";

interface Watching {
  readonly prefix: string;
  readonly listener: KeyWatchListener;
}

export class MemoryStore implements KeyValueStore {
  revision = 1;
  compacted = 0;
  /** while it is set every request fails with it */
  failure: StoreError | undefined;
  writes = 0;
  private readonly history: KeyEvent[] = [];
  private readonly watchers = new Set<Watching>();

  get(key: string): Promise<{ readonly found: KeyValue | undefined; readonly revision: number }> {
    return this.answer(() => ({ found: this.at(this.revision).get(key), revision: this.revision }));
  }

  range(start: string, end: string, limit: number, revision: number): Promise<Page> {
    return this.answer(() => {
      if (revision > this.revision) throw new StoreError("future", "etcdserver: mvcc: required revision is a future revision");
      if (revision > 0 && revision < this.compacted) throw new StoreError("compacted", "etcdserver: mvcc: required revision has been compacted");
      const all = [...this.at(revision === 0 ? this.revision : revision).values()].filter(({ key }) => key >= start && key < end).sort((a, b) => (a.key < b.key ? -1 : 1));
      const items = limit > 0 ? all.slice(0, limit) : all;
      return { items, count: all.length, more: items.length < all.length, revision: this.revision };
    });
  }

  put(key: string, atRevision: number, value: Buffer): Promise<Written> {
    return this.write(key, atRevision, value);
  }

  delete(key: string, atRevision: number): Promise<Written> {
    return this.write(key, atRevision, undefined);
  }

  watch(prefix: string, fromRevision: number, listener: KeyWatchListener): { cancel(): void } {
    const watching = { prefix, listener };
    queueMicrotask(() => {
      if (fromRevision < this.compacted) {
        listener.failed(new StoreError("compacted", "etcdserver: mvcc: required revision has been compacted"));
        return;
      }
      const missed = this.history.filter((event) => event.key.startsWith(prefix) && event.revision >= fromRevision);
      this.watchers.add(watching);
      if (missed.length > 0) listener.events(missed);
    });
    return { cancel: () => void this.watchers.delete(watching) };
  }

  askProgress(): void {
    for (const { listener } of this.watchers) listener.progress(this.revision);
  }

  compact(revision: number): void {
    this.compacted = revision;
  }

  /** Ends all watches, as a member that goes away does. */
  breakWatches(error: StoreError): void {
    const all = [...this.watchers];
    this.watchers.clear();
    for (const { listener } of all) listener.failed(error);
  }

  private async answer<T>(make: () => T): Promise<T> {
    await Promise.resolve();
    if (this.failure !== undefined) throw this.failure;
    return make();
  }

  private write(key: string, atRevision: number, value: Buffer | undefined): Promise<Written> {
    return this.answer(() => {
      const previous = this.at(this.revision).get(key);
      if ((previous?.modRevision ?? 0) !== atRevision) return { done: false, current: previous, revision: this.revision };
      this.writes++;
      const event: KeyEvent = { type: value === undefined ? "delete" : "put", key, value: value ?? Buffer.alloc(0), previous, created: previous === undefined, revision: ++this.revision };
      this.history.push(event);
      for (const { prefix, listener } of [...this.watchers]) if (key.startsWith(prefix)) listener.events([event]);
      return { done: true, revision: this.revision };
    });
  }

  private at(revision: number): Map<string, KeyValue> {
    const found = new Map<string, KeyValue>();
    for (const event of this.history) {
      if (event.revision > revision) break;
      if (event.type === "delete") found.delete(event.key);
      else found.set(event.key, { key: event.key, value: event.value, modRevision: event.revision });
    }
    return found;
  }
}
