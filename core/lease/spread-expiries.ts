/**
 * After a change of leader many leases have the same time left and would all expire at once, faster than they can be
 * revoked. Those beyond three quarters of the rate in a second are put off (etcd server/lease/lessor.go, Promote).
 */
import type { Lease } from "./lease.ts";

const revokedPerSecond = 1000;
const expiringPerSecond = (3 * revokedPerSecond) / 4;

/** Changes the expiry of those too many. All have just been refreshed with `extendMs`. */
export function spreadExpiries(leases: Lease[], nowMs: number, extendMs: number): void {
  if (leases.length < revokedPerSecond) return;
  leases.sort((a, b) => a.expiresAtMs - b.expiresAtMs);
  let windowStartMs = leases[0]!.leftMs(nowMs);
  let windowEndMs = windowStartMs + 1000;
  let expiring = 0;
  for (const lease of leases) {
    const leftMs = lease.leftMs(nowMs);
    if (leftMs > windowEndMs) {
      windowStartMs = leftMs;
      windowEndMs = windowStartMs + 1000;
      expiring = 1;
      continue;
    }
    expiring++;
    if (expiring <= expiringPerSecond) continue;
    const delayMs = 1000 * (expiring / expiringPerSecond) - (leftMs - windowStartMs);
    windowEndMs = windowStartMs + delayMs;
    lease.refresh(nowMs, extendMs + delayMs);
  }
}
