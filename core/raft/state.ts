/**
 * The state of one raft node and its elementary moves: outboxes, terms, roles. What happens on messages is in election.ts,
 * leader.ts, replication.ts, follower.ts, read-index.ts and configuration.ts; raft.ts puts them together. (etcd raft, raft.go)
 */
import { MessageType, type HardState, type Message } from "../proto/gen/raftpb.ts";
import { InvariantError, RaftError } from "./errors.ts";
import { hex, messageTypeName } from "./format.ts";
import { RaftLog } from "./log.ts";
import { fatal, SILENT_LOGGER, type LogLevel, type RaftLogger } from "./logger.ts";
import { ReadOnlyQueue } from "./read-only.ts";
import { ProgressTracker } from "./tracker.ts";
import { isStorageThread, NONE, type RaftConfig, type ReadOnlyOption, type ReadState, type Role } from "./types.ts";

/** Checks a configuration. @throws RaftError "raft.config_invalid" */
function validate(config: RaftConfig): void {
  const refuse = (text: string): never => {
    throw new RaftError("raft.config_invalid", text);
  };
  if (config.id === NONE) refuse("cannot use none as id");
  if (isStorageThread(config.id)) refuse("cannot use local target as id");
  if (!(config.heartbeatTick > 0)) refuse("heartbeat tick must be greater than 0");
  if (!(config.electionTick > config.heartbeatTick)) refuse("election tick must be greater than heartbeat tick");
  if (!(config.maxInflightMsgs > 0)) refuse("max inflight messages must be greater than 0");
  if (config.maxInflightBytes && config.maxInflightBytes < config.maxSizePerMsg) {
    refuse("max inflight bytes must be >= max message size");
  }
  if (config.readOnly === "lease-based" && !config.checkQuorum) {
    refuse("CheckQuorum must be enabled when ReadOnlyOption is ReadOnlyLeaseBased");
  }
}

export class RaftState {
  readonly id: bigint;
  readonly hexId: string;
  readonly logger: RaftLogger;
  readonly log: RaftLog;
  readonly tracker: ProgressTracker;

  readonly electionTimeout: number;
  readonly heartbeatTimeout: number;
  readonly maxMessageSize: number;
  readonly maxUncommittedSize: number;
  readonly checkQuorum: boolean;
  readonly preVote: boolean;
  readonly readOnlyOption: ReadOnlyOption;
  readonly forwardsProposals: boolean;
  readonly validatesConfChanges: boolean;
  readonly stepsDownOnRemoval: boolean;
  private readonly random: (n: number) => number;

  term = 0;
  vote = NONE;
  lead = NONE;
  role: Role = "StateFollower";
  /** Target of a leadership transfer under way (thesis 3.10), else NONE. */
  transferee = NONE;
  /** At or behind the last configuration change in the log: no other may be proposed until it is applied. */
  pendingConfIndex = 0;
  /** Payload bytes that this leader took and has not yet seen applied; may be too small, never too big. */
  uncommittedSize = 0;

  /** Ticks since an election timeout passed or, on a follower, since the leader was heard of. */
  electionElapsed = 0;
  heartbeatElapsed = 0;
  /** In [electionTimeout, 2*electionTimeout); drawn anew with each change of role or term. */
  randomizedElectionTimeout = 0;

  /** To others, to be sent at once. */
  outbox: Message[] = [];
  /** Votes and acknowledgements, own ones too: they promise durability, so they wait for the write of what they rest on. */
  outboxAfterAppend: Message[] = [];
  readStates: ReadState[] = [];
  readonly reads = new ReadOnlyQueue();
  /** Read requests that came before this leader's first commit; answered after it. */
  earlyReads: Message[] = [];

  constructor(config: RaftConfig) {
    validate(config);
    this.id = config.id;
    this.hexId = hex(config.id);
    this.logger = config.logger ?? SILENT_LOGGER;
    this.random = config.random;
    this.electionTimeout = config.electionTick;
    this.heartbeatTimeout = config.heartbeatTick;
    this.maxMessageSize = config.maxSizePerMsg;
    this.maxUncommittedSize = config.maxUncommittedEntriesSize || Infinity;
    this.checkQuorum = config.checkQuorum ?? false;
    this.preVote = config.preVote ?? false;
    this.readOnlyOption = config.readOnly ?? "safe";
    this.forwardsProposals = !(config.disableProposalForwarding ?? false);
    this.validatesConfChanges = !(config.disableConfChangeValidation ?? false);
    this.stepsDownOnRemoval = config.stepDownOnRemoval ?? false;
    // One entry a message is fine, but a bound of no bytes at all would never let anything be applied.
    const maxApplyingSize = config.maxCommittedSizePerReady || config.maxSizePerMsg || 1;
    this.log = new RaftLog(config.storage, this.logger, maxApplyingSize);
    this.tracker = new ProgressTracker({ maxMessages: config.maxInflightMsgs, maxBytes: config.maxInflightBytes ?? 0 });
  }

  hardState(): HardState {
    return { term: this.term, vote: this.vote, commit: this.log.committed };
  }

  /** Takes over a saved hard state. @throws InvariantError when its commit index is not in the log */
  loadHardState(state: HardState): void {
    const { committed } = this.log;
    const last = this.log.lastIndex();
    if (state.commit < committed || state.commit > last) {
      this.fail(`${this.hexId} state.commit ${state.commit} is out of range [${committed}, ${last}]`);
    }
    this.log.committed = state.commit;
    this.term = state.term;
    this.vote = state.vote;
  }

  /** Asked before a line is put together. */
  speaks(level: LogLevel): boolean {
    return this.logger.enabled(level);
  }

  fail(text: string): never {
    fatal(this.logger, text);
  }

  /**
   * Queues a message, filling in sender and term. Campaign messages bring their term along, proposals and read requests have none,
   * all others get the current one.
   */
  send(message: Message): void {
    if (message.from === NONE) message.from = this.id;
    switch (message.type) {
      case MessageType.MsgVote:
      case MessageType.MsgVoteResp:
      case MessageType.MsgPreVote:
      case MessageType.MsgPreVoteResp:
        if (message.term === 0) this.fail(`term should be set when sending ${messageTypeName(message.type)}`);
        break;
      default:
        if (message.term !== 0) {
          this.fail(`term should not be set when sending ${messageTypeName(message.type)} (was ${message.term})`);
        }
        if (message.type !== MessageType.MsgProp && message.type !== MessageType.MsgReadIndex) message.term = this.term;
    }
    switch (message.type) {
      case MessageType.MsgAppResp:
      case MessageType.MsgVoteResp:
      case MessageType.MsgPreVoteResp:
        // Rejections too: they may rest on a vote or on entries that are still being written.
        this.outboxAfterAppend.push(message);
        break;
      default:
        if (message.to === this.id) {
          this.fail(`message should not be self-addressed when sending ${messageTypeName(message.type)}`);
        }
        this.outbox.push(message);
    }
  }

  becomeFollower(term: number, lead: bigint): void {
    this.reset(term);
    this.lead = lead;
    this.role = "StateFollower";
    this.announce("follower");
  }

  /** Votes for itself in the next term. */
  becomeCandidate(): void {
    if (this.role === "StateLeader") throw new InvariantError("invalid transition [leader -> candidate]");
    this.reset(this.term + 1);
    this.vote = this.id;
    this.role = "StateCandidate";
    this.announce("candidate");
  }

  /** Asks around first; neither term nor vote change. */
  becomePreCandidate(): void {
    if (this.role === "StateLeader") throw new InvariantError("invalid transition [leader -> pre-candidate]");
    this.tracker.resetVotes();
    this.lead = NONE;
    this.role = "StatePreCandidate";
    this.announce("pre-candidate");
  }

  /** The role only; a new leader's first entry comes from election.ts. */
  assumeLeadership(): void {
    if (this.role === "StateFollower") throw new InvariantError("invalid transition [follower -> leader]");
    this.reset(this.term);
    this.lead = this.id;
    this.role = "StateLeader";
    const own = this.tracker.progress.get(this.id);
    if (own === undefined) throw new InvariantError(`${this.hexId} became leader without being a member`);
    own.becomeReplicate();
    own.recentActive = true;
    // There may be a change in the tail: none other until all of it is applied. Cheaper than to look for it.
    this.pendingConfIndex = this.log.lastIndex();
  }

  announce(role: string): void {
    if (this.speaks("info")) this.logger.log("info", `${this.hexId} became ${role} at term ${this.term}`);
  }

  /** Whether the node may lead: a voter, and no snapshot on its way into the log. */
  get promotable(): boolean {
    const own = this.tracker.progress.get(this.id);
    return own !== undefined && !own.isLearner && !this.log.hasPendingSnapshot();
  }

  get pastElectionTimeout(): boolean {
    return this.electionElapsed >= this.randomizedElectionTimeout;
  }

  /** Whether an entry of this term is committed: before that, a leader does not know which entries are (Raft 8). */
  hasCommittedInTerm(): boolean {
    return this.log.matches(this.log.committed, this.term);
  }

  private reset(term: number): void {
    if (this.term !== term) {
      this.term = term;
      this.vote = NONE;
    }
    this.lead = NONE;
    this.electionElapsed = 0;
    this.heartbeatElapsed = 0;
    this.randomizedElectionTimeout = this.electionTimeout + this.random(this.electionTimeout);
    this.transferee = NONE;
    this.tracker.resetVotes();
    const last = this.log.lastIndex();
    for (const [id, progress] of this.tracker.members) progress.restart(id === this.id ? last : 0, last + 1);
    this.pendingConfIndex = 0;
    this.uncommittedSize = 0;
    this.reads.reset();
  }
}
