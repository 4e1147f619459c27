/** What a user may do with keys, transactions and leases (etcd server/etcdserver/apply/apply_auth.go). All throw EtcdError. */
import type { AuthStore } from "../auth/auth-store.ts";
import type { AuthInfo } from "../auth/tokens.ts";
import { keyBytes } from "../mvcc/key-range.ts";
import type { DeleteRangeRequest, PutRequest, RequestOp, TxnRequest } from "../proto/gen/etcdserverpb.ts";
import type { InternalRaftRequest } from "../proto/gen/internalpb.ts";

/** Keys attached to leases, as the lessor knows them. */
export interface LeasedKeys {
  lookup(id: bigint): { readonly keys: ReadonlySet<string> } | undefined;
}

const none = Buffer.alloc(0);

/** Who may put a key onto a lease could delete all keys of it, so all of them must be his to write. */
function checkPutAuth(auth: AuthStore, info: AuthInfo | undefined, leases: LeasedKeys, request: PutRequest): void {
  auth.checkPut(info, request.key);
  checkLeaseAuth(auth, info, leases, request.lease);
  if (request.prevKv) auth.checkRange(info, request.key, none);
}

function checkDeleteRangeAuth(auth: AuthStore, info: AuthInfo | undefined, request: DeleteRangeRequest): void {
  auth.checkDeleteRange(info, request.key, request.rangeEnd);
  if (request.prevKv) auth.checkRange(info, request.key, request.rangeEnd);
}

/** Compares and both branches, whichever will be taken. */
export function checkTxnAuth(auth: AuthStore, info: AuthInfo | undefined, leases: LeasedKeys, request: TxnRequest): void {
  for (const { key, rangeEnd } of request.compare) auth.checkRange(info, key, rangeEnd);
  for (const operation of request.success) checkOperationAuth(auth, info, leases, operation);
  for (const operation of request.failure) checkOperationAuth(auth, info, leases, operation);
}

function checkOperationAuth(auth: AuthStore, info: AuthInfo | undefined, leases: LeasedKeys, operation: RequestOp): void {
  const { requestRange, requestPut, requestDeleteRange, requestTxn } = operation;
  if (requestRange !== undefined) auth.checkRange(info, requestRange.key, requestRange.rangeEnd);
  else if (requestPut !== undefined) checkPutAuth(auth, info, leases, requestPut);
  else if (requestDeleteRange !== undefined) checkDeleteRangeAuth(auth, info, requestDeleteRange);
  else if (requestTxn !== undefined) checkTxnAuth(auth, info, leases, requestTxn);
}

function checkLeaseAuth(auth: AuthStore, info: AuthInfo | undefined, leases: LeasedKeys, id: bigint): void {
  const lease = leases.lookup(id);
  if (lease === undefined || auth.isAdmin(info)) return;
  for (const key of lease.keys) auth.checkPut(info, keyBytes(key));
}

/** Before an entry of the log is executed. */
export function checkEntryAuth(auth: AuthStore, info: AuthInfo | undefined, leases: LeasedKeys, request: InternalRaftRequest): void {
  if (request.put !== undefined) checkPutAuth(auth, info, leases, request.put);
  else if (request.txn !== undefined) checkTxnAuth(auth, info, leases, request.txn);
  else if (request.range !== undefined) auth.checkRange(info, request.range.key, request.range.rangeEnd);
  else if (request.deleteRange !== undefined) checkDeleteRangeAuth(auth, info, request.deleteRange);
  else if (request.leaseRevoke !== undefined) checkLeaseAuth(auth, info, leases, request.leaseRevoke.ID);
}
