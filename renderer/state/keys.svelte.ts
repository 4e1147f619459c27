/**
 * The keys of one prefix, page by page in order, kept up to date by what the lab says has changed. Holds summaries only;
 * values are read when a key is shown.
 */
import type { KeySummary } from "../../core/lab/contract/protocol.ts";
import { bytesOf, printableKey } from "../derive/bytes.ts";
import type { LabStore } from "./lab.svelte.ts";

export interface KeyRow extends KeySummary {
  /** as printed */
  readonly name: string;
}

const PAGE = 1000;
/** More changed keys than this are asked for as a page and not one by one. */
const SINGLE_READS_MAX = 8;
const REFRESH_MS = 250;
/** Rows kept at most; a filter or a prefix leads to the rest. */
const ROWS_MAX = 120_000;

function compareBytes(a: Uint8Array, b: Uint8Array): number {
  const shared = Math.min(a.length, b.length);
  for (let at = 0; at < shared; at += 1) {
    const difference = (a[at] ?? 0) - (b[at] ?? 0);
    if (difference !== 0) return difference;
  }
  return a.length - b.length;
}

/** base64 of one key against another, in the store's order */
function compareKeys(a: string, b: string): number {
  return a === b ? 0 : compareBytes(bytesOf(a), bytesOf(b));
}

export class KeysStore {
  rows = $state.raw<readonly KeyRow[]>([]);
  prefix = $state("");
  filter = $state("");
  count = $state(0);
  more = $state(false);
  revision = $state(0);
  /** the revision as of which keys are shown; 0: now */
  at = $state(0);
  status = $state<"idle" | "loading" | "ready" | "failed">("idle");
  failure = $state("");
  /** the cluster wants to know who reads */
  needsUser = $state(false);
  /** goes up when keys came, went or may have: trees count anew */
  changes = $state(0);

  readonly shown = $derived.by(() => {
    const wanted = this.filter.toLowerCase();
    return wanted === "" ? this.rows : this.rows.filter((row) => row.name.toLowerCase().includes(wanted));
  });

  readonly #lab: LabStore;
  #generation = 0;
  #changed: Set<string> | "many" = new Set();
  #refresh: ReturnType<typeof setTimeout> | undefined;
  #paging = false;

  constructor(lab: LabStore) {
    this.#lab = lab;
    lab.on("keys", (change) => {
      this.revision = Math.max(this.revision, change.revision);
      // the past does not change
      if (this.status === "idle" || this.at !== 0) return;
      if (change.keys.length === 0) this.#changed = "many";
      else if (this.#changed !== "many") {
        for (const key of change.keys) this.#changed.add(key);
        if (this.#changed.size > SINGLE_READS_MAX) this.#changed = "many";
      }
      if (this.#refresh === undefined) this.#refresh = setTimeout(() => void this.#takeChanges(), REFRESH_MS);
    });
  }

  /** Shows the keys below a prefix (base64). */
  open(prefix: string): void {
    this.prefix = prefix;
    this.rows = [];
    void this.reload();
  }

  /** Shows the store as it was at a revision; 0: as it is. */
  lookAt(revision: number): void {
    this.at = revision;
    this.rows = [];
    void this.reload();
  }

  /** Reads again what is loaded, from the first page on. */
  async reload(): Promise<void> {
    this.#generation += 1;
    const generation = this.#generation;
    const wanted = Math.max(PAGE, this.rows.length);
    if (this.rows.length === 0) this.status = "loading";
    try {
      const rows: KeyRow[] = [];
      let more = true;
      while (more && rows.length < wanted) {
        const page = await this.#lab.call("keys.list", { prefix: this.prefix, after: rows.at(-1)?.key ?? "", limit: PAGE, revision: this.at });
        if (generation !== this.#generation) return;
        for (const key of page.keys) rows.push({ ...key, name: printableKey(key.key) });
        more = page.more;
        this.count = page.count;
        this.revision = Math.max(this.revision, page.revision);
      }
      this.rows = rows;
      this.more = more;
      this.status = "ready";
      this.changes += 1;
    } catch (error) {
      if (generation === this.#generation) this.#fail(error);
    }
  }

  /** The next page, when a reader comes near the end or a filter has not searched all. */
  async loadMore(): Promise<void> {
    if (this.#paging || !this.more || this.status !== "ready" || this.rows.length >= ROWS_MAX) return;
    this.#paging = true;
    const generation = this.#generation;
    try {
      const page = await this.#lab.call("keys.list", { prefix: this.prefix, after: this.rows.at(-1)?.key ?? "", limit: PAGE, revision: this.at });
      if (generation !== this.#generation) return;
      this.rows = [...this.rows, ...page.keys.map((key) => ({ ...key, name: printableKey(key.key) }))];
      this.more = page.more;
      this.count = page.count;
    } catch (error) {
      if (generation === this.#generation) this.#fail(error);
    } finally {
      this.#paging = false;
    }
  }

  #fail(error: unknown): void {
    this.status = "failed";
    this.needsUser = (error as { readonly code?: unknown }).code === "user-needed";
    this.failure = error instanceof Error ? error.message : String(error);
  }

  async #takeChanges(): Promise<void> {
    this.#refresh = undefined;
    const changed = this.#changed;
    this.#changed = new Set();
    if (changed === "many" || this.status !== "ready" || this.rows.length <= PAGE) {
      await this.reload();
      return;
    }
    const generation = this.#generation;
    try {
      for (const key of changed) {
        if (!this.#covers(key)) continue;
        const { found } = await this.#lab.call("keys.get", { key, revision: 0 });
        if (generation !== this.#generation) return;
        this.#place(key, found === null ? null : { ...found, name: printableKey(key) });
      }
      this.changes += 1;
    } catch (error) {
      if (generation === this.#generation) this.#fail(error);
    }
  }

  /** A key that belongs to what is loaded: below the prefix and not past the last row. */
  #covers(key: string): boolean {
    const prefix = bytesOf(this.prefix);
    const bytes = bytesOf(key);
    if (bytes.length < prefix.length || compareBytes(bytes.subarray(0, prefix.length), prefix) !== 0) return false;
    const last = this.rows.at(-1);
    return !this.more || (last !== undefined && compareKeys(key, last.key) <= 0);
  }

  #place(key: string, row: KeyRow | null): void {
    let low = 0;
    let high = this.rows.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (compareKeys(this.rows[middle]?.key ?? "", key) < 0) low = middle + 1;
      else high = middle;
    }
    const there = this.rows[low]?.key === key;
    if (row === null && !there) return;
    const rows = [...this.rows];
    if (row === null) rows.splice(low, 1);
    else rows.splice(low, there ? 1 : 0, row);
    this.count += (row === null ? -1 : 0) + (row !== null && !there ? 1 : 0);
    this.rows = rows;
  }
}
