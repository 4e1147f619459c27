/** A leader's side of log replication: taking proposals, sending entries and snapshots, counting acknowledgements (Raft 5.3). */
import { MessageType, type Entry, type Message } from "../proto/gen/raftpb.ts";
import { payloadSize } from "./entry-size.ts";
import { InvariantError, isRaftError } from "./errors.ts";
import { describeProgress, hex } from "./format.ts";
import type { Progress } from "./progress.ts";
import { releaseEarlyReads } from "./read-index.ts";
import type { RaftState } from "./state.ts";
import { isEmptySnapshot, newMessage } from "./types.ts";

/**
 * Appends proposals to the leader's log, giving them term and index. The entries given stay as they are.
 * @returns false when the quota for uncommitted bytes is used up; one proposal always passes when nothing is pending
 */
export function appendProposals(raft: RaftState, proposals: readonly Entry[]): boolean {
  const size = payloadSize(proposals);
  if (raft.uncommittedSize > 0 && size > 0 && raft.uncommittedSize + size > raft.maxUncommittedSize) {
    if (raft.speaks("warn")) {
      const text = `${raft.hexId} appending new entries to log would exceed uncommitted entry size limit; dropping proposal`;
      raft.logger.log("warn", text);
    }
    return false;
  }
  raft.uncommittedSize += size;
  const { term } = raft;
  let index = raft.log.lastIndex();
  const entries: Entry[] = [];
  for (const { type, data } of proposals) entries.push({ term, index: ++index, type, data });
  // The leader acknowledges to itself like any follower, once its own write is done.
  const ack = newMessage(MessageType.MsgAppResp, raft.id);
  ack.index = raft.log.append(entries);
  raft.send(ack);
  return true;
}

/** What was applied no longer counts against the quota. */
export function reduceUncommittedSize(raft: RaftState, bytes: number): void {
  raft.uncommittedSize = Math.max(0, raft.uncommittedSize - bytes);
}

/** Sends a MsgApp to everyone else, empty where there is nothing new, unless they are paused. */
export function broadcastAppend(raft: RaftState): void {
  for (const [id, progress] of raft.tracker.members) if (id !== raft.id) sendAppend(raft, id, progress, true);
}

/**
 * Sends what a follower lacks: entries as far as message size and window let, or a snapshot where entries are compacted.
 * @param evenIfEmpty an empty MsgApp still tells the commit index, and wakes a follower that is being probed
 * @returns whether something was sent
 */
export function sendAppend(raft: RaftState, to: bigint, progress: Progress, evenIfEmpty: boolean): boolean {
  if (progress.paused) return false;
  const { log } = raft;
  const prevIndex = progress.next - 1;
  const prevTerm = log.term(prevIndex);
  if (prevTerm === undefined) return sendSnapshot(raft, to, progress);
  let entries: Entry[] | undefined = [];
  // With a full window only empty messages go: if all that filled it was lost, the answer to one of them gets things moving.
  if (progress.state !== "StateReplicate" || !progress.inflights.full) {
    entries = log.entriesFrom(progress.next, raft.maxMessageSize);
  }
  if (!evenIfEmpty && (entries === undefined || entries.length === 0)) return false;
  if (entries === undefined) return sendSnapshot(raft, to, progress);

  const message = newMessage(MessageType.MsgApp, to);
  message.index = prevIndex;
  message.logTerm = prevTerm;
  message.entries = entries;
  message.commit = log.committed;
  raft.send(message);
  progress.sentEntries(entries.length, payloadSize(entries));
  progress.sentCommit(log.committed);
  return true;
}

function sendSnapshot(raft: RaftState, to: bigint, progress: Progress): boolean {
  const debug = raft.speaks("debug");
  if (!progress.recentActive) {
    if (debug) raft.logger.log("debug", `ignore sending snapshot to ${hex(to)} since it is not recently active`);
    return false;
  }
  let snapshot;
  try {
    snapshot = raft.log.snapshot();
  } catch (error) {
    if (!isRaftError(error, "raft.snapshot_temporarily_unavailable")) throw error;
    if (debug) {
      const text = `${raft.hexId} failed to send snapshot to ${hex(to)} because snapshot is temporarily unavailable`;
      raft.logger.log("debug", text);
    }
    return false;
  }
  if (isEmptySnapshot(snapshot)) throw new InvariantError("need non-empty snapshot");
  const { index, term } = snapshot.metadata;
  if (debug) {
    const where = `[firstindex: ${raft.log.firstIndex()}, commit: ${raft.log.committed}]`;
    const what = `sent snapshot[index: ${index}, term: ${term}] to ${hex(to)} [${describeProgress(progress)}]`;
    raft.logger.log("debug", `${raft.hexId} ${where} ${what}`);
  }
  progress.becomeSnapshot(index);
  if (debug) {
    const text = `${raft.hexId} paused sending replication messages to ${hex(to)} [${describeProgress(progress)}]`;
    raft.logger.log("debug", text);
  }
  const message = newMessage(MessageType.MsgSnap, to);
  message.snapshot = snapshot;
  raft.send(message);
  return true;
}

/** Commits what a quorum holds, if it is of this term. @returns whether the commit index moved; followers should then hear of it */
export function commitByQuorum(raft: RaftState): boolean {
  return raft.log.tryCommit(raft.tracker.committed(), raft.term);
}

/** An answer to MsgApp or MsgSnap, the leader's own included. */
export function handleAppendResponse(raft: RaftState, message: Message, progress: Progress): void {
  progress.recentActive = true;
  if (message.reject) handleRejection(raft, message, progress);
  else handleAcknowledgement(raft, message, progress);
}

function handleRejection(raft: RaftState, message: Message, progress: Progress): void {
  const debug = raft.speaks("debug");
  if (debug) {
    const hint = `(rejected, hint: (index ${message.rejectHint}, term ${message.logTerm}))`;
    raft.logger.log("debug", `${raft.hexId} received MsgAppResp${hint} from ${hex(message.from)} for index ${message.index}`);
  }
  let probe = message.rejectHint;
  if (message.logTerm > 0) {
    // The follower has logTerm at the hint, and terms never fall along a log: no entry of ours with a greater term can match
    // at or before it. Skipping those takes one probe for each term instead of one for each entry.
    probe = raft.log.findConflictByTerm(message.rejectHint, message.logTerm).index;
  }
  if (!progress.stepBack(message.index, probe)) return;
  if (debug) {
    const text = `${raft.hexId} decreased progress of ${hex(message.from)} to [${describeProgress(progress)}]`;
    raft.logger.log("debug", text);
  }
  if (progress.state === "StateReplicate") progress.becomeProbe();
  sendAppend(raft, message.from, progress, true);
}

function handleAcknowledgement(raft: RaftState, message: Message, progress: Progress): void {
  const { from, index } = message;
  // An acknowledgement of what is known already still ends probing (after ReportUnreachable, for one).
  const useful = progress.acknowledge(index) || (progress.match === index && progress.state === "StateProbe");
  if (!useful) return;
  switch (progress.state) {
    case "StateProbe":
      progress.becomeReplicate();
      break;
    case "StateSnapshot":
      // Whichever snapshot it took, possibly from elsewhere: what counts is that the log goes on from there.
      if (progress.match + 1 < raft.log.firstIndex()) break;
      if (raft.speaks("debug")) {
        const what = "recovered from needing snapshot, resumed sending replication messages to";
        raft.logger.log("debug", `${raft.hexId} ${what} ${hex(from)} [${describeProgress(progress)}]`);
      }
      progress.becomeProbe();
      progress.becomeReplicate();
      break;
    case "StateReplicate":
      progress.inflights.freeUpTo(index);
  }

  const own = from === raft.id;
  if (commitByQuorum(raft)) {
    releaseEarlyReads(raft);
    broadcastAppend(raft);
  } else if (!own && progress.canBumpCommit(raft.log.committed)) {
    sendAppend(raft, from, progress, true);
  }
  // The window may have room for several messages now.
  if (!own) {
    let more = true;
    while (more) more = sendAppend(raft, from, progress, false);
  }

  if (from === raft.transferee && progress.match === raft.log.lastIndex()) {
    if (raft.speaks("info")) {
      raft.logger.log("info", `${raft.hexId} sent MsgTimeoutNow to ${hex(from)} after received MsgAppResp`);
    }
    raft.send(newMessage(MessageType.MsgTimeoutNow, from));
  }
}
