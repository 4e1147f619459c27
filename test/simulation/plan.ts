/** What a seed decides before the run begins: the shape of the cluster, how bad network and disks are, how often faults strike. */
import type { Random } from "../../core/platform/random.ts";

export interface FaultPlan {
  /** First voters have the ids 1 to `voters`; spares come after them, start empty and outside. */
  readonly voters: number;
  readonly spares: number;
  readonly asyncStorageWrites: boolean;
  readonly preVote: boolean;
  readonly checkQuorum: boolean;
  /** Small messages, small windows, small pages of committed entries. */
  readonly tight: boolean;
  /** Chances in [0, 1] for each message. */
  readonly loss: number;
  readonly duplication: number;
  readonly longDelay: number;
  /** Simulated milliseconds. A tick is `TICK_MS`. */
  readonly delayMs: number;
  readonly longDelayMs: number;
  readonly syncMs: number;
  /** Mean time between two faults, proposals, reads. */
  readonly faultEveryMs: number;
  readonly proposalEveryMs: number;
  readonly readEveryMs: number;
  /** A snapshot is taken after so many applied entries, and so many are kept before it. */
  readonly snapshotEvery: number;
  readonly keepEntries: number;
  /** Events of the stormy part. */
  readonly events: number;
}

export const TICK_MS = 10;
export const ELECTION_TICKS = 10;

export function planFrom(random: Random, events?: number): FaultPlan {
  const chance = (probability: number): boolean => random.float() < probability;
  return {
    voters: 3 + random.below(3),
    spares: 1 + random.below(2),
    asyncStorageWrites: chance(0.5),
    preVote: chance(0.5),
    checkQuorum: chance(0.5),
    tight: chance(0.3),
    loss: [0, 0.01, 0.05, 0.15][random.below(4)]!,
    duplication: [0, 0.02, 0.1][random.below(3)]!,
    longDelay: [0, 0.02, 0.1][random.below(3)]!,
    delayMs: 1 + random.below(12),
    longDelayMs: 50 + random.below(400),
    syncMs: 1 + random.below(15),
    faultEveryMs: 60 + random.below(400),
    proposalEveryMs: 5 + random.below(30),
    readEveryMs: 20 + random.below(100),
    snapshotEvery: 5 + random.below(30),
    keepEntries: random.below(6),
    events: events ?? 2000 + random.below(3000),
  };
}

export function describePlan(plan: FaultPlan): string {
  const named = Object.entries(plan).map(([name, value]) => `${name}=${String(value)}`);
  return named.join(" ");
}
