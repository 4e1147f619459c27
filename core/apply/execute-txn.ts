/**
 * Transactions: compares choose a path through the nested branches, the path is checked as a whole, and only then is
 * anything written, under one revision (etcd server/etcdserver/txn).
 */
import type { ReadView, WriteTransaction } from "../mvcc/api.ts";
import { EtcdError } from "../proto/errors.ts";
import type {
  DeleteRangeResponse,
  PutResponse,
  TxnResponse} from "../proto/gen/etcdserverpb.ts";
import {
  ResponseHeader,
  ResponseOp,
  type DeleteRangeRequest,
  type PutRequest,
  type RangeRequest,
  type RequestOp,
  type TxnRequest,
} from "../proto/gen/etcdserverpb.ts";
import type { KeyValue } from "../proto/gen/mvccpb.ts";
import { EMPTY } from "../proto/wire.ts";
import { comparesHold } from "./compare.ts";
import { executeRange } from "./execute-range.ts";

/** What a put is checked against. */
export interface LeaseLookup {
  /** undefined where there is no such lease */
  lookup(id: bigint): unknown;
}

/** A transaction with its branches chosen. */
interface Path {
  readonly succeeded: boolean;
  readonly operations: readonly RequestOp[];
  /** paths of the nested transactions of the branch, in order */
  readonly nested: readonly Path[];
}

const now = { limit: 0, revision: 0, countOnly: false };

/** Whether it needs no log: nothing but ranges in either branch. */
export function isReadOnlyTxn(txn: TxnRequest): boolean {
  return [...txn.success, ...txn.failure].every((operation) => operation.requestRange !== undefined);
}

/** Whether it needs no read index: all its ranges are serializable. */
export function isSerializableTxn(txn: TxnRequest): boolean {
  return [...txn.success, ...txn.failure].every((operation) => operation.requestRange?.serializable === true);
}

/**
 * @returns a response whose headers hold the revision only
 * @throws EtcdError LeaseNotFound | KeyNotFound; nothing is changed then
 */
export function executePut(transaction: WriteTransaction, leases: LeaseLookup, request: PutRequest): PutResponse {
  checkLease(leases, request);
  checkKept(transaction, request);
  return put(transaction, request);
}

export function executeDeleteRange(transaction: WriteTransaction, request: DeleteRangeRequest): DeleteRangeResponse {
  const prevKvs = request.prevKv ? transaction.range(request.key, request.rangeEnd, now).kvs : [];
  const { deleted, revision } = transaction.deleteRange(request.key, request.rangeEnd);
  return { header: ResponseHeader.create({ revision }), deleted, prevKvs };
}

/**
 * A transaction of ranges only, on any view.
 * @throws EtcdError Compacted | FutureRevision
 */
export function executeReadOnlyTxn(view: ReadView, request: TxnRequest): TxnResponse {
  const path = choose(view, request);
  checkPath(view, undefined, path);
  return respond(path, view.revision(), (operation) =>
    ResponseOp.create(operation.requestRange === undefined ? {} : { responseRange: executeRange(view, operation.requestRange) }),
  );
}

/**
 * @param view the store, before the transaction
 * @param begin opens the transaction, once everything is checked
 * @throws EtcdError Compacted | FutureRevision | LeaseNotFound | KeyNotFound; nothing is changed then
 */
export function executeTxn(view: ReadView, begin: () => WriteTransaction, leases: LeaseLookup, request: TxnRequest): TxnResponse {
  const path = choose(view, request);
  checkPath(view, leases, path);
  const transaction = begin();
  const response = run(transaction, path);
  response.header!.revision = transaction.revision();
  transaction.end();
  return response;
}

/** The header stays empty: etcd fills that of the outermost transaction only. */
function run(transaction: WriteTransaction, path: Path): TxnResponse {
  let next = 0;
  const responses = path.operations.map((operation): ResponseOp => {
    const { requestRange, requestPut, requestDeleteRange, requestTxn } = operation;
    if (requestRange !== undefined) return ResponseOp.create({ responseRange: executeRange(transaction, requestRange) });
    if (requestPut !== undefined) return ResponseOp.create({ responsePut: put(transaction, requestPut) });
    if (requestDeleteRange !== undefined) {
      return ResponseOp.create({ responseDeleteRange: executeDeleteRange(transaction, requestDeleteRange) });
    }
    return ResponseOp.create(requestTxn === undefined ? {} : { responseTxn: run(transaction, path.nested[next++]!) });
  });
  return { header: ResponseHeader.create(), succeeded: path.succeeded, responses };
}

function respond(path: Path, revision: number, answer: (operation: RequestOp) => ResponseOp): TxnResponse {
  return { header: ResponseHeader.create({ revision }), succeeded: path.succeeded, responses: path.operations.map(answer) };
}

/** All compares, the nested ones too, look at the state before the transaction. */
function choose(view: ReadView, request: TxnRequest): Path {
  const succeeded = comparesHold(view, request.compare);
  const operations = succeeded ? request.success : request.failure;
  const nested = operations.flatMap(({ requestTxn }) => (requestTxn === undefined ? [] : [choose(view, requestTxn)]));
  return { succeeded, operations, nested };
}

/** In the order of the operations: the first that cannot be done is what the client hears of. */
function checkPath(view: ReadView, leases: LeaseLookup | undefined, path: Path): void {
  let next = 0;
  for (const { requestRange, requestPut, requestTxn } of path.operations) {
    if (requestRange !== undefined) checkRange(view, requestRange);
    // of a put inside a transaction etcd looks for the key first, of one by itself for the lease
    if (requestPut !== undefined) {
      checkKept(view, requestPut);
      if (leases !== undefined) checkLease(leases, requestPut);
    }
    if (requestTxn !== undefined) checkPath(view, leases, path.nested[next++]!);
  }
}

/** Stricter than a Range by itself: here a negative revision is a compacted one. */
function checkRange(view: ReadView, request: RangeRequest): void {
  if (request.revision === 0) return;
  if (request.revision > view.revision()) throw new EtcdError("FutureRevision");
  if (request.revision < view.compactRevision()) throw new EtcdError("Compacted");
}

function checkLease(leases: LeaseLookup, request: PutRequest): void {
  if (request.lease !== 0n && leases.lookup(request.lease) === undefined) throw new EtcdError("LeaseNotFound");
}

function checkKept(view: ReadView, request: PutRequest): void {
  if ((request.ignoreValue || request.ignoreLease) && pairOf(view, request.key) === undefined) throw new EtcdError("KeyNotFound");
}

function put(transaction: WriteTransaction, request: PutRequest): PutResponse {
  const before = request.prevKv || request.ignoreValue || request.ignoreLease ? pairOf(transaction, request.key) : undefined;
  const value = request.ignoreValue ? before!.value : request.value;
  const lease = request.ignoreLease ? before!.lease : request.lease;
  const revision = transaction.put(request.key, value, lease);
  return { header: ResponseHeader.create({ revision }), prevKv: request.prevKv ? before : undefined };
}

function pairOf(view: ReadView, key: Buffer): KeyValue | undefined {
  return view.range(key, EMPTY, now).kvs[0];
}
