/**
 * No two replicas apply different entries at an index (Raft, figure 3): after each index all state machines have the same digest,
 * however they got there, and each applies every index, in order, and nothing that is not committed.
 */
import type { Entry, Snapshot } from "../../../core/proto/gen/raftpb.ts";
import { type Checker, type Observed, Violation } from "./checker.ts";

export class StateMachineSafety implements Checker {
  readonly name = "state machine safety";
  private readonly digests = new Map<number, { digest: number; on: bigint }>();
  private readonly reached = new Map<bigint, { life: number; index: number }>();

  started(replica: Observed): void {
    const { id, life, machine } = replica;
    this.reached.set(id, { life, index: machine.index });
    this.compare(replica);
  }

  applied(replica: Observed, entry: Entry): void {
    const { id, raft } = replica;
    const reached = this.reached.get(id)!;
    if (entry.index !== reached.index + 1) {
      throw new Violation(this.name, `replica ${id} applies entry ${entry.index} after ${reached.index}`);
    }
    if (entry.index > raft.log.committed) {
      throw new Violation(this.name, `replica ${id} applies entry ${entry.index}, but only ${raft.log.committed} is committed`);
    }
    reached.index = entry.index;
    this.compare(replica);
  }

  restored(replica: Observed, snapshot: Snapshot): void {
    const { id } = replica;
    const reached = this.reached.get(id)!;
    const { index } = snapshot.metadata;
    if (index <= reached.index) throw new Violation(this.name, `replica ${id} restores snapshot ${index} over applied ${reached.index}`);
    reached.index = index;
    this.compare(replica);
  }

  private compare({ id, machine: { index, digest } }: Observed): void {
    if (index === 0) return;
    const known = this.digests.get(index);
    if (known === undefined) this.digests.set(index, { digest, on: id });
    else if (known.digest !== digest) {
      throw new Violation(this.name, `after entry ${index} replica ${id} has the state ${digest}, replica ${known.on} had ${known.digest}`);
    }
  }
}
