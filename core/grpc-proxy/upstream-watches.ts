/**
 * Watches on the members that outlive their connections (etcd client/v3/watch.go): many watchers on one stream, and after the
 * stream broke all of them on a new one, each from the revision after the last that it saw.
 */
import type { Channel, ClientStream } from "../client/index.ts";
import { Code, EtcdError, StatusError } from "../proto/errors.ts";
import { WatchCancelRequest, WatchCreateRequest, WatchRequest, type WatchResponse, WatchService } from "../proto/gen/etcdserverpb.ts";
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

/** Told one after the other: the next is read when the promise of the last is done. */
export interface WatchListener {
  /** The first one says `created`; one that says `canceled` is the last. */
  heard(response: WatchResponse): Promise<void> | void;
  /** The stream ended and will not come again. Told instead of a last response. */
  failed(error: StatusError): void;
}

export interface UpstreamWatcher {
  /** Nothing is told from now on. */
  cancel(): void;
}

/** Pauses before a stream is opened again, ms. */
const REOPEN_MS = [50, 100, 200, 500, 1000];
const NO_LEADER = new EtcdError("NoLeader").message;

interface Watcher {
  readonly question: WatchQuestion;
  readonly listener: WatchListener;
  /** as the member numbered it; undefined: it was not answered yet on this stream */
  id: number | undefined;
  nextRevision: number;
  /** its listener knows that it was created */
  told: boolean;
  cancelled: boolean;
}

export class UpstreamWatches {
  private readonly streams = new Map<string, SharedStream>();
  private closed = false;

  /** @param space where the keys of questions and answers are; undefined: all keys */
  constructor(
    private readonly channel: Channel,
    private readonly space: KeySpace | undefined,
  ) {}

  watch(question: WatchQuestion, listener: WatchListener): UpstreamWatcher {
    const name = JSON.stringify(question.metadata);
    let stream = this.streams.get(name);
    if (stream === undefined || this.closed) {
      stream = new SharedStream(this.channel, this.space, question.metadata, () => this.streams.delete(name));
      if (!this.closed) this.streams.set(name, stream);
    }
    return stream.watch(question, listener);
  }

  close(): void {
    this.closed = true;
    for (const stream of this.streams.values()) stream.close();
  }
}

class SharedStream {
  private readonly watchers = new Set<Watcher>();
  private readonly byId = new Map<number, Watcher>();
  /** asked for on the present stream and not answered: members answer in order */
  private asked: Watcher[] = [];
  private stream: ClientStream<WatchRequest, WatchResponse> | undefined;
  private failures = 0;
  private timer: NodeJS.Timeout | undefined;
  private over = false;

  constructor(
    private readonly channel: Channel,
    private readonly space: KeySpace | undefined,
    private readonly metadata: Readonly<Record<string, string>>,
    private readonly onOver: () => void,
  ) {}

  watch(question: WatchQuestion, listener: WatchListener): UpstreamWatcher {
    const watcher: Watcher = { question, listener, id: undefined, nextRevision: question.startRevision, told: false, cancelled: false };
    this.watchers.add(watcher);
    if (this.stream !== undefined) this.ask(watcher);
    else if (this.timer === undefined) this.open();
    return { cancel: () => this.cancel(watcher) };
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

  private ask(watcher: Watcher): void {
    const { key, rangeEnd } = watcher.question;
    const where = this.space?.inside(key, rangeEnd) ?? { key, rangeEnd };
    const createRequest = WatchCreateRequest.create({ ...where, startRevision: watcher.nextRevision, progressNotify: true, prevKv: true });
    this.asked.push(watcher);
    this.write(WatchRequest.create({ createRequest }));
  }

  private cancel(watcher: Watcher): void {
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
      if (watcher === undefined || watcher.cancelled) continue;
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
      if (response.created && !response.canceled && !first) continue;
      await watcher.listener.heard(this.outside(response));
      if (this.watchers.size === 0 && response.canceled && !this.over) {
        this.end();
        stream.cancel();
      }
    }
  }

  private created(response: WatchResponse): Watcher | undefined {
    const watcher = this.asked.shift();
    if (watcher === undefined || response.canceled) return watcher;
    watcher.id = response.watchId;
    if (watcher.cancelled) this.dropOnMember(response.watchId);
    else this.byId.set(response.watchId, watcher);
    return watcher;
  }

  private outside(response: WatchResponse): WatchResponse {
    const { space } = this;
    if (space === undefined || response.events.length === 0) return response;
    return { ...response, events: response.events.map((event): Event => ({ ...event, kv: space.outside(event.kv), prevKv: space.outside(event.prevKv) })) };
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
