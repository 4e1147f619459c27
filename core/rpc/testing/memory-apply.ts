/** Range and Txn of the member in memory, the plain way (the real ones are in core/server). */
import type { ReadView, WriteTransaction } from "../../mvcc/api.ts";
import { EtcdError } from "../../proto/errors.ts";
import * as pb from "../../proto/gen/etcdserverpb.ts";
import type { KeyValue } from "../../proto/gen/mvccpb.ts";
import type { MemoryLeases } from "./memory-leases.ts";

const { RangeRequest_SortOrder: Order, RangeRequest_SortTarget: Target, Compare_CompareTarget: Subject, Compare_CompareResult: Result } = pb;

function order(a: KeyValue, b: KeyValue, target: number): number {
  switch (target) {
    case Target.VERSION:
      return a.version - b.version;
    case Target.CREATE:
      return a.createRevision - b.createRevision;
    case Target.MOD:
      return a.modRevision - b.modRevision;
    case Target.VALUE:
      return a.value.compare(b.value);
    default:
      return a.key.compare(b.key);
  }
}

export function pick(view: ReadView, request: pb.RangeRequest): pb.RangeResponse {
  const { kvs, count } = view.range(request.key, request.rangeEnd, { limit: 0, revision: request.revision, countOnly: request.countOnly });
  let chosen = kvs.filter(
    (kv) =>
      (request.minModRevision === 0 || kv.modRevision >= request.minModRevision) &&
      (request.maxModRevision === 0 || kv.modRevision <= request.maxModRevision) &&
      (request.minCreateRevision === 0 || kv.createRevision >= request.minCreateRevision) &&
      (request.maxCreateRevision === 0 || kv.createRevision <= request.maxCreateRevision),
  );
  if (request.sortTarget !== Target.KEY || request.sortOrder === Order.DESCEND) {
    const sign = request.sortOrder === Order.DESCEND ? -1 : 1;
    chosen.sort((a, b) => sign * order(a, b, request.sortTarget));
  }
  const more = request.limit > 0 && chosen.length > request.limit;
  if (more) chosen = chosen.slice(0, request.limit);
  if (request.keysOnly) chosen = chosen.map((kv) => ({ ...kv, value: Buffer.alloc(0) }));
  return pb.RangeResponse.create({ kvs: chosen, count, more });
}

function holds(view: ReadView, compare: pb.Compare): boolean {
  const { kvs } = view.range(compare.key, compare.rangeEnd, { limit: 0, revision: 0, countOnly: false });
  const found = kvs.length > 0 ? kvs : [undefined];
  return found.every((kv) => {
    const difference = differenceOf(kv, compare);
    if (difference === undefined) return false;
    switch (compare.result) {
      case Result.EQUAL:
        return difference === 0;
      case Result.GREATER:
        return difference > 0;
      case Result.LESS:
        return difference < 0;
      default:
        return difference !== 0;
    }
  });
}

function differenceOf(kv: KeyValue | undefined, compare: pb.Compare): number | undefined {
  switch (compare.target) {
    case Subject.VERSION:
      return (kv?.version ?? 0) - (compare.version ?? 0);
    case Subject.CREATE:
      return (kv?.createRevision ?? 0) - (compare.createRevision ?? 0);
    case Subject.MOD:
      return (kv?.modRevision ?? 0) - (compare.modRevision ?? 0);
    case Subject.LEASE:
      return Number((kv?.lease ?? 0n) - (compare.lease ?? 0n));
    default:
      return kv?.value.compare(compare.value ?? Buffer.alloc(0));
  }
}

export function applyTxn(write: WriteTransaction, request: pb.TxnRequest, leases: MemoryLeases): pb.TxnResponse {
  const succeeded = request.compare.every((compare) => holds(write, compare));
  const operations = succeeded ? request.success : request.failure;
  for (const operation of operations) check(write, operation, leases);
  const header = (): pb.ResponseHeader => pb.ResponseHeader.create({ revision: write.revision() });
  const responses = operations.map((operation): pb.ResponseOp => {
    if (operation.requestRange !== undefined)
      return pb.ResponseOp.create({ responseRange: { ...pick(write, operation.requestRange), header: header() } });
    if (operation.requestPut !== undefined) return pb.ResponseOp.create({ responsePut: put(write, operation.requestPut) });
    if (operation.requestDeleteRange !== undefined) {
      const { key, rangeEnd, prevKv } = operation.requestDeleteRange;
      const prevKvs = prevKv ? write.range(key, rangeEnd, { limit: 0, revision: 0, countOnly: false }).kvs : [];
      const { deleted, revision } = write.deleteRange(key, rangeEnd);
      return pb.ResponseOp.create({ responseDeleteRange: { header: pb.ResponseHeader.create({ revision }), deleted, prevKvs } });
    }
    return pb.ResponseOp.create({ responseTxn: applyTxn(write, operation.requestTxn!, leases) });
  });
  return pb.TxnResponse.create({ succeeded, responses });
}

function check(write: WriteTransaction, { requestPut }: pb.RequestOp, leases: MemoryLeases): void {
  if (requestPut === undefined) return;
  if (requestPut.lease !== 0n) leases.get(requestPut.lease);
  if ((requestPut.ignoreValue || requestPut.ignoreLease) && current(write, requestPut.key) === undefined) throw new EtcdError("KeyNotFound");
}

function current(view: ReadView, key: Buffer): KeyValue | undefined {
  return view.range(key, Buffer.alloc(0), { limit: 1, revision: 0, countOnly: false }).kvs[0];
}

function put(write: WriteTransaction, request: pb.PutRequest): pb.PutResponse {
  const before = request.prevKv || request.ignoreValue || request.ignoreLease ? current(write, request.key) : undefined;
  const value = request.ignoreValue ? before!.value : request.value;
  const lease = request.ignoreLease ? before!.lease : request.lease;
  const revision = write.put(request.key, value, lease);
  return { header: pb.ResponseHeader.create({ revision }), prevKv: request.prevKv ? before : undefined };
}
