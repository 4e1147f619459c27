/**
 * Tells watchers what changed (etcd server/storage/mvcc/watchable_store.go). Watchers up to date are told as each
 * transaction ends. Those that started in the past, or whose reader is slow, catch up from the backend in batches and
 * then join the others. A notice carries whole revisions.
 */
import type { Clock, Timer } from "../platform/clock.ts";
import type { StoreMeters } from "../platform/meters.ts";
import { Event_EventType, KeyValue, type Event } from "../proto/gen/mvccpb.ts";
import type { KeyValuePair } from "../backend/backend.ts";
import type { WatchClient, WatcherState, WatchRequestOptions } from "./api.ts";
import { keyString } from "./key-range.ts";
import { isTombstone, mainOf, subOf } from "./revision.ts";
import { HubStream } from "./watch-stream.ts";
import { Watcher } from "./watcher.ts";
import { WatcherGroup } from "./watcher-group.ts";

/** What the hub reads of the store. */
export interface History {
  revision(): number;
  compactRevision(): number;
  /** Records with main >= `from` and < `to` in order, at most `limit` (0: all). */
  records(from: number, sub: number, to: number, limit: number): KeyValuePair[];
}

const catchUpWatchersMax = 512;
const catchUpRecordsMax = 1000;
const catchUpBytesMax = 1024 * 1024;
const recordsPerRead = 100;
/** the member itself */
const nobody: WatchClient = { address: "", program: "" };

export class WatchHub {
  private readonly synced = new WatcherGroup();
  private readonly lagging = new WatcherGroup();
  private readonly streams = new Set<HubStream>();
  private timer: Timer | undefined = undefined;
  private closed = false;
  private streamsMade = 0;

  constructor(
    private readonly history: History,
    private readonly clock: Clock,
    readonly meters: StoreMeters,
  ) {}

  get watcherCount(): number {
    return this.synced.size + this.lagging.size;
  }

  get streamCount(): number {
    return this.streams.size;
  }

  /** Watchers that are behind, for metrics. */
  get laggingCount(): number {
    return this.lagging.size;
  }

  revision(): number {
    return this.history.revision();
  }

  /** Those that are behind first, then those that are up to date, in the order in which they came. */
  watchers(most: number): WatcherState[] {
    const states: WatcherState[] = [];
    for (const group of [this.lagging, this.synced]) {
      for (const watcher of group) {
        if (states.length >= most) return states;
        states.push(watcher.state(group === this.synced));
      }
    }
    return states;
  }

  stream(client: WatchClient = nobody): HubStream {
    const stream = new HubStream(this, ++this.streamsMade, client);
    this.streams.add(stream);
    return stream;
  }

  join(stream: HubStream, id: number, options: WatchRequestOptions): Watcher {
    const current = this.history.revision();
    const { startRevision } = options;
    const fromNow = startRevision === 0 || startRevision > current;
    const watcher = new Watcher(stream, id, options, startRevision === 0 ? current + 1 : startRevision, this.clock.now());
    if (fromNow) this.synced.add(watcher);
    else {
      this.lagging.add(watcher);
      this.catchUpSoon();
    }
    return watcher;
  }

  leave(watcher: Watcher): void {
    if (!this.synced.remove(watcher)) this.lagging.remove(watcher);
  }

  forget(stream: HubStream): void {
    this.streams.delete(stream);
  }

  /** Up to date and past its start. */
  isCurrent(watcher: Watcher): boolean {
    return this.synced.has(watcher) && this.history.revision() >= watcher.startRevision;
  }

  /** Whether anybody could want events now. */
  get isListening(): boolean {
    return this.synced.size > 0;
  }

  /** Hands out the events of one finished transaction. `keys` are the events' keys. */
  notify(revision: number, keys: readonly string[], events: readonly Event[]): void {
    const touched: Watcher[] = [];
    if (events.length === 1) {
      // the usual case: all watchers get one and the same list, which is encoded once for all of them
      const event = events[0]!;
      this.synced.watching(keys[0]!, (watcher) => {
        if (watcher.minRevision <= revision && watcher.wants(event)) touched.push(watcher);
      });
      for (const watcher of touched) this.tell(watcher, events, revision);
      return;
    }
    for (const [index, event] of events.entries()) {
      this.synced.watching(keys[index]!, (watcher) => {
        if (watcher.minRevision <= revision && watcher.wants(event) && watcher.gather(event)) touched.push(watcher);
      });
    }
    for (const watcher of touched) this.tell(watcher, watcher.takeGathered(), revision);
  }

  private tell(watcher: Watcher, events: readonly Event[], revision: number): void {
    if (this.offer(watcher, events, revision)) watcher.minRevision = revision + 1;
    else {
      watcher.minRevision = revision;
      this.synced.remove(watcher);
      this.lagging.add(watcher);
    }
  }

  /**
   * The store was replaced by a snapshot: everybody reads what lies between.
   * @param seen revision up to which watchers up to date had been told
   */
  restart(seen: number): void {
    for (const watcher of [...this.synced]) {
      this.synced.remove(watcher);
      watcher.minRevision = Math.max(watcher.minRevision, seen + 1);
      this.lagging.add(watcher);
    }
    this.catchUpSoon();
  }

  /** Lets those behind read on, if any of them has room. */
  catchUpSoon(): void {
    if (this.lagging.size === 0 || this.timer !== undefined || this.closed) return;
    this.timer = this.clock.after(0, () => {
      this.timer = undefined;
      if (this.catchUp()) this.catchUpSoon();
    });
  }

  close(): void {
    this.closed = true;
    this.timer?.cancel();
    for (const stream of [...this.streams]) stream.close();
  }

  /** @returns whether there is more to do now */
  private catchUp(): boolean {
    this.endCompacted();
    const current = this.history.revision();
    const batch = this.select();
    if (batch.size === 0) return false;
    let from = current + 1;
    for (const watcher of batch) from = Math.min(from, watcher.minRevision);
    const { records, upTo } = this.read(from, current);
    for (const watcher of this.gather(batch, records)) {
      if (!this.offer(watcher, watcher.takeGathered(), current)) batch.delete(watcher);
    }
    for (const watcher of batch) {
      watcher.minRevision = Math.max(watcher.minRevision, upTo + 1);
      if (watcher.minRevision <= current) continue;
      this.lagging.remove(watcher);
      this.synced.add(watcher);
    }
    return true;
  }

  /** Those whose start was compacted are told so, without a revision, and get no more; their ids stay taken until they are cancelled, as in etcd. */
  private endCompacted(): void {
    const compacted = this.history.compactRevision();
    for (const watcher of [...this.lagging]) {
      if (watcher.minRevision >= compacted) continue;
      this.lagging.remove(watcher);
      // one for each watcher at most, so that the queue stays bounded without asking for room
      watcher.stream.push({ watchId: watcher.id, events: [], revision: 0, compactRevision: compacted }, 0);
    }
  }

  private select(): Set<Watcher> {
    const batch = new Set<Watcher>();
    for (const watcher of this.lagging) {
      if (watcher.stream.hasRoom) batch.add(watcher);
      if (batch.size >= catchUpWatchersMax) break;
    }
    return batch;
  }

  /** Reads whole revisions from `from` on. `upTo` is the last revision read in full. */
  private read(from: number, current: number): { records: KeyValuePair[]; upTo: number } {
    const records: KeyValuePair[] = [];
    let bytes = 0;
    let [main, sub] = [from, 0];
    while (records.length < catchUpRecordsMax && bytes < catchUpBytesMax) {
      const more = this.history.records(main, sub, current + 1, recordsPerRead);
      for (const pair of more) {
        records.push(pair);
        bytes += pair.value.length;
      }
      if (more.length < recordsPerRead) return { records, upTo: current };
      const { key } = more[more.length - 1]!;
      main = mainOf(key);
      sub = subOf(key) + 1;
    }
    // the last one may go on: leave it for the next batch, or read the rest where there is nothing else
    const last = mainOf(records[records.length - 1]!.key);
    if (mainOf(records[0]!.key) === last) return { records: [...records, ...this.history.records(main, sub, last + 1, 0)], upTo: last };
    while (mainOf(records[records.length - 1]!.key) === last) records.pop();
    return { records, upTo: last - 1 };
  }

  /** Gives each watcher of the batch its events of the records. @returns those that got some */
  private gather(batch: ReadonlySet<Watcher>, records: readonly KeyValuePair[]): Watcher[] {
    const touched: Watcher[] = [];
    for (const { key, value } of records) {
      const revision = mainOf(key);
      const event = eventOf(key, value, revision);
      this.lagging.watching(keyString(event.kv!.key), (watcher) => {
        if (!batch.has(watcher) || watcher.minRevision > revision) return;
        if (watcher.wants(event) && watcher.gather(event)) touched.push(watcher);
      });
    }
    return touched;
  }

  private offer(watcher: Watcher, events: readonly Event[], revision: number): boolean {
    const { stream } = watcher;
    if (!stream.hasRoom) return false;
    let bytes = 0;
    for (const { kv } of events) bytes += kv!.key.length + kv!.value.length;
    stream.push({ watchId: watcher.id, events, revision, compactRevision: 0 }, bytes);
    watcher.eventsSent += events.length;
    return true;
  }
}

function eventOf(key: Buffer, value: Buffer, revision: number): Event {
  const kv = KeyValue.decode(value);
  if (!isTombstone(key)) return { type: Event_EventType.PUT, kv, prevKv: undefined };
  kv.modRevision = revision;
  return { type: Event_EventType.DELETE, kv, prevKv: undefined };
}
