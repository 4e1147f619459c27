/**
 * Memory for records: slabs filled one after the other. Records live long (in the backend's batch, in the value cache),
 * so they must not pin pooled buffers or whole network chunks, and a buffer of its own for each would cost more than
 * most records are long.
 */

const slabBytes = 64 * 1024;
const ownBufferBytes = 16 * 1024;

export class RecordSlab {
  private slab = Buffer.allocUnsafeSlow(slabBytes);
  private used = 0;

  /** An uninitialised buffer of `size` bytes. */
  take(size: number): Buffer {
    if (size > ownBufferBytes) return Buffer.allocUnsafeSlow(size);
    if (this.used + size > slabBytes) {
      this.slab = Buffer.allocUnsafeSlow(slabBytes);
      this.used = 0;
    }
    const start = this.used;
    this.used += size;
    return this.slab.subarray(start, this.used);
  }

  /** A copy of `bytes`. */
  copy(bytes: Buffer): Buffer {
    const buffer = this.take(bytes.length);
    bytes.copy(buffer);
    return buffer;
  }
}
