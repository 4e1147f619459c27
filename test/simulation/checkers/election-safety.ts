/** At most one leader is elected in a term (Raft, figure 3), and no replica goes back to an earlier term while it runs. */
import { type Checker, type Observed, Violation } from "./checker.ts";

export class ElectionSafety implements Checker {
  readonly name = "election safety";
  private readonly leaders = new Map<number, bigint>();
  private readonly terms = new Map<bigint, { life: number; term: number }>();

  stepped({ id, life, raft }: Observed): void {
    const { term } = raft;
    const known = this.terms.get(id);
    if (known?.life === life) {
      if (term < known.term) throw new Violation(this.name, `replica ${id} went from term ${known.term} back to ${term}`);
      known.term = term;
    } else {
      this.terms.set(id, { life, term });
    }
    if (raft.role !== "StateLeader") return;
    const leader = this.leaders.get(term);
    if (leader === undefined) this.leaders.set(term, id);
    else if (leader !== id) throw new Violation(this.name, `replicas ${leader} and ${id} both lead in term ${term}`);
  }
}
