/** Elections: campaigns, votes, pre-votes, becoming leader (Raft 5.2, 5.4.1; thesis 3.10, 9.6). */
import { EntryType, MessageType, type Message } from "../proto/gen/raftpb.ts";
import { hex, messageTypeName } from "./format.ts";
import { appendProposals, broadcastAppend } from "./replication.ts";
import type { RaftState } from "./state.ts";
import { CAMPAIGN_TRANSFER, newMessage, NONE, type CampaignKind } from "./types.ts";

/** Starts an election, unless this node leads, may not lead, or has yet to apply a configuration change that is committed. */
export function startElection(raft: RaftState, kind: CampaignKind): void {
  if (raft.role === "StateLeader") {
    if (raft.speaks("debug")) raft.logger.log("debug", `${raft.hexId} ignoring MsgHup because already leader`);
    return;
  }
  if (!raft.promotable) {
    if (raft.speaks("warn")) raft.logger.log("warn", `${raft.hexId} is unpromotable and can not campaign`);
    return;
  }
  if (raft.log.hasUnappliedConfChange()) {
    if (raft.speaks("warn")) {
      const why = "since there are still pending configuration changes to apply";
      raft.logger.log("warn", `${raft.hexId} cannot campaign at term ${raft.term} ${why}`);
    }
    return;
  }
  if (raft.speaks("info")) raft.logger.log("info", `${raft.hexId} is starting a new election at term ${raft.term}`);
  campaign(raft, kind);
}

function campaign(raft: RaftState, kind: CampaignKind): void {
  const pre = kind === "CampaignPreElection";
  if (pre) raft.becomePreCandidate();
  else raft.becomeCandidate();
  // A pre-vote asks about the term that the election would have.
  const term = pre ? raft.term + 1 : raft.term;
  const requestType = pre ? MessageType.MsgPreVote : MessageType.MsgVote;
  const last = raft.log.last();
  for (const id of raft.tracker.voterIds.ids) {
    if (id === raft.id) {
      // The own vote counts once it is durable, so it goes the way of all votes.
      const own = newMessage(voteResponseType(requestType), id);
      own.term = term;
      raft.send(own);
      continue;
    }
    if (raft.speaks("info")) {
      const name = messageTypeName(requestType);
      const where = `[logterm: ${last.term}, index: ${last.index}]`;
      raft.logger.log("info", `${raft.hexId} ${where} sent ${name} request to ${hex(id)} at term ${raft.term}`);
    }
    const request = newMessage(requestType, id);
    request.term = term;
    request.index = last.index;
    request.logTerm = last.term;
    if (kind === "CampaignTransfer") request.context = CAMPAIGN_TRANSFER;
    raft.send(request);
  }
}

function voteResponseType(requestType: number): number {
  return requestType === MessageType.MsgPreVote ? MessageType.MsgPreVoteResp : MessageType.MsgVoteResp;
}

/** Whether a leader was heard of so recently that an election is no reason to give it up (Raft 6, thesis 4.2.3). */
export function ignoresForLease(raft: RaftState, request: Message): boolean {
  const inLease = raft.checkQuorum && raft.lead !== NONE && raft.electionElapsed < raft.electionTimeout;
  if (!inLease || (request.context !== undefined && CAMPAIGN_TRANSFER.equals(request.context))) return false;
  if (raft.speaks("info")) {
    const remaining = raft.electionTimeout - raft.electionElapsed;
    logVote(raft, "ignored", "from", request, `: lease is not expired (remaining ticks: ${remaining})`);
  }
  return true;
}

/** A MsgVote or MsgPreVote of this term, or a MsgPreVote of a later one. */
export function handleVoteRequest(raft: RaftState, request: Message): void {
  const real = request.type === MessageType.MsgVote;
  const free =
    raft.vote === request.from || (raft.vote === NONE && raft.lead === NONE) || (!real && request.term > raft.term);
  // Learners vote too: they may have been promoted without having heard of it, and their vote may be needed.
  if (!free || !raft.log.isUpToDate(request.index, request.logTerm)) {
    rejectVote(raft, request);
    return;
  }
  if (raft.speaks("info")) logVote(raft, "cast", "for", request, "");
  const grant = newMessage(voteResponseType(request.type), request.from);
  // The request's term, not the own: a pre-candidate would ignore an older one.
  grant.term = request.term;
  raft.send(grant);
  if (real) {
    raft.electionElapsed = 0;
    raft.vote = request.from;
  }
}

/** Refuses with the own term, so that an outdated candidate catches up. */
export function rejectVote(raft: RaftState, request: Message): void {
  if (raft.speaks("info")) logVote(raft, "rejected", "from", request, "");
  const rejection = newMessage(voteResponseType(request.type), request.from);
  rejection.term = raft.term;
  rejection.reject = true;
  raft.send(rejection);
}

function logVote(raft: RaftState, verb: string, preposition: string, request: Message, tail: string): void {
  const last = raft.log.last();
  const own = `[logterm: ${last.term}, index: ${last.index}, vote: ${hex(raft.vote)}]`;
  const theirs = `[logterm: ${request.logTerm}, index: ${request.index}]`;
  const name = messageTypeName(request.type);
  const text = `${raft.hexId} ${own} ${verb} ${name} ${preposition} ${hex(request.from)} ${theirs} at term ${raft.term}${tail}`;
  raft.logger.log("info", text);
}

/** An answer to this candidate's or pre-candidate's own kind of request. */
export function handleVoteResponse(raft: RaftState, response: Message): void {
  const name = messageTypeName(response.type);
  if (raft.speaks("info")) {
    const what = response.reject ? `${name} rejection` : name;
    raft.logger.log("info", `${raft.hexId} received ${what} from ${hex(response.from)} at term ${raft.term}`);
  }
  raft.tracker.recordVote(response.from, !response.reject);
  const { granted, rejected, result } = raft.tracker.tally();
  if (raft.speaks("info")) {
    raft.logger.log("info", `${raft.hexId} has received ${granted} ${name} votes and ${rejected} vote rejections`);
  }
  if (result === "VoteLost") {
    raft.becomeFollower(raft.term, NONE);
  } else if (result === "VoteWon") {
    if (raft.role === "StatePreCandidate") {
      campaign(raft, "CampaignElection");
    } else {
      becomeLeader(raft);
      broadcastAppend(raft);
    }
  }
}

/** Takes the lead and puts an empty entry of the new term into the log, the first that may be committed (Raft 5.4.2, 8). */
function becomeLeader(raft: RaftState): void {
  raft.assumeLeadership();
  if (!appendProposals(raft, [{ term: 0, index: 0, type: EntryType.EntryNormal, data: undefined }])) {
    raft.fail("empty entry was dropped");
  }
  raft.announce("leader");
}
