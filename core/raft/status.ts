/** What can be seen of a node from outside, copied out: cheap for the server's loop, complete for the window (etcd raft, status.go). */
import type { HardState } from "../proto/gen/raftpb.ts";
import type { Progress, ProgressState } from "./progress.ts";
import type { RaftState } from "./state.ts";
import type { Configuration } from "./tracker.ts";
import type { SoftState } from "./types.ts";

export interface BasicStatus {
  readonly id: bigint;
  readonly hardState: HardState;
  readonly softState: SoftState;
  /** Last index acknowledged as applied. */
  readonly applied: number;
  /** Target of a leadership transfer under way, else NONE. */
  readonly transferee: bigint;
}

/** A leader's view of one member, itself included. */
export interface ProgressStatus {
  readonly id: bigint;
  readonly match: number;
  readonly next: number;
  readonly state: ProgressState;
  readonly isLearner: boolean;
  readonly recentActive: boolean;
  readonly paused: boolean;
  /** Index of the snapshot under way, 0 if none. */
  readonly pendingSnapshot: number;
  /** Messages and payload bytes under way. */
  readonly inflightCount: number;
  readonly inflightBytes: number;
  readonly inflightFull: boolean;
}

export interface Status extends BasicStatus {
  readonly configuration: Configuration;
  /** In ascending order of id; empty unless the node leads. */
  readonly progress: readonly ProgressStatus[];
  /** Answers to the last campaign of this node, in order of arrival. */
  readonly votes: ReadonlyMap<bigint, boolean>;
  /** Ticks: an election starts when elapsed reaches the randomized timeout. On a leader elapsed counts towards its quorum check. */
  readonly electionElapsed: number;
  readonly electionTimeout: number;
  readonly randomizedElectionTimeout: number;
  readonly heartbeatElapsed: number;
  readonly heartbeatTimeout: number;
  readonly firstIndex: number;
  readonly lastIndex: number;
  readonly lastTerm: number;
  /** Last index handed out to be applied. */
  readonly applying: number;
  /** First index that storage has not confirmed. */
  readonly unstableOffset: number;
  readonly pendingConfIndex: number;
  readonly uncommittedSize: number;
  /** Read requests waiting for the quorum or for the first commit of the term. */
  readonly pendingReads: number;
}

export function basicStatusOf(raft: RaftState): BasicStatus {
  return {
    id: raft.id,
    hardState: raft.hardState(),
    softState: { lead: raft.lead, role: raft.role },
    applied: raft.log.applied,
    transferee: raft.transferee,
  };
}

function progressStatusOf(id: bigint, progress: Progress): ProgressStatus {
  return {
    id,
    match: progress.match,
    next: progress.next,
    state: progress.state,
    isLearner: progress.isLearner,
    recentActive: progress.recentActive,
    paused: progress.paused,
    pendingSnapshot: progress.pendingSnapshot,
    inflightCount: progress.inflights.count,
    inflightBytes: progress.inflights.bytes,
    inflightFull: progress.inflights.full,
  };
}

export function statusOf(raft: RaftState): Status {
  const { log, tracker } = raft;
  const last = log.last();
  return {
    ...basicStatusOf(raft),
    configuration: tracker.configuration,
    progress: raft.role === "StateLeader" ? tracker.members.map(([id, progress]) => progressStatusOf(id, progress)) : [],
    votes: new Map(tracker.votes),
    electionElapsed: raft.electionElapsed,
    electionTimeout: raft.electionTimeout,
    randomizedElectionTimeout: raft.randomizedElectionTimeout,
    heartbeatElapsed: raft.heartbeatElapsed,
    heartbeatTimeout: raft.heartbeatTimeout,
    firstIndex: log.firstIndex(),
    lastIndex: last.index,
    lastTerm: last.term,
    applying: log.applying,
    unstableOffset: log.unstable.offset,
    pendingConfIndex: raft.pendingConfIndex,
    uncommittedSize: raft.uncommittedSize,
    pendingReads: raft.reads.pending + raft.earlyReads.length,
  };
}
