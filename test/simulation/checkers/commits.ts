/**
 * What is committed: by index the entry's term and the term in which it was committed first. Checks that a replica's commit index never
 * goes back while it runs, and that all agree on the term (so, with log matching, on the content) of each committed entry.
 */
import { type Checker, type Observed, Violation } from "./checker.ts";

export interface Committed {
  readonly term: number;
  /** Term of the replica that was first seen to have it committed. */
  readonly inTerm: number;
  readonly by: bigint;
}

export class Commits implements Checker {
  readonly name = "commit";
  readonly known = new Map<number, Committed>();
  /** Highest committed index that anybody has seen. */
  highest = 0;
  private readonly seen = new Map<bigint, { life: number; commit: number }>();

  started(replica: Observed): void {
    this.seen.set(replica.id, { life: replica.life, commit: replica.raft.log.firstIndex() - 1 });
    this.stepped(replica);
  }

  stepped({ id, life, raft }: Observed): void {
    const { log } = raft;
    const seen = this.seen.get(id);
    if (seen === undefined || seen.life !== life) throw new Error(`replica ${id} was not started`);
    const { committed } = log;
    if (committed < seen.commit) throw new Violation(this.name, `replica ${id}: commit index went from ${seen.commit} back to ${committed}`);
    const last = log.lastIndex();
    if (committed > last) throw new Violation(this.name, `replica ${id}: commit index ${committed} is past the log's end ${last}`);
    for (let index = Math.max(seen.commit + 1, log.firstIndex() - 1); index <= committed; index++) this.add(id, raft.term, index, log.term(index));
    seen.commit = committed;
    if (committed > this.highest) this.highest = committed;
  }

  private add(by: bigint, inTerm: number, index: number, term: number | undefined): void {
    if (term === undefined) return;
    const known = this.known.get(index);
    if (known === undefined) this.known.set(index, { term, inTerm, by });
    else if (known.term !== term) {
      throw new Violation(this.name, `entry ${index} is committed with term ${known.term} on ${known.by} and with term ${term} on ${by}`);
    }
  }
}
