/** The active configuration and what is known of each member: progress, votes, quorum (etcd raft, tracker/tracker.go). */
import type { ConfState } from "../proto/gen/raftpb.ts";
import { IdSet } from "./id-set.ts";
import type { InflightLimits, Progress } from "./progress.ts";
import { jointCommittedIndex, jointVoteResult, type JointVoters, type VoteResult } from "./quorum.ts";

/** Who has a say. Immutable; changes make new ones. Learners never overlap with voters or outgoing voters. */
export interface Configuration extends JointVoters {
  /** Incoming majority: the only one outside joint configurations. */
  readonly voters: IdSet;
  /** Outgoing majority of a joint configuration, else empty. */
  readonly outgoing: IdSet;
  readonly learners: IdSet;
  /** Voters of the outgoing majority that turn learner when the joint configuration is left. */
  readonly learnersNext: IdSet;
  /** A joint configuration that the leader leaves by itself. */
  readonly autoLeave: boolean;
}

export const EMPTY_CONFIGURATION: Configuration = {
  voters: IdSet.EMPTY,
  outgoing: IdSet.EMPTY,
  learners: IdSet.EMPTY,
  learnersNext: IdSet.EMPTY,
  autoLeave: false,
};

export function confStateOf(configuration: Configuration): ConfState {
  return {
    voters: [...configuration.voters.ids],
    learners: [...configuration.learners.ids],
    votersOutgoing: [...configuration.outgoing.ids],
    learnersNext: [...configuration.learnersNext.ids],
    autoLeave: configuration.autoLeave,
  };
}

/** A configuration together with the progress of everyone in it. */
export interface Membership {
  readonly configuration: Configuration;
  readonly progress: ReadonlyMap<bigint, Progress>;
}

export interface Tally {
  readonly granted: number;
  readonly rejected: number;
  readonly result: VoteResult;
}

export class ProgressTracker implements Membership {
  configuration: Configuration = EMPTY_CONFIGURATION;
  progress: ReadonlyMap<bigint, Progress> = new Map();
  /** All tracked members in ascending order of id: walks take this, so that runs repeat. */
  members: ReadonlyArray<readonly [bigint, Progress]> = [];
  /** Voters of both majorities. */
  voterIds: IdSet = IdSet.EMPTY;
  readonly votes = new Map<bigint, boolean>();

  private readonly matchOf = (id: bigint): number | undefined => this.progress.get(id)?.match;
  private readonly voteOf = (id: bigint): boolean | undefined => this.votes.get(id);
  private readonly activityOf = (id: bigint): boolean | undefined => this.progress.get(id)?.recentActive;

  constructor(readonly limits: InflightLimits) {}

  /** Makes a membership the active one. */
  install(next: Membership): void {
    this.configuration = next.configuration;
    this.progress = next.progress;
    this.members = [...next.progress].sort(([left], [right]) => (left < right ? -1 : 1));
    this.voterIds = next.configuration.voters.union(next.configuration.outgoing);
  }

  /** True when one voter decides alone. */
  get isSingleton(): boolean {
    return this.configuration.voters.size === 1 && this.configuration.outgoing.size === 0;
  }

  get isJoint(): boolean {
    return this.configuration.outgoing.size > 0;
  }

  /** Largest index that a quorum holds. */
  committed(): number {
    return jointCommittedIndex(this.configuration, this.matchOf);
  }

  /** Whether a quorum was heard of since its marks were last cleared. */
  quorumActive(): boolean {
    return jointVoteResult(this.configuration, this.activityOf) === "VoteWon";
  }

  resetVotes(): void {
    this.votes.clear();
  }

  /** The first answer of a member counts. */
  recordVote(id: bigint, granted: boolean): void {
    if (!this.votes.has(id)) this.votes.set(id, granted);
  }

  tally(): Tally {
    let granted = 0;
    let rejected = 0;
    for (const [id, progress] of this.members) {
      const vote = this.votes.get(id);
      if (vote === undefined || progress.isLearner) continue;
      if (vote) granted++;
      else rejected++;
    }
    return { granted, rejected, result: jointVoteResult(this.configuration, this.voteOf) };
  }
}
