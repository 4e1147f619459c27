/** The last minutes of one member's own measurements. */
import { type MeterSample, SAMPLES_MAX } from "../../core/lab/contract/member-page.ts";
import type { LabStore } from "./lab.svelte.ts";

export class MeterStore {
  host = $state("");
  samples = $state.raw<readonly MeterSample[]>([]);
  status = $state<"loading" | "ready" | "failed">("loading");
  failure = $state("");
  readonly #lab: LabStore;

  constructor(lab: LabStore) {
    this.#lab = lab;
    lab.on("meters", ({ host, sample }) => {
      if (host === this.host && this.status === "ready") this.samples = [...this.samples, sample].slice(-SAMPLES_MAX);
    });
  }

  async show(host: string): Promise<void> {
    if (host !== this.host) {
      this.samples = [];
      this.status = "loading";
    }
    this.host = host;
    try {
      const { samples } = await this.#lab.call("member.samples", { host });
      if (host !== this.host) return;
      this.samples = samples;
      this.status = "ready";
    } catch (error) {
      if (host !== this.host) return;
      this.status = "failed";
      this.failure = error instanceof Error ? error.message : String(error);
    }
  }
}
