/**
 * Shapes what a member sends to one peer: cut, loss, duplication, reordering, delay, bandwidth. Deterministic for a given
 * Random and order of messages. Sits where messages leave the member, so it is the same for streams and POSTs.
 */
import type { Clock, Timer } from "../platform/clock.ts";
import type { Random } from "../platform/random.ts";
import { type LinkFault, noLinkFault } from "../probe/faults.ts";
import type { DropReason } from "./link-events.ts";

/** as many as a stream's own buffer */
const inFlightMax = 4096;
/** a message held back for reordering goes alone when no other came in this time */
const reorderWaitMs = 100;

interface InFlight {
  readonly at: number;
  deliver(): void;
  drop(reason: DropReason): void;
}

function isHealthy(fault: LinkFault): boolean {
  return (
    !fault.cut &&
    fault.delayMs === 0 &&
    fault.jitterMs === 0 &&
    fault.loss === 0 &&
    fault.duplicate === 0 &&
    fault.reorder === 0 &&
    fault.bandwidth === 0
  );
}

export class LinkShaper {
  private fault: LinkFault = noLinkFault;
  /** by time of delivery, which never goes back */
  private inFlight: InFlight[] = [];
  private heldBack: InFlight | undefined;
  private holdTimer: Timer | undefined;
  private timer: Timer | undefined;
  /** when the line has sent what it took so far */
  private lineFreeAt = 0;

  constructor(
    private readonly clock: Clock,
    private readonly random: Random,
  ) {}

  get cut(): boolean {
    return this.fault.cut;
  }

  /** True when messages may bypass it. */
  get idle(): boolean {
    return isHealthy(this.fault) && this.inFlight.length === 0 && this.heldBack === undefined;
  }

  /** In force from now on. A cut loses what is on its way; other changes leave it to arrive as it would have. */
  set(fault: LinkFault): void {
    this.fault = fault;
    if (fault.cut) this.dropAll("cut");
    if (fault.reorder === 0) this.releaseHeld();
  }

  heal(): void {
    this.set(noLinkFault);
  }

  /** @param bytes of the message, for the bandwidth */
  submit(bytes: number, deliver: () => void, drop: (reason: DropReason) => void): void {
    const { fault } = this;
    if (fault.cut) return drop("cut");
    if (fault.loss > 0 && this.random.float() < fault.loss) return drop("loss");
    this.schedule(bytes, deliver, drop);
    if (fault.duplicate > 0 && this.random.float() < fault.duplicate) this.schedule(bytes, deliver, drop);
  }

  /** Milliseconds to wait before `bytes` more may go: for bodies that are streamed past the queue. */
  lineDelay(bytes: number): number {
    const now = this.clock.monotonic();
    return this.occupyLine(now, bytes) - now;
  }

  stop(): void {
    this.dropAll("stopped");
  }

  private schedule(bytes: number, deliver: () => void, drop: (reason: DropReason) => void): void {
    const { fault } = this;
    if (this.inFlight.length >= inFlightMax) return drop("buffer full");
    const now = this.clock.monotonic();
    const jitter = fault.jitterMs > 0 ? this.random.float() * fault.jitterMs : 0;
    const arrival = this.occupyLine(now, bytes) + fault.delayMs + jitter;
    const item: InFlight = { at: Math.max(arrival, this.inFlight.at(-1)?.at ?? 0), deliver, drop };
    if (fault.reorder > 0 && this.heldBack === undefined && this.random.float() < fault.reorder) {
      this.heldBack = item;
      this.holdTimer = this.clock.after(reorderWaitMs, () => this.releaseHeld());
      return;
    }
    this.put(item);
    this.releaseHeld();
  }

  private occupyLine(now: number, bytes: number): number {
    const { bandwidth } = this.fault;
    if (bandwidth <= 0) return now;
    this.lineFreeAt = Math.max(now, this.lineFreeAt) + (bytes / bandwidth) * 1000;
    return this.lineFreeAt;
  }

  private put(item: InFlight): void {
    if (this.inFlight.length === 0 && item.at <= this.clock.monotonic()) item.deliver();
    else {
      this.inFlight.push(item);
      this.arm();
    }
  }

  private releaseHeld(): void {
    const held = this.heldBack;
    if (!held) return;
    this.heldBack = undefined;
    this.holdTimer?.cancel();
    this.put({ ...held, at: Math.max(held.at, this.inFlight.at(-1)?.at ?? 0) });
  }

  private arm(): void {
    const first = this.inFlight[0];
    if (this.timer || !first) return;
    this.timer = this.clock.after(Math.max(0, first.at - this.clock.monotonic()), () => {
      this.timer = undefined;
      const now = this.clock.monotonic();
      const due = this.inFlight.findIndex((item) => item.at > now);
      for (const item of this.inFlight.splice(0, due < 0 ? this.inFlight.length : due)) item.deliver();
      this.arm();
    });
  }

  private dropAll(reason: DropReason): void {
    this.timer?.cancel();
    this.timer = undefined;
    this.holdTimer?.cancel();
    const lost = this.heldBack ? [...this.inFlight, this.heldBack] : this.inFlight;
    this.inFlight = [];
    this.heldBack = undefined;
    for (const item of lost) item.drop(reason);
  }
}
