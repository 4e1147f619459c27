/** The lab's snapshot files as it tells of them, and the comparison that is on the screen. */
import type { DifferenceKind, DifferenceRow, SnapshotDiff, SnapshotSide, SnapshotView } from "../../core/lab/contract/snapshots.ts";
import type { LabStore } from "./lab.svelte.ts";
import { Paged } from "./paged.svelte.ts";

export const LIVE: SnapshotSide = { host: "", path: "" };

export function sideKey({ host, path }: SnapshotSide): string {
  return host === "" ? "" : `${host}:${path}`;
}

export class SnapshotsStore {
  all = $state.raw<readonly SnapshotView[]>([]);
  searched = $state(false);
  failure = $state("");
  /** members' own databases and .snap files too */
  own = $state(false);
  from = $state.raw<SnapshotSide | null>(null);
  to = $state.raw<SnapshotSide>(LIVE);
  diff = $state.raw<SnapshotDiff | null>(null);
  comparing = $state(false);
  diffFailure = $state("");
  kinds = $state.raw<readonly DifferenceKind[]>(["added", "changed", "removed"]);
  readonly shown = $derived(this.own ? this.all : this.all.filter((one) => one.kind === "file"));
  readonly rows: Paged<DifferenceRow>;
  readonly #lab: LabStore;

  constructor(lab: LabStore) {
    this.#lab = lab;
    lab.on("snapshots", (change) => {
      this.all = change.snapshots;
      this.searched = change.searched;
    });
    this.rows = new Paged((from, limit) =>
      this.diff === null ? Promise.resolve({ rows: [], total: 0 }) : lab.call("snapshots.rows", { id: this.diff.id, kinds: this.kinds, from, limit }),
    );
  }

  find({ host, path }: SnapshotSide): SnapshotView | undefined {
    return this.all.find((one) => one.host === host && one.path === path);
  }

  async load(): Promise<void> {
    try {
      const { snapshots, searched } = await this.#lab.call("snapshots.list", {});
      this.all = snapshots;
      this.searched = searched;
      this.failure = "";
    } catch (error) {
      this.failure = error instanceof Error ? error.message : String(error);
    }
  }

  async compare(): Promise<void> {
    const { from, to } = this;
    if (from === null || this.comparing) return;
    this.comparing = true;
    this.diffFailure = "";
    try {
      const { diff } = await this.#lab.call("snapshots.diff", { from, to });
      this.diff = diff;
      await this.rows.reload();
    } catch (error) {
      this.diff = null;
      this.diffFailure = error instanceof Error ? error.message : String(error);
    } finally {
      this.comparing = false;
    }
  }

  toggle(kind: DifferenceKind): void {
    this.kinds = this.kinds.includes(kind) ? this.kinds.filter((one) => one !== kind) : [...this.kinds, kind];
    void this.rows.reload();
  }

  /** A comparison belongs to the sides it was made of. */
  choose(which: "from" | "to", side: SnapshotSide): void {
    this[which] = side;
    this.diff = null;
    this.diffFailure = "";
  }
}
