/** Things by the time they fall due: a binary heap. */
export class DueQueue<T> {
  private readonly heap: { readonly dueMs: number; readonly item: T }[] = [];

  get size(): number {
    return this.heap.length;
  }

  push(dueMs: number, item: T): void {
    const { heap } = this;
    const added = { dueMs, item };
    let at = heap.length;
    heap.push(added);
    while (at > 0) {
      const parent = (at - 1) >>> 1;
      if (heap[parent]!.dueMs <= dueMs) break;
      heap[at] = heap[parent]!;
      at = parent;
    }
    heap[at] = added;
  }

  /** Takes the first item if it is due. */
  takeDue(nowMs: number): T | undefined {
    const { heap } = this;
    const first = heap[0];
    if (first === undefined || first.dueMs > nowMs) return undefined;
    const last = heap.pop()!;
    if (heap.length > 0) this.sink(last);
    return first.item;
  }

  clear(): void {
    this.heap.length = 0;
  }

  private sink(moved: { readonly dueMs: number; readonly item: T }): void {
    const { heap } = this;
    let at = 0;
    for (;;) {
      let child = at * 2 + 1;
      if (child >= heap.length) break;
      if (child + 1 < heap.length && heap[child + 1]!.dueMs < heap[child]!.dueMs) child++;
      if (heap[child]!.dueMs >= moved.dueMs) break;
      heap[at] = heap[child]!;
      at = child;
    }
    heap[at] = moved;
  }
}
