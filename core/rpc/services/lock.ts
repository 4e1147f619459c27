/** v3lockpb.Lock (etcd server/etcdserver/api/v3lock). */
import * as pb from "../../proto/gen/etcdserverpb.ts";
import { type LockRequest, type LockResponse, LockService } from "../../proto/gen/v3lockpb.ts";
import type { EtcdServer, RequestContext } from "../../server/api.ts";
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
  try {
    await waitForTurn(server, request.name, waiter.createRevision, context);
  } catch (error) {
    await leaveQueue(server, waiter.key);
    throw error;
  }
  const held = await server.range(pb.RangeRequest.create({ key: waiter.key }), context);
  if (held.kvs.length === 0) throw new Error("mutex: session is expired");
  return fillHeader(server, { header: held.header, key: waiter.key });
}

async function unlock(server: EtcdServer, key: Buffer, context: RequestContext) {
  const response = await server.deleteRange(pb.DeleteRangeRequest.create({ key }), context);
  return fillHeader(server, { header: response.header });
}
