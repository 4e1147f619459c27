/**
 * What a member tells its lab about itself: observed facts with the member's own clock, never a guess. The member keeps
 * a bounded ring; when there is more than fits, records are dropped, counted, and the count is told.
 * Times are wall milliseconds with fractions. Ids are lower-case hex, as etcd prints them.
 */

export type Role = "leader" | "follower" | "candidate" | "pre-candidate" | "learner";

/** A leader's view of one follower. */
export interface PeerProgress {
  readonly id: string;
  readonly match: number;
  readonly next: number;
  readonly state: "probe" | "replicate" | "snapshot";
  readonly active: boolean;
  readonly inflight: number;
}

/** The member as a whole, told when something in it changed and at least once a second. */
export interface StateRecord {
  readonly kind: "state";
  readonly at: number;
  readonly role: Role;
  readonly term: number;
  /** hex id or "" */
  readonly vote: string;
  readonly lead: string;
  readonly firstIndex: number;
  readonly lastIndex: number;
  /** the highest entry that a crash cannot take back */
  readonly durableIndex: number;
  readonly commit: number;
  readonly applied: number;
  readonly revision: number;
  readonly compactRevision: number;
  /** ticks since the leader was last heard of (or, of a leader, since its last quorum check), and the drawn timeout */
  readonly electionElapsed: number;
  readonly electionTimeout: number;
  readonly tickMs: number;
  /** step mode: its clock stands still and its messages wait */
  readonly stepping: boolean;
  /** ids that granted or refused a vote in the running election */
  readonly votes: Readonly<Record<string, boolean>>;
  readonly progress: readonly PeerProgress[];
  readonly dbSize: number;
  readonly dbSizeInUse: number;
  /** seconds of the last WAL fsync, as ms */
  readonly fsyncMs: number;
  readonly watchers: number;
  readonly leases: number;
  readonly keys: number;
  /** such as NOSPACE, CORRUPT */
  readonly alarms: readonly string[];
  readonly residentBytes: number;
}

/** A raft message leaving or reaching this member. */
export interface MessageRecord {
  readonly kind: "message";
  readonly at: number;
  readonly direction: "sent" | "received" | "dropped";
  /** raftpb.MessageType name, such as MsgApp */
  readonly type: string;
  readonly from: string;
  readonly to: string;
  readonly term: number;
  readonly logTerm: number;
  readonly index: number;
  readonly entries: number;
  readonly commit: number;
  readonly bytes: number;
  readonly reject: boolean;
  /** why it was dropped: cut, loss, buffer full, unreachable, removed */
  readonly reason?: string;
}

/** An entry that was put into this member's log (not yet durable). */
export interface EntryRecord {
  readonly kind: "entry";
  /** 0: it was in the log before somebody looked */
  readonly at: number;
  readonly index: number;
  readonly term: number;
  /** put, delete, txn, compact, lease-grant, lease-revoke, alarm, conf-change, attributes, cluster-version, no-op, v2, other */
  readonly operation: string;
  /** the first key it touches, printable; "" where none */
  readonly key: string;
  readonly bytes: number;
  /** the request's id in hex, "" where none: joins the entry to the request records */
  readonly request: string;
}

/** Entries from `fromIndex` on were thrown away because a leader overwrote them. */
export interface TruncationRecord {
  readonly kind: "truncation";
  readonly at: number;
  readonly fromIndex: number;
  readonly toIndex: number;
}

export interface FsyncRecord {
  readonly kind: "fsync";
  readonly at: number;
  readonly durationMs: number;
  /** highest log index made durable by it */
  readonly index: number;
}

export interface CommitRecord {
  readonly kind: "commit";
  readonly at: number;
  readonly index: number;
}

export interface AppliedRecord {
  readonly kind: "applied";
  readonly at: number;
  readonly index: number;
  /** revision after it */
  readonly revision: number;
}

/** A client request on the member that took it. */
export interface RequestRecord {
  readonly kind: "request";
  readonly at: number;
  readonly request: string;
  readonly step: "received" | "proposed" | "answered" | "failed";
  readonly operation: string;
  readonly key: string;
  readonly error?: string;
}

export type LetterFate = "waiting" | "delivered" | "dropped";

/** In step mode: what became of a message that this member would send. Told always, never sampled. */
export interface LetterRecord {
  readonly kind: "letter";
  readonly at: number;
  /** counts up in one life of the member */
  readonly letter: number;
  readonly fate: LetterFate;
  readonly type: string;
  readonly to: string;
  readonly term: number;
  readonly logTerm: number;
  readonly index: number;
  /** term and first key of each entry it carries, as many as can be shown */
  readonly entries: readonly { readonly term: number; readonly operation: string; readonly key: string }[];
  readonly entryCount: number;
  readonly commit: number;
  readonly reject: boolean;
}

/** Things that happen seldom and that a timeline shows. */
export interface HappeningRecord {
  readonly kind: "happening";
  readonly at: number;
  readonly what:
    | "started"
    | "ready"
    | "campaign"
    | "leader-elected"
    | "leader-followed"
    | "leader-lost"
    | "stepped-down"
    | "snapshot-saved"
    | "snapshot-sent"
    | "snapshot-received"
    | "compacted"
    | "defragmented"
    | "alarm-raised"
    | "alarm-disarmed"
    | "member-added"
    | "member-removed"
    | "member-promoted"
    | "peer-active"
    | "peer-inactive"
    | "slow-fsync"
    | "stopping"
    | "failed";
  readonly term: number;
  /** the other member that it is about, hex id; absent where there is none */
  readonly peer?: string;
  /** one plain sentence without the member's name */
  readonly text: string;
}

/** What the member has measured since it started: counts and sums of ms, so that any span's mean can be told. Once a second. */
export interface MetersRecord {
  readonly kind: "meters";
  readonly at: number;
  readonly fsync: readonly [count: number, sumMs: number];
  readonly backendCommit: readonly [count: number, sumMs: number];
  /** by the other member's hex id */
  readonly roundTrip: Readonly<Record<string, readonly [count: number, sumMs: number]>>;
  readonly committed: number;
  readonly pending: number;
  readonly dbSize: number;
  readonly dbSizeInUse: number;
  readonly residentBytes: number;
}

/** One watcher of a client. Keys are base64. */
export interface WatcherFact {
  /** numbers the client's stream in this life of the member */
  readonly stream: number;
  readonly id: number;
  /** address that the client called from; "" where it is the member's own */
  readonly client: string;
  /** what the client calls itself, such as grpc-node-js/1.9 */
  readonly program: string;
  readonly key: string;
  /** "" for one key; AA== (one zero byte) for everything from the key on */
  readonly rangeEnd: string;
  /** as asked for; 0: from now */
  readonly startRevision: number;
  /** the next revision that it has to be told of: what lies before was told or did not concern it */
  readonly nextRevision: number;
  readonly synced: boolean;
  readonly eventsSent: number;
  readonly progressNotify: boolean;
  /** wall ms */
  readonly since: number;
}

export interface LeaseFact {
  /** hex */
  readonly id: string;
  readonly grantedSeconds: number;
  /** ms; -1 on a member whose clock does not count */
  readonly leftMs: number;
  /** base64, the first few in key order */
  readonly keys: readonly string[];
  readonly keyCount: number;
}

/** Told once a second while the lab asks for it. Those furthest behind and those that end soonest come first. */
export interface WatchingRecord {
  readonly kind: "watching";
  readonly at: number;
  readonly revision: number;
  readonly watchers: readonly WatcherFact[];
  readonly watcherCount: number;
  readonly streamCount: number;
  readonly timesLeases: boolean;
  readonly leases: readonly LeaseFact[];
  readonly leaseCount: number;
}

export type ProbeRecord =
  | StateRecord
  | MetersRecord
  | WatchingRecord
  | MessageRecord
  | EntryRecord
  | TruncationRecord
  | FsyncRecord
  | CommitRecord
  | AppliedRecord
  | RequestRecord
  | LetterRecord
  | HappeningRecord;

/** One batch from a member. */
export interface ProbeBatch {
  readonly type: "records";
  readonly records: readonly ProbeRecord[];
  /** records that did not fit since the last batch */
  readonly dropped: number;
}
