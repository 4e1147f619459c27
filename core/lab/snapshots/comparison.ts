/** What differs between two sets of keys. Pure. */
import { DIFF_ROWS_MAX, type DifferenceKind, type DifferenceRow } from "../contract/snapshots.ts";
import type { KeyAt, KeyState } from "./key-state.ts";

export interface Difference {
  readonly kind: DifferenceKind;
  /** one char a byte */
  readonly key: string;
  readonly from: KeyAt | undefined;
  readonly to: KeyAt | undefined;
}

export interface Comparison {
  readonly added: number;
  readonly changed: number;
  readonly removed: number;
  readonly same: number;
  /** in the order of keys, at most DIFF_ROWS_MAX */
  readonly rows: readonly Difference[];
}

/** A key is the same when it was written by the same revision, or holds the same bytes: a restored cluster counts anew. */
function isSame(from: KeyAt, to: KeyAt): boolean {
  return from.bytes === to.bytes && from.crc === to.crc;
}

export function compare(from: KeyState, to: KeyState): Comparison {
  const rows: Difference[] = [];
  let [added, changed, removed, same] = [0, 0, 0, 0];
  for (const [key, before] of from.keys) {
    const after = to.keys.get(key);
    if (after === undefined) {
      removed++;
      rows.push({ kind: "removed", key, from: before, to: undefined });
    } else if (isSame(before, after)) same++;
    else {
      changed++;
      rows.push({ kind: "changed", key, from: before, to: after });
    }
  }
  for (const [key, after] of to.keys) {
    if (from.keys.has(key)) continue;
    added++;
    rows.push({ kind: "added", key, from: undefined, to: after });
  }
  rows.sort((a, b) => (a.key < b.key ? -1 : 1));
  return { added, changed, removed, same, rows: rows.length > DIFF_ROWS_MAX ? rows.slice(0, DIFF_ROWS_MAX) : rows };
}

export function rowOf({ kind, key, from, to }: Difference): DifferenceRow {
  return {
    kind,
    key: Buffer.from(key, "latin1").toString("base64"),
    fromRevision: from?.main ?? 0,
    toRevision: to?.main ?? 0,
    fromBytes: from?.bytes ?? -1,
    toBytes: to?.bytes ?? -1,
  };
}
