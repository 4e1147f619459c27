/** The proxy's watches on the members: they outlive connections (`core/client/watches.ts`), and keys are where the proxy's key space has them. */
import { type Channel, type Watcher, type WatchListener, Watches } from "../client/index.ts";
import type { WatchResponse } from "../proto/gen/etcdserverpb.ts";
import type { Event } from "../proto/gen/mvccpb.ts";
import type { KeySpace } from "./key-space.ts";

export interface WatchQuestion {
  readonly key: Buffer;
  readonly rangeEnd: Buffer;
  /** 0: from now on */
  readonly startRevision: number;
  /** token and hasleader; watchers with the same share a stream */
  readonly metadata: Readonly<Record<string, string>>;
}

export class UpstreamWatches {
  private readonly watches: Watches;

  /** @param space where the keys of questions and answers are; undefined: all keys */
  constructor(
    channel: Channel,
    private readonly space: KeySpace | undefined,
  ) {
    this.watches = new Watches(channel);
  }

  watch({ key, rangeEnd, startRevision, metadata }: WatchQuestion, listener: WatchListener): Watcher {
    const where = this.space?.inside(key, rangeEnd) ?? { key, rangeEnd };
    const request = { ...where, startRevision, progressNotify: true, prevKv: true };
    return this.watches.watch(request, metadata, { heard: (response) => listener.heard(this.outside(response)), failed: (error) => listener.failed(error) });
  }

  close(): void {
    this.watches.close();
  }

  private outside(response: WatchResponse): WatchResponse {
    const { space } = this;
    if (space === undefined || response.events.length === 0) return response;
    return { ...response, events: response.events.map((event): Event => ({ ...event, kv: space.outside(event.kv), prevKv: space.outside(event.prevKv) })) };
  }
}
