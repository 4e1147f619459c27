/**
 * Protobuf written from the end to the beginning, so that a message's length is known when its prefix is due. The type table is
 * interpreted, so there is no generated size function to ask.
 */
export class BackWriter {
  private buffer = Buffer.allocUnsafe(512);
  private start = 512;

  /** bytes written so far */
  get length(): number {
    return this.buffer.length - this.start;
  }

  private room(bytes: number): void {
    if (this.start >= bytes) return;
    const used = this.length;
    const grown = Buffer.allocUnsafe(Math.max(this.buffer.length * 2, used + bytes));
    this.buffer.copy(grown, grown.length - used, this.start);
    this.start = grown.length - used;
    this.buffer = grown;
  }

  raw(bytes: Uint8Array): void {
    this.room(bytes.length);
    this.start -= bytes.length;
    this.buffer.set(bytes, this.start);
  }

  text(value: string): void {
    const bytes = Buffer.byteLength(value);
    this.room(bytes);
    this.start -= bytes;
    this.buffer.write(value, this.start, "utf8");
  }

  /** unsigned, or signed taken modulo 2^64 */
  varint(value: number | bigint): void {
    let rest = BigInt.asUintN(64, BigInt(value));
    const bytes: number[] = [];
    do {
      bytes.push(Number(rest & 0x7fn));
      rest >>= 7n;
    } while (rest > 0n);
    this.room(bytes.length);
    this.start -= bytes.length;
    bytes.forEach((byte, index) => {
      this.buffer[this.start + index] = index < bytes.length - 1 ? byte | 0x80 : byte;
    });
  }

  double(value: number): void {
    this.room(8);
    this.start -= 8;
    this.buffer.writeDoubleLE(value, this.start);
  }

  tag(no: number, wire: number): void {
    this.varint(no * 8 + wire);
  }

  /** the length of what was written since `before`, then the tag of a length-delimited field */
  close(no: number, before: number): void {
    this.varint(this.length - before);
    this.tag(no, 2);
  }

  finish(): Buffer {
    return Buffer.from(this.buffer.subarray(this.start));
  }
}
