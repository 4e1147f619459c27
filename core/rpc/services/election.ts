/** v3electionpb.Election (etcd server/etcdserver/api/v3election, client/v3/concurrency/election.go). */
import * as pb from "../../proto/gen/etcdserverpb.ts";
import { Event_EventType, type KeyValue } from "../../proto/gen/mvccpb.ts";
import { type CampaignRequest, type CampaignResponse, ElectionService, type LeaderKey, type LeaderResponse } from "../../proto/gen/v3electionpb.ts";
import { prefixEnd } from "../../proto/prefix-end.ts";
import type { EtcdServer, RequestContext } from "../../server/api.ts";
import type { ServiceBuilder } from "../service-builder.ts";
import { asUnknown, enqueue, eventsOf, leaveQueue, sessionLease, waitForTurn } from "./concurrency.ts";
import { fillHeader } from "./header.ts";

const NOT_LEADER = "election: not leader";
const NO_LEADER = "election: no leader";

export function addElection(builder: ServiceBuilder): void {
  const { server } = builder;
  builder.unary(ElectionService.Campaign, (request, context) => asUnknown(campaign(server, request, context)));
  builder.unary(ElectionService.Proclaim, (request, context) =>
    asUnknown(proclaim(server, given(request.leader), request.value, context).then((header) => fillHeader(server, { header }))),
  );
  builder.unary(ElectionService.Resign, (request, context) =>
    asUnknown(resign(server, given(request.leader), context).then((header) => fillHeader(server, { header }))),
  );
  builder.unary(ElectionService.Leader, (request, context) => asUnknown(leader(server, request.name, context)));
  builder.serverStream(ElectionService.Observe, (request, send, context) => asUnknown(observe(server, request.name, send, context)));
}

function given(leaderKey: LeaderKey | undefined): LeaderKey {
  if (leaderKey === undefined) throw new Error('"leader" field must be provided');
  return leaderKey;
}

async function campaign(server: EtcdServer, request: CampaignRequest, context: RequestContext): Promise<CampaignResponse> {
  const lease = await sessionLease(server, request.lease, context);
  const waiter = await enqueue(server, request.name, lease, request.value, context);
  const leaderKey: LeaderKey = { name: request.name, key: waiter.key, rev: waiter.createRevision, lease };
  try {
    if (waiter.existing !== undefined && !waiter.existing.value.equals(request.value)) await proclaim(server, leaderKey, request.value, context);
    await waitForTurn(server, request.name, waiter.createRevision, context);
  } catch (error) {
    await leaveQueue(server, waiter.key);
    throw error;
  }
  return fillHeader(server, { header: waiter.header, leader: leaderKey });
}

function whileHeld(leaderKey: LeaderKey): pb.Compare {
  return pb.Compare.create({
    key: leaderKey.key,
    target: pb.Compare_CompareTarget.CREATE,
    result: pb.Compare_CompareResult.EQUAL,
    createRevision: leaderKey.rev,
  });
}

async function proclaim(server: EtcdServer, leaderKey: LeaderKey, value: Buffer, context: RequestContext): Promise<pb.ResponseHeader | undefined> {
  const put = pb.PutRequest.create({ key: leaderKey.key, value, lease: leaderKey.lease });
  const response = await server.txn(
    pb.TxnRequest.create({ compare: [whileHeld(leaderKey)], success: [pb.RequestOp.create({ requestPut: put })] }),
    context,
  );
  if (!response.succeeded) throw new Error(NOT_LEADER);
  return response.header;
}

async function resign(server: EtcdServer, leaderKey: LeaderKey, context: RequestContext): Promise<pb.ResponseHeader | undefined> {
  const remove = pb.DeleteRangeRequest.create({ key: leaderKey.key });
  const response = await server.txn(
    pb.TxnRequest.create({ compare: [whileHeld(leaderKey)], success: [pb.RequestOp.create({ requestDeleteRange: remove })] }),
    context,
  );
  return response.header;
}

/** The oldest key under the election's prefix. */
async function oldest(server: EtcdServer, name: Buffer, context: RequestContext): Promise<pb.RangeResponse> {
  const prefix = Buffer.concat([name, Buffer.from("/")]);
  return server.range(
    pb.RangeRequest.create({
      key: prefix,
      rangeEnd: prefixEnd(prefix),
      sortTarget: pb.RangeRequest_SortTarget.CREATE,
      sortOrder: pb.RangeRequest_SortOrder.ASCEND,
      limit: 1,
    }),
    context,
  );
}

async function leader(server: EtcdServer, name: Buffer, context: RequestContext): Promise<LeaderResponse> {
  const response = await oldest(server, name, context);
  const kv = response.kvs[0];
  if (kv === undefined) throw new Error(NO_LEADER);
  return fillHeader(server, { header: response.header, kv });
}

/** Each leader and each of its proclamations, one after the other. */
async function observe(server: EtcdServer, name: Buffer, send: (response: LeaderResponse) => Promise<void>, context: RequestContext): Promise<void> {
  const prefix = Buffer.concat([name, Buffer.from("/")]);
  for (;;) {
    const response = await oldest(server, name, context);
    const revision = response.header?.revision ?? server.revision();
    let current: KeyValue | undefined = response.kvs[0];
    if (current === undefined) {
      for await (const event of eventsOf(server, { key: prefix, rangeEnd: prefixEnd(prefix), startRevision: revision + 1 }, context))
        if (event.type === Event_EventType.PUT && event.kv !== undefined) {
          current = event.kv;
          break;
        }
    }
    if (current === undefined) return;
    await send(fillHeader(server, { header: undefined, kv: current }));
    const next = Math.max(current.modRevision, revision) + 1;
    for await (const event of eventsOf(server, { key: current.key, rangeEnd: Buffer.alloc(0), startRevision: next }, context)) {
      if (event.type === Event_EventType.DELETE) break;
      await send(fillHeader(server, { header: undefined, kv: event.kv }));
    }
  }
}
