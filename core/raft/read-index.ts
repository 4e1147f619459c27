/** Linearizable reads without writing to the log (Raft 8, thesis 6.4): the leader's side. */
import { MessageType, type Message } from "../proto/gen/raftpb.ts";
import { EMPTY } from "../proto/wire.ts";
import { broadcastHeartbeat } from "./heartbeat.ts";
import type { RaftState } from "./state.ts";
import { newMessage, NONE } from "./types.ts";

/** A read request, from a follower or from this node itself. */
export function handleReadIndex(raft: RaftState, request: Message): void {
  if (raft.tracker.isSingleton) {
    answerRead(raft, request, raft.log.committed);
  } else if (raft.hasCommittedInTerm()) {
    startRead(raft, request);
  } else {
    raft.earlyReads.push(request);
  }
}

/** To be called after each commit: requests that came before the first one of this term are taken up. */
export function releaseEarlyReads(raft: RaftState): void {
  if (raft.earlyReads.length === 0) return;
  if (!raft.hasCommittedInTerm()) {
    const text = "pending MsgReadIndex should be released only after first commit in current term";
    if (raft.speaks("error")) raft.logger.log("error", text);
    return;
  }
  const requests = raft.earlyReads;
  raft.earlyReads = [];
  for (const request of requests) startRead(raft, request);
}

/** An echo of a heartbeat. */
export function handleReadEcho(raft: RaftState, from: bigint, context: Buffer): void {
  raft.reads.acknowledge(from, context);
  for (const read of raft.reads.takeConfirmed(raft.tracker.configuration)) answerRead(raft, read.request, read.index);
}

function startRead(raft: RaftState, request: Message): void {
  if (raft.readOnlyOption === "lease-based") {
    answerRead(raft, request, raft.log.committed);
    return;
  }
  raft.reads.add(request, raft.log.committed);
  raft.reads.acknowledgeSelf(raft.id);
  broadcastHeartbeat(raft);
}

function answerRead(raft: RaftState, request: Message, index: number): void {
  if (request.from === NONE || request.from === raft.id) {
    raft.readStates.push({ index, context: request.entries[0]?.data ?? EMPTY });
    return;
  }
  const response = newMessage(MessageType.MsgReadIndexResp, request.from);
  response.index = index;
  response.entries = request.entries;
  raft.send(response);
}
