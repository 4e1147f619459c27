/** The check of linearizability itself: what it takes, what it refuses, and that it agrees with a search that tries every order. */
import { describe, expect, it } from "vitest";
import { type Random, seededRandom } from "../../core/platform/random.ts";
import { check } from "./checker.ts";
import { History, type Operation } from "./history.ts";
import { type KeyInput, type KeyOutput, type Value, keyModel, violationsOf } from "./key-model.ts";

type KeyOperation = Operation<KeyInput, KeyOutput>;

const operation = (called: number, returned: number, input: object, output: KeyOutput | undefined = {}): KeyOperation => ({ client: "c", called, returned, input: { key: "k", ...input } as KeyInput, output });
const put = (called: number, returned: number, value: string, found?: Value): KeyOperation => operation(called, returned, { kind: "put", value }, found === undefined ? {} : { found });
const get = (called: number, returned: number, found: Value): KeyOperation => operation(called, returned, { kind: "get" }, { found });
const cas = (called: number, returned: number, expected: Value, value: string, done?: boolean): KeyOperation => operation(called, returned, { kind: "cas", expected, value }, done === undefined ? undefined : { done });
const remove = (called: number, returned: number, done?: boolean): KeyOperation => operation(called, returned, { kind: "delete" }, done === undefined ? undefined : { done });
const isLinearizable = (...operations: KeyOperation[]): boolean => violationsOf(operations).length === 0;

describe("a history is linearizable", () => {
  it("when operations one after the other see each other", () => {
    expect(isLinearizable(get(0, 1, null), put(2, 3, "a", null), get(4, 5, "a"), cas(6, 7, "a", "b", true), cas(8, 9, "a", "c", false), remove(10, 11, true), remove(12, 13, false), get(14, 15, null))).toBe(true);
  });
  it("when a read beside a write sees it or does not, and later ones do not go back", () => {
    expect(isLinearizable(put(0, 10, "a"), get(1, 2, null), get(3, 4, "a"), get(5, 6, "a"))).toBe(true);
    expect(isLinearizable(put(0, 10, "a"), get(1, 2, "a"), get(3, 4, null))).toBe(false);
  });
  it("when one of unknown outcome is seen late, or never", () => {
    expect(isLinearizable(put(0, Infinity, "a"), get(1, 2, null), get(3, 4, null), get(5, 6, "a"))).toBe(true);
    expect(isLinearizable(put(0, Infinity, "a"), get(1, 2, null))).toBe(true);
    expect(isLinearizable(put(0, Infinity, "a"), get(1, 2, "a"), get(3, 4, null))).toBe(false);
    expect(isLinearizable(put(0, 1, "a"), cas(2, Infinity, "a", "b"), get(3, 4, "a"), get(5, 6, "b"), remove(7, Infinity), get(8, 9, null))).toBe(true);
  });
  it("when keys are judged apart", () => {
    const other = (one: KeyOperation): KeyOperation => ({ ...one, input: { ...one.input, key: "other" } });
    expect(isLinearizable(put(0, 1, "a"), other(get(2, 3, null)), get(4, 5, "a"))).toBe(true);
  });
});

describe("a history is refused", () => {
  it.each([
    ["a read of what was overwritten before it began", [put(0, 1, "a"), put(2, 3, "b"), get(4, 5, "a")]],
    ["a read that misses an acknowledged write", [put(0, 1, "a"), get(2, 3, null)]],
    ["a read of what nobody wrote", [put(0, 1, "a"), get(2, 3, "z")]],
    ["a read of what is written only later", [get(0, 1, "a"), put(2, 3, "a")]],
    ["two of one expected value both done", [put(0, 1, "a"), cas(2, 9, "a", "b", true), cas(3, 8, "a", "c", true)]],
    ["a write that says it replaced what was replaced already", [put(0, 1, "a"), put(2, 3, "b", "a"), put(4, 5, "c", "a")]],
    ["a deletion that found nothing where something was", [put(0, 1, "a"), remove(2, 3, false)]],
    ["one of unknown outcome that took effect twice", [put(0, Infinity, "a"), get(1, 2, "a"), put(3, 4, "b"), get(5, 6, "a")]],
  ])("%s", (_what, operations) => {
    const [text] = violationsOf(operations);
    expect(text).toContain("key k: not linearizable");
    expect(text).toContain("one of these is next");
  });
  it("says that it does not know rather than searching without end", () => {
    const many = Array.from({ length: 14 }, (_, at) => put(at, 100 + at, `v${at}`));
    expect(violationsOf([...many, get(200, 201, "none")], 1000)).toEqual(["key k: too much to search"]);
  });
});

const CLIENTS = 6;

/** A store with one copy; operations of several clients overlap, and some get no answer. */
function honest(random: Random, length: number): History<KeyInput, KeyOutput> {
  const history = new History<KeyInput, KeyOutput>();
  let value: Value = null;
  const begun: { readonly one: KeyOperation; output: KeyOutput | undefined }[] = [];
  for (let at = 0; at < length || begun.length > 0; ) {
    const choice = random.below(3);
    if (choice === 0 && at < length && begun.length < CLIENTS) {
      const kind = (["get", "put", "delete", "cas"] as const)[random.below(4)]!;
      const input = { kind, key: "k", value: `v${at}`, expected: random.below(3) === 0 ? value : `v${random.below(at + 1)}` } as KeyInput;
      begun.push({ one: history.call(`c${at}`, input), output: undefined });
      at++;
      continue;
    }
    const open = begun[random.below(begun.length)];
    if (open === undefined) continue;
    if (open.output === undefined) {
      // takes effect now, or never
      const found = value;
      const { input } = open.one;
      if (random.below(10) === 0) {
        begun.splice(begun.indexOf(open), 1);
        if (random.below(2) === 0) value = keyModel.step(value, input, undefined) ?? null;
        continue;
      }
      value = keyModel.step(value, input, undefined) ?? null;
      open.output = input.kind === "cas" ? { done: found === input.expected } : input.kind === "delete" ? { done: found !== null } : { found };
    } else {
      history.return(open.one, open.output);
      begun.splice(begun.indexOf(open), 1);
    }
  }
  return history;
}

/** Tries every order: slow and simple. */
function byAllOrders(operations: readonly KeyOperation[], value: Value = null): boolean {
  if (operations.every(({ returned }) => returned === Infinity)) return true;
  const firstReturn = Math.min(...operations.map(({ returned }) => returned));
  return operations.some((one) => {
    if (one.called > firstReturn) return false;
    const after = keyModel.step(value, one.input, one.returned === Infinity ? undefined : one.output);
    return after !== undefined && byAllOrders(operations.filter((other) => other !== one), after);
  });
}

describe("random histories", () => {
  it("of one honest copy are linearizable, however many overlap", () => {
    for (let seed = 1; seed <= 200; seed++) expect(violationsOf(honest(seededRandom(seed), 60).operations), `seed ${seed}`).toEqual([]);
  });

  it("with a lie in them are judged as trying every order does, and most lies are found", () => {
    let refused = 0;
    for (let seed = 1; seed <= 400; seed++) {
      const random = seededRandom(seed);
      const { operations } = honest(random, 7);
      const answered = operations.filter(({ output }) => output?.found !== undefined);
      const victim = answered[random.below(answered.length)];
      if (victim !== undefined) victim.output = { found: [null, "v0", "v1", "v2", "v3"][random.below(5)]! };
      const verdict = check(keyModel, operations).kind;
      expect(verdict, `seed ${seed}`).toBe(byAllOrders(operations) ? "linearizable" : "violation");
      if (verdict === "violation") refused++;
    }
    expect(refused).toBeGreaterThan(100);
  });
});
