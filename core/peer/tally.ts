/** Counters behind etcd's peer metrics; keys are peer ids in lower-case hex. */
import { Histogram, exponentialBounds } from "../platform/histogram.ts";
import { hexId } from "./peer-headers.ts";
import type { PeerCounters } from "./transport.ts";

type Counted = {
  readonly [K in keyof PeerCounters as PeerCounters[K] extends ReadonlyMap<string, number> ? K : never]: PeerCounters[K];
};

export class Tally {
  private readonly names = new Map<bigint, string>();
  readonly counters = {
    sentBytes: new Map<string, number>(),
    receivedBytes: new Map<string, number>(),
    sentFailures: new Map<string, number>(),
    receivedFailures: new Map<string, number>(),
    snapshotSendSuccess: new Map<string, number>(),
    snapshotSendFailures: new Map<string, number>(),
    snapshotSendInflight: new Map<string, number>(),
    snapshotSendSeconds: new Map<string, Histogram>(),
    snapshotReceiveSuccess: new Map<string, number>(),
    snapshotReceiveFailures: new Map<string, number>(),
    snapshotReceiveInflight: new Map<string, number>(),
    snapshotReceiveSeconds: new Map<string, Histogram>(),
    roundTripSeconds: new Map<string, Histogram>(),
    active: new Map<string, number>(),
    disconnected: new Map<string, number>(),
  } satisfies PeerCounters;

  add(counter: keyof Counted, id: bigint, amount = 1): void {
    const name = this.nameOf(id);
    const map = this.counters[counter];
    map.set(name, (map.get(name) ?? 0) + amount);
  }

  roundTrip(id: bigint, seconds: number): void {
    this.observe(this.counters.roundTripSeconds, id, seconds, () => exponentialBounds(0.0001, 2, 16));
  }

  /** A database has gone out, or come in. */
  transferred(direction: "snapshotSendSeconds" | "snapshotReceiveSeconds", id: bigint, seconds: number): void {
    this.observe(this.counters[direction], id, seconds, () => exponentialBounds(0.1, 2, 10));
  }

  private observe(map: Map<string, Histogram>, id: bigint, seconds: number, bounds: () => readonly number[]): void {
    const name = this.nameOf(id);
    let histogram = map.get(name);
    if (histogram === undefined) {
      histogram = new Histogram(bounds());
      map.set(name, histogram);
    }
    histogram.observe(seconds);
  }

  private nameOf(id: bigint): string {
    let name = this.names.get(id);
    if (name === undefined) {
      name = hexId(id);
      this.names.set(id, name);
    }
    return name;
  }
}
