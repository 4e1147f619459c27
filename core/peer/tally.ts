/** Counters behind etcd's peer metrics; keys are peer ids in lower-case hex. */
import { hexId } from "./peer-headers.ts";
import type { PeerCounters } from "./transport.ts";

export class Tally {
  private readonly names = new Map<bigint, string>();
  readonly counters = {
    sentBytes: new Map<string, number>(),
    receivedBytes: new Map<string, number>(),
    sentFailures: new Map<string, number>(),
    receivedFailures: new Map<string, number>(),
    snapshotSendSuccess: new Map<string, number>(),
    snapshotSendFailures: new Map<string, number>(),
    snapshotReceiveSuccess: new Map<string, number>(),
    snapshotReceiveFailures: new Map<string, number>(),
    roundTripSeconds: new Map<string, number>(),
    disconnected: new Map<string, number>(),
  } satisfies PeerCounters;

  add(counter: Exclude<keyof PeerCounters, "roundTripSeconds">, id: bigint, amount = 1): void {
    const name = this.nameOf(id);
    const map = this.counters[counter];
    map.set(name, (map.get(name) ?? 0) + amount);
  }

  setRoundTrip(id: bigint, seconds: number): void {
    this.counters.roundTripSeconds.set(this.nameOf(id), seconds);
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
