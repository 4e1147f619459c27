/** The library of labs as this window last heard of it, and the way from one lab to another. */
import type { LabShape, LabSummary, LeftLab } from "../../core/lab/contract/labs.ts";
import type { LabStore } from "./lab.svelte.ts";
import { wantLab } from "./which-lab.ts";

export class LabsStore {
  all = $state.raw<readonly LabSummary[]>([]);
  folder = $state("");
  saved = $state("");
  loaded = $state(false);
  failure = $state("");
  readonly #lab: LabStore;

  constructor(lab: LabStore) {
    this.#lab = lab;
  }

  /** the lab that this window shows; undefined where there is no library */
  get shown(): LabSummary | undefined {
    return this.all.find((one) => one.shown);
  }

  find(id: string): LabSummary | undefined {
    return this.all.find((one) => one.id === id);
  }

  async load(): Promise<void> {
    try {
      const { labs, folder, saved } = await this.#lab.call("labs.list", {});
      this.all = labs;
      this.folder = folder;
      this.saved = saved;
      this.loaded = true;
      this.failure = "";
    } catch (error) {
      this.failure = error instanceof Error ? error.message : String(error);
    }
  }

  async create(name: string, shape: LabShape): Promise<string> {
    const { id } = await this.#lab.call("labs.create", { name, shape });
    await this.load();
    return id;
  }

  /** This window shows that lab from now on. It begins anew, so that nothing of the one that it leaves stays on the screen. */
  async show(id: string, left: LeftLab): Promise<void> {
    await this.#lab.leave(() => this.#lab.call("labs.open", { id, left }));
    wantLab(id);
    location.reload();
  }
}
