/**
 * Everything on a member's client URLs (etcd server/embed/serve.go): gRPC, the JSON gateway, health, version, metrics, v2.
 */
import { type AddressBook, plainAddressBook } from "../platform/address-book.ts";
import { EtcdError } from "../proto/errors.ts";
import type { EtcdServer } from "../server/api.ts";
import { type Log, silentLog } from "../server/log.ts";
import type { KeepaliveLimits } from "./carrier/ping-guard.ts";
import { NodeHttp2Carrier } from "./carrier/node-http2.ts";
import { routesOf } from "./carrier/route.ts";
import { ClientPort } from "./client-port.ts";
import { newGateway } from "./gateway/gateway.ts";
import { addGateway } from "./gateway/over-http.ts";
import { addHealth } from "./http/health.ts";
import { Http1Server } from "./http/http1-server.ts";
import { addDebugVars, addVersion } from "./http/version.ts";
import { listenTarget } from "./listen-url.ts";
import { addMetrics, type MetricSources } from "./metrics/metrics.ts";
import type { CarrierLimits } from "./service.ts";
import { ServiceBuilder } from "./service-builder.ts";
import { addAuth } from "./services/auth.ts";
import { addCluster } from "./services/cluster.ts";
import { addElection } from "./services/election.ts";
import { addHealth as addGrpcHealth } from "./services/health.ts";
import { addKv } from "./services/kv.ts";
import { addLease } from "./services/lease.ts";
import { addLock } from "./services/lock.ts";
import { addMaintenance } from "./services/maintenance.ts";
import { addWatch } from "./services/watch.ts";
import { addV2 } from "./v2/serve-v2.ts";

/** etcd's allowance of a gRPC message over max-request-bytes. */
const MESSAGE_OVERHEAD_BYTES = 512 * 1024;
/** etcd's sending bound: math.MaxInt32. */
const SEND_BYTES_MAX = 2147483647;

/** Defaults are etcd 3.6's flags. */
export interface ServeOptions {
  readonly listenUrls: readonly string[];
  /** listen-client-http-urls: HTTP/1.1 moves there and `listenUrls` speak gRPC alone */
  readonly listenHttpUrls?: readonly string[];
  /** listen-metrics-urls: /metrics and the health checks alone */
  readonly listenMetricsUrls?: readonly string[];
  readonly maxRequestBytes?: number;
  readonly maxTxnOps?: number;
  readonly maxConcurrentStreams?: number;
  readonly keepalive?: KeepaliveLimits;
  readonly watchProgressNotifyIntervalMs?: number;
  readonly electionTimeoutMs?: number;
  readonly stopGrpcServiceOnDefrag?: boolean;
  readonly enableGateway?: boolean;
  /** the v2 API, which etcd 3.6 itself has no more; on by default, so that what is written for it can be practised */
  readonly enableV2?: boolean;
  readonly cors?: readonly string[];
  readonly hostWhitelist?: readonly string[];
  readonly addressBook?: AddressBook;
  readonly log?: Log;
}

export interface ClientService {
  /** host:port (or path) of each listen URL, in their order, with the ports that were given out */
  readonly addresses: readonly string[];
  /** Stops listening, lets unary calls finish, ends streams, closes what is left after two seconds. */
  close(): Promise<void>;
}

/** @throws the system's error where an address cannot be listened on; nothing is left listening then */
export async function serveClients(server: EtcdServer, options: ServeOptions): Promise<ClientService> {
  const log = options.log ?? silentLog;
  const limits: CarrierLimits = {
    receiveBytesMax: (options.maxRequestBytes ?? 1572864) + MESSAGE_OVERHEAD_BYTES,
    sendBytesMax: SEND_BYTES_MAX,
    concurrentStreamsMax: options.maxConcurrentStreams ?? 4294967295,
  };
  const builder = buildServices(server, options, limits);
  const routes = routesOf(builder.table);
  const carrier = new NodeHttp2Carrier(routes, {
    limits,
    keepalive: options.keepalive ?? { minTimeMs: 5000, intervalMs: 7_200_000, timeoutMs: 20_000 },
    onConnectionError: (error, peer) => log.debug("client connection failed", { error: error.message, "remote-addr": peer }),
  });
  const sources: MetricSources = { server, routes, builder, health: [] };
  const newHttp = (): Http1Server =>
    new Http1Server({
      cors: options.cors ?? ["*"],
      hostWhitelist: options.hostWhitelist ?? ["*"],
      onDefect: (error, path) => log.warn("HTTP request failed", { path, error: error instanceof Error ? error.message : String(error) }),
    });
  const http = newHttp();
  addPages(http, sources, limits, options, log);
  const metricsHttp = newHttp();
  addMetrics(metricsHttp, sources);
  sources.health.push(addHealth(metricsHttp, server, log));

  const listenHttpUrls = options.listenHttpUrls ?? [];
  const grpcOnly = listenHttpUrls.length > 0;
  const ports: ClientPort[] = [];
  const addresses: string[] = [];
  const listen = async (url: string, port: ClientPort): Promise<void> => {
    const target = listenTarget(url, options.addressBook ?? plainAddressBook);
    await port.listen(target);
    ports.push(port);
    addresses.push("path" in target ? target.path : `${target.host.includes(":") ? `[${target.host}]` : target.host}:${port.port}`);
  };
  const close = async (): Promise<void> => {
    builder.close();
    await Promise.all(ports.map((port) => port.close()));
    http.close();
    metricsHttp.close();
    await carrier.close(new EtcdError("Stopped"));
  };
  try {
    for (const url of options.listenUrls)
      await listen(
        url,
        new ClientPort({ http2: (socket) => carrier.accept(socket), http1: (socket) => (grpcOnly ? socket.destroy() : http.accept(socket)) }),
      );
    for (const url of listenHttpUrls) await listen(url, new ClientPort({ http2: (socket) => socket.destroy(), http1: (socket) => http.accept(socket) }));
    for (const url of options.listenMetricsUrls ?? [])
      await listen(url, new ClientPort({ http2: (socket) => socket.destroy(), http1: (socket) => metricsHttp.accept(socket) }));
  } catch (error) {
    await close();
    throw error;
  }
  return { addresses, close };
}

function buildServices(server: EtcdServer, options: ServeOptions, limits: CarrierLimits): ServiceBuilder {
  const builder = new ServiceBuilder(server, options.electionTimeoutMs ?? 1000);
  addKv(builder, options.maxTxnOps ?? 128);
  addWatch(builder, { fragmentBytesMax: limits.receiveBytesMax, progressIntervalMs: options.watchProgressNotifyIntervalMs ?? 600_000 });
  addLease(builder);
  addCluster(builder);
  addAuth(builder);
  addMaintenance(builder, addGrpcHealth(builder, options.stopGrpcServiceOnDefrag ?? false));
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
  if (options.enableV2 ?? true) addV2(http, server, limits.receiveBytesMax);
}
