/** `--namespace`: every key of a request gets the prefix, every key of an answer loses it (etcd client/v3/namespace/kv.go). */
import type { CallOptions } from "../client/index.ts";
import { EtcdError } from "../proto/errors.ts";
import type {
  CompactionRequest,
  CompactionResponse,
  DeleteRangeRequest,
  DeleteRangeResponse,
  PutRequest,
  PutResponse,
  RangeRequest,
  RangeResponse,
  RequestOp,
  ResponseOp,
  TxnRequest,
  TxnResponse,
} from "../proto/gen/etcdserverpb.ts";
import { EMPTY } from "../proto/wire.ts";
import type { KeySpace } from "./key-space.ts";
import { asClientError, type Kv } from "./kv.ts";

export class NamespacedKv implements Kv {
  constructor(
    private readonly inner: Kv,
    private readonly space: KeySpace,
  ) {}

  async range(request: RangeRequest, options: CallOptions): Promise<RangeResponse> {
    mustHaveKey(request.key);
    return this.rangeOutside(await this.inner.range({ ...request, ...this.space.inside(request.key, request.rangeEnd) }, options));
  }

  async put(request: PutRequest, options: CallOptions): Promise<PutResponse> {
    mustHaveKey(request.key);
    return this.putOutside(await this.inner.put({ ...request, key: this.space.inside(request.key, EMPTY).key }, options));
  }

  async deleteRange(request: DeleteRangeRequest, options: CallOptions): Promise<DeleteRangeResponse> {
    mustHaveKey(request.key);
    return this.deleteOutside(await this.inner.deleteRange({ ...request, ...this.space.inside(request.key, request.rangeEnd) }, options));
  }

  async txn(request: TxnRequest, options: CallOptions): Promise<TxnResponse> {
    return this.txnOutside(await this.inner.txn(this.txnInside(request), options));
  }

  compact(request: CompactionRequest, options: CallOptions): Promise<CompactionResponse> {
    return this.inner.compact(request, options);
  }

  private txnInside(request: TxnRequest): TxnRequest {
    return {
      compare: request.compare.map((compare) => ({ ...compare, ...this.space.inside(compare.key, compare.rangeEnd) })),
      success: request.success.map((op) => this.opInside(op)),
      failure: request.failure.map((op) => this.opInside(op)),
    };
  }

  private opInside({ requestRange, requestPut, requestDeleteRange, requestTxn }: RequestOp): RequestOp {
    return {
      requestRange: requestRange && { ...requestRange, ...this.space.inside(requestRange.key, requestRange.rangeEnd) },
      requestPut: requestPut && { ...requestPut, key: this.space.inside(requestPut.key, EMPTY).key },
      requestDeleteRange: requestDeleteRange && { ...requestDeleteRange, ...this.space.inside(requestDeleteRange.key, requestDeleteRange.rangeEnd) },
      requestTxn: requestTxn && this.txnInside(requestTxn),
    };
  }

  private rangeOutside(response: RangeResponse): RangeResponse {
    return { ...response, kvs: response.kvs.map((kv) => this.space.outside(kv)) };
  }

  private putOutside(response: PutResponse): PutResponse {
    return { ...response, prevKv: this.space.outside(response.prevKv) };
  }

  private deleteOutside(response: DeleteRangeResponse): DeleteRangeResponse {
    return { ...response, prevKvs: response.prevKvs.map((kv) => this.space.outside(kv)) };
  }

  private txnOutside(response: TxnResponse): TxnResponse {
    return { ...response, responses: response.responses.map((op) => this.opOutside(op)) };
  }

  private opOutside({ responseRange, responsePut, responseDeleteRange, responseTxn }: ResponseOp): ResponseOp {
    return {
      responseRange: responseRange && this.rangeOutside(responseRange),
      responsePut: responsePut && this.putOutside(responsePut),
      responseDeleteRange: responseDeleteRange && this.deleteOutside(responseDeleteRange),
      responseTxn: responseTxn && this.txnOutside(responseTxn),
    };
  }
}

/** Without a key the prefix itself would be the key. */
function mustHaveKey(key: Buffer): void {
  if (key.length === 0) throw asClientError(new EtcdError("EmptyKey"));
}
