/**
 * Locks and elections as etcd keeps them for clients (client/v3/concurrency): a waiter is a key `<name>/<lease hex>`, and
 * the one with the lowest create revision owns. Nothing here is special to the store; it is plain transactions and watches.
 */
import { Code, EtcdError, StatusError } from "../../proto/errors.ts";
import * as pb from "../../proto/gen/etcdserverpb.ts";
import { Event_EventType, type KeyValue } from "../../proto/gen/mvccpb.ts";
import { prefixEnd } from "../../proto/prefix-end.ts";
import type { EtcdServer, RequestContext } from "../../server/api.ts";
import { checkTxn } from "../checks/txn.ts";

/** Lease of a session that brings none, seconds. */
const SESSION_TTL_SECONDS = 60;

function waiterKey(name: Buffer, lease: bigint): Buffer {
  return Buffer.concat([name, Buffer.from(`/${BigInt.asUintN(64, lease).toString(16)}`)]);
}

/** The lease given, or a fresh one. */
export async function sessionLease(server: EtcdServer, lease: bigint, context: RequestContext): Promise<bigint> {
  if (lease !== 0n) return lease;
  return (await server.leaseGrant(pb.LeaseGrantRequest.create({ TTL: SESSION_TTL_SECONDS }), context)).ID;
}

/** A transaction as a client would send it: its form is checked first. */
export function transact(server: EtcdServer, request: Partial<pb.TxnRequest>, context: RequestContext): Promise<pb.TxnResponse> {
  const txn = pb.TxnRequest.create(request);
  checkTxn(txn, Number.POSITIVE_INFINITY);
  return server.txn(txn, context);
}

export interface Waiter {
  readonly key: Buffer;
  readonly createRevision: number;
  /** value that was there already, where the lease waited before */
  readonly existing: KeyValue | undefined;
  /** the oldest of the queue, this one included */
  readonly oldest: KeyValue | undefined;
  readonly header: pb.ResponseHeader | undefined;
}

/** Queues a key of this lease, or finds the one it queued before. */
export async function enqueue(server: EtcdServer, name: Buffer, lease: bigint, value: Buffer, context: RequestContext): Promise<Waiter> {
  const key = waiterKey(name, lease);
  const owner = pb.RequestOp.create({ requestRange: oldestOf(name) });
  const response = await transact(
    server,
    {
      compare: [pb.Compare.create({ key, target: pb.Compare_CompareTarget.CREATE, result: pb.Compare_CompareResult.EQUAL, createRevision: 0 })],
      success: [pb.RequestOp.create({ requestPut: pb.PutRequest.create({ key, value, lease }) }), owner],
      failure: [pb.RequestOp.create({ requestRange: pb.RangeRequest.create({ key }) }), owner],
    },
    context,
  );
  const existing = response.succeeded ? undefined : response.responses[0]?.responseRange?.kvs[0];
  const createRevision = existing?.createRevision ?? response.header?.revision ?? 0;
  return { key, createRevision, existing, oldest: response.responses[1]?.responseRange?.kvs[0], header: response.header };
}

/** Whoever waits longest under a name. */
export function oldestOf(name: Buffer): pb.RangeRequest {
  const prefix = Buffer.concat([name, Buffer.from("/")]);
  return pb.RangeRequest.create({
    key: prefix,
    rangeEnd: prefixEnd(prefix),
    sortTarget: pb.RangeRequest_SortTarget.CREATE,
    sortOrder: pb.RangeRequest_SortOrder.ASCEND,
    limit: 1,
  });
}

/** Waits until no key under `name/` is older than `createRevision`. */
export async function waitForTurn(server: EtcdServer, name: Buffer, createRevision: number, context: RequestContext): Promise<void> {
  const prefix = Buffer.concat([name, Buffer.from("/")]);
  for (;;) {
    const response = await server.range(
      pb.RangeRequest.create({
        key: prefix,
        rangeEnd: prefixEnd(prefix),
        sortTarget: pb.RangeRequest_SortTarget.CREATE,
        sortOrder: pb.RangeRequest_SortOrder.DESCEND,
        maxCreateRevision: createRevision - 1,
        limit: 1,
      }),
      context,
    );
    const ahead = response.kvs[0];
    if (ahead === undefined) return;
    await waitForDeletion(server, ahead.key, response.header?.revision ?? 0, context);
  }
}

async function waitForDeletion(server: EtcdServer, key: Buffer, revision: number, context: RequestContext): Promise<void> {
  for await (const { event } of eventsOf(server, { key, rangeEnd: Buffer.alloc(0), startRevision: revision }, context)) {
    if (event.type === Event_EventType.DELETE) return;
  }
}

export interface Seen {
  readonly event: pb.WatchResponse["events"][number];
  /** the store's revision when it was told */
  readonly revision: number;
}

/** Events of one watcher, until the caller has had enough. @throws StatusError Canceled when the call is over; Compacted */
export async function* eventsOf(
  server: EtcdServer,
  what: { readonly key: Buffer; readonly rangeEnd: Buffer; readonly startRevision: number },
  context: RequestContext,
): AsyncGenerator<Seen> {
  await server.checkWatch(what.key, what.rangeEnd, context);
  const stream = server.watchStream(context.client);
  const close = (): void => stream.close();
  context.signal.addEventListener("abort", close, { once: true });
  try {
    stream.watch(0, { ...what, noPut: false, noDelete: false });
    for (;;) {
      const notice = context.signal.aborted ? undefined : await stream.next();
      if (notice === undefined) throw new StatusError(Code.Canceled, "context canceled");
      if (notice.compactRevision > 0) throw new EtcdError("Compacted");
      for (const event of notice.events) yield { event, revision: notice.revision };
    }
  } finally {
    context.signal.removeEventListener("abort", close);
    stream.close();
  }
}

/** Takes a waiter out of the queue, when its client went away or gave up: in the client's name, for as long as the member lives. */
export async function leaveQueue(server: EtcdServer, key: Buffer, context: RequestContext): Promise<void> {
  await server.deleteRange(pb.DeleteRangeRequest.create({ key }), afterwards(server, context));
}

/** The caller's rights without its end. */
export function afterwards(server: EtcdServer, context: RequestContext): RequestContext {
  return Object.create(context, { signal: { value: server.stopping } }) as RequestContext;
}

/** etcd's in-process client hands errors on as plain text, so they reach the wire as Unknown. */
export async function asUnknown<T>(work: Promise<T>): Promise<T> {
  try {
    return await work;
  } catch (error) {
    if (error instanceof StatusError && error.code !== Code.Canceled && error.code !== Code.DeadlineExceeded)
      throw new StatusError(Code.Unknown, error.message, { cause: error });
    throw error;
  }
}
