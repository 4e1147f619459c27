import { describe, expect, it } from "vitest";
import { openStore, type MvccStore } from "../mvcc/store.ts";
import { ManualClock } from "../mvcc/testing/manual-clock.ts";
import { MemoryBackend } from "../mvcc/testing/memory-backend.ts";
import { EtcdError } from "../proto/errors.ts";
import { Lessor, leaseTtlMax, type Checkpoint, type LessorOptions } from "./lessor.ts";

interface Scene {
  readonly clock: ManualClock;
  readonly backend: MemoryBackend;
  readonly lessor: Lessor;
  readonly store: MvccStore;
  readonly expired: bigint[];
}

async function scene(options: Partial<LessorOptions> = {}, backend = new MemoryBackend()): Promise<Scene> {
  const clock = new ManualClock();
  const lessor = new Lessor({ backend, clock, minTtlSeconds: 2, ...options });
  const store = await openStore({ backend, clock, leases: lessor });
  const expired: bigint[] = [];
  lessor.onExpired((ids) => expired.push(...ids));
  return { clock, backend, lessor, store, expired };
}

function put(store: MvccStore, key: string, lease: bigint): void {
  const transaction = store.write();
  transaction.put(Buffer.from(key), Buffer.from("v"), lease);
  transaction.end();
}

function keysOf(lessor: Lessor, id: bigint): string[] | undefined {
  return lessor.timeToLive(id, true)?.keys.map(String);
}

describe("lease grant", () => {
  it("raises a short TTL to the minimum and stores the lease as etcd does", async () => {
    const { lessor, backend } = await scene();
    expect(lessor.grant(0x1234n, 1).ttlSeconds).toBe(2);
    const [record] = [...backend.entries("lease")];
    expect([record!.key.toString("hex"), record!.value.toString("hex")]).toEqual(["0000000000001234", "08b4241002"]);
  });

  it("stores a negative id as the eight bytes it is", async () => {
    const { lessor, backend } = await scene();
    lessor.grant(-2n, 10);
    expect([...backend.entries("lease")][0]!.key.toString("hex")).toBe("fffffffffffffffe");
    expect(new Lessor({ backend, clock: new ManualClock(), minTtlSeconds: 2 }).list()).toEqual([-2n]);
  });

  it("refuses a TTL that is too large, an id in use and id 0", async () => {
    const { lessor } = await scene();
    lessor.grant(1n, leaseTtlMax);
    expect(() => lessor.grant(2n, leaseTtlMax + 1)).toThrow(new EtcdError("LeaseTtlTooLarge"));
    expect(() => lessor.grant(1n, 10)).toThrow(new EtcdError("LeaseExists"));
    expect(() => lessor.grant(0n, 10)).toThrow(new EtcdError("LeaseNotFound"));
  });
});

describe("keys on leases", () => {
  it("hang on the lease of the last put, and on none after a delete", async () => {
    const { lessor, store } = await scene();
    lessor.grant(1n, 10);
    lessor.grant(2n, 10);
    put(store, "b", 1n);
    put(store, "a", 1n);
    expect(keysOf(lessor, 1n)).toEqual(["a", "b"]);
    put(store, "a", 2n);
    expect([keysOf(lessor, 1n), keysOf(lessor, 2n)]).toEqual([["b"], ["a"]]);
    put(store, "b", 0n);
    const transaction = store.write();
    transaction.deleteRange(Buffer.from("a"), Buffer.alloc(0));
    transaction.end();
    expect([keysOf(lessor, 1n), keysOf(lessor, 2n)]).toEqual([[], []]);
  });

  it("are not written when the lease is unknown", async () => {
    const { lessor, store } = await scene();
    lessor.grant(1n, 10);
    put(store, "a", 1n);
    const transaction = store.write();
    expect(() => transaction.put(Buffer.from("a"), Buffer.from("x"), 9n)).toThrow(new EtcdError("LeaseNotFound"));
    transaction.end();
    expect([store.revision(), keysOf(lessor, 1n)]).toEqual([2, ["a"]]);
  });

  it("go with the lease, in key order, in one transaction", async () => {
    const { lessor, store, backend } = await scene();
    lessor.grant(1n, 10);
    for (const key of ["c", "a", "b"]) put(store, key, 1n);
    put(store, "d", 0n);
    const seen: string[] = [];
    store.onChange((revision, events) => seen.push(`${revision} ${events.map((event) => event.kv!.key.toString()).join()}`));
    lessor.revoke(1n, store);
    expect(seen).toEqual(["6 a,b,c"]);
    expect([store.keyCount(), lessor.count, [...backend.entries("lease")].length]).toEqual([1, 0, 0]);
    expect(() => lessor.revoke(1n, store)).toThrow(new EtcdError("LeaseNotFound"));
  });

  it("cost no revision where the lease has none", async () => {
    const { lessor, store } = await scene();
    lessor.grant(1n, 10);
    lessor.revoke(1n, store);
    expect(store.revision()).toBe(1);
  });

  it("are found again after a restart, from their last live record", async () => {
    const before = await scene();
    before.lessor.grant(1n, 10);
    before.lessor.grant(2n, 20);
    put(before.store, "a", 1n);
    put(before.store, "b", 1n);
    put(before.store, "b", 2n);
    put(before.store, "c", 1n);
    put(before.store, "c", 0n);
    before.lessor.revoke(1n, before.store);
    put(before.store, "a", 2n);
    const { lessor } = await scene({}, before.backend.clone());
    expect([lessor.list(), keysOf(lessor, 2n)]).toEqual([[2n], ["a", "b"]]);
  });
});

describe("expiry", () => {
  it("happens on the leader only", async () => {
    const { lessor, clock, expired } = await scene();
    lessor.grant(1n, 5);
    await clock.advance(60_000);
    expect([expired, clock.pending]).toEqual([[], 0]);
    expect(lessor.timeToLive(1n, false)?.ttlSeconds).toBe(5);
    lessor.promote(1000);
    await clock.advance(5500);
    expect(expired).toEqual([]);
    await clock.advance(1000);
    expect(expired).toEqual([1n]);
    lessor.demote();
    await clock.advance(60_000);
    expect([expired, clock.pending]).toEqual([[1n], 0]);
  });

  it("is put off by renewal, and reported again while it is not revoked", async () => {
    const { lessor, clock, expired, store } = await scene();
    lessor.promote(0);
    lessor.grant(1n, 5);
    for (let count = 0; count < 4; count++) {
      await clock.advance(4000);
      expect(await lessor.renew(1n)).toBe(5);
      expect(lessor.timeToLive(1n, false)).toMatchObject({ ttlSeconds: 5, grantedTtlSeconds: 5 });
    }
    expect(expired).toEqual([]);
    await clock.advance(5600);
    expect(expired).toEqual([1n]);
    await clock.advance(2300);
    expect(expired).toEqual([1n]);
    await clock.advance(600);
    expect(expired).toEqual([1n, 1n]);
    lessor.revoke(1n, store);
    await clock.advance(10_000);
    expect(expired).toEqual([1n, 1n]);
  });

  it("cannot be undone: renewal of an expired lease waits for its revocation", async () => {
    const { lessor, clock, store } = await scene();
    lessor.promote(0);
    lessor.grant(1n, 2);
    await clock.advance(2000);
    const renewals = [lessor.renew(1n), lessor.renew(1n)];
    await clock.advance(500);
    lessor.revoke(1n, store);
    for (const renewal of renewals) await expect(renewal).rejects.toThrow(new EtcdError("LeaseNotFound"));
    await expect(lessor.renew(1n)).rejects.toThrow(new EtcdError("LeaseNotFound"));
    lessor.grant(2n, 2);
    await clock.advance(2000);
    const renewal = lessor.renew(2n);
    lessor.demote();
    await expect(renewal).rejects.toThrow(new EtcdError("NotLeader"));
    await expect(lessor.renew(2n)).rejects.toThrow(new EtcdError("NotLeader"));
  });

  it("reports a thousand a second at most, and spreads what would pile up", async () => {
    const { lessor, clock, expired } = await scene();
    for (let id = 1n; id <= 5000n; id++) lessor.grant(id, 10);
    lessor.promote(0);
    const counts: number[] = [];
    await clock.advance(10_000);
    for (let second = 0; second < 10; second++) {
      const before = expired.length;
      await clock.advance(1000);
      counts.push(expired.length - before);
    }
    expect(Math.max(...counts)).toBeLessThanOrEqual(1000);
    expect(new Set(expired).size).toBe(5000);
  });

  it("does not keep entries of leases that were revoked long before their time", async () => {
    const { lessor, store, clock } = await scene();
    lessor.promote(0);
    for (let id = 1n; id <= 5000n; id++) {
      lessor.grant(id, 86_400);
      lessor.revoke(id, store);
    }
    lessor.grant(1n, 2);
    await clock.advance(3000);
    expect((lessor as unknown as { expiries: { size: number } }).expiries.size).toBeLessThan(2000);
  });

  it("counts a restored lease from its full time", async () => {
    const before = await scene();
    before.lessor.grant(1n, 10);
    const { lessor, clock, expired } = await scene({}, before.backend.clone());
    lessor.promote(1000);
    await clock.advance(10_900);
    expect(expired).toEqual([]);
    await clock.advance(700);
    expect(expired).toEqual([1n]);
  });
});

describe("checkpoints", () => {
  it("are proposed at intervals and shorten the time after a promotion", async () => {
    const proposed: Checkpoint[][] = [];
    const { lessor, clock, backend } = await scene({ checkpointIntervalMs: 10_000 });
    lessor.onCheckpoint((checkpoints) => {
      proposed.push([...checkpoints]);
      for (const { id, remainingTtlSeconds } of checkpoints) lessor.checkpoint(id, remainingTtlSeconds);
      return Promise.resolve();
    });
    lessor.promote(0);
    lessor.grant(1n, 60);
    lessor.grant(2n, 5);
    await clock.advance(21_000);
    expect(proposed).toEqual([[{ id: 1n, remainingTtlSeconds: 50 }], [{ id: 1n, remainingTtlSeconds: 40 }]]);
    const next = await scene({}, backend.clone());
    next.lessor.promote(0);
    expect(next.lessor.timeToLive(1n, false)).toMatchObject({ ttlSeconds: 40, grantedTtlSeconds: 60 });
    expect(await lessor.renew(1n)).toBe(60);
    expect(proposed[2]).toEqual([{ id: 1n, remainingTtlSeconds: 0 }]);
    expect(lessor.timeToLive(1n, false)?.ttlSeconds).toBe(60);
  });

  it("are tried again when they could not be proposed, and pass over a lease that is gone", async () => {
    let calls = 0;
    const { lessor, clock } = await scene({ checkpointIntervalMs: 10_000 });
    lessor.onCheckpoint(() => {
      calls++;
      return Promise.reject(new EtcdError("NoLeader"));
    });
    lessor.promote(0);
    lessor.grant(1n, 60);
    await clock.advance(31_000);
    expect(calls).toBeGreaterThan(1);
    lessor.checkpoint(99n, 5);
  });

  it("do not reach the disk where a cluster of 3.5 would not have them", async () => {
    const { lessor, backend } = await scene({ persistCheckpoints: () => false });
    lessor.grant(1n, 60);
    lessor.checkpoint(1n, 30);
    expect([...backend.entries("lease")][0]!.value.toString("hex")).toBe("0801103c");
  });
});
