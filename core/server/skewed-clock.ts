/**
 * A member's clock with the lab's skew on it: what the member believes the time of day to be. What raft, leases and timeouts count by
 * is the monotonic clock, as in etcd (Go's time.Time carries it along), and no skew of a real machine moves that either. So a skew shows
 * where times of day are compared: in the peers' probing ("prober found high clock drift"), and in tokens that end at a time of day.
 */
import type { Clock, Timer } from "../platform/clock.ts";

export class SkewedClock implements Clock {
  private skewMs = 0;

  constructor(private readonly clock: Clock) {}

  /** @param skewMs ahead of true time; negative: behind */
  setSkew(skewMs: number): void {
    this.skewMs = skewMs;
  }

  now(): number {
    return this.clock.now() + this.skewMs;
  }

  monotonic(): number {
    return this.clock.monotonic();
  }

  after(delayMs: number, fire: () => void): Timer {
    return this.clock.after(delayMs, fire);
  }
}
