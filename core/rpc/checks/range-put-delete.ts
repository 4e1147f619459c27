/** Form of the single-key-space requests, in etcd's order (server/etcdserver/api/v3rpc/key.go). All throw EtcdError. */
import * as pb from "../../proto/gen/etcdserverpb.ts";
import { EtcdError } from "../../proto/errors.ts";

const SORT_ORDERS: ReadonlySet<number> = new Set(Object.values(pb.RangeRequest_SortOrder));
const SORT_TARGETS: ReadonlySet<number> = new Set(Object.values(pb.RangeRequest_SortTarget));

export function checkRange(request: pb.RangeRequest): void {
  if (request.key.length === 0) throw new EtcdError("EmptyKey");
  if (!SORT_ORDERS.has(request.sortOrder) || !SORT_TARGETS.has(request.sortTarget)) throw new EtcdError("InvalidSortOption");
}

export function checkPut(request: pb.PutRequest): void {
  if (request.key.length === 0) throw new EtcdError("EmptyKey");
  if (request.ignoreValue && request.value.length > 0) throw new EtcdError("ValueProvided");
  if (request.ignoreLease && request.lease !== 0n) throw new EtcdError("LeaseProvided");
}

export function checkDeleteRange(request: pb.DeleteRangeRequest): void {
  if (request.key.length === 0) throw new EtcdError("EmptyKey");
}
