/** Snapshot files of a lab, what they hold, and what differs between two of them: read by the lab from the hosts' files. */
import type { Damage } from "./damage.ts";

/**
 * file: what `etcdctl snapshot save` wrote, or a copy of a database; database: a member's own `member/snap/db`, or one that it
 * received from its leader; raft: a `.snap` file, which holds the members and no keys.
 */
export type SnapshotKind = "file" | "database" | "raft";

/** What a database says, as `etcdutl snapshot status` prints it. */
export interface SnapshotReport {
  /** CRC-32C over all buckets, hex without leading zeros; "" where it was not counted */
  readonly hash: string;
  readonly revision: number;
  readonly keys: number;
  /** bytes of pages in use, as etcdutl counts them */
  readonly size: number;
  /** storage version; "" before 3.6 */
  readonly version: string;
  /** raft term and index that it stands at */
  readonly term: number;
  readonly index: number;
  /** names of the members it knows; a member without one is there with its id */
  readonly members: readonly string[];
}

export interface SnapshotView {
  readonly host: string;
  /** as the host sees it */
  readonly path: string;
  readonly kind: SnapshotKind;
  readonly bytes: number;
  /** wall ms: last written */
  readonly at: number;
  /** waiting: nobody has read it yet; checking: it is being read; live: a running member writes to it, read only when asked */
  readonly state: "waiting" | "checking" | "sound" | "damaged" | "live";
  /** the SHA-256 that etcdctl puts at the end; none: a copy of a database has none */
  readonly digest: "right" | "wrong" | "none" | "unread";
  readonly report: SnapshotReport | null;
  readonly damage: Damage | null;
}

/** One side of a comparison: a file, or ("" host and path) the cluster as it is now. */
export interface SnapshotSide {
  readonly host: string;
  readonly path: string;
}

export type DifferenceKind = "added" | "changed" | "removed";

/** A comparison that was made and is kept for a while. Counts are of all, `rows` of those that can be asked for. */
export interface SnapshotDiff {
  readonly id: string;
  readonly from: SnapshotSide;
  readonly to: SnapshotSide;
  readonly fromRevision: number;
  readonly toRevision: number;
  readonly added: number;
  readonly changed: number;
  readonly removed: number;
  readonly same: number;
  /** of all kinds that were asked for */
  readonly rows: number;
  /** wall ms */
  readonly at: number;
}

/** One key that differs; 0 and -1 where a side does not have it. */
export interface DifferenceRow {
  readonly kind: DifferenceKind;
  /** base64 */
  readonly key: string;
  readonly fromRevision: number;
  readonly toRevision: number;
  readonly fromBytes: number;
  readonly toBytes: number;
}

/** A value of one side, base64; null where that side has no such key. */
export type SideValue = string | null;

/** Rows of a comparison that the lab keeps; a larger one is counted whole and says that it was cut. */
export const DIFF_ROWS_MAX = 250_000;

export interface SnapshotCommands {
  /** Looks through the hosts' files now. */
  "snapshots.list": { args: Record<string, never>; reply: { snapshots: readonly SnapshotView[]; searched: boolean } };
  /** Reads one now, a member's own database too. */
  "snapshots.inspect": { args: SnapshotSide; reply: { snapshot: SnapshotView } };
  /** As `etcdctl snapshot save PATH` on that host. */
  "snapshots.save": { args: SnapshotSide; reply: { output: string } };
  /** The command line that restores this host's member from it, for the terminal. */
  "snapshots.restore": { args: SnapshotSide; reply: { command: string } };
  "snapshots.diff": { args: { from: SnapshotSide; to: SnapshotSide }; reply: { diff: SnapshotDiff } };
  /** Rows in the order of keys, those of the named kinds only. */
  "snapshots.rows": {
    args: { id: string; kinds: readonly DifferenceKind[]; from: number; limit: number };
    reply: { rows: readonly DifferenceRow[]; total: number };
  };
  "snapshots.values": { args: { id: string; key: string }; reply: { from: SideValue; to: SideValue } };
}
