import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { Client, type ClientStream, connect } from "../client/index.ts";
import { Code } from "../proto/errors.ts";
import * as pb from "../proto/gen/etcdserverpb.ts";
import { type ClientService, serveClients } from "../rpc/serve-clients.ts";
import { MemoryServer } from "../rpc/testing/memory-server.ts";
import { type ProxyOptions, type RunningProxy, startProxy } from "./serve-proxy.ts";

const lines: { readonly level: string; readonly message: string }[] = [];
const log = Object.fromEntries(["debug", "info", "warn", "error"].map((level) => [level, (message: string) => void lines.push({ level, message })]));
const open: { close(): unknown }[] = [];
let server: MemoryServer;
let service: ClientService;
let member: Client;

const kept = <T extends { close(): unknown }>(thing: T): T => {
  open.push(thing);
  return thing;
};
const bytes = (text: string): Buffer => Buffer.from(text);

beforeEach(async () => {
  lines.length = 0;
  server = await MemoryServer.open();
  service = await serveClients(server, { listenUrls: ["http://127.0.0.1:0"] });
  member = kept(new Client(connect(service.addresses[0]!)));
});
afterEach(async () => {
  for (const thing of open.splice(0).reverse()) await thing.close();
  await service.close();
  server.close();
});

async function proxied(options: Partial<ProxyOptions> = {}): Promise<{ readonly client: Client; readonly proxy: RunningProxy }> {
  const proxy = kept(
    await startProxy({
      listenAddress: "127.0.0.1:0",
      members: () => ({ endpoints: [service.addresses[0]!], channel: {}, https: {} }),
      autoSyncMs: 0,
      namespace: "",
      ordering: false,
      leasingPrefix: "",
      advertisedUrl: "",
      keepalive: { minTimeMs: 5000, intervalMs: 7_200_000, timeoutMs: 20_000 },
      maxConcurrentStreams: 1000,
      pprof: false,
      logPayloads: false,
      log: { ...log, enabled: () => true } as unknown as ProxyOptions["log"],
      ...options,
    }),
  );
  return { proxy, client: kept(new Client(connect(proxy.address))) };
}

async function metric({ address }: RunningProxy, name: string): Promise<number> {
  const text = await (await fetch(`http://${address}/proxy/metrics`)).text();
  return Number(new RegExp(`^etcd_grpc_proxy_${name}_total (\\S+)$`, "m").exec(text)?.[1]);
}

/** A watch stream whose responses are taken one by one. */
class Watching {
  private readonly stream: ClientStream<pb.WatchRequest, pb.WatchResponse>;
  private readonly responses: AsyncIterator<pb.WatchResponse>;

  constructor(client: Client, metadata: Readonly<Record<string, string>> = {}) {
    this.stream = client.watch({ metadata });
    this.responses = this.stream.responses[Symbol.asyncIterator]();
    open.push({ close: () => this.stream.cancel() });
  }

  /** @returns the answer */
  async create(request: Partial<pb.WatchCreateRequest>): Promise<pb.WatchResponse> {
    await this.stream.write(pb.WatchRequest.create({ createRequest: pb.WatchCreateRequest.create(request) }));
    return this.next();
  }

  async cancel(watchId: number): Promise<pb.WatchResponse> {
    await this.stream.write(pb.WatchRequest.create({ cancelRequest: { watchId } }));
    return this.next();
  }

  closeWrite(): void {
    this.stream.closeWrite();
  }

  async next(): Promise<pb.WatchResponse> {
    const { value, done } = await this.responses.next();
    if (done === true) throw new Error("the stream ended");
    return value as pb.WatchResponse;
  }

  /** The next events, as texts. */
  async events(count: number): Promise<string[]> {
    const texts: string[] = [];
    while (texts.length < count) for (const { type, kv, prevKv } of (await this.next()).events) texts.push(`${type === 0 ? "put" : "delete"} ${kv!.key.toString()}=${kv!.value.toString()}${prevKv === undefined ? "" : ` was ${prevKv.value.toString()}`}`);
    return texts;
  }
}

describe("keys through the proxy", () => {
  it("are read from memory where that is asked for, until they are written through the proxy", async () => {
    const { client, proxy } = await proxied();
    const key = bytes("a");
    const read = async (serializable: boolean): Promise<string> => (await client.range({ key, serializable })).kvs[0]?.value.toString() ?? "";
    await client.put({ key, value: bytes("1") });
    expect(await read(false)).toBe("1");
    await member.put({ key, value: bytes("past the proxy") });
    expect([await read(true), await read(false)]).toEqual(["1", "past the proxy"]);
    await client.put({ key, value: bytes("2") });
    expect(await read(true)).toBe("2");
    await client.txn({ success: [pb.RequestOp.create({ requestPut: pb.PutRequest.create({ key, value: bytes("3") }) })] });
    expect(await read(true)).toBe("3");
    await client.deleteRange({ key: bytes("\0"), rangeEnd: bytes("\0") });
    expect(await read(true)).toBe("");
    expect([await metric(proxy, "cache_hits"), await metric(proxy, "cache_misses"), await metric(proxy, "cache_keys")]).toEqual([1, 3, 1]);
  });

  it("have etcd's errors as its proxy tells them: by their text, without their code", async () => {
    const { client } = await proxied();
    await expect(client.put({})).rejects.toMatchObject({ code: Code.Unknown, message: "etcdserver: key is not provided" });
    await expect(client.range({ key: bytes("a"), sortOrder: 7 })).rejects.toMatchObject({ code: Code.Unknown, message: "etcdserver: invalid sort option" });
    await expect(client.call(pb.ClusterService.MemberPromote, {})).rejects.toMatchObject({ code: Code.Unknown, message: "not implemented" });
    await client.put({ key: bytes("a") });
    await client.put({ key: bytes("a") });
    await client.compact({ revision: 3, physical: true });
    await expect(client.range({ key: bytes("a"), revision: 2, serializable: true })).rejects.toMatchObject({ code: Code.OutOfRange, message: "etcdserver: mvcc: required revision has been compacted" });
  });

  it("stand under the namespace, and nothing else is seen there", async () => {
    const { client } = await proxied({ namespace: "/ns/" });
    await member.put({ key: bytes("/nt/x"), value: bytes("outside") });
    await client.put({ key: bytes("a"), value: bytes("1") });
    expect((await member.range({ key: bytes("/ns/a") })).kvs[0]!.value.toString()).toBe("1");
    const all = await client.range({ key: bytes("\0"), rangeEnd: bytes("\0") });
    expect(all.kvs.map(({ key }) => key.toString())).toEqual(["a"]);
    const compare = pb.Compare.create({ key: bytes("a"), target: 0, version: 1 });
    const requestRange = pb.RangeRequest.create({ key: bytes("a") });
    const inner = pb.TxnRequest.create({ compare: [compare], success: [pb.RequestOp.create({ requestRange })] });
    const { responses } = await client.txn({ success: [pb.RequestOp.create({ requestTxn: inner })] });
    expect(responses[0]!.responseTxn!.responses[0]!.responseRange!.kvs[0]!.key.toString()).toBe("a");
    const { prevKvs } = await client.deleteRange({ key: bytes("a"), rangeEnd: bytes("\0"), prevKv: true });
    expect(prevKvs.map(({ key }) => key.toString())).toEqual(["a"]);
    expect((await member.range({ key: bytes("\0"), rangeEnd: bytes("\0") })).kvs.map(({ key }) => key.toString())).toEqual(["/nt/x"]);
    await expect(client.put({})).rejects.toMatchObject({ message: "etcdserver: key is not provided" });
  });
});

describe("watches through the proxy", () => {
  it("share one watch of the member where they may, and each gets what it asked for", async () => {
    const { client, proxy } = await proxied();
    const one = new Watching(client);
    const two = new Watching(client);
    expect(await one.create({ key: bytes("k") })).toMatchObject({ created: true, watchId: 0, header: { memberId: server.memberId } });
    await two.create({ key: bytes("k"), prevKv: true });
    await two.create({ key: bytes("k"), filters: [0] });
    await member.put({ key: bytes("k"), value: bytes("1") });
    expect(await one.events(1)).toEqual(["put k=1"]);
    expect(await two.events(1)).toEqual(["put k=1"]);
    await member.put({ key: bytes("k"), value: bytes("2") });
    expect([await one.events(1), await two.events(1)]).toEqual([["put k=2"], ["put k=2 was 1"]]);
    await member.deleteRange({ key: bytes("k") });
    expect(await one.events(1)).toEqual(["delete k="]);
    expect((await two.events(2)).sort()).toEqual(["delete k=", "delete k= was 2"]);
    expect(await metric(proxy, "watchers_coalescing")).toBe(2);
    expect(await metric(proxy, "events_coalescing")).toBeGreaterThan(0);
    expect(await two.cancel(0)).toMatchObject({ canceled: true, watchId: 0 });
    expect(await metric(proxy, "watchers_coalescing")).toBe(1);
  });

  it("of one key from the same revision see every event once, whenever they join", async () => {
    const { client } = await proxied();
    for (const value of ["1", "2", "3", "4"]) await member.put({ key: bytes("k"), value: bytes(value) });
    const watchings = [];
    for (const startRevision of [2, 3, 3, 5]) {
      const watching = new Watching(client);
      await watching.create({ key: bytes("k"), startRevision });
      watchings.push(watching);
    }
    await member.put({ key: bytes("k"), value: bytes("5") });
    expect(await Promise.all(watchings.map((watching, at) => watching.events([5, 4, 4, 2][at]!)))).toEqual([
      ["put k=1", "put k=2", "put k=3", "put k=4", "put k=5"],
      ["put k=2", "put k=3", "put k=4", "put k=5"],
      ["put k=2", "put k=3", "put k=4", "put k=5"],
      ["put k=4", "put k=5"],
    ]);
  });

  it("from a compacted revision end, each of them, and leave nothing behind that another one would join", async () => {
    const { client } = await proxied();
    for (let at = 0; at < 8; at++) await member.put({ key: bytes("k") });
    await member.compact({ revision: 7, physical: true });
    const watching = new Watching(client);
    for (let at = 0; at < 3; at++) {
      expect(await watching.create({ key: bytes("k"), startRevision: 3 })).toMatchObject({ created: true });
      expect(await watching.next()).toMatchObject({ canceled: true, compactRevision: 7, watchId: at });
    }
    expect(await watching.create({ key: bytes("k"), startRevision: 10 })).toMatchObject({ created: true, watchId: 3 });
    await member.put({ key: bytes("k"), value: bytes("new") });
    expect(await watching.events(1)).toEqual(["put k=new"]);
  });

  it("are refused in etcd's words", async () => {
    const { client } = await proxied();
    const watching = new Watching(client);
    expect(await watching.create({ key: bytes("a"), startRevision: -1 })).toMatchObject({ created: true, canceled: true, watchId: -1, cancelReason: "etcdserver: mvcc: required revision has been compacted" });
    expect(await watching.create({ key: bytes("b"), rangeEnd: bytes("a") })).toMatchObject({ created: true, canceled: true, watchId: -1, cancelReason: "" });
  });

  it("go on after the member's connection broke, without a gap and without telling of it", async () => {
    const { client } = await proxied();
    const watching = new Watching(client);
    await watching.create({ key: bytes("k") });
    const { addresses } = service;
    await service.close();
    // written while the proxy has no connection
    await server.put(pb.PutRequest.create({ key: bytes("k"), value: bytes("1") }));
    service = await serveClients(server, { listenUrls: [`http://${addresses[0]!}`] });
    await member.put({ key: bytes("k"), value: bytes("2") });
    expect(await watching.events(2)).toEqual(["put k=1", "put k=2"]);
  });

  it("end for want of a leader where the client asks for one", async () => {
    const { client } = await proxied();
    const [careless, careful] = [new Watching(client), new Watching(client, { hasleader: "true" })];
    await careless.create({ key: bytes("k") });
    await careful.create({ key: bytes("k") });
    server.leaderId = 0n;
    await expect(careful.next()).rejects.toMatchObject({ code: Code.Unavailable, message: "etcdserver: no leader" });
    server.leaderId = server.memberId;
    await member.put({ key: bytes("k"), value: bytes("1") });
    expect(await careless.events(1)).toEqual(["put k=1"]);
  });

  it("end with their stream when the client closes its side", async () => {
    const { client } = await proxied();
    const watching = new Watching(client);
    await watching.create({ key: bytes("k") });
    watching.closeWrite();
    await expect(watching.next()).rejects.toMatchObject({ code: Code.Canceled });
  });

  it("see keys of the namespace under their short names", async () => {
    const { client } = await proxied({ namespace: "/ns/" });
    const watching = new Watching(client);
    await watching.create({ key: bytes("a"), rangeEnd: bytes("\0"), prevKv: true });
    await member.put({ key: bytes("/ns/a"), value: bytes("1") });
    await member.put({ key: bytes("/nt"), value: bytes("outside") });
    await member.put({ key: bytes("/ns/a"), value: bytes("2") });
    expect(await watching.events(2)).toEqual(["put a=1", "put a=2 was 1"]);
  });

  it("of a client that takes nothing are dropped, and others are not kept waiting", async () => {
    const { client, proxy } = await proxied();
    const stuck = kept(new Client(connect(proxy.address))).watch();
    await stuck.write(pb.WatchRequest.create({ createRequest: pb.WatchCreateRequest.create({ key: bytes("k") }) }));
    const quick = new Watching(client);
    await quick.create({ key: bytes("k") });
    const value = Buffer.alloc(1024 * 1024);
    for (let at = 0; at < 200 && !lines.some(({ message }) => message.includes("err is timeout")); at++) {
      await member.put({ key: bytes("k"), value });
      await quick.next();
    }
    expect(lines.filter(({ level }) => level === "error").map(({ message }) => message)).toEqual(["failed to put a watch response on the watcher's proxy stream channel,err is timeout"]);
    await member.put({ key: bytes("k"), value: bytes("last") });
    expect(await quick.events(1)).toEqual(["put k=last"]);
    stuck.cancel();
  });
});

describe("leases through the proxy", () => {
  it("are renewed on one stream, many clients at once", async () => {
    const { client } = await proxied();
    const { ID } = await client.leaseGrant({ TTL: 60 });
    const streams = Array.from({ length: 20 }, () => client.leaseKeepAlive());
    const answers = await Promise.all(
      streams.map(async (stream) => {
        await stream.write({ ID });
        for await (const { TTL } of stream.responses) return TTL;
        return undefined;
      }),
    );
    expect(answers).toEqual(Array.from({ length: 20 }, () => 60));
  });

  it("that are no more have no time left, as etcd's proxy says it", async () => {
    const { client } = await proxied();
    const stream = client.leaseKeepAlive();
    await stream.write({ ID: 77n });
    for await (const response of stream.responses) {
      expect(response).toMatchObject({ ID: 77n, TTL: -1 });
      break;
    }
    await expect(client.leaseRevoke({ ID: 77n })).rejects.toMatchObject({ code: Code.Unknown, message: "etcdserver: requested lease not found" });
  });

  it("tell only the keys of the namespace", async () => {
    const { client } = await proxied({ namespace: "/ns/" });
    const { ID } = await client.leaseGrant({ TTL: 60 });
    await client.put({ key: bytes("a"), lease: ID });
    await member.put({ key: bytes("/nt/x"), lease: ID });
    expect((await client.leaseTimeToLive({ ID, keys: true })).keys.map(String)).toEqual(["a"]);
  });
});

describe("members through the proxy", () => {
  it("are the proxy itself, by the address that it advertises", async () => {
    const { proxy } = await proxied();
    const second = await proxied({ advertisedUrl: proxy.address });
    const { members, header } = await second.client.memberList();
    expect(header).toBeUndefined();
    expect(members.map(({ clientURLs }) => clientURLs)).toEqual([[proxy.address]]);
    const health = async (path: string): Promise<string> => (await fetch(`http://${second.proxy.address}${path}`)).text();
    expect([await health("/health"), await health("/proxy/health")]).toEqual(['{"health":"true","reason":""}', '{"health":"true","reason":""}']);
  });

  it("are the members, where it advertises none, and it cannot look after itself then", async () => {
    const { client, proxy } = await proxied();
    expect((await client.memberList()).members[0]!.name).toBe("m1");
    const health = await fetch(`http://${proxy.address}/proxy/health`);
    expect([health.status, await health.text()]).toEqual([503, '{"health":"false","reason":"no connection to proxy"}\n']);
  });

  it("are all proxies that share a prefix", async () => {
    const { proxy } = await proxied();
    const resolver = { prefix: "___proxies", ttlSeconds: 60 };
    const second = await proxied({ advertisedUrl: proxy.address, resolver });
    await member.put({ key: bytes("___proxies/10.0.0.1:1"), value: bytes('{"Op":0,"Addr":"10.0.0.1:1","Metadata":"{\\"name\\":\\"other\\"}"}') });
    for (;;) {
      const names = (await second.client.memberList()).members.flatMap(({ clientURLs }) => clientURLs).sort();
      if (names.length === 2 && names.includes("10.0.0.1:1")) break;
      await new Promise((resolve) => setTimeout(resolve, 10));
    }
    const { kvs } = await member.range({ key: bytes(`___proxies/${proxy.address}`) });
    expect(JSON.parse(kvs[0]!.value.toString())).toMatchObject({ Op: 0, Addr: proxy.address });
    expect(kvs[0]!.lease).not.toBe(0n);
  });

  it("are asked who there is, and calls follow", async () => {
    const elsewhere = await serveClients(server, { listenUrls: ["http://127.0.0.1:0"] });
    const { client } = await proxied({ autoSyncMs: 10 });
    server.members = [pb.Member.create({ ID: 1n, name: "m1", clientURLs: [`http://${elsewhere.addresses[0]!}`] })];
    while (!lines.some(({ message }) => message.includes(`"Addr": "${elsewhere.addresses[0]!}"`))) await new Promise((resolve) => setTimeout(resolve, 5));
    await service.close();
    await client.put({ key: bytes("a"), value: bytes("1") });
    service = elsewhere;
  });

  it("that cannot be reached are told of in grpc-go's words", async () => {
    const { client } = await proxied({ members: () => ({ endpoints: ["127.0.0.1:1"], channel: {}, https: {} }) });
    await expect(client.put({ key: bytes("a") })).rejects.toMatchObject({ code: Code.Unavailable, message: 'connection error: desc = "transport: Error while dialing: dial tcp 127.0.0.1:1: connect: connection refused"' });
  });
});

describe("the proxy's pages", () => {
  it("are metrics of a member and its own, and what is not there is not found", async () => {
    const { client, proxy } = await proxied({ metricsUrl: "http://127.0.0.1:0", logPayloads: true });
    await client.put({ key: bytes("a") });
    const text = async (address: string, path: string): Promise<string> => (await fetch(`http://${address}${path}`)).text();
    expect(await text(proxy.address, "/metrics")).toContain('grpc_server_started_total{grpc_method="Put",grpc_service="etcdserverpb.KV",grpc_type="unary"} 1');
    expect(await text(proxy.metricsAddress!, "/proxy/metrics")).toContain('grpc_server_started_total{grpc_method="Put",grpc_service="etcdserverpb.KV",grpc_type="unary"} 1');
    expect(await text(proxy.address, "/nowhere")).toBe("404 page not found\n");
    expect((await fetch(`http://${proxy.address}/health`, { method: "POST" })).status).toBe(405);
    expect(lines.map(({ message }) => message)).toContain("server request payload logged as grpc.request.content field");
  });
});
