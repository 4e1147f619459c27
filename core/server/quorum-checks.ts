/**
 * Whether enough members are connected for a membership change (--strict-reconfig-check; server/etcdserver/server.go,
 * util.go). Whether enough of them have started, core/membership knows.
 */
import type { Member } from "../membership/member.ts";

/** A link counts when it has been up for so long, ms. */
const HEALTH_INTERVAL_MS = 5000;

/** Since when the link to a member has been up, monotonic ms; undefined while it is down. */
export type ActiveSince = (id: bigint) => number | undefined;

function quorum(count: number): number {
  return Math.floor(count / 2) + 1;
}

function votersOf(members: readonly Member[]): Member[] {
  return members.filter(({ isLearner }) => !isLearner);
}

/** Members that have been connected since `since` without a break, the local one included. */
export function connectedSince(members: readonly Member[], self: bigint, activeSince: ActiveSince, since: number): number {
  return members.filter(({ id }) => {
    const active = activeSince(id);
    return id === self || (active !== undefined && active < since);
  }).length;
}

/** The new member counts as one that is down. */
export function staysHealthyWithOneMore(members: readonly Member[], self: bigint, activeSince: ActiveSince, now: number): boolean {
  const voters = votersOf(members);
  return voters.length === 1 || connectedSince(voters, self, activeSince, now - HEALTH_INTERVAL_MS) >= quorum(voters.length + 1);
}

/** Whether the quorum of all members is connected since `since`. */
export function hasQuorumSince(members: readonly Member[], self: bigint, activeSince: ActiveSince, since: number): boolean {
  return connectedSince(members, self, activeSince, since) >= quorum(members.length);
}

/** A member that is down may always go; one that is up only when enough others are. */
export function staysHealthyWithout(members: readonly Member[], id: bigint, self: bigint, activeSince: ActiveSince, now: number): boolean {
  if (id !== self && activeSince(id) === undefined) return true;
  const voters = votersOf(members);
  const active = connectedSince(voters, self, activeSince, now - HEALTH_INTERVAL_MS);
  return active - 1 >= 1 + Math.floor((voters.length - 1) / 2);
}

/** The voter that has been connected longest: whom a leader hands over to when it stops. */
export function longestConnected(members: readonly Member[], self: bigint, activeSince: ActiveSince): bigint | undefined {
  let chosen: bigint | undefined;
  let oldest = Infinity;
  for (const { id } of votersOf(members)) {
    const since = activeSince(id);
    if (id === self || since === undefined || since >= oldest) continue;
    oldest = since;
    chosen = id;
  }
  return chosen;
}
