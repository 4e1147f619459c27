/**
 * Decoded pairs of the keys used last, within a budget of bytes. A pair hangs on its key's entry, so a hit costs only the
 * look at the entry. Entries stand in one queue; at its head those used since get a second round, the others lose their
 * pair. (A Set in insertion order would do, but taking from its front walks over everything deleted before.)
 */
import type { KeyValue } from "../proto/gen/mvccpb.ts";
import type { KeyEntry } from "./key-entry.ts";

/** What a cached pair costs besides its bytes: the objects and views around them, roughly. */
const overheadBytes = 300;
/** places in the queue's array that may be without a pair, besides as many as there are with one */
const idleMax = 4096;

export class ValueCache {
  private queue: KeyEntry[] = [];
  private head = 0;
  private bytes = 0;
  /** entries with a pair */
  private held = 0;

  constructor(private readonly budgetBytes: number) {}

  /** Holds the newest pair of a key. */
  hold(entry: KeyEntry, kv: KeyValue): void {
    if (entry.cached !== undefined) {
      this.bytes -= costOf(entry.cached);
      entry.usedAgain = true;
    } else this.held++;
    entry.cached = kv;
    this.bytes += costOf(kv);
    if (!entry.queued) {
      entry.queued = true;
      entry.usedAgain = false;
      this.queue.push(entry);
      if (this.queue.length > 2 * this.held + idleMax) this.sweep();
    }
    while (this.bytes > this.budgetBytes) this.evict();
  }

  release(entry: KeyEntry): void {
    if (entry.cached === undefined) return;
    this.bytes -= costOf(entry.cached);
    entry.cached = undefined;
    this.held--;
  }

  /** Looks at one entry of the queue. */
  private evict(): void {
    const entry = this.queue[this.head++]!;
    if (entry.usedAgain && entry.cached !== undefined) {
      entry.usedAgain = false;
      this.queue.push(entry);
      return;
    }
    entry.queued = false;
    this.release(entry);
  }

  /** Takes out what was passed by the head, and entries whose pair was released: their keys may be long gone. */
  private sweep(): void {
    this.queue = this.queue.slice(this.head).filter((entry) => {
      entry.queued = entry.cached !== undefined;
      return entry.queued;
    });
    this.head = 0;
  }
}

function costOf(kv: KeyValue): number {
  return kv.key.length + kv.value.length + overheadBytes;
}
