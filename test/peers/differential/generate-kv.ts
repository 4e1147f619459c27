/** Requests of etcdserverpb.KV: valid for the most part, with every field used, and some that must be refused. */
import { KVService as KV } from "../../../core/proto/gen/etcdserverpb.ts";
import { aKey, aNamedLease, anEnd, aRevision, aValue, type Dice, type Known, type Step } from "./step.ts";
import type { Values } from "./values.ts";

const REQUEST_BYTES_MAX = 1_572_864;

export function range(dice: Dice, known: Known): Values {
  const key = aKey(dice);
  const request: Record<string, Values[string]> = { key, range_end: anEnd(dice, key, known) };
  if (dice.chance(0.4)) request.limit = dice.pick([1n, 1n, 2n, 3n, 10n, 100n, -1n, 2n ** 63n - 1n]);
  if (dice.chance(0.4)) request.revision = aRevision(dice, known);
  if (dice.chance(0.4)) {
    request.sort_order = BigInt(dice.below(3));
    request.sort_target = BigInt(dice.below(5));
    // 3.4 does not look at them, and dies of an unknown target
    if (known.target === "3.6" && dice.chance(0.05)) request[dice.pick(["sort_order", "sort_target"])] = dice.pick([5n, 99n, -1n]);
  }
  if (dice.chance(0.3)) request.serializable = true;
  if (dice.chance(0.15)) request.keys_only = true;
  if (dice.chance(0.15)) request.count_only = true;
  for (const name of ["min_mod_revision", "max_mod_revision", "min_create_revision", "max_create_revision"])
    if (dice.chance(0.08)) request[name] = aRevision(dice, known);
  return request;
}

function put(dice: Dice): Values {
  const request: Record<string, Values[string]> = { key: aKey(dice) };
  if (!dice.chance(0.1)) request.value = aValue(dice);
  if (dice.chance(0.3)) request.lease = aNamedLease(dice);
  if (dice.chance(0.4)) request.prev_kv = true;
  if (dice.chance(0.1)) {
    request.ignore_value = true;
    if (!dice.chance(0.1)) delete request.value;
  }
  if (dice.chance(0.1)) {
    request.ignore_lease = true;
    if (!dice.chance(0.1)) delete request.lease;
  }
  return request;
}

function deleteRange(dice: Dice, known: Known): Values {
  const key = aKey(dice);
  return { key, range_end: dice.chance(0.7) ? Buffer.alloc(0) : anEnd(dice, key, known), prev_kv: dice.chance(0.5) };
}

function compare(dice: Dice, known: Known): Values {
  const key = aKey(dice);
  const target = dice.below(5);
  const request: Record<string, Values[string]> = { key, result: BigInt(dice.below(4)), target: BigInt(target) };
  if (dice.chance(0.02)) request.result = 9n;
  if (dice.chance(0.02)) request.target = 9n;
  if (dice.chance(0.25)) request.range_end = anEnd(dice, key, known);
  // now and then what is compared does not fit the target, or two are given
  const given = dice.chance(0.05) ? dice.list(2, () => dice.below(5)) : [target];
  for (const one of given) {
    if (one === 0) request.version = dice.pick([0n, 1n, 2n, 3n, -1n, 2n ** 63n - 1n]);
    if (one === 1) request.create_revision = aRevision(dice, known);
    if (one === 2) request.mod_revision = aRevision(dice, known);
    if (one === 3) request.value = aValue(dice);
    if (one === 4) request.lease = aNamedLease(dice);
  }
  if (dice.chance(0.03)) for (const name of ["version", "create_revision", "mod_revision", "value", "lease"]) delete request[name];
  return request;
}

function operation(dice: Dice, known: Known, depth: number): Values {
  return dice.weighted<() => Values>([
    [4, () => ({ request_range: range(dice, known) })],
    [5, () => ({ request_put: put(dice) })],
    [2, () => ({ request_delete_range: deleteRange(dice, known) })],
    [depth > 0 ? 1.5 : 0, () => ({ request_txn: txn(dice, known, depth - 1) })],
    [0.03, () => ({})],
  ])();
}

function txn(dice: Dice, known: Known, depth = nestingMax(known)): Values {
  const count = (): number => dice.pick([0, 1, 1, 1, 2, 2, 3, 4]);
  return {
    compare: dice.list(dice.pick([0, 1, 1, 2, 3]), () => compare(dice, known)),
    success: dice.list(count(), () => operation(dice, known, depth)),
    failure: dice.list(count(), () => operation(dice, known, depth)),
  };
}

/** 3.4 does not see the puts of a nested transaction when there is no space, nor what it must not touch. */
const nestingMax = (known: Known): number => (known.target === "3.4" && (known.alarms.size > 0 || known.auth.enabled) ? 0 : 3);

/** Around the most operations that a transaction may have: 128, counted down through the levels. */
function crowded(dice: Dice, known: Known): Values {
  const many = (count: number): Values[] =>
    Array.from({ length: count }, (_, index) => ({ request_put: { key: Buffer.from(`many/${index}`), value: aValue(dice).subarray(0, 10) } }));
  const first = dice.pick([127, 128, 129, 100]);
  if (first !== 100) return { [dice.pick(["success", "failure"])]: many(first), compare: dice.chance(0.2) ? dice.list(first, () => compare(dice, known)) : [] };
  return { success: [...many(100), { request_txn: { success: dice.list(dice.pick([26, 27, 28]), () => ({ request_range: range(dice, known) })) } }] };
}

function compact(dice: Dice, known: Known): Values {
  const near = BigInt(known.revision - dice.pick([0, 1, 5, 20, 100]));
  return { revision: dice.chance(0.6) ? near : aRevision(dice, known), physical: dice.chance(0.5) };
}

/** A put whose request is just as long as it may be, or longer. */
function big(dice: Dice): Values {
  return { key: Buffer.from("big"), value: Buffer.alloc(REQUEST_BYTES_MAX + dice.pick([-64, -20, -13, -12, -11, 1, 1000]), 7) };
}

export function kvStep(dice: Dice, known: Known): Step {
  return dice.weighted<() => Step>([
    [30, () => ({ kind: "call", method: KV.Range, requests: [range(dice, known)] })],
    [30, () => ({ kind: "call", method: KV.Put, requests: [put(dice)] })],
    [8, () => ({ kind: "call", method: KV.DeleteRange, requests: [deleteRange(dice, known)] })],
    [25, () => ({ kind: "call", method: KV.Txn, requests: [txn(dice, known)] })],
    [0.7, () => ({ kind: "call", method: KV.Compact, requests: [compact(dice, known)] })],
    [0.3, () => ({ kind: "call", method: KV.Txn, requests: [crowded(dice, known)] })],
    [0.05, () => ({ kind: "call", method: KV.Put, requests: [big(dice)] })],
  ])();
}
