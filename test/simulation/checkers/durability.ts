/**
 * What others may rely on is durable before they hear of it: a vote and its term, an acknowledged entry; and a replica that comes back
 * after a crash still has it. A leader counts itself and others only with entries that no crash can take.
 */
import { MessageType, type Message } from "../../../core/proto/gen/raftpb.ts";
import { NONE } from "../../../core/raft/index.ts";
import { confStateOf } from "../../../core/raft/tracker.ts";
import { type Checker, type Observed, Violation } from "./checker.ts";

export class Durability implements Checker {
  readonly name = "durability";
  private readonly votes = new Map<bigint, { term: number; vote: bigint }>();
  private readonly commits = new Map<bigint, number>();

  /** @param diskOf of any replica, running or not */
  constructor(private readonly diskOf: (id: bigint) => Observed["disk"]) {}

  started({ id, raft }: Observed): void {
    this.commits.set(id, raft.log.committed);
    const given = this.votes.get(id);
    if (given === undefined) return;
    if (raft.term < given.term) throw new Violation(this.name, `replica ${id} answered in term ${given.term} and comes back in term ${raft.term}`);
    if (raft.term === given.term && given.vote !== NONE && raft.vote !== given.vote) {
      throw new Violation(this.name, `replica ${id} voted for ${given.vote} in term ${given.term} and comes back with the vote ${raft.vote}`);
    }
  }

  sent(replica: Observed, message: Message): void {
    const { type, term, to, index, reject } = message;
    if (type === MessageType.MsgAppResp || type === MessageType.MsgVoteResp) {
      const { id, disk } = replica;
      const durable = disk.durable.initialState().hardState ?? { term: 0, vote: NONE, commit: 0 };
      if (durable.term < term) throw new Violation(this.name, `replica ${id} answers in term ${term} with term ${durable.term} on disk`);
      const grants = type === MessageType.MsgVoteResp && !reject;
      if (grants && durable.term === term && durable.vote !== to) {
        throw new Violation(this.name, `replica ${id} votes for ${to} in term ${term} with the vote ${durable.vote} on disk`);
      }
      if (type === MessageType.MsgAppResp && !reject && index > disk.durable.lastIndex() && durable.term === term) {
        throw new Violation(this.name, `replica ${id} acknowledges entry ${index} with only ${disk.durable.lastIndex()} on disk`);
      }
      const given = this.votes.get(id);
      if (given === undefined || given.term < term) this.votes.set(id, { term, vote: grants ? to : NONE });
      else if (given.term === term && grants) given.vote = to;
    }
  }

  stepped({ id, raft }: Observed): void {
    const { committed } = raft.log;
    const before = this.commits.get(id) ?? 0;
    this.commits.set(id, committed);
    if (raft.role !== "StateLeader" || committed <= before) return;
    const term = raft.log.term(committed);
    const holds = (member: bigint): boolean => {
      const { durable } = this.diskOf(member);
      if (committed <= durable.snapshot().metadata.index) return true;
      return committed >= durable.firstIndex() && committed <= durable.lastIndex() && durable.term(committed) === term;
    };
    const { voters, votersOutgoing } = confStateOf(raft.tracker.configuration);
    for (const half of [voters, votersOutgoing]) {
      const held = half.filter(holds);
      if (half.length > 0 && held.length * 2 <= half.length) {
        const where = `${held.length} of the voters ${half.join()}`;
        throw new Violation(this.name, `replica ${id} commits entry ${committed}, which is durable on ${where} only`);
      }
    }
  }
}
