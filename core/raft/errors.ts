/** What can go wrong in consensus. Expected outcomes carry a code and etcd raft's own text; broken invariants end the member. */

export type RaftErrorCode =
  | "raft.proposal_dropped"
  | "raft.compacted"
  | "raft.unavailable"
  | "raft.snapshot_out_of_date"
  | "raft.snapshot_temporarily_unavailable"
  | "raft.step_local_message"
  | "raft.step_peer_not_found"
  | "raft.config_invalid"
  | "raft.conf_change_invalid"
  | "raft.bootstrap_refused";

const TEXTS: Readonly<Record<RaftErrorCode, string>> = {
  "raft.proposal_dropped": "raft proposal dropped",
  "raft.compacted": "requested index is unavailable due to compaction",
  "raft.unavailable": "requested entry at index is unavailable",
  "raft.snapshot_out_of_date": "requested index is older than the existing snapshot",
  "raft.snapshot_temporarily_unavailable": "snapshot is temporarily unavailable",
  "raft.step_local_message": "raft: cannot step raft local message",
  "raft.step_peer_not_found": "raft: cannot step as peer not found",
  "raft.config_invalid": "invalid raft configuration",
  "raft.conf_change_invalid": "invalid configuration change",
  "raft.bootstrap_refused": "can't bootstrap a nonempty Storage",
};

/** An outcome that a caller must reckon with. `message` is etcd raft's text for it. */
export class RaftError extends Error {
  override readonly name = "RaftError";
  constructor(
    readonly code: RaftErrorCode,
    text: string = TEXTS[code],
    options?: ErrorOptions,
  ) {
    super(text, options);
  }
}

/**
 * A state that consensus must never reach: the log went backwards, a leader turned candidate, a committed entry is in conflict.
 * Going on could lose acknowledged writes, so whoever drives the node must stop the member. Wording is etcd raft's panic text.
 */
export class InvariantError extends Error {
  override readonly name = "InvariantError";
  readonly code = "raft.invariant";
}

/** True for a RaftError of the given code; use it in catch blocks. */
export function isRaftError(error: unknown, code: RaftErrorCode): error is RaftError {
  return error instanceof RaftError && error.code === code;
}
