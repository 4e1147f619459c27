/** v3lockpb.Lock (etcd server/etcdserver/api/v3lock). */
import * as pb from "../../proto/gen/etcdserverpb.ts";
import { type LockRequest, type LockResponse, LockService } from "../../proto/gen/v3lockpb.ts";
import type { EtcdServer, RequestContext } from "../../server/api.ts";
import { checkDeleteRange } from "../checks/range-put-delete.ts";
import type { ServiceBuilder } from "../service-builder.ts";
import { asUnknown, enqueue, leaveQueue, sessionLease, waitForTurn } from "./concurrency.ts";
import { fillHeader } from "./header.ts";

export function addLock(builder: ServiceBuilder): void {
  const { server } = builder;
  builder.unary(LockService.Lock, (request, context) => asUnknown(lock(server, request, context)));
  builder.unary(LockService.Unlock, (request, context) => asUnknown(unlock(server, request.key, context)));
}

async function lock(server: EtcdServer, request: LockRequest, context: RequestContext): Promise<LockResponse> {
  const lease = await sessionLease(server, request.lease, context);
  const waiter = await enqueue(server, request.name, lease, Buffer.alloc(0), context);
  const { oldest } = waiter;
  if (oldest === undefined || oldest.createRevision === waiter.createRevision) return fillHeader(server, { header: waiter.header, key: waiter.key });
  try {
    await waitForTurn(server, request.name, waiter.createRevision, context);
  } catch (error) {
    await leaveQueue(server, waiter.key, context);
    throw error;
  }
  const held = await server.range(pb.RangeRequest.create({ key: waiter.key }), context);
  // its lease ran out meanwhile
  if (held.kvs.length === 0) throw new Error("mutex: session is expired");
  return fillHeader(server, { header: held.header, key: waiter.key });
}

async function unlock(server: EtcdServer, key: Buffer, context: RequestContext) {
  const request = pb.DeleteRangeRequest.create({ key });
  checkDeleteRange(request);
  const response = await server.deleteRange(request, context);
  return fillHeader(server, { header: response.header });
}
