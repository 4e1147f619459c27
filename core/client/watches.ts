/**
 * Watches on the members that outlive their connections (etcd client/v3/watch.go): many watchers on one stream, and after the
 * stream broke all of them on a new one, each from the revision after the last that it saw.
 */
import { Code, EtcdError, StatusError } from "../proto/errors.ts";
import { WatchCancelRequest, WatchCreateRequest, WatchProgressRequest, WatchRequest, type WatchResponse, WatchService } from "../proto/gen/etcdserverpb.ts";
import type { Channel, ClientStream } from "./channel.ts";

/** Told one after the other: the next is read when the promise of the last is done. */
export interface WatchListener {
  /** The first one says `created`; one that says `canceled` is the last. */
  heard(response: WatchResponse): Promise<void> | void;
  /** The stream ended and will not come again. Told instead of a last response. */
  failed(error: StatusError): void;
}

export interface Watcher {
  /** Nothing is told from now on. */
  cancel(): void;
}

/** Pauses before a stream is opened again, ms. */
const REOPEN_MS = [50, 100, 200, 500, 1000];
const NO_LEADER = new EtcdError("NoLeader").message;
/** The id of what is for all watchers of a stream. */
const EVERYBODY = -1;

type Metadata = Readonly<Record<string, string>>;

interface Kept {
  readonly request: WatchCreateRequest;
  readonly listener: WatchListener;
  /** as the member numbered it; undefined: it was not answered yet on this stream */
  id: number | undefined;
  nextRevision: number;
  /** its listener knows that it was created */
  told: boolean;
  cancelled: boolean;
}

export class Watches {
  private readonly streams = new Map<string, SharedStream>();
  private closed = false;

  constructor(private readonly channel: Channel) {}

  /**
   * @param request startRevision 0: from now on
   * @param metadata such as hasleader; watchers with the same share a stream
   */
  watch(request: Partial<WatchCreateRequest>, metadata: Metadata, listener: WatchListener): Watcher {
    return this.streamOf(metadata).watch(WatchCreateRequest.create(request), listener);
  }

  /** Asks how far the watchers with this metadata are; all of them are told. */
  askProgress(metadata: Metadata): void {
    this.streamOf(metadata).askProgress();
  }

  close(): void {
    this.closed = true;
    for (const stream of this.streams.values()) stream.close();
  }

  private streamOf(metadata: Metadata): SharedStream {
    const name = JSON.stringify(metadata);
    let stream = this.streams.get(name);
    if (stream === undefined || this.closed) {
      stream = new SharedStream(this.channel, metadata, () => this.streams.delete(name));
      if (!this.closed) this.streams.set(name, stream);
    }
    return stream;
  }
}

class SharedStream {
  private readonly watchers = new Set<Kept>();
  private readonly byId = new Map<number, Kept>();
  /** asked for on the present stream and not answered: members answer in order */
  private asked: Kept[] = [];
  private stream: ClientStream<WatchRequest, WatchResponse> | undefined;
  private failures = 0;
  private timer: NodeJS.Timeout | undefined;
  private over = false;

  constructor(
    private readonly channel: Channel,
    private readonly metadata: Metadata,
    private readonly onOver: () => void,
  ) {}

  watch(request: WatchCreateRequest, listener: WatchListener): Watcher {
    const watcher: Kept = { request, listener, id: undefined, nextRevision: request.startRevision, told: false, cancelled: false };
    this.watchers.add(watcher);
    if (this.stream !== undefined) this.ask(watcher);
    else if (this.timer === undefined) this.open();
    return { cancel: () => this.cancel(watcher) };
  }

  askProgress(): void {
    if (this.stream === undefined && this.timer === undefined) this.open();
    this.write(WatchRequest.create({ progressRequest: WatchProgressRequest.create() }));
  }

  close(): void {
    this.end();
    this.stream?.cancel();
  }

  private open(): void {
    this.timer = undefined;
    this.byId.clear();
    this.asked = [];
    const stream = this.channel.stream(WatchService.Watch, { metadata: this.metadata });
    this.stream = stream;
    for (const watcher of this.watchers) {
      watcher.id = undefined;
      this.ask(watcher);
    }
    this.read(stream).then(
      () => this.lost(stream, new StatusError(Code.Unavailable, "EOF")),
      (error: unknown) => this.lost(stream, error instanceof StatusError ? error : new StatusError(Code.Internal, (error as Error).message, { cause: error })),
    );
  }

  private ask(watcher: Kept): void {
    this.asked.push(watcher);
    this.write(WatchRequest.create({ createRequest: { ...watcher.request, startRevision: watcher.nextRevision } }));
  }

  private cancel(watcher: Kept): void {
    if (watcher.cancelled) return;
    watcher.cancelled = true;
    this.watchers.delete(watcher);
    if (watcher.id !== undefined) this.dropOnMember(watcher.id);
    if (this.watchers.size > 0 || this.over) return;
    // nobody is left: the stream goes, and with it what was on its way
    this.end();
    this.stream?.cancel();
  }

  private dropOnMember(id: number): void {
    this.byId.delete(id);
    this.write(WatchRequest.create({ cancelRequest: WatchCancelRequest.create({ watchId: id }) }));
  }

  private write(request: WatchRequest): void {
    // a stream that is over says so where it is read
    this.stream?.write(request).catch(() => undefined);
  }

  private end(): void {
    if (this.over) return;
    this.over = true;
    clearTimeout(this.timer);
    this.onOver();
  }

  private async read(stream: ClientStream<WatchRequest, WatchResponse>): Promise<void> {
    for await (const response of stream.responses) {
      if (this.stream !== stream) return;
      this.failures = 0;
      const watcher = response.created ? this.created(response) : this.byId.get(response.watchId);
      if (watcher !== undefined) await this.hear(watcher, response, stream);
      else if (response.watchId === EVERYBODY && response.events.length === 0) for (const each of [...this.byId.values()]) await this.hear(each, response, stream);
    }
  }

  private async hear(watcher: Kept, response: WatchResponse, stream: ClientStream<WatchRequest, WatchResponse>): Promise<void> {
    if (watcher.cancelled) return;
    const first = response.created && !watcher.told;
    if (response.created) {
      watcher.told = true;
      if (watcher.nextRevision === 0) watcher.nextRevision = (response.header?.revision ?? 0) + 1;
    }
    if (response.canceled) {
      this.byId.delete(response.watchId);
      this.watchers.delete(watcher);
      watcher.cancelled = true;
    }
    const last = response.events.at(-1)?.kv;
    if (last !== undefined) watcher.nextRevision = last.modRevision + 1;
    else if (!response.created && !response.canceled) watcher.nextRevision = Math.max(watcher.nextRevision, (response.header?.revision ?? 0) + 1);
    // that it was created again after the connection broke is nobody's business
    if (response.created && !response.canceled && !first) return;
    await watcher.listener.heard(response);
    if (this.watchers.size === 0 && response.canceled && !this.over) {
      this.end();
      stream.cancel();
    }
  }

  private created(response: WatchResponse): Kept | undefined {
    const watcher = this.asked.shift();
    if (watcher === undefined || response.canceled) return watcher;
    watcher.id = response.watchId;
    if (watcher.cancelled) this.dropOnMember(response.watchId);
    else this.byId.set(response.watchId, watcher);
    return watcher;
  }

  private lost(stream: ClientStream<WatchRequest, WatchResponse>, error: StatusError): void {
    if (this.stream !== stream) return;
    this.stream = undefined;
    if (this.over) return;
    const passes = (error.code === Code.Unavailable || error.code === Code.Internal) && error.message !== NO_LEADER;
    if (!passes) {
      this.end();
      for (const watcher of this.watchers) {
        watcher.cancelled = true;
        watcher.listener.failed(error);
      }
      this.watchers.clear();
      return;
    }
    const pause = REOPEN_MS[Math.min(this.failures++, REOPEN_MS.length - 1)]!;
    this.timer = setTimeout(() => this.open(), pause);
  }
}
