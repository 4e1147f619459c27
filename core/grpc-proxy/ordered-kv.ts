/**
 * `--experimental-serializable-ordering`: no answer of an older revision than one that was given before (etcd
 * client/v3/ordering). A member that is behind is passed over for the next one in turn.
 */
import type { CallOptions } from "../client/index.ts";
import { Code, StatusError } from "../proto/errors.ts";
import type {
  CompactionRequest,
  CompactionResponse,
  DeleteRangeRequest,
  DeleteRangeResponse,
  PutRequest,
  PutResponse,
  RangeRequest,
  RangeResponse,
  ResponseHeader,
  TxnRequest,
  TxnResponse,
} from "../proto/gen/etcdserverpb.ts";
import type { Kv } from "./kv.ts";

/** How often each member is asked, on the average, before it is given up. */
const ROUNDS_MAX = 5;

export class OrderedKv implements Kv {
  private revision = 0;

  /** @param members how many take turns */
  constructor(
    private readonly inner: Kv,
    private readonly members: () => number,
  ) {}

  range(request: RangeRequest, options: CallOptions): Promise<RangeResponse> {
    return this.inOrder(() => this.inner.range(request, options), options);
  }

  put(request: PutRequest, options: CallOptions): Promise<PutResponse> {
    return this.inner.put(request, options);
  }

  deleteRange(request: DeleteRangeRequest, options: CallOptions): Promise<DeleteRangeResponse> {
    return this.inner.deleteRange(request, options);
  }

  /** One that writes is never behind what was told, so it is not done twice. */
  txn(request: TxnRequest, options: CallOptions): Promise<TxnResponse> {
    return this.inOrder(() => this.inner.txn(request, options), options);
  }

  compact(request: CompactionRequest, options: CallOptions): Promise<CompactionResponse> {
    return this.inner.compact(request, options);
  }

  private async inOrder<T extends { readonly header: ResponseHeader | undefined }>(ask: () => Promise<T>, options: CallOptions): Promise<T> {
    // what was told by others while this call ran need not be known to it
    const least = this.revision;
    const endsAt = options.timeoutMs === undefined ? Infinity : performance.now() + options.timeoutMs;
    for (let violations = 0; ; violations++) {
      const response = await ask();
      const revision = response.header?.revision ?? 0;
      if (revision >= least) {
        this.revision = Math.max(this.revision, revision);
        return response;
      }
      if (violations > ROUNDS_MAX * this.members()) throw new StatusError(Code.Unknown, "etcdclient: no cluster members have a revision higher than the previously received revision");
      if (performance.now() >= endsAt) throw new StatusError(Code.DeadlineExceeded, "context deadline exceeded");
    }
  }
}
