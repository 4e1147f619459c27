/**
 * How much of something useless the other side may do: a burst, and then a steady rate. For floods that cost us work and
 * the sender nothing (CVE-2019-9511 to 9518, CVE-2023-44487 "rapid reset", CVE-2025-8671 "made you reset").
 */
export class Budget {
  private left: number;
  private updatedAt = 0;

  constructor(
    private readonly burst: number,
    private readonly perSecond: number,
  ) {
    this.left = burst;
  }

  /** @param nowMs a monotonic clock. @returns false when it is used up */
  spend(nowMs: number): boolean {
    if (this.left < 1) {
      this.left = Math.min(this.burst, this.left + ((nowMs - this.updatedAt) / 1000) * this.perSecond);
      this.updatedAt = nowMs;
    }
    this.left--;
    return this.left >= 0;
  }

  /** Something useful happened, which pays for one useless thing. */
  earn(): void {
    if (this.left < this.burst) this.left++;
  }
}
