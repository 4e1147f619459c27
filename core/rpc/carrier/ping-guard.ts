/**
 * Keepalive on the server's side, as grpc-go's keepalive policy does it for etcd: a client that pings more often than it
 * may is told so with GOAWAY ENHANCE_YOUR_CALM "too_many_pings"; a connection that stays silent is pinged, and ended
 * when it does not answer.
 */
import { constants, type ServerHttp2Session } from "node:http2";

export interface KeepaliveLimits {
  /** shortest time between a client's pings, ms (etcd: grpc-keepalive-min-time, 5 s) */
  readonly minTimeMs: number;
  /** ping a silent connection after this, ms (grpc-keepalive-interval, 2 h); 0 = never */
  readonly intervalMs: number;
  /** end it when the ping stays unanswered so long, ms (grpc-keepalive-timeout, 20 s) */
  readonly timeoutMs: number;
}

/** Early pings forgiven before the connection is ended. */
const STRIKES_MAX = 2;
/** Without an open stream a client may ping only this often, ms. */
const IDLE_PING_MS = 2 * 3_600_000;

export class PingGuard {
  private lastPingAt = -Infinity;
  private strikes = 0;
  private lastHeardAt = performance.now();
  private readonly interval: NodeJS.Timeout | undefined;

  constructor(
    private readonly session: ServerHttp2Session,
    private readonly limits: KeepaliveLimits,
    private readonly openStreams: () => number,
  ) {
    session.on("ping", () => this.pinged());
    if (limits.intervalMs > 0) {
      this.interval = setInterval(() => this.check(), limits.intervalMs);
      this.interval.unref();
      session.once("close", () => clearInterval(this.interval));
    }
  }

  /** Something was sent to the client: its next ping is not an idle one. */
  answered(): void {
    this.strikes = 0;
    this.lastPingAt = -Infinity;
  }

  heard(): void {
    this.lastHeardAt = performance.now();
  }

  private pinged(): void {
    const now = performance.now();
    this.lastHeardAt = now;
    const allowed = this.openStreams() > 0 ? this.limits.minTimeMs : IDLE_PING_MS;
    if (this.lastPingAt + allowed > now) this.strikes++;
    this.lastPingAt = now;
    if (this.strikes <= STRIKES_MAX) return;
    this.session.goaway(constants.NGHTTP2_ENHANCE_YOUR_CALM, 2 ** 31 - 1, Buffer.from("too_many_pings"));
    setImmediate(() => this.session.destroy());
  }

  private check(): void {
    if (performance.now() - this.lastHeardAt < this.limits.intervalMs) return;
    const overdue = setTimeout(() => this.session.destroy(), this.limits.timeoutMs);
    overdue.unref();
    this.session.ping(() => {
      this.heard();
      clearTimeout(overdue);
    });
  }
}
