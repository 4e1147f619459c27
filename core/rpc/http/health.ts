/** /health, /livez and /readyz (etcd server/etcdserver/api/etcdhttp/health.go). */
import * as pb from "../../proto/gen/etcdserverpb.ts";
import type { EtcdServer, RequestContext } from "../../server/api.ts";
import type { Log } from "../../server/log.ts";
import { allowMethod, answer, errorText, type HttpExchange } from "./reply.ts";
import type { Http1Server } from "./http1-server.ts";

type Probe = "livez" | "readyz";
type Check = (context: RequestContext) => Promise<void>;

/** Counters of the probes, for /metrics. */
export class HealthCounters {
  success = 0;
  failures = 0;
  /** last result by probe and check, 1 or 0 */
  readonly last = new Map<string, { readonly type: Probe; readonly name: string; value: number }>();
  readonly totals = new Map<string, { readonly type: Probe; readonly name: string; readonly status: "success" | "error"; value: number }>();

  checked(type: Probe, name: string, ok: boolean): void {
    this.last.set(`${type} ${name}`, { type, name, value: ok ? 1 : 0 });
    const status = ok ? "success" : "error";
    const key = `${type} ${name} ${status}`;
    const total = this.totals.get(key);
    if (total === undefined) this.totals.set(key, { type, name, status, value: 1 });
    else total.value++;
  }
}

const ALARM_NAME: Readonly<Record<number, string>> = Object.fromEntries(Object.entries(pb.AlarmType).map(([name, value]) => [value, name]));

/** The cheapest read there is; it goes the whole way all the same. */
function read(server: EtcdServer, serializable: boolean): Check {
  return async (context) => {
    await server.range(pb.RangeRequest.create({ keysOnly: true, limit: 1, serializable }), context);
  };
}

export function addHealth(http: Http1Server, server: EtcdServer, log: Log): HealthCounters {
  const counters = new HealthCounters();
  const alarmed = (type: number): Check => async () => {
    if (server.alarms().some((member) => member.alarm === type)) throw new Error(`alarm activated: ${ALARM_NAME[type]!}`);
  };
  const probes: Readonly<Record<Probe, ReadonlyMap<string, Check>>> = {
    livez: new Map([["serializable_read", read(server, true)]]),
    readyz: new Map([
      ["data_corruption", alarmed(pb.AlarmType.CORRUPT)],
      ["serializable_read", read(server, true)],
      ["linearizable_read", read(server, false)],
      [
        "non_learner",
        async () => {
          if (server.isLearner()) throw new Error("not supported for learner");
        },
      ],
    ]),
  };

  http.route("/health", async (exchange) => {
    if (!allowMethod(exchange, "GET")) return;
    const reason = await unhealthy(server, exchange, log);
    if (reason === undefined) {
      counters.success++;
      answer(exchange.response, "text/plain; charset=utf-8", '{"health":"true","reason":""}');
    } else {
      counters.failures++;
      const body = JSON.stringify({ health: "false", reason });
      errorText(exchange.response, 503, body);
      log.warn("/health error", { output: body, "status-code": 503 });
    }
  });
  for (const probe of ["livez", "readyz"] as const) {
    const checks = probes[probe];
    http.route(`/${probe}`, (exchange) => {
      const excluded = new Set(exchange.query.getAll("exclude"));
      const names = [...checks.keys()].filter((name) => !excluded.delete(name));
      excluded.delete("");
      if (excluded.size > 0) log.warn("some health checks cannot be excluded", { "missing-health-checks": [...excluded].map((name) => JSON.stringify(name)).join(",") });
      return run(probe, names, checks, exchange, counters, log);
    });
    for (const name of checks.keys()) http.route(`/${probe}/${name}`, (exchange) => run(probe, [name], checks, exchange, counters, log));
  }
  return counters;
}

async function run(
  probe: Probe,
  names: readonly string[],
  checks: ReadonlyMap<string, Check>,
  exchange: HttpExchange,
  counters: HealthCounters,
  log: Log,
): Promise<void> {
  if (!allowMethod(exchange, "GET")) return;
  let report = "";
  let failed = false;
  for (const name of names) {
    try {
      await checks.get(name)!({ signal: exchange.signal, token: undefined, root: true });
      counters.checked(probe, name, true);
      report += `[+]${name} ok\n`;
    } catch (error) {
      counters.checked(probe, name, false);
      failed = true;
      report += `[-]${name} failed: ${(error as Error).message}\n`;
    }
  }
  if (failed) {
    errorText(exchange.response, 503, report);
    log.error("Health check error", { path: exchange.path, reason: report, "status-code": 503 });
    return;
  }
  exchange.response.setHeader("X-Content-Type-Options", "nosniff");
  answer(exchange.response, "text/plain; charset=utf-8", `${exchange.query.has("verbose") ? report : ""}ok\n`);
}

/** Why /health says false; undefined where it says true. */
async function unhealthy(server: EtcdServer, exchange: HttpExchange, log: Log): Promise<string | undefined> {
  const excluded = new Set(exchange.query.getAll("exclude"));
  for (const { alarm } of server.alarms()) {
    const name = ALARM_NAME[alarm];
    if (name !== undefined && excluded.has(name)) continue;
    const reason = name === undefined || alarm === pb.AlarmType.NONE ? "ALARM UNKNOWN" : `ALARM ${name}`;
    log.warn("serving /health false due to an alarm", { alarm: reason });
    return reason;
  }
  const serializable = exchange.query.get("serializable") === "true";
  if (!serializable && server.leader() === 0n) {
    log.warn("serving /health false; no leader");
    return "RAFT NO LEADER";
  }
  try {
    await read(server, serializable)({ signal: exchange.signal, token: undefined, root: true });
    return undefined;
  } catch (error) {
    log.warn("serving /health false; Range fails", { error: (error as Error).message });
    return `RANGE ERROR:${(error as Error).message}`;
  }
}
