/** The replicated state of a member: everything that stands on its database, opened together and replaced together. */
import { AlarmStore } from "../apply/alarm-store.ts";
import { type Applier, createApplier } from "../apply/applier.ts";
import { ConsistentIndex } from "../apply/consistent-index.ts";
import { Quota } from "../apply/quota.ts";
import { AuthStore } from "../auth/auth-store.ts";
import { bcryptCostDefault, bcryptCostMax, bcryptCostMin } from "../auth/bcrypt/bcrypt.ts";
import type { Tokens } from "../auth/tokens.ts";
import type { Backend } from "../backend/backend.ts";
import { Lessor } from "../lease/lessor.ts";
import { Cluster } from "../membership/cluster.ts";
import { type MvccStore, openStore } from "../mvcc/store.ts";
import type { Clock } from "../platform/clock.ts";
import type { Meters } from "../platform/meters.ts";
import { printMs } from "./durations.ts";
import { hex, type Log } from "./log.ts";
import type { MemberOptions } from "./options.ts";
import { parseVersion } from "./semver.ts";

/** etcd's interval between two checkpoints of a lease's time. */
const checkpointEveryMs = 5 * 60_000;

export interface StateOptions {
  readonly member: MemberOptions;
  readonly memberId: bigint;
  readonly clusterId: bigint;
  readonly clock: Clock;
  readonly log: Log;
  readonly tokens: Tokens;
  /** the database cannot be written any more */
  readonly onFailure: (error: Error) => void;
  /** a commit of the database took so long */
  readonly onCommitted: (seconds: number) => void;
  readonly meters: Meters;
}

export class MemberState {
  private constructor(
    private readonly options: StateOptions,
    private current: Backend,
    readonly consistentIndex: ConsistentIndex,
    readonly lessor: Lessor,
    readonly store: MvccStore,
    readonly alarms: AlarmStore,
    readonly cluster: Cluster,
    readonly quota: Quota,
    readonly auth: AuthStore,
    readonly bcryptCost: number,
  ) {
    this.applier = createApplier({ store, lessor, cluster, alarms, quota, auth, backend: () => this.current });
    this.adopt(current);
  }

  readonly applier: Applier;

  static async open(options: StateOptions, backend: Backend): Promise<MemberState> {
    const { member, clock, log } = options;
    // the shortest lease must outlast an election
    const minTtlSeconds = Math.ceil((3 * member.electionMs) / 2 / 1000);
    const cluster = new Cluster({ clusterId: options.clusterId, localId: options.memberId, maxLearners: member.maxLearners, meters: options.meters.v2Tree }, backend);
    const lessor = new Lessor({
      backend,
      clock,
      minTtlSeconds,
      meters: options.meters.leases,
      ...(member.gates.LeaseCheckpoint === true ? { checkpointIntervalMs: checkpointEveryMs } : {}),
      persistCheckpoints: () => member.gates.LeaseCheckpointPersist === true || keepsCheckpoints(cluster.version()),
    });
    const store = await openStore({
      backend,
      clock,
      leases: lessor,
      meters: options.meters.store,
      hashCompactions: true,
      warn: (message, detail) => log.warn(message, detail),
      compactions: {
        resumed: (revision) => log.info("resume scheduled compaction", { "scheduled-compact-revision": revision }),
        finished: ({ revision, tookMs, hash, size, sizeInUse }) => {
          const sizes = { "current-db-size-bytes": size, "current-db-size-in-use-bytes": sizeInUse };
          log.info("finished scheduled compaction", { "compact-revision": revision, took: printMs(tookMs), ...(hash === undefined ? {} : { hash }), ...sizes });
        },
      },
      ...(member.compactionBatchLimit > 0 ? { compactionBatchLimit: member.compactionBatchLimit } : {}),
      ...(member.compactionSleepMs > 0 ? { compactionPauseMs: member.compactionSleepMs } : {}),
    });
    return new MemberState(
      options,
      backend,
      new ConsistentIndex(backend),
      lessor,
      store,
      new AlarmStore(backend),
      cluster,
      new Quota(member.quotaBackendBytes),
      new AuthStore({ backend, tokens: options.tokens, log: (level, message, fields) => log[level](message, fields) }),
      bcryptCostOf(member.bcryptCost, log),
    );
  }

  get backend(): Backend {
    return this.current;
  }

  /**
   * Goes over to a received database. Leases first, because reading the store attaches its keys to them.
   * @param index of the snapshot that it came with: what it holds counts as applied up to there
   */
  async replace(backend: Backend, index: number, term: number): Promise<void> {
    const old = this.current;
    const { log } = this.options;
    this.current = backend;
    this.consistentIndex.restore(backend);
    // a database of 3.4 has no term: from now on it has
    if (this.consistentIndex.index < index || this.consistentIndex.term === 0) this.consistentIndex.advance(Math.max(index, this.consistentIndex.index), term);
    this.adopt(backend);
    log.info("restoring lease store");
    this.lessor.restore(backend);
    log.info("restoring mvcc store");
    await this.store.restore(backend);
    log.info("restored mvcc store", { "consistent-index": this.consistentIndex.index });
    this.alarms.restore(backend);
    log.info("restoring auth store");
    this.auth.recover(backend);
    log.info("restored auth store");
    log.info("restoring cluster configuration", { "local-member-id": hex(this.options.memberId) });
    this.cluster.restore(backend);
    // its file has lost its name; readers that still hold it end by themselves
    old.close().catch((error: Error) => log.warn("failed to close old backend", { error: error.message }));
  }

  async close(): Promise<void> {
    this.auth.close();
    this.lessor.close();
    this.store.close();
    await this.current.close();
  }

  private adopt(backend: Backend): void {
    let saved = -1;
    backend.onCommit((put) => {
      // a commit that is asked for while nothing happened stays empty
      if (this.consistentIndex.index === saved) return;
      saved = this.consistentIndex.index;
      this.consistentIndex.save(put);
    });
    backend.onCommitted((seconds) => this.options.onCommitted(seconds));
    backend.onFailure((error) => {
      if (this.current === backend) this.options.onFailure(error);
    });
  }
}

/** A cluster of 3.6 keeps checkpoints in its databases; members before 3.5 would not know what they read. */
function keepsCheckpoints(clusterVersion: string | undefined): boolean {
  const version = parseVersion(clusterVersion);
  return version !== undefined && (version.major > 3 || (version.major === 3 && version.minor >= 6));
}

function bcryptCostOf(given: number, log: Log): number {
  if (given >= bcryptCostMin && given <= bcryptCostMax) return given;
  const limits = { "min-cost": bcryptCostMin, "max-cost": bcryptCostMax, "default-cost": bcryptCostDefault };
  log.warn("use default bcrypt cost instead of the invalid given cost", { ...limits, "given-cost": given });
  return bcryptCostDefault;
}
