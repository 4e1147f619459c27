/**
 * Proxies that stand for each other (etcd server/proxy/grpcproxy: register.go, cluster.go; client/v3/naming/endpoints): each
 * writes its address below a common prefix, with a lease that it keeps alive, and tells clients who is there when they ask for
 * the members.
 */
import { hostname } from "node:os";
import type { Channel } from "../client/index.ts";
import { LeaseService, Member, PutRequest, RangeRequest, RequestOp, TxnRequest, type WatchResponse } from "../proto/gen/etcdserverpb.ts";
import { Event_EventType } from "../proto/gen/mvccpb.ts";
import { prefixEnd } from "../proto/prefix-end.ts";
import type { Log } from "../server/log.ts";
import type { KeepAlives } from "./keep-alives.ts";
import type { Kv } from "./kv.ts";
import type { UpstreamWatches } from "./upstream-watches.ts";

/** At most one attempt a second, as in etcd. */
const RETRY_MS = 1000;

export interface Registration {
  readonly prefix: string;
  /** as clients reach this proxy */
  readonly address: string;
  readonly ttlSeconds: number;
}

interface Endpoint {
  readonly address: string;
  /** as it stands there: JSON with a name */
  readonly metadata: string;
}

/** What stands under a key of the prefix; undefined: it cannot be read. */
function parseEndpoint(value: Buffer): Endpoint | Error {
  try {
    const { Addr, Metadata } = JSON.parse(value.toString("utf8")) as { readonly Addr?: unknown; readonly Metadata?: unknown };
    return { address: typeof Addr === "string" ? Addr : "", metadata: typeof Metadata === "string" ? Metadata : JSON.stringify(Metadata ?? null) };
  } catch (error) {
    return error as Error;
  }
}

export class Roster {
  private readonly endpoints = new Map<string, Endpoint>();
  private readonly stopping = new AbortController();

  constructor(
    private readonly channel: Channel,
    private readonly kv: Kv,
    private readonly watches: UpstreamWatches,
    private readonly keepAlives: KeepAlives,
    private readonly registration: Registration,
    private readonly log: Log,
  ) {}

  start(): void {
    void this.again(() => this.register());
    void this.again(() => this.follow());
  }

  close(): void {
    this.stopping.abort();
  }

  /** Who is registered; empty before that is known. @throws Error where one's name cannot be read */
  members(): Member[] {
    return [...this.endpoints.values()].map(({ address, metadata }) => {
      const { name } = JSON.parse(metadata) as { readonly name?: unknown };
      return Member.create({ name: typeof name === "string" ? name : "", clientURLs: [address] });
    });
  }

  private async again(once: () => Promise<void>): Promise<void> {
    const { signal } = this.stopping;
    while (!signal.aborted) {
      await once();
      await pause(RETRY_MS, signal);
    }
  }

  /** Registered until the lease is lost. */
  private async register(): Promise<void> {
    const { prefix, address, ttlSeconds } = this.registration;
    const { signal } = this.stopping;
    let lease: bigint;
    let ttl: number;
    try {
      const granted = await this.channel.unary(LeaseService.LeaseGrant, { TTL: ttlSeconds, ID: 0n }, { signal });
      lease = granted.ID;
      ttl = granted.TTL;
      const value = JSON.stringify({ Op: 0, Addr: address, Metadata: JSON.stringify({ name: hostname() }) });
      const requestPut = PutRequest.create({ key: Buffer.from(`${prefix}/${address}`), value: Buffer.from(value), lease });
      await this.kv.txn(TxnRequest.create({ success: [RequestOp.create({ requestPut })] }), { signal });
    } catch (error) {
      if (!signal.aborted) this.log.warn("failed to create a session", { error: error as Error });
      return;
    }
    this.log.info("registered session with lease", { addr: address, "lease-ttl": ttlSeconds });
    for (let expiresAt = performance.now() + ttl * 1000; ; ) {
      await pause((ttl * 1000) / 3, signal);
      if (signal.aborted) return;
      const renewed = await Promise.race([
        this.keepAlives.renew(lease).catch(() => undefined), // asked again until the lease has run out
        pause(Math.max(0, expiresAt - performance.now()), signal).then(() => "late" as const),
      ]);
      if (signal.aborted) return;
      if (renewed !== undefined && renewed !== "late" && renewed.TTL > 0) expiresAt = performance.now() + renewed.TTL * 1000;
      else if (renewed === "late" || (renewed !== undefined && renewed.TTL <= 0) || performance.now() >= expiresAt) break;
    }
    this.log.warn("session expired; possible network partition or server restart");
    this.log.warn("creating a new session to rejoin");
  }

  /** Up to date until the watch ends. */
  private async follow(): Promise<void> {
    const { prefix } = this.registration;
    const { signal } = this.stopping;
    const key = Buffer.from(`${prefix}/`);
    const rangeEnd = prefixEnd(key);
    let revision: number;
    try {
      const { kvs, header } = await this.kv.range(RangeRequest.create({ key, rangeEnd, serializable: true }), { signal });
      this.endpoints.clear();
      for (const kv of kvs) this.put(kv.key, kv.value);
      revision = (header?.revision ?? 0) + 1;
    } catch (error) {
      if (!signal.aborted) this.log.warn("failed to establish endpoint watch", { prefix, error: error as Error });
      return;
    }
    await new Promise<void>((resolve) => {
      const ended = (error: Error | undefined): void => {
        if (error !== undefined && !signal.aborted) this.log.warn("watch failed", { target: prefix, error });
        resolve();
      };
      const watcher = this.watches.watch(
        { key, rangeEnd, startRevision: revision, metadata: {} },
        {
          heard: (response) => {
            this.take(response);
            if (response.canceled) ended(new Error(response.cancelReason === "" ? "watch is canceled" : response.cancelReason));
          },
          failed: ended,
        },
      );
      signal.addEventListener(
        "abort",
        () => {
          watcher.cancel();
          ended(undefined);
        },
        { once: true },
      );
    });
    if (!signal.aborted) this.log.info("endpoints watch channel closed");
  }

  private take({ events }: WatchResponse): void {
    for (const { type, kv } of events) {
      if (type === Event_EventType.DELETE) this.endpoints.delete(kv!.key.toString("latin1"));
      else this.put(kv!.key, kv!.value);
    }
  }

  private put(key: Buffer, value: Buffer): void {
    const endpoint = parseEndpoint(value);
    if (endpoint instanceof Error) this.log.warn("unmarshal endpoint update failed", { key: key.toString("utf8"), error: endpoint });
    else this.endpoints.set(key.toString("latin1"), endpoint);
  }
}

function pause(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) {
      resolve();
      return;
    }
    const done = (): void => {
      clearTimeout(timer);
      signal.removeEventListener("abort", done);
      resolve();
    };
    const timer = setTimeout(done, Math.min(ms, 2_147_483_647));
    signal.addEventListener("abort", done, { once: true });
  });
}
