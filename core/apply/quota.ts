/** The space quota: what a request will roughly add, against the size of the database (etcd server/storage/quota.go). */
import type { Backend } from "../backend/backend.ts";
import type { InternalRaftRequest } from "../proto/gen/internalpb.ts";
import type { PutRequest, RequestOp, TxnRequest } from "../proto/gen/etcdserverpb.ts";

const defaultQuotaBytes = 2 * 1024 * 1024 * 1024;
const leaseBytes = 64;
const keyBytes = 256;

export class Quota {
  /** bytes; infinite when switched off */
  readonly bytes: number;

  /** @param configured 0: the default of 2 GiB; negative: off */
  constructor(configured: number) {
    this.bytes = configured < 0 ? Number.POSITIVE_INFINITY : configured === 0 ? defaultQuotaBytes : configured;
  }

  /** Whether a request still fits. What adds nothing always does. */
  fits(backend: Backend, request: Pick<InternalRaftRequest, "put" | "txn" | "leaseGrant">): boolean {
    const cost = requestCost(request);
    return cost === 0 || backend.size() + cost < this.bytes;
  }
}

/** Bytes that a request may add; 0 for all but Put, Txn with puts, and LeaseGrant. */
export function requestCost(request: Pick<InternalRaftRequest, "put" | "txn" | "leaseGrant">): number {
  if (request.put !== undefined) return putCost(request.put);
  if (request.txn !== undefined) return txnCost(request.txn);
  return request.leaseGrant !== undefined ? leaseBytes : 0;
}

/** The costlier of the two branches. */
function txnCost(txn: TxnRequest): number {
  return Math.max(branchCost(txn.success), branchCost(txn.failure));
}

function branchCost(operations: readonly RequestOp[]): number {
  let cost = 0;
  for (const { requestPut, requestTxn } of operations) {
    if (requestPut !== undefined) cost += putCost(requestPut);
    else if (requestTxn !== undefined) cost += txnCost(requestTxn);
  }
  return cost;
}

function putCost(put: PutRequest): number {
  return keyBytes + put.key.length + put.value.length;
}
