/** Watchers and leases as each member told last. */
import type { WatchingView } from "../../core/lab/contract/watching.ts";
import type { LabStore } from "./lab.svelte.ts";

export class WatchingStore {
  #views = $state.raw<ReadonlyMap<string, WatchingView>>(new Map());
  readonly views = $derived([...this.#views.values()]);
  /** the member whose clock counts for leases; of several that say so the last to speak */
  readonly timer = $derived(this.views.filter((one) => one.timesLeases).sort((a, b) => b.at - a.at)[0]);

  constructor(lab: LabStore) {
    lab.on("watching", ({ watching }) => {
      this.#views = new Map([...this.#views, [watching.host, watching]]);
    });
  }

  of(host: string): WatchingView | undefined {
    return this.#views.get(host);
  }

  /** Nobody looks any more: what is kept would be old when somebody looks again. */
  clear(): void {
    this.#views = new Map();
  }
}
