/**
 * The one private channel between a member process and the lab that started it: records out, faults in. A member that
 * nobody started this way has no channel and pays nothing for it.
 */
import type { MemberFaults } from "./faults.ts";
import type { ProbeBatch } from "./records.ts";

/** From the lab to the member. */
export type LabWord =
  | { readonly type: "faults"; readonly faults: MemberFaults }
  /** off: only state and happenings; on: everything, sampled when it is too much */
  /** step mode: messages wait to be let go, and raft's clock stands still */
  | { readonly type: "step"; readonly on: boolean }
  | { readonly type: "letters"; readonly letters: readonly number[]; readonly fate: "delivered" | "dropped" }
  /** lets raft's clock go on by so many ticks; "timer": until its own timer fires (a leader's heartbeat, anybody else's election) */
  | { readonly type: "ticks"; readonly count: number | "timer" }
  | { readonly type: "watch"; readonly level: "off" | "on" }
  /** watchers and leases are to be told, once a second */
  | { readonly type: "watching"; readonly on: boolean };

/** From the member to the lab. */
export type MemberWord = ProbeBatch | { readonly type: "hello"; readonly pid: number; readonly id: string; readonly clusterId: string };

export interface LabChannel {
  send(word: MemberWord): void;
  /** true while earlier words still wait to be taken; absent where that cannot be told */
  busy?(): boolean;
  onWord(listener: (word: LabWord) => void): void;
}

/** Environment variable that carries a host's address book to the programs started on it, as JSON (`HostAddresses`). */
export const HOST_ADDRESSES = "QUORUM_LAB_HOST";

/** How names resolve on one host of a lab. */
export interface HostAddresses {
  /** the host's own name, such as m1 */
  readonly self: string;
  /** loopback address by host name; aliases included (host1, etcd-m1, ...) */
  readonly hosts: Readonly<Record<string, string>>;
  /** where all hosts share 127.0.0.1: "host:port" as written -> real port. Empty where each has its own address */
  readonly ports: Readonly<Record<string, number>>;
}
