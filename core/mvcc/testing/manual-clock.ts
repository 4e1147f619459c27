/** A clock that moves when told, for tests of what waits. */
import type { Clock, Timer } from "../../platform/clock.ts";

interface Alarm {
  readonly due: number;
  readonly order: number;
  readonly fire: () => void;
}

export class ManualClock implements Clock {
  private elapsed = 0;
  private order = 0;
  private alarms: Alarm[] = [];

  now(): number {
    return 1_700_000_000_000 + this.elapsed;
  }

  monotonic(): number {
    return this.elapsed;
  }

  after(delayMs: number, fire: () => void): Timer {
    const alarm = { due: this.elapsed + delayMs, order: this.order++, fire };
    this.alarms.push(alarm);
    return { cancel: () => (this.alarms = this.alarms.filter((other) => other !== alarm)) };
  }

  get pending(): number {
    return this.alarms.length;
  }

  /** Lets `ms` pass; what falls due happens at its time, and promises settle in between. */
  async advance(ms: number): Promise<void> {
    const end = this.elapsed + ms;
    for (;;) {
      await settle();
      const next = this.alarms.filter((alarm) => alarm.due <= end).sort((a, b) => a.due - b.due || a.order - b.order)[0];
      if (next === undefined) break;
      this.alarms = this.alarms.filter((alarm) => alarm !== next);
      this.elapsed = Math.max(this.elapsed, next.due);
      next.fire();
    }
    this.elapsed = end;
    await settle();
  }
}

async function settle(): Promise<void> {
  for (let turn = 0; turn < 10; turn++) await Promise.resolve();
}
