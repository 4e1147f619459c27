/**
 * An entry committed in a term is in the logs of the leaders of all later terms (Raft, figure 3); and a leader commits by counting
 * only entries of its own term (Raft 5.4.2), without which the former does not hold.
 */
import type { Commits } from "./commits.ts";
import { type Checker, type Observed, Violation } from "./checker.ts";

export class LeaderCompleteness implements Checker {
  readonly name = "leader completeness";
  /** By term: its leader, as long as it is seen leading, and up to where it was compared with what is committed. */
  private readonly leading = new Map<bigint, { life: number; term: number; commit: number; compared: number }>();

  constructor(private readonly commits: Commits) {}

  stepped(replica: Observed): void {
    const { id, life, raft } = replica;
    if (raft.role !== "StateLeader") {
      this.leading.delete(id);
      return;
    }
    const { log, term } = raft;
    const { committed } = log;
    let held = this.leading.get(id);
    if (held === undefined || held.life !== life || held.term !== term) {
      held = { life, term, commit: committed, compared: 0 };
      this.leading.set(id, held);
    }
    if (committed > held.commit && log.term(committed) !== term) {
      const what = `commits entry ${committed} of term ${log.term(committed)} by counting`;
      throw new Violation(this.name, `replica ${id}, leader of term ${term}, ${what}`);
    }
    held.commit = committed;
    const first = log.firstIndex();
    for (let index = Math.max(held.compared + 1, first - 1); index <= this.commits.highest; index++) {
      const entry = this.commits.known.get(index);
      if (entry !== undefined && entry.inTerm < term && log.term(index) !== entry.term) {
        const what = `lacks entry ${index} of term ${entry.term}, committed in term ${entry.inTerm} by ${entry.by}`;
        throw new Violation(this.name, `replica ${id}, leader of term ${term}, ${what} (it has term ${log.term(index)} there)`);
      }
    }
    held.compared = Math.max(held.compared, this.commits.highest);
  }
}
