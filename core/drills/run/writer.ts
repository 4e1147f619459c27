/** The workload: writes one key after the other through our client, at one member and then the next, and keeps the ledger. */
import { Client, connect } from "../../client/index.ts";
import type { Clock } from "../../platform/clock.ts";
import { Ledger } from "./ledger.ts";

export interface WriterOptions {
  readonly endpoints: readonly string[];
  readonly perSecond: number;
  readonly clock: Clock;
  readonly ledger: Ledger;
}

/** One member is waited for so long; a write has failed when all have been asked. */
const ATTEMPT_MS = 2000;
/** An etcd ends the connection of a client that pings more often than every 5 s (--grpc-keepalive-min-time). */
export const KEEPALIVE_MS = 7000;
/** After so many writes a long drill gets a slower workload, so that the ledger does not fill up. */
const SLOWER_AFTER = 6000;

export class Writer {
  private readonly clients: readonly Client[];
  /** which member is asked first */
  private at = 0;
  private count = 0;
  private readonly stopping = new AbortController();
  /** ends the pause that is on its way */
  private wake: () => void = () => undefined;
  private done: Promise<void> | undefined;

  constructor(private readonly options: WriterOptions) {
    this.clients = options.endpoints.map((endpoint) => new Client(connect(endpoint, { dialTimeoutMs: 1000, keepaliveTimeMs: KEEPALIVE_MS, keepaliveTimeoutMs: 2000 })));
  }

  start(): void {
    this.done ??= this.loop();
  }

  async stop(): Promise<void> {
    this.stopping.abort();
    this.wake();
    await this.done;
    for (const client of this.clients) client.close();
  }

  private async loop(): Promise<void> {
    const { ledger, perSecond } = this.options;
    while (!this.stopping.signal.aborted && !ledger.full) {
      await this.write(++this.count);
      await this.pause((1000 / perSecond) * (this.count > SLOWER_AFTER ? 10 : 1));
    }
  }

  private async write(number: number): Promise<void> {
    const { clock, ledger } = this.options;
    const key = Ledger.keyOf(number);
    const startedAt = clock.now();
    let error = "";
    for (let tries = 0; tries < this.clients.length; tries++) {
      const client = this.clients[this.at]!;
      try {
        const answer = await client.put({ key: Buffer.from(key), value: Buffer.from(Ledger.valueOf(number)) }, { timeoutMs: ATTEMPT_MS, signal: this.stopping.signal });
        const cluster = BigInt.asUintN(64, answer.header?.clusterId ?? 0n).toString(16);
        ledger.add({ number, key, startedAt, endedAt: clock.now(), acknowledged: true, revision: answer.header?.revision ?? 0, cluster, error: "" });
        return;
      } catch (caught) {
        if (this.stopping.signal.aborted) return;
        error = caught instanceof Error ? caught.message : String(caught);
        this.at = (this.at + 1) % this.clients.length;
      }
    }
    ledger.add({ number, key, startedAt, endedAt: clock.now(), acknowledged: false, revision: 0, cluster: "", error });
  }

  private pause(ms: number): Promise<void> {
    return new Promise((resolve) => {
      const timer = this.options.clock.after(ms, resolve);
      this.wake = () => {
        timer.cancel();
        resolve();
      };
    });
  }
}
