/** v3electionpb.Election (etcd server/etcdserver/api/v3election, client/v3/concurrency/election.go). */
import { EtcdError } from "../../proto/errors.ts";
import * as pb from "../../proto/gen/etcdserverpb.ts";
import { Event_EventType, type KeyValue } from "../../proto/gen/mvccpb.ts";
import { type CampaignRequest, type CampaignResponse, ElectionService, type LeaderKey, type LeaderResponse } from "../../proto/gen/v3electionpb.ts";
import { prefixEnd } from "../../proto/prefix-end.ts";
import type { EtcdServer, RequestContext } from "../../server/api.ts";
import type { ServiceBuilder } from "../service-builder.ts";
import { afterwards, asUnknown, enqueue, eventsOf, oldestOf, sessionLease, transact, waitForTurn } from "./concurrency.ts";
import { fillHeader, headerAt } from "./header.ts";

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
    // a candidate that failed in another way than by leaving stays in the queue, for as long as its lease lives
    if (context.signal.aborted) await resign(server, leaderKey, afterwards(server, context));
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
  const response = await transact(server, { compare: [whileHeld(leaderKey)], success: [pb.RequestOp.create({ requestPut: put })] }, context);
  if (!response.succeeded) throw new Error(NOT_LEADER);
  return response.header;
}

async function resign(server: EtcdServer, leaderKey: LeaderKey, context: RequestContext): Promise<pb.ResponseHeader | undefined> {
  const remove = pb.DeleteRangeRequest.create({ key: leaderKey.key });
  const response = await transact(server, { compare: [whileHeld(leaderKey)], success: [pb.RequestOp.create({ requestDeleteRange: remove })] }, context);
  return response.header;
}

async function leader(server: EtcdServer, name: Buffer, context: RequestContext): Promise<LeaderResponse> {
  const response = await server.range(oldestOf(name), context);
  const kv = response.kvs[0];
  if (kv === undefined) throw new Error(NO_LEADER);
  return fillHeader(server, { header: response.header, kv });
}

/** Each leader and each of its proclamations, one after the other. A watch that history has overtaken ends the stream. */
async function observe(server: EtcdServer, name: Buffer, send: (response: LeaderResponse) => Promise<void> | undefined, context: RequestContext): Promise<void> {
  try {
    for (;;) await observeOne(server, name, send, context);
  } catch (error) {
    if (!(error instanceof EtcdError && error.reason === "Compacted")) throw error;
  }
}

/** One leader, from its election to its end. */
async function observeOne(server: EtcdServer, name: Buffer, send: (response: LeaderResponse) => Promise<void> | undefined, context: RequestContext): Promise<void> {
  const response = await server.range(oldestOf(name), context);
  let revision = response.header!.revision;
  let kv = response.kvs[0];
  if (kv === undefined) {
    const prefix = Buffer.concat([name, Buffer.from("/")]);
    kv = await firstPut(server, { key: prefix, rangeEnd: prefixEnd(prefix), startRevision: revision }, context);
    revision = kv.modRevision;
  }
  await send(told(server, kv, revision));
  for await (const { event, revision: now } of eventsOf(server, { key: kv.key, rangeEnd: Buffer.alloc(0), startRevision: revision + 1 }, context)) {
    if (event.type === Event_EventType.DELETE) return;
    await send(told(server, event.kv!, now));
  }
}

async function firstPut(server: EtcdServer, what: Parameters<typeof eventsOf>[1], context: RequestContext): Promise<KeyValue> {
  for await (const { event } of eventsOf(server, what, context)) if (event.type === Event_EventType.PUT) return event.kv!;
  throw new EtcdError("Stopped");
}

function told(server: EtcdServer, kv: KeyValue, revision: number): LeaderResponse {
  return { header: headerAt(server, revision), kv };
}
