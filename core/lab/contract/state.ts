/**
 * What the window knows: one snapshot of the lab, then changes with sequence numbers. Everything in it was observed; what
 * is not known is absent, and what may be stale carries the time it was seen.
 * Pure types: the renderer imports this folder and nothing else of the core.
 */
import type { RecordingFacts } from "./recording.ts";
import type { HappeningRecord, PeerProgress, Role } from "../../probe/records.ts";

export type { PeerProgress, Role };

/** What the lab knows of a member's process. */
export type ProcessState = "starting" | "running" | "paused" | "stopped" | "killed" | "failed";

/** The last state record of a member, and when it reached the lab. */
export interface RaftView {
  readonly role: Role;
  readonly term: number;
  readonly vote: string;
  readonly lead: string;
  readonly firstIndex: number;
  readonly lastIndex: number;
  readonly commit: number;
  readonly applied: number;
  readonly revision: number;
  readonly compactRevision: number;
  readonly electionElapsed: number;
  readonly electionTimeout: number;
  readonly tickMs: number;
  readonly stepping: boolean;
  readonly votes: Readonly<Record<string, boolean>>;
  readonly progress: readonly PeerProgress[];
  readonly dbSize: number;
  readonly dbSizeInUse: number;
  readonly fsyncMs: number;
  readonly watchers: number;
  readonly leases: number;
  readonly keys: number;
  readonly alarms: readonly string[];
  readonly residentBytes: number;
  /** wall ms, the member's clock */
  readonly observedAt: number;
}

export interface MemberView {
  /** the host's name, which is also the member's: m1, m2, ... */
  readonly host: string;
  /** no member yet: etcd is still to be set up on this host */
  readonly spare?: boolean;
  /** member id in hex; "" until known */
  readonly id: string;
  readonly clusterId: string;
  /** as shown to a user outside the lab: http://127.0.1.1:2379 */
  readonly clientUrl: string;
  readonly peerUrl: string;
  readonly process: ProcessState;
  /** wall ms of the last change of `process` */
  readonly processSince: number;
  readonly pid: number | null;
  /** the last line of the member's log when it failed; "" otherwise */
  readonly failure: string;
  /** absent until the first record; not live unless process is running */
  readonly raft: RaftView | null;
  /** faults that cannot be made here now, each with the reason; absent: all can */
  readonly impossible?: ImpossibleFaults;
}

export type ImpossibleFaults = Readonly<Partial<Record<FaultKind, string>>>;

export type FaultKind = "cut" | "delay" | "loss" | "duplicate" | "reorder" | "bandwidth" | "slow-fsync" | "failing-fsync" | "disk-full" | "paused" | "slow-motion" | "step-mode" | "clock-skew" | "flipped-bit" | "torn-write" | "data-deleted" | "certificate-expired";

export interface ActiveFault {
  /** stable while it is in force */
  readonly id: string;
  readonly kind: FaultKind;
  /** the member it is on; of a link its sender; "" where it is on all */
  readonly host: string;
  /** receiver of a link's direction; "" for process and disk faults */
  readonly to: string;
  /** delay in ms, loss 0..1, bytes a second, times slower, ms ahead (a clock behind: below 0); 0 where it has no amount */
  readonly amount: number;
  readonly since: number;
  /** one plain sentence: "m2 to m5 is cut" */
  readonly text: string;
}

/** Raft's pace at its slowest: a hundredth. */
export const SLOWDOWN_MAX = 100;
/** A clock at its furthest from the true one: ten years, in ms. */
export const SKEW_MS_MAX = 10 * 365 * 24 * 3_600_000;

export type EntryState = "pending" | "durable" | "overwritten";

/** One entry as one member holds it. */
export interface LogEntryView {
  readonly index: number;
  readonly term: number;
  readonly operation: string;
  readonly key: string;
  readonly bytes: number;
  readonly at: number;
}

/** The newest entries a member holds (at most LOG_WINDOW), ascending; what was overwritten stays, marked, for a while. */
export interface LogView {
  readonly host: string;
  readonly entries: readonly LogEntryView[];
  readonly overwritten: readonly LogEntryView[];
  /** highest index known durable on this member */
  readonly durableIndex: number;
}

/** One thing that a member told of a request on its way. */
export interface WayStep {
  readonly step: "received" | "proposed" | "appended" | "sent" | "dropped" | "arrived" | "durable" | "acknowledged" | "committed" | "applied" | "answered" | "failed";
  /** who told it */
  readonly host: string;
  /** the member at the message's other end, hex id; "" where it is no message */
  readonly peer: string;
  /** wall ms with fractions */
  readonly at: number;
  /** why it was dropped or failed; "" otherwise */
  readonly detail: string;
}

/** A request's way through the cluster, steps in order of time. What no member told is not in it. */
export interface RequestWay {
  /** id in hex; term/index where nobody asked for the entry */
  readonly request: string;
  readonly operation: string;
  readonly key: string;
  readonly index: number;
  readonly term: number;
  readonly steps: readonly WayStep[];
}

export const LOG_WINDOW = 512;
/** how many overwritten entries a LogView keeps, newest first to go last */
export const OVERWRITTEN_WINDOW = 64;

/** `peer` of what is between one member and all others. */
export const ALL_PEERS = "*";

/** One line of the timeline. */
export interface TimelineEvent {
  /** ascending, unique in the lab's life */
  readonly id: number;
  readonly at: number;
  /** "" when it concerns the lab as a whole */
  readonly host: string;
  readonly kind: "election" | "leader" | "process" | "fault" | "snapshot" | "membership" | "alarm" | "command" | "storage" | "service" | "note";
  readonly term: number;
  readonly text: string;
  readonly tone: "plain" | "good" | "warn" | "bad";
  /** what it is to other events (`causes.ts`): a member's own word, or what the lab did or saw; "" where nothing follows from it */
  readonly what: HappeningRecord["what"] | "down" | "link-fault" | "disk-fault" | "";
  /** the other member it is about, hex id or host; of a link its receiver, ALL_PEERS of a member that is cut off; "" where there is none */
  readonly peer: string;
}

/** A message between members (`from` and `to` are host names), for the moving marks. Sampled when there are too many; the sample says so. */
export interface MessageMark {
  readonly id: number;
  readonly at: number;
  readonly from: string;
  readonly to: string;
  readonly type: string;
  readonly term: number;
  readonly index: number;
  readonly entries: number;
  readonly bytes: number;
  readonly reject: boolean;
  readonly outcome: "delivered" | "dropped";
  readonly reason: string;
}

export interface ServiceView {
  readonly host: string;
  readonly name: string;
  readonly active: "active" | "inactive" | "failed" | "activating";
  readonly detail: string;
}

export interface TerminalView {
  readonly id: string;
  readonly host: string;
}

/** A message that its sender would have sent, were the lab not stepped. */
export interface WaitingLetter {
  /** unique in the lab: sender's host/number */
  readonly id: string;
  readonly at: number;
  /** host */
  readonly from: string;
  /** hex id of the receiver */
  readonly to: string;
  readonly type: string;
  readonly term: number;
  readonly logTerm: number;
  readonly index: number;
  /** the first entries that it carries */
  readonly entries: readonly { readonly term: number; readonly operation: string; readonly key: string }[];
  readonly entryCount: number;
  readonly commit: number;
  readonly reject: boolean;
}

/** Step mode: while it is on, raft's clocks stand still and messages wait. */
export interface MailView {
  readonly stepping: boolean;
  /** in the order in which they were written */
  readonly letters: readonly WaitingLetter[];
}

/** All of it at one instant. */
export interface LabState {
  readonly lab: {
    /** in the library of labs; absent: the lab belongs to none */
    readonly id?: string;
    readonly name: string;
    readonly folder: string;
    readonly version: string;
    readonly startedAt: number;
    /** this is no lab but a recording of one, opened from this file; absent of a lab */
    readonly recording?: RecordingFacts & { readonly file: string };
  };
  readonly members: readonly MemberView[];
  readonly faults: readonly ActiveFault[];
  readonly mail: MailView;
  readonly logs: readonly LogView[];
  /** newest last; at most TIMELINE_WINDOW */
  readonly timeline: readonly TimelineEvent[];
  readonly services: readonly ServiceView[];
  readonly terminals: readonly TerminalView[];
}

export const TIMELINE_WINDOW = 2000;
