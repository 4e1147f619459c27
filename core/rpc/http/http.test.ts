/** HTTP/1.1 on a client port: probes, version, metrics, CORS, the Host whitelist, and the gateway's shapes. */
import { request as httpRequest } from "node:http";
import { gunzipSync } from "node:zlib";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { Client, connect } from "../../client/index.ts";
import * as pb from "../../proto/gen/etcdserverpb.ts";
import { Profile } from "../../proto/gen/profile.ts";
import { EtcdError } from "../../proto/errors.ts";
import { type ClientService, serveClients, type ServeOptions } from "../serve-clients.ts";
import { MemoryServer } from "../testing/memory-server.ts";

let server: MemoryServer;
let service: ClientService;

async function start(options: Partial<ServeOptions> = {}): Promise<void> {
  service = await serveClients(server, { listenUrls: ["http://127.0.0.1:0"], ...options });
}
beforeEach(async () => {
  server = await MemoryServer.open();
});
afterEach(async () => {
  await service.close();
  server.close();
});

const url = (path: string, port = 0): string => `http://${service.addresses[port]!}${path}`;
async function get(path: string, init: RequestInit = {}, port = 0): Promise<{ status: number; text: string; headers: Headers }> {
  const response = await fetch(url(path, port), { redirect: "manual", ...init });
  return { status: response.status, text: await response.text(), headers: response.headers };
}
const post = (path: string, body: string) => get(path, { method: "POST", body });

describe("/health", () => {
  it("is a string that says true, or why not", async () => {
    await start();
    expect(await get("/health")).toMatchObject({ status: 200, text: '{"health":"true","reason":""}' });
    server.leaderId = 0n;
    expect(await get("/health")).toMatchObject({ status: 503, text: '{"health":"false","reason":"RAFT NO LEADER"}\n' });
    expect((await get("/health?serializable=true")).status).toBe(200);
    server.leaderId = server.memberId;
    server.range = () => Promise.reject(new EtcdError("Timeout"));
    expect((await get("/health")).text).toBe('{"health":"false","reason":"RANGE ERROR:etcdserver: request timed out"}\n');
  });

  it("tells alarms, unless they are excluded", async () => {
    await start();
    server.alarmList = [pb.AlarmMember.create({ memberID: 1n, alarm: pb.AlarmType.NOSPACE })];
    expect(await get("/health")).toMatchObject({ status: 503, text: '{"health":"false","reason":"ALARM NOSPACE"}\n' });
    expect((await get("/health?exclude=NOSPACE")).status).toBe(200);
    server.alarmList.push(pb.AlarmMember.create({ memberID: 1n, alarm: pb.AlarmType.CORRUPT }));
    expect((await get("/health?exclude=NOSPACE")).text).toContain("ALARM CORRUPT");
    expect((await get("/health?exclude=NOSPACE&exclude=CORRUPT")).status).toBe(200);
  });

  it("takes GET alone", async () => {
    await start();
    for (const path of ["/health", "/livez", "/readyz", "/readyz/non_learner", "/version"]) {
      const answer = await get(path, { method: "POST" });
      expect([answer.status, answer.text, answer.headers.get("allow")]).toEqual([405, "Method Not Allowed\n", "GET"]);
    }
  });
});

describe("/livez and /readyz", () => {
  it("list their checks when asked, and always when one fails", async () => {
    await start();
    expect(await get("/livez")).toMatchObject({ status: 200, text: "ok\n" });
    expect((await get("/livez?verbose")).text).toBe("[+]serializable_read ok\nok\n");
    server.learner = true;
    server.alarmList = [pb.AlarmMember.create({ memberID: 1n, alarm: pb.AlarmType.CORRUPT })];
    expect(await get("/readyz")).toMatchObject({
      status: 503,
      text:
        "[-]data_corruption failed: alarm activated: CORRUPT\n[+]serializable_read ok\n[+]linearizable_read ok\n[-]non_learner failed: not supported for learner\n\n",
    });
    expect((await get("/readyz?exclude=data_corruption&exclude=non_learner")).status).toBe(200);
    expect((await get("/readyz/non_learner")).text).toBe("[-]non_learner failed: not supported for learner\n\n");
    expect((await get("/readyz/linearizable_read?verbose")).text).toBe("[+]linearizable_read ok\nok\n");
    expect((await get("/readyz/unknown")).status).toBe(404);
  });

  it("do not mind a full disk, nor livez the lack of a leader", async () => {
    await start();
    server.alarmList = [pb.AlarmMember.create({ memberID: 1n, alarm: pb.AlarmType.NOSPACE })];
    expect((await get("/readyz")).status).toBe(200);
    server.leaderId = 0n;
    expect((await get("/livez")).status).toBe(200);
    expect((await get("/readyz")).text).toContain("[-]linearizable_read failed: etcdserver: request timed out\n");
  });
});

describe("/version, /debug/vars and /metrics", () => {
  it("versions, also before they are decided", async () => {
    await start();
    expect((await get("/version")).text).toBe('{"etcdserver":"3.6.14","etcdcluster":"3.6.0","storage":"3.6.0"}');
    server.clusterVersion = () => undefined;
    server.storageVersion = () => "";
    expect((await get("/version")).text).toBe('{"etcdserver":"3.6.14","etcdcluster":"not_decided","storage":"unknown"}');
    expect(JSON.parse((await get("/debug/vars")).text)).toMatchObject({ "raft.status": { id: "8e9e05c52164694d", lead: "8e9e05c52164694d" } });
  });

  it("the log level is set in 3.4's words", async () => {
    const levels: string[] = [];
    await start({ setLogLevel: (level) => void levels.push(level) });
    const ask = async (body: string): Promise<unknown> => {
      const response = await fetch(url("/config/local/log"), { method: "PUT", body });
      return [response.status, await response.text()];
    };
    expect(await ask('{"Level":"DEBUG"}')).toEqual([204, ""]);
    expect(await ask('{"level":"w"}')).toEqual([204, ""]);
    expect(levels).toEqual(["debug", "warn"]);
    expect(await ask('{"Level":"LOUD"}')).toEqual([400, '{"message":"Invalid log level LOUD"}']);
    expect(await ask("{")).toEqual([400, '{"message":"Invalid json body"}']);
    expect((await get("/config/local/log")).status).toBe(405);
  });

  it("profiles are pprof's, and what this runtime cannot tell is refused by name", { timeout: 30_000 }, async () => {
    await start({ enablePprof: true });
    const response = await fetch(url("/debug/pprof/profile?seconds=0.2"));
    const profile = Profile.decode(gunzipSync(Buffer.from(await response.arrayBuffer())));
    const text = (index: bigint): string => profile.stringTable[Number(index)]!;
    expect(profile.sampleType.map(({ type, unit }) => `${text(type)}/${text(unit)}`)).toEqual(["samples/count", "cpu/nanoseconds"]);
    for (const { locationId } of profile.sample) for (const id of locationId) expect(profile.location[Number(id) - 1]?.id).toBe(id);
    expect((await get("/debug/pprof/goroutine")).status).toBe(501);
    expect((await get("/debug/pprof/nosuch")).text).toBe("Unknown profile\n");
    expect((await get("/debug/pprof/cmdline")).text).toContain("\0");
  });

  it("metrics are in order, counters preset to 0, and count; the member's own stand among them", async () => {
    await start();
    const before = (await get("/metrics")).text;
    for (const line of [
      'grpc_server_handled_total{grpc_code="OK",grpc_method="Put",grpc_service="etcdserverpb.KV",grpc_type="unary"} 0',
      'grpc_server_started_total{grpc_method="Watch",grpc_service="etcdserverpb.Watch",grpc_type="bidi_stream"} 0',
      'grpc_server_msg_sent_total{grpc_method="Snapshot",grpc_service="etcdserverpb.Maintenance",grpc_type="server_stream"} 0',
      "etcd_server_has_leader 1",
      "etcd_debugging_store_watchers 0",
      "# TYPE go_gc_duration_seconds summary",
      "promhttp_metric_handler_requests_in_flight 1",
      "etcd_server_health_success 0",
    ])
      expect(before).toContain(`${line}\n`);
    for (const line of before.trim().split("\n")) expect(line).toMatch(/^(# (HELP|TYPE) \S+ \S.*|[a-z0-9_]+(\{([a-z_]+="[^"]*",?)+\})? \S+)$/);
    const names = before.match(/^# TYPE \S+/gm)!;
    expect(names).toEqual([...names].sort());

    const client = new Client(connect(url("")));
    await client.put({ key: Buffer.from("a") }, { metadata: { "client-api-version": "3.6" } });
    await client.put({}).catch(() => undefined);
    client.close();
    await get("/health");
    await get("/readyz");
    const after = (await get("/metrics")).text;
    for (const line of [
      'grpc_server_handled_total{grpc_code="OK",grpc_method="Put",grpc_service="etcdserverpb.KV",grpc_type="unary"} 1',
      'grpc_server_handled_total{grpc_code="InvalidArgument",grpc_method="Put",grpc_service="etcdserverpb.KV",grpc_type="unary"} 1',
      'etcd_server_client_requests_total{client_api_version="3.6",type="unary"} 1',
      'etcd_server_client_requests_total{client_api_version="unknown",type="unary"} 1',
      "etcd_server_health_success 1",
      'etcd_server_healthcheck{name="non_learner",type="readyz"} 1',
      'etcd_server_healthchecks_total{name="non_learner",status="success",type="readyz"} 1',
    ])
      expect(after).toContain(`${line}\n`);
  });
});

describe("who may ask", () => {
  it("any origin by default, else the listed ones", async () => {
    await start();
    const preflight = await get("/v3/kv/range", { method: "OPTIONS" });
    expect([preflight.status, preflight.headers.get("access-control-allow-origin")]).toEqual([200, "*"]);
    await service.close();
    await start({ cors: ["http://good"] });
    expect((await get("/version", { headers: { origin: "http://good" } })).headers.get("access-control-allow-origin")).toBe("http://good");
    expect((await get("/version", { headers: { origin: "http://bad" } })).headers.get("access-control-allow-origin")).toBeNull();
  });

  it("hosts outside the whitelist are misdirected", async () => {
    await start({ hostWhitelist: ["127.0.0.1"] });
    expect((await get("/version")).status).toBe(200);
    const status = await new Promise((resolve, reject) =>
      httpRequest(url("/version"), { headers: { host: "evil.example:80" } }, (response) => resolve(response.resume().statusCode)).on("error", reject).end(),
    );
    expect(status).toBe(421);
  });
});

describe("ports of their own", () => {
  it("HTTP can move away from gRPC, and metrics have a port with probes alone", async () => {
    await start({ listenHttpUrls: ["http://127.0.0.1:0"], listenMetricsUrls: ["http://127.0.0.1:0"] });
    await expect(get("/version", {}, 0)).rejects.toThrow();
    expect((await get("/version", {}, 1)).status).toBe(200);
    expect((await get("/metrics", {}, 2)).status).toBe(200);
    expect((await get("/health", {}, 2)).status).toBe(200);
    expect((await get("/version", {}, 2)).status).toBe(404);
    const client = new Client(connect(url("", 0)));
    expect((await client.status()).version).toBe("3.6.14");
    client.close();
  });

  it("a port that is taken is an error, and nothing stays open", async () => {
    await start();
    const taken = `http://${service.addresses[0]!}`;
    await expect(serveClients(server, { listenUrls: ["http://127.0.0.1:0", taken] })).rejects.toMatchObject({ code: "EADDRINUSE" });
    await expect(serveClients(server, { listenUrls: ["https://127.0.0.1:0"] })).rejects.toThrow(/TLS key\/cert \(--cert-file, --key-file\) must be provided for client url/);
  });
});

describe("the JSON gateway", () => {
  it("answers proto JSON; errors have code, message and a status of their own", async () => {
    await start();
    expect(await post("/v3/kv/put", '{"key":"YQ==","value":"Yg=="}')).toMatchObject({
      status: 200,
      text: '{"header":{"cluster_id":"14841639068965178418","member_id":"10276657743932975437","revision":"2","raft_term":"2"}}',
    });
    expect((await post("/v3beta/kv/range", '{"key":"YQ=="}')).text).toContain('"kvs":[{"key":"YQ==","create_revision":"2"');
    expect(await post("/v3/kv/range", "{}")).toMatchObject({ status: 400, text: '{"code":3,"message":"etcdserver: key is not provided"}' });
    expect(await post("/v3/kv/range", '{"key":"YQ==","revision":"9"}')).toMatchObject({ status: 400, text: expect.stringContaining('"code":11') });
    expect(await post("/v3/lease/revoke", '{"ID":"9"}')).toMatchObject({ status: 404, text: '{"code":5,"message":"etcdserver: requested lease not found"}' });
    expect(await post("/v3/kv/range", '{"key":1}')).toMatchObject({ status: 400, text: '{"code":3,"message":"proto: (line 1:8): invalid value for bytes field key: 1"}' });
    expect(await post("/v3/kv/range", "{xx")).toMatchObject({ status: 400, text: `{"code":3,"message":"invalid character 'x' looking for beginning of object key string"}` });
    expect(await post("/v3/nothing", "{}")).toMatchObject({ status: 404, text: '{"code":5,"message":"Not Found"}' });
    expect(await get("/v3/kv/range")).toMatchObject({ status: 501, text: '{"code":12,"message":"Method Not Allowed"}' });
    server.leaderId = 0n;
    expect((await post("/v3/kv/range", '{"key":"YQ=="}')).status).toBe(503);
  });

  it("a body above the limit is refused", async () => {
    await start({ maxRequestBytes: 1000 });
    const body = JSON.stringify({ key: "YQ==", value: Buffer.alloc(600_000).toString("base64") });
    expect(await post("/v3/kv/put", body)).toMatchObject({ status: 429, text: expect.stringContaining("grpc: received message larger than max") });
    expect((await post("/v3/kv/put", `{"key":"${"A".repeat(4_000_000)}"}`)).status).toBe(429);
  });

  it("streams one result a line, and tells a stream's error in its last", async () => {
    await start();
    const kept = await post("/v3/lease/keepalive", '{"ID":"7"}\n{"ID":"8"}');
    expect(kept.text.trim().split("\n").map((line) => (JSON.parse(line) as { result: { ID: string } }).result.ID)).toEqual(["7", "8"]);
    // what cannot be read ends the stream, and nobody is told
    expect(await post("/v3/lease/keepalive", '{"ID":"7"}{"ID":"x"}{"ID":"8"}')).toMatchObject({ status: 200, text: expect.stringMatching(/^{"result".*"ID":"7".*}\n$/) });

    const stop = new AbortController();
    const response = await fetch(url("/v3/watch"), { method: "POST", body: '{"create_request":{"key":"YQ=="}}', signal: stop.signal });
    const reader = response.body!.getReader();
    const line = async (): Promise<string> => Buffer.from((await reader.read()).value!).toString();
    expect(await line()).toContain('"created":true}}\n');
    await post("/v3/kv/put", '{"key":"YQ==","value":"Yg=="}');
    expect(await line()).toContain('"events":[{"kv":{"key":"YQ=="');
    stop.abort();

    const snapshot = await post("/v3/maintenance/snapshot", "{}");
    const parts = snapshot.text.trim().split("\n").map((part) => (JSON.parse(part) as { result: { remaining_bytes?: string } }).result.remaining_bytes);
    expect(parts).toEqual(["47232", "14464", undefined, undefined]);
  });

  it("can be turned off, and so can v2", async () => {
    await start({ enableGateway: false, enableV2: false });
    expect((await post("/v3/kv/range", "{}")).status).toBe(404);
    expect((await get("/v2/keys")).status).toBe(404);
  });
});
