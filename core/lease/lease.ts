/** One lease: its time to live, and the keys that hang on it. Times are milliseconds of the monotonic clock. */
import { Lease as LeaseRecord } from "../proto/gen/leasepb.ts";

export class Lease {
  /** keys attached, one char a byte */
  readonly keys = new Set<string>();
  /** when it expires; infinite on a member that does not lead */
  expiresAtMs = Number.POSITIVE_INFINITY;
  /** due time of its entry in the expiry queue, so that it stands there once */
  queuedAtMs = Number.POSITIVE_INFINITY;
  /** those who wait for its revocation */
  private waiters: ((reason: Error) => void)[] = [];

  constructor(
    readonly id: bigint,
    /** as granted, seconds */
    readonly ttlSeconds: number,
    /** what was left at the last checkpoint, seconds; 0: no checkpoint, the full time counts */
    public remainingTtlSeconds: number,
  ) {}

  static decode(value: Buffer): Lease {
    const record = LeaseRecord.decode(value);
    return new Lease(record.ID, record.TTL, record.remainingTTL);
  }

  encode(): Buffer {
    return LeaseRecord.encode({ ID: this.id, TTL: this.ttlSeconds, remainingTTL: this.remainingTtlSeconds });
  }

  /** Seconds it lives when (re)started now. */
  get renewedTtlSeconds(): number {
    return this.remainingTtlSeconds > 0 ? this.remainingTtlSeconds : this.ttlSeconds;
  }

  refresh(nowMs: number, extendMs: number): void {
    this.expiresAtMs = nowMs + extendMs + this.renewedTtlSeconds * 1000;
  }

  /** Calls once when the lease is revoked, or can no longer be on this member. */
  onEnd(waiter: (reason: Error) => void): void {
    this.waiters.push(waiter);
  }

  end(reason: Error): void {
    const waiters = this.waiters;
    this.waiters = [];
    for (const waiter of waiters) waiter(reason);
  }

  leftMs(nowMs: number): number {
    return this.expiresAtMs - nowMs;
  }
}

/** Key of a lease's record: its id, 8 bytes big-endian. */
export function leaseKey(id: bigint): Buffer {
  const key = Buffer.allocUnsafe(8);
  key.writeBigInt64BE(id);
  return key;
}
