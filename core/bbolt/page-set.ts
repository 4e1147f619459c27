/** A set of page numbers, one bit each; grows as needed. */
export class PageSet {
  private bits = new Uint8Array(64);

  has(id: number): boolean {
    return ((this.bits[id >>> 3] ?? 0) & (1 << (id & 7))) !== 0;
  }

  addRange(start: number, length: number): void {
    const end = start + length;
    if (end > this.bits.length * 8) {
      const wider = new Uint8Array(Math.max(this.bits.length * 2, (end >>> 3) + 1));
      wider.set(this.bits);
      this.bits = wider;
    }
    for (let id = start; id < end; id++) this.bits[id >>> 3] = (this.bits[id >>> 3] as number) | (1 << (id & 7));
  }

  deleteRange(start: number, length: number): void {
    const end = Math.min(start + length, this.bits.length * 8);
    for (let id = start; id < end; id++) this.bits[id >>> 3] = (this.bits[id >>> 3] as number) & ~(1 << (id & 7));
  }
}
