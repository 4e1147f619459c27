/** The member as a whole, as its lab sees it. */
import { AlarmType } from "../proto/gen/etcdserverpb.ts";
import type { PeerProgress, Role, StateRecord } from "../probe/records.ts";
import { type ProgressState, type Role as RaftRole, NONE } from "../raft/index.ts";
import { hex } from "./log.ts";
import type { Member } from "./member.ts";

const roles: Readonly<Record<RaftRole, Role>> = {
  StateFollower: "follower",
  StateCandidate: "candidate",
  StateLeader: "leader",
  StatePreCandidate: "pre-candidate",
};
const progressStates: Readonly<Record<ProgressState, PeerProgress["state"]>> = { StateProbe: "probe", StateReplicate: "replicate", StateSnapshot: "snapshot" };
const alarmNames = new Map<number, string>(Object.entries(AlarmType).map(([name, value]) => [value as number, name]));

const idOrNone = (id: bigint): string => (id === NONE ? "" : hex(id));

export function stateRecord(member: Member): StateRecord {
  const { state, applying, loop, telemetry } = member.parts;
  const status = loop.status();
  const { cluster, store, backend } = state;
  const role = cluster.isLocalLearner() ? "learner" : roles[status.softState.role];
  return {
    kind: "state",
    at: telemetry.now(),
    role,
    term: status.hardState.term,
    vote: idOrNone(status.hardState.vote),
    lead: idOrNone(status.softState.lead),
    firstIndex: status.firstIndex,
    lastIndex: status.lastIndex,
    durableIndex: loop.durableIndex,
    commit: status.hardState.commit,
    applied: applying.index,
    revision: store.revision(),
    compactRevision: store.compactRevision(),
    electionElapsed: status.electionElapsed,
    electionTimeout: status.randomizedElectionTimeout,
    tickMs: loop.tickMs,
    stepping: loop.isStepping,
    votes: Object.fromEntries([...status.votes].map(([id, granted]) => [hex(id), granted])),
    progress: status.progress
      .filter(({ id }) => id !== status.id)
      .map(({ id, match, next, state: progress, recentActive, inflightCount }) => ({
        id: hex(id),
        match,
        next,
        state: progressStates[progress],
        active: recentActive,
        inflight: inflightCount,
      })),
    dbSize: backend.size(),
    dbSizeInUse: backend.sizeInUse(),
    fsyncMs: member.lastFsyncMs,
    watchers: store.watcherCount(),
    leases: state.lessor.count,
    keys: store.keyCount(),
    alarms: state.alarms.list(AlarmType.NONE).map(({ alarm }) => alarmNames.get(alarm) ?? String(alarm)),
    residentBytes: process.memoryUsage.rss(),
  };
}
