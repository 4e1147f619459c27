/** One key of a store, and the check of a history over many keys: each key by itself, as linearizability is local. */
import { type Model, type Verdict, check } from "./checker.ts";
import type { Operation } from "./history.ts";

/** A key's value; null: there is no such key. */
export type Value = string | null;

export type KeyInput =
  | { readonly kind: "get"; readonly key: string }
  | { readonly kind: "put"; readonly key: string; readonly value: string }
  | { readonly kind: "delete"; readonly key: string }
  /** puts `value` where the key has the value `expected` */
  | { readonly kind: "cas"; readonly key: string; readonly expected: Value; readonly value: string };

export interface KeyOutput {
  /** what was there before, of a get and where a write tells it */
  readonly found?: Value;
  /** of a cas: whether it put; of a delete: whether there was something */
  readonly done?: boolean;
}

export const keyModel: Model<Value, KeyInput, KeyOutput> = {
  initial: null,
  textOf: (state) => (state === null ? "-" : `=${state}`),
  step(state, input, output) {
    if (output?.found !== undefined && output.found !== state) return undefined;
    switch (input.kind) {
      case "get":
        return state;
      case "put":
        return input.value;
      case "delete":
        return output?.done !== undefined && output.done !== (state !== null) ? undefined : null;
      case "cas": {
        const matches = state === input.expected;
        if (output?.done !== undefined && output.done !== matches) return undefined;
        return matches ? input.value : state;
      }
    }
  },
};

type KeyOperation = Operation<KeyInput, KeyOutput>;

/** @returns a text for each key whose history is none that one copy of it could have had */
export function violationsOf(operations: readonly KeyOperation[], stepsMax?: number): string[] {
  const byKey = new Map<string, KeyOperation[]>();
  for (const operation of operations) {
    const { key } = operation.input;
    const among = byKey.get(key);
    if (among === undefined) byKey.set(key, [operation]);
    else among.push(operation);
  }
  return [...byKey].flatMap(([key, among]) => {
    const verdict = check(keyModel, among, stepsMax);
    return verdict.kind === "linearizable" ? [] : [`key ${key}: ${described(verdict)}`];
  });
}

function described(verdict: Exclude<Verdict<Value, KeyInput, KeyOutput>, { kind: "linearizable" }>): string {
  if (verdict.kind === "undecided") return "too much to search";
  const { order, state, stuck } = verdict;
  const last = order.slice(-8).map(lineOf);
  return [`not linearizable. ${order.length} operations have an order, the last of them`, ...last, `the value is then ${keyModel.textOf(state)}, and one of these is next`, ...stuck.map(lineOf)].join("\n  ");
}

function lineOf({ client, input, output, called, returned }: KeyOperation): string {
  const { key: _key, kind, ...of } = input;
  return `${called}..${returned === Infinity ? "?" : returned} ${client} ${kind} ${JSON.stringify(of)} -> ${returned === Infinity ? "unknown" : JSON.stringify(output)}`;
}
