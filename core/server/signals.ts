/** Two ways in which a part of the member waits for another: for an event, and for the applied index to come far enough. */

/** An event that happens again and again; who waits gets the next one. */
export class Signal {
  private waiting: (() => void)[] = [];

  notify(): void {
    const waiting = this.waiting;
    this.waiting = [];
    for (const wake of waiting) wake();
  }

  /** @returns a function that stops waiting */
  once(wake: () => void): () => void {
    this.waiting.push(wake);
    return () => {
      const at = this.waiting.indexOf(wake);
      if (at >= 0) this.waiting.splice(at, 1);
    };
  }
}

/** Whoever waits for an index, in the order of their indexes. */
export class IndexWaiters {
  private waiting: { readonly index: number; readonly wake: () => void }[] = [];

  constructor(private reached: number) {}

  /** Calls `wake` when the index is reached: at once where it already is. @returns a function that stops waiting */
  once(index: number, wake: () => void): () => void {
    if (index <= this.reached) {
      wake();
      return () => undefined;
    }
    const entry = { index, wake };
    let at = this.waiting.length;
    while (at > 0 && this.waiting[at - 1]!.index > index) at--;
    this.waiting.splice(at, 0, entry);
    return () => {
      const found = this.waiting.indexOf(entry);
      if (found >= 0) this.waiting.splice(found, 1);
    };
  }

  reach(index: number): void {
    this.reached = index;
    let due = 0;
    while (due < this.waiting.length && this.waiting[due]!.index <= index) due++;
    if (due === 0) return;
    for (const { wake } of this.waiting.splice(0, due)) wake();
  }
}
