/** Asks a peer every four seconds whether it is there: only for round trip time and warnings (rafthttp/probing_status.go). */
import type { Timer } from "../platform/clock.ts";
import type { PeerContext } from "./peer-context.ts";
import { hexId } from "./peer-headers.ts";
import { openRequest, PeerError, readAnswer, requestErrorText } from "./peer-request.ts";
import type { UrlPicker } from "./url-picker.ts";

const intervalMs = 4000;
const warnEveryMs = 30_000;
const clockDriftMaxMs = 1000;

export class Prober {
  private timer: Timer | undefined;
  private stopped = false;
  private lastWarning = Number.NEGATIVE_INFINITY;

  constructor(
    private readonly context: PeerContext,
    private readonly peer: bigint,
    private readonly picker: UrlPicker,
  ) {}

  start(): void {
    if (this.stopped) return;
    this.timer = this.context.options.clock.after(intervalMs, () => {
      void this.probe()
        .catch((error: Error) => this.warn("prober detected unhealthy status", { error: requestErrorText(error) }))
        .then(() => this.start());
    });
  }

  stop(): void {
    this.stopped = true;
    this.timer?.cancel();
  }

  private async probe(): Promise<void> {
    const { context } = this;
    const { clock } = context.options;
    if (context.isCut(this.peer)) throw new PeerError("peer.cut", "link is cut");
    const begun = clock.monotonic();
    const request = openRequest(context, this.picker.pick(), "GET", "/raft/probing", {}, true);
    const limit = clock.after(intervalMs, () => request.destroy(new PeerError("peer.timeout", "i/o timeout")));
    try {
      const answer = await new Promise<string>((resolve, reject) => {
        request.once("response", (response) => readAnswer(response).then(({ body }) => resolve(body), reject));
        request.once("error", reject);
        request.end();
      });
      const seconds = (clock.monotonic() - begun) / 1000;
      context.tally.roundTrip(this.peer, seconds);
      this.checkClock(answer, seconds);
    } finally {
      limit.cancel();
    }
  }

  private checkClock(answer: string, seconds: number): void {
    const health = JSON.parse(answer) as { OK?: unknown; Now?: unknown };
    if (health.OK !== true) throw new PeerError("peer.status", "peer is not well");
    const drift = this.context.options.clock.now() - Date.parse(String(health.Now));
    if (Math.abs(drift) > clockDriftMaxMs) this.warn("prober found high clock drift", { "clock-drift": `${drift}ms`, rtt: `${seconds}s` });
  }

  private warn(message: string, fields: Readonly<Record<string, unknown>>): void {
    const { options } = this.context;
    const now = options.clock.monotonic();
    if (this.stopped || now - this.lastWarning < warnEveryMs) return;
    this.lastWarning = now;
    options.log?.("warn", message, { "remote-peer-id": hexId(this.peer), ...fields });
  }
}
