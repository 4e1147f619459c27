/** Keys and values as clients ask for them (server/etcdserver/v3_server.go; quota checks of api/v3rpc/quota.go). */
import type { ApplyResponse, ApplyResult } from "../apply/applier.ts";
import { executeRange } from "../apply/execute-range.ts";
import { executeReadOnlyTxn, isReadOnlyTxn, isSerializableTxn } from "../apply/execute-txn.ts";
import { EtcdError } from "../proto/errors.ts";
import { AlarmType } from "../proto/gen/etcdserverpb.ts";
import type * as pb from "../proto/gen/etcdserverpb.ts";
import type { InternalRaftRequest } from "../proto/gen/internalpb.ts";
import type { Member } from "./member.ts";

/** Proposes and waits. @throws the error that the apply answered */
export async function throughRaft<T extends ApplyResponse>(member: Member, request: Partial<InternalRaftRequest>): Promise<T> {
  return responseOf<T>(await member.parts.proposals.propose(request));
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

  async range(request: pb.RangeRequest): Promise<pb.RangeResponse> {
    const { reads, state } = this.member.parts;
    if (!request.serializable) await reads.wait();
    return executeRange(state.store, request);
  }

  put(request: pb.PutRequest): Promise<pb.PutResponse> {
    const { state } = this.member.parts;
    // not async: on this path every promise counts
    if (!state.quota.fits(state.backend, { ...noRequest, put: request })) {
      return checkQuota(this.member, { ...noRequest, put: request }).then(() => throughRaft(this.member, { put: request }));
    }
    return throughRaft(this.member, { put: request });
  }

  deleteRange(request: pb.DeleteRangeRequest): Promise<pb.DeleteRangeResponse> {
    return throughRaft(this.member, { deleteRange: request });
  }

  async txn(request: pb.TxnRequest): Promise<pb.TxnResponse> {
    const { reads, state } = this.member.parts;
    if (isReadOnlyTxn(request)) {
      if (!isSerializableTxn(request)) await reads.wait();
      return executeReadOnlyTxn(state.store, request);
    }
    await checkQuota(this.member, { ...noRequest, txn: request });
    return throughRaft(this.member, { txn: request });
  }

  async compact(request: pb.CompactionRequest): Promise<pb.CompactionResponse> {
    const { proposals, state, telemetry } = this.member.parts;
    const begun = telemetry.now();
    const result = await proposals.propose({ compaction: request });
    const response = responseOf<pb.CompactionResponse>(result);
    if (request.physical && result.compacted !== undefined) {
      await result.compacted;
      await state.backend.commit();
    }
    telemetry.happening("compacted", this.member.term, `history before revision ${request.revision} was compacted in ${Math.round(telemetry.now() - begun)} ms`);
    return response;
  }
}
