/** /version and /debug/vars (etcd server/etcdserver/api/etcdhttp/version.go, Go's expvar). */
import type { EtcdServer } from "../../server/api.ts";
import { hex } from "../../server/log.ts";
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

export function addDebugVars(http: Http1Server, server: EtcdServer): void {
  http.route("/debug/vars", (exchange) => {
    if (!allowMethod(exchange, "GET")) return;
    const memory = process.memoryUsage();
    const leader = server.leader();
    const vars: Readonly<Record<string, unknown>> = {
      cmdline: process.argv,
      memstats: { Alloc: memory.heapUsed, HeapAlloc: memory.heapUsed, HeapSys: memory.heapTotal, Sys: memory.rss },
      "raft.status": {
        id: hex(server.memberId),
        term: server.term(),
        commit: server.committedIndex(),
        lead: hex(leader),
        raftState: leader === server.memberId ? "StateLeader" : "StateFollower",
        applied: server.appliedIndex(),
      },
    };
    const lines = Object.entries(vars).map(([name, value]) => `${JSON.stringify(name)}: ${JSON.stringify(value)}`);
    answer(exchange.response, "application/json; charset=utf-8", `{\n${lines.join(",\n")}\n}\n`);
  });
}
