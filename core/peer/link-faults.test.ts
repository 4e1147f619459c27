import { describe, expect, it } from "vitest";
import type { Clock } from "../platform/clock.ts";
import { seededRandom } from "../platform/random.ts";
import { type LinkFault, noLinkFault } from "../probe/faults.ts";
import { LinkShaper } from "./link-faults.ts";

/** A clock that stands until it is told to go on. */
class HandClock implements Clock {
  private at = 0;
  private timers: { at: number; fire: () => void }[] = [];
  now = (): number => this.at;
  monotonic = (): number => this.at;
  after(delayMs: number, fire: () => void): { cancel(): void } {
    const timer = { at: this.at + delayMs, fire };
    this.timers.push(timer);
    return { cancel: () => void (this.timers = this.timers.filter((each) => each !== timer)) };
  }
  advance(ms: number): void {
    const end = this.at + ms;
    for (;;) {
      const due = this.timers.filter(({ at }) => at <= end).sort((left, right) => left.at - right.at)[0];
      if (!due) break;
      this.timers = this.timers.filter((each) => each !== due);
      this.at = Math.max(this.at, due.at);
      due.fire();
    }
    this.at = end;
  }
}

function rig(
  fault: Partial<LinkFault>,
  seed = 1,
): { clock: HandClock; shaper: LinkShaper; log: string[]; send(name: string, bytes?: number): void } {
  const clock = new HandClock();
  const shaper = new LinkShaper(clock, seededRandom(seed));
  shaper.set({ ...noLinkFault, ...fault });
  const log: string[] = [];
  return {
    clock,
    shaper,
    log,
    send: (name, bytes = 100) =>
      shaper.submit(
        bytes,
        () => log.push(`${name}@${clock.monotonic()}`),
        (reason) => log.push(`${name} lost: ${reason}`),
      ),
  };
}

const names = (count: number): string[] => Array.from({ length: count }, (_, at) => String(at));

describe("a shaped link", () => {
  it("passes everything at once when healthy", () => {
    const { shaper, log, send } = rig({});
    expect(shaper.idle).toBe(true);
    send("a");
    expect(log).toEqual(["a@0"]);
  });

  it("loses everything when cut, also what was on its way", () => {
    const { clock, shaper, log, send } = rig({ delayMs: 50 });
    send("a");
    clock.advance(10);
    shaper.set({ ...noLinkFault, cut: true });
    send("b");
    clock.advance(100);
    expect(log).toEqual(["a lost: cut", "b lost: cut"]);
    shaper.heal();
    expect(shaper.idle).toBe(true);
    send("c");
    expect(log.at(-1)).toBe("c@110");
  });

  it("delays in order, jitter or not", () => {
    const { clock, log, send } = rig({ delayMs: 50, jitterMs: 40 });
    for (const name of names(50)) {
      send(name);
      clock.advance(1);
    }
    clock.advance(200);
    expect(log.map((line) => line.split("@")[0])).toEqual(names(50));
    for (const line of log) {
      const [name, at] = line.split("@") as [string, string];
      expect(Number(at) - Number(name)).toBeGreaterThanOrEqual(50);
      expect(Number(at) - Number(name)).toBeLessThanOrEqual(90);
    }
  });

  it("delivers what is on its way when the delay is taken away, and nothing overtakes it", () => {
    const { clock, shaper, log, send } = rig({ delayMs: 50 });
    send("a");
    clock.advance(10);
    shaper.heal();
    expect(shaper.idle).toBe(false);
    send("b");
    clock.advance(50);
    expect(log).toEqual(["a@50", "b@50"]);
    expect(shaper.idle).toBe(true);
  });

  it("loses and doubles the share it is told to", () => {
    const lossy = rig({ loss: 0.3 });
    for (const name of names(2000)) lossy.send(name);
    const lost = lossy.log.filter((line) => line.endsWith("loss")).length;
    expect(lost).toBeGreaterThan(500);
    expect(lost).toBeLessThan(700);
    const doubling = rig({ duplicate: 0.3 });
    for (const name of names(2000)) doubling.send(name);
    expect(doubling.log.length).toBeGreaterThan(2500);
    expect(doubling.log.length).toBeLessThan(2700);
  });

  it("lets the next message overtake the share it is told to, and never holds one for good", () => {
    const { clock, log, send } = rig({ reorder: 0.4 });
    for (const name of names(200)) send(name);
    clock.advance(200);
    const order = log.map((line) => Number(line.split("@")[0]));
    expect([...order].sort((left, right) => left - right)).toEqual(names(200).map(Number));
    const inversions = order.filter((value, at) => value > (order[at + 1] ?? Number.POSITIVE_INFINITY)).length;
    expect(inversions).toBeGreaterThan(30);
    const alone = rig({ reorder: 1 });
    alone.send("a");
    expect(alone.log).toEqual([]);
    alone.clock.advance(100);
    expect(alone.log).toEqual(["a@100"]);
  });

  it("lets through as many bytes a second as it is told to", () => {
    const { clock, shaper, log, send } = rig({ bandwidth: 1000 });
    for (const name of names(4)) send(name, 500);
    clock.advance(5000);
    expect(log).toEqual(["0@500", "1@1000", "2@1500", "3@2000"]);
    expect(shaper.lineDelay(250)).toBe(250);
    expect(shaper.lineDelay(250)).toBe(500);
  });

  it("drops what is more than its buffer", () => {
    const { log, send, shaper } = rig({ delayMs: 1000 });
    for (const name of names(4100)) send(name);
    expect(log).toEqual(["4096 lost: buffer full", "4097 lost: buffer full", "4098 lost: buffer full", "4099 lost: buffer full"]);
    shaper.stop();
    expect(log.length).toBe(4100);
  });

  it("does the same again for the same seed", () => {
    const run = (seed: number): string[] => {
      const { clock, log, send } = rig({ delayMs: 5, jitterMs: 20, loss: 0.1, duplicate: 0.1, reorder: 0.1, bandwidth: 100_000 }, seed);
      for (const name of names(300)) {
        send(name);
        clock.advance(1);
      }
      clock.advance(1000);
      return log;
    };
    expect(run(7)).toEqual(run(7));
    expect(run(7)).not.toEqual(run(8));
  });
});
