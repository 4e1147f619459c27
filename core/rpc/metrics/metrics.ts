/** /metrics: what this layer counts, what the member says of itself, the process, and zeros for the rest of etcd's names. */
import { Code } from "../../proto/errors.ts";
import type { EtcdServer, MetricSample } from "../../server/api.ts";
import type { Routes } from "../carrier/route.ts";
import type { HealthCounters } from "../http/health.ts";
import type { Http1Server } from "../http/http1-server.ts";
import { answer } from "../http/reply.ts";
import type { ServiceBuilder } from "../service-builder.ts";
import { exposition, EXPOSITION_TYPE } from "./exposition.ts";
import { stillMissing } from "./known.ts";
import { processSamples } from "./process-samples.ts";

export interface MetricSources {
  readonly server: EtcdServer;
  readonly routes: Routes;
  readonly builder: ServiceBuilder;
  /** one for each HTTP server that answers probes */
  readonly health: HealthCounters[];
}

const CODE_NAMES = Object.keys(Code) as (keyof typeof Code)[];

export function addMetrics(http: Http1Server, sources: MetricSources): void {
  http.route("/metrics", ({ response }) => answer(response, EXPOSITION_TYPE, exposition(allSamples(sources))));
}

export function allSamples(sources: MetricSources): MetricSample[] {
  const samples = [...sources.server.metrics(), ...grpcSamples(sources), ...healthSamples(sources.health), ...processSamples()];
  const present = new Set(samples.map((sample) => sample.name));
  return [...samples, ...stillMissing(present)];
}

function grpcSamples({ routes, builder }: MetricSources): MetricSample[] {
  const samples: MetricSample[] = [];
  let receivedBytes = 0;
  let sentBytes = 0;
  const count = (name: string, help: string, labels: Readonly<Record<string, string>>, value: number): void => {
    samples.push({ name, help, type: "counter", labels, value });
  };
  for (const { counters } of routes.values()) {
    // labels in order of their names, as Prometheus' client writes them
    const labels = { grpc_method: counters.method, grpc_service: counters.service, grpc_type: counters.type };
    count("grpc_server_started_total", "Total number of RPCs started on the server.", labels, counters.started);
    count("grpc_server_msg_received_total", "Total number of RPC stream messages received on the server.", labels, counters.received);
    count("grpc_server_msg_sent_total", "Total number of gRPC stream messages sent by the server.", labels, counters.sent);
    for (const name of CODE_NAMES)
      count(
        "grpc_server_handled_total",
        "Total number of RPCs completed on the server, regardless of success or failure.",
        { grpc_code: name, ...labels },
        counters.handled[Code[name]]!,
      );
    receivedBytes += counters.receivedBytes;
    sentBytes += counters.sentBytes;
  }
  count("etcd_network_client_grpc_received_bytes_total", "The total number of bytes received from grpc clients.", {}, receivedBytes);
  count("etcd_network_client_grpc_sent_bytes_total", "The total number of bytes sent to grpc clients.", {}, sentBytes);
  for (const [key, value] of builder.clientRequests) {
    const space = key.indexOf(" ");
    const labels = { client_api_version: key.slice(space + 1), type: key.slice(0, space) };
    count("etcd_server_client_requests_total", "The total number of client requests per client version.", labels, value);
  }
  return samples;
}

function healthSamples(sources: readonly HealthCounters[]): MetricSample[] {
  const samples: MetricSample[] = [];
  let success = 0;
  let failures = 0;
  for (const counters of sources) {
    success += counters.success;
    failures += counters.failures;
    for (const { type, name, value } of counters.last.values())
      samples.push({ name: "etcd_server_healthcheck", help: "The result of each kind of healthcheck.", type: "gauge", labels: { name, type }, value });
    for (const { type, name, status, value } of counters.totals.values())
      samples.push({
        name: "etcd_server_healthchecks_total",
        help: "The total number of each kind of healthcheck.",
        type: "counter",
        labels: { name, status, type },
        value,
      });
  }
  samples.push({ name: "etcd_server_health_success", help: "The total number of successful health checks", type: "counter", labels: {}, value: success });
  samples.push({ name: "etcd_server_health_failures", help: "The total number of failed health checks", type: "counter", labels: {}, value: failures });
  return samples;
}
