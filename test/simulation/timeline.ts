/** Simulated time: what is due, in order of time and, at the same time, of planning. */

interface Due {
  readonly at: number;
  readonly order: number;
  readonly run: () => void;
}

const before = (left: Due, right: Due): boolean => left.at < right.at || (left.at === right.at && left.order < right.order);

export class Timeline {
  now = 0;
  private planned = 0;
  /** A binary heap: no entry is due before its parent. */
  private readonly heap: Due[] = [];

  after(delayMs: number, run: () => void): void {
    const due: Due = { at: this.now + delayMs, order: this.planned++, run };
    const { heap } = this;
    let at = heap.length;
    heap.push(due);
    while (at > 0) {
      const parent = (at - 1) >> 1;
      if (!before(due, heap[parent]!)) break;
      heap[at] = heap[parent]!;
      at = parent;
    }
    heap[at] = due;
  }

  /** Runs what is due next. @returns false when nothing is planned */
  step(): boolean {
    const next = this.take();
    if (next === undefined) return false;
    this.now = next.at;
    next.run();
    return true;
  }

  private take(): Due | undefined {
    const { heap } = this;
    const first = heap[0];
    const last = heap.pop();
    if (first === undefined || last === undefined || heap.length === 0) return first;
    let at = 0;
    for (;;) {
      let child = 2 * at + 1;
      if (child >= heap.length) break;
      if (child + 1 < heap.length && before(heap[child + 1]!, heap[child]!)) child++;
      if (!before(heap[child]!, last)) break;
      heap[at] = heap[child]!;
      at = child;
    }
    heap[at] = last;
    return first;
  }
}
