/**
 * Decoded pairs of the keys used last, within a budget of bytes: first in, first out. A pair hangs on its key's entry,
 * so a hit costs nothing but the look at the entry.
 */
import type { KeyValue } from "../proto/gen/mvccpb.ts";
import type { KeyEntry } from "./key-entry.ts";

/** What a cached pair costs besides its bytes: the objects and views around them, roughly. */
const overheadBytes = 300;

export class ValueCache {
  private readonly held = new Set<KeyEntry>();
  private bytes = 0;

  constructor(private readonly budgetBytes: number) {}

  /** Holds the newest pair of a key. */
  hold(entry: KeyEntry, kv: KeyValue): void {
    this.release(entry);
    const cost = costOf(kv);
    if (cost > this.budgetBytes / 4) return;
    entry.cached = kv;
    this.held.add(entry);
    this.bytes += cost;
    if (this.bytes <= this.budgetBytes) return;
    for (const oldest of this.held) {
      this.release(oldest);
      if (this.bytes <= this.budgetBytes) return;
    }
  }

  release(entry: KeyEntry): void {
    if (entry.cached === undefined) return;
    this.bytes -= costOf(entry.cached);
    entry.cached = undefined;
    this.held.delete(entry);
  }
}

function costOf(kv: KeyValue): number {
  return kv.key.length + kv.value.length + overheadBytes;
}
