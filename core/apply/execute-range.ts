/** Range as the API means it: filters, sorting, limit and count over what the store finds (etcd server/etcdserver/txn). */
import type { ReadView } from "../mvcc/api.ts";
import type { KeyValue } from "../proto/gen/mvccpb.ts";
import type { RangeResponse} from "../proto/gen/etcdserverpb.ts";
import { RangeRequest_SortOrder, RangeRequest_SortTarget, ResponseHeader, type RangeRequest } from "../proto/gen/etcdserverpb.ts";
import { EMPTY } from "../proto/wire.ts";

/**
 * @returns a response whose header holds the revision only
 * @throws EtcdError Compacted | FutureRevision
 */
export function executeRange(view: ReadView, request: RangeRequest): RangeResponse {
  const inOrder = isKeyOrder(request);
  // without an order etcd takes the limit before it sorts, whatever the target
  const cutEarly = !hasFilters(request) && (inOrder || request.sortOrder === RangeRequest_SortOrder.NONE);
  const found = view.range(request.key, request.rangeEnd, {
    // one more than asked tells whether there are more
    limit: request.limit > 0 && cutEarly ? request.limit + 1 : 0,
    revision: request.revision,
    countOnly: request.countOnly,
  });
  let kvs = hasFilters(request) ? found.kvs.filter((kv) => passes(kv, request)) : found.kvs;
  if (!inOrder) sort(kvs, request);
  const more = request.limit > 0 && kvs.length > request.limit;
  if (more) kvs = kvs.slice(0, request.limit);
  if (request.keysOnly) kvs = kvs.map((kv) => ({ ...kv, value: EMPTY }));
  return { header: ResponseHeader.create({ revision: found.revision }), kvs, more, count: found.count };
}

/** Whether the store's own order, ascending keys, is the one asked for. */
function isKeyOrder(request: RangeRequest): boolean {
  const { sortOrder, sortTarget } = request;
  if (sortTarget !== RangeRequest_SortTarget.KEY) return false;
  return sortOrder === RangeRequest_SortOrder.NONE || sortOrder === RangeRequest_SortOrder.ASCEND;
}

function hasFilters(request: RangeRequest): boolean {
  return (
    request.minModRevision !== 0 || request.maxModRevision !== 0 || request.minCreateRevision !== 0 || request.maxCreateRevision !== 0
  );
}

function passes(kv: KeyValue, request: RangeRequest): boolean {
  if (request.maxModRevision !== 0 && kv.modRevision > request.maxModRevision) return false;
  if (request.minModRevision !== 0 && kv.modRevision < request.minModRevision) return false;
  if (request.maxCreateRevision !== 0 && kv.createRevision > request.maxCreateRevision) return false;
  return request.minCreateRevision === 0 || kv.createRevision >= request.minCreateRevision;
}

/** In place: the array is the caller's own, the pairs are shared. */
function sort(kvs: KeyValue[], request: RangeRequest): void {
  const compare = comparator(request.sortTarget);
  if (request.sortOrder === RangeRequest_SortOrder.DESCEND) kvs.sort((a, b) => compare(b, a));
  else kvs.sort(compare);
}

function comparator(target: number): (a: KeyValue, b: KeyValue) => number {
  switch (target) {
    case RangeRequest_SortTarget.VERSION:
      return (a, b) => a.version - b.version;
    case RangeRequest_SortTarget.CREATE:
      return (a, b) => a.createRevision - b.createRevision;
    case RangeRequest_SortTarget.MOD:
      return (a, b) => a.modRevision - b.modRevision;
    case RangeRequest_SortTarget.VALUE:
      return (a, b) => a.value.compare(b.value);
    default:
      return (a, b) => a.key.compare(b.key);
  }
}
