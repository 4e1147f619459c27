/** /version and /debug/vars (etcd server/etcdserver/api/etcdhttp/version.go, Go's expvar). */
import { getHeapStatistics } from "node:v8";
import type { EtcdServer } from "../../server/api.ts";
import { allowMethod, answer } from "./reply.ts";
import type { Http1Server } from "./http1-server.ts";

export function addVersion(http: Http1Server, server: EtcdServer): void {
  http.route("/version", (exchange) => {
    if (!allowMethod(exchange, "GET")) return;
    const body = {
      etcdserver: server.serverVersion,
      etcdcluster: server.clusterVersion() ?? "not_decided",
      storage: server.storageVersion() || "unknown",
    };
    answer(exchange.response, "application/json", JSON.stringify(body));
  });
}

/** Variables by name, in order: the runtime's share holds what this one has of Go's fields. */
export function addDebugVars(http: Http1Server, server: EtcdServer): void {
  http.route("/debug/vars", (exchange) => {
    if (!allowMethod(exchange, "GET")) return;
    const vars: Readonly<Record<string, unknown>> = {
      cmdline: process.argv,
      memstats: memoryNow(),
      "raft.status": server.raftStatus(),
    };
    const lines = Object.entries(vars).map(([name, value]) => `${JSON.stringify(name)}: ${JSON.stringify(value)}`);
    answer(exchange.response, "application/json; charset=utf-8", `{\n${lines.join(",\n")}\n}\n`);
  });
}

function memoryNow(): Readonly<Record<string, number>> {
  const { heapUsed, heapTotal, rss, external } = process.memoryUsage();
  const { heap_size_limit: limit } = getHeapStatistics();
  return {
    Alloc: heapUsed,
    Sys: rss,
    HeapAlloc: heapUsed,
    HeapSys: heapTotal,
    HeapIdle: heapTotal - heapUsed,
    HeapInuse: heapUsed,
    OtherSys: external,
    NextGC: limit,
  };
}
