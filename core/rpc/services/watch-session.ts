/**
 * One watch stream between a client and the store's hub. Control answers are written in the same turn in which the
 * watcher is made, so "created" always stands before its events; a progress answer is written only when nothing is
 * waiting, so every event up to its revision stands before it.
 */
import type { WatchNotice, WatchStream } from "../../mvcc/api.ts";
import { Code, EtcdError } from "../../proto/errors.ts";
import {
  type WatchCreateRequest,
  WatchCreateRequest_FilterType as Filter,
  type WatchRequest,
  WatchResponse,
} from "../../proto/gen/etcdserverpb.ts";
import type { Event } from "../../proto/gen/mvccpb.ts";
import type { EtcdServer, RequestContext } from "../../server/api.ts";
import { headerAt } from "./header.ts";
import type { WatchBytes } from "./watch-bytes.ts";

/** Watch id of answers that belong to no watcher. */
const NO_WATCH_ID = -1;

interface Watcher {
  readonly prevKv: boolean;
  readonly fragment: boolean;
  readonly progressNotify: boolean;
  /** something was sent since the last progress round, so the next one is skipped */
  spoke: boolean;
}

export class WatchSession {
  private readonly stream: WatchStream;
  private readonly watchers = new Map<number, Watcher>();
  /** true while the pump waits for the store and has nothing to send */
  private idle = false;
  private progressForAll = false;
  private readonly progressFor = new Set<number>();
  private closed = false;

  constructor(
    private readonly server: EtcdServer,
    /** undefined: there is room for more */
    private readonly sendBytes: (response: Buffer) => Promise<void> | undefined,
    /** shared by all sessions */
    private readonly bytes: WatchBytes,
    private readonly fragmentBytesMax: number,
    private readonly context: RequestContext,
  ) {
    this.stream = server.watchStream(context.client);
  }

  /** Handles one request of the client. */
  take(request: WatchRequest): Promise<void> | void {
    if (request.createRequest !== undefined) return this.create(request.createRequest);
    if (request.cancelRequest !== undefined) return this.cancel(request.cancelRequest.watchId);
    if (request.progressRequest !== undefined) {
      this.progressForAll = true;
      this.speakWhenQuiet();
    }
  }

  /** Sends what the store has, until the stream is closed. */
  async pump(): Promise<void> {
    for (;;) {
      this.idle = true;
      if (this.progressForAll || this.progressFor.size > 0) this.speakWhenQuiet();
      const notice = await this.stream.next();
      this.idle = false;
      if (notice === undefined) return;
      // whatever is there already goes without a promise for each
      for (let one: WatchNotice | undefined = notice; one !== undefined; one = this.stream.take()) {
        const sending = this.forward(one);
        if (sending !== undefined) await sending;
      }
    }
  }

  /** Time for the periodic progress notices. */
  notifyProgress(): void {
    for (const [id, watcher] of this.watchers) {
      if (!watcher.progressNotify) continue;
      if (!watcher.spoke) this.progressFor.add(id);
      watcher.spoke = false;
    }
    if (this.progressFor.size > 0) this.speakWhenQuiet();
  }

  close(): void {
    this.closed = true;
    this.stream.close();
  }

  private create(request: WatchCreateRequest): Promise<void> | void {
    if (request.startRevision < 0) return this.refuse(new EtcdError("Compacted").message);
    const key = request.key.length === 0 ? Buffer.from([0]) : request.key;
    if (!this.server.authEnabled()) return this.begin(request, key);
    // asked once: a watcher that is there goes on whatever becomes of its owner's permissions, as in etcd
    return this.server.checkWatch(key, request.rangeEnd, this.context).then(
      () => this.begin(request, key),
      (error: Error) => this.refuse(refusal(error)),
    );
  }

  private begin(request: WatchCreateRequest, key: Buffer): Promise<void> | void {
    let id: number;
    try {
      id = this.stream.watch(request.watchId, {
        key,
        rangeEnd: request.rangeEnd,
        startRevision: request.startRevision,
        noPut: request.filters.includes(Filter.NOPUT),
        noDelete: request.filters.includes(Filter.NODELETE),
        progressNotify: request.progressNotify,
      });
    } catch (error) {
      return this.refuse((error as Error).message);
    }
    this.watchers.set(id, { prevKv: request.prevKv, fragment: request.fragment, progressNotify: request.progressNotify, spoke: false });
    return this.send(WatchResponse.create({ header: this.header(this.server.revision()), watchId: id, created: true }));
  }

  private refuse(cancelReason: string): Promise<void> | void {
    const header = this.header(this.server.revision());
    return this.send(WatchResponse.create({ header, watchId: NO_WATCH_ID, created: true, canceled: true, cancelReason }));
  }

  /** An id that is unknown gets no answer. */
  private cancel(id: number): Promise<void> | void {
    if (!this.stream.cancel(id)) return;
    this.watchers.delete(id);
    this.progressFor.delete(id);
    return this.send(WatchResponse.create({ header: this.header(this.server.revision()), watchId: id, canceled: true }));
  }

  private forward(notice: WatchNotice): Promise<void> | undefined {
    const { watchId, events, revision, compactRevision } = notice;
    const watcher = this.watchers.get(watchId);
    if (watcher === undefined) return undefined; // cancelled while this notice was on its way
    if (compactRevision !== 0) {
      this.watchers.delete(watchId);
      this.progressFor.delete(watchId);
      return this.send(WatchResponse.create({ header: this.header(revision), watchId, compactRevision, canceled: true }));
    }
    if (events.length > 0) {
      watcher.spoke = true;
      if (this.progressFor.size > 0) this.progressFor.delete(watchId);
    }
    const bytes = this.bytes.encode(watchId, revision, events, watcher.prevKv);
    if (!watcher.fragment || events.length < 2 || bytes.length < this.fragmentBytesMax) return this.sendBytes(bytes);
    return this.sendParts(WatchResponse.create({ header: this.header(revision), watchId, events: this.bytes.told(events, watcher.prevKv) as Event[] }));
  }

  private async sendParts(response: WatchResponse): Promise<void> {
    for (const part of fragments(response, this.fragmentBytesMax)) await this.send(part);
  }

  private send(response: WatchResponse): Promise<void> | undefined {
    return this.sendBytes(WatchResponse.encode(response));
  }

  /**
   * The store resolves `next` in the turn in which it queues a notice, and promise reactions run before the next
   * immediate: if the pump is still idle there, every event up to now has been sent.
   */
  private speakWhenQuiet(): void {
    setImmediate(() => {
      if (!this.idle || this.closed) return; // the pump asks again when it has sent what it holds
      if (this.progressForAll) {
        this.progressForAll = false;
        this.progress(NO_WATCH_ID, this.stream.progressAll());
      }
      for (const id of this.progressFor) this.progress(id, this.stream.progress(id));
      this.progressFor.clear();
    });
  }

  private progress(watchId: number, revision: number | undefined): void {
    if (revision === undefined) return;
    // progress answers are small and at most one a watcher and round: nobody needs to wait for them
    this.send(WatchResponse.create({ header: this.header(revision), watchId }))?.catch(() => this.close());
  }

  private header(revision: number): WatchResponse["header"] {
    return headerAt(this.server, revision);
  }
}

/** The text of a Go error, which is what etcd's server puts there. */
function refusal(error: Error): string {
  const known = error instanceof EtcdError && ["InvalidAuthToken", "AuthOldRevision", "UserEmpty"].includes(error.reason) ? error : new EtcdError("PermissionDenied");
  const code = Object.entries(Code).find(([, value]) => value === known.code)![0];
  return `rpc error: code = ${code} desc = ${known.message}`;
}

/** Parts of a response, each below the limit unless a single event is larger; all but the last say `fragment`. */
function fragments(response: WatchResponse, bytesMax: number): WatchResponse[] {
  const parts: WatchResponse[] = [];
  const empty = WatchResponse.size({ ...response, events: [], fragment: true });
  let events: Event[] = [];
  let size = empty;
  for (const event of response.events) {
    const eventSize = WatchResponse.size(WatchResponse.create({ events: [event] }));
    if (events.length > 0 && size + eventSize >= bytesMax) {
      parts.push({ ...response, events, fragment: true });
      events = [];
      size = empty;
    }
    events.push(event);
    size += eventSize;
  }
  parts.push({ ...response, events, fragment: false });
  return parts;
}
