/**
 * Whether a history is linearizable: whether its operations can be put into one order that a model of the object allows and in
 * which none comes before one that had ended when it began. Wing and Gong's search (Testing and verifying concurrent objects,
 * 1993) with Lowe's memory of configurations seen (Testing for linearizability, 2017). An operation without a known outcome may
 * take effect at any time after its call, or never: at the very end, where nobody sees it, is as good as never.
 */
import type { Operation } from "./history.ts";

export interface Model<State, Input, Output> {
  readonly initial: State;
  /** @param output undefined: unknown, any will do. @returns the state after it, or undefined where it cannot have happened like that */
  step(state: State, input: Input, output: Output | undefined): State | undefined;
  /** Equal texts for equal states. */
  textOf(state: State): string;
}

export type Verdict<State, Input, Output> =
  | { readonly kind: "linearizable"; readonly order: readonly Operation<Input, Output>[] }
  | {
      readonly kind: "violation";
      /** the longest order that was found, its state, and those that had to come next and cannot */
      readonly order: readonly Operation<Input, Output>[];
      readonly state: State;
      readonly stuck: readonly Operation<Input, Output>[];
    }
  /** more steps than allowed: neither shown */
  | { readonly kind: "undecided" };

/** A call or a return in the doubly linked list of what is left, in order of time. */
interface Entry {
  readonly operation: number;
  readonly isCall: boolean;
  /** of a call: its return */
  readonly match: Entry | undefined;
  previous: Entry;
  next: Entry | undefined;
}

/** One operation more in the order, and what was not tried yet as the next one. */
interface Frame<State> {
  readonly state: State;
  /** what came last; -1 at the beginning */
  readonly operation: number;
  /** its call, where its outcome is known */
  readonly call: Entry | undefined;
  /** those of unknown outcome that are in the order, one bit each */
  readonly unknownDone: bigint;
  nextKnown: Entry | undefined;
  nextUnknown: number;
}

/**
 * Those of known outcome are tried first. One without is put in only where it changes the state and what follows needs it there,
 * and of two ways to the same state the one that used up fewer of them is enough.
 * @param stepsMax the search gives up after so many tries of an operation
 */
export function check<State, Input, Output>(
  model: Model<State, Input, Output>,
  operations: readonly Operation<Input, Output>[],
  stepsMax = 5_000_000,
): Verdict<State, Input, Output> {
  const unknown = operations.flatMap(({ returned }, at) => (returned === Infinity ? [at] : []));
  const head = listOf(operations);
  const done = new Uint32Array(Math.ceil(operations.length / 32));
  const seen = new Map<string, bigint[]>();
  const frames: Frame<State>[] = [{ state: model.initial, operation: -1, call: undefined, unknownDone: 0n, nextKnown: head.next, nextUnknown: 0 }];
  const step = (state: State, at: number): State | undefined => {
    const { input, output, returned } = operations[at]!;
    return model.step(state, input, returned === Infinity ? undefined : output);
  };
  /** @returns whether `at` may come next and leads where nobody has been */
  const extend = (frame: Frame<State>, at: number, call: Entry | undefined): boolean => {
    const after = step(frame.state, at);
    if (after === undefined) return false;
    const text = model.textOf(after);
    if (call === undefined && text === model.textOf(frame.state)) return false;
    const before = frames.at(-2);
    if (before !== undefined && frame.operation >= 0 && frame.call === undefined) {
      const without = step(before.state, at);
      if (without !== undefined && model.textOf(without) === text) return false;
    }
    const unknownDone = call === undefined ? frame.unknownDone | (1n << BigInt(unknown.indexOf(at))) : frame.unknownDone;
    if (call !== undefined) flip(done, at);
    const configuration = `${done.join()} ${text}`;
    const ways = seen.get(configuration);
    if (ways?.some((way) => (way & unknownDone) === way) === true) {
      if (call !== undefined) flip(done, at);
      return false;
    }
    if (ways === undefined) seen.set(configuration, [unknownDone]);
    else ways.push(unknownDone);
    if (call !== undefined) lift(call);
    frames.push({ state: after, operation: at, call, unknownDone, nextKnown: head.next, nextUnknown: 0 });
    return true;
  };
  const orderOf = (): number[] => frames.slice(1).map(({ operation }) => operation);
  let longest: { readonly order: readonly number[]; readonly state: State; readonly known: number } | undefined;
  let known = 0;
  for (let steps = 0; steps < stepsMax; steps++) {
    if (head.next === undefined) return { kind: "linearizable", order: orderOf().map((at) => operations[at]!) };
    const frame = frames.at(-1)!;
    const entry = frame.nextKnown;
    if (entry?.isCall === true) {
      frame.nextKnown = entry.next;
      if (extend(frame, entry.operation, entry)) known++;
      continue;
    }
    // what returns here has to come before anything that is called later, and could not
    const at = unknown[frame.nextUnknown];
    if (at !== undefined && operations[at]!.called < operations[entry!.operation]!.returned) {
      const taken = (frame.unknownDone >> BigInt(frame.nextUnknown)) & 1n;
      frame.nextUnknown++;
      if (taken === 0n) extend(frame, at, undefined);
      continue;
    }
    if (longest === undefined || known > longest.known) longest = { order: orderOf(), state: frame.state, known };
    frames.pop();
    if (frames.length === 0) return violation(operations, longest);
    if (frame.call === undefined) continue;
    known--;
    flip(done, frame.operation);
    unlift(frame.call);
  }
  return { kind: "undecided" };
}

function violation<State, Input, Output>(operations: readonly Operation<Input, Output>[], longest: { readonly order: readonly number[]; readonly state: State }): Verdict<State, Input, Output> {
  const ordered = new Set(longest.order);
  const rest = operations.filter((_, at) => !ordered.has(at));
  const firstReturn = Math.min(...rest.map(({ returned }) => returned));
  return { kind: "violation", order: longest.order.map((at) => operations[at]!), state: longest.state, stuck: rest.filter(({ called }) => called < firstReturn) };
}

/** Those of known outcome, in order of time. */
function listOf<Input, Output>(operations: readonly Operation<Input, Output>[]): Entry {
  const events = operations
    .flatMap(({ called, returned }, operation) => [
      { time: called, operation, isCall: true },
      { time: returned, operation, isCall: false },
    ])
    .filter(({ operation }) => operations[operation]!.returned !== Infinity);
  events.sort((left, right) => right.time - left.time);
  const returns = new Map<number, Entry>();
  const head = { operation: -1, match: undefined, isCall: false, next: undefined } as unknown as Entry;
  let next: Entry | undefined;
  for (const { operation, isCall } of events) {
    const entry: Entry = { operation, isCall, match: isCall ? returns.get(operation) : undefined, previous: head, next };
    if (!isCall) returns.set(operation, entry);
    if (next !== undefined) next.previous = entry;
    next = entry;
  }
  head.next = next;
  return head;
}

function flip(bits: Uint32Array, at: number): void {
  bits[at >>> 5]! ^= 1 << (at & 31);
}

/** Takes a call and its return out of the list; they remember where they were. */
function lift(call: Entry): void {
  unlink(call);
  unlink(call.match!);
}

function unlift(call: Entry): void {
  relink(call.match!);
  relink(call);
}

function unlink(entry: Entry): void {
  entry.previous.next = entry.next;
  if (entry.next !== undefined) entry.next.previous = entry.previous;
}

function relink(entry: Entry): void {
  entry.previous.next = entry;
  if (entry.next !== undefined) entry.next.previous = entry;
}
