/** How long a lease has still to live, counted on from what its leader told last. */
import type { LeaseFact } from "../../core/lab/contract/watching.ts";

/** @returns ms, 0 at the least; -1 where nobody's clock counts */
export function leftMs(lease: LeaseFact, toldAt: number, now: number): number {
  if (lease.leftMs < 0) return -1;
  return Math.max(0, lease.leftMs - Math.max(0, now - toldAt));
}
