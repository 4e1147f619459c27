/**
 * Faults as data: what the lab may ask of a member. A member is always told the whole set that is in force, so the
 * order of messages does not matter and healing is the empty set. Process faults (kill, stop) need no word here: the lab
 * does them to the process.
 */

/** One direction of one link: from the member that is told, to the peer named. */
export interface LinkFault {
  /** nothing gets through, neither raft messages nor HTTP between the two */
  readonly cut: boolean;
  readonly delayMs: number;
  readonly jitterMs: number;
  /** share of messages lost, 0..1 */
  readonly loss: number;
  /** share of messages sent twice, 0..1 */
  readonly duplicate: number;
  /** share of messages held back behind the next one, 0..1 */
  readonly reorder: number;
  /** bytes a second; 0 = no limit */
  readonly bandwidth: number;
}

export const noLinkFault: LinkFault = { cut: false, delayMs: 0, jitterMs: 0, loss: 0, duplicate: 0, reorder: 0, bandwidth: 0 };

export interface DiskFault {
  /** added to every fdatasync of the WAL and of the database */
  readonly fsyncDelayMs: number;
  /** every fdatasync fails with EIO */
  readonly fsyncFails: boolean;
  /** every write that needs space fails with ENOSPC */
  readonly full: boolean;
}

export const noDiskFault: DiskFault = { fsyncDelayMs: 0, fsyncFails: false, full: false };

/** All faults of one member. `links` is keyed by the peer's id in lower-case hex: outgoing and incoming direction apart. */
export interface MemberFaults {
  readonly outgoing: Readonly<Record<string, LinkFault>>;
  readonly incoming: Readonly<Record<string, LinkFault>>;
  readonly disk: DiskFault;
  /** 1 = real time; 10 = everything of raft's pace takes ten times as long */
  readonly slowMotion: number;
  /** ms that the member's time of day is ahead of true time; negative: behind */
  readonly clockSkewMs: number;
}

export const noMemberFaults: MemberFaults = { outgoing: {}, incoming: {}, disk: noDiskFault, slowMotion: 1, clockSkewMs: 0 };
