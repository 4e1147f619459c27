/**
 * One watch on the members for many watchers of clients (etcd server/proxy/grpcproxy: watch_broadcast.go, watch_broadcasts.go,
 * watch_ranges.go, watcher.go). A watcher joins a broadcast that is not ahead of it; a broadcast with few watchers that another
 * one of the same range can serve gives them up to that. What a watcher has had already it drops itself.
 */
import type { Watcher } from "../client/index.ts";
import type { StatusError } from "../proto/errors.ts";
import { ResponseHeader, WatchResponse } from "../proto/gen/etcdserverpb.ts";
import { type Event, Event_EventType } from "../proto/gen/mvccpb.ts";
import { sizeInt, Writer } from "../proto/wire.ts";
import type { UpstreamWatches, WatchQuestion } from "./upstream-watches.ts";

/** A broadcast with so many watchers or more is worth its watch. */
const FEW = 5;

interface Saved {
  /** responses that did not have to be asked for once more */
  responses: number;
}

/** One watch of a client. */
export interface ProxiedWatcher {
  readonly id: number;
  readonly noPut: boolean;
  readonly noDelete: boolean;
  readonly prevKv: boolean;
  readonly progress: boolean;
  /** events below it are not for this watcher; 0: it starts at whatever comes first */
  nextRevision: number;
  /** of what was sent last */
  lastHeader: ResponseHeader;
  created: boolean;
  /** Takes a WatchResponse as bytes; a promise where its client is slow: wait for it. */
  post(response: Buffer): Promise<void> | void;
  /** it was cancelled by the member */
  ended(): void;
  /** there is no watch for it any more */
  failed(error: StatusError): void;
}

const WATCH_ID_TAG = 16;

/** One response of a member as it goes to one watcher after the other: what does not depend on the watcher is encoded once. */
class Relay {
  private readonly head: Buffer;
  private readonly tails = new Map<string, { readonly bytes: Buffer; readonly lastRevision: number } | undefined>();

  constructor(private readonly response: WatchResponse) {
    this.head = WatchResponse.encode(WatchResponse.create({ header: response.header }));
  }

  get isProgress(): boolean {
    const { created, canceled, compactRevision, events, header } = this.response;
    return events.length === 0 && !canceled && !created && compactRevision === 0 && (header?.revision ?? 0) !== 0;
  }

  /** @returns undefined: nothing of it is for this watcher */
  send(watcher: ProxiedWatcher): Promise<void> | void {
    const { header, events, created, canceled, compactRevision } = this.response;
    const revision = header?.revision ?? 0;
    if (this.isProgress && !watcher.progress) return;
    if (watcher.nextRevision > revision && events.length > 0) return;
    if (watcher.nextRevision === 0) watcher.nextRevision = revision + 1;
    const from = events.length > 0 && events[0]!.kv!.modRevision < watcher.nextRevision ? watcher.nextRevision : 0;
    const { lastRevision, bytes } = this.tail(watcher, from);
    if (lastRevision >= watcher.nextRevision) watcher.nextRevision = lastRevision + 1;
    if (bytes === undefined && !this.isProgress && !created && compactRevision === 0 && !canceled) return;
    if (created) watcher.created = true;
    watcher.lastHeader = header ?? ResponseHeader.create();
    return watcher.post(this.with(watcher.id, bytes ?? EMPTY));
  }

  /** Everything behind the watch id. `bytes` undefined: no event is left of it, and there is nothing else to tell */
  private tail(watcher: ProxiedWatcher, from: number): { readonly bytes: Buffer | undefined; readonly lastRevision: number } {
    const name = `${watcher.prevKv}${watcher.noPut}${watcher.noDelete}${from}`;
    const known = this.tails.get(name);
    if (known !== undefined) return { bytes: known.bytes.length === 0 ? undefined : known.bytes, lastRevision: known.lastRevision };
    const { created, canceled, compactRevision, cancelReason, events } = this.response;
    const due = from === 0 ? events : events.filter(({ kv }) => kv!.modRevision >= from);
    const kept = due.filter(({ type }) => !(type === Event_EventType.PUT ? watcher.noPut : watcher.noDelete));
    const shown = watcher.prevKv ? kept : kept.map((event): Event => (event.prevKv === undefined ? event : { ...event, prevKv: undefined }));
    const bytes = WatchResponse.encode(WatchResponse.create({ created, canceled, compactRevision, cancelReason, events: shown }));
    const lastRevision = due.at(-1)?.kv?.modRevision ?? 0;
    this.tails.set(name, { bytes, lastRevision });
    return { bytes: bytes.length === 0 ? undefined : bytes, lastRevision };
  }

  private with(id: number, tail: Buffer): Buffer {
    const idBytes = id === 0 ? 0 : 1 + sizeInt(id);
    const whole = Buffer.allocUnsafe(this.head.length + idBytes + tail.length);
    this.head.copy(whole);
    if (id !== 0) {
      const writer = new Writer(whole);
      writer.position = this.head.length;
      writer.uint(WATCH_ID_TAG);
      writer.int(id);
    }
    tail.copy(whole, this.head.length + idBytes);
    return whole;
  }
}

const EMPTY = Buffer.alloc(0);

class Broadcast {
  readonly receivers = new Set<ProxiedWatcher>();
  /** least revision of what it will tell next; 0: it has not begun */
  nextRevision: number;
  responses = 0;
  upstream: Watcher | undefined;

  constructor(first: ProxiedWatcher) {
    this.nextRevision = first.nextRevision;
    this.receivers.add(first);
  }

  /** Whether what it tells from now on is enough for the watcher. */
  serves({ nextRevision }: ProxiedWatcher): boolean {
    return this.nextRevision <= nextRevision && !(this.nextRevision === 0 && nextRevision !== 0);
  }
}

/** All broadcasts of one range and one kind of client. */
class Group {
  readonly broadcasts = new Set<Broadcast>();
  private readonly of = new Map<ProxiedWatcher, Broadcast>();

  constructor(
    private readonly watches: UpstreamWatches,
    private readonly question: Omit<WatchQuestion, "startRevision">,
    private readonly saved: Saved,
    private readonly onEmpty: () => void,
  ) {}

  add(watcher: ProxiedWatcher): void {
    for (const broadcast of this.broadcasts) {
      if (!broadcast.serves(watcher)) continue;
      if (broadcast.responses > 0 && !watcher.created) {
        watcher.created = true;
        // the member's own answer went to those who were there
        const header = ResponseHeader.create({ revision: watcher.nextRevision });
        // nothing has to wait here: the queue of one that has just been made is not full, or its client is about to be dropped
        void watcher.post(WatchResponse.encode(WatchResponse.create({ header, watchId: watcher.id, created: true })));
      }
      broadcast.receivers.add(watcher);
      this.of.set(watcher, broadcast);
      return;
    }
    const broadcast = new Broadcast(watcher);
    this.broadcasts.add(broadcast);
    this.of.set(watcher, broadcast);
    broadcast.upstream = this.watches.watch(
      { ...this.question, startRevision: broadcast.nextRevision },
      { heard: (response) => this.heard(broadcast, response), failed: (error) => this.failed(broadcast, error) },
    );
  }

  delete(watcher: ProxiedWatcher): void {
    const broadcast = this.of.get(watcher);
    if (broadcast === undefined) return;
    this.of.delete(watcher);
    broadcast.receivers.delete(watcher);
    if (broadcast.receivers.size === 0) this.stop(broadcast);
    if (this.broadcasts.size === 0) this.onEmpty();
  }

  private stop(broadcast: Broadcast): void {
    this.broadcasts.delete(broadcast);
    broadcast.upstream?.cancel();
  }

  private async heard(broadcast: Broadcast, response: WatchResponse): Promise<void> {
    // a watch that starts at a revision keeps it: the answer to its creation only says where the store is
    if (broadcast.responses > 0 || broadcast.nextRevision === 0) broadcast.nextRevision = (response.header?.revision ?? 0) + 1;
    broadcast.responses++;
    const receivers = [...broadcast.receivers];
    const relay = new Relay(response);
    const slow: Promise<void>[] = [];
    if (response.canceled) this.cancelled(broadcast, response, receivers, relay, slow);
    else {
      for (const watcher of receivers) {
        const posted = relay.send(watcher);
        if (posted !== undefined) slow.push(posted);
      }
      if (receivers.length > 0) this.saved.responses += receivers.length - 1;
      this.coalesce(broadcast);
    }
    if (slow.length > 0) await Promise.all(slow);
  }

  /** The member ended the watch. Those that had joined it from a later revision, which is still there, get another one. */
  private cancelled(broadcast: Broadcast, response: WatchResponse, receivers: readonly ProxiedWatcher[], relay: Relay, slow: Promise<void>[]): void {
    const { compactRevision } = response;
    this.broadcasts.delete(broadcast);
    for (const watcher of receivers) this.of.delete(watcher);
    for (const watcher of receivers) {
      if (compactRevision > 0 && watcher.created && watcher.nextRevision >= compactRevision) {
        this.add(watcher);
        continue;
      }
      const posted = relay.send(watcher);
      if (posted !== undefined) slow.push(posted);
      watcher.ended();
    }
    if (this.broadcasts.size === 0) this.onEmpty();
  }

  private failed(broadcast: Broadcast, error: StatusError): void {
    this.broadcasts.delete(broadcast);
    const receivers = [...broadcast.receivers];
    for (const watcher of receivers) this.of.delete(watcher);
    if (this.broadcasts.size === 0) this.onEmpty();
    for (const watcher of receivers) watcher.failed(error);
  }

  /** Gives its watchers up to a broadcast that is behind it and has begun. */
  private coalesce(broadcast: Broadcast): void {
    const { receivers } = broadcast;
    if (receivers.size === 0 || receivers.size >= FEW) return;
    for (const other of this.broadcasts) {
      if (other === broadcast || other.responses === 0 || broadcast.nextRevision < other.nextRevision) continue;
      for (const watcher of receivers) {
        other.receivers.add(watcher);
        this.of.set(watcher, other);
      }
      receivers.clear();
      this.stop(broadcast);
      return;
    }
  }
}

/** All that is watched through the proxy, by range. */
export class Broadcasts {
  private readonly groups = new Map<string, Group>();
  private readonly saved: Saved = { responses: 0 };

  constructor(private readonly watches: UpstreamWatches) {}

  /** Watchers that share the watch of another one. */
  get coalescedWatchers(): number {
    let count = 0;
    for (const { broadcasts } of this.groups.values()) for (const { receivers } of broadcasts) count += Math.max(0, receivers.size - 1);
    return count;
  }

  /** Responses that went to more watchers than one, counted for each but the first. */
  get coalescedEvents(): number {
    return this.saved.responses;
  }

  /** @returns takes the watcher out again */
  add(watcher: ProxiedWatcher, key: Buffer, rangeEnd: Buffer, metadata: Readonly<Record<string, string>>): () => void {
    // those who want to know of a leader's loss have a watch of their own; a token is only asked for where a watch begins, and that was seen to
    const { hasleader } = metadata;
    const name = `${hasleader ?? ""} ${key.toString("hex")} ${rangeEnd.toString("hex")}`;
    let group = this.groups.get(name);
    if (group === undefined) {
      const made = new Group(this.watches, { key, rangeEnd, metadata }, this.saved, () => this.groups.get(name) === made && this.groups.delete(name));
      group = made;
      this.groups.set(name, made);
    }
    const joined = group;
    joined.add(watcher);
    return () => joined.delete(watcher);
  }
}
