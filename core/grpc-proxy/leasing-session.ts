/**
 * The lease under which a proxy owns keys (etcd client/v3/concurrency: Session): granted, kept alive, and granted anew after it was lost.
 * It counts as lost here before the members can take it for lost: time runs from when a renewal was asked for.
 */
import { type Channel } from "../client/index.ts";
import { LeaseService } from "../proto/gen/etcdserverpb.ts";
import type { Log } from "../server/log.ts";
import type { KeepAlives } from "./keep-alives.ts";

/** etcd's default */
const TTL_SECONDS = 60;
const RETRY_MS = 1000;

export class LeasingSession {
  private readonly stopping = new AbortController();
  private id: bigint | undefined;
  private expiresAt = 0;

  /** @param lost what was owned under the lease is not any more */
  constructor(
    private readonly channel: Channel,
    private readonly keepAlives: KeepAlives,
    private readonly lost: () => void,
    private readonly log: Log,
  ) {}

  /** undefined: there is none at the moment */
  get lease(): bigint | undefined {
    return performance.now() < this.expiresAt ? this.id : undefined;
  }

  /** @returns when the first lease is there, or the attempt has failed */
  start(): Promise<void> {
    return new Promise((resolve) => void this.run(resolve));
  }

  close(): void {
    this.stopping.abort();
    this.id = undefined;
    this.lost();
  }

  private async run(begun: () => void): Promise<void> {
    const { signal } = this.stopping;
    while (!signal.aborted) {
      const asked = performance.now();
      try {
        const { ID, TTL } = await this.channel.unary(LeaseService.LeaseGrant, { ID: 0n, TTL: TTL_SECONDS }, { signal, timeoutMs: TTL_SECONDS * 1000 });
        this.expiresAt = asked + TTL * 1000;
        this.id = ID;
        begun();
        await this.keep(ID, TTL * 1000);
      } catch (error) {
        begun();
        if (signal.aborted) return;
        this.log.warn("failed to create a session", { error: error as Error });
        await pause(RETRY_MS, signal);
      }
      this.id = undefined;
      this.lost();
    }
  }

  /** Until it is lost. */
  private async keep(id: bigint, ttlMs: number): Promise<void> {
    const { signal } = this.stopping;
    for (;;) {
      await pause(ttlMs / 3, signal);
      const asked = performance.now();
      const left = this.expiresAt - asked;
      if (signal.aborted || left <= 0) return;
      const renewed = await Promise.race([
        this.keepAlives.renew(id).catch(() => undefined), // asked again until the lease has run out
        pause(left, signal).then(() => undefined),
      ]);
      if (renewed === undefined) continue;
      if (renewed.TTL <= 0) return;
      this.expiresAt = asked + renewed.TTL * 1000;
    }
  }
}

function pause(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) {
      resolve();
      return;
    }
    const done = (): void => {
      clearTimeout(timer);
      signal.removeEventListener("abort", done);
      resolve();
    };
    const timer = setTimeout(done, ms);
    signal.addEventListener("abort", done, { once: true });
  });
}
