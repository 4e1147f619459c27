/** Membership of a running node: proposing, applying and restoring configurations (Raft 6, thesis 4). */
import { EntryType, type ConfChangeV2, type ConfState, type Entry } from "../proto/gen/raftpb.ts";
import { changeSimply, enterJoint, leaveJoint, restoreMembership, type ChangeContext } from "./changer.ts";
import { asConfChangeV2, decodeConfChange, planOf, sameConfState } from "./conf-change.ts";
import { InvariantError, RaftError } from "./errors.ts";
import { describeConfChange, describeConfiguration, describeConfState } from "./format.ts";
import { broadcastAppend, commitByQuorum, sendAppend } from "./replication.ts";
import type { RaftState } from "./state.ts";
import { confStateOf, type Membership } from "./tracker.ts";
import { NONE } from "./types.ts";

/**
 * Looks at configuration changes among proposals that a leader is about to append. One that may not go now is replaced by an empty
 * entry, so that whoever waits for it is answered; the list given stays as it is. Best effort: the active configuration may lag.
 * @throws WireError when a payload is not a configuration change
 */
export function admitConfChanges(raft: RaftState, proposals: readonly Entry[]): readonly Entry[] {
  let admitted: Entry[] | undefined;
  for (let at = 0; at < proposals.length; at++) {
    const entry = proposals[at]!;
    if (entry.type === EntryType.EntryNormal) continue;
    const change = decodeConfChange(entry);
    if (change === undefined) continue;
    const objection = objectionTo(raft, asConfChangeV2(change));
    if (objection === undefined || !raft.validatesConfChanges) {
      raft.pendingConfIndex = raft.log.lastIndex() + at + 1;
      continue;
    }
    if (raft.speaks("info")) {
      const what = `conf change ${describeConfChange(change)} at config ${describeConfiguration(raft.tracker.configuration)}`;
      raft.logger.log("info", `${raft.hexId} ignoring ${what}: ${objection}`);
    }
    admitted ??= proposals.slice();
    admitted[at] = { term: 0, index: 0, type: EntryType.EntryNormal, data: undefined };
  }
  return admitted ?? proposals;
}

function objectionTo(raft: RaftState, change: ConfChangeV2): string | undefined {
  if (raft.pendingConfIndex > raft.log.applied) {
    return `possible unapplied conf change at index ${raft.pendingConfIndex} (applied to ${raft.log.applied})`;
  }
  const leaves = change.changes.length === 0;
  if (raft.tracker.isJoint && !leaves) return "must transition out of joint config first";
  if (!raft.tracker.isJoint && leaves) return "not in joint state; refusing empty conf change";
  return undefined;
}

/**
 * Carries out a committed change.
 * @throws InvariantError when it does not fit the active configuration; the log then holds a change that must not be there
 */
export function applyConfChange(raft: RaftState, change: ConfChangeV2): ConfState {
  const { tracker } = raft;
  const context = changeContext(raft);
  try {
    const plan = planOf(change);
    if (plan === "leave-joint") return switchTo(raft, leaveJoint(tracker, context));
    if (plan === "simple") return switchTo(raft, changeSimply(tracker, context, change.changes));
    return switchTo(raft, enterJoint(tracker, context, plan === "joint-auto-leave", change.changes));
  } catch (error) {
    if (error instanceof RaftError) throw new InvariantError(error.message, { cause: error });
    throw error;
  }
}

/** Makes the membership of a ConfState the active one. @throws InvariantError when it is not a valid one */
export function restoreConfiguration(raft: RaftState, confState: ConfState): void {
  let membership: Membership;
  try {
    membership = restoreMembership(confState, changeContext(raft));
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new InvariantError(`unable to restore config ${describeConfState(confState)}: ${reason}`, { cause: error });
  }
  const reached = switchTo(raft, membership);
  if (!sameConfState(confState, reached)) {
    raft.fail(`ConfStates not equivalent after sorting:\n${describeConfState(confState)}\n${describeConfState(reached)}`);
  }
}

function changeContext(raft: RaftState): ChangeContext {
  return { lastIndex: raft.log.lastIndex(), limits: raft.tracker.limits };
}

/** Activates a membership and does what follows from it: stepping down, committing with a smaller quorum, probing newcomers. */
function switchTo(raft: RaftState, membership: Membership): ConfState {
  const { tracker } = raft;
  tracker.install(membership);
  if (raft.speaks("info")) {
    const text = `${raft.hexId} switched to configuration ${describeConfiguration(tracker.configuration)}`;
    raft.logger.log("info", text);
  }
  const confState = confStateOf(tracker.configuration);
  if (raft.role !== "StateLeader") return confState;

  const own = tracker.progress.get(raft.id);
  if (own === undefined || own.isLearner) {
    if (raft.stepsDownOnRemoval) raft.becomeFollower(raft.term, NONE);
    return confState;
  }
  if (tracker.configuration.voters.size === 0) return confState;
  if (commitByQuorum(raft)) {
    broadcastAppend(raft);
  } else {
    // A newcomer need not wait for the next heartbeat or proposal.
    for (const [id, progress] of tracker.members) if (id !== raft.id) sendAppend(raft, id, progress, false);
  }
  if (raft.transferee !== NONE && !tracker.voterIds.has(raft.transferee)) raft.transferee = NONE;
  return confState;
}
