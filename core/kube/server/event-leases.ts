/**
 * Leases for objects that go by themselves, events above all (apiserver pkg/storage/etcd3/lease_manager.go): one lease serves the
 * objects of a short while, so that thousands of events do not need thousands of leases.
 */
import type { Client } from "../../client/index.ts";
import type { Clock } from "../../platform/clock.ts";

/** A lease lives 5 % longer than its objects should, at most so much, s. */
const REUSE_SHARE = 0.05;
const CALL_MS = 10_000;

export interface LeaseReuse {
  /** for how long one lease is given to new objects, s; --lease-reuse-duration-seconds */
  readonly seconds: number;
  /** to how many objects at most */
  readonly objects: number;
}

export class EventLeases {
  private last: { readonly id: Promise<bigint>; readonly ttl: number; readonly until: number; objects: number } | undefined;

  constructor(
    private readonly client: Pick<Client, "leaseGrant">,
    private readonly clock: Clock,
    private readonly reuse: LeaseReuse = { seconds: 60, objects: 1000 },
  ) {}

  /** @param ttl s. @throws StatusError */
  lease(ttl: number): Promise<bigint> {
    const extra = Math.floor(Math.min(REUSE_SHARE * ttl, this.reuse.seconds));
    const now = this.clock.now();
    const { last } = this;
    if (last !== undefined && last.ttl === ttl && now < last.until && last.objects < this.reuse.objects) {
      last.objects++;
      return last.id;
    }
    const id = this.client.leaseGrant({ TTL: ttl + extra }, { timeoutMs: CALL_MS }).then((answer) => answer.ID);
    const next = { id, ttl, until: now + extra * 1000, objects: 1 };
    this.last = next;
    id.catch(() => {
      if (this.last === next) this.last = undefined;
    });
    return id;
  }
}
