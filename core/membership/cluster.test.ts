import { describe, expect, it } from "vitest";
import { MemoryBackend } from "../mvcc/testing/memory-backend.ts";
import { EtcdError, type EtcdErrorName } from "../proto/errors.ts";
import { ConfChange, ConfChangeType, ConfState } from "../proto/gen/raftpb.ts";
import { Request } from "../proto/gen/v2pb.ts";
import { Cluster, type MemberChange } from "./cluster.ts";
import {
  clearMembers,
  readClusterVersion,
  readConfState,
  readDowngradeInfo,
  readMembers,
  readStorageVersion,
  saveConfState,
  saveStorageVersion,
} from "./cluster-records.ts";
import { encodeMember, encodePromotion, type Member } from "./member.ts";
import { MembershipError } from "./membership-error.ts";
import { applyV2Request, attributesRequest, versionRequest } from "./v2-request.ts";
import { decodeV2Snapshot, encodeV2Snapshot } from "./v2-snapshot.ts";

function member(id: bigint, rest: Partial<Member> = {}): Member {
  return { id, peerUrls: [`http://m${id}:2380`], isLearner: false, name: "", clientUrls: [], ...rest };
}

function addition(added: Member): ConfChange {
  const type = added.isLearner ? ConfChangeType.ConfChangeAddLearnerNode : ConfChangeType.ConfChangeAddNode;
  return ConfChange.create({ type, nodeId: added.id, context: encodeMember(added) });
}

function promotion(id: bigint): ConfChange {
  return ConfChange.create({ type: ConfChangeType.ConfChangeAddNode, nodeId: id, context: encodePromotion(id) });
}

function removal(id: bigint): ConfChange {
  return ConfChange.create({ type: ConfChangeType.ConfChangeRemoveNode, nodeId: id });
}

function update(changed: Member): ConfChange {
  return ConfChange.create({ type: ConfChangeType.ConfChangeUpdateNode, nodeId: changed.id, context: encodeMember(changed) });
}

function newCluster(...members: Member[]): { cluster: Cluster; backend: MemoryBackend } {
  const backend = new MemoryBackend();
  const cluster = new Cluster({ clusterId: 9n, localId: 1n }, backend);
  for (const each of members) cluster.apply(addition(each), true);
  return { cluster, backend };
}

function reasonOf(cluster: Cluster, change: ConfChange): EtcdErrorName | undefined {
  try {
    cluster.validate(change);
    return undefined;
  } catch (error) {
    if (!(error instanceof EtcdError)) throw error;
    return error.reason;
  }
}

describe("membership", () => {
  it("follows conf changes, and tells who listens", () => {
    const { cluster, backend } = newCluster(member(1n, { name: "m1" }));
    const changes: string[] = [];
    cluster.onMemberChange((change: MemberChange) => changes.push(`${change.kind} ${change.kind === "removed" ? change.id : change.member.id}`));
    cluster.apply(addition(member(2n, { isLearner: true })), true);
    cluster.apply(promotion(2n), true);
    cluster.apply(update(member(2n, { peerUrls: ["http://new:1"] })), true);
    cluster.apply(removal(1n), true);
    expect(changes).toEqual(["added 2", "promoted 2", "updated 2", "removed 1"]);
    expect(cluster.members()).toEqual([member(2n, { peerUrls: ["http://new:1"] })]);
    expect([cluster.isRemoved(1n), cluster.local(), cluster.peerUrls()]).toEqual([true, undefined, ["http://new:1"]]);
    expect(backend.get("members_removed", Buffer.from("1"))?.toString()).toBe("removed");
    expect(backend.get("members", Buffer.from("2"))?.toString()).toBe('{"id":2,"peerURLs":["http://new:1"]}');
  });

  it("is the same after a restart", () => {
    const { cluster, backend } = newCluster(member(1n), member(2n), member(3n));
    cluster.setAttributes(2n, { name: "m2", clientUrls: ["http://m2:2379"] }, true);
    cluster.apply(removal(3n), true);
    cluster.setVersion("3.6.0", true);
    cluster.setDowngradeInfo({ enabled: true, targetVersion: "3.5.0" }, true);
    const again = new Cluster({ clusterId: 9n, localId: 1n }, backend.clone());
    expect(again.members()).toEqual(cluster.members());
    expect([again.isRemoved(3n), again.version(), again.downgradeInfo()]).toEqual([true, "3.6.0", { enabled: true, targetVersion: "3.5.0" }]);
    expect(backend.get("cluster", Buffer.from("downgrade"))?.toString()).toBe('{"target-version":"3.5.0","enabled":true}');
    expect([readClusterVersion(backend), readDowngradeInfo(backend)?.enabled]).toEqual(["3.6.0", true]);
    clearMembers(backend);
    expect(readMembers(backend)).toEqual({ members: new Map(), removed: new Set() });
  });

  it("does nothing for an entry that the backend has already", () => {
    const { cluster } = newCluster(member(1n));
    expect(cluster.apply(addition(member(2n)), false)).toBeUndefined();
    expect(cluster.members()).toHaveLength(1);
  });

  it("makes up for a promotion that the backend lost, when its entry is met again", () => {
    const { cluster, backend } = newCluster(member(1n), member(2n, { isLearner: true }));
    const heard: string[] = [];
    cluster.onMemberChange((change) => heard.push(change.kind));
    expect(cluster.catchUpPromotion(addition(member(2n)))).toBeUndefined();
    expect(cluster.catchUpPromotion(promotion(3n))).toBe("absent");
    expect(cluster.catchUpPromotion(promotion(2n))).toBe("forced");
    expect(cluster.catchUpPromotion(promotion(2n))).toBe("known");
    expect(heard).toEqual(["promoted"]);
    expect(new Cluster({ clusterId: 9n, localId: 1n }, backend).member(2n)?.isLearner).toBe(false);
  });
  it("refuses what no longer fits", () => {
    const { cluster } = newCluster(member(1n), member(2n), member(3n, { isLearner: true }), member(4n));
    cluster.apply(removal(4n), true);
    expect({
      removedBefore: reasonOf(cluster, addition(member(4n))),
      idInUse: reasonOf(cluster, addition(member(2n, { peerUrls: ["http://x:1"] }))),
      urlInUse: reasonOf(cluster, addition(member(5n, { peerUrls: ["http://m1:2380"] }))),
      learners: reasonOf(cluster, addition(member(5n, { isLearner: true }))),
      promoteVoter: reasonOf(cluster, promotion(2n)),
      promoteNobody: reasonOf(cluster, promotion(6n)),
      removeNobody: reasonOf(cluster, removal(6n)),
      updateNobody: reasonOf(cluster, update(member(6n))),
      updateToTaken: reasonOf(cluster, update(member(2n, { peerUrls: ["http://m1:2380"] }))),
      updateToOwn: reasonOf(cluster, update(member(2n))),
      promote: reasonOf(cluster, promotion(3n)),
      add: reasonOf(cluster, addition(member(5n))),
    }).toEqual({
      removedBefore: "MemberNotFound",
      idInUse: "MemberExists",
      urlInUse: "PeerUrlExists",
      learners: "TooManyLearners",
      promoteVoter: "MemberNotLearner",
      promoteNobody: "MemberNotFound",
      removeNobody: "MemberNotFound",
      updateNobody: "MemberNotFound",
      updateToTaken: "PeerUrlExists",
      updateToOwn: undefined,
      promote: undefined,
      add: undefined,
    });
    expect(() => cluster.validate(ConfChange.create({ type: ConfChangeType.ConfChangeAddNode, nodeId: 7n, context: Buffer.from("{") }))).toThrow(
      MembershipError,
    );
  });

  it("counts started members for strict reconfiguration", () => {
    const started = (id: bigint): Member => member(id, { name: `m${id}` });
    expect(newCluster(started(1n)).cluster.canAddVoter()).toBe(true);
    expect(newCluster(member(1n)).cluster.canAddVoter()).toBe(false);
    expect(newCluster(started(1n), member(2n)).cluster.canAddVoter()).toBe(false);
    expect(newCluster(started(1n), started(2n), member(3n)).cluster.canAddVoter()).toBe(false);
    expect(newCluster(started(1n), started(2n), started(3n)).cluster.canAddVoter()).toBe(true);
    expect(newCluster(started(1n), started(2n), member(3n)).cluster.canRemoveVoter(3n)).toBe(true);
    expect(newCluster(started(1n), started(2n), member(3n)).cluster.canRemoveVoter(1n)).toBe(false);
    expect(newCluster(started(1n), member(2n, { isLearner: true })).cluster.canPromote()).toBe(true);
    expect(newCluster(started(1n), member(2n), member(3n, { isLearner: true })).cluster.canPromote()).toBe(true);
    expect(newCluster(member(1n), member(2n), member(3n, { isLearner: true })).cluster.canPromote()).toBe(false);
  });

  it("passes over attributes of a removed member, and stops at those of one that never was", () => {
    const { cluster } = newCluster(member(1n));
    cluster.apply(removal(1n), true);
    cluster.setAttributes(1n, { name: "x", clientUrls: [] }, true);
    expect(cluster.members()).toEqual([]);
    expect(() => cluster.setAttributes(2n, { name: "x", clientUrls: [] }, true)).toThrow("member unknown");
  });

  it("hears of what a received snapshot changed", () => {
    const { cluster } = newCluster(member(1n), member(2n));
    const ahead = newCluster(member(1n), member(3n));
    const changes: string[] = [];
    cluster.onMemberChange((change) => changes.push(`${change.kind} ${change.kind === "removed" ? change.id : change.member.id}`));
    cluster.restore(ahead.backend);
    expect(changes).toEqual(["removed 2", "added 3"]);
  });
});

describe("v2 requests of 3.4 and 3.5", () => {
  it("publish attributes and version", () => {
    const { cluster } = newCluster(member(0xabcn));
    const request = attributesRequest(5n, 0xabcn, { name: "m1", clientUrls: ["http://a:2379"] });
    expect([request.path, request.val]).toEqual(["/0/members/abc/attributes", '{"name":"m1","clientURLs":["http://a:2379"]}']);
    applyV2Request(cluster, Request.decode(Request.encode(request)), true);
    applyV2Request(cluster, versionRequest(6n, "3.5.0"), true);
    expect(cluster.member(0xabcn)).toMatchObject({ name: "m1", clientUrls: ["http://a:2379"] });
    expect(cluster.version()).toBe("3.5.0");
  });

  it("are nothing else", () => {
    const { cluster } = newCluster();
    for (const request of [Request.create({ method: "PUT", path: "/1/a" }), Request.create({ method: "DELETE", path: "/0/version" })]) {
      expect(() => applyV2Request(cluster, request, true)).toThrow("detected disallowed v2 WAL");
    }
  });
});

describe("v2 store in .snap", () => {
  it("holds members, removed members and version in Go's form", () => {
    const { cluster } = newCluster(member(0xan, { name: "m1", clientUrls: ["http://c:1"] }), member(0xbn, { isLearner: true }), member(0xcn));
    cluster.apply(removal(0xcn), true);
    cluster.setVersion("3.6.0", true);
    const json = cluster.snapshotData().toString();
    expect(json).toContain(
      '{"Path":"/0/members/a/raftAttributes","CreatedIndex":1,"ModifiedIndex":1,"ExpireTime":"0001-01-01T00:00:00Z","Value":"{\\"peerURLs\\":[\\"http://m10:2380\\"]}","Children":null}',
    );
    const decoded = decodeV2Snapshot(cluster.snapshotData());
    expect(decoded).toEqual({
      members: new Map(cluster.members().map((each) => [each.id, each])),
      removed: new Set([0xcn]),
      version: "3.6.0",
      hasCustomContent: false,
    });
    const { cluster: other, backend } = newCluster(member(0xdn));
    other.recoverFromV2(decoded);
    expect([other.members(), other.version(), other.isRemoved(0xcn)]).toEqual([cluster.members(), "3.6.0", true]);
    expect(new Cluster({ clusterId: 9n, localId: 1n }, backend).members()).toEqual(cluster.members());
  });

  it("says when users have put something there", () => {
    const empty = encodeV2Snapshot({ members: new Map(), removed: new Set(), version: undefined }).toString();
    expect(decodeV2Snapshot(Buffer.from(empty)).hasCustomContent).toBe(false);
    const used = empty.replace(/("Path":"\/1".*?"Children":)\{\}/, '$1{"k":{"Path":"/1/k","Value":"v","Children":null}}');
    expect(decodeV2Snapshot(Buffer.from(used)).hasCustomContent).toBe(true);
  });

  it.each(["", "{", '{"Root":{"Children":{"0":{"Children":{"members":{"Children":{"zz":{}}}}}}}', '{"Root":{"Children":{"0":{"Children":{"members":{"Children":{"a":{}}}}}}}}'])(
    "refuses %j",
    (json) => {
      expect(() => decodeV2Snapshot(Buffer.from(json))).toThrow(MembershipError);
    },
  );
});

describe("bucket meta", () => {
  it("holds the configuration as Go writes it", () => {
    const backend = new MemoryBackend();
    expect(readConfState(backend)).toBeUndefined();
    const state = ConfState.create({ voters: [1n, 18446744073709551615n] });
    saveConfState((bucket, key, value) => backend.put(bucket, key, value), state);
    expect(backend.get("meta", Buffer.from("confState"))?.toString()).toBe('{"voters":[1,18446744073709551615],"auto_leave":false}');
    expect(readConfState(backend)).toEqual(state);
  });

  it("holds the storage version from 3.6 on", () => {
    const backend = new MemoryBackend();
    saveStorageVersion(backend, "3.6.0");
    expect(readStorageVersion(backend)).toBe("3.6.0");
    saveStorageVersion(backend, undefined);
    expect(readStorageVersion(backend)).toBeUndefined();
  });
});
