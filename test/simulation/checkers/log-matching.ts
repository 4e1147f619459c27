/**
 * Two logs with an entry of the same index and term are equal up to it (Raft, figure 3). By induction that is so when an entry's index
 * and term determine its content and the term of the entry before it, wherever it stands.
 */
import type { Entry } from "../../../core/proto/gen/raftpb.ts";
import { entryText } from "../state-machine.ts";
import { type Checker, type Observed, Violation } from "./checker.ts";

export class LogMatching implements Checker {
  readonly name = "log matching";
  private readonly known = new Map<string, { text: string; termBefore: number | undefined; on: bigint }>();

  appending({ id, raft }: Observed, entries: readonly Entry[]): void {
    const first = entries[0];
    if (first === undefined) return;
    let termBefore = raft.log.term(first.index - 1);
    let index = first.index;
    for (const entry of entries) {
      if (entry.index !== index) throw new Violation(this.name, `replica ${id} appends entry ${entry.index} where ${index} is next`);
      const text = entryText(entry);
      const place = `${entry.index}/${entry.term}`;
      const known = this.known.get(place);
      if (known === undefined) this.known.set(place, { text, termBefore, on: id });
      else if (known.text !== text) throw new Violation(this.name, `entry ${place} is ${known.text} on ${known.on} and ${text} on ${id}`);
      else if (termBefore !== undefined && known.termBefore !== undefined && known.termBefore !== termBefore) {
        const terms = `${known.termBefore} on ${known.on} and ${termBefore} on ${id}`;
        throw new Violation(this.name, `the entry before ${place} is of term ${terms}`);
      } else known.termBefore ??= termBefore;
      termBefore = entry.term;
      index++;
    }
  }
}
