/** A leader's heartbeats: they keep elections off, tell the commit index, and prove leadership for reads (Raft 5.2, thesis 6.4). */
import { MessageType } from "../proto/gen/raftpb.ts";
import type { RaftState } from "./state.ts";
import { newMessage } from "./types.ts";

/** Heartbeats to everyone else; they also carry the round of reads that waits for confirmation. */
export function broadcastHeartbeat(raft: RaftState): void {
  const context = raft.reads.heartbeatContext();
  for (const [id, progress] of raft.tracker.members) {
    if (id === raft.id) continue;
    // Never a commit index past what the follower is known to hold.
    const commit = Math.min(progress.match, raft.log.committed);
    const message = newMessage(MessageType.MsgHeartbeat, id);
    message.commit = commit;
    message.context = context;
    raft.send(message);
    progress.sentCommit(commit);
  }
}
