/**
 * Locks and elections as etcd keeps them for clients (client/v3/concurrency): a waiter is a key `<name>/<lease hex>`, and
 * the one with the lowest create revision owns. Nothing here is special to the store; it is plain transactions and watches.
 */
import { Code, StatusError } from "../../proto/errors.ts";
import * as pb from "../../proto/gen/etcdserverpb.ts";
import { Event_EventType, type KeyValue } from "../../proto/gen/mvccpb.ts";
import { prefixEnd } from "../../proto/prefix-end.ts";
import type { EtcdServer, RequestContext } from "../../server/api.ts";

/** Lease of a session that brings none, seconds. */
const SESSION_TTL_SECONDS = 60;

export function waiterKey(name: Buffer, lease: bigint): Buffer {
  return Buffer.concat([name, Buffer.from(`/${BigInt.asUintN(64, lease).toString(16)}`)]);
}

/** The lease given, or a fresh one. */
export async function sessionLease(server: EtcdServer, lease: bigint, context: RequestContext): Promise<bigint> {
  if (lease !== 0n) return lease;
  return (await server.leaseGrant(pb.LeaseGrantRequest.create({ TTL: SESSION_TTL_SECONDS }), context)).ID;
}

export interface Waiter {
  readonly key: Buffer;
  readonly createRevision: number;
  /** value that was there already, where the lease waited before */
  readonly existing: KeyValue | undefined;
  readonly header: pb.ResponseHeader | undefined;
}

/** Queues a key of this lease, or finds the one it queued before. */
export async function enqueue(server: EtcdServer, name: Buffer, lease: bigint, value: Buffer, context: RequestContext): Promise<Waiter> {
  const key = waiterKey(name, lease);
  const response = await server.txn(
    pb.TxnRequest.create({
      compare: [pb.Compare.create({ key, target: pb.Compare_CompareTarget.CREATE, result: pb.Compare_CompareResult.EQUAL, createRevision: 0 })],
      success: [pb.RequestOp.create({ requestPut: pb.PutRequest.create({ key, value, lease }) })],
      failure: [pb.RequestOp.create({ requestRange: pb.RangeRequest.create({ key }) })],
    }),
    context,
  );
  const existing = response.succeeded ? undefined : response.responses[0]?.responseRange?.kvs[0];
  return { key, createRevision: existing?.createRevision ?? response.header?.revision ?? 0, existing, header: response.header };
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
  for await (const event of eventsOf(server, { key, rangeEnd: Buffer.alloc(0), startRevision: revision }, context)) {
    if (event.type === Event_EventType.DELETE) return;
  }
}

/** Events of one watcher, until the caller has had enough. @throws StatusError Canceled when the call is over */
export async function* eventsOf(
  server: EtcdServer,
  what: { readonly key: Buffer; readonly rangeEnd: Buffer; readonly startRevision: number },
  context: RequestContext,
): AsyncGenerator<pb.WatchResponse["events"][number]> {
  const stream = server.watchStream();
  const close = (): void => stream.close();
  context.signal.addEventListener("abort", close, { once: true });
  try {
    stream.watch(0, { ...what, noPut: false, noDelete: false });
    for (;;) {
      const notice = context.signal.aborted ? undefined : await stream.next();
      if (notice === undefined) throw new StatusError(Code.Canceled, "context canceled");
      if (notice.compactRevision > 0) throw new StatusError(Code.OutOfRange, "etcdserver: mvcc: required revision has been compacted");
      yield* notice.events;
    }
  } finally {
    context.signal.removeEventListener("abort", close);
    stream.close();
  }
}

/** Takes a waiter out of the queue, when its client went away or gave up; the member's own context, not the client's. */
export async function leaveQueue(server: EtcdServer, key: Buffer): Promise<void> {
  await server.deleteRange(pb.DeleteRangeRequest.create({ key }), { signal: server.stopping, token: undefined });
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
