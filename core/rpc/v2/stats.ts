/** /v2/stats: self, store, leader (etcd 3.4 server/etcdserver/api/v2stats). Counters are this process's own. */
import type { EtcdServer } from "../../server/api.ts";
import { hex } from "../../server/log.ts";
import type { Http1Server } from "../http/http1-server.ts";
import { allowMethod, answer } from "../http/reply.ts";
import { formatTime } from "./node.ts";

type Kind = "gets" | "sets" | "delete" | "update" | "create" | "compareAndSwap" | "compareAndDelete";

export class StoreStats {
  private readonly counts = new Map<string, number>();
  expireCount = 0;
  watchers = 0;

  count(kind: Kind, success: boolean): void {
    const name = `${kind}${success ? "Success" : "Fail"}`;
    this.counts.set(name, (this.counts.get(name) ?? 0) + 1);
  }

  json(): string {
    const parts: string[] = [];
    for (const kind of ["gets", "sets", "delete", "update", "create", "compareAndSwap", "compareAndDelete"])
      for (const result of ["Success", "Fail"]) parts.push(`"${kind}${result}":${this.counts.get(kind + result) ?? 0}`);
    return `{${parts.join(",")},"expireCount":${this.expireCount},"watchers":${this.watchers}}`;
  }
}

export function addV2Stats(http: Http1Server, server: EtcdServer, stats: StoreStats, now: () => number): void {
  const startedAt = now();
  let leader = { id: 0n, since: startedAt };
  http.route("/v2/stats/self", (exchange) => {
    if (!allowMethod(exchange, "GET")) return;
    if (server.leader() !== leader.id) leader = { id: server.leader(), since: now() };
    const body = {
      name: server.name,
      id: hex(server.memberId),
      state: leader.id === server.memberId ? "StateLeader" : "StateFollower",
      startTime: formatTime(startedAt),
      leaderInfo: { leader: leader.id === 0n ? "" : hex(leader.id), uptime: `${((now() - leader.since) / 1000).toFixed(3)}s`, startTime: formatTime(leader.since) },
      recvAppendRequestCnt: 0,
      sendAppendRequestCnt: 0,
    };
    answer(exchange.response, "application/json", JSON.stringify(body));
  });
  http.route("/v2/stats/store", (exchange) => {
    if (allowMethod(exchange, "GET")) answer(exchange.response, "application/json", stats.json());
  });
  http.route("/v2/stats/leader", (exchange) => {
    if (!allowMethod(exchange, "GET")) return;
    if (server.leader() !== server.memberId) answer(exchange.response, "application/json", '{"message":"not current leader"}', 403);
    else answer(exchange.response, "application/json", JSON.stringify({ leader: hex(server.memberId), followers: {} }));
  });
}
