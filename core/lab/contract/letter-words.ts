/** A waiting message in words: what it asks or answers, with the numbers that decide what its receiver will do with it. */
import type { WaitingLetter } from "./state.ts";

/** Without sender and receiver. */
export function letterWords(letter: WaitingLetter): string {
  const { type, term, logTerm, index, commit, reject, entryCount } = letter;
  const last = `last entry ${index} of term ${logTerm}`;
  switch (type) {
    case "MsgApp":
      return entryCount === 0 ? `append nothing after ${index} (term ${logTerm}), commit ${commit}` : `append ${entriesWords(letter)} after ${index} (term ${logTerm}), commit ${commit}`;
    case "MsgAppResp":
      return reject ? `refuses: has no entry ${index} like that` : `has entries up to ${index}`;
    case "MsgVote":
      return `asks for a vote in term ${term}, ${last}`;
    case "MsgPreVote":
      return `asks whether it would get a vote in term ${term}, ${last}`;
    case "MsgVoteResp":
      return reject ? `no vote in term ${term}` : `votes for it in term ${term}`;
    case "MsgPreVoteResp":
      return reject ? `would not vote for it, is in term ${term}` : `would vote for it in term ${term}`;
    case "MsgHeartbeat":
      return `heartbeat of term ${term}, commit ${commit}`;
    case "MsgHeartbeatResp":
      return `answers the heartbeat`;
    case "MsgProp":
      return `passes on ${entriesWords(letter)}`;
    case "MsgSnap":
      return `the whole database as of entry ${index}`;
    case "MsgReadIndex":
      return "asks how far a read must go";
    case "MsgReadIndexResp":
      return `a read must go to ${index}`;
    case "MsgTimeoutNow":
      return "campaign now";
    default:
      return type;
  }
}

function entriesWords({ entries, entryCount }: WaitingLetter): string {
  const shown = entries.map(({ operation, key, term }) => `${key === "" ? operation : `${operation} ${key}`}${term > 0 ? ` (term ${term})` : ""}`);
  const rest = entryCount - shown.length;
  return rest > 0 ? `${shown.join(", ")} and ${rest} more` : shown.join(", ");
}
