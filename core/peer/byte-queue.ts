/** Bytes as they come from a socket, taken out in exact lengths. Pieces within one chunk are views, others are copies. */

export class ByteQueue {
  private chunks: Buffer[] = [];
  /** start of what is left in the first chunk */
  private head = 0;
  private total = 0;

  get length(): number {
    return this.total;
  }

  push(chunk: Buffer): void {
    if (chunk.length === 0) return;
    this.chunks.push(chunk);
    this.total += chunk.length;
  }

  /** Caller checks `length` first. */
  take(count: number): Buffer {
    const first = this.chunks[0];
    this.total -= count;
    if (first && first.length - this.head >= count) {
      const piece = first.subarray(this.head, this.head + count);
      this.advance(first, count);
      return piece;
    }
    const piece = Buffer.allocUnsafe(count);
    for (let done = 0; done < count;) {
      const chunk = this.chunks[0] as Buffer;
      const length = Math.min(count - done, chunk.length - this.head);
      chunk.copy(piece, done, this.head, this.head + length);
      done += length;
      this.advance(chunk, length);
    }
    return piece;
  }

  /** Everything left. */
  takeAll(): Buffer {
    return this.take(this.total);
  }

  private advance(chunk: Buffer, count: number): void {
    this.head += count;
    if (this.head === chunk.length) {
      this.chunks.shift();
      this.head = 0;
    }
  }
}
