/**
 * One watch stream of a client of the proxy (etcd server/proxy/grpcproxy/watch.go): its watchers join broadcasts, what they are
 * told goes through one bounded queue. A client that does not take what is queued for it is dropped, so that it holds up no other.
 */
import type { CallOptions } from "../client/index.ts";
import { Code, EtcdError, goErrorText, StatusError } from "../proto/errors.ts";
import { RangeRequest, ResponseHeader, type WatchCreateRequest, WatchCreateRequest_FilterType as Filter, WatchRequest, WatchResponse } from "../proto/gen/etcdserverpb.ts";
import { toJson } from "../proto/json.ts";
import type { BidirectionalCall } from "../rpc/service.ts";
import type { Log } from "../server/log.ts";
import { forwardedMetadata } from "./call-options.ts";
import type { Kv } from "./kv.ts";
import type { Broadcasts, ProxiedWatcher } from "./watch-broadcast.ts";

/** Responses of one client that wait for it. */
const WAITING_MAX = 1024;
const WAITING_BYTES_MAX = 32 * 1024 * 1024;
/** How long a full queue may stay full, ms. */
const PATIENCE_MS = 50;
const NO_WATCH_ID = -1;
const OPEN_END = Buffer.from([0]);

export class WatchSession {
  private readonly watchers = new Map<number, { readonly watcher: ProxiedWatcher; readonly leave: () => void }>();
  private nextId = 0;
  private readonly waiting: Buffer[] = [];
  private waitingBytes = 0;
  private room: (() => void)[] = [];
  private wake: (() => void) | undefined;
  private end: StatusError | undefined;
  private stop: (() => void) | undefined;
  private readonly stopped = new Promise<void>((resolve) => (this.stop = resolve));

  constructor(
    private readonly call: BidirectionalCall,
    private readonly broadcasts: Broadcasts,
    private readonly kv: Kv,
    private readonly log: Log,
    private readonly decode: (bytes: Buffer) => WatchRequest,
  ) {}

  /** Until the client goes, closes its side, or is dropped: it always ends with an error, as in etcd. */
  async run(): Promise<void> {
    const onAbort = (): void => this.finish(new StatusError(Code.Canceled, "context canceled"));
    if (this.call.signal.aborted) onAbort();
    this.call.signal.addEventListener("abort", onAbort, { once: true });
    this.serve().then(onAbort, (error: unknown) => this.finish(error instanceof StatusError ? error : new StatusError(Code.Unknown, (error as Error).message, { cause: error })));
    try {
      // a client that takes nothing keeps the pump waiting: its end comes with the end of the call
      await Promise.race([this.pump().catch(onAbort), this.stopped]);
    } finally {
      this.call.signal.removeEventListener("abort", onAbort);
      for (const { leave } of this.watchers.values()) leave();
      this.watchers.clear();
    }
    throw this.end!;
  }

  private async serve(): Promise<void> {
    for await (const bytes of this.call.messages) {
      const request = this.decode(bytes);
      if (request.createRequest !== undefined) await this.create(request.createRequest);
      else if (request.cancelRequest !== undefined) await this.cancel(request.cancelRequest.watchId);
      else this.log.error("not supported request type by gRPC proxy", { request: toJson(WatchRequest, request) });
      if (this.end !== undefined) return;
    }
  }

  private async create(request: WatchCreateRequest): Promise<void> {
    const { key, rangeEnd, startRevision, filters } = request;
    if (startRevision < 0) return this.refuse(new EtcdError("Compacted").message);
    try {
      await this.mayWatch(key, rangeEnd);
    } catch (error) {
      // in etcd's words: what its client made of the error
      return this.refuse(error instanceof StatusError ? goErrorText(error) : (error as Error).message);
    }
    if (this.end !== undefined) return;
    if (rangeEnd.length > 0 && !(rangeEnd.length === 1 && rangeEnd[0] === 0) && rangeEnd.compare(key) <= 0) {
      return this.post(WatchResponse.encode(WatchResponse.create({ watchId: NO_WATCH_ID, created: true, canceled: true })));
    }
    const id = this.nextId++;
    const watcher: ProxiedWatcher = {
      id,
      noPut: filters.includes(Filter.NOPUT),
      noDelete: filters.includes(Filter.NODELETE),
      prevKv: request.prevKv,
      progress: request.progressNotify,
      nextRevision: startRevision,
      lastHeader: ResponseHeader.create(),
      created: false,
      post: (response) => this.post(response),
      ended: () => void this.watchers.delete(id),
      failed: (error) => this.failed(error),
    };
    // what is told while it joins may end it
    const joined = { watcher, leave: (): void => undefined };
    this.watchers.set(id, joined);
    joined.leave = this.broadcasts.add(watcher, Buffer.from(key), Buffer.from(rangeEnd), forwardedMetadata(this.call));
    this.log.debug("create watcher", { key: key.toString("latin1"), end: rangeEnd.toString("latin1"), watcherId: this.nextId });
  }

  private async mayWatch(key: Buffer, rangeEnd: Buffer): Promise<void> {
    const range = key.length === 0 ? { key: OPEN_END, rangeEnd: OPEN_END } : { key, rangeEnd };
    const options: CallOptions = { metadata: forwardedMetadata(this.call), signal: this.call.signal };
    await this.kv.range(RangeRequest.create({ ...range, serializable: true, countOnly: true, limit: 1 }), options);
  }

  private cancel(id: number): Promise<void> | void {
    const joined = this.watchers.get(id);
    this.log.debug("cancel watcher", { watcherId: id });
    if (joined === undefined) return;
    joined.leave();
    this.watchers.delete(id);
    return this.post(WatchResponse.encode(WatchResponse.create({ header: joined.watcher.lastHeader, watchId: id, canceled: true })));
  }

  private refuse(cancelReason: string): Promise<void> | void {
    return this.post(WatchResponse.encode(WatchResponse.create({ header: ResponseHeader.create(), watchId: NO_WATCH_ID, created: true, canceled: true, cancelReason })));
  }

  private failed(error: StatusError): void {
    this.finish(error.message === new EtcdError("NoLeader").message ? new EtcdError("NoLeader") : error);
  }

  /** Queues a response. @returns a promise where the queue is full: it is done when there is room again, or nobody takes any more */
  private post(response: Buffer): Promise<void> | void {
    if (this.end !== undefined) return;
    this.waiting.push(response);
    this.waitingBytes += response.length;
    this.wake?.();
    if (this.waiting.length <= WAITING_MAX && this.waitingBytes <= WAITING_BYTES_MAX) return;
    return new Promise((resolve) => {
      const overdue = setTimeout(() => {
        this.log.error("failed to put a watch response on the watcher's proxy stream channel,err is timeout");
        this.finish(new StatusError(Code.Canceled, "context canceled"));
      }, PATIENCE_MS);
      this.room.push(() => {
        clearTimeout(overdue);
        resolve();
      });
    });
  }

  private async pump(): Promise<void> {
    while (this.end === undefined) {
      const next = this.waiting.shift();
      if (next === undefined) {
        await new Promise<void>((resolve) => (this.wake = resolve));
        this.wake = undefined;
        continue;
      }
      await this.call.send(next);
      this.waitingBytes -= next.length;
      if (this.room.length > 0 && this.waiting.length < WAITING_MAX && this.waitingBytes < WAITING_BYTES_MAX) this.makeRoom();
    }
  }

  private makeRoom(): void {
    const room = this.room;
    this.room = [];
    for (const resolve of room) resolve();
  }

  private finish(end: StatusError): void {
    if (this.end !== undefined) return;
    this.end = end;
    this.waiting.length = 0;
    this.makeRoom();
    this.wake?.();
    this.stop?.();
  }
}
