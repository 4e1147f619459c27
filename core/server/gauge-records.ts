/** What the member measures, and who watches and holds leases, as its lab is told once a second. Bounded, however many there are. */
import type { Histogram } from "../platform/histogram.ts";
import type { MetersRecord, WatchingRecord } from "../probe/records.ts";
import { hex } from "./log.ts";
import type { Member } from "./member.ts";

const watchersMax = 256;
const leasesMax = 256;
const leaseKeysMax = 16;
/** bytes of a key that are told */
const keyBytesMax = 512;

export function metersRecord(member: Member): MetersRecord {
  const { state, proposals, meters, transport, telemetry } = member.parts;
  const roundTrip: Record<string, readonly [number, number]> = {};
  for (const [id, histogram] of transport.counters().roundTripSeconds) roundTrip[id] = totals(histogram);
  return {
    kind: "meters",
    at: telemetry.now(),
    fsync: totals(meters.disk.walSync),
    backendCommit: totals(meters.disk.commit),
    roundTrip,
    committed: member.committed,
    pending: proposals.pending,
    dbSize: state.backend.size(),
    dbSizeInUse: state.backend.sizeInUse(),
    residentBytes: process.memoryUsage.rss(),
  };
}

/** Count, and sum in ms. */
function totals({ count, sum }: Histogram): readonly [number, number] {
  return [count, sum * 1000];
}

export function watchingRecord(member: Member): WatchingRecord {
  const { state, telemetry } = member.parts;
  const { store, lessor } = state;
  return {
    kind: "watching",
    at: telemetry.now(),
    revision: store.revision(),
    watchers: store.watchers(watchersMax).map(({ client, key, rangeEnd, ...watcher }) => ({
      ...watcher,
      client: client.address,
      program: client.program.slice(0, 100),
      key: shown(key),
      rangeEnd: shown(rangeEnd),
    })),
    watcherCount: store.watcherCount(),
    streamCount: store.watchStreamCount(),
    timesLeases: lessor.isLeading,
    leases: lessor.soonest(leasesMax, leaseKeysMax).map((lease) => ({
      id: hex(lease.id),
      grantedSeconds: lease.grantedTtlSeconds,
      leftMs: Number.isFinite(lease.leftMs) ? Math.max(0, Math.round(lease.leftMs)) : -1,
      keys: lease.keys.map(shown),
      keyCount: lease.keyCount,
    })),
    leaseCount: lessor.count,
  };
}

function shown(key: Buffer): string {
  return key.subarray(0, keyBytesMax).toString("base64");
}
