/** A property that must hold at every step. A checker is told of what happens and throws a Violation when it must not have happened. */
import type { Entry, Message, Snapshot } from "../../../core/proto/gen/raftpb.ts";
import type { Raft } from "../../../core/raft/raft.ts";
import type { ReadState } from "../../../core/raft/index.ts";
import type { ReplicaDisk } from "../replica-disk.ts";
import type { StateMachine } from "../state-machine.ts";

/** A running replica as checkers see it; nothing of it is to be changed. */
export interface Observed {
  readonly id: bigint;
  /** Starts so far. */
  readonly life: number;
  readonly raft: Raft;
  readonly disk: ReplicaDisk;
  readonly machine: StateMachine;
}

export interface Checker {
  readonly name: string;
  /** From what it found on its disk. */
  started?(replica: Observed): void;
  /** After everything that raft was told or asked. */
  stepped?(replica: Observed): void;
  /** Entries that raft hands out to be written. */
  appending?(replica: Observed, entries: readonly Entry[]): void;
  /** A message leaves for another replica. */
  sent?(replica: Observed, message: Message): void;
  applied?(replica: Observed, entry: Entry): void;
  restored?(replica: Observed, snapshot: Snapshot): void;
  /** A client proposes something there; `refused` when raft does not take it. */
  proposed?(replica: Observed, text: string): void;
  refused?(text: string): void;
  readAsked?(context: string, replica: Observed): void;
  readAnswered?(replica: Observed, read: ReadState): void;
  /** The run has ended, in this state. */
  finish?(machine: StateMachine): void;
}

export class Violation extends Error {
  override readonly name = "Violation";
  constructor(
    /** name of the checker */
    readonly property: string,
    readonly detail: string,
  ) {
    super(`${property}: ${detail}`);
  }
}
