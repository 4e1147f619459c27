/** Leases of the member in memory: nothing expires by itself, time passes when a test says so. */
import { EtcdError } from "../../proto/errors.ts";
import type { LeaseAttachments } from "../../mvcc/api.ts";

export interface MemoryLease {
  readonly id: bigint;
  readonly grantedTtl: number;
  ttl: number;
  /** latin1 */
  readonly keys: Set<string>;
}

export class MemoryLeases implements LeaseAttachments {
  readonly leases = new Map<bigint, MemoryLease>();
  private readonly owners = new Map<string, bigint>();
  private nextId = 0x694d7a3a5c5c0001n;

  grant(id: bigint, ttl: number): MemoryLease {
    const chosen = id === 0n ? this.nextId++ : id;
    if (ttl > 9_000_000_000) throw new EtcdError("LeaseTtlTooLarge");
    if (this.leases.has(chosen)) throw new EtcdError("LeaseExists");
    const lease: MemoryLease = { id: chosen, grantedTtl: Math.max(ttl, 2), ttl: Math.max(ttl, 2), keys: new Set() };
    this.leases.set(chosen, lease);
    return lease;
  }

  get(id: bigint): MemoryLease {
    const lease = this.leases.get(id);
    if (lease === undefined) throw new EtcdError("LeaseNotFound");
    return lease;
  }

  attach(lease: bigint, key: Buffer): void {
    this.get(lease).keys.add(key.toString("latin1"));
    this.owners.set(key.toString("latin1"), lease);
  }

  detach(lease: bigint, key: Buffer): void {
    this.leases.get(lease)?.keys.delete(key.toString("latin1"));
    this.owners.delete(key.toString("latin1"));
  }

  leaseOf(key: Buffer): bigint {
    return this.owners.get(key.toString("latin1")) ?? 0n;
  }
}
