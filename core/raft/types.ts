/** The vocabulary of a raft node: roles, configuration, and the Ready that it hands out. Behaviour: etcd raft (node.go, raft.go). */
import type { ConfChange, ConfChangeV2, Entry, HardState, Message, Snapshot } from "../proto/gen/raftpb.ts";
import { MessageType } from "../proto/gen/raftpb.ts";
import type { RaftLogger } from "./logger.ts";
import type { RaftStorage } from "./storage.ts";

/** No node: an unknown leader, an unused vote. */
export const NONE = 0n;
/** Addressee of MsgStorageAppend: whoever writes log, hard state and snapshot to disk (2^64-1). */
export const APPEND_THREAD = 0xffff_ffff_ffff_ffffn;
/** Addressee of MsgStorageApply: whoever applies committed entries (2^64-2). */
export const APPLY_THREAD = 0xffff_ffff_ffff_fffen;

/** True for the two local workers of asynchronous storage writes, which are no members. */
export function isStorageThread(id: bigint): boolean {
  return id === APPEND_THREAD || id === APPLY_THREAD;
}

/** Names are those that etcd prints. */
export type Role = "StateFollower" | "StateCandidate" | "StateLeader" | "StatePreCandidate";

/** What need not be stored. */
export interface SoftState {
  readonly lead: bigint;
  readonly role: Role;
}

/** Answer to `readIndex(context)`: once `index` is applied, reads that came with `context` are linearizable. */
export interface ReadState {
  readonly index: number;
  readonly context: Buffer;
}

/** "safe" asks a quorum by a heartbeat round; "lease-based" trusts the leader's lease and so the clocks (needs checkQuorum). */
export type ReadOnlyOption = "safe" | "lease-based";

export interface RaftConfig {
  /** Own id; neither NONE nor a storage thread. */
  readonly id: bigint;
  /** Ticks without a leader's word before an election; the actual wait is drawn from [electionTick, 2*electionTick). */
  readonly electionTick: number;
  /** Ticks between a leader's heartbeats; less than electionTick. */
  readonly heartbeatTick: number;
  readonly storage: RaftStorage;
  /** A whole number drawn from [0, n). Spreads election timeouts. */
  readonly random: (n: number) => number;
  readonly logger?: RaftLogger;
  /** Last applied index, at a restart; nothing up to it is handed out again. */
  readonly applied?: number;
  /** Hand out storage work as messages to APPEND_THREAD and APPLY_THREAD; `advance` is then not used. */
  readonly asyncStorageWrites?: boolean;
  /** Bytes of entries (encoded) in one MsgApp. 0: one entry a message. Infinity: no limit. */
  readonly maxSizePerMsg: number;
  /** Bytes of committed entries (encoded) handed out and not yet applied. 0 or absent: as maxSizePerMsg. */
  readonly maxCommittedSizePerReady?: number;
  /** Payload bytes that may stand uncommitted in a leader's log before proposals are dropped. 0 or absent: no limit. */
  readonly maxUncommittedEntriesSize?: number;
  /** MsgApps under way to one follower before the leader waits. */
  readonly maxInflightMsgs: number;
  /** Payload bytes under way to one follower before the leader waits. 0 or absent: no limit. */
  readonly maxInflightBytes?: number;
  /** Leader steps down when it has not heard a quorum for an election timeout. */
  readonly checkQuorum?: boolean;
  /** Ask for votes without touching the term first (thesis 9.6). */
  readonly preVote?: boolean;
  readonly readOnly?: ReadOnlyOption;
  /** Followers drop proposals instead of sending them on. */
  readonly disableProposalForwarding?: boolean;
  /** No check of proposed configuration changes; an invalid one then ends the member when applied. */
  readonly disableConfChangeValidation?: boolean;
  /** A leader that is removed or demoted steps down at once. etcd leaves this off. */
  readonly stepDownOnRemoval?: boolean;
}

/**
 * Everything that the driver must do next. Without asynchronous storage writes, in this order: make `hardState`, `entries` and
 * `snapshot` durable, send `messages`, apply `snapshot` and `committedEntries`, then call `advance`. (A leader may send before
 * its own write is durable: thesis 10.2.1.) With asynchronous storage writes only `messages`, `softState` and `readStates` matter;
 * the rest repeats what the messages to the storage threads carry.
 * Arrays and messages belong to the receiver, the entries inside are shared and must not be changed.
 */
export interface Ready {
  /** Set when leader or role changed. */
  readonly softState: SoftState | undefined;
  /** Set when term, vote or commit changed. */
  readonly hardState: HardState | undefined;
  readonly readStates: ReadState[];
  /** To be appended to storage, replacing whatever stands there from entries[0].index on. */
  readonly entries: Entry[];
  /** To be saved and applied; never together with entries. */
  readonly snapshot: Snapshot | undefined;
  /** To be applied. */
  readonly committedEntries: Entry[];
  readonly messages: Message[];
  /** False when the write may be delayed: neither entries, nor term, nor vote. */
  readonly mustSync: boolean;
}

/** First members of a new cluster, for `bootstrap`. */
export interface BootstrapPeer {
  readonly id: bigint;
  /** Goes into the ConfChange entry's context (etcd: the member as JSON). */
  readonly context?: Buffer;
}

/** Either form in which a configuration change stands in the log. */
export type AnyConfChange = ConfChange | ConfChangeV2;

/** Reason that a vote request carries when the old leader asked for the election; it overrides leases. */
export const CAMPAIGN_TRANSFER: Buffer = Buffer.from("CampaignTransfer");
export type CampaignKind = "CampaignPreElection" | "CampaignElection" | "CampaignTransfer";

const LOCAL_MESSAGES: ReadonlySet<number> = new Set([
  MessageType.MsgHup,
  MessageType.MsgBeat,
  MessageType.MsgUnreachable,
  MessageType.MsgSnapStatus,
  MessageType.MsgCheckQuorum,
  MessageType.MsgStorageAppend,
  MessageType.MsgStorageAppendResp,
  MessageType.MsgStorageApply,
  MessageType.MsgStorageApplyResp,
]);

const RESPONSE_MESSAGES: ReadonlySet<number> = new Set([
  MessageType.MsgAppResp,
  MessageType.MsgVoteResp,
  MessageType.MsgHeartbeatResp,
  MessageType.MsgUnreachable,
  MessageType.MsgReadIndexResp,
  MessageType.MsgPreVoteResp,
  MessageType.MsgStorageAppendResp,
  MessageType.MsgStorageApplyResp,
]);

/** Types that a node sends only to itself; from the network they are refused. */
export function isLocalMessage(type: number): boolean {
  return LOCAL_MESSAGES.has(type);
}

/** Types that answer something; from an unknown peer they are refused. */
export function isResponseMessage(type: number): boolean {
  return RESPONSE_MESSAGES.has(type);
}

/** A message with all fields at their defaults. One literal, so that all messages share a hidden class. */
export function newMessage(type: number, to: bigint): Message {
  return {
    type,
    to,
    from: NONE,
    term: 0,
    logTerm: 0,
    index: 0,
    entries: [],
    commit: 0,
    vote: NONE,
    snapshot: undefined,
    reject: false,
    rejectHint: 0,
    context: undefined,
    responses: [],
  };
}

/** True when there is nothing to restore. */
export function isEmptySnapshot(snapshot: Snapshot | undefined): snapshot is undefined {
  return snapshot === undefined || snapshot.metadata.index === 0;
}
