/**
 * Answers of watchers as bytes. What differs between the watchers of one event is their id alone: header and events are
 * encoded once for all of them and copied behind each other, so a thousand watchers of one key cost one encoding.
 */
import { WatchResponse } from "../../proto/gen/etcdserverpb.ts";
import { type Event, Event_EventType } from "../../proto/gen/mvccpb.ts";
import { sizeInt, Writer } from "../../proto/wire.ts";
import type { EtcdServer } from "../../server/api.ts";
import { headerAt } from "./header.ts";

/** tag of WatchResponse.watch_id */
const WATCH_ID = 16;
/** Encoded events that are kept for the next watcher, at most so many bytes. */
const KEPT_BYTES_MAX = 256 * 1024;
const NOTHING: Buffer = Buffer.alloc(0);

/** The last list of events seen, and what became of it. */
interface Kept {
  readonly events: readonly Event[];
  readonly told: readonly Event[];
  readonly bytes: Buffer;
}

const nothingKept: Kept = { events: [], told: [], bytes: NOTHING };

export class WatchBytes {
  private revision = -1;
  private term = -1;
  private head = NOTHING;
  private plain = nothingKept;
  private withPrevious = nothingKept;

  constructor(private readonly server: EtcdServer) {}

  /**
   * A response that carries events and nothing else, in a buffer of its own.
   * @param prevKv whether each event says what its key had before
   */
  encode(watchId: number, revision: number, events: readonly Event[], prevKv: boolean): Buffer {
    const head = this.headOf(revision);
    const tail = this.kept(events, prevKv).bytes;
    const idBytes = watchId === 0 ? 0 : 1 + sizeInt(watchId);
    const bytes = Buffer.allocUnsafe(head.length + idBytes + tail.length);
    bytes.set(head, 0);
    if (idBytes > 0) {
      const writer = new Writer(bytes);
      writer.position = head.length;
      writer.uint(WATCH_ID);
      writer.int(watchId);
    }
    bytes.set(tail, head.length + idBytes);
    return bytes;
  }

  /** The events as a watcher is told them. */
  told(events: readonly Event[], prevKv: boolean): readonly Event[] {
    return prevKv ? this.kept(events, true).told : events;
  }

  private headOf(revision: number): Buffer {
    const term = this.server.term();
    if (revision !== this.revision || term !== this.term) {
      this.head = WatchResponse.encode(WatchResponse.create({ header: headerAt(this.server, revision) }));
      this.revision = revision;
      this.term = term;
    }
    return this.head;
  }

  private kept(events: readonly Event[], prevKv: boolean): Kept {
    const last = prevKv ? this.withPrevious : this.plain;
    if (same(events, last.events)) return last;
    const told = prevKv ? events.map((event) => this.previous(event)) : events;
    const kept = { events, told, bytes: WatchResponse.encode(WatchResponse.create({ events: told as Event[] })) };
    const keep = kept.bytes.length <= KEPT_BYTES_MAX ? kept : nothingKept;
    if (prevKv) this.withPrevious = keep;
    else this.plain = keep;
    return kept;
  }

  private previous(event: Event): Event {
    const { kv } = event;
    if (kv === undefined || (event.type === Event_EventType.PUT && kv.createRevision === kv.modRevision)) return event;
    const prevKv = this.server.keyAt(kv.key, kv.modRevision - 1);
    return prevKv === undefined ? event : { ...event, prevKv };
  }
}

/** The same events, though perhaps in another list. */
function same(some: readonly Event[], others: readonly Event[]): boolean {
  if (some === others) return true;
  if (some.length !== others.length) return false;
  for (let at = 0; at < some.length; at++) if (some[at] !== others[at]) return false;
  return true;
}
