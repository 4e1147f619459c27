/** The last minutes of a member's own measurements, a sample for each record that it told. */
import type { MetersRecord } from "../../probe/records.ts";
import { type MeterSample, SAMPLES_MAX } from "../contract/member-page.ts";

type Totals = readonly [count: number, sumMs: number];

export class MeterHistory {
  private samples: MeterSample[] = [];
  private last: MetersRecord | undefined;

  list(): readonly MeterSample[] {
    return this.samples;
  }

  /** undefined for the first record of a member's life: there is nothing yet to measure from. */
  add(record: MetersRecord): MeterSample | undefined {
    const before = this.last;
    this.last = record;
    if (before === undefined || record.at <= before.at || record.committed < before.committed) return undefined;
    const sample: MeterSample = {
      at: record.at,
      fsyncMs: mean(before.fsync, record.fsync),
      commitMs: mean(before.backendCommit, record.backendCommit),
      committed: ((record.committed - before.committed) * 1000) / (record.at - before.at),
      pending: record.pending,
      dbBytes: record.dbSize,
      dbBytesInUse: record.dbSizeInUse,
      residentBytes: record.residentBytes,
      roundTripMs: Object.fromEntries(Object.entries(record.roundTrip).map(([id, totals]) => [id, mean(before.roundTrip[id] ?? [0, 0], totals)])),
    };
    this.samples.push(sample);
    if (this.samples.length > SAMPLES_MAX * 1.25) this.samples = this.samples.slice(-SAMPLES_MAX);
    return sample;
  }
}

/** -1 where nothing happened in between, or the member began anew. */
function mean(before: Totals, after: Totals): number {
  const count = after[0] - before[0];
  return count > 0 ? (after[1] - before[1]) / count : -1;
}
