/**
 * The wait for a leader when a member starts (etcd server/etcdserver/server.go, adjustTicks), made shorter where nothing is
 * won by it. With several peers in reach there is no need to wait the whole first election timeout. And with a quorum in reach,
 * of which nobody has heard of a leader, there is no need to leave it to chance who asks first: the one with the smallest id
 * does. Asking costs nobody anything, since pre-vote is answered with no where a leader lives after all.
 */

/** How long after the start this is looked after at all, ms. */
const lookMs = 5000;
/** Time between two looks, ms. */
const stepMs = 10;

export interface FirstWaitParts {
  readonly localId: bigint;
  readonly preVote: boolean;
  readonly electionTicks: number;
  readonly heartbeatMs: number;
  /** how long a quorum must have been in reach without a word of a leader: a heartbeat tells whoever joins or comes back */
  readonly silenceMs: number;
  /** monotonic ms */
  now(): number;
  pause(ms: number): Promise<void>;
  /** false ends it: a leader is known, the member stops, its clock stands still */
  waiting(): boolean;
  voters(): readonly bigint[];
  inReach(id: bigint): boolean;
  activePeers(): number;
  campaign(): void;
  advanceTicks(ticks: number): void;
}

export async function shortenFirstWait(parts: FirstWaitParts): Promise<void> {
  const begun = parts.now();
  let inReachSince: number | undefined;
  let advanced = false;
  while (parts.now() - begun < lookMs && parts.waiting()) {
    await parts.pause(stepMs);
    if (parts.preVote && asksFirst(parts)) {
      const now = parts.now();
      inReachSince ??= now;
      // whoever heard of a leader while it paused has nothing to ask
      if (now - inReachSince >= parts.silenceMs && parts.waiting()) {
        parts.campaign();
        await parts.pause(parts.heartbeatMs);
      }
    } else inReachSince = undefined;
    if (!advanced && parts.activePeers() > 1) {
      advanced = true;
      parts.advanceTicks(parts.electionTicks - 2);
    }
  }
}

/** Whether a quorum is in reach and this is its member with the smallest id. */
function asksFirst({ localId, voters, inReach }: FirstWaitParts): boolean {
  const all = voters();
  const reached = all.filter((id) => id === localId || inReach(id));
  return reached.length > 1 && 2 * reached.length > all.length && reached.includes(localId) && reached.every((id) => id >= localId);
}
