/** Watch guarantees over random histories: each event once, in order, whole revisions; whoever cannot have them is told. */
import fc from "fast-check";
import { expect, it } from "vitest";
import { Lessor } from "../lease/lessor.ts";
import type { WatchNotice, WatchStream } from "./api.ts";
import { isWithin, keyRange } from "./key-range.ts";
import { openStore, type MvccStore } from "./store.ts";
import { ManualClock } from "./testing/manual-clock.ts";
import { MemoryBackend } from "./testing/memory-backend.ts";

const key = fc.constantFrom("a", "b", "c");
const step = fc.oneof(
  { weight: 8, arbitrary: fc.record({ kind: fc.constant("put" as const), keys: fc.uniqueArray(key, { minLength: 1 }), times: fc.constantFrom(1, 2, 150) }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant("delete" as const), key, end: fc.constantFrom("", "\0") }) },
  {
    weight: 3,
    arbitrary: fc.record({
      kind: fc.constant("watch" as const),
      stream: fc.nat(2),
      key,
      end: fc.constantFrom("", "\0", "z"),
      back: fc.option(fc.nat(400), { nil: undefined }),
      noPut: fc.boolean(),
    }),
  },
  { weight: 4, arbitrary: fc.record({ kind: fc.constant("read" as const), stream: fc.nat(2), count: fc.nat(200) }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant("compact" as const), share: fc.double({ min: 0, max: 1, noNaN: true }) }) },
  { weight: 3, arbitrary: fc.record({ kind: fc.constant("wait" as const), ms: fc.nat(20) }) },
);

interface Fact {
  readonly key: string;
  readonly revision: number;
  readonly put: boolean;
}

interface Watch {
  readonly wants: (fact: Fact) => boolean;
  readonly start: number;
  readonly got: Fact[];
  compacted: number;
}

class Reader {
  readonly watches = new Map<number, Watch>();
  private reading = false;

  constructor(
    private readonly stream: WatchStream,
    private readonly clock: ManualClock,
  ) {}

  async take(count: number): Promise<void> {
    for (let taken = 0; taken < count && !this.reading; taken++) {
      this.reading = true;
      void this.stream.next().then((notice) => {
        this.reading = false;
        if (notice !== undefined) this.receive(notice);
      });
      await this.clock.advance(0);
    }
  }

  async drain(): Promise<void> {
    for (let quiet = 0; quiet < 3; quiet++) {
      await this.take(Number.POSITIVE_INFINITY);
      await this.clock.advance(20);
    }
  }

  watch(key: Buffer, rangeEnd: Buffer, startRevision: number, noPut: boolean, current: number): void {
    const id = this.stream.watch(0, { key, rangeEnd, startRevision, noPut, noDelete: false });
    const range = keyRange(key, rangeEnd);
    const wants = (fact: Fact): boolean => isWithin(range, fact.key) && !(noPut && fact.put);
    this.watches.set(id, { wants, start: startRevision === 0 ? current + 1 : startRevision, got: [], compacted: 0 });
  }

  private receive(notice: WatchNotice): void {
    const watch = this.watches.get(notice.watchId)!;
    expect(watch.compacted).toBe(0);
    watch.compacted = notice.compactRevision;
    if (notice.compactRevision === 0) expect(notice.events.length).toBeGreaterThan(0);
    for (const event of notice.events) {
      const revision = event.kv!.modRevision;
      expect(revision).toBeLessThanOrEqual(notice.revision);
      watch.got.push({ key: event.kv!.key.toString(), revision, put: event.type === 0 });
    }
  }
}

function check(watch: Watch, history: readonly Fact[]): void {
  const expected = history.filter((fact) => fact.revision >= watch.start && watch.wants(fact));
  if (watch.compacted === 0) {
    expect(watch.got).toEqual(expected);
    return;
  }
  // what it got is all of the history up to some revision, and what is next was compacted
  expect(watch.got).toEqual(expected.slice(0, watch.got.length));
  const last = watch.got[watch.got.length - 1]?.revision ?? 0;
  const next = expected[watch.got.length];
  if (next !== undefined) expect(next.revision).toBeGreaterThan(last);
  expect(watch.start).toBeLessThan(watch.compacted);
}

it("gives every watcher every event once, in order, in whole revisions", async () => {
  const run = fc.asyncProperty(fc.array(step, { minLength: 5, maxLength: 40, size: "max" }), async (steps) => {
    const backend = new MemoryBackend();
    const clock = new ManualClock();
    const store: MvccStore = await openStore({ backend, clock, leases: new Lessor({ backend, clock, minTtlSeconds: 2 }) });
    const history: Fact[] = [];
    store.onChange((revision, events) => {
      for (const event of events) history.push({ key: event.kv!.key.toString(), revision, put: event.type === 0 });
    });
    const readers = [0, 1, 2].map(() => new Reader(store.watchStream(), clock));
    for (const each of steps) {
      switch (each.kind) {
        case "put":
          for (let count = 0; count < each.times; count++) {
            const transaction = store.write();
            for (const name of each.keys) transaction.put(Buffer.from(name), Buffer.from("v"), 0n);
            transaction.end();
          }
          break;
        case "delete": {
          const transaction = store.write();
          transaction.deleteRange(Buffer.from(each.key), Buffer.from(each.end));
          transaction.end();
          break;
        }
        case "watch": {
          const start = each.back === undefined ? 0 : Math.max(1, store.revision() + 100 - each.back);
          readers[each.stream]!.watch(Buffer.from(each.key), Buffer.from(each.end), start, each.noPut, store.revision());
          break;
        }
        case "read":
          await readers[each.stream]!.take(each.count);
          break;
        case "compact": {
          const revision = Math.round(each.share * store.revision());
          if (revision > Math.max(1, store.compactRevision())) void store.compact(revision);
          break;
        }
        case "wait":
          await clock.advance(each.ms);
          break;
      }
    }
    for (const reader of readers) await reader.drain();
    for (const reader of readers) for (const watch of reader.watches.values()) check(watch, history);
    expect(store.laggingWatcherCount()).toBe(0);
    store.close();
  });
  await fc.assert(run, { numRuns: 30 });
}, 60_000);
