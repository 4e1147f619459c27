/**
 * Leases (etcd server/lease/lessor.go): granted and revoked through the log, so equal on all members; timed only on the
 * leader, whose clock alone counts. An expired lease is not dropped here but reported: the server proposes its revocation.
 */
import type { Backend } from "../backend/backend.ts";
import type { LeaseAttachments, Store } from "../mvcc/api.ts";
import { keyBytes, keyString } from "../mvcc/key-range.ts";
import type { Clock, Timer } from "../platform/clock.ts";
import { LeaseMeters } from "../platform/meters.ts";
import { EtcdError } from "../proto/errors.ts";
import { DueQueue } from "./due-queue.ts";
import { Lease, leaseKey } from "./lease.ts";
import { spreadExpiries } from "./spread-expiries.ts";

/** Seconds; more is refused. */
export const leaseTtlMax = 9_000_000_000;
const expiryLoopMs = 500;
/** reported in one turn of the loop: 1000 a second */
const expiredPerTurnMax = 500;
/** an expired lease that is still there is reported again after this */
const expiredRetryMs = 3000;
/** checkpoints proposed in one request, one request in one turn of the loop */
const checkpointsPerRequestMax = 1000;

export interface LessorOptions {
  readonly backend: Backend;
  readonly clock: Clock;
  /** ceil(1.5 x election timeout), seconds */
  readonly minTtlSeconds: number;
  /** Checkpoint the time left of long leases this often; undefined: never (gate LeaseCheckpoint off). */
  readonly checkpointIntervalMs?: number;
  /** Whether checkpoints survive a restart: gate LeaseCheckpointPersist or cluster version >= 3.6. Default: yes. */
  readonly persistCheckpoints?: () => boolean;
  readonly meters?: LeaseMeters;
}

/** What is proposed for a lease: seconds left, 0 to forget an earlier checkpoint. */
export interface Checkpoint {
  readonly id: bigint;
  readonly remainingTtlSeconds: number;
}

export interface LeaseTimes {
  readonly grantedTtlSeconds: number;
  /** seconds left; 0 or less while an expired lease waits for its revocation */
  readonly ttlSeconds: number;
  readonly keys: readonly Buffer[];
}

export class Lessor implements LeaseAttachments {
  private leases = new Map<bigint, Lease>();
  private byKey = new Map<string, Lease>();
  private backend: Backend;
  private readonly expiries = new DueQueue<Lease>();
  private readonly checkpoints = new DueQueue<Lease>();
  private leading = false;
  private timer: Timer | undefined = undefined;
  private readonly meters: LeaseMeters;
  private expired: ((ids: readonly bigint[]) => void) | undefined = undefined;
  private checkpointer: ((checkpoints: readonly Checkpoint[]) => Promise<void>) | undefined = undefined;

  constructor(private readonly options: LessorOptions) {
    this.backend = options.backend;
    this.meters = options.meters ?? new LeaseMeters();
    this.load();
  }

  /** Reads everything anew, after the backend was replaced. The store then attaches the keys. */
  restore(backend: Backend): void {
    this.backend = backend;
    this.load();
    if (this.leading) this.promote(0);
  }

  /**
   * @param id not 0
   * @throws EtcdError LeaseTtlTooLarge | LeaseExists | LeaseNotFound (id 0, as etcd)
   */
  grant(id: bigint, ttlSeconds: number): Lease {
    if (id === 0n) throw new EtcdError("LeaseNotFound");
    if (ttlSeconds > leaseTtlMax) throw new EtcdError("LeaseTtlTooLarge");
    if (this.leases.has(id)) throw new EtcdError("LeaseExists");
    const lease = new Lease(id, Math.max(ttlSeconds, this.options.minTtlSeconds), 0);
    this.leases.set(id, lease);
    this.save(lease);
    this.meters.granted++;
    this.meters.ttl.observe(lease.ttlSeconds);
    if (this.leading) {
      lease.refresh(this.now(), 0);
      this.enqueue(lease);
      this.scheduleCheckpoint(lease);
    }
    return lease;
  }

  /**
   * Deletes the lease and its keys, in key order, in one transaction of the store.
   * @throws EtcdError LeaseNotFound
   */
  revoke(id: bigint, store: Store): void {
    const lease = this.leases.get(id);
    if (lease === undefined) throw new EtcdError("LeaseNotFound");
    const keys = [...lease.keys].sort();
    const transaction = store.write();
    for (const key of keys) transaction.deleteRange(keyBytes(key), Buffer.alloc(0));
    this.leases.delete(id);
    this.backend.delete("lease", leaseKey(id));
    transaction.end();
    this.meters.revoked++;
    lease.end(new EtcdError("LeaseNotFound"));
    this.trim();
  }

  /**
   * Renews on the leader. One that has run out is being revoked and does not come back: the answer waits for that.
   * @returns the TTL, seconds
   * @throws EtcdError NotLeader (also when leadership ends while waiting) | LeaseNotFound
   */
  async renew(id: bigint): Promise<number> {
    if (!this.leading) throw new EtcdError("NotLeader");
    const lease = this.leases.get(id);
    if (lease === undefined) throw new EtcdError("LeaseNotFound");
    if (this.isExpired(lease)) await this.revocation(lease);
    if (lease.remainingTtlSeconds > 0) {
      // an entry of the log only where a checkpoint was: two for each interval at most
      await this.checkpointer?.([{ id, remainingTtlSeconds: 0 }]);
      if (!this.leading) throw new EtcdError("NotLeader");
      if (this.leases.get(id) !== lease) throw new EtcdError("LeaseNotFound");
    }
    lease.refresh(this.now(), 0);
    this.enqueue(lease);
    this.meters.renewed++;
    return lease.ttlSeconds;
  }

  /** Applies a checkpoint; the next promotion counts from it. A lease that is gone is passed over. */
  checkpoint(id: bigint, remainingTtlSeconds: number): void {
    const lease = this.leases.get(id);
    if (lease === undefined) return;
    lease.remainingTtlSeconds = remainingTtlSeconds;
    if (this.options.persistCheckpoints?.() ?? true) this.save(lease);
    if (this.leading) this.scheduleCheckpoint(lease);
  }

  lookup(id: bigint): Lease | undefined {
    return this.leases.get(id);
  }

  /** Ids by time left, soonest first, as LeaseLeases lists them. */
  list(): bigint[] {
    const nowMs = this.now();
    return [...this.leases.values()].sort((a, b) => a.leftMs(nowMs) - b.leftMs(nowMs) || 0).map((lease) => lease.id);
  }

  /** The soonest to end first, at most so many; on a member that does not lead `leftMs` is infinite. Keys one char a byte, in order. */
  soonest(most: number, keysMost: number): { readonly id: bigint; readonly grantedTtlSeconds: number; readonly leftMs: number; readonly keys: readonly Buffer[]; readonly keyCount: number }[] {
    const nowMs = this.now();
    const leases = [...this.leases.values()].sort((a, b) => a.leftMs(nowMs) - b.leftMs(nowMs) || 0).slice(0, most);
    return leases.map((lease) => ({
      id: lease.id,
      grantedTtlSeconds: lease.ttlSeconds,
      leftMs: lease.leftMs(nowMs),
      keys: [...lease.keys].sort().slice(0, keysMost).map(keyBytes),
      keyCount: lease.keys.size,
    }));
  }

  /** What TimeToLive says on the leader; undefined when there is no such lease. */
  timeToLive(id: bigint, withKeys: boolean): LeaseTimes | undefined {
    const lease = this.leases.get(id);
    if (lease === undefined) return undefined;
    const leftMs = lease.leftMs(this.now());
    return {
      grantedTtlSeconds: lease.ttlSeconds,
      // `|| 0`: not minus zero
      ttlSeconds: Number.isFinite(leftMs) ? Math.trunc(leftMs / 1000) || 0 : lease.ttlSeconds,
      keys: withKeys ? [...lease.keys].sort().map(keyBytes) : [],
    };
  }

  /** From now on this member's clock counts. `extendMs`: the election timeout, as nobody renewed meanwhile. */
  promote(extendMs: number): void {
    this.leading = true;
    this.checkpoints.clear();
    const nowMs = this.now();
    for (const lease of this.leases.values()) lease.refresh(nowMs, extendMs);
    spreadExpiries([...this.leases.values()], nowMs, extendMs);
    this.queueAll();
    for (const lease of this.leases.values()) this.scheduleCheckpoint(lease);
    this.timer ??= this.options.clock.after(expiryLoopMs, () => this.turn());
  }

  /** Leases no longer expire here. */
  demote(): void {
    this.leading = false;
    this.timer?.cancel();
    this.timer = undefined;
    this.expiries.clear();
    this.checkpoints.clear();
    for (const lease of this.leases.values()) {
      lease.expiresAtMs = Number.POSITIVE_INFINITY;
      lease.queuedAtMs = Number.POSITIVE_INFINITY;
      lease.end(new EtcdError("NotLeader"));
    }
  }

  get isLeading(): boolean {
    return this.leading;
  }

  get count(): number {
    return this.leases.size;
  }

  /** Where expired leases are reported; at most 500 at a time, each again after 3 s while it is still there. */
  onExpired(listener: (ids: readonly bigint[]) => void): void {
    this.expired = listener;
  }

  /** Where checkpoints are to be proposed; resolves when applied here. */
  onCheckpoint(listener: (checkpoints: readonly Checkpoint[]) => Promise<void>): void {
    this.checkpointer = listener;
  }

  close(): void {
    this.demote();
  }

  attach(id: bigint, key: Buffer): void {
    const lease = this.leases.get(id);
    if (lease === undefined) throw new EtcdError("LeaseNotFound");
    const name = keyString(key);
    const before = this.byKey.get(name);
    if (before !== undefined && before !== lease) before.keys.delete(name);
    this.byKey.set(name, lease);
    lease.keys.add(name);
  }

  detach(id: bigint, key: Buffer): void {
    const name = keyString(key);
    this.leases.get(id)?.keys.delete(name);
    if (this.byKey.get(name)?.id === id) this.byKey.delete(name);
  }

  leaseOf(key: Buffer): bigint {
    if (this.byKey.size === 0) return 0n;
    return this.byKey.get(keyString(key))?.id ?? 0n;
  }

  private load(): void {
    for (const lease of this.leases.values()) lease.end(new EtcdError("LeaseNotFound"));
    this.leases = new Map();
    this.byKey = new Map();
    for (const { value } of this.backend.entries("lease")) {
      const lease = Lease.decode(value);
      // a record from before a longer election timeout
      const ttl = Math.max(lease.ttlSeconds, this.options.minTtlSeconds);
      this.leases.set(lease.id, ttl === lease.ttlSeconds ? lease : new Lease(lease.id, ttl, lease.remainingTtlSeconds));
    }
  }

  private save(lease: Lease): void {
    this.backend.put("lease", leaseKey(lease.id), lease.encode());
  }

  private enqueue(lease: Lease): void {
    // a later expiry is found when the earlier entry falls due
    if (lease.queuedAtMs > lease.expiresAtMs) this.requeue(lease, lease.expiresAtMs);
  }

  /** Fills the queue anew. */
  private queueAll(): void {
    this.expiries.clear();
    for (const lease of this.leases.values()) this.requeue(lease, lease.expiresAtMs);
  }

  /** Entries of revoked leases stay until they fall due; when they are most of the queue they go. */
  private trim(): void {
    if (this.leading && this.expiries.size > 2 * this.leases.size + 1000) this.queueAll();
  }

  private revocation(lease: Lease): Promise<never> {
    return new Promise((_, reject) => lease.onEnd(reject));
  }

  private scheduleCheckpoint(lease: Lease): void {
    const interval = this.options.checkpointIntervalMs;
    if (interval === undefined || lease.renewedTtlSeconds * 1000 <= interval) return;
    this.checkpoints.push(this.now() + interval, lease);
  }

  private turn(): void {
    this.timer = this.options.clock.after(expiryLoopMs, () => this.turn());
    const expired = this.takeExpired();
    if (expired.length > 0) this.expired?.(expired);
    this.proposeCheckpoints();
  }

  private proposeCheckpoints(): void {
    const checkpoints = this.takeCheckpoints();
    if (checkpoints.length === 0 || this.checkpointer === undefined) return;
    this.checkpointer(checkpoints).catch(() => {
      // not proposed, for want of a leader or of room: the next interval tries again
      for (const { id } of checkpoints) {
        const lease = this.leases.get(id);
        if (lease !== undefined && this.leading) this.scheduleCheckpoint(lease);
      }
    });
  }

  private takeExpired(): bigint[] {
    const nowMs = this.now();
    const ids: bigint[] = [];
    while (ids.length < expiredPerTurnMax) {
      const lease = this.expiries.takeDue(nowMs);
      if (lease === undefined) break;
      if (this.leases.get(lease.id) !== lease) continue;
      lease.queuedAtMs = Number.POSITIVE_INFINITY;
      if (!this.isExpired(lease)) {
        this.requeue(lease, lease.expiresAtMs);
        continue;
      }
      ids.push(lease.id);
      this.requeue(lease, nowMs + expiredRetryMs);
    }
    return ids;
  }

  private requeue(lease: Lease, dueMs: number): void {
    lease.queuedAtMs = dueMs;
    this.expiries.push(dueMs, lease);
  }

  private takeCheckpoints(): Checkpoint[] {
    const nowMs = this.now();
    const checkpoints: Checkpoint[] = [];
    while (checkpoints.length < checkpointsPerRequestMax) {
      const lease = this.checkpoints.takeDue(nowMs);
      if (lease === undefined) break;
      if (this.leases.get(lease.id) !== lease || this.isExpired(lease)) continue;
      const remainingTtlSeconds = Math.ceil(lease.leftMs(nowMs) / 1000);
      if (remainingTtlSeconds < lease.ttlSeconds) checkpoints.push({ id: lease.id, remainingTtlSeconds });
    }
    return checkpoints;
  }

  private isExpired(lease: Lease): boolean {
    return lease.expiresAtMs <= this.now();
  }

  private now(): number {
    return this.options.clock.monotonic();
  }
}
