/**
 * Deletes compacted records from the backend, behind the readers (etcd server/storage/mvcc/kvstore_compaction.go): in
 * batches with a pause between, one compaction after the other, marked as scheduled before and as finished after, so
 * that one cut short by a crash is resumed. Which records go is known from the index: nothing is scanned.
 */
import type { Backend } from "../backend/backend.ts";
import type { Clock } from "../platform/clock.ts";
import type { StoreMeters } from "../platform/meters.ts";
import { encodeRevision, packRevision, unpackMain, unpackSub } from "./revision.ts";

export const scheduledCompactKey = Buffer.from("scheduledCompactRev");
export const finishedCompactKey = Buffer.from("finishedCompactRev");

/** The store was closed or replaced before the deletion was done; the next start resumes it. */
export class CompactionStoppedError extends Error {
  override readonly name = "CompactionStoppedError";
  readonly code = "mvcc.compaction_stopped";
}

/** Revisions to delete, in the order of the backend, so that each batch touches few pages. */
export class DroppedRevisions {
  private readonly packed: number[] = [];
  private readonly tombstones: number[] = [];
  private readonly spelled: Buffer[] = [];

  add(main: number, sub: number, dead: boolean): void {
    const packed = packRevision(main, sub);
    if (packed === undefined) this.spelled.push(encodeRevision(main, sub, dead));
    else if (dead) this.tombstones.push(packed);
    else this.packed.push(packed);
  }

  *keys(): IterableIterator<Buffer> {
    yield* unpack(this.packed, false);
    yield* unpack(this.tombstones, true);
    yield* this.spelled;
  }
}

function* unpack(packed: readonly number[], dead: boolean): IterableIterator<Buffer> {
  for (const revision of Float64Array.from(packed).sort()) yield encodeRevision(unpackMain(revision), unpackSub(revision), dead);
}

export interface CompactorOptions {
  readonly backend: Backend;
  readonly clock: Clock;
  /** records deleted at a time */
  readonly batchLimit: number;
  readonly pauseMs: number;
  readonly meters: StoreMeters;
  /** after everything up to `revision` is deleted and marked so */
  readonly finished: (revision: number, tookMs: number) => void;
}

export class Compactor {
  private last: Promise<void> = Promise.resolve();
  private stopped = false;

  constructor(private readonly options: CompactorOptions) {}

  /** Marks the compaction; the caller has taken the revisions out of the index. `before` holds the deletion back. */
  schedule(revision: number, dropped: DroppedRevisions, before: Promise<unknown>): Promise<void> {
    this.options.backend.put("meta", scheduledCompactKey, encodeRevision(revision, 0));
    const done = this.last.then(() => this.run(revision, dropped, before));
    // the next one may start whatever became of this one; who asked for this one hears of it
    this.last = done.catch(() => undefined);
    return done;
  }

  stop(): void {
    this.stopped = true;
  }

  private async run(revision: number, dropped: DroppedRevisions, before: Promise<unknown>): Promise<void> {
    const { backend, batchLimit, pauseMs, clock, meters, finished } = this.options;
    await before;
    this.checkRunning();
    const begun = clock.monotonic();
    await backend.commit();
    let count = 0;
    let batchBegun = clock.monotonic();
    for (const key of dropped.keys()) {
      backend.delete("key", key);
      meters.compactedKeys++;
      if (++count % batchLimit !== 0) continue;
      await backend.commit();
      meters.compactionPause.observe(clock.monotonic() - batchBegun);
      await new Promise<void>((resolve) => clock.after(pauseMs, resolve));
      this.checkRunning();
      batchBegun = clock.monotonic();
    }
    this.checkRunning();
    backend.put("meta", finishedCompactKey, encodeRevision(revision, 0));
    await backend.commit();
    const ended = clock.monotonic();
    meters.compactionPause.observe(ended - batchBegun);
    meters.compactionTotal.observe(ended - begun);
    meters.lastCompaction = Math.floor(clock.now() / 1000);
    finished(revision, ended - begun);
  }

  private checkRunning(): void {
    if (this.stopped) throw new CompactionStoppedError("mvcc: compaction stopped before its end");
  }
}
