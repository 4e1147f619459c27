/** Linearizable reads (Raft 8, thesis 6.4): the index that a read waits for covers all that was committed when it was asked. */
import type { ReadState } from "../../../core/raft/index.ts";
import { type Checker, type Observed, Violation } from "./checker.ts";
import type { Commits } from "./commits.ts";

export class Reads implements Checker {
  readonly name = "linearizable reads";
  private readonly asked = new Map<string, number>();

  constructor(private readonly commits: Commits) {}

  readAsked(context: string): void {
    this.asked.set(context, this.commits.highest);
  }

  readAnswered({ id }: Observed, { index, context }: ReadState): void {
    const committed = this.asked.get(context.toString());
    if (committed === undefined) throw new Violation(this.name, `replica ${id} has an answer to a read that nobody asked: ${context.toString()}`);
    if (index < committed) throw new Violation(this.name, `replica ${id} may read at ${index} what was asked when ${committed} was committed`);
  }
}
