/**
 * Keepalive on the server's side, as grpc-go's keepalive policy does it for etcd: a client that pings more often than it
 * may is told so with GOAWAY ENHANCE_YOUR_CALM "too_many_pings"; a connection that stays silent is pinged, and ended
 * when it does not answer.
 */

export interface KeepaliveLimits {
  /** shortest time between a client's pings, ms (etcd: grpc-keepalive-min-time, 5 s) */
  readonly minTimeMs: number;
  /** ping a silent connection after this, ms (grpc-keepalive-interval, 2 h); 0 = never */
  readonly intervalMs: number;
  /** end it when the ping stays unanswered so long, ms (grpc-keepalive-timeout, 20 s) */
  readonly timeoutMs: number;
}

/** The connection that is guarded. */
export interface Pinged {
  readonly openStreams: number;
  /** true where headers or data were sent since it was last asked */
  spokeSince(): boolean;
  ping(): void;
  /** GOAWAY ENHANCE_YOUR_CALM "too_many_pings", and the end */
  refuse(): void;
  /** it is dead */
  abandon(): void;
}

/** Early pings forgiven before the connection is ended. */
const STRIKES_MAX = 2;
/** Without an open stream a client may ping only this often, ms. */
const IDLE_PING_MS = 2 * 3_600_000;
/** A timer takes no more, ms. */
const TIMER_MAX_MS = 2_147_483_647;

export class PingGuard {
  private lastPingAt = -Infinity;
  private strikes = 0;
  private lastHeardAt = performance.now();
  private timer: NodeJS.Timeout | undefined;

  constructor(
    private readonly limits: KeepaliveLimits,
    private readonly connection: Pinged,
  ) {
    if (limits.intervalMs > 0) this.wait(limits.intervalMs, () => this.check());
  }

  /** Something was read, at this monotonic time. */
  heard(nowMs: number): void {
    this.lastHeardAt = nowMs;
  }

  /** The client pinged. */
  pinged(): void {
    const now = performance.now();
    this.lastHeardAt = now;
    const allowed = this.connection.openStreams > 0 ? this.limits.minTimeMs : IDLE_PING_MS;
    // a ping after something was sent to the client is not an idle one
    if (this.connection.spokeSince()) this.strikes = 0;
    else if (this.lastPingAt + allowed > now) this.strikes++;
    this.lastPingAt = now;
    if (this.strikes > STRIKES_MAX) this.connection.refuse();
  }

  close(): void {
    clearTimeout(this.timer);
  }

  private check(): void {
    const silent = performance.now() - this.lastHeardAt;
    if (silent < this.limits.intervalMs) {
      this.wait(this.limits.intervalMs - silent, () => this.check());
      return;
    }
    const askedAt = performance.now();
    this.connection.ping();
    this.wait(this.limits.timeoutMs, () => {
      if (this.lastHeardAt < askedAt) this.connection.abandon();
      else this.check();
    });
  }

  private wait(ms: number, then: () => void): void {
    this.timer = setTimeout(then, Math.min(ms, TIMER_MAX_MS));
    this.timer.unref();
  }
}
