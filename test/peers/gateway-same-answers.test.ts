/**
 * curl's view: the same requests to the JSON gateway of a member of ours and of a real etcd 3.4 have the same status and the
 * same JSON, but for ids and sizes. What 3.6 says otherwise (the gateway's own texts about broken JSON, the `error` field) is
 * not compared here but pinned in `core/rpc/http/http.test.ts` and `core/proto/json.test.ts`.
 */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { WebSocket } from "ws";
import { MemberProcess } from "./harness/member-process.ts";
import { freePorts } from "./harness/ports.ts";
import { hasRealEtcd, type RealEtcd, startRealEtcd, WHERE_FROM } from "./rpc-real-etcd.ts";

type Request = readonly [path: string, body: object | string, method?: string];

const b = (text: string): string => Buffer.from(text).toString("base64");

const KEYS: readonly Request[] = [
  ["kv/put", { key: b("a"), value: b("1") }],
  ["kv/put", { key: b("a"), value: b("2"), prev_kv: true }],
  ["kv/put", { key: b("a"), value: b("2"), prevKv: true }],
  ["kv/put", {}],
  ["kv/put", { key: b("a"), ignore_value: true, value: b("x") }],
  ["kv/put", { key: b("none"), ignore_value: true }],
  ["kv/put", { key: b("a"), lease: "1234" }],
  ["kv/put", { key: b("a"), lease: 1234 }],
  ["kv/put", { key: "/w==", value: "AP8=" }],
  ["kv/range", { key: b("a") }],
  ["kv/range", { key: b("a"), range_end: "AA==" }],
  ["kv/range", { key: "AA==", rangeEnd: "AA==", count_only: true }],
  ["kv/range", { key: "AA==", range_end: "AA==", keys_only: true, limit: 1 }],
  ["kv/range", { key: "AA==", range_end: "AA==", sort_order: "DESCEND", sort_target: "MOD" }],
  ["kv/range", { key: "AA==", range_end: "AA==", sort_order: 1, sort_target: 1 }],
  ["kv/range", { key: "AA==", range_end: "AA==", max_mod_revision: "3" }],
  ["kv/range", { key: b("none") }],
  ["kv/range", { key: b("a"), revision: "1000" }],
  ["kv/range", { key: b("a"), revision: 2 }],
  ["kv/range", { key: b("a"), serializable: true }],
  ["kv/range", { key: null }],
  ["kv/range", ""],
  ["kv/range", '{"key":"YQ=="} {"key":"Yg=="}'],
  ["kv/txn", { compare: [{ result: "EQUAL", target: "CREATE", key: b("t"), create_revision: "0" }], success: [{ requestPut: { key: b("t"), value: b("1") } }] }],
  [
    "kv/txn",
    {
      compare: [{ target: "VALUE", key: b("t"), value: b("1") }],
      success: [{ request_range: { key: b("t") } }, { request_delete_range: { key: b("t"), prev_kv: true } }],
      failure: [{ request_range: { key: b("t") } }],
    },
  ],
  ["kv/txn", { compare: [{ target: "VERSION", result: "GREATER", key: b("a"), version: 100 }], failure: [{ request_range: { key: b("a") } }] }],
  ["kv/txn", { success: [{ requestTxn: { success: [{ requestPut: { key: b("n"), value: b("v") } }] } }] }],
  ["kv/txn", {}],
  ["kv/txn", { success: [{}] }],
  ["kv/txn", { success: [{ requestPut: { key: b("n") } }, { requestPut: { key: b("n") } }] }],
  ["kv/deleterange", { key: b("none") }],
  ["kv/deleterange", { key: b("n"), prev_kv: true }],
  ["kv/deleterange", {}],
  ["kv/compaction", { revision: "3" }],
  ["kv/compaction", { revision: "3" }],
  ["kv/compaction", { revision: "3000" }],
  ["kv/compaction", { revision: "4", physical: true }],
  ["kv/range", { key: b("a"), revision: "2" }],
  ["kv/put", { key: b("big"), value: b("v".repeat(1_572_864)) }],
];

const LEASES: readonly Request[] = [
  ["lease/grant", { TTL: 100, ID: 77 }],
  ["lease/grant", { TTL: 100, ID: 77 }],
  ["lease/grant", { TTL: "9999999999" }],
  ["lease/grant", { TTL: "100", ID: "-5" }],
  ["kv/put", { key: b("l"), lease: "77" }],
  ["lease/timetolive", { ID: 77, keys: true }],
  ["kv/lease/timetolive", { ID: "77" }],
  ["lease/timetolive", { ID: 777, keys: true }],
  ["lease/leases", {}],
  ["kv/lease/leases", {}],
  ["lease/keepalive", { ID: 77 }],
  ["lease/keepalive", '{"ID":77}\n{"ID":"777"}'],
  ["lease/revoke", { ID: 77 }],
  ["kv/lease/revoke", { ID: 77 }],
  ["lease/revoke", { ID: "-5" }],
  ["kv/range", { key: b("l") }],
];

const REST: readonly Request[] = [
  ["cluster/member/list", {}],
  ["cluster/member/add", { peerURLs: ["nonsense"] }],
  ["cluster/member/remove", { ID: "5" }],
  ["cluster/member/update", { ID: "5", peerURLs: ["http://127.0.0.1:1"] }],
  ["cluster/member/promote", { ID: "5" }],
  ["maintenance/alarm", { action: "GET" }],
  ["maintenance/alarm", { action: "ACTIVATE", memberID: "1", alarm: "NOSPACE" }],
  ["kv/put", { key: b("a"), value: b("3") }],
  ["maintenance/alarm", { action: "GET" }],
  ["maintenance/alarm", { action: "DEACTIVATE", memberID: "1", alarm: "NOSPACE" }],
  ["maintenance/defragment", {}],
  ["maintenance/transfer-leadership", { targetID: "5" }],
  ["auth/enable", {}],
  ["auth/disable", {}],
  ["auth/authenticate", {}],
  ["auth/user/list", {}],
  ["auth/role/list", {}],
  ["auth/role/get", { role: "x" }],
  ["auth/user/get", { name: "x" }],
  ["auth/user/add", {}],
  ["lock/lock", { name: b("lk") }],
  ["lock/unlock", { key: b("lk/1") }],
  ["lock/unlock", {}],
  ["lock/lock", { name: b("lk2"), lease: "999" }],
  ["election/campaign", { name: b("e"), value: b("v") }],
  ["election/leader", { name: b("e") }],
  ["election/leader", { name: b("none") }],
  ["election/proclaim", {}],
  ["election/resign", {}],
  ["election/proclaim", { leader: { name: b("e"), key: b("e/1"), rev: "1", lease: "1" }, value: b("x") }],
  ["election/resign", { leader: { name: b("e"), key: b("e/1"), rev: "1", lease: "1" } }],
];

/** Values that differ from member to member and from run to run. */
const OWN = new Set(["cluster_id", "member_id", "raft_term", "ID", "lease", "peerURLs", "clientURLs"]);

function settled(value: unknown, name = ""): unknown {
  if (OWN.has(name)) return `some ${name}`;
  // keys of locks and elections end with a lease of their own
  if (name === "key" && typeof value === "string" && /^(?:lk|e)\//.test(Buffer.from(value, "base64").toString())) return "some waiter";
  if (Array.isArray(value)) return value.map((item) => settled(item, name));
  if (typeof value !== "object" || value === null) return value;
  // 3.4 tells an error twice, and alarms without a header
  const entries = Object.entries(value).filter(([key]) => key !== "error" || "result" in value || !("code" in value));
  return Object.fromEntries(entries.map(([key, item]) => [key, settled(item, key)]));
}

describe.skipIf(!hasRealEtcd)(`the JSON gateway beside etcd 3.4's (${WHERE_FROM})`, () => {
  const folder = mkdtempSync(join(tmpdir(), "gateway-"));
  let real: RealEtcd;
  let member: MemberProcess;
  let urls: readonly [theirs: string, ours: string];

  beforeAll(async () => {
    const [clientPort, peerPort] = (await freePorts(2)) as [number, number];
    member = new MemberProcess({ name: "m1", folder, clientPort, peerPort });
    real = await startRealEtcd();
    await member.start(`m1=${member.peerUrl}`, "new");
    await member.ready();
    urls = [real.url, member.clientUrl];
  });
  afterAll(async () => {
    await member.stop();
    await real.stop();
    rmSync(folder, { recursive: true, force: true });
  });

  async function ask(url: string, [path, body, method = "POST"]: Request, prefix = "/v3/"): Promise<unknown> {
    const text = typeof body === "string" ? body : JSON.stringify(body);
    const response = await fetch(`${url}${prefix}${path}`, { method, ...(method === "POST" ? { body: text } : {}) });
    const lines = (await response.text()).trim().split("\n");
    const withoutHeader = (answer: unknown): unknown => (path === "maintenance/alarm" ? { ...(answer as object), header: undefined } : answer);
    // FailedPrecondition was a 412 in 3.4
    return { status: response.status === 412 ? 400 : response.status, type: response.headers.get("content-type"), answer: lines.map((line) => (line.startsWith("{") ? withoutHeader(settled(JSON.parse(line))) : line)) };
  }

  async function both(request: Request, prefix?: string): Promise<void> {
    const [theirs, ours] = await Promise.all(urls.map((url) => ask(url, request, prefix)));
    const said = `${request[0]} ${JSON.stringify(request[1]).slice(0, 100)}`;
    expect({ said, ...(ours as object) }).toEqual({ said, ...(theirs as object) });
  }

  for (const [title, requests] of Object.entries({ "keys and transactions": KEYS, leases: LEASES, "members, upkeep, users, locks and elections": REST }))
    it(title, { timeout: 180_000 }, async () => {
      for (const request of requests) await both(request);
    });

  it("the path of 3.3, and what is no path", async () => {
    await both(["kv/range", { key: b("a") }], "/v3beta/");
    for (const path of ["", "nosuch"]) await both([path, "", "GET"], "/");
  });

  it("a watch tells creation, history and cancellation, one result a line", { timeout: 180_000 }, async () => {
    const watch = async (url: string): Promise<unknown[]> => {
      const put = (value: string): Promise<unknown> => ask(url, ["kv/put", { key: b("w"), value: b(value) }]);
      await put("1");
      const stop = new AbortController();
      const requests = [{ create_request: { key: b("w"), start_revision: "0", prev_kv: true } }, { create_request: { key: b("w"), start_revision: "2" } }];
      const response = await fetch(`${url}/v3/watch`, { method: "POST", body: requests.map((request) => JSON.stringify(request)).join("\n"), signal: stop.signal });
      const lines: unknown[] = [];
      let text = "";
      for await (const chunk of response.body!.pipeThrough(new TextDecoderStream() as never) as AsyncIterable<string>) {
        text += chunk;
        const whole = text.split("\n");
        text = whole.pop()!;
        for (const line of whole) lines.push(settled(JSON.parse(line)));
        if (lines.length === 3) await put("2");
        if (lines.length >= 4) break;
      }
      stop.abort();
      return lines;
    };
    const [theirs, ours] = await Promise.all(urls.map(watch));
    // the compacted one is told of in an answer of its own, which may come before or after the event
    const inOrder = (lines: unknown[]): string[] => lines.map((line) => JSON.stringify(line)).sort();
    expect(inOrder(ours!)).toEqual(inOrder(theirs!));
    expect(ours).toHaveLength(4);
  });

  it("streams go over websockets, a text for each line", { timeout: 180_000 }, async () => {
    const over = (url: string): Promise<unknown[]> =>
      new Promise((resolve, reject) => {
        const socket = new WebSocket(`${url.replace("http", "ws")}/v3/watch`);
        const seen: unknown[] = [];
        socket.on("open", () => socket.send(JSON.stringify({ create_request: { key: b("ws") } })));
        socket.on("message", (data: Buffer) => {
          seen.push(settled(JSON.parse(data.toString())));
          if (seen.length === 1) void ask(url, ["kv/put", { key: b("ws"), value: b("x") }]);
          else if (seen.length === 2) socket.send(JSON.stringify({ cancel_request: { watch_id: "0" } }));
          else socket.close();
        });
        socket.on("error", reject);
        socket.on("close", () => resolve(seen));
      });
    const [theirs, ours] = await Promise.all(urls.map(over));
    expect(ours).toEqual(theirs);
    expect(ours).toHaveLength(3);
  });
});
