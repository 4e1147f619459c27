/**
 * Everything a member is started with, already checked for form: what the command line, environment and config file of
 * `bin/etcd` come down to. Durations are milliseconds, sizes bytes. Defaults are etcd 3.6's (server/embed/config.go).
 */

export interface MemberOptions {
  readonly name: string;
  readonly dataDir: string;
  /** undefined: <data-dir>/member/wal */
  readonly walDir: string | undefined;
  readonly listenPeerUrls: readonly string[];
  readonly listenClientUrls: readonly string[];
  readonly advertisePeerUrls: readonly string[];
  readonly advertiseClientUrls: readonly string[];
  /** peer URLs by member name, as in --initial-cluster */
  readonly initialCluster: ReadonlyMap<string, readonly string[]>;
  readonly initialClusterToken: string;
  /** --initial-cluster-state new */
  readonly newCluster: boolean;
  readonly forceNewCluster: boolean;

  readonly heartbeatMs: number;
  readonly electionMs: number;
  /** patience with a read and a write on a peer's stream; absent: 5 s, which is the least */
  readonly raftReadMs?: number;
  readonly raftWriteMs?: number;
  readonly initialElectionTickAdvance: boolean;
  readonly preVote: boolean;
  readonly strictReconfigCheck: boolean;
  readonly maxLearners: number;

  readonly snapshotCount: number;
  readonly snapshotCatchupEntries: number;
  /** 0: keep all */
  readonly maxSnapshots: number;
  readonly maxWals: number;
  readonly unsafeNoFsync: boolean;

  /** 0: the default of 2 GiB; negative: no quota */
  readonly quotaBackendBytes: number;
  /** 0: the backend's default */
  readonly backendBatchIntervalMs: number;
  readonly backendBatchLimit: number;
  readonly maxTxnOps: number;
  readonly maxRequestBytes: number;
  readonly maxConcurrentStreams: number;

  readonly autoCompaction: AutoCompaction | undefined;
  readonly compactionBatchLimit: number;
  readonly compactionSleepMs: number;

  readonly initialCorruptCheck: boolean;
  /** 0: no periodic check */
  readonly corruptCheckMs: number;
  /** undefined: no check of compaction hashes */
  readonly compactHashCheckMs: number | undefined;
  readonly downgradeCheckMs: number;

  /** --auth-token: "simple", "jwt,...", or "" */
  readonly authToken: string;
  readonly bcryptCost: number;
  /** of simple tokens; 0: 300 */
  readonly authTokenTtlSeconds: number;

  readonly warningApplyMs: number;
  /** feature gates by name, the groups AllAlpha and AllBeta among them */
  readonly gates: Readonly<Record<string, boolean>>;
  readonly bootstrapDefragThresholdBytes: number;
}

export type AutoCompaction =
  | { readonly mode: "periodic"; readonly retentionMs: number }
  | { readonly mode: "revision"; readonly retention: number };

/** What this program says it is to clients, peers and in Status. */
export const SERVER_VERSION = "3.6.14";
/** Oldest cluster that it can be a member of. */
export const MIN_CLUSTER_VERSION = "3.0.0";

/** Ticks of an election timeout. */
export function electionTicks(options: MemberOptions): number {
  return Math.floor(options.electionMs / options.heartbeatMs);
}

/** How long a request may take before it is answered with a timeout: 5 s for queue, disk and network, plus two elections. */
export function requestTimeoutMs(options: MemberOptions): number {
  return 5000 + 2 * electionTicks(options) * options.heartbeatMs;
}
