/** What followers, candidates and pre-candidates do with messages (Raft 5.2, 5.3, 7). */
import { MessageType, type Message, type Snapshot } from "../proto/gen/raftpb.ts";
import { EMPTY } from "../proto/wire.ts";
import { restoreConfiguration } from "./configuration.ts";
import { handleVoteResponse, startElection } from "./election.ts";
import type { RaftErrorCode } from "./errors.ts";
import { describeConfState, hex } from "./format.ts";
import type { RaftState } from "./state.ts";
import { newMessage, NONE } from "./types.ts";

/** @returns code of the refusal, undefined when the message was handled */
export function stepFollower(raft: RaftState, message: Message): RaftErrorCode | undefined {
  switch (message.type) {
    case MessageType.MsgProp:
      if (raft.lead === NONE) {
        if (raft.speaks("info")) raft.logger.log("info", `${raft.hexId} no leader at term ${raft.term}; dropping proposal`);
        return "raft.proposal_dropped";
      }
      if (!raft.forwardsProposals) {
        if (raft.speaks("info")) {
          const text = `${raft.hexId} not forwarding to leader ${hex(raft.lead)} at term ${raft.term}; dropping proposal`;
          raft.logger.log("info", text);
        }
        return "raft.proposal_dropped";
      }
      forward(raft, message);
      return undefined;
    case MessageType.MsgApp:
    case MessageType.MsgHeartbeat:
    case MessageType.MsgSnap:
      raft.electionElapsed = 0;
      raft.lead = message.from;
      handleLeader(raft, message);
      return undefined;
    case MessageType.MsgTransferLeader:
      if (raft.lead !== NONE) forward(raft, message);
      else logNoLeader(raft, "dropping leader transfer msg");
      return undefined;
    case MessageType.MsgForgetLeader:
      forgetLeader(raft);
      return undefined;
    case MessageType.MsgTimeoutNow:
      if (raft.speaks("info")) {
        const what = `received MsgTimeoutNow from ${hex(message.from)} and starts an election to get leadership.`;
        raft.logger.log("info", `${raft.hexId} [term ${raft.term}] ${what}`);
      }
      // No pre-vote: the leader itself asked, so this is no return from a partition.
      startElection(raft, "CampaignTransfer");
      return undefined;
    case MessageType.MsgReadIndex:
      if (raft.lead !== NONE) forward(raft, message);
      else logNoLeader(raft, "dropping index reading msg");
      return undefined;
    case MessageType.MsgReadIndexResp:
      if (message.entries.length !== 1) {
        if (raft.speaks("error")) {
          const count = `entries count: ${message.entries.length}`;
          raft.logger.log("error", `${raft.hexId} invalid format of MsgReadIndexResp from ${hex(message.from)}, ${count}`);
        }
        return undefined;
      }
      raft.readStates.push({ index: message.index, context: message.entries[0]!.data ?? EMPTY });
      return undefined;
    default:
      return undefined;
  }
}

/** Serves candidates and pre-candidates; each counts answers to its own kind of request only, others are stale. */
export function stepCandidate(raft: RaftState, message: Message): RaftErrorCode | undefined {
  switch (message.type) {
    case MessageType.MsgProp:
      if (raft.speaks("info")) raft.logger.log("info", `${raft.hexId} no leader at term ${raft.term}; dropping proposal`);
      return "raft.proposal_dropped";
    case MessageType.MsgApp:
    case MessageType.MsgHeartbeat:
    case MessageType.MsgSnap:
      // Someone else won this term.
      raft.becomeFollower(message.term, message.from);
      handleLeader(raft, message);
      return undefined;
    case MessageType.MsgVoteResp:
      if (raft.role === "StateCandidate") handleVoteResponse(raft, message);
      return undefined;
    case MessageType.MsgPreVoteResp:
      if (raft.role === "StatePreCandidate") handleVoteResponse(raft, message);
      return undefined;
    case MessageType.MsgTimeoutNow:
      if (raft.speaks("debug")) {
        const where = `[term ${raft.term} state ${raft.role}]`;
        raft.logger.log("debug", `${raft.hexId} ${where} ignored MsgTimeoutNow from ${hex(message.from)}`);
      }
      return undefined;
    default:
      return undefined;
  }
}

function handleLeader(raft: RaftState, message: Message): void {
  if (message.type === MessageType.MsgApp) handleAppend(raft, message);
  else if (message.type === MessageType.MsgHeartbeat) handleHeartbeat(raft, message);
  else handleSnapshot(raft, message);
}

function handleAppend(raft: RaftState, message: Message): void {
  const { log } = raft;
  const response = newMessage(MessageType.MsgAppResp, message.from);
  if (message.index < log.committed) {
    // What is committed matches for sure: an outdated message is answered with how far that is.
    response.index = log.committed;
    raft.send(response);
    return;
  }
  const lastNew = log.tryAppend(message.index, message.logTerm, message.entries, message.commit);
  if (lastNew !== undefined) {
    response.index = lastNew;
    raft.send(response);
    return;
  }
  if (raft.speaks("debug")) {
    const own = `[logterm: ${log.term(message.index) ?? 0}, index: ${message.index}]`;
    const theirs = `[logterm: ${message.logTerm}, index: ${message.index}]`;
    raft.logger.log("debug", `${raft.hexId} ${own} rejected MsgApp ${theirs} from ${hex(message.from)}`);
  }
  // A guess where the logs may match: entries here of a later term than the leader's at that place cannot.
  const hint = log.findConflictByTerm(Math.min(message.index, log.lastIndex()), message.logTerm);
  response.index = message.index;
  response.reject = true;
  response.rejectHint = hint.index;
  response.logTerm = hint.term;
  raft.send(response);
}

function handleHeartbeat(raft: RaftState, message: Message): void {
  raft.log.commitTo(message.commit);
  const response = newMessage(MessageType.MsgHeartbeatResp, message.from);
  response.context = message.context;
  raft.send(response);
}

function handleSnapshot(raft: RaftState, message: Message): void {
  const { log } = raft;
  const { snapshot } = message;
  const restored = snapshot !== undefined && restore(raft, snapshot);
  if (raft.speaks("info")) {
    const where = `[index: ${snapshot?.metadata.index ?? 0}, term: ${snapshot?.metadata.term ?? 0}]`;
    const verb = restored ? "restored" : "ignored";
    raft.logger.log("info", `${raft.hexId} [commit: ${log.committed}] ${verb} snapshot ${where}`);
  }
  const response = newMessage(MessageType.MsgAppResp, message.from);
  response.index = restored ? log.lastIndex() : log.committed;
  raft.send(response);
}

/** Takes over a snapshot's state. @returns false when it is of no use: outdated, already covered by the log, or not for us */
function restore(raft: RaftState, snapshot: Snapshot): boolean {
  const { log } = raft;
  const { index, term, confState } = snapshot.metadata;
  if (index <= log.committed) return false;
  const members = [...confState.voters, ...confState.learners, ...confState.votersOutgoing];
  if (!members.includes(raft.id)) {
    if (raft.speaks("warn")) {
      const what = `attempted to restore snapshot but it is not in the ConfState ${describeConfState(confState)}`;
      raft.logger.log("warn", `${raft.hexId} ${what}; should never happen`);
    }
    return false;
  }
  if (log.matches(index, term)) {
    logSnapshot(raft, "fast-forwarded commit to snapshot", index, term);
    log.commitTo(index);
    return false;
  }
  log.restore(snapshot);
  raft.tracker.resetVotes();
  restoreConfiguration(raft, confState);
  logSnapshot(raft, "restored snapshot", index, term);
  return true;
}

function logSnapshot(raft: RaftState, what: string, index: number, term: number): void {
  if (!raft.speaks("info")) return;
  const last = raft.log.last();
  const where = `[commit: ${raft.log.committed}, lastindex: ${last.index}, lastterm: ${last.term}]`;
  raft.logger.log("info", `${raft.hexId} ${where} ${what} [index: ${index}, term: ${term}]`);
}

function forgetLeader(raft: RaftState): void {
  if (raft.readOnlyOption === "lease-based") {
    if (raft.speaks("error")) raft.logger.log("error", "ignoring MsgForgetLeader due to ReadOnlyLeaseBased");
    return;
  }
  if (raft.lead === NONE) return;
  if (raft.speaks("info")) {
    raft.logger.log("info", `${raft.hexId} forgetting leader ${hex(raft.lead)} at term ${raft.term}`);
  }
  raft.lead = NONE;
}

/** Passes a request on to the leader: a copy, the message stays whose it was. */
function forward(raft: RaftState, message: Message): void {
  const copy = newMessage(message.type, raft.lead);
  copy.from = message.from;
  copy.entries = message.entries;
  copy.context = message.context;
  raft.send(copy);
}

function logNoLeader(raft: RaftState, what: string): void {
  if (raft.speaks("info")) raft.logger.log("info", `${raft.hexId} no leader at term ${raft.term}; ${what}`);
}
