/** Configuration changes as they stand in the log: both forms, their encoding, and how a change is to be carried out (thesis 4). */
import type { ConfChangeSingle, ConfState, Entry } from "../proto/gen/raftpb.ts";
import { ConfChange, ConfChangeTransition, ConfChangeType, ConfChangeV2, EntryType } from "../proto/gen/raftpb.ts";
import { RaftError } from "./errors.ts";
import type { AnyConfChange } from "./types.ts";

/** The newer form of the same change. */
export function asConfChangeV2(change: AnyConfChange): ConfChangeV2 {
  if ("changes" in change) return change;
  return ConfChangeV2.create({ changes: [{ type: change.type, nodeId: change.nodeId }], context: change.context });
}

/** A proposal of `change`; undefined proposes leaving a joint configuration, with no payload so that no quota can refuse it. */
export function confChangeEntry(change: AnyConfChange | undefined): Entry {
  if (change === undefined) return { term: 0, index: 0, type: EntryType.EntryConfChangeV2, data: undefined };
  if ("changes" in change) return { term: 0, index: 0, type: EntryType.EntryConfChangeV2, data: ConfChangeV2.encode(change) };
  return { term: 0, index: 0, type: EntryType.EntryConfChange, data: ConfChange.encode(change) };
}

/**
 * The change that an entry carries; undefined for a normal entry.
 * @throws WireError when the payload is not one
 */
export function decodeConfChange(entry: Entry): AnyConfChange | undefined {
  if (entry.type === EntryType.EntryConfChange) return ConfChange.decode(entry.data ?? Buffer.alloc(0));
  if (entry.type === EntryType.EntryConfChangeV2) return ConfChangeV2.decode(entry.data ?? Buffer.alloc(0));
  return undefined;
}

/** How a change is applied: as one step, through a joint configuration (left by itself or on demand), or by leaving one. */
export type ConfChangePlan = "simple" | "joint-auto-leave" | "joint-explicit-leave" | "leave-joint";

/** @throws RaftError "raft.conf_change_invalid" on an unknown transition */
export function planOf(change: ConfChangeV2): ConfChangePlan {
  switch (change.transition) {
    case ConfChangeTransition.ConfChangeTransitionAuto:
      if (change.changes.length === 0) return "leave-joint";
      return change.changes.length === 1 ? "simple" : "joint-auto-leave";
    case ConfChangeTransition.ConfChangeTransitionJointImplicit:
      return "joint-auto-leave";
    case ConfChangeTransition.ConfChangeTransitionJointExplicit:
      return "joint-explicit-leave";
    default:
      throw new RaftError("raft.conf_change_invalid", `unknown transition: ${change.transition}`);
  }
}

const LETTERS: Readonly<Record<string, number>> = {
  v: ConfChangeType.ConfChangeAddNode,
  l: ConfChangeType.ConfChangeAddLearnerNode,
  r: ConfChangeType.ConfChangeRemoveNode,
  u: ConfChangeType.ConfChangeUpdateNode,
};

/**
 * Reads the short notation `v1 l2 r3 u4`: make voter, make learner, remove, update.
 * @throws RaftError "raft.conf_change_invalid"
 */
export function parseConfChanges(text: string): ConfChangeSingle[] {
  const trimmed = text.trim();
  if (trimmed === "") return [];
  return trimmed.split(" ").map((token) => {
    if (token.length < 2) throw new RaftError("raft.conf_change_invalid", `unknown token ${token}`);
    const type = LETTERS[token[0]!];
    if (type === undefined) throw new RaftError("raft.conf_change_invalid", `unknown input: ${token}`);
    if (!/^\d+$/.test(token.slice(1))) throw new RaftError("raft.conf_change_invalid", `invalid id in ${token}`);
    return { type, nodeId: BigInt(token.slice(1)) };
  });
}

/** The short notation of `changes`. */
export function formatConfChanges(changes: readonly ConfChangeSingle[]): string {
  return changes
    .map(({ type, nodeId }) => {
      const letter = Object.keys(LETTERS).find((key) => LETTERS[key] === type) ?? "unknown";
      return `${letter}${nodeId}`;
    })
    .join(" ");
}

/** Whether two states describe the same membership, whatever the order of ids. */
export function sameConfState(left: ConfState, right: ConfState): boolean {
  return (
    sameIds(left.voters, right.voters) &&
    sameIds(left.learners, right.learners) &&
    sameIds(left.votersOutgoing, right.votersOutgoing) &&
    sameIds(left.learnersNext, right.learnersNext) &&
    left.autoLeave === right.autoLeave
  );
}

function sameIds(left: readonly bigint[], right: readonly bigint[]): boolean {
  if (left.length !== right.length) return false;
  const sorted = [...left].sort();
  const others = [...right].sort();
  return sorted.every((id, at) => id === others[at]);
}
