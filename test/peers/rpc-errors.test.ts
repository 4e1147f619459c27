/** Refusals and gateway answers beside a real etcd 3.4's, where 3.6 says the same. */
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type CallOptions, Client, connect } from "../../core/client/index.ts";
import { Code, StatusError } from "../../core/proto/errors.ts";
import * as pb from "../../core/proto/gen/etcdserverpb.ts";
import type { MethodInfo } from "../../core/proto/wire.ts";
import { type ClientService, serveClients } from "../../core/rpc/serve-clients.ts";
import { MemoryServer } from "../../core/rpc/testing/memory-server.ts";
import { hasRealEtcd, type RealEtcd, startRealEtcd, WHERE_FROM } from "./rpc-real-etcd.ts";

const { KVService: KV, LeaseService: Lease, ClusterService: Cluster, MaintenanceService: Maintenance, AuthService: Auth } = pb;
const b = (text: string): Buffer => Buffer.from(text);
const put = (key: string): pb.RequestOp => pb.RequestOp.create({ requestPut: pb.PutRequest.create({ key: b(key) }) });
const range = (key: string): pb.RequestOp => pb.RequestOp.create({ requestRange: pb.RangeRequest.create({ key: b(key) }) });
const remove = (key: string, end = ""): pb.RequestOp =>
  pb.RequestOp.create({ requestDeleteRange: pb.DeleteRangeRequest.create({ key: b(key), rangeEnd: b(end) }) });
const nested = (success: pb.RequestOp[], failure: pb.RequestOp[] = []): pb.RequestOp =>
  pb.RequestOp.create({ requestTxn: pb.TxnRequest.create({ success, failure }) });
const many = (count: number): pb.RequestOp[] => Array.from({ length: count }, (_, index) => range(`k${index}`));

/** A method, a request, and what to call it; whatever comes back is compared. */
type Case = readonly [title: string, method: MethodInfo<never, never> | MethodInfo, request: object, options?: CallOptions];

// unknown sort options are not among them: 3.4 does not check them, and the target kills it
const CASES: readonly Case[] = [
  ["range without a key", KV.Range, {}],
  ["range in the future", KV.Range, { key: b("a"), revision: 1000 }],
  ["put without a key", KV.Put, { value: b("v"), ignoreValue: true }],
  ["put with ignored and given value", KV.Put, { key: b("a"), value: b("v"), ignoreValue: true, ignoreLease: true, lease: 1n }],
  ["put with ignored and given lease", KV.Put, { key: b("a"), ignoreLease: true, lease: 1n }],
  ["put onto an unknown lease", KV.Put, { key: b("a"), lease: 77n }],
  ["put that keeps a value that is not there", KV.Put, { key: b("missing"), ignoreValue: true }],
  ["put that keeps a lease that is not there", KV.Put, { key: b("missing"), ignoreLease: true }],
  ["delete without a key", KV.DeleteRange, {}],
  ["compact the future", KV.Compact, { revision: 1000 }],
  ["txn with an empty compare key", KV.Txn, { compare: [pb.Compare.create()], success: [pb.RequestOp.create()] }],
  ["txn with an empty operation", KV.Txn, { success: [pb.RequestOp.create()] }],
  ["txn with a put without key", KV.Txn, { success: [put("")] }],
  ["txn with a range without key in the other branch", KV.Txn, { failure: [range("")] }],
  ["txn with 128 operations", KV.Txn, { success: many(128) }],
  ["txn with 129 operations", KV.Txn, { success: many(129) }],
  ["txn with 129 comparisons", KV.Txn, { compare: Array.from({ length: 129 }, () => pb.Compare.create({ key: b("a") })) }],
  ["txn nested beyond what is left", KV.Txn, { success: [...many(100), nested(many(28))] }],
  ["txn nested within what is left", KV.Txn, { success: [...many(100), nested(many(27))] }],
  ["two puts of a key", KV.Txn, { success: [put("a"), put("a")] }],
  ["two puts of a key in the other branch", KV.Txn, { failure: [put("a"), put("a")] }],
  ["a put in both branches", KV.Txn, { success: [put("a")], failure: [put("a")] }],
  ["a put and its delete", KV.Txn, { success: [remove("a"), put("a")] }],
  ["a put in a deleted range", KV.Txn, { success: [put("b"), remove("a", "c")] }],
  ["a put at the end of a deleted range", KV.Txn, { success: [put("c"), remove("a", "c")] }],
  ["a put behind a delete to the end", KV.Txn, { success: [put("b"), remove("a", "\0")] }],
  ["a put at a delete to the end", KV.Txn, { success: [put("a"), remove("a", "\0")] }],
  ["two deletes of a key", KV.Txn, { success: [remove("a"), remove("a")] }],
  ["a put in both branches of a nested txn", KV.Txn, { success: [nested([put("a")], [put("a")])] }],
  ["a put beside one in a nested txn", KV.Txn, { success: [put("a"), nested([put("a")])] }],
  ["a put in two nested txns", KV.Txn, { success: [nested([put("a")]), nested([], [put("a")])] }],
  ["a nested put under a delete", KV.Txn, { success: [remove("a", "z"), nested([put("b")])] }],
  ["a put beside a nested delete", KV.Txn, { success: [put("b"), nested([], [remove("a", "z")])] }],
  ["a nested delete, then a nested put", KV.Txn, { success: [nested([remove("a", "z")]), nested([put("b")])] }],
  ["a nested put, then a nested delete", KV.Txn, { success: [nested([put("b")]), nested([remove("a", "z")])] }],
  ["an unknown lease inside a txn", KV.Txn, { success: [pb.RequestOp.create({ requestPut: pb.PutRequest.create({ key: b("a"), lease: 5n }) })] }],
  ["grant of a huge TTL", Lease.LeaseGrant, { TTL: 9_000_000_001 }],
  ["revoke of an unknown lease", Lease.LeaseRevoke, { ID: 4n }],
  ["time to live of an unknown lease", Lease.LeaseTimeToLive, { ID: 4n }],
  ["member without URLs", Cluster.MemberAdd, {}],
  ["member with a bad scheme", Cluster.MemberAdd, { peerURLs: ["ftp://a:1"] }],
  ["member without a port", Cluster.MemberAdd, { peerURLs: ["http://a"] }],
  ["member with a path", Cluster.MemberAdd, { peerURLs: ["http://a:1/x"] }],
  ["removal of an unknown member", Cluster.MemberRemove, { ID: 5n }],
  ["update of an unknown member", Cluster.MemberUpdate, { ID: 5n, peerURLs: ["http://a:1"] }],
  ["promotion of an unknown member", Cluster.MemberPromote, { ID: 5n }],
  ["leadership to an unknown member", Maintenance.MoveLeader, { targetID: 5n }],
  ["hash of the future", Maintenance.HashKV, { revision: 1000 }],
  ["auth enabled without root", Auth.AuthEnable, {}],
  ["auth disabled twice", Auth.AuthDisable, {}],
  ["authenticate with auth disabled", Auth.Authenticate, { name: "a", password: "b" }],
  ["user without a name", Auth.UserAdd, {}],
  ["an unknown user", Auth.UserGet, { name: "x" }],
  ["delete an unknown user", Auth.UserDelete, { name: "x" }],
  ["password of an unknown user", Auth.UserChangePassword, { name: "x", password: "y" }],
  ["grant to an unknown user", Auth.UserGrantRole, { user: "x", role: "y" }],
  ["revoke from an unknown user", Auth.UserRevokeRole, { name: "x", role: "y" }],
  ["an unknown role", Auth.RoleGet, { role: "x" }],
  ["delete an unknown role", Auth.RoleDelete, { role: "x" }],
  ["permission for an unknown role", Auth.RoleGrantPermission, { name: "x", perm: { permType: 0, key: b("a"), rangeEnd: b("") } }],
  ["permission of an unknown role", Auth.RoleRevokePermission, { role: "x", key: b("a") }],
  ["lists of users", Auth.UserList, {}],
  ["lists of roles", Auth.RoleList, {}],
  ["an unknown method", { ...KV.Range, name: "Rage" }, { key: b("a") }],
  ["an unknown service", { ...KV.Range, service: "etcdserverpb.KVS" }, { key: b("a") }],
  ["a deadline that has passed", KV.Range, { key: b("a") }, { timeoutMs: 0 }],
];

const GATEWAY: readonly (readonly [path: string, body: string])[] = [
  ["kv/put", '{"key":"Zm9v","value":"YmFy"}'],
  ["kv/put", '{"key":"Zm9v","value":"YmFy","prev_kv":true}'],
  ["kv/put", '{"key":"Zm9v","value":"/+8=","prevKv":true,"unknown":[1,{"x":null}]}'],
  ["kv/range", '{"key":"Zm9v"}'],
  ["kv/range", '{"key":"AA==","range_end":"AA==","sort_order":"DESCEND","sort_target":"MOD","limit":"1"}'],
  ["kv/range", '{"key":"AA==","range_end":"AA==","sort_order":2,"sort_target":3,"count_only":true}'],
  ["kv/range", '{"key":"Zm9v","revision":"1000"}'],
  ["kv/range", "{}"],
  ["kv/range", ""],
  ["kv/deleterange", '{"key":"bm9wZQ=="}'],
  ["kv/txn", '{"compare":[{"key":"Zm9v","result":"EQUAL","target":"CREATE","create_revision":"2"}],"success":[{"request_put":{"key":"Zm9v","value":"YQ=="}}],"failure":[{"request_range":{"key":"Zm9v"}}]}'],
  ["kv/txn", '{"compare":[{"key":"Zm9v","result":"GREATER","target":"VERSION","version":"50"}],"failure":[{"request_range":{"key":"Zm9v"}},{"request_delete_range":{"key":"eA==","prev_kv":true}}]}'],
  ["kv/compaction", '{"revision":"1000"}'],
  ["lease/grant", '{"TTL":"100","ID":"7587848390000000001"}'],
  ["lease/timetolive", '{"ID":"7587848390000000001","keys":true}'],
  ["kv/lease/timetolive", '{"ID":"4"}'],
  ["lease/leases", "{}"],
  ["lease/keepalive", '{"ID":"7587848390000000001"}{"ID":"5"}'],
  ["lease/revoke", '{"ID":"7587848390000000001"}'],
  ["kv/lease/revoke", '{"ID":"7587848390000000001"}'],
  ["cluster/member/list", "{}"],
  ["cluster/member/remove", '{"ID":"5"}'],
  ["auth/authenticate", '{"name":"a","password":"b"}'],
  ["auth/user/get", '{"name":"a"}'],
  ["auth/role/list", "{}"],
  ["lock/unlock", '{"key":"eA=="}'],
  ["election/leader", '{"name":"eA=="}'],
];

describe.skipIf(!hasRealEtcd)(`refusals as a real etcd 3.4 gives them (${WHERE_FROM})`, () => {
  let real: RealEtcd;
  let server: MemoryServer;
  let service: ClientService;
  let bases: readonly [string, string];
  let clients: readonly [Client, Client];

  beforeAll(async () => {
    real = await startRealEtcd();
    server = await MemoryServer.open();
    service = await serveClients(server, { listenUrls: ["http://127.0.0.1:0"] });
    bases = [real.url, `http://${service.addresses[0]!}`];
    clients = [new Client(connect(bases[0])), new Client(connect(bases[1]))];
  });
  afterAll(async () => {
    for (const client of clients) client.close();
    await service.close();
    server.close();
    await real.stop();
  });

  const outcome = async (client: Client, [, method, request, options]: Case): Promise<unknown> => {
    try {
      await client.call(method as MethodInfo<object, object>, request, options);
      return "OK";
    } catch (error) {
      if (error instanceof StatusError) return { code: error.code, message: error.message };
      throw error;
    }
  };
  for (const each of CASES)
    it(each[0], async () => {
      const [expected, answer] = [await outcome(clients[0], each), await outcome(clients[1], each)];
      // 3.4 has no code for a deadline that passes while it works on the call, which depends on how busy it is; 3.6 has
      const late = (expected as { message?: string }).message === "context deadline exceeded";
      expect(answer).toEqual(late ? { code: Code.DeadlineExceeded, message: "context deadline exceeded" } : expected);
    });

  it("watches that cannot be made, and those that are cancelled", async () => {
    const answersOf = async (client: Client): Promise<unknown[]> => {
      const stream = client.watch();
      const create = (request: Partial<pb.WatchCreateRequest>): pb.WatchRequest =>
        pb.WatchRequest.create({ createRequest: pb.WatchCreateRequest.create(request) });
      await stream.write(create({ key: b("a"), watchId: 5 }));
      await stream.write(create({ key: b("a"), watchId: 5 }));
      await stream.write(create({ key: b("b"), rangeEnd: b("a") }));
      await stream.write(create({}));
      await stream.write(pb.WatchRequest.create());
      await stream.write(pb.WatchRequest.create({ cancelRequest: { watchId: 99 } }));
      await stream.write(pb.WatchRequest.create({ cancelRequest: { watchId: 5 } }));
      await stream.write(create({ key: b("z"), startRevision: 500, progressNotify: true }));
      const answers: unknown[] = [];
      for await (const { watchId, created, canceled, cancelReason, compactRevision } of stream.responses) {
        answers.push({ watchId, created, canceled, cancelReason, compactRevision });
        if (answers.length === 6) break;
      }
      return answers;
    };
    expect(await answersOf(clients[1])).toEqual(await answersOf(clients[0]));
  });

  it("the JSON gateway answers alike", async () => {
    const ask = async (base: string, path: string, body: string): Promise<{ status: number; type: string | null; text: string }> => {
      const response = await fetch(`${base}/v3/${path}`, { method: "POST", body });
      return { status: response.status, type: response.headers.get("content-type"), text: await response.text() };
    };
    // 3.4's first gateway repeats the message as "error"; 3.6 has code and message alone
    const settle = (text: string, first: number): unknown[] =>
      text
        .replace(/"(cluster_id|member_id|ID|raft_term|lease)":"\d+"/g, '"$1":"N"')
        .replace(/"TTL":"(?:9\d|100)"/g, '"TTL":"LEFT"')
        .replace(/http:\/\/127\.0\.0\.1:\d+/g, "URL")
        .replace(/"((?:\w+_)?revision)":"(\d+)"/g, (_, name: string, revision: string) => `"${name}":"${Number(revision) - first}"`)
        .trim()
        .split("\n")
        .map((line) => {
          const value = JSON.parse(line) as Record<string, unknown>;
          delete value["error"];
          return value;
        });
    const first = async (client: Client): Promise<number> => (await client.put({ key: b("mark") })).header?.revision ?? 0;
    const firsts = [await first(clients[0]), await first(clients[1])] as const;
    expect(firsts[1]).toBe(firsts[0]);
    for (const [path, body] of GATEWAY) {
      const [expected, answer] = [await ask(bases[0], path, body), await ask(bases[1], path, body)];
      expect({ path, body, status: answer.status, type: answer.type, values: settle(answer.text, firsts[1]) }).toEqual({
        path,
        body,
        status: expected.status === 412 ? 400 : expected.status, // FailedPrecondition, which the second gateway answers with 400
        type: expected.type,
        values: settle(expected.text, firsts[0]),
      });
    }
  });
});
