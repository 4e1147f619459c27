/**
 * What the workload wrote, and what of it was acknowledged, when and by which cluster. From it come the two numbers of a recovery:
 * RPO, the acknowledged writes that are lost, by name, and RTO, the time in which writes failed. Pure: times are handed in.
 */

export interface Write {
  /** from 1 */
  readonly number: number;
  readonly key: string;
  /** wall ms */
  readonly startedAt: number;
  readonly endedAt: number;
  readonly acknowledged: boolean;
  /** of the acknowledgement; 0 where there is none */
  readonly revision: number;
  /** hex; "" where there is none */
  readonly cluster: string;
  /** why it failed; "" otherwise */
  readonly error: string;
}

/** Time without service: from the last acknowledgement before it (or the first failed write) to the next one. */
export interface Outage {
  readonly from: number;
  /** undefined while it lasts */
  readonly to: number | undefined;
  readonly failedWrites: number;
  readonly error: string;
}

export interface Mark {
  readonly name: string;
  readonly at: number;
  /** the store's, at that time */
  readonly revision: number;
}

export const LEDGER_PREFIX = "/ledger/";
/** A ledger that is full takes no more writes. */
const LEDGER_MAX = 40_000;

export class Ledger {
  private readonly list: Write[] = [];
  readonly marks = new Map<string, Mark>();

  get writes(): readonly Write[] {
    return this.list;
  }
  get full(): boolean {
    return this.list.length >= LEDGER_MAX;
  }

  add(write: Write): void {
    this.list.push(write);
  }

  /** A key and the value that belongs to it. */
  static keyOf(number: number): string {
    return `${LEDGER_PREFIX}${String(number).padStart(6, "0")}`;
  }
  static valueOf(number: number): string {
    return `write ${number}`;
  }

  acknowledged(from = 0, to = Number.POSITIVE_INFINITY): Write[] {
    return this.list.filter((write) => write.acknowledged && write.endedAt >= from && write.endedAt <= to);
  }

  /** Acknowledged writes that are not among `present` with their own value. */
  lost(present: ReadonlyMap<string, string>, from = 0, to = Number.POSITIVE_INFINITY): Write[] {
    return this.acknowledged(from, to).filter((write) => present.get(write.key) !== Ledger.valueOf(write.number));
  }

  /** Outages that reach into the time from `since`, each cut off there. */
  outages(since: number): Outage[] {
    const found: Outage[] = [];
    let lastGood: number | undefined;
    let open: { from: number; failedWrites: number; error: string } | undefined;
    for (const write of this.list) {
      if (write.acknowledged) {
        if (open !== undefined) found.push({ ...open, to: write.endedAt });
        open = undefined;
        lastGood = write.endedAt;
      } else if (open !== undefined) open.failedWrites++;
      else open = { from: lastGood ?? write.startedAt, failedWrites: 1, error: write.error };
    }
    if (open !== undefined) found.push({ ...open, to: undefined });
    return found.filter((one) => one.to === undefined || one.to > since).map((one) => ({ ...one, from: Math.max(one.from, since) }));
  }

  /** Longest outage and the sum of all, ms. */
  downtime(since: number, now: number): { longestMs: number; totalMs: number } {
    const lengths = this.outages(since).map((one) => (one.to ?? now) - one.from);
    return { longestMs: Math.max(0, ...lengths), totalMs: lengths.reduce((sum, one) => sum + one, 0) };
  }
}
