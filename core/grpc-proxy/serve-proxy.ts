/**
 * A running proxy (etcd server/etcdmain/grpc_proxy.go): the port first, then its clients to the members and to itself, and only
 * then it says that it has started.
 */
import type { Socket } from "node:net";
import type { AgentOptions } from "node:https";
import { type Channel, type ChannelOptions, connect, ConnectionError } from "../client/index.ts";
import { Code, EtcdError, StatusError } from "../proto/errors.ts";
import { ClusterService, RangeRequest } from "../proto/gen/etcdserverpb.ts";
import { type AddressBook, plainAddressBook } from "../platform/address-book.ts";
import { routesOf } from "../rpc/carrier/route.ts";
import type { Carrier } from "../rpc/carrier/carrier.ts";
import type { KeepaliveLimits } from "../rpc/carrier/ping-guard.ts";
import { bindClients, bindMetrics, type ClientListener } from "../rpc/client-listeners.ts";
import { carrierKind, newCarrier } from "../rpc/h2/new-carrier.ts";
import { Http1Server } from "../rpc/http/http1-server.ts";
import { addPprof } from "../rpc/http/pprof.ts";
import type { Log } from "../server/log.ts";
import { TlsDialer } from "../tls/tls-dial.ts";
import type { TlsInfo } from "../tls/tls-info.ts";
import { CachedKv } from "./cached-kv.ts";
import { KeepAlives } from "./keep-alives.ts";
import { KeySpace } from "./key-space.ts";
import { type Kv, MemberKv } from "./kv.ts";
import { LeasingKv } from "./leasing-kv.ts";
import { LeasingSession } from "./leasing-session.ts";
import { NamespacedKv } from "./namespaced-kv.ts";
import { OrderedKv } from "./ordered-kv.ts";
import { withPayloadLog } from "./payload-log.ts";
import { addHealthChecks, addMemberMetrics } from "./proxy-pages.ts";
import { ProxyMetrics } from "./proxy-metrics.ts";
import { proxyServices } from "./proxy-services.ts";
import { Roster } from "./roster.ts";
import { Upstream } from "./upstream.ts";
import { UpstreamWatches } from "./upstream-watches.ts";
import { Broadcasts } from "./watch-broadcast.ts";

/** grpc-go's bound of a request; etcd's proxy leaves it as it is. */
const RECEIVE_BYTES_MAX = 4 * 1024 * 1024;
const SEND_BYTES_MAX = 2147483647;
/** How long the proxy tries to reach itself, and a member's list of members may take, ms. */
const SELF_MS = 5000;
const SYNC_MS = 5000;
const RETRY_MS = 1000;
const REDIAL_MS = 50;
/** Connections for pages that may wait for the proxy to be ready. */
const PAGES_WAITING_MAX = 512;

/** How the members are reached. */
export interface MemberOptions {
  readonly endpoints: readonly string[];
  readonly channel: ChannelOptions;
  /** to their metrics over https */
  readonly https: AgentOptions;
}

export interface ProxyOptions {
  /** host:port */
  readonly listenAddress: string;
  /** of the listener; absent: plaintext */
  readonly tls?: TlsInfo;
  /** a URL where metrics and health checks are served too */
  readonly metricsUrl?: string;
  /** asked once, when the port is bound */
  members(): Promise<MemberOptions> | MemberOptions;
  /** --endpoints-auto-sync-interval, ms; 0: never */
  readonly autoSyncMs: number;
  /** "": none */
  readonly namespace: string;
  readonly ordering: boolean;
  /** --experimental-leasing-prefix; "": no key is owned */
  readonly leasingPrefix: string;
  /** "": members tell who they are, and the proxy does not look after itself */
  readonly advertisedUrl: string;
  readonly resolver?: { readonly prefix: string; readonly ttlSeconds: number };
  readonly keepalive: KeepaliveLimits;
  readonly maxConcurrentStreams: number;
  readonly pprof: boolean;
  readonly logPayloads: boolean;
  readonly addressBook?: AddressBook;
  readonly log: Log;
}

export interface RunningProxy {
  /** host:port that it listens on, with the port that was given out */
  readonly address: string;
  readonly metricsAddress: string | undefined;
  close(): Promise<void>;
}

/** @throws Error in etcd's words where it cannot start; nothing is left open then */
export async function startProxy(options: ProxyOptions): Promise<RunningProxy> {
  const proxy = new Proxy(options);
  try {
    await proxy.start();
    return proxy;
  } catch (error) {
    await proxy.close();
    throw error;
  }
}

class Proxy implements RunningProxy {
  private readonly listeners: ClientListener[] = [];
  private readonly https: Http1Server[] = [];
  private readonly closing: { close(): void }[] = [];
  private readonly stopping = new AbortController();
  private carrier: Carrier | undefined;

  constructor(private readonly options: ProxyOptions) {}

  get address(): string {
    return this.listeners[0]!.address;
  }

  get metricsAddress(): string | undefined {
    return this.listeners[1]?.address;
  }

  async start(): Promise<void> {
    const { options } = this;
    const { log, tls, listenAddress, advertisedUrl } = options;
    const book = options.addressBook ?? plainAddressBook;
    const listening = { listenUrls: [`${tls === undefined ? "http" : "https"}://${listenAddress}`], addressBook: book, ...(tls === undefined ? {} : { tls }) };
    this.listeners.push(...(await bindClients(listening)));
    log.info("listening for gRPC proxy client requests", { address: listenAddress });

    const members = await options.members();
    const upstream = this.kept(new Upstream(members.endpoints, members.channel));
    this.autoSync(upstream);
    const space = options.namespace === "" ? undefined : new KeySpace(Buffer.from(options.namespace));
    const watches = this.kept(new UpstreamWatches(upstream, space));
    const keepAlives = this.kept(new KeepAlives(upstream, {}));
    const kv = await this.leasing(await this.layers(upstream, space), upstream, watches, keepAlives);
    const cached = new CachedKv(kv);
    const broadcasts = new Broadcasts(watches);
    const guardedKeepAlives = this.kept(new KeepAlives(upstream, { hasleader: "true" }));
    const { resolver } = options;
    const roster = resolver === undefined ? undefined : this.kept(new Roster(upstream, kv, watches, keepAlives, { prefix: resolver.prefix, address: advertisedUrl, ttlSeconds: resolver.ttlSeconds }, log));
    roster?.start();

    const table = proxyServices({ channel: upstream, kv, cached, broadcasts, keepAlives, guardedKeepAlives, space, advertisedUrl, roster, log });
    const routes = routesOf(options.logPayloads ? withPayloadLog(table, log) : table);
    const carrier = await newCarrier(carrierKind(process.env), routes, {
      limits: { receiveBytesMax: RECEIVE_BYTES_MAX, sendBytesMax: SEND_BYTES_MAX, concurrentStreamsMax: options.maxConcurrentStreams },
      keepalive: options.keepalive,
      onConnectionError: (error, peer) => log.debug("client connection failed", { error: error.message, "remote-addr": peer }),
    });
    this.carrier = carrier;
    const http = this.newHttp();
    // HTTP/2 is gRPC here, also over TLS: pages are for HTTP/1.1
    // and pages have to wait until they can be answered
    let waiting: Socket[] | undefined = [];
    const accept = (socket: Socket): void => {
      if (waiting === undefined) http.accept(socket);
      else if (waiting.length < PAGES_WAITING_MAX) waiting.push(socket.on("error", () => socket.destroy()));
      else socket.destroy();
    };
    this.listeners[0]!.serve({ http2: (socket) => carrier.accept(socket), http1: accept });
    const self = advertisedUrl === "" ? undefined : await this.self();

    const metrics = new ProxyMetrics({ cached, broadcasts, routes });
    const member = upstream.endpoints[Math.floor(Math.random() * upstream.endpoints.length)]!;
    const addPages = (to: Http1Server): void => {
      addMemberMetrics(to, member, members.https, book);
      addHealthChecks(to, kv, self, log);
      metrics.addTo(to);
    };
    addPages(http);
    if (options.pprof) {
      addPprof(http);
      log.info("gRPC proxy enabled pprof", { path: "/debug/pprof" });
    }
    if (options.metricsUrl !== undefined) {
      this.listeners.push(...(await bindMetrics([options.metricsUrl], listening)));
      log.info("gRPC proxy listening for metrics", { address: options.metricsUrl });
      const metricsHttp = this.newHttp();
      addPages(metricsHttp);
      const refuse = (socket: Socket): void => void socket.destroy();
      this.listeners[1]!.serve({ http2: refuse, http1: (socket) => metricsHttp.accept(socket) });
      log.info("gRPC proxy server metrics URL serving");
    }
    const held = waiting;
    waiting = undefined;
    for (const socket of held) if (!socket.destroyed) http.accept(socket);
    log.info("started gRPC proxy", { address: listenAddress });
  }

  async close(): Promise<void> {
    this.stopping.abort();
    await Promise.all(this.listeners.map((listener) => listener.close()));
    for (const http of this.https) http.close();
    await this.carrier?.close(new EtcdError("Stopped"));
    for (const one of this.closing.reverse()) one.close();
  }

  private kept<T extends { close(): void }>(one: T): T {
    this.closing.push(one);
    return one;
  }

  private newHttp(): Http1Server {
    const http = new Http1Server({
      hostWhitelist: ["*"],
      onDefect: (error, path) => this.options.log.warn("HTTP request failed", { path, error: error instanceof Error ? error.message : String(error) }),
    });
    this.https.push(http);
    return http;
  }

  private async layers(upstream: Upstream, space: KeySpace | undefined): Promise<Kv> {
    const { log, ordering } = this.options;
    let kv: Kv = new MemberKv(upstream);
    if (ordering) {
      kv = new OrderedKv(kv, () => upstream.endpoints.length);
      log.info("waiting for linearized read from cluster to recover ordering");
      const recovery = RangeRequest.create({ key: Buffer.from("_"), keysOnly: true });
      while (!this.stopping.signal.aborted) {
        const error = await kv.range(recovery, { signal: this.stopping.signal }).then(
          () => undefined,
          (failure: Error) => failure,
        );
        if (error === undefined) break;
        log.warn("ordering recovery failed, retrying in 1s", { error });
        await new Promise((resolve) => setTimeout(resolve, RETRY_MS));
      }
    }
    return space === undefined ? kv : new NamespacedKv(kv, space);
  }

  /** The same keys, some of them owned by this proxy. */
  private async leasing(kv: Kv, upstream: Upstream, watches: UpstreamWatches, keepAlives: KeepAlives): Promise<Kv> {
    const { leasingPrefix, log } = this.options;
    if (leasingPrefix === "") return kv;
    const session: LeasingSession = this.kept(new LeasingSession(upstream, keepAlives, () => leasing.lost(), log));
    const leasing: LeasingKv = this.kept(new LeasingKv(kv, watches, leasingPrefix, session));
    await session.start();
    return leasing;
  }

  /** A channel to this proxy by the address that it advertises, once it answers there. @throws Error in Go's words */
  private async self(): Promise<Channel> {
    const { advertisedUrl, tls, addressBook, log } = this.options;
    const self = this.kept(connect(advertisedUrl, { ...(tls === undefined ? {} : { tls: new TlsDialer(tls, ["h2"]) }), ...(addressBook === undefined ? {} : { addressBook }), dialTimeoutMs: SELF_MS }));
    const nothing = RangeRequest;
    const knock = { service: "etcdserverpb.Proxy", name: "Knock", request: nothing, response: nothing, requestStream: false, responseStream: false };
    for (const endsAt = performance.now() + SELF_MS; ; ) {
      try {
        await self.unary(knock, nothing.create(), { timeoutMs: Math.max(1, endsAt - performance.now()) });
      } catch (error) {
        // whoever says that there is no such thing is there
        if (error instanceof StatusError && error.code === Code.Unimplemented) break;
        if (performance.now() >= endsAt) throw new StatusError(Code.DeadlineExceeded, "context deadline exceeded", { cause: error });
        if (!(error instanceof ConnectionError)) break;
      }
      await new Promise((resolve) => setTimeout(resolve, REDIAL_MS));
    }
    log.info("create proxy client", { grpcProxyAdvertiseClientURL: advertisedUrl });
    return self;
  }

  private autoSync(upstream: Upstream): void {
    const { autoSyncMs, log } = this.options;
    if (autoSyncMs <= 0) return;
    let running = false;
    const sync = async (): Promise<void> => {
      const { members } = await upstream.unary(ClusterService.MemberList, { linearizable: true }, { timeoutMs: SYNC_MS, signal: this.stopping.signal });
      const endpoints = members.filter(({ isLearner }) => !isLearner).flatMap(({ clientURLs }) => clientURLs);
      // a member that has just joined has none yet
      if (endpoints.length === 0 || endpoints.join() === upstream.endpoints.join()) return;
      upstream.setEndpoints(endpoints);
      log.info(`[core] [Channel #1] Resolver state updated: ${resolverState(endpoints)} ()`);
    };
    const timer = setInterval(() => {
      if (running) return;
      running = true;
      sync()
        .catch((error: Error) => this.stopping.signal.aborted || log.info("Auto sync endpoints failed.", { logger: "client", error }))
        .finally(() => (running = false));
    }, autoSyncMs);
    timer.unref();
    this.kept({ close: () => clearInterval(timer) });
  }
}

/** As grpc-go prints what its resolver found; tests of etcd look for the addresses. */
function resolverState(endpoints: readonly string[]): string {
  const addresses = endpoints.map((endpoint) => endpoint.replace(/^[a-z]+:\/\//, ""));
  const Endpoints = addresses.map((Addr) => ({ Addresses: [{ Addr, ServerName: Addr, Attributes: null, BalancerAttributes: null, Metadata: null }], Attributes: null }));
  return JSON.stringify({ Addresses: null, Endpoints, ServiceConfig: { Config: { Config: null, Methods: {} }, Err: null }, Attributes: null }, null, 2);
}
