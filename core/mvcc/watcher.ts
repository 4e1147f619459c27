/** One watcher of a watch stream: what it watches, and from which revision on it still needs events. */
import { Event_EventType, type Event } from "../proto/gen/mvccpb.ts";
import type { WatcherState, WatchRequestOptions } from "./api.ts";
import { keyRange, type KeyRange } from "./key-range.ts";
import type { HubStream } from "./watch-stream.ts";

export class Watcher {
  readonly range: KeyRange;
  readonly startRevision: number;
  eventsSent = 0;
  /** the next revision it needs: everything before was delivered, or did not concern it */
  minRevision: number;
  /** events of the batch being handed out */
  private gathered: Event[] | undefined = undefined;
  private readonly noPut: boolean;
  private readonly noDelete: boolean;

  constructor(
    readonly stream: HubStream,
    readonly id: number,
    private readonly options: WatchRequestOptions,
    minRevision: number,
    /** wall ms */
    private readonly since: number,
  ) {
    this.range = keyRange(options.key, options.rangeEnd);
    this.startRevision = options.startRevision;
    this.minRevision = minRevision;
    this.noPut = options.noPut;
    this.noDelete = options.noDelete;
  }

  state(synced: boolean): WatcherState {
    const { key, rangeEnd, startRevision, progressNotify = false } = this.options;
    const { stream, id, minRevision, eventsSent, since } = this;
    return { client: stream.client, stream: stream.number, id, key, rangeEnd, startRevision, nextRevision: minRevision, synced, eventsSent, progressNotify, since };
  }

  wants(event: Event): boolean {
    return event.type === Event_EventType.PUT ? !this.noPut : !this.noDelete;
  }

  /** @returns true for the first event of a batch */
  gather(event: Event): boolean {
    if (this.gathered !== undefined) {
      this.gathered.push(event);
      return false;
    }
    this.gathered = [event];
    return true;
  }

  /** Ends the batch. */
  takeGathered(): readonly Event[] {
    const events = this.gathered ?? [];
    this.gathered = undefined;
    return events;
  }
}
