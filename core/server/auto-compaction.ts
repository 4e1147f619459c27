/**
 * Compaction without being asked (etcd server/etcdserver/api/v3compactor). Periodic: what is older than the retention goes,
 * first after one whole period, then every min(period, 1 h); the revision of a period ago is known by sampling ten times
 * an interval. Revision: every five minutes all but the last N revisions go. Only a leader compacts.
 */
import type { Clock, Timer } from "../platform/clock.ts";
import { EtcdError } from "../proto/errors.ts";
import type { Log } from "./log.ts";
import type { AutoCompaction } from "./options.ts";
import { printMs } from "./durations.ts";

export interface CompactionHost {
  revision(): number;
  compact(revision: number): Promise<unknown>;
}

const hourMs = 3_600_000;
const revisionPauseMs = 300_000;

export class AutoCompactor {
  private timer: Timer | undefined;
  private paused = true;
  private stopped = false;
  private samples: number[] = [];
  private lastRevision = 0;
  private lastSuccess: number;
  private waitMs: number;

  constructor(
    private readonly mode: AutoCompaction,
    private readonly host: CompactionHost,
    private readonly clock: Clock,
    private readonly log: Log,
  ) {
    this.lastSuccess = clock.monotonic();
    this.waitMs = mode.mode === "periodic" ? mode.retentionMs : 0;
  }

  start(): void {
    if (this.mode.mode === "periodic") this.sample();
    this.next();
  }

  /** A follower samples on, but leaves compacting to the leader. */
  setLeading(leading: boolean): void {
    this.paused = !leading;
  }

  stop(): void {
    this.stopped = true;
    this.timer?.cancel();
  }

  private get intervalMs(): number {
    return this.mode.mode === "periodic" ? Math.min(this.mode.retentionMs, hourMs) : revisionPauseMs;
  }

  private next(): void {
    if (this.stopped) return;
    const pause = this.mode.mode === "periodic" ? this.intervalMs / 10 : revisionPauseMs;
    this.timer = this.clock.after(pause, () => {
      const due = this.mode.mode === "periodic" ? this.periodicDue() : this.revisionDue(this.mode.retention);
      // samples are taken on time, whatever a compaction takes
      void (due === undefined ? Promise.resolve() : this.compact(due)).finally(() => {
        if (this.mode.mode === "periodic") this.sample();
        this.next();
      });
    });
  }

  private sample(): void {
    if (this.mode.mode !== "periodic") return;
    this.samples.push(this.host.revision());
    const kept = Math.floor(this.mode.retentionMs / (this.intervalMs / 10)) + 1;
    if (this.samples.length > kept) this.samples.shift();
  }

  private periodicDue(): number | undefined {
    const revision = this.samples[0];
    if (this.paused || revision === undefined || revision === this.lastRevision) return undefined;
    if (this.clock.monotonic() - this.lastSuccess < this.waitMs) return undefined;
    this.waitMs = this.intervalMs;
    return revision;
  }

  private revisionDue(retention: number): number | undefined {
    const revision = this.host.revision() - retention;
    return this.paused || revision <= 0 || revision === this.lastRevision ? undefined : revision;
  }

  private async compact(revision: number): Promise<void> {
    const begun = this.clock.monotonic();
    const fields = { revision, ...(this.mode.mode === "periodic" ? { "compact-period": printMs(this.mode.retentionMs) } : { "revision-compaction-retention": this.mode.retention }) };
    this.log.info(`starting auto ${this.mode.mode} compaction`, fields);
    try {
      await this.host.compact(revision);
    } catch (error) {
      if (!(error instanceof EtcdError) || error.reason !== "Compacted") {
        this.log.warn(`failed auto ${this.mode.mode} compaction`, { ...fields, error: (error as Error).message });
        return;
      }
    }
    this.lastRevision = revision;
    this.lastSuccess = this.clock.monotonic();
    this.log.info(`completed auto ${this.mode.mode} compaction`, { ...fields, took: printMs(this.clock.monotonic() - begun) });
  }
}
