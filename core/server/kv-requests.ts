/** Keys and values as clients ask for them (server/etcdserver/v3_server.go; quota checks of api/v3rpc/quota.go). */
import type { ApplyResponse, ApplyResult } from "../apply/applier.ts";
import { checkTxnAuth } from "../apply/auth-checks.ts";
import { executeRange } from "../apply/execute-range.ts";
import { executeReadOnlyTxn, isReadOnlyTxn, isSerializableTxn } from "../apply/execute-txn.ts";
import { EtcdError } from "../proto/errors.ts";
import { AlarmType } from "../proto/gen/etcdserverpb.ts";
import type * as pb from "../proto/gen/etcdserverpb.ts";
import type { InternalRaftRequest } from "../proto/gen/internalpb.ts";
import type { RequestContext } from "./api.ts";
import type { Member } from "./member.ts";

/** Proposes in the name of who asks, and waits. @throws EtcdError InvalidAuthToken; the error that the apply answered */
export async function throughRaft<T extends ApplyResponse>(member: Member, request: Partial<InternalRaftRequest>, context: RequestContext): Promise<T> {
  const { gate, proposals } = member.parts;
  // no promise more while auth is off
  return responseOf<T>(await (gate.enabled ? proposals.propose(request, await gate.identify(context), context) : proposals.propose(request, undefined, context)));
}

function responseOf<T extends ApplyResponse>(result: ApplyResult): T {
  if (result.error !== undefined) throw result.error;
  return result.response as T;
}

/** Space that is used up is told before anything is proposed, and raises the alarm. @throws EtcdError NoSpace */
export async function checkQuota(member: Member, request: Pick<InternalRaftRequest, "put" | "txn" | "leaseGrant">): Promise<void> {
  const { state } = member.parts;
  if (state.quota.fits(state.backend, request)) return;
  await member.raiseAlarm(member.parts.memberId, AlarmType.NOSPACE);
  throw new EtcdError("NoSpace");
}

const noRequest = { put: undefined, txn: undefined, leaseGrant: undefined };

export class KvRequests {
  constructor(private readonly member: Member) {}

  async range(request: pb.RangeRequest, context: RequestContext): Promise<pb.RangeResponse> {
    const { reads, state, gate, clock, meters } = this.member.parts;
    if (!request.serializable) await reads.wait();
    const get = (): pb.RangeResponse => {
      const begun = clock.monotonic();
      let histogram = meters.server.rangeFailed;
      try {
        const response = executeRange(state.store, request);
        histogram = meters.server.range;
        return response;
      } finally {
        histogram.observe((clock.monotonic() - begun) / 1000);
      }
    };
    if (!gate.enabled) return get();
    return gate.read(context, (info) => state.auth.checkRange(info, request.key, request.rangeEnd), get);
  }

  put(request: pb.PutRequest, context: RequestContext): Promise<pb.PutResponse> {
    const { state } = this.member.parts;
    // not async: on this path every promise counts
    if (!state.quota.fits(state.backend, { ...noRequest, put: request })) {
      return checkQuota(this.member, { ...noRequest, put: request }).then(() => throughRaft(this.member, { put: request }, context));
    }
    return throughRaft(this.member, { put: request }, context);
  }

  deleteRange(request: pb.DeleteRangeRequest, context: RequestContext): Promise<pb.DeleteRangeResponse> {
    return throughRaft(this.member, { deleteRange: request }, context);
  }

  async txn(request: pb.TxnRequest, context: RequestContext): Promise<pb.TxnResponse> {
    const { reads, state, gate } = this.member.parts;
    if (isReadOnlyTxn(request)) {
      if (!isSerializableTxn(request)) await reads.wait();
      const get = (): pb.TxnResponse => executeReadOnlyTxn(state.store, request);
      if (!gate.enabled) return get();
      return gate.read(context, (info) => checkTxnAuth(state.auth, info, state.lessor, request), get);
    }
    await checkQuota(this.member, { ...noRequest, txn: request });
    return throughRaft(this.member, { txn: request }, context);
  }

  async compact(request: pb.CompactionRequest, context: RequestContext): Promise<pb.CompactionResponse> {
    const { proposals, state, telemetry, gate } = this.member.parts;
    const begun = telemetry.now();
    const result = await proposals.propose({ compaction: request }, await gate.identify(context), context);
    const response = responseOf<pb.CompactionResponse>(result);
    if (request.physical && result.compacted !== undefined) {
      await result.compacted;
      await state.backend.commit();
    }
    telemetry.happening("compacted", this.member.term, `history before revision ${request.revision} was compacted in ${Math.round(telemetry.now() - begun)} ms`);
    return response;
  }
}
