/** Who watches what on a member, and the leases, as the members themselves tell them while somebody looks. */
import type { LeaseFact, WatcherFact } from "../../probe/records.ts";

export type { LeaseFact, WatcherFact };

/** What one member told last. */
export interface WatchingView {
  readonly host: string;
  /** wall ms */
  readonly at: number;
  readonly revision: number;
  readonly watchers: readonly WatcherFact[];
  readonly watcherCount: number;
  readonly streamCount: number;
  /** this member's clock counts for leases: it leads */
  readonly timesLeases: boolean;
  readonly leases: readonly LeaseFact[];
  readonly leaseCount: number;
}

/** What a window wants to be told of as long as it looks. */
export type LookTopic = "watching" | "snapshots" | "journal";

export interface WatchingCommands {
  /** A window begins or ends to look. `viewer` is the window's own name for itself; `host` is for "journal" only. */
  "view.look": { args: { viewer: string; topic: LookTopic; host: string; on: boolean }; reply: null };
  "lease.revoke": { args: { lease: string }; reply: null };
}
