/** The window of MsgApps under way to one follower, bounded by count and by payload bytes (etcd raft, tracker/inflights.go). */
import { InvariantError } from "./errors.ts";

const FIRST_CAPACITY = 8;

export class Inflights {
  /** Ring of (last index, bytes) pairs; grows on demand, since the bound may be huge. */
  private indexes: number[] = new Array<number>(FIRST_CAPACITY).fill(0);
  private sizes: number[] = new Array<number>(FIRST_CAPACITY).fill(0);
  private head = 0;
  private held = 0;
  private heldBytes = 0;

  /**
   * @param maxCount messages
   * @param maxBytes payload bytes, soft: the message that reaches the bound still goes; 0 or Infinity for none
   */
  constructor(
    readonly maxCount: number,
    readonly maxBytes: number,
  ) {}

  get count(): number {
    return this.held;
  }

  get bytes(): number {
    return this.heldBytes;
  }

  get full(): boolean {
    return this.held >= this.maxCount || (this.maxBytes !== 0 && this.heldBytes >= this.maxBytes);
  }

  /**
   * Notes a message whose last entry is `index`; indexes ascend.
   * @throws InvariantError when full
   */
  add(index: number, bytes: number): void {
    if (this.full) throw new InvariantError("cannot add into a Full inflights");
    if (this.held === this.indexes.length) this.grow();
    const slot = (this.head + this.held) & (this.indexes.length - 1);
    this.indexes[slot] = index;
    this.sizes[slot] = bytes;
    this.held++;
    this.heldBytes += bytes;
  }

  /** Lets go of all messages whose last entry is at or before `index`. */
  freeUpTo(index: number): void {
    const mask = this.indexes.length - 1;
    while (this.held > 0 && this.indexes[this.head]! <= index) {
      this.heldBytes -= this.sizes[this.head]!;
      this.head = (this.head + 1) & mask;
      this.held--;
    }
  }

  reset(): void {
    this.head = 0;
    this.held = 0;
    this.heldBytes = 0;
  }

  private grow(): void {
    const old = this.indexes.length;
    const indexes = new Array<number>(old * 2).fill(0);
    const sizes = new Array<number>(old * 2).fill(0);
    for (let at = 0; at < this.held; at++) {
      const slot = (this.head + at) & (old - 1);
      indexes[at] = this.indexes[slot]!;
      sizes[at] = this.sizes[slot]!;
    }
    this.indexes = indexes;
    this.sizes = sizes;
    this.head = 0;
  }
}
