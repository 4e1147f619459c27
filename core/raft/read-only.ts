/**
 * Reads waiting for a leader to prove that it still leads (Raft 8, thesis 6.4). Each heartbeat carries the count of reads queued so
 * far; a quorum of echoes of count n confirms the first n. (etcd 3.6 sends the request's own bytes; followers only echo, so both mix.)
 */
import type { Message } from "../proto/gen/raftpb.ts";
import { jointCommittedIndex, type JointVoters } from "./quorum.ts";

/** One read with the commit index at its arrival. */
export interface PendingRead {
  readonly request: Message;
  readonly index: number;
}

const CONTEXT_BYTES = 8;

export class ReadOnlyQueue {
  private acks = new Map<bigint, number>();
  private waiting: PendingRead[] = [];
  /** Reads confirmed so far; they come before the waiting ones in count. */
  private confirmed = 0;

  private readonly ackOf = (id: bigint): number | undefined => this.acks.get(id);

  get pending(): number {
    return this.waiting.length;
  }

  /** Drops everything, as a node does with each new term. */
  reset(): void {
    this.acks = new Map();
    this.waiting = [];
    this.confirmed = 0;
  }

  add(request: Message, commit: number): void {
    this.waiting.push({ request, index: commit });
  }

  /** Position up to which a heartbeat round that starts now confirms; as 8 bytes, little-endian. Undefined: nothing waits. */
  heartbeatContext(): Buffer | undefined {
    if (this.waiting.length === 0) return undefined;
    const context = Buffer.allocUnsafe(CONTEXT_BYTES);
    context.writeBigUInt64LE(BigInt(this.position));
    return context;
  }

  /** The leader counts itself for everything that waits. */
  acknowledgeSelf(id: bigint): void {
    if (this.waiting.length > 0) this.acks.set(id, this.position);
  }

  /** Takes an echo. One that is not ours (another length, a position never sent) counts for nothing. */
  acknowledge(from: bigint, context: Buffer): void {
    if (context.length !== CONTEXT_BYTES) return;
    const position = Number(context.readBigUInt64LE());
    if (position <= this.position && position > (this.acks.get(from) ?? 0)) this.acks.set(from, position);
  }

  /** Takes out the reads that a quorum has confirmed meanwhile. */
  takeConfirmed(voters: JointVoters): PendingRead[] {
    const position = Math.min(jointCommittedIndex(voters, this.ackOf), this.position);
    if (position <= this.confirmed) return [];
    const count = position - this.confirmed;
    this.confirmed = position;
    return this.waiting.splice(0, count);
  }

  private get position(): number {
    return this.confirmed + this.waiting.length;
  }
}
