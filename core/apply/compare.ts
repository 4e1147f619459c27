/** Compares of a transaction (etcd server/etcdserver/txn, applyCompare). */
import type { ReadView } from "../mvcc/api.ts";
import { Compare_CompareResult, Compare_CompareTarget, type Compare } from "../proto/gen/etcdserverpb.ts";
import { KeyValue } from "../proto/gen/mvccpb.ts";
import { EMPTY } from "../proto/wire.ts";

/** What a key that does not exist looks like to a compare. */
const absent = KeyValue.create();

export function comparesHold(view: ReadView, compares: readonly Compare[]): boolean {
  return compares.every((compare) => holds(view, compare));
}

/** Over a range it must hold for every key. */
function holds(view: ReadView, compare: Compare): boolean {
  const { kvs } = view.range(compare.key, compare.rangeEnd, { limit: 0, revision: 0, countOnly: false });
  if (kvs.length > 0) return kvs.every((kv) => agrees(compare, kv));
  // an absent value cannot be spelled, so no compare of values can mean it
  return compare.target !== Compare_CompareTarget.VALUE && agrees(compare, absent);
}

function agrees(compare: Compare, kv: KeyValue): boolean {
  const order = orderOf(compare, kv);
  switch (compare.result) {
    case Compare_CompareResult.EQUAL:
      return order === 0;
    case Compare_CompareResult.NOT_EQUAL:
      return order !== 0;
    case Compare_CompareResult.GREATER:
      return order > 0;
    case Compare_CompareResult.LESS:
      return order < 0;
    default:
      return true;
  }
}

/** Sign of found minus expected. What is not given counts as zero. */
function orderOf(compare: Compare, kv: KeyValue): number {
  switch (compare.target) {
    case Compare_CompareTarget.VALUE:
      return kv.value.compare(compare.value ?? EMPTY);
    case Compare_CompareTarget.CREATE:
      return kv.createRevision - (compare.createRevision ?? 0);
    case Compare_CompareTarget.MOD:
      return kv.modRevision - (compare.modRevision ?? 0);
    case Compare_CompareTarget.VERSION:
      return kv.version - (compare.version ?? 0);
    case Compare_CompareTarget.LEASE: {
      const expected = compare.lease ?? 0n;
      return kv.lease === expected ? 0 : kv.lease > expected ? 1 : -1;
    }
    default:
      return 0;
  }
}
