import { describe, expect, it } from "vitest";
import { Lessor } from "../lease/lessor.ts";
import type { WatchNotice, WatchRequestOptions, WatchStream } from "./api.ts";
import { openStore, type MvccStore } from "./store.ts";
import { ManualClock } from "./testing/manual-clock.ts";
import { MemoryBackend } from "./testing/memory-backend.ts";

const none = Buffer.alloc(0);
const open = Buffer.from([0]);

interface Scene {
  readonly clock: ManualClock;
  readonly store: MvccStore;
  readonly backend: MemoryBackend;
}

async function scene(backend = new MemoryBackend()): Promise<Scene> {
  const clock = new ManualClock();
  const leases = new Lessor({ backend, clock, minTtlSeconds: 2 });
  return { clock, backend, store: await openStore({ backend, clock, leases }) };
}

function put(store: MvccStore, ...keys: string[]): void {
  const transaction = store.write();
  for (const key of keys) transaction.put(Buffer.from(key), Buffer.from("v"), 0n);
  transaction.end();
}

function remove(store: MvccStore, key: string, end = none): void {
  const transaction = store.write();
  transaction.deleteRange(Buffer.from(key), end);
  transaction.end();
}

function request(key: string, rest: Partial<WatchRequestOptions> = {}): WatchRequestOptions {
  return { key: Buffer.from(key), rangeEnd: none, startRevision: 0, noPut: false, noDelete: false, ...rest };
}

function show(notice: WatchNotice | undefined): string {
  if (notice === undefined) return "closed";
  if (notice.compactRevision > 0) return `${notice.watchId} compacted ${notice.compactRevision}`;
  return `${notice.watchId} ${notice.events.map((event) => `${event.type === 0 ? "put" : "del"} ${event.kv!.key}@${event.kv!.modRevision}`).join(", ")}`;
}

/** What stands ready, without waiting for more. */
async function drain(stream: WatchStream, clock: ManualClock): Promise<string[]> {
  const seen: string[] = [];
  for (;;) {
    let notice: WatchNotice | undefined | "waiting" = "waiting";
    const reading = stream.next().then((next) => (notice = next));
    await clock.advance(1);
    if (notice === "waiting") {
      pending.set(stream, reading);
      return seen;
    }
    seen.push(show(notice));
    if (notice === undefined) return seen;
  }
}

const pending = new WeakMap<WatchStream, Promise<unknown>>();

describe("watch", () => {
  it("tells of each change after it was created, single key and range", async () => {
    const { store, clock } = await scene();
    put(store, "before");
    const stream = store.watchStream();
    expect(stream.watch(0, request("a"))).toBe(0);
    expect(stream.watch(0, request("a", { rangeEnd: Buffer.from("c") }))).toBe(1);
    expect(stream.watch(7, request("", { rangeEnd: open }))).toBe(7);
    put(store, "a");
    put(store, "b", "c");
    remove(store, "a", open);
    // among watchers there is no order
    expect((await drain(stream, clock)).sort()).toEqual([
      "0 del a@5",
      "0 put a@3",
      "1 del a@5, del b@5, del before@5",
      "1 put a@3",
      "1 put b@4",
      "7 del a@5, del b@5, del before@5, del c@5",
      "7 put a@3",
      "7 put b@4, put c@4",
    ]);
    expect(store.watcherCount()).toBe(3);
  });

  it("starts in the past, and joins the present without a gap or a repetition", async () => {
    const { store, clock } = await scene();
    for (let count = 0; count < 2500; count++) put(store, count % 2 === 0 ? "even" : "odd");
    const stream = store.watchStream();
    stream.watch(0, request("even", { startRevision: 1 }));
    const seen = await drain(stream, clock);
    put(store, "even");
    const events = seen.join(",").match(/@\d+/g)!;
    expect(events).toEqual(Array.from({ length: 1250 }, (_, index) => `@${2 + 2 * index}`));
    expect(seen.length).toBeGreaterThan(1);
    expect(store.laggingWatcherCount()).toBe(0);
  });

  it("waits for a start that lies ahead", async () => {
    const { store, clock } = await scene();
    const stream = store.watchStream();
    stream.watch(0, request("a", { startRevision: 4 }));
    expect(stream.progressAll()).toBeUndefined();
    for (let count = 0; count < 4; count++) put(store, "a");
    expect(await drain(stream, clock)).toEqual(["0 put a@4", "0 put a@5"]);
  });

  it("says so when the start was compacted, and keeps the id taken until it is cancelled", async () => {
    const { store, clock } = await scene();
    for (let count = 0; count < 5; count++) put(store, "a");
    const compacting = store.compact(4);
    await clock.advance(100);
    await compacting;
    const stream = store.watchStream();
    stream.watch(0, request("a", { startRevision: 3 }));
    stream.watch(0, request("a", { startRevision: 4 }));
    expect(await drain(stream, clock)).toEqual(["0 compacted 4", "1 put a@4, put a@5, put a@6"]);
    expect(stream.cancel(0)).toBe(true);
    expect(stream.cancel(0)).toBe(false);
    expect(store.watcherCount()).toBe(1);
  });

  it("filters puts and deletes, and sends nothing where nothing is left", async () => {
    const { store, clock } = await scene();
    const stream = store.watchStream();
    stream.watch(0, request("a", { noPut: true }));
    stream.watch(0, request("a", { noDelete: true }));
    put(store, "a");
    remove(store, "a");
    expect(await drain(stream, clock)).toEqual(["1 put a@2", "0 del a@3"]);
  });

  it("keeps a bounded queue for a slow reader, who misses nothing", async () => {
    const { store, clock } = await scene();
    const stream = store.watchStream();
    stream.watch(0, request("a"));
    for (let count = 0; count < 1000; count++) put(store, "a");
    expect(store.laggingWatcherCount()).toBe(1);
    const seen = await drain(stream, clock);
    expect(seen.join(",").match(/@\d+/g)).toEqual(Array.from({ length: 1000 }, (_, index) => `@${2 + index}`));
    // the queue, then batches from the backend
    expect(seen.length).toBeLessThan(140);
    expect(store.laggingWatcherCount()).toBe(0);
  });

  it("does not split a revision larger than a batch", async () => {
    const { store, clock } = await scene();
    put(store, "a");
    put(store, ...Array.from({ length: 3000 }, (_, index) => `k${index}`));
    put(store, "b");
    const stream = store.watchStream();
    stream.watch(0, request("", { rangeEnd: open, startRevision: 1 }));
    const seen = await drain(stream, clock);
    const revisions = seen.map((line) => [...new Set(line.match(/@\d+/g))]);
    expect(revisions.flat()).toEqual(["@2", "@3", "@4"]);
    expect(seen.join().match(/@3/g)).toHaveLength(3000);
  });

  it("refuses a used id and an empty range, and takes the next free id", async () => {
    const { store } = await scene();
    const stream = store.watchStream();
    stream.watch(1, request("a"));
    expect(() => stream.watch(1, request("a"))).toThrow("mvcc: duplicate watch ID provided on the WatchStream");
    expect(() => stream.watch(0, request("b", { rangeEnd: Buffer.from("b") }))).toThrow("mvcc: watcher range is empty");
    expect([stream.watch(0, request("a")), stream.watch(0, request("a"))]).toEqual([0, 2]);
  });

  it("stops at cancel, also what was queued", async () => {
    const { store, clock } = await scene();
    const stream = store.watchStream();
    stream.watch(0, request("a"));
    stream.watch(0, request("a"));
    put(store, "a");
    expect([stream.cancel(0), stream.cancel(0)]).toEqual([true, false]);
    put(store, "a");
    expect(await drain(stream, clock)).toEqual(["1 put a@2", "1 put a@3"]);
  });

  it("reports progress only when everything up to it was handed out", async () => {
    const { store, clock } = await scene();
    put(store, "a");
    const stream = store.watchStream();
    expect(stream.progressAll()).toBeUndefined();
    stream.watch(0, request("a", { startRevision: 1 }));
    expect([stream.progress(0), stream.progressAll()]).toEqual([undefined, undefined]);
    await clock.advance(1);
    expect(stream.progress(0)).toBeUndefined();
    await drain(stream, clock);
    expect([stream.progress(0), stream.progressAll(), stream.progress(1)]).toEqual([2, 2, undefined]);
  });

  it("ends its reader when it is closed", async () => {
    const { store, clock } = await scene();
    const stream = store.watchStream();
    stream.watch(0, request("a"));
    const reading = stream.next();
    await expect(stream.next()).rejects.toThrow("one reader");
    store.close();
    expect(await reading).toBeUndefined();
    expect([store.watcherCount(), clock.pending]).toEqual([0, 0]);
    expect(() => stream.watch(0, request("a"))).toThrow("closed");
  });

  it("goes on over a snapshot that replaces the store", async () => {
    const { store, clock } = await scene();
    const ahead = await scene();
    for (const each of [store, ahead.store]) put(each, "a");
    const stream = store.watchStream();
    stream.watch(0, request("a"));
    for (let count = 0; count < 3; count++) put(ahead.store, "a", "b");
    await store.restore(ahead.backend.clone());
    expect(await drain(stream, clock)).toEqual(["0 put a@3, put a@4, put a@5"]);
    put(store, "a");
    await pending.get(stream);
    expect(store.revision()).toBe(6);
  });

  it("tells those whose next revision the snapshot no longer has", async () => {
    const { store, clock } = await scene();
    const ahead = await scene();
    for (const each of [store, ahead.store]) put(each, "a");
    const stream = store.watchStream();
    stream.watch(0, request("a"));
    for (let count = 0; count < 3; count++) put(ahead.store, "a");
    const compacting = ahead.store.compact(5);
    await ahead.clock.advance(100);
    await compacting;
    await store.restore(ahead.backend.clone());
    expect(await drain(stream, clock)).toEqual(["0 compacted 5"]);
  });

  it("all watchers of a stream hear of one transaction at once, however many they are, and nobody falls behind", async () => {
    const { store } = await scene();
    const stream = store.watchStream();
    for (let id = 0; id < 1000; id++) stream.watch(0, request("a"));
    put(store, "a");
    put(store, "b");
    const first: (WatchNotice | undefined)[] = [await stream.next()];
    expect(stream.progressAll()).toBeUndefined();
    for (let notice = stream.take(); notice !== undefined; notice = stream.take()) first.push(notice);
    expect(first.map(show)).toEqual(Array.from({ length: 1000 }, (_, id) => `${id} put a@2`));
    // one list for all: what is encoded once must be the same
    expect(new Set(first.map((notice) => notice!.events)).size).toBe(1);
    expect(stream.progressAll()).toBe(3);
    expect(stream.take()).toBeUndefined();
    stream.close();
  });

  it("what was cancelled or closed while some of the queue was taken is not told, and the rest is", async () => {
    const { store } = await scene();
    const stream = store.watchStream();
    for (let id = 0; id < 4; id++) stream.watch(0, request("a"));
    put(store, "a");
    expect(show(stream.take())).toBe("0 put a@2");
    stream.cancel(2);
    stream.cancel(0);
    expect(show(stream.take())).toBe("1 put a@2");
    put(store, "a");
    expect([stream.take(), stream.take(), stream.take()].map(show)).toEqual(["3 put a@2", "1 put a@3", "3 put a@3"]);
    put(store, "a");
    stream.close();
    expect(stream.take()).toBeUndefined();
  });
});
