/**
 * `--force-new-cluster`: a cluster of one from a member's data, when the others are lost for good
 * (server/etcdserver/bootstrap.go, server/storage/util.go). What is not known to be committed is dropped, and removals of
 * all other members are written behind it as committed.
 */
import { encodeMember } from "../membership/member.ts";
import { ConfChange, ConfChangeType, type ConfState, type Entry, EntryType } from "../proto/gen/raftpb.ts";
import { decodeConfChange } from "../raft/index.ts";

export interface ForcedLog {
  /** committed entries, then the new ones */
  readonly entries: readonly Entry[];
  /** those to be written */
  readonly added: readonly Entry[];
  readonly commit: number;
}

/**
 * @param entries of the log behind its snapshot
 * @param applied index that `confState` stands for
 * @param commit last index known to be committed
 */
export function forceNewCluster(
  self: bigint,
  entries: readonly Entry[],
  applied: number,
  confState: ConfState,
  at: { readonly term: number; readonly commit: number },
): ForcedLog {
  const committed = entries.filter(({ index }) => index <= at.commit);
  const members = new Set([...confState.voters, ...confState.learners]);
  for (const entry of committed) if (entry.index > applied) follow(members, entry);
  const changes: ConfChange[] = [];
  // one's own addition first: a configuration without voters is refused
  if (!members.has(self)) {
    const context = encodeMember({ id: self, name: "", peerUrls: ["http://localhost:2380", "http://localhost:7001"], clientUrls: [], isLearner: false });
    changes.push(ConfChange.create({ type: ConfChangeType.ConfChangeAddNode, nodeId: self, context }));
  }
  for (const nodeId of [...members].sort((a, b) => (a < b ? -1 : 1))) {
    if (nodeId !== self) changes.push(ConfChange.create({ type: ConfChangeType.ConfChangeRemoveNode, nodeId }));
  }
  const added = changes.map((change, count): Entry => ({ type: EntryType.EntryConfChange, term: at.term, index: at.commit + 1 + count, data: ConfChange.encode(change) }));
  return { entries: [...committed, ...added], added, commit: at.commit + added.length };
}

function follow(members: Set<bigint>, entry: Entry): void {
  const change = decodeConfChange(entry);
  if (change === undefined || "changes" in change) return;
  if (change.type === ConfChangeType.ConfChangeRemoveNode) members.delete(change.nodeId);
  else if (change.type !== ConfChangeType.ConfChangeUpdateNode) members.add(change.nodeId);
}
