/**
 * The first members of a cluster from another etcd (server/etcdserver/api/v3discovery). Under
 * `/_etcd/registry/TOKEN/_config/size` stands how many they shall be; each writes `name=url` under
 * `/_etcd/registry/TOKEN/members/ID` and waits until enough have. Who came first, by create revision, is in.
 */
import type { Client, ClientStream } from "../../client/index.ts";
import type { Clock } from "../../platform/clock.ts";
import { parseInitialCluster } from "../../membership/initial-cluster.ts";
import { formatId } from "../../membership/member.ts";
import { type KeyValue } from "../../proto/gen/mvccpb.ts";
import { AuthService, AuthenticateRequest, WatchCreateRequest, WatchRequest, type WatchResponse } from "../../proto/gen/etcdserverpb.ts";
import { prefixEnd } from "../../proto/prefix-end.ts";
import type { ZapLog } from "./log.ts";
import { printDuration } from "./values.ts";

export interface V3DiscoveryPlan {
  readonly token: string;
  readonly endpoints: readonly string[];
  readonly requestTimeoutMs: number;
  /** "", or no password: without authentication */
  readonly user: string;
  readonly password: string;
}

/** etcd's words; what is not one of these is tried again. */
class DiscoveryRefused extends Error {
  override readonly name = "DiscoveryRefused";
}

/** seconds between two attempts: 2, 4, 8, ... up to this power of two */
const backoffPowerMax = 8;

interface Peer {
  readonly key: string;
  readonly cluster: string;
  readonly createRevision: number;
}

export class V3Discovery {
  private retries = 0;
  private metadata: Readonly<Record<string, string>> = {};
  private readonly log: Pick<ZapLog, "info" | "warn" | "error">;

  constructor(
    private readonly plan: V3DiscoveryPlan,
    private readonly client: Client,
    private readonly clock: Clock,
    log: ZapLog,
    /** aborted when the member is stopped while it waits */
    private readonly stop: AbortSignal,
  ) {
    const common = { "discovery-token": plan.token, "discovery-endpoints": plan.endpoints.join(",") };
    this.log = {
      info: (message, fields) => log.info(message, { ...common, ...fields }),
      warn: (message, fields) => log.warn(message, { ...common, ...fields }),
      error: (message, fields) => log.error(message, { ...common, ...fields }),
    };
  }

  /**
   * @param self `name=url,...`
   * @returns the members in the form of `--initial-cluster`
   */
  async join(id: bigint, self: string): Promise<string> {
    try {
      const cluster = await this.joinCluster(`${this.membersPrefix}/${formatId(id)}`, self);
      this.log.info("discovery joined cluster successfully", { cluster });
      return cluster;
    } catch (error) {
      this.log.error("discovery failed to join cluster", { cluster: "", error: (error as Error).message });
      throw error;
    }
  }

  private get prefix(): string {
    return `/_etcd/registry/${this.plan.token}`;
  }

  private get membersPrefix(): string {
    return `${this.prefix}/members`;
  }

  private get members(): { readonly key: Buffer; readonly rangeEnd: Buffer } {
    const key = Buffer.from(this.membersPrefix);
    return { key, rangeEnd: prefixEnd(key) };
  }

  private async joinCluster(key: string, self: string): Promise<string> {
    await this.retrying("cluster status check", () => this.check(key));
    await this.retrying("register member itself", () => this.register(key, self));
    const { size, peers, revision } = await this.retrying("cluster status check", () => this.check(key));
    if (peers.length < size) await this.waitForPeers(peers, size, revision);
    const cluster = byAge(peers)
      .slice(0, size)
      .map((peer) => peer.cluster)
      .join(",");
    try {
      parseInitialCluster(cluster);
    } catch (error) {
      throw new DiscoveryRefused("discovery: invalid peer URL", { cause: error });
    }
    return cluster;
  }

  private async check(self: string): Promise<{ readonly size: number; readonly peers: Peer[]; readonly revision: number }> {
    const size = await this.clusterSize();
    const answer = await this.ask("failed to get cluster members from discovery service", { membersKeyPrefix: this.membersPrefix }, () => this.client.range(this.members, this.options()));
    const peers: Peer[] = [];
    for (const pair of answer.kvs) this.take(peers, pair);
    const place = byAge(peers).findIndex(({ key }) => key === self);
    if (place < 0 ? peers.length >= size : place >= size) throw new DiscoveryRefused("discovery: cluster is full");
    return { size, peers, revision: answer.header!.revision };
  }

  private async clusterSize(): Promise<number> {
    const key = `${this.prefix}/_config/size`;
    const { kvs } = await this.ask("failed to get cluster size from discovery service", { clusterSizeKey: key }, () => this.client.range({ key: Buffer.from(key) }, this.options()));
    const [pair] = kvs;
    if (pair === undefined) throw new DiscoveryRefused("discovery: size key not found");
    const text = pair.value.toString();
    if (!/^\+?\d+$/.test(text) || Number(text) <= 0) throw new DiscoveryRefused("discovery: size key is bad");
    return Number(text);
  }

  private async register(key: string, self: string): Promise<void> {
    const put = { key: Buffer.from(key), value: Buffer.from(self) };
    await this.ask("failed to register members itself to the discovery service", { memberKey: key }, () => this.client.put(put, this.options()));
    this.log.info("register member itself successfully", { memberKey: key, memberInfo: self });
  }

  private async waitForPeers(peers: Peer[], size: number, revision: number): Promise<void> {
    this.log.info("waiting for peers from discovery service", { clusterSize: size, "found-peers": peers.length });
    let from = revision + 1;
    while (peers.length < size) {
      // a watch ends with the member that serves it; the next one goes on where it ended
      const watch = this.client.watch({ metadata: this.metadata, signal: this.stop });
      try {
        from = await this.follow(watch, peers, size, from);
        this.retries = 0;
      } catch (error) {
        if (this.stop.aborted) throw error;
        this.log.warn("lost the watch on the discovery service", { error: (error as Error).message });
        await this.backOff("cluster status check");
      } finally {
        watch.cancel();
      }
    }
    this.log.info("found all needed peers from discovery service", { clusterSize: size, "found-peers": peers.length });
  }

  private async follow(watch: ClientStream<WatchRequest, WatchResponse>, peers: Peer[], size: number, from: number): Promise<number> {
    const createRequest = WatchCreateRequest.create({ ...this.members, startRevision: from });
    await watch.write(WatchRequest.create({ createRequest }));
    let next = from;
    for await (const response of watch.responses) {
      if (response.canceled) throw new Error(response.cancelReason || "the watch was canceled");
      for (const { kv } of response.events) if (kv !== undefined) this.take(peers, kv);
      next = Math.max(next, (response.header?.revision ?? 0) + 1);
      if (peers.length >= size) break;
    }
    return next;
  }

  private take(peers: Peer[], pair: KeyValue): void {
    const key = pair.key.toString().trim();
    const cluster = pair.value.toString().trim();
    const fields = { memberKey: key, memberInfo: cluster };
    if (!key.startsWith(this.membersPrefix)) this.log.warn("invalid peer registry key", fields);
    else if (!cluster.includes("=")) this.log.warn("invalid peer info returned from discovery service", fields);
    else if (peers.some((peer) => peer.key === key)) this.log.warn("found duplicate peer from discovery service", fields);
    else {
      peers.push({ key, cluster, createRevision: pair.createRevision });
      this.log.info("found peer from discovery service", fields);
    }
  }

  private options(): { readonly timeoutMs: number; readonly metadata: Readonly<Record<string, string>>; readonly signal: AbortSignal } {
    return { timeoutMs: this.plan.requestTimeoutMs, metadata: this.metadata, signal: this.stop };
  }

  private async ask<T>(failure: string, fields: Readonly<Record<string, unknown>>, request: () => Promise<T>): Promise<T> {
    try {
      await this.authenticate();
      return await request();
    } catch (error) {
      this.log.warn(failure, { ...fields, error: (error as Error).message });
      // a token may have run out
      this.metadata = {};
      throw error;
    }
  }

  private async authenticate(): Promise<void> {
    if (this.plan.user === "" || this.plan.password === "" || this.metadata.token !== undefined) return;
    const request = AuthenticateRequest.create({ name: this.plan.user, password: this.plan.password });
    const { token } = await this.client.call(AuthService.Authenticate, request, { timeoutMs: this.plan.requestTimeoutMs, signal: this.stop });
    this.metadata = { token };
  }

  /** Until the service answers, however long that takes. */
  private async retrying<T>(step: string, action: () => Promise<T>): Promise<T> {
    for (;;) {
      try {
        const result = await action();
        this.retries = 0;
        return result;
      } catch (error) {
        if (error instanceof DiscoveryRefused || this.stop.aborted) throw error;
        await this.backOff(step);
      }
    }
  }

  private async backOff(step: string): Promise<void> {
    this.retries++;
    const seconds = 2 ** Math.min(this.retries, backoffPowerMax);
    this.log.warn("retry connecting to discovery service", { reason: step, backoff: printDuration(seconds * 1000) });
    await new Promise<void>((resolve) => {
      const done = (): void => {
        timer.cancel();
        this.stop.removeEventListener("abort", done);
        resolve();
      };
      const timer = this.clock.after(seconds * 1000, done);
      this.stop.addEventListener("abort", done, { once: true });
    });
    if (this.stop.aborted) throw new Error("stopped while waiting for the discovery service");
  }
}

function byAge(peers: readonly Peer[]): Peer[] {
  return [...peers].sort((a, b) => a.createRevision - b.createRevision);
}
