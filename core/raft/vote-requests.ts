/**
 * When a candidate may ask for votes. With asynchronous storage writes a Ready hands out MsgVote at once, beside the append that
 * makes the candidate's term and the end of its log durable. A request that left before that append, and a crash that undoes it,
 * would leave a grant on its way for a log that no longer exists; the next life could win the same term with it and lack
 * committed entries (Raft paper 5.4.1 takes a candidate's log to be stable). etcd's server never meets this: it does not
 * use asynchronous writes, and a candidate there sends only after its save. This brings the same order back for the driver.
 */
import { Message, MessageType } from "../proto/gen/raftpb.ts";
import { APPEND_THREAD } from "./types.ts";

/**
 * The messages of one Ready with every MsgVote moved among the responses of its MsgStorageAppend, so that it leaves when that write,
 * and all earlier ones, are durable. The given messages are not changed. MsgPreVote may leave at once: it promises nothing.
 */
export function votesAfterAppend(messages: readonly Message[]): readonly Message[] {
  const votes = messages.filter(({ type }) => type === MessageType.MsgVote);
  if (votes.length === 0) return messages;
  const rest = messages.filter(({ type }) => type !== MessageType.MsgVote);
  const at = rest.findLastIndex(({ to }) => to === APPEND_THREAD);
  const append = rest[at] ?? Message.create({ type: MessageType.MsgStorageAppend, to: APPEND_THREAD, from: votes[0]!.from });
  const held = { ...append, responses: [...append.responses, ...votes] };
  return at < 0 ? [...rest, held] : rest.with(at, held);
}
