/** What the proxy asks of a key-value store; its layers (namespace, ordering, leasing) stand on each other by it. */
import type { CallOptions, Channel } from "../client/index.ts";
import { Code, EtcdError, goErrorText, StatusError } from "../proto/errors.ts";
import {
  type CompactionRequest,
  type CompactionResponse,
  type DeleteRangeRequest,
  type DeleteRangeResponse,
  KVService,
  type PutRequest,
  type PutResponse,
  type RangeRequest,
  type RangeResponse,
  RangeRequest_SortOrder as SortOrder,
  RangeRequest_SortTarget as SortTarget,
  type TxnRequest,
  type TxnResponse,
} from "../proto/gen/etcdserverpb.ts";

export interface Kv {
  range(request: RangeRequest, options: CallOptions): Promise<RangeResponse>;
  put(request: PutRequest, options: CallOptions): Promise<PutResponse>;
  deleteRange(request: DeleteRangeRequest, options: CallOptions): Promise<DeleteRangeResponse>;
  txn(request: TxnRequest, options: CallOptions): Promise<TxnResponse>;
  compact(request: CompactionRequest, options: CallOptions): Promise<CompactionResponse>;
}

/**
 * What etcd's client makes of an error that it has a name for: a Go error without a gRPC status, which the proxy's server then
 * tells as Unknown with the same text. Clients go by the text.
 */
export function asClientError(error: unknown): unknown {
  return error instanceof StatusError && goErrorText(error) === error.message ? new StatusError(Code.Unknown, error.message, { cause: error }) : error;
}

const orders = new Set<number>(Object.values(SortOrder));
const targets = new Set<number>(Object.values(SortTarget));

/** The members themselves, with what etcd's client checks and simplifies on the way, and its errors. */
export class MemberKv implements Kv {
  constructor(private readonly channel: Channel) {}

  range(request: RangeRequest, options: CallOptions): Promise<RangeResponse> {
    if (!orders.has(request.sortOrder) || !targets.has(request.sortTarget)) return refused(new EtcdError("InvalidSortOption"));
    // keys are in this order anyway
    const plain = request.sortTarget === SortTarget.KEY && request.sortOrder === SortOrder.ASCEND;
    return this.channel.unary(KVService.Range, plain ? { ...request, sortOrder: SortOrder.NONE } : request, options).catch(refused);
  }

  put(request: PutRequest, options: CallOptions): Promise<PutResponse> {
    return this.channel.unary(KVService.Put, request, options).catch(refused);
  }

  deleteRange(request: DeleteRangeRequest, options: CallOptions): Promise<DeleteRangeResponse> {
    return this.channel.unary(KVService.DeleteRange, request, options).catch(refused);
  }

  txn(request: TxnRequest, options: CallOptions): Promise<TxnResponse> {
    return this.channel.unary(KVService.Txn, request, options).catch(refused);
  }

  compact(request: CompactionRequest, options: CallOptions): Promise<CompactionResponse> {
    return this.channel.unary(KVService.Compact, request, options).catch(refused);
  }
}

function refused(error: unknown): Promise<never> {
  return Promise.reject(asClientError(error) as Error);
}
