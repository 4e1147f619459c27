/**
 * Raft consensus with etcd raft's behaviour, as a pure state machine. For the driver of one node:
 *
 *   const node = new RawNode({ id, electionTick: 10, heartbeatTick: 1, storage, random, maxSizePerMsg: 1 << 20, maxInflightMsgs: 512 });
 *   on a timer: node.tick();     on a message: node.step(message);     on a request: node.propose(data) or node.readIndex(context);
 *   then, while (node.hasReady()):
 *     const ready = node.ready();
 *     make ready.hardState, ready.entries and ready.snapshot durable and hand them to `storage`; send ready.messages (a leader before,
 *     all others after the write); apply ready.snapshot and ready.committedEntries, calling node.applyConfChange for each
 *     configuration change among them (decodeConfChange tells); answer reads of ready.readStates once their index is applied;
 *     node.advance();
 *
 * Two orders are the driver's to keep. A MsgSnap is stepped only when all committed entries handed out before are applied: raft takes on
 * the snapshot's membership at once, and an older change applied after it would undo it. And with asynchronous writes MsgVote waits
 * for the candidate's own disk: `votesAfterAppend`.
 *
 * With `asyncStorageWrites` writing and applying are messages to APPEND_THREAD and APPLY_THREAD instead, each to be worked off in
 * order; their `responses` are then delivered (those to this node by `step`), and `advance` is not called.
 *
 * Errors: RaftError (with `code` and etcd's text) for refusals; InvariantError when going on could lose data: stop the member.
 */
export {
  APPEND_THREAD,
  APPLY_THREAD,
  isEmptySnapshot,
  isStorageThread,
  NONE,
  type AnyConfChange,
  type BootstrapPeer,
  type RaftConfig,
  type ReadOnlyOption,
  type ReadState,
  type Ready,
  type Role,
  type SoftState,
} from "./types.ts";
export { InvariantError, RaftError, type RaftErrorCode } from "./errors.ts";
export type { LogLevel, RaftLogger } from "./logger.ts";
export type { RaftStorage } from "./storage.ts";
export { MemoryStorage } from "./memory-storage.ts";
export { RawNode } from "./raw-node.ts";
export { votesAfterAppend } from "./vote-requests.ts";
export type { BasicStatus, ProgressStatus, Status } from "./status.ts";
export type { Progress, ProgressState } from "./progress.ts";
export type { Configuration } from "./tracker.ts";
export { IdSet } from "./id-set.ts";
export { asConfChangeV2, decodeConfChange, parseConfChanges } from "./conf-change.ts";
export {
  describeConfiguration,
  describeEntries,
  describeEntry,
  describeMessage,
  describeProgress,
  describeReady,
  messageTypeName,
  type EntryFormatter,
} from "./format.ts";
