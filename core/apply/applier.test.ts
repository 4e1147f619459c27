import { describe, expect, it } from "vitest";
import { AuthStore } from "../auth/auth-store.ts";
import { NoTokens } from "../auth/tokens.ts";
import { Lessor } from "../lease/lessor.ts";
import { Cluster } from "../membership/cluster.ts";
import { encodeMember } from "../membership/member.ts";
import { openStore, type MvccStore } from "../mvcc/store.ts";
import { ManualClock } from "../mvcc/testing/manual-clock.ts";
import { MemoryBackend } from "../mvcc/testing/memory-backend.ts";
import * as pb from "../proto/gen/etcdserverpb.ts";
import { InternalRaftRequest } from "../proto/gen/internalpb.ts";
import { ConfChange, ConfState } from "../proto/gen/raftpb.ts";
import { AlarmStore } from "./alarm-store.ts";
import { createApplier, type ApplyResult } from "./applier.ts";
import { ConsistentIndex } from "./consistent-index.ts";
import { Quota, requestCost } from "./quota.ts";

interface Scene {
  readonly store: MvccStore;
  readonly lessor: Lessor;
  readonly cluster: Cluster;
  readonly alarms: AlarmStore;
  readonly backend: MemoryBackend;
  readonly clock: ManualClock;
  /** applies a request as it comes out of the log */
  apply(request: Partial<InternalRaftRequest>): ApplyResult | undefined;
}

function authOf(backend: MemoryBackend): AuthStore {
  return new AuthStore({ backend, tokens: new NoTokens(), log: () => undefined });
}

async function scene(quotaBytes = 0, backend = new MemoryBackend()): Promise<Scene> {
  const clock = new ManualClock();
  const lessor = new Lessor({ backend, clock, minTtlSeconds: 2 });
  const store = await openStore({ backend, clock, leases: lessor });
  const cluster = new Cluster({ clusterId: 0xc1n, localId: 1n }, backend);
  const alarms = new AlarmStore(backend);
  const applier = createApplier({ store, lessor, cluster, alarms, quota: new Quota(quotaBytes), auth: authOf(backend), backend: () => backend });
  let index = 0;
  const apply = (request: Partial<InternalRaftRequest>): ApplyResult | undefined =>
    applier.apply(InternalRaftRequest.decode(InternalRaftRequest.encode(InternalRaftRequest.create(request))), ++index, 3, true);
  return { store, lessor, cluster, alarms, backend, clock, apply };
}

const bytes = (text: string): Buffer => Buffer.from(text);
const put = (key: string, rest: Partial<pb.PutRequest> = {}): pb.PutRequest => pb.PutRequest.create({ key: bytes(key), value: bytes("v"), ...rest });
const putOp = (key: string, rest: Partial<pb.PutRequest> = {}): pb.RequestOp => pb.RequestOp.create({ requestPut: put(key, rest) });
const getOp = (key: string, rest: Partial<pb.RangeRequest> = {}): pb.RequestOp =>
  pb.RequestOp.create({ requestRange: pb.RangeRequest.create({ key: bytes(key), ...rest }) });
const delOp = (key: string): pb.RequestOp => pb.RequestOp.create({ requestDeleteRange: pb.DeleteRangeRequest.create({ key: bytes(key), prevKv: true }) });
const txnOp = (txn: Partial<pb.TxnRequest>): pb.RequestOp => pb.RequestOp.create({ requestTxn: pb.TxnRequest.create(txn) });
const txn = (request: Partial<pb.TxnRequest>): Partial<InternalRaftRequest> => ({ txn: pb.TxnRequest.create(request) });

function responseOf<T>(result: ApplyResult | undefined): T {
  expect(result?.error).toBeUndefined();
  return result!.response as T;
}

const missing = "etcdserver: requested lease not found";

describe("put and delete", () => {
  it("answer the revision, and the pair before where it is asked for", async () => {
    const { apply } = await scene();
    expect(responseOf<pb.PutResponse>(apply({ put: put("a", { prevKv: true }) }))).toMatchObject({ header: { revision: 2 }, prevKv: undefined });
    expect(responseOf<pb.PutResponse>(apply({ put: put("a", { value: bytes("w"), prevKv: true }) })).prevKv).toMatchObject({ modRevision: 2 });
    const deletion = pb.DeleteRangeRequest.create({ key: bytes("a"), rangeEnd: Buffer.from([0]), prevKv: true });
    const deleted = responseOf<pb.DeleteRangeResponse>(apply({ deleteRange: deletion }));
    expect(deleted).toMatchObject({ header: { revision: 4 }, deleted: 1 });
    expect(deleted.prevKvs[0]!.value.toString()).toBe("w");
    expect(responseOf<pb.DeleteRangeResponse>(apply({ deleteRange: deletion }))).toMatchObject({ header: { revision: 4 }, deleted: 0 });
  });

  it("keep value or lease where asked, and refuse that for a key that is not there", async () => {
    const { apply, store, lessor } = await scene();
    lessor.grant(7n, 10);
    expect(apply({ put: put("a", { value: Buffer.alloc(0), ignoreValue: true }) })?.error?.message).toBe("etcdserver: key not found");
    expect(apply({ put: put("a", { lease: 8n }) })?.error?.message).toBe(missing);
    expect(store.revision()).toBe(1);
    apply({ put: put("a", { lease: 7n }) });
    apply({ put: put("a", { value: bytes("w"), ignoreLease: true }) });
    apply({ put: put("a", { value: Buffer.alloc(0), ignoreValue: true, lease: 7n }) });
    const [kv] = store.range(bytes("a"), Buffer.alloc(0), { limit: 0, revision: 0, countOnly: false }).kvs;
    expect([kv!.value.toString(), kv!.lease, kv!.version]).toEqual(["w", 7n, 3]);
  });
});

describe("txn", () => {
  it("takes a branch by all its compares, and gives everything one revision", async () => {
    const { apply, store } = await scene();
    apply({ put: put("a") });
    const result = responseOf<pb.TxnResponse>(
      apply(
        txn({
          compare: [pb.Compare.create({ key: bytes("a"), target: pb.Compare_CompareTarget.VERSION, version: 1 })],
          success: [putOp("b"), getOp("b"), delOp("a"), getOp("a"), getOp("b", { revision: 2 })],
          failure: [putOp("x")],
        }),
      ),
    );
    expect(result).toMatchObject({ succeeded: true, header: { revision: 3 } });
    const [, seen, deleted, gone, before] = result.responses;
    expect(seen!.responseRange).toMatchObject({ count: 1, header: { revision: 3 } });
    expect(deleted!.responseDeleteRange).toMatchObject({ deleted: 1, header: { revision: 3 } });
    expect([gone!.responseRange!.count, before!.responseRange!.count]).toEqual([0, 0]);
    expect([store.revision(), store.keyCount()]).toEqual([3, 1]);
  });

  it("runs nested transactions on a path that was chosen before anything was written", async () => {
    const { apply, store } = await scene();
    const exists = (key: string): pb.Compare =>
      pb.Compare.create({ key: bytes(key), target: pb.Compare_CompareTarget.VERSION, result: pb.Compare_CompareResult.GREATER, version: 0 });
    const result = responseOf<pb.TxnResponse>(
      apply(
        txn({
          success: [
            putOp("a"),
            txnOp({ compare: [exists("a")], success: [putOp("wrong")], failure: [putOp("b"), txnOp({ success: [putOp("c")] })] }),
            txnOp({ success: [getOp("b")] }),
          ],
        }),
      ),
    );
    expect(result.responses[1]!.responseTxn).toMatchObject({ succeeded: false, header: { revision: 0 } });
    expect(result.responses[2]!.responseTxn!.responses[0]!.responseRange!.count).toBe(1);
    expect([store.revision(), store.keyCount()]).toEqual([2, 3]);
  });

  it.each([
    ["a future revision", getOp("a", { revision: 9 }), "etcdserver: mvcc: required revision is a future revision"],
    ["a negative revision", getOp("a", { revision: -2 }), "etcdserver: mvcc: required revision has been compacted"],
    ["an unknown lease", putOp("b", { lease: 5n }), missing],
    ["a missing key to keep the value of", putOp("nothing", { value: Buffer.alloc(0), ignoreValue: true }), "etcdserver: key not found"],
  ])("writes nothing at all when the path holds %s, however deep", async (_, operation, message) => {
    const { apply, store } = await scene();
    apply({ put: put("a") });
    for (const request of [txn({ success: [putOp("x"), operation] }), txn({ success: [putOp("x"), txnOp({ success: [operation] })] })]) {
      expect(apply(request)?.error?.message).toBe(message);
    }
    // what is not on the path does not count
    expect(apply(txn({ success: [putOp("y")], failure: [operation] }))?.error).toBeUndefined();
    expect([store.revision(), store.keyCount()]).toEqual([3, 2]);
  });

  it("that writes nothing does not move the revision", async () => {
    const { apply, store } = await scene();
    expect(responseOf<pb.TxnResponse>(apply(txn({ success: [delOp("a")] }))).header?.revision).toBe(1);
    expect(responseOf<pb.TxnResponse>(apply(txn({ success: [getOp("a")] }))).header?.revision).toBe(1);
    expect(store.revision()).toBe(1);
  });

  it.each([
    // target, result, operand, key, holds
    ["VERSION", "EQUAL", { version: 2 }, "a", true],
    ["VERSION", "LESS", { version: 2 }, "a", false],
    ["VERSION", "EQUAL", {}, "none", true],
    ["CREATE", "EQUAL", { createRevision: 2 }, "a", true],
    ["CREATE", "GREATER", { createRevision: 1 }, "a", true],
    ["MOD", "NOT_EQUAL", { modRevision: 2 }, "a", true],
    ["VALUE", "EQUAL", { value: Buffer.from("w") }, "a", true],
    ["VALUE", "GREATER", { value: Buffer.from("v") }, "a", true],
    ["VALUE", "EQUAL", { value: Buffer.alloc(0) }, "none", false],
    ["VALUE", "NOT_EQUAL", { value: Buffer.from("v") }, "none", false],
    ["LEASE", "EQUAL", { lease: 7n }, "a", true],
    ["LEASE", "LESS", { lease: -1n }, "a", false],
    ["LEASE", "EQUAL", { lease: 0n }, "none", true],
  ] as const)("compares %s %s %o of %s: %s", async (target, result, operand, key, holds) => {
    const { apply, lessor } = await scene();
    lessor.grant(7n, 10);
    apply({ put: put("a") });
    apply({ put: put("a", { value: bytes("w"), lease: 7n }) });
    const compare = pb.Compare.create({ key: bytes(key), target: pb.Compare_CompareTarget[target], result: pb.Compare_CompareResult[result], ...operand });
    expect(responseOf<pb.TxnResponse>(apply(txn({ compare: [compare], success: [getOp("a")], failure: [getOp("a")] }))).succeeded).toBe(holds);
  });

  it("compares a range key by key, and an empty one as if it held a missing key", async () => {
    const { apply } = await scene();
    for (const key of ["a1", "a2"]) apply({ put: put(key) });
    apply({ put: put("b") });
    const all = (rangeEnd: string, mod: number): boolean => {
      const compare = pb.Compare.create({
        key: bytes("a"),
        rangeEnd: bytes(rangeEnd),
        target: pb.Compare_CompareTarget.MOD,
        result: pb.Compare_CompareResult.LESS,
        modRevision: mod,
      });
      return responseOf<pb.TxnResponse>(apply(txn({ compare: [compare], success: [getOp("a")], failure: [getOp("a")] }))).succeeded;
    };
    expect([all("b", 4), all("z", 4), all("a0", 1), all("\0", 5)]).toEqual([true, false, true, true]);
  });
});

describe("compaction", () => {
  it("answers at once, and tells when the records are gone", async () => {
    const { apply, clock } = await scene();
    for (let count = 0; count < 3; count++) apply({ put: put("a") });
    const result = apply({ compaction: pb.CompactionRequest.create({ revision: 3 }) });
    expect(responseOf<pb.CompactionResponse>(result).header?.revision).toBe(4);
    await clock.advance(100);
    await result!.compacted;
    expect(apply({ compaction: pb.CompactionRequest.create({ revision: 3 }) })?.error?.message).toContain("has been compacted");
    expect(apply({ compaction: pb.CompactionRequest.create({ revision: 9 }) })?.error?.message).toContain("future revision");
  });
});

describe("leases through the log", () => {
  it("are granted, checkpointed and revoked", async () => {
    const { apply, lessor, store } = await scene();
    const granted = responseOf<pb.LeaseGrantResponse>(apply({ leaseGrant: pb.LeaseGrantRequest.create({ ID: 5n, TTL: 1 }) }));
    expect(granted).toMatchObject({ ID: 5n, TTL: 2, header: { clusterId: 0xc1n, memberId: 1n, raftTerm: 3, revision: 1 } });
    expect(apply({ leaseGrant: pb.LeaseGrantRequest.create({ ID: 5n, TTL: 1 }) })?.error?.message).toBe("etcdserver: lease already exists");
    apply({ put: put("a", { lease: 5n }) });
    apply({ leaseCheckpoint: pb.LeaseCheckpointRequest.create({ checkpoints: [{ ID: 5n, remainingTTL: 1 }] }) });
    expect(lessor.lookup(5n)?.remainingTtlSeconds).toBe(1);
    expect(responseOf<pb.LeaseRevokeResponse>(apply({ leaseRevoke: pb.LeaseRevokeRequest.create({ ID: 5n }) })).header?.revision).toBe(3);
    expect(store.keyCount()).toBe(0);
    expect(apply({ leaseRevoke: pb.LeaseRevokeRequest.create({ ID: 5n }) })?.error?.message).toBe(missing);
  });
});

describe("alarms and quota", () => {
  const raise = (alarm: number, action: number = pb.AlarmRequest_AlarmAction.ACTIVATE): Partial<InternalRaftRequest> => ({
    alarm: pb.AlarmRequest.create({ action, alarm, memberID: 1n }),
  });

  it("are kept in the backend until they are lifted", async () => {
    const { apply, backend } = await scene();
    expect(responseOf<pb.AlarmResponse>(apply(raise(pb.AlarmType.NOSPACE))).alarms).toEqual([{ memberID: 1n, alarm: pb.AlarmType.NOSPACE }]);
    expect([...backend.entries("alarm")].map(({ key, value }) => [key.toString("hex"), value.length])).toEqual([["08011001", 0]]);
    expect(new AlarmStore(backend.clone()).isRaised(pb.AlarmType.NOSPACE)).toBe(true);
    const list = raise(pb.AlarmType.NONE, pb.AlarmRequest_AlarmAction.GET);
    expect(responseOf<pb.AlarmResponse>(apply(list)).alarms).toHaveLength(1);
    apply(raise(pb.AlarmType.NOSPACE, pb.AlarmRequest_AlarmAction.DEACTIVATE));
    expect(responseOf<pb.AlarmResponse>(apply(list)).alarms).toEqual([]);
    expect([...backend.entries("alarm")]).toEqual([]);
    expect(responseOf<pb.AlarmResponse>(apply(raise(pb.AlarmType.NONE))).alarms).toEqual([]);
  });

  it("NOSPACE stops what takes space and lets the rest through", async () => {
    const { apply, store } = await scene();
    apply({ put: put("a") });
    apply(raise(pb.AlarmType.NOSPACE));
    const full = "etcdserver: mvcc: database space exceeded";
    expect(apply({ put: put("b") })?.error?.message).toBe(full);
    expect(apply(txn({ failure: [putOp("b")] }))?.error?.message).toBe(full);
    expect(apply({ leaseGrant: pb.LeaseGrantRequest.create({ ID: 1n, TTL: 5 }) })?.error?.message).toBe(full);
    expect(store.revision()).toBe(2);
    expect(apply(txn({ success: [delOp("a")] }))?.error).toBeUndefined();
    expect(apply({ deleteRange: pb.DeleteRangeRequest.create({ key: bytes("a") }) })?.error).toBeUndefined();
    expect(apply({ compaction: pb.CompactionRequest.create({ revision: 3 }) })?.error).toBeUndefined();
  });

  it("CORRUPT stops everything that touches keys, before NOSPACE does", async () => {
    const { apply, store } = await scene();
    apply(raise(pb.AlarmType.NOSPACE));
    apply(raise(pb.AlarmType.CORRUPT));
    const requests: Partial<InternalRaftRequest>[] = [
      { put: put("b") },
      { range: pb.RangeRequest.create({ key: bytes("a") }) },
      { deleteRange: pb.DeleteRangeRequest.create({ key: bytes("a") }) },
      txn({ success: [getOp("a")] }),
      { compaction: pb.CompactionRequest.create({ revision: 1 }) },
      { leaseGrant: pb.LeaseGrantRequest.create({ ID: 1n, TTL: 5 }) },
      { leaseRevoke: pb.LeaseRevokeRequest.create({ ID: 1n }) },
    ];
    for (const request of requests) expect(apply(request)?.error?.message).toBe("etcdserver: corrupt cluster");
    expect(store.revision()).toBe(1);
  });

  it("a put past the quota is done all the same, and answered no space", async () => {
    const { apply, store } = await scene(300);
    expect(apply({ put: put("a", { value: Buffer.alloc(100) }) })?.error?.message).toBe("etcdserver: mvcc: database space exceeded");
    expect([store.revision(), store.keyCount()]).toEqual([2, 1]);
    // its own error comes first
    expect(apply({ put: put("a", { lease: 9n }) })?.error?.message).toBe(missing);
  });

  it("costs are those of etcd", () => {
    const of = (request: Partial<InternalRaftRequest>): number => requestCost(InternalRaftRequest.create(request));
    expect(of({ put: put("abc") })).toBe(256 + 3 + 1);
    expect(of({ leaseGrant: pb.LeaseGrantRequest.create({}) })).toBe(64);
    expect(of(txn({ success: [putOp("a"), txnOp({ success: [putOp("a")] })], failure: [putOp("a")] }))).toBe(2 * 258);
    expect(of(txn({ success: [getOp("a"), delOp("a")] }))).toBe(0);
    expect([new Quota(0).bytes, new Quota(-1).bytes]).toEqual([2 ** 31, Number.POSITIVE_INFINITY]);
  });
});

describe("membership through the log", () => {
  it("is applied without an answer, in memory also when the backend has it already", async () => {
    const { apply, cluster, backend } = await scene();
    cluster.apply(ConfChange.create({ nodeId: 1n, context: encodeMember({ id: 1n, peerUrls: ["http://a:1"], isLearner: false, name: "", clientUrls: [] }) }), true);
    expect(apply({ clusterMemberAttrSet: { memberID: 1n, memberAttributes: { name: "m1", clientUrls: ["http://a:2"] } } })).toEqual({});
    apply({ clusterVersionSet: { ver: "3.6.0" } });
    apply({ downgradeInfoSet: { enabled: true, ver: "3.5.0" } });
    apply({ downgradeVersionTest: { ver: "3.5.0" } });
    expect([cluster.member(1n)?.name, cluster.version(), cluster.downgradeInfo().targetVersion]).toEqual(["m1", "3.6.0", "3.5.0"]);
    apply({ downgradeInfoSet: { enabled: false, ver: "3.5.0" } });
    expect(cluster.downgradeInfo()).toEqual({ enabled: false, targetVersion: "" });
    expect(backend.get("cluster", bytes("clusterVersion"))?.toString()).toBe("3.6.0");
  });
});

describe("entries that the backend has already", () => {
  it("do not touch keys", async () => {
    const { store, lessor, cluster, alarms, backend } = await scene();
    const applier = createApplier({ store, lessor, cluster, alarms, quota: new Quota(0), auth: authOf(backend), backend: () => backend });
    expect(applier.apply(InternalRaftRequest.create({ put: put("a") }), 1, 1, false)).toBeUndefined();
    expect(applier.apply(InternalRaftRequest.create({ clusterVersionSet: { ver: "3.5.0" } }), 2, 1, false)).toEqual({});
    expect([store.revision(), cluster.version(), backend.get("cluster", bytes("clusterVersion"))]).toEqual([1, "3.5.0", undefined]);
  });

  it("and one that carries nothing known stops the member", async () => {
    const { apply } = await scene();
    expect(() => apply({})).toThrow("no request that this version knows");
  });
});

describe("auth while it is off", () => {
  it.each([
    ["authenticate", { authenticate: { name: "a", password: "b", simpleToken: "" } }, "etcdserver: authentication is not enabled"],
    ["enable", { authEnable: {} }, "etcdserver: root user does not exist"],
    ["user get", { authUserGet: { name: "a" } }, "etcdserver: user name not found"],
    ["role get", { authRoleGet: { role: "a" } }, "etcdserver: role name not found"],
    ["user add", { authUserAdd: pb.AuthUserAddRequest.create() }, "etcdserver: user name is empty"],
  ])("refuses %s", async (_, request, message) => {
    const { apply } = await scene();
    expect(apply(request)?.error?.message).toBe(message);
  });

  it("says that it is off, that there is nobody, and can be switched off", async () => {
    const { apply } = await scene();
    expect(apply({ authStatus: {} })?.response).toMatchObject({ enabled: false });
    expect(apply({ authUserList: {} })?.response).toMatchObject({ users: [] });
    expect(apply({ authRoleList: {} })?.response).toMatchObject({ roles: [] });
    expect(apply({ authDisable: {} })?.error).toBeUndefined();
  });
});

describe("consistent index", () => {
  it("is written with every commit and read back", async () => {
    const backend = new MemoryBackend();
    const consistent = new ConsistentIndex(backend);
    backend.onCommit((write) => consistent.save(write));
    await backend.commit();
    expect([...backend.entries("meta")]).toEqual([]);
    consistent.advance(7, 2);
    consistent.setConfState(ConfState.create({ voters: [1n] }));
    await backend.commit();
    expect(Object.fromEntries([...backend.entries("meta")].map(({ key, value }) => [key.toString(), value.toString("hex")]))).toEqual({
      consistent_index: "0000000000000007",
      term: "0000000000000002",
      confState: Buffer.from('{"voters":[1],"auto_leave":false}').toString("hex"),
    });
    const again = new ConsistentIndex(backend);
    expect([again.index, again.term]).toEqual([7, 2]);
    expect(() => again.advance(6, 2)).toThrow("goes back");
  });
});
