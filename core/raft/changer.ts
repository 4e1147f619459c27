/**
 * Carries configuration changes out: simple ones, entering and leaving joint configurations, restoring from a ConfState
 * (thesis 4.1, 4.3; etcd raft, confchange/). A refused change leaves everything as it was.
 */
import { ConfChangeType, type ConfChangeSingle, type ConfState } from "../proto/gen/raftpb.ts";
import { RaftError } from "./errors.ts";
import { IdSet } from "./id-set.ts";
import { Progress, type InflightLimits } from "./progress.ts";
import { EMPTY_CONFIGURATION, type Configuration, type Membership } from "./tracker.ts";

/** Facts that a newly tracked member starts with. */
export interface ChangeContext {
  /** Last index of the own log: where probing of a new member starts. */
  readonly lastIndex: number;
  readonly limits: InflightLimits;
}

/**
 * Applies changes that alter at most one voter.
 * @throws RaftError "raft.conf_change_invalid"
 */
export function changeSimply(base: Membership, context: ChangeContext, changes: readonly ConfChangeSingle[]): Membership {
  const draft = new Draft(base, context);
  if (draft.outgoing.size > 0) refuse("can't apply simple config change in joint config");
  draft.apply(changes);
  const next = draft.finish(false);
  if (base.configuration.voters.difference(next.configuration.voters) > 1) {
    refuse("more than one voter changed without entering joint config");
  }
  return next;
}

/**
 * From C_old to C_new,old: the present voters become the outgoing majority, the changes make the incoming one.
 * @throws RaftError "raft.conf_change_invalid"
 */
export function enterJoint(
  base: Membership,
  context: ChangeContext,
  autoLeave: boolean,
  changes: readonly ConfChangeSingle[],
): Membership {
  const draft = new Draft(base, context);
  if (draft.outgoing.size > 0) refuse("config is already joint");
  if (draft.voters.size === 0) refuse("can't make a zero-voter config joint");
  for (const id of draft.voters) draft.outgoing.add(id);
  draft.apply(changes);
  return draft.finish(autoLeave);
}

/**
 * From C_new,old to C_new: the outgoing majority goes, staged learners become learners.
 * @throws RaftError "raft.conf_change_invalid"
 */
export function leaveJoint(base: Membership, context: ChangeContext): Membership {
  const draft = new Draft(base, context);
  if (draft.outgoing.size === 0) refuse("can't leave a non-joint config");
  draft.dropOutgoing();
  return draft.finish(false);
}

/**
 * Builds the membership that a ConfState describes, from nothing: the outgoing majority one by one, then the joint step.
 * @throws RaftError "raft.conf_change_invalid"
 */
export function restoreMembership(confState: ConfState, context: ChangeContext): Membership {
  let membership: Membership = { configuration: EMPTY_CONFIGURATION, progress: new Map() };
  const incoming: ConfChangeSingle[] = [
    ...confState.votersOutgoing.map((nodeId) => ({ type: ConfChangeType.ConfChangeRemoveNode, nodeId })),
    ...confState.voters.map((nodeId) => ({ type: ConfChangeType.ConfChangeAddNode, nodeId })),
    ...[...confState.learners, ...confState.learnersNext].map((nodeId) => ({
      type: ConfChangeType.ConfChangeAddLearnerNode,
      nodeId,
    })),
  ];
  if (confState.votersOutgoing.length === 0) {
    for (const change of incoming) membership = changeSimply(membership, context, [change]);
    return membership;
  }
  for (const nodeId of confState.votersOutgoing) {
    membership = changeSimply(membership, context, [{ type: ConfChangeType.ConfChangeAddNode, nodeId }]);
  }
  return enterJoint(membership, context, confState.autoLeave, incoming);
}

function refuse(text: string): never {
  throw new RaftError("raft.conf_change_invalid", text);
}

/** A membership being rewritten. */
class Draft {
  readonly voters: Set<bigint>;
  readonly outgoing: Set<bigint>;
  private readonly learners: Set<bigint>;
  private readonly learnersNext: Set<bigint>;
  private readonly progress: Map<bigint, Progress>;

  constructor(
    base: Membership,
    private readonly context: ChangeContext,
  ) {
    checkInvariants(base);
    const { voters, outgoing, learners, learnersNext } = base.configuration;
    this.voters = new Set(voters.ids);
    this.outgoing = new Set(outgoing.ids);
    this.learners = new Set(learners.ids);
    this.learnersNext = new Set(learnersNext.ids);
    this.progress = new Map(base.progress);
  }

  apply(changes: readonly ConfChangeSingle[]): void {
    for (const { type, nodeId } of changes) {
      // etcd sets the id of a change that it refuses at apply time to zero: nothing to do then.
      if (nodeId === 0n) continue;
      switch (type) {
        case ConfChangeType.ConfChangeAddNode:
          this.makeVoter(nodeId);
          break;
        case ConfChangeType.ConfChangeAddLearnerNode:
          this.makeLearner(nodeId);
          break;
        case ConfChangeType.ConfChangeRemoveNode:
          this.remove(nodeId);
          break;
        case ConfChangeType.ConfChangeUpdateNode:
          break;
        default:
          refuse(`unexpected conf type ${type}`);
      }
    }
    if (this.voters.size === 0) refuse("removed all voters");
  }

  dropOutgoing(): void {
    for (const id of this.learnersNext) {
      this.learners.add(id);
      this.setLearner(id, true);
    }
    this.learnersNext.clear();
    for (const id of this.outgoing) if (!this.voters.has(id) && !this.learners.has(id)) this.progress.delete(id);
    this.outgoing.clear();
  }

  finish(autoLeave: boolean): Membership {
    const configuration: Configuration = {
      voters: IdSet.of(this.voters),
      outgoing: IdSet.of(this.outgoing),
      learners: IdSet.of(this.learners),
      learnersNext: IdSet.of(this.learnersNext),
      autoLeave,
    };
    const next = { configuration, progress: this.progress };
    checkInvariants(next);
    return next;
  }

  private makeVoter(id: bigint): void {
    this.voters.add(id);
    if (!this.progress.has(id)) {
      this.track(id, false);
      return;
    }
    this.setLearner(id, false);
    this.learners.delete(id);
    this.learnersNext.delete(id);
  }

  private makeLearner(id: bigint): void {
    const progress = this.progress.get(id);
    if (progress === undefined) {
      this.learners.add(id);
      this.track(id, true);
      return;
    }
    if (progress.isLearner) return;
    this.remove(id);
    this.progress.set(id, progress);
    // Who still votes in the outgoing majority cannot be a learner at the same time: staged until the joint step is over.
    if (this.outgoing.has(id)) {
      this.learnersNext.add(id);
    } else {
      this.learners.add(id);
      this.setLearner(id, true);
    }
  }

  private remove(id: bigint): void {
    this.voters.delete(id);
    this.learners.delete(id);
    this.learnersNext.delete(id);
    if (!this.outgoing.has(id)) this.progress.delete(id);
  }

  private setLearner(id: bigint, isLearner: boolean): void {
    const progress = this.progress.get(id)!;
    if (progress.isLearner !== isLearner) this.progress.set(id, progress.withLearner(isLearner));
  }

  private track(id: bigint, isLearner: boolean): void {
    const progress = Progress.create(Math.max(this.context.lastIndex, 1), this.context.limits, isLearner);
    // Else a check of the quorum could depose the leader before the newcomer had a chance to speak.
    progress.recentActive = true;
    this.progress.set(id, progress);
  }
}

/** What every membership must satisfy. The empty one does, so that a first one can be built from it. */
function checkInvariants({ configuration, progress }: Membership): void {
  const { voters, outgoing, learners, learnersNext, autoLeave } = configuration;
  for (const ids of [voters.union(outgoing).ids, learners.ids, learnersNext.ids]) {
    for (const id of ids) if (!progress.has(id)) refuse(`no progress for ${id}`);
  }
  for (const id of learnersNext.ids) {
    if (!outgoing.has(id)) refuse(`${id} is in LearnersNext, but not Voters[1]`);
    if (progress.get(id)!.isLearner) refuse(`${id} is in LearnersNext, but is already marked as learner`);
  }
  for (const id of learners.ids) {
    if (outgoing.has(id)) refuse(`${id} is in Learners and Voters[1]`);
    if (voters.has(id)) refuse(`${id} is in Learners and Voters[0]`);
    if (!progress.get(id)!.isLearner) refuse(`${id} is in Learners, but is not marked as learner`);
  }
  if (outgoing.size === 0) {
    if (learnersNext.size > 0) refuse("cfg.LearnersNext must be nil when not joint");
    if (autoLeave) refuse("AutoLeave must be false when not joint");
  }
}
