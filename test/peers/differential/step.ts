/** One thing done to both members, and what the generators know when they make one. */
import { type Random, seededRandom } from "../../../core/platform/random.ts";
import type { MethodInfo } from "../../../core/proto/wire.ts";
import type { Value, Values } from "./values.ts";

type AnyMethod = MethodInfo<never, never> | MethodInfo;

/** Stands in a request for an id that each member made itself. */
const madeLease = (index: number): Values => ({ $made: "lease", index });
export const madeMember = (index: number): Values => ({ $made: "member", index });

export type Step =
  /** one request, or several on a stream whose side is closed at once */
  | { readonly kind: "call"; readonly method: AnyMethod; readonly requests: readonly Values[]; /** of the user who asks */ readonly token?: string }
  /** bytes instead of messages; frames and all */
  | { readonly kind: "raw"; readonly path: string; readonly wire: Buffer; readonly headers: Readonly<Record<string, string>>; readonly title: string }
  /** a request on a watch stream that stays open */
  | { readonly kind: "watch"; readonly stream: number; readonly request: Values }
  | { readonly kind: "close watch"; readonly stream: number };

/** What both members have told so far. */
export interface Known {
  readonly target: "3.4" | "3.6";
  revision: number;
  compacted: number;
  /** leases and learners whose ids the members made */
  madeLeases: number;
  madeMembers: number;
  /** of each watch stream: ids that were created, and whether one of them waits for a revision to come */
  readonly streams: { ids: number[]; waitsForFuture: boolean }[];
  /** "member/kind" of those that are raised */
  readonly alarms: Set<string>;
  readonly auth: {
    enabled: boolean;
    /** users who have logged in since it was enabled */
    tokens: string[];
  };
}

/** Chance with the words that generators want. */
export class Dice {
  private readonly random: Random;
  constructor(seed: number, index: number) {
    this.random = seededRandom(seed * 4_294_967 + index * 7919 + 1);
  }
  below(bound: number): number {
    return this.random.below(bound);
  }
  chance(share: number): boolean {
    return this.random.float() < share;
  }
  pick<T>(from: readonly T[]): T {
    return from[this.random.below(from.length)]!;
  }
  /** one of the makers, by weight */
  weighted<T>(makers: readonly (readonly [weight: number, make: T])[]): T {
    let left = this.random.float() * makers.reduce((sum, [weight]) => sum + weight, 0);
    for (const [weight, make] of makers) if ((left -= weight) < 0) return make;
    return makers[0]![1];
  }
  list<T>(count: number, make: () => T): T[] {
    return Array.from({ length: count }, make);
  }
}

const b = (text: string): Buffer => Buffer.from(text, "latin1");
const KEYS: readonly Buffer[] = [
  ..."abcde".split("").map(b),
  ...["a\0", "a/", "a/b", "a/c", "a/\xff", "b\0\0", "\0", "\0\0", "\x01", "\xff", "\xff\xff", "\xfe\xff", "\xc3\x28", "k".repeat(300), "z"].map(b),
  ...Array.from({ length: 8 }, (_, index) => b(`s/${index}`)),
];

export const aKey = (dice: Dice): Buffer => (dice.chance(0.01) ? Buffer.alloc(0) : dice.pick(KEYS));

/** Of every kind; but where permissions are asked for none that lies before its key, for that etcd answers as its tree happens to stand. */
export function anEnd(dice: Dice, key: Buffer, known: Known): Buffer {
  const end = anyEnd(dice, key);
  return known.auth.enabled && end.length > 0 && !end.equals(TO_THE_END) && key.compare(end) >= 0 ? Buffer.alloc(0) : end;
}

const TO_THE_END = Buffer.from([0]);

function anyEnd(dice: Dice, key: Buffer): Buffer {
  return dice.weighted<() => Buffer>([
    [5, () => Buffer.alloc(0)],
    [2, () => Buffer.from([0])],
    [3, () => dice.pick(KEYS)],
    [1, () => key],
    [2, () => prefixEnd(key)],
    [1, () => b("\xff\xff\xff")],
  ])();
}

function prefixEnd(key: Buffer): Buffer {
  for (let index = key.length - 1; index >= 0; index--)
    if (key[index]! < 255) return Buffer.concat([key.subarray(0, index), Buffer.from([key[index]! + 1])]);
  return Buffer.from([0]);
}

export function aValue(dice: Dice): Buffer {
  return dice.weighted<() => Buffer>([
    [10, () => b(dice.pick(["", "0", "1", "2", "x", "y", "\0", "\xff\xfe"]))],
    [5, () => Buffer.from(dice.list(dice.below(40), () => dice.below(256)))],
    [0.5, () => Buffer.alloc(dice.below(20_000), dice.below(256))],
  ])();
}

export function aRevision(dice: Dice, known: Known): bigint {
  const now = BigInt(known.revision);
  const old = BigInt(known.compacted);
  return dice.weighted<() => bigint>([
    [6, () => 0n],
    [4, () => now - BigInt(dice.below(10))],
    [4, () => old + BigInt(dice.below(Math.max(1, known.revision - known.compacted)))],
    [1, () => now + BigInt(dice.below(3))],
    [1, () => old - BigInt(dice.below(3))],
    [0.5, () => dice.pick([-1n, 1n, 1_000_000n, 2n ** 53n - 1n, 2n ** 53n, 2n ** 63n - 1n, -(2n ** 63n)])],
  ])();
}

const LEASES = [1n, 2n, 3n, 4n, 5n, 6n, 0x7fff_ffff_ffff_ffffn, -7n, 2n ** 53n + 1n];

/** One that both know by the same id: what hangs on it goes into hashes. */
export const aNamedLease = (dice: Dice): bigint => dice.pick(LEASES);

export function aLease(dice: Dice, known: Known): Value {
  if (known.madeLeases > 0 && dice.chance(0.2)) return madeLease(dice.below(known.madeLeases));
  return dice.pick(LEASES);
}
