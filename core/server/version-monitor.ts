/**
 * The cluster version is the lowest of all members' server versions; the leader proposes it, every 4 s and after the
 * first commit of its term (server/etcdserver/version/monitor.go). A member that does not answer leaves it as it is.
 * It decides what may stand in the log, so it never rises above what any member understands.
 */
import type { Clock, Timer } from "../platform/clock.ts";
import type { Log } from "./log.ts";
import { MIN_CLUSTER_VERSION, SERVER_VERSION } from "./options.ts";
import { type Version, clusterVersionOf, compareVersions, downgradeTargetOf, isClusterVersionChange, parseVersion, printVersion, sameMinor } from "./semver.ts";

export interface DowngradeState {
  readonly enabled: boolean;
  /** "3.5.0"; "" when not enabled */
  readonly target: string;
}

export interface VersionHost {
  isLeader(): boolean;
  clusterVersion(): string | undefined;
  downgrade(): DowngradeState;
  /** server versions of all members by id in hex, own included; undefined for one that does not answer */
  serverVersions(): Promise<ReadonlyMap<string, string | undefined>>;
  proposeClusterVersion(version: string): Promise<void>;
  storageVersion(): string | undefined;
  setStorageVersion(version: string): void;
  cancelDowngrade(): Promise<void>;
}

const pauseMs = 4000;
const oldestSchema: Version = { major: 3, minor: 5, patch: 0 };

export class VersionMonitor {
  private timer: Timer | undefined;
  private downgradeTimer: Timer | undefined;
  private running: Promise<void> | undefined;
  private stopped = false;

  constructor(
    private readonly host: VersionHost,
    private readonly clock: Clock,
    private readonly log: Log,
    private readonly downgradeCheckMs: number,
  ) {}

  start(): void {
    this.schedule();
    if (this.downgradeCheckMs > 0) this.scheduleDowngrade();
  }

  /** To be called after the first commit of a term, and when the cluster version changed. */
  now(): void {
    if (this.stopped) return;
    // at once, also where it is this monitor's own round that changed the cluster version
    this.followWithStorage();
    this.running ??= this.check().finally(() => {
      this.running = undefined;
    });
  }

  stop(): void {
    this.stopped = true;
    this.timer?.cancel();
    this.downgradeTimer?.cancel();
  }

  private schedule(): void {
    this.timer = this.clock.after(pauseMs, () => {
      this.now();
      if (!this.stopped) this.schedule();
    });
  }

  private async check(): Promise<void> {
    try {
      if (!this.host.isLeader()) return;
      const next = await this.decide();
      if (next === undefined || this.stopped) return;
      const version = printVersion(clusterVersionOf(next));
      const current = this.host.clusterVersion();
      if (current === undefined) this.log.info("setting up initial cluster version using v3 API", { "cluster-version": minor(version) });
      else this.log.info("updating cluster version using v3 API", { from: minor(current), to: minor(version) });
      await this.host.proposeClusterVersion(version);
      this.log.info("cluster version is updated", { "cluster-version": minor(version) });
    } catch (error) {
      if (!this.stopped) this.log.warn("failed to update cluster version", { error: (error as Error).message });
    }
  }

  private async decide(): Promise<Version | undefined> {
    const current = parseVersion(this.host.clusterVersion());
    const lowest = await this.lowestServerVersion();
    if (current === undefined) return lowest ?? parseVersion(MIN_CLUSTER_VERSION);
    if (lowest === undefined) return undefined;
    const downgrade = this.host.downgrade();
    if (downgrade.enabled) {
      const target = parseVersion(downgrade.target)!;
      if (compareVersions(target, current) === 0) return undefined;
      for (const [what, from] of [["cluster-version", current], ["minimal-server-version", lowest]] as const) {
        if (compareVersions(target, downgradeTargetOf(from)) === 0) continue;
        this.log.error(`Cannot downgrade from ${what} to downgrade-target`, { "downgrade-target": downgrade.target, [what]: printVersion(from) });
        throw new Error("invalid downgrade target");
      }
      return target;
    }
    return compareVersions(current, lowest) < 0 && isClusterVersionChange(current, lowest) ? lowest : undefined;
  }

  private async lowestServerVersion(): Promise<Version | undefined> {
    let lowest: Version | undefined;
    const own = parseVersion(SERVER_VERSION)!;
    for (const [id, text] of await this.host.serverVersions()) {
      const version = parseVersion(text);
      if (version === undefined) return undefined;
      if (compareVersions(own, version) < 0) {
        this.log.warn("leader found higher-versioned member", { "local-member-version": SERVER_VERSION, "remote-member-id": id, "remote-member-version": text });
      }
      if (lowest === undefined || compareVersions(version, lowest) < 0) lowest = version;
    }
    return lowest;
  }

  /** The schema of the database follows the cluster version, on every member by itself. */
  private followWithStorage(): void {
    const cluster = parseVersion(this.host.clusterVersion());
    if (cluster === undefined || printVersion(cluster) === MIN_CLUSTER_VERSION) return;
    const text = this.host.storageVersion();
    const storage = parseVersion(text);
    if (storage !== undefined && sameMinor(storage, cluster)) return;
    // there is no older schema than 3.5's
    if (storage !== undefined && compareVersions(cluster, oldestSchema) < 0 && sameMinor(storage, oldestSchema)) return;
    if (storage !== undefined) this.log.info("cluster version differs from storage version.", { "cluster-version": printVersion(cluster), "storage-version": text });
    try {
      this.host.setStorageVersion(printVersion(clusterVersionOf(cluster)));
    } catch (error) {
      this.log.error("failed to update storage version", { "cluster-version": printVersion(cluster), error: (error as Error).message });
      return;
    }
    const downgrade = this.host.downgrade();
    if (downgrade.enabled) this.log.info("The server is ready to downgrade", { "target-version": downgrade.target, "server-version": SERVER_VERSION });
  }

  private scheduleDowngrade(): void {
    this.downgradeTimer = this.clock.after(this.downgradeCheckMs, () => {
      void this.endDowngradeIfDone().finally(() => {
        if (!this.stopped) this.scheduleDowngrade();
      });
    });
  }

  private async endDowngradeIfDone(): Promise<void> {
    const downgrade = this.host.downgrade();
    const target = parseVersion(downgrade.target);
    if (!this.host.isLeader() || !downgrade.enabled || target === undefined) return;
    try {
      for (const [id, text] of await this.host.serverVersions()) {
        const version = parseVersion(text);
        if (version !== undefined && sameMinor(version, target)) continue;
        const fields = { "remote-member-id": id, "current-server-version": text, "target-version": printVersion(target) };
        if (version !== undefined) this.log.warn("remotes server has mismatching etcd version", fields);
        return;
      }
      this.log.info("the cluster has been downgraded", { "cluster-version": downgrade.target });
      await this.host.cancelDowngrade();
    } catch (error) {
      if (!this.stopped) this.log.warn("failed to cancel downgrade", { error: (error as Error).message });
    }
  }
}

/** "3.6.0" as etcd logs a cluster version: "3.6". */
function minor(version: string): string {
  return version.split(".").slice(0, 2).join(".");
}
