/**
 * What clients see is one copy of the data: a write is answered by the replica that took it, once that has applied it, with what the
 * key had before; a read when the replica has applied as far as raft says (Raft 8). The whole history is judged at the end of a run.
 */
import type { Entry } from "../../../core/proto/gen/raftpb.ts";
import type { ReadState } from "../../../core/raft/index.ts";
import { History, type Operation } from "../../linearizability/history.ts";
import { type KeyInput, type KeyOutput, type Value, violationsOf } from "../../linearizability/key-model.ts";
import { type StateMachine, commandOf, keyOf } from "../state-machine.ts";
import { type Checker, type Observed, Violation } from "./checker.ts";

interface Asked {
  readonly operation: Operation<KeyInput, KeyOutput>;
  /** where, and in which of its lives: a crash takes the answer along */
  readonly on: bigint;
  readonly life: number;
  /** of a read: what must be applied before it is answered */
  index?: number;
}

export class Linearizability implements Checker {
  readonly name = "linearizability";
  private readonly history = new History<KeyInput, KeyOutput>();
  /** By the text of a proposal or of a read's context; answered ones are gone. */
  private readonly asked = new Map<string, Asked>();

  proposed({ id, life }: Observed, text: string): void {
    const command = commandOf(text);
    if (command !== undefined) this.asked.set(text, { operation: this.history.call(`replica ${id}`, command), on: id, life });
  }

  refused(text: string): void {
    this.drop(text);
  }

  readAsked(context: string, { id, life }: Observed): void {
    const key = keyOf(Number(context.slice(1)));
    this.asked.set(context, { operation: this.history.call(`replica ${id}`, { kind: "get", key }), on: id, life });
  }

  readAnswered(replica: Observed, { index, context }: ReadState): void {
    const asked = this.asked.get(context.toString());
    if (asked === undefined || asked.on !== replica.id || asked.life !== replica.life) return;
    asked.index = index;
    this.answerReads(replica);
  }

  applied(replica: Observed, entry: Entry): void {
    const text = entry.data?.toString("latin1") ?? "";
    const asked = this.asked.get(text);
    if (asked?.on === replica.id && asked.life === replica.life && asked.operation.input.kind !== "get") {
      this.asked.delete(text);
      this.history.return(asked.operation, outputOf(asked.operation.input, replica.machine.replacedBy(text)!));
    }
    this.answerReads(replica);
  }

  restored(replica: Observed): void {
    this.answerReads(replica);
  }

  /** @param machine the state in which the run ends: writes without an answer are there or are not */
  finish(machine: StateMachine): void {
    for (const [text, { operation }] of [...this.asked]) {
      const replaced = operation.input.kind === "get" ? undefined : machine.replacedBy(text);
      if (replaced === undefined) this.drop(text);
      else this.history.return(operation, outputOf(operation.input, replaced));
    }
    const [violation] = violationsOf(this.history.operations);
    if (violation !== undefined) throw new Violation(this.name, violation);
  }

  private answerReads({ id, life, machine }: Observed): void {
    for (const [context, { operation, on, life: askedIn, index }] of this.asked) {
      if (index === undefined || on !== id || askedIn !== life || index > machine.index) continue;
      this.asked.delete(context);
      this.history.return(operation, { found: machine.valueOf(operation.input.key) });
    }
  }

  private drop(text: string): void {
    const asked = this.asked.get(text);
    if (asked === undefined) return;
    this.asked.delete(text);
    this.history.forget(asked.operation);
  }
}

function outputOf(input: KeyInput, found: Value): KeyOutput {
  if (input.kind === "cas") return { found, done: found === input.expected };
  return input.kind === "delete" ? { found, done: found !== null } : { found };
}
