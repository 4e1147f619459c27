/**
 * One file of a simulated disk: what a reader sees now, what would survive a power cut for sure, and the changes between
 * the two. Sparse: only blocks that were written take memory.
 */
import type { Random } from "./random.ts";

const blockBytes = 4096;
/** What a disk writes whole or not at all. */
const simulatedSectorBytes = 512;

/** Bytes with holes. */
class SparseBytes {
  size = 0;
  private readonly blocks = new Map<number, Buffer>();

  get usedBytes(): number {
    return this.blocks.size * blockBytes;
  }

  clone(): SparseBytes {
    const twin = new SparseBytes();
    for (const [index, block] of this.blocks) twin.blocks.set(index, Buffer.from(block));
    twin.size = this.size;
    return twin;
  }

  read(target: Buffer, position: number): number {
    const count = Math.max(0, Math.min(target.length, this.size - position));
    for (let done = 0; done < count;) {
      const index = Math.floor((position + done) / blockBytes);
      const within = (position + done) % blockBytes;
      const length = Math.min(blockBytes - within, count - done);
      const block = this.blocks.get(index);
      if (block) block.copy(target, done, within, within + length);
      else target.fill(0, done, done + length);
      done += length;
    }
    return count;
  }

  write(bytes: Buffer, position: number): void {
    for (let done = 0; done < bytes.length;) {
      const index = Math.floor((position + done) / blockBytes);
      const within = (position + done) % blockBytes;
      const length = Math.min(blockBytes - within, bytes.length - done);
      let block = this.blocks.get(index);
      if (!block) {
        block = Buffer.alloc(blockBytes);
        this.blocks.set(index, block);
      }
      bytes.copy(block, within, done, done + length);
      done += length;
    }
    this.size = Math.max(this.size, position + bytes.length);
  }

  resize(size: number): void {
    if (size < this.size) {
      const last = Math.floor(size / blockBytes);
      for (const index of this.blocks.keys()) if (index > last) this.blocks.delete(index);
      this.blocks.get(last)?.fill(0, size % blockBytes);
    }
    this.size = size;
  }
}

type Change =
  { readonly kind: "write"; readonly bytes: Buffer; readonly position: number } | { readonly kind: "resize"; readonly size: number };

export class SimulatedInode {
  private seen = new SparseBytes();
  private durable = new SparseBytes();
  private changes: Change[] = [];

  get size(): number {
    return this.seen.size;
  }

  get usedBytes(): number {
    return this.seen.usedBytes;
  }

  read(target: Buffer, position: number): number {
    return this.seen.read(target, position);
  }

  write(bytes: Buffer, position: number): void {
    this.change({ kind: "write", bytes: Buffer.from(bytes), position });
  }

  resize(size: number): void {
    if (size !== this.seen.size) this.change({ kind: "resize", size });
  }

  sync(): void {
    for (const change of this.changes) apply(this.durable, change);
    this.changes = [];
  }

  /** A failed fsync: the kernel marks the pages clean, so that not even a later success writes them. */
  loseChanges(): void {
    this.changes = [];
  }

  /** Power cut: each change not synced is kept, lost, or (a write) kept in some of its sectors only. */
  crash(random: Random): void {
    for (const change of this.changes) {
      const fate = random.below(4);
      if (fate === 0) continue;
      if (fate === 1 && change.kind === "write") this.tear(change.bytes, change.position, random);
      else apply(this.durable, change);
    }
    this.changes = [];
    this.seen = this.durable.clone();
  }

  /** Damage at rest, seen at once and durable. */
  flip(position: number, mask: number): void {
    const byte = Buffer.alloc(1);
    this.seen.read(byte, position);
    byte[0] = (byte[0] as number) ^ mask;
    this.seen.write(byte, position);
    this.durable.write(byte, position);
  }

  private change(change: Change): void {
    apply(this.seen, change);
    this.changes.push(change);
  }

  private tear(bytes: Buffer, position: number, random: Random): void {
    for (let done = 0; done < bytes.length;) {
      const length = Math.min(bytes.length - done, simulatedSectorBytes - ((position + done) % simulatedSectorBytes));
      if (random.below(2) === 0) this.durable.write(bytes.subarray(done, done + length), position + done);
      done += length;
    }
  }
}

function apply(target: SparseBytes, change: Change): void {
  if (change.kind === "write") target.write(change.bytes, change.position);
  else target.resize(change.size);
}
