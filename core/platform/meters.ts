/**
 * What the parts of one member count while they work, for /metrics: plain numbers that cost nothing to keep. Their names
 * on the wire stand in `core/server/metrics.ts`. Durations are seconds unless said otherwise; bounds are etcd's.
 */
import { Histogram, exponentialBounds } from "./histogram.ts";

/** From a millisecond to eight seconds: most of what a disk does. */
const disk = (): Histogram => new Histogram(exponentialBounds(0.001, 2, 14));
const long = (count: number): Histogram => new Histogram(exponentialBounds(0.01, 2, count));

export class StoreMeters {
  ranges = 0;
  puts = 0;
  deletes = 0;
  /** write transactions with more than one operation */
  txns = 0;
  /** keys and values put */
  putBytes = 0;
  /** events handed to streams of watchers */
  events = 0;
  /** events that wait for a stream's reader */
  pendingEvents = 0;
  compactedKeys = 0;
  /** unix seconds; 0: none since the start */
  lastCompaction = 0;
  /** ms */
  readonly compactionTotal = new Histogram(exponentialBounds(100, 2, 14));
  readonly compactionPause = new Histogram(exponentialBounds(1, 2, 13));
  readonly indexCompaction = new Histogram(exponentialBounds(0.5, 2, 14));
  readonly hashByRevision = long(15);
  readonly hash = long(15);
}

export class LeaseMeters {
  granted = 0;
  revoked = 0;
  renewed = 0;
  expired = 0;
  /** seconds */
  readonly ttl = new Histogram(exponentialBounds(1, 2, 24));
}

export class DiskMeters {
  walBytes = 0;
  readonly walWrite = disk();
  readonly walSync = disk();
  readonly commit = disk();
  readonly commitRebalance = disk();
  readonly commitSpill = disk();
  readonly commitWrite = disk();
  readonly defragmentation = new Histogram(exponentialBounds(0.1, 2, 13));
  readonly backendSnapshot = long(17);
  /** defragmentations under way */
  defragmenting = 0;
  readonly snapMarshalling = disk();
  readonly snapSave = disk();
  readonly snapSync = disk();
  readonly receivedSync = disk();
  readonly receivedSave = new Histogram(exponentialBounds(0.1, 2, 10));
}

export class ServerMeters {
  slowReadIndexes = 0;
  heartbeatFailures = 0;
  learnersPromoted = 0;
  /** by etcd's text of the reason */
  readonly promotionsFailed = new Map<string, number>();
  /** received snapshots being applied */
  applyingSnapshots = 0;
  /** by operation and success, "Put true" */
  readonly applied = new Map<string, Histogram>();
  /** ranges read for clients */
  readonly range = new Histogram(exponentialBounds(0.0001, 2, 20));
  readonly rangeFailed = new Histogram(exponentialBounds(0.0001, 2, 20));

  promotionFailed(reason: string): void {
    this.promotionsFailed.set(reason, (this.promotionsFailed.get(reason) ?? 0) + 1);
  }

  /** @param operation as etcd names it, "LeaseGrant" */
  observeApply(operation: string, success: boolean, seconds: number): void {
    const key = success ? `${operation} true` : `${operation} false`;
    let histogram = this.applied.get(key);
    if (histogram === undefined) {
      histogram = new Histogram(exponentialBounds(0.0001, 2, 20));
      this.applied.set(key, histogram);
    }
    histogram.observe(seconds);
  }
}

/** Reads and writes of v2's tree, in which etcd keeps its membership beside the database, by etcd's name of the action. */
export class V2TreeMeters {
  readonly reads = new Map<string, number>();
  readonly writes = new Map<string, number>();

  read(action: "getRecursive", times = 1): void {
    this.reads.set(action, (this.reads.get(action) ?? 0) + times);
  }

  write(action: "create" | "set" | "update" | "delete", times = 1): void {
    if (times > 0) this.writes.set(action, (this.writes.get(action) ?? 0) + times);
  }
}

/** All of one member. */
export class Meters {
  readonly store = new StoreMeters();
  readonly leases = new LeaseMeters();
  readonly disk = new DiskMeters();
  readonly server = new ServerMeters();
  readonly v2Tree = new V2TreeMeters();
}
