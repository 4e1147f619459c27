/**
 * Whether to wait for an fdatasync on the spot or to hand it to a thread. A thread keeps the event loop free, but its two
 * changes of thread cost more time and CPU than the sync of a few small writes on a disk with a write-back cache, which
 * takes 0.1 to 0.3 ms. So it is done on the spot while the disk has lately shown itself quick, and the first slow one sends
 * the next ones to threads again: a disk that stalls holds up the loop once, for as long as etcd's own raft loop, which
 * always waits for its fdatasync.
 */

/** Up to this long, on average, it is not worth a thread, ms. */
const quickMs = 1;
/** A single one this long counts as a stall, ms. */
const stallMs = 8;
/** This many by thread, after a stall and at the beginning, before the average is believed. */
const probation = 16;
/** weight of the newest in the average */
const weight = 1 / 8;
/** A change of threads and back, when others want the processors too, is no fault of the disk, ms. */
const handOverMs = 0.5;

export class SyncPace {
  private average = 0;
  private left = probation;

  /** Whether the next sync of few bytes is to be waited for on the spot. */
  get onTheSpot(): boolean {
    return this.left === 0 && this.average < quickMs;
  }

  /** Takes note of how long one took. */
  took(ms: number, byThread: boolean): void {
    const own = byThread ? Math.max(0, ms - handOverMs) : ms;
    if (ms >= stallMs) {
      this.left = probation;
      this.average = 0;
      return;
    }
    this.average += (own - this.average) * weight;
    if (this.left > 0) this.left--;
  }
}
