/**
 * A long list that stays with the lab: only the pages that are looked at are here, and those looked at longest ago go again. Its items
 * are their own numbers; a row that is not here yet is undefined.
 */

export interface Page<T> {
  readonly rows: readonly T[];
  readonly total: number;
}

const PAGE = 200;
/** Pages kept: some thousand rows, far more than a screen. */
const PAGES_MAX = 24;

export class Paged<T> {
  total = $state(0);
  status = $state<"idle" | "loading" | "ready" | "failed">("idle");
  failure = $state("");
  /** goes up when rows came: what a row shows depends on it */
  #version = $state(0);
  readonly items = $derived(Array.from({ length: this.total }, (_, at) => at));
  readonly #load: (from: number, limit: number) => Promise<Page<T>>;
  #asked = new Set<number>();
  #order: number[] = [];
  #kept = new Map<number, readonly T[]>();
  #generation = 0;

  constructor(load: (from: number, limit: number) => Promise<Page<T>>) {
    this.#load = load;
  }

  row(at: number): T | undefined {
    void this.#version;
    return this.#kept.get(Math.floor(at / PAGE))?.[at % PAGE];
  }

  /** Begins anew with the first page. */
  async reload(): Promise<void> {
    this.#generation += 1;
    this.#asked = new Set();
    this.#kept = new Map();
    this.#order = [];
    if (this.total === 0) this.status = "loading";
    await this.#fetch(0);
  }

  /** These rows are in sight. */
  want(first: number, last: number): void {
    if (this.status !== "ready") return;
    for (let page = Math.floor(first / PAGE); page <= Math.floor(Math.max(first, last - 1) / PAGE); page += 1) {
      if (this.#kept.has(page)) this.#touch(page);
      else if (!this.#asked.has(page) && page * PAGE < this.total) void this.#fetch(page);
    }
  }

  async #fetch(page: number): Promise<void> {
    const generation = this.#generation;
    this.#asked.add(page);
    try {
      const found = await this.#load(page * PAGE, PAGE);
      if (generation !== this.#generation) return;
      this.#kept.set(page, found.rows);
      this.#touch(page);
      for (const old of this.#order.splice(0, Math.max(0, this.#order.length - PAGES_MAX))) {
        this.#kept.delete(old);
        this.#asked.delete(old);
      }
      this.total = found.total;
      this.status = "ready";
      this.failure = "";
      this.#version += 1;
    } catch (error) {
      if (generation !== this.#generation) return;
      this.#asked.delete(page);
      this.status = "failed";
      this.failure = error instanceof Error ? error.message : String(error);
    }
  }

  #touch(page: number): void {
    this.#order = [...this.#order.filter((one) => one !== page), page];
  }
}
