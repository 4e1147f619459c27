/** What a leader does with messages (Raft 5.3, 6; thesis 3.10, 6.2, 6.4). */
import { MessageType, type Message } from "../proto/gen/raftpb.ts";
import { admitConfChanges } from "./configuration.ts";
import type { RaftErrorCode } from "./errors.ts";
import { describeProgress, hex } from "./format.ts";
import { broadcastHeartbeat } from "./heartbeat.ts";
import type { Progress } from "./progress.ts";
import { handleReadEcho, handleReadIndex } from "./read-index.ts";
import { appendProposals, broadcastAppend, handleAppendResponse, sendAppend } from "./replication.ts";
import type { RaftState } from "./state.ts";
import { newMessage, NONE } from "./types.ts";

/** @returns code of the refusal, undefined when the message was handled */
export function stepLeader(raft: RaftState, message: Message): RaftErrorCode | undefined {
  switch (message.type) {
    case MessageType.MsgBeat:
      broadcastHeartbeat(raft);
      return undefined;
    case MessageType.MsgCheckQuorum:
      checkQuorum(raft);
      return undefined;
    case MessageType.MsgProp:
      return propose(raft, message);
    case MessageType.MsgReadIndex:
      handleReadIndex(raft, message);
      return undefined;
    case MessageType.MsgForgetLeader:
      return undefined;
    default:
      stepFromMember(raft, message);
      return undefined;
  }
}

function stepFromMember(raft: RaftState, message: Message): void {
  const progress = raft.tracker.progress.get(message.from);
  if (progress === undefined) {
    if (raft.speaks("debug")) raft.logger.log("debug", `${raft.hexId} no progress available for ${hex(message.from)}`);
    return;
  }
  switch (message.type) {
    case MessageType.MsgAppResp:
      handleAppendResponse(raft, message, progress);
      break;
    case MessageType.MsgHeartbeatResp:
      handleHeartbeatResponse(raft, message, progress);
      break;
    case MessageType.MsgSnapStatus:
      handleSnapshotStatus(raft, message, progress);
      break;
    case MessageType.MsgUnreachable:
      // What was streamed is most likely lost: find out by probing where to go on.
      if (progress.state === "StateReplicate") progress.becomeProbe();
      logAbout(raft, "failed to send message to", message.from, "because it is unreachable ", progress);
      break;
    case MessageType.MsgTransferLeader:
      transferLeader(raft, message.from, progress);
  }
}

function propose(raft: RaftState, message: Message): RaftErrorCode | undefined {
  if (message.entries.length === 0) raft.fail(`${raft.hexId} stepped empty MsgProp`);
  // A leader that was removed goes on leading what is in the log, but takes nothing new.
  if (!raft.tracker.progress.has(raft.id)) return "raft.proposal_dropped";
  if (raft.transferee !== NONE) {
    if (raft.speaks("debug")) {
      const what = `transfer leadership to ${hex(raft.transferee)} is in progress; dropping proposal`;
      raft.logger.log("debug", `${raft.hexId} [term ${raft.term}] ${what}`);
    }
    return "raft.proposal_dropped";
  }
  if (!appendProposals(raft, admitConfChanges(raft, message.entries))) return "raft.proposal_dropped";
  broadcastAppend(raft);
  return undefined;
}

function checkQuorum(raft: RaftState): void {
  if (!raft.tracker.quorumActive()) {
    if (raft.speaks("warn")) {
      raft.logger.log("warn", `${raft.hexId} stepped down to follower since quorum is not active`);
    }
    raft.becomeFollower(raft.term, NONE);
  }
  for (const [id, progress] of raft.tracker.members) if (id !== raft.id) progress.recentActive = false;
}

function handleHeartbeatResponse(raft: RaftState, message: Message, progress: Progress): void {
  progress.recentActive = true;
  progress.flowPaused = false;
  // Also to one that is caught up but being probed: its answer to an empty message ends the probing.
  if (progress.match < raft.log.lastIndex() || progress.state === "StateProbe") {
    sendAppend(raft, message.from, progress, true);
  }
  if (raft.readOnlyOption !== "safe" || message.context === undefined || message.context.length === 0) return;
  handleReadEcho(raft, message.from, message.context);
}

function handleSnapshotStatus(raft: RaftState, message: Message, progress: Progress): void {
  if (progress.state !== "StateSnapshot") return;
  if (message.reject) progress.pendingSnapshot = 0;
  progress.becomeProbe();
  const outcome = message.reject ? "failed" : "succeeded";
  logAbout(raft, `snapshot ${outcome}, resumed sending replication messages to`, message.from, "", progress);
  // After success its MsgAppResp is on the way; after failure the next heartbeat is early enough.
  progress.flowPaused = true;
}

function transferLeader(raft: RaftState, to: bigint, progress: Progress): void {
  const info = raft.speaks("info");
  const who = `${raft.hexId} [term ${raft.term}]`;
  if (progress.isLearner) {
    if (raft.speaks("debug")) raft.logger.log("debug", `${raft.hexId} is learner. Ignored transferring leadership`);
    return;
  }
  if (raft.transferee !== NONE) {
    const previous = hex(raft.transferee);
    if (raft.transferee === to) {
      if (info) {
        const text = `transfer leadership to ${previous} is in progress, ignores request to same node ${previous}`;
        raft.logger.log("info", `${who} ${text}`);
      }
      return;
    }
    raft.transferee = NONE;
    if (info) raft.logger.log("info", `${who} abort previous transferring leadership to ${previous}`);
  }
  if (to === raft.id) {
    if (raft.speaks("debug")) {
      raft.logger.log("debug", `${raft.hexId} is already leader. Ignored transferring leadership to self`);
    }
    return;
  }
  const target = hex(to);
  if (info) raft.logger.log("info", `${who} starts to transfer leadership to ${target}`);
  // It has one election timeout from now to get done.
  raft.electionElapsed = 0;
  raft.transferee = to;
  if (progress.match === raft.log.lastIndex()) {
    raft.send(newMessage(MessageType.MsgTimeoutNow, to));
    if (info) {
      const text = `sends MsgTimeoutNow to ${target} immediately as ${target} already has up-to-date log`;
      raft.logger.log("info", `${raft.hexId} ${text}`);
    }
  } else {
    sendAppend(raft, to, progress, true);
  }
}

function logAbout(raft: RaftState, what: string, id: bigint, why: string, progress: Progress): void {
  if (!raft.speaks("debug")) return;
  raft.logger.log("debug", `${raft.hexId} ${what} ${hex(id)} ${why}[${describeProgress(progress)}]`);
}
