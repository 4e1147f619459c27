import { beforeEach, describe, expect, it } from "vitest";
import type { KvHash } from "../mvcc/api.ts";
import { ManualClock } from "../mvcc/testing/manual-clock.ts";
import { EtcdError } from "../proto/errors.ts";
import { CorruptionChecker, type PeerHash } from "./corruption.ts";
import { silentLog } from "./log.ts";

const own: KvHash = { hash: 1, revision: 10, compactRevision: 5 };
const peer = (id: number, hash: number, compactRevision = 5, revision = 10): PeerHash => ({
  id: BigInt(id),
  urls: [],
  answer: { hash, hashRevision: 10, compactRevision, revision },
});
const silent = (id: number, error: Error = new Error("gone")): PeerHash => ({ id: BigInt(id), urls: [], answer: error });

describe("comparing members' hashes", () => {
  let peers: PeerHash[];
  let kept: KvHash[];
  let alarms: bigint[];
  let checker: CorruptionChecker;
  beforeEach(() => {
    kept = [own];
    alarms = [];
    checker = new CorruptionChecker(
      {
        memberId: 7n,
        isLeader: () => true,
        hashKv: async () => own,
        revision: () => 10,
        peerHashes: async () => peers,
        compactionHashes: () => kept,
        linearizable: async () => undefined,
        raiseCorrupt: (id) => alarms.push(id),
      },
      new ManualClock(),
      silentLog,
    );
  });

  it("at the start: another hash for the same history keeps the member from starting, anything else does not", async () => {
    peers = [peer(1, 1), silent(2), silent(3, new EtcdError("FutureRevision")), peer(4, 99, 3)];
    await checker.initialCheck();
    peers = [peer(1, 99)];
    await expect(checker.initialCheck()).rejects.toThrow("7 found data inconsistency with peers");
  });
  it("from time to time: another hash, or a follower ahead of its leader, raises one alarm", async () => {
    peers = [peer(1, 1), silent(2)];
    await checker.checkNow();
    expect(alarms).toEqual([]);
    peers = [peer(1, 99), peer(2, 98)];
    await checker.checkNow();
    peers = [peer(3, 1, 5, 11)];
    await checker.checkNow();
    peers = [peer(4, 5, 6)];
    await checker.checkNow();
    expect(alarms).toEqual([1n, 3n, 4n]);
  });
  it("after compactions: the minority is at fault, or, without a majority, nobody knows who", async () => {
    peers = [peer(1, 1), peer(2, 99)];
    await checker.checkCompactions();
    expect(alarms).toEqual([2n]);
    peers = [peer(1, 99), peer(2, 99)];
    await checker.checkCompactions();
    expect(alarms).toEqual([2n, 7n]);
    peers = [peer(1, 98), peer(2, 99)];
    await checker.checkCompactions();
    expect(alarms).toEqual([2n, 7n, 0n]);
  });
  it("after compactions: what was compared with everybody is not compared again", async () => {
    peers = [peer(1, 1)];
    await checker.checkCompactions();
    peers = [peer(1, 99)];
    await checker.checkCompactions();
    expect(alarms).toEqual([]);
    kept = [own, { hash: 2, revision: 20, compactRevision: 5 }];
    await checker.checkCompactions();
    expect(alarms).toEqual([0n]);
  });
});
