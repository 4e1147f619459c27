/** /proxy/metrics (etcd server/proxy/grpcproxy/metrics.go): what the cache and the shared watches save, calls, and the process. */
import { Code } from "../proto/errors.ts";
import type { Routes } from "../rpc/carrier/route.ts";
import type { Http1Server } from "../rpc/http/http1-server.ts";
import { answer } from "../rpc/http/reply.ts";
import { exposition, EXPOSITION_TYPE } from "../rpc/metrics/exposition.ts";
import { processSamples } from "../rpc/metrics/process-samples.ts";
import type { MetricSample } from "../server/api.ts";
import type { CachedKv } from "./cached-kv.ts";
import type { Broadcasts } from "./watch-broadcast.ts";

const NO_LABELS: MetricSample["labels"] = {};
const CODE_NAMES = Object.keys(Code) as (keyof typeof Code)[];

export interface ProxyMetricSources {
  readonly cached: CachedKv;
  readonly broadcasts: Broadcasts;
  readonly routes: Routes;
}

/** One for all servers that show it. */
export class ProxyMetrics {
  private inFlight = 0;
  private scrapes = 0;

  constructor(private readonly sources: ProxyMetricSources) {}

  addTo(http: Http1Server): void {
    http.route("/proxy/metrics", ({ response }) => {
      this.inFlight++;
      try {
        answer(response, EXPOSITION_TYPE, exposition(this.samples()));
        this.scrapes++;
      } finally {
        this.inFlight--;
      }
    });
  }

  private *samples(): IterableIterator<MetricSample> {
    const { cached, broadcasts } = this.sources;
    const one = (name: string, value: number, labels = NO_LABELS): MetricSample => ({ name, labels, value });
    yield one("etcd_grpc_proxy_cache_hits_total", cached.hits);
    yield one("etcd_grpc_proxy_cache_misses_total", cached.misses);
    yield one("etcd_grpc_proxy_cache_keys_total", cached.size);
    yield one("etcd_grpc_proxy_watchers_coalescing_total", broadcasts.coalescedWatchers);
    yield one("etcd_grpc_proxy_events_coalescing_total", broadcasts.coalescedEvents);
    yield* this.calls();
    yield* processSamples();
    yield one("promhttp_metric_handler_requests_in_flight", this.inFlight);
    for (const code of ["200", "500", "503"]) yield one("promhttp_metric_handler_requests_total", code === "200" ? this.scrapes : 0, { code });
  }

  /** A method is shown once it was called. */
  private *calls(): IterableIterator<MetricSample> {
    for (const { counters } of this.sources.routes.values()) {
      if (counters.started === 0) continue;
      const labels = { grpc_method: counters.method, grpc_service: counters.service, grpc_type: counters.type };
      yield { name: "grpc_server_started_total", labels, value: counters.started };
      if (counters.received > 0) yield { name: "grpc_server_msg_received_total", labels, value: counters.received };
      if (counters.sent > 0) yield { name: "grpc_server_msg_sent_total", labels, value: counters.sent };
      for (const name of CODE_NAMES) {
        const handled = counters.handled[Code[name]]!;
        if (handled > 0) yield { name: "grpc_server_handled_total", labels: { grpc_code: name, ...labels }, value: handled };
      }
    }
  }
}
