/**
 * Ids of requests in the log (etcd pkg/idutil): 2 bytes of the member's id, 5 bytes of wall milliseconds, 1 byte of
 * counter, counting on into the milliseconds. Unique across members and, since time goes on, across restarts.
 */
import type { Clock } from "../platform/clock.ts";

export class RequestIds {
  private readonly prefix: bigint;
  private suffix: bigint;

  constructor(memberId: bigint, clock: Clock) {
    this.prefix = (memberId & 0xffffn) << 48n;
    this.suffix = (BigInt(Math.floor(clock.now())) & 0xff_ffff_ffffn) << 8n;
  }

  next(): bigint {
    this.suffix += 1n;
    return this.prefix | (this.suffix & 0xffff_ffff_ffffn);
  }
}
