/** Majorities, single and joint: which index is committed, who won a vote (Raft 5.3, 5.2; thesis 4.3). Pure functions. */
import type { IdSet } from "./id-set.ts";

export type VoteResult = "VotePending" | "VoteLost" | "VoteWon";

/** Index up to which a voter has acknowledged; undefined when it has not said. */
export type AckedIndex = (id: bigint) => number | undefined;
/** A voter's answer; undefined when it has not said. */
export type VoteOf = (id: bigint) => boolean | undefined;

/** Both majorities must agree; `outgoing` is empty outside joint configurations. */
export interface JointVoters {
  readonly voters: IdSet;
  readonly outgoing: IdSet;
}

/** Acks of one computation, in descending order. Kept between calls: this runs for every acknowledgement a leader gets. */
const sortedAcks: number[] = [];

/** Largest index that a majority of `voters` has acknowledged. Infinity for no voters, so that an empty half of a joint pair is neutral. */
export function committedIndex(voters: IdSet, acked: AckedIndex): number {
  const count = voters.size;
  if (count === 0) return Infinity;
  for (let filled = 0; filled < count; filled++) {
    const ack = acked(voters.ids[filled]!) ?? 0;
    let slot = filled;
    while (slot > 0 && sortedAcks[slot - 1]! < ack) {
      sortedAcks[slot] = sortedAcks[slot - 1]!;
      slot--;
    }
    sortedAcks[slot] = ack;
  }
  return sortedAcks[count >> 1]!;
}

/** Largest index that both majorities have acknowledged. */
export function jointCommittedIndex(joint: JointVoters, acked: AckedIndex): number {
  return Math.min(committedIndex(joint.voters, acked), committedIndex(joint.outgoing, acked));
}

/** Outcome of a vote among `voters`. An empty set is won by convention, again to be neutral in a joint pair. */
export function voteResult(voters: IdSet, voteOf: VoteOf): VoteResult {
  if (voters.size === 0) return "VoteWon";
  let granted = 0;
  let missing = 0;
  for (const id of voters.ids) {
    const vote = voteOf(id);
    if (vote === undefined) missing++;
    else if (vote) granted++;
  }
  const quorum = (voters.size >> 1) + 1;
  if (granted >= quorum) return "VoteWon";
  return granted + missing >= quorum ? "VotePending" : "VoteLost";
}

/** Both halves must win; one lost half loses the whole. */
export function jointVoteResult(joint: JointVoters, voteOf: VoteOf): VoteResult {
  const incoming = voteResult(joint.voters, voteOf);
  const outgoing = voteResult(joint.outgoing, voteOf);
  if (incoming === outgoing) return incoming;
  return incoming === "VoteLost" || outgoing === "VoteLost" ? "VoteLost" : "VotePending";
}
