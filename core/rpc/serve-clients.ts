/**
 * Everything on a member's client URLs (etcd server/embed/serve.go): gRPC, the JSON gateway, health, version, metrics, v2.
 */
import type { Socket } from "node:net";
import type { Duplex } from "node:stream";
import { TLSSocket } from "node:tls";
import { EtcdError } from "../proto/errors.ts";
import type { EtcdServer } from "../server/api.ts";
import { passCommonName } from "../tls/tls-gate.ts";
import { type Log, silentLog } from "../server/log.ts";
import type { KeepaliveLimits } from "./carrier/ping-guard.ts";
import { routesOf } from "./carrier/route.ts";
import { type ClientListenOptions, type ClientListener, type Traffic, bindClients, bindMetrics } from "./client-listeners.ts";
import { newGateway } from "./gateway/gateway.ts";
import { addGateway } from "./gateway/over-http.ts";
import { carrierKind, headerTrace, newCarrier } from "./h2/new-carrier.ts";
import { addHealth } from "./http/health.ts";
import { Http1Server } from "./http/http1-server.ts";
import { addLogLevel, type LogLevelName } from "./http/log-level.ts";
import { addPprof } from "./http/pprof.ts";
import { addDebugVars, addVersion } from "./http/version.ts";
import { HandlingTimes } from "./metrics/handling-times.ts";
import { addMetrics, type MetricSources, Scrapes } from "./metrics/metrics.ts";
import type { CarrierLimits, ServiceTable } from "./service.ts";
import { RequestStats } from "./request-stats.ts";
import { ServiceBuilder } from "./service-builder.ts";
import { addAuth } from "./services/auth.ts";
import { addCluster } from "./services/cluster.ts";
import { addElection } from "./services/election.ts";
import { addHealth as addGrpcHealth } from "./services/health.ts";
import { addKv } from "./services/kv.ts";
import { addLease } from "./services/lease.ts";
import { addLock } from "./services/lock.ts";
import { addMaintenance } from "./services/maintenance.ts";
import { addRangeStream } from "./services/range-stream.ts";
import { addWatch } from "./services/watch.ts";
import { addV2 } from "./v2/serve-v2.ts";

/** etcd's allowance of a gRPC message over max-request-bytes. */
const MESSAGE_OVERHEAD_BYTES = 512 * 1024;
const MAX_REQUEST_BYTES = 1572864;
/** etcd's sending bound: math.MaxInt32. */
const SEND_BYTES_MAX = 2147483647;

/** Defaults are etcd 3.6's flags. */
export interface ServeOptions extends ClientListenOptions {
  /** listeners of `listenUrls` and `listenHttpUrls` that are bound already; absent: they are bound now */
  readonly bound?: readonly ClientListener[];
  /** listen-metrics-urls: /metrics and the health checks alone */
  readonly listenMetricsUrls?: readonly string[];
  readonly maxRequestBytes?: number;
  readonly maxTxnOps?: number;
  readonly maxConcurrentStreams?: number;
  readonly keepalive?: KeepaliveLimits;
  readonly watchProgressNotifyIntervalMs?: number;
  readonly electionTimeoutMs?: number;
  /** unary calls that take longer are logged, ms */
  readonly warningUnaryMs?: number;
  readonly stopGrpcServiceOnDefrag?: boolean;
  readonly enableGateway?: boolean;
  /** profiles under /debug/pprof */
  readonly enablePprof?: boolean;
  /** absent: the log level cannot be changed over HTTP */
  readonly setLogLevel?: (level: LogLevelName) => void;
  /** extensive: with a histogram of handling times for each method */
  readonly metrics?: "basic" | "extensive";
  /** makes handlers of handlers that tell of each call; absent: nobody is told */
  readonly traced?: (table: ServiceTable) => ServiceTable;
  /** the v2 API, which etcd 3.6 itself has no more: what is written for it can be practised */
  readonly enableV2?: boolean;
  readonly cors?: readonly string[];
  readonly hostWhitelist?: readonly string[];
}

/** What is served on one address, in plaintext or over TLS. */
export interface ServedTraffic {
  readonly traffic: Traffic;
  readonly secure: boolean;
  readonly address: string;
}

export interface ClientService {
  /** host:port (or path) of each listen URL, in their order, with the ports that were given out */
  readonly addresses: readonly string[];
  readonly served: readonly ServedTraffic[];
  /** Stops listening, lets unary calls finish, ends streams, closes what is left after two seconds. */
  close(): Promise<void>;
}

/** @throws the system's error where an address cannot be listened on; nothing is left listening then */
export async function serveClients(server: EtcdServer, options: ServeOptions): Promise<ClientService> {
  const log = options.log ?? silentLog;
  const limits: CarrierLimits = {
    receiveBytesMax: (options.maxRequestBytes ?? MAX_REQUEST_BYTES) + MESSAGE_OVERHEAD_BYTES,
    sendBytesMax: SEND_BYTES_MAX,
    concurrentStreamsMax: options.maxConcurrentStreams ?? 4294967295,
  };
  const builder = buildServices(server, options, limits);
  const handling = options.metrics === "extensive" ? new HandlingTimes() : undefined;
  const table = options.traced?.(builder.table) ?? builder.table;
  const routes = routesOf(handling?.measure(table) ?? table);
  const carrier = await newCarrier(carrierKind(process.env), routes, {
    limits,
    keepalive: options.keepalive ?? { minTimeMs: 5000, intervalMs: 7_200_000, timeoutMs: 20_000 },
    onConnectionError: (error, peer) => log.debug("client connection failed", { error: error.message, "remote-addr": peer }),
    ...headerTrace(process.env),
  });
  const sources: MetricSources = { server, routes, builder, handling, health: [], scrapes: new Scrapes() };
  const newHttp = (): Http1Server =>
    new Http1Server({
      cors: options.cors ?? ["*"],
      hostWhitelist: options.hostWhitelist ?? ["*"],
      refusesCommonNames: () => (options.enableGateway ?? true) && server.authEnabled(),
      onRebinding: (host) => log.warn("rejecting HTTP request to prevent DNS rebinding attacks", { host }),
      onDefect: (error, path) => log.warn("HTTP request failed", { path, error: error instanceof Error ? error.message : String(error) }),
    });
  const http = newHttp();
  addPages(http, sources, limits, options, log);
  const metricsHttp = newHttp();
  addMetrics(metricsHttp, sources);
  sources.health.push(addHealth(metricsHttp, server, log));

  const listeners: ClientListener[] = [...(options.bound ?? [])];
  const close = async (): Promise<void> => {
    builder.close();
    await Promise.all(listeners.map((listener) => listener.close()));
    http.close();
    metricsHttp.close();
    await carrier.close(new EtcdError("Stopped"));
  };
  try {
    if (options.bound === undefined) listeners.push(...(await bindClients(options)));
    listeners.push(...(await bindMetrics(options.listenMetricsUrls ?? [], options)));
  } catch (error) {
    await close();
    throw error;
  }
  const refuse = (socket: Socket): void => void socket.destroy();
  const bridgeFor = (socket: Socket) => (bridged: Duplex): void => {
    passCommonName(socket, bridged);
    http.accept(bridged);
  };
  for (const listener of listeners) {
    const { traffic } = listener;
    listener.serve({
      http2: traffic.startsWith("grpc") ? (socket) => carrier.accept(socket, traffic === "grpc+http" && socket instanceof TLSSocket ? bridgeFor(socket) : undefined) : refuse,
      http1: traffic === "metrics" ? (socket) => metricsHttp.accept(socket) : traffic === "grpc" ? refuse : (socket) => http.accept(socket),
    });
  }
  const served = listeners.flatMap(({ traffic, plain, secure, address }) => [plain, secure].flatMap((on, at): ServedTraffic[] => (on ? [{ traffic, secure: at === 1, address }] : [])));
  return { addresses: listeners.map(({ address }) => address), served, close };
}

function buildServices(server: EtcdServer, options: ServeOptions, limits: CarrierLimits): ServiceBuilder {
  const log = options.log ?? silentLog;
  const builder = new ServiceBuilder(server, options.electionTimeoutMs ?? 1000, new RequestStats(log, options.warningUnaryMs ?? 300));
  addKv(builder, options.maxTxnOps ?? 128);
  addRangeStream(builder, options.maxRequestBytes ?? MAX_REQUEST_BYTES);
  addWatch(builder, { fragmentBytesMax: limits.receiveBytesMax, progressIntervalMs: options.watchProgressNotifyIntervalMs ?? 600_000 });
  addLease(builder);
  addCluster(builder);
  addAuth(builder);
  addMaintenance(builder, addGrpcHealth(builder, options.stopGrpcServiceOnDefrag ?? false, log));
  addElection(builder);
  addLock(builder);
  return builder;
}

function addPages(http: Http1Server, sources: MetricSources, limits: CarrierLimits, options: ServeOptions, log: Log): void {
  const { server, routes } = sources;
  sources.health.push(addHealth(http, server, log));
  addVersion(http, server);
  addDebugVars(http, server);
  addMetrics(http, sources);
  if (options.enableGateway ?? true) addGateway(http, newGateway(routes, limits));
  if (options.enablePprof ?? false) addPprof(http);
  if (options.setLogLevel !== undefined) addLogLevel(http, options.setLogLevel, log);
  if (options.enableV2 ?? false) addV2(http, server, limits.receiveBytesMax);
}
