/** /metrics: what this layer counts, what the member says of itself, the process, and zeros for the rest of etcd's names. */
import { Code } from "../../proto/errors.ts";
import type { EtcdServer, MetricSample } from "../../server/api.ts";
import type { MethodCounters } from "../carrier/method-counters.ts";
import type { Routes } from "../carrier/route.ts";
import type { HealthCounters } from "../http/health.ts";
import type { Http1Server } from "../http/http1-server.ts";
import { answer, errorText } from "../http/reply.ts";
import type { ServiceBuilder } from "../service-builder.ts";
import { alwaysZero } from "./catalog.ts";
import { exposition, EXPOSITION_TYPE } from "./exposition.ts";
import type { HandlingTimes } from "./handling-times.ts";
import { processSamples } from "./process-samples.ts";

export interface MetricSources {
  readonly server: EtcdServer;
  readonly routes: Routes;
  readonly builder: ServiceBuilder;
  /** --metrics=extensive */
  readonly handling: HandlingTimes | undefined;
  /** one for each HTTP server that answers probes */
  readonly health: HealthCounters[];
  readonly scrapes: Scrapes;
}

/** Counts of this page's own requests, as promhttp keeps them. */
export class Scrapes {
  inFlight = 0;
  readonly byCode = new Map<string, number>([
    ["200", 0],
    ["500", 0],
    ["503", 0],
  ]);
}

const CODE_NAMES = Object.keys(Code) as (keyof typeof Code)[];
const NO_LABELS: MetricSample["labels"] = {};

export function addMetrics(http: Http1Server, sources: MetricSources): void {
  const { scrapes } = sources;
  const counted = (code: string): void => void scrapes.byCode.set(code, scrapes.byCode.get(code)! + 1);
  http.route("/metrics", ({ response }) => {
    scrapes.inFlight++;
    try {
      answer(response, EXPOSITION_TYPE, exposition(allSamples(sources)));
      counted("200");
    } catch (error) {
      counted("500");
      errorText(response, 500, `An error has occurred while serving metrics:\n\n${(error as Error).message}`);
    } finally {
      scrapes.inFlight--;
    }
  });
}

function allSamples(sources: MetricSources): MetricSample[] {
  return [
    ...sources.server.metrics(),
    ...grpcSamples(sources),
    ...healthSamples(sources.health),
    ...processSamples(),
    ...scrapeSamples(sources.scrapes),
    ...alwaysZero.map((name) => ({ name, labels: NO_LABELS, value: 0 })),
  ];
}

/** Methods registered after etcd has preset its counters, and one that 3.6 does not have: shown once they were called. */
function isLate({ service, method }: MethodCounters): boolean {
  return service.startsWith("v3") || method === "RangeStream";
}

function grpcSamples({ routes, builder, handling }: MetricSources): MetricSample[] {
  const samples: MetricSample[] = [];
  let receivedBytes = 0;
  let sentBytes = 0;
  const count = (name: string, labels: MetricSample["labels"], value: number): void => void samples.push({ name, labels, value });
  for (const [path, { counters }] of routes) {
    receivedBytes += counters.receivedBytes;
    sentBytes += counters.sentBytes;
    const late = isLate(counters);
    if (late && counters.started === 0) continue;
    // labels in order of their names, as Prometheus' client writes them
    const labels = { grpc_method: counters.method, grpc_service: counters.service, grpc_type: counters.type };
    count("grpc_server_started_total", labels, counters.started);
    count("grpc_server_msg_received_total", labels, counters.received);
    count("grpc_server_msg_sent_total", labels, counters.sent);
    for (const name of CODE_NAMES) {
      const handled = counters.handled[Code[name]]!;
      if (!late || handled > 0) count("grpc_server_handled_total", { grpc_code: name, ...labels }, handled);
    }
    const histogram = handling?.of(path);
    if (histogram !== undefined) samples.push({ name: "grpc_server_handling_seconds", labels, histogram });
  }
  count("etcd_network_client_grpc_received_bytes_total", NO_LABELS, receivedBytes);
  count("etcd_network_client_grpc_sent_bytes_total", NO_LABELS, sentBytes);
  for (const [key, value] of builder.clientRequests) {
    const space = key.indexOf(" ");
    count("etcd_server_client_requests_total", { client_api_version: key.slice(space + 1), type: key.slice(0, space) }, value);
  }
  return samples;
}

function healthSamples(sources: readonly HealthCounters[]): MetricSample[] {
  const samples: MetricSample[] = [];
  let success = 0;
  let failures = 0;
  const results = new Map<string, MetricSample>();
  const totals = new Map<string, MetricSample & { value: number }>();
  for (const counters of sources) {
    success += counters.success;
    failures += counters.failures;
    for (const [key, { type, name, value }] of counters.last) results.set(key, { name: "etcd_server_healthcheck", labels: { name, type }, value });
    for (const [key, { type, name, status, value }] of counters.totals) {
      const before = totals.get(key)?.value ?? 0;
      totals.set(key, { name: "etcd_server_healthchecks_total", labels: { name, status, type }, value: before + value });
    }
  }
  samples.push(...results.values(), ...totals.values());
  samples.push({ name: "etcd_server_health_success", labels: NO_LABELS, value: success });
  samples.push({ name: "etcd_server_health_failures", labels: NO_LABELS, value: failures });
  return samples;
}

function scrapeSamples({ inFlight, byCode }: Scrapes): MetricSample[] {
  return [
    { name: "promhttp_metric_handler_requests_in_flight", labels: NO_LABELS, value: inFlight },
    ...[...byCode].map(([code, value]) => ({ name: "promhttp_metric_handler_requests_total", labels: { code }, value })),
  ];
}
