/**
 * Form of a transaction (etcd server/etcdserver/api/v3rpc/key.go): sizes and every operation first, then what may not
 * stand together in one branch. All throw EtcdError.
 */
import type * as pb from "../../proto/gen/etcdserverpb.ts";
import { EtcdError } from "../../proto/errors.ts";
import { checkDeleteRange, checkPut, checkRange } from "./range-put-delete.ts";

/** @param opsMax max-txn-ops; a nested transaction has what its parent's largest list left of it */
export function checkTxn(request: pb.TxnRequest, opsMax: number): void {
  checkOperations(request, opsMax);
  branchWrites(request.success);
  branchWrites(request.failure);
}

function checkOperations(request: pb.TxnRequest, opsMax: number): void {
  const largest = Math.max(request.compare.length, request.success.length, request.failure.length);
  if (largest > opsMax) throw new EtcdError("TooManyOps");
  for (const compare of request.compare) if (compare.key.length === 0) throw new EtcdError("EmptyKey");
  for (const operation of request.success) checkOperation(operation, opsMax - largest);
  for (const operation of request.failure) checkOperation(operation, opsMax - largest);
}

function checkOperation(operation: pb.RequestOp, opsMax: number): void {
  if (operation.requestRange !== undefined) checkRange(operation.requestRange);
  else if (operation.requestPut !== undefined) checkPut(operation.requestPut);
  else if (operation.requestDeleteRange !== undefined) checkDeleteRange(operation.requestDeleteRange);
  else if (operation.requestTxn !== undefined) checkOperations(operation.requestTxn, opsMax);
  else throw new EtcdError("KeyNotFound");
}

/** Keys a branch deletes: one key (`end` undefined) or [from, end). */
interface Deletion {
  readonly from: Buffer;
  readonly end: Buffer | undefined;
}

interface Writes {
  /** keys put, as latin1 strings */
  readonly puts: Set<string>;
  readonly deletions: Deletion[];
}

/**
 * What a branch writes, nested transactions included.
 * @throws EtcdError DuplicateKey where a key is put twice, or put and deleted; the two branches of one nested
 * transaction exclude each other, so the same key may be put in both
 */
function branchWrites(operations: readonly pb.RequestOp[]): Writes {
  const deletions: Deletion[] = [];
  for (const { requestDeleteRange: request } of operations)
    if (request !== undefined) deletions.push({ from: request.key, end: request.rangeEnd.length > 0 ? request.rangeEnd : undefined });

  const puts = new Set<string>();
  for (const { requestTxn: nested } of operations) {
    if (nested === undefined) continue;
    const then = branchWrites(nested.success);
    const otherwise = branchWrites(nested.failure);
    for (const key of then.puts) addPut(key, puts, deletions);
    for (const key of otherwise.puts) {
      if (puts.has(key) && !then.puts.has(key)) throw new EtcdError("DuplicateKey");
      if (deletedBy(key, deletions)) throw new EtcdError("DuplicateKey");
      puts.add(key);
    }
    deletions.push(...then.deletions, ...otherwise.deletions);
  }
  for (const { requestPut: request } of operations) if (request !== undefined) addPut(request.key.toString("latin1"), puts, deletions);
  return { puts, deletions };
}

function addPut(key: string, puts: Set<string>, deletions: readonly Deletion[]): void {
  if (puts.has(key) || deletedBy(key, deletions)) throw new EtcdError("DuplicateKey");
  puts.add(key);
}

function deletedBy(key: string, deletions: readonly Deletion[]): boolean {
  if (deletions.length === 0) return false;
  const bytes = Buffer.from(key, "latin1");
  return deletions.some(({ from, end }) => {
    const order = bytes.compare(from);
    // etcd takes the end as written here, so a delete of everything from a key on (end "\0") is in nobody's way
    return end === undefined ? order === 0 : order >= 0 && bytes.compare(end) < 0;
  });
}
