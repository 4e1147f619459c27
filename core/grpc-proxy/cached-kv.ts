/** Keys through the cache (etcd server/proxy/grpcproxy/kv.go): answers as bytes, as they go to the client. */
import type { CallOptions } from "../client/index.ts";
import { EtcdError } from "../proto/errors.ts";
import {
  type CompactionRequest,
  type CompactionResponse,
  type DeleteRangeRequest,
  type DeleteRangeResponse,
  type PutRequest,
  type PutResponse,
  RangeRequest,
  RangeResponse,
  type RequestOp,
  type ResponseOp,
  type TxnRequest,
  type TxnResponse,
} from "../proto/gen/etcdserverpb.ts";
import { EMPTY } from "../proto/wire.ts";
import type { Kv } from "./kv.ts";
import { RangeCache, type Ticket } from "./range-cache.ts";

/** The request as a text of its own; what was read linearizably is good for those who ask for less. */
function nameOf(request: RangeRequest): string {
  return RangeRequest.encode({ ...request, serializable: true }).toString("latin1");
}

export class CachedKv {
  private readonly cache = new RangeCache();
  hits = 0;
  misses = 0;

  constructor(private readonly kv: Kv) {}

  /** answers kept */
  get size(): number {
    return this.cache.size;
  }

  async range(request: RangeRequest, options: CallOptions): Promise<Buffer> {
    const name = nameOf(request);
    if (request.serializable) {
      const known = this.cache.get(name, request.revision);
      if (known !== undefined) {
        this.hits++;
        if (known === "compacted") throw new EtcdError("Compacted");
        return known;
      }
      this.misses++;
    }
    const ticket = this.cache.ask(request);
    try {
      const answer = RangeResponse.encode(await this.kv.range(request, options));
      this.cache.add(ticket, name, answer);
      return answer;
    } finally {
      this.cache.forget(ticket);
    }
  }

  async put(request: PutRequest, options: CallOptions): Promise<PutResponse> {
    try {
      return await this.kv.put(request, options);
    } finally {
      // also where it failed: it may have been done all the same
      this.cache.invalidate(request.key, EMPTY);
    }
  }

  async deleteRange(request: DeleteRangeRequest, options: CallOptions): Promise<DeleteRangeResponse> {
    try {
      return await this.kv.deleteRange(request, options);
    } finally {
      this.cache.invalidate(request.key, request.rangeEnd);
    }
  }

  async txn(request: TxnRequest, options: CallOptions): Promise<TxnResponse> {
    const tickets = new Map<RequestOp, Ticket>();
    for (const op of [...request.success, ...request.failure]) if (op.requestRange !== undefined) tickets.set(op, this.cache.ask(op.requestRange));
    try {
      const response = await this.kv.txn(request, options);
      // it may say that something is not what the cache says
      for (const { key, rangeEnd } of request.compare) this.cache.invalidate(key, rangeEnd);
      const ops = response.succeeded ? request.success : request.failure;
      for (const [at, op] of ops.entries()) this.keep(op, response.responses[at], tickets.get(op));
      return response;
    } catch (error) {
      for (const op of [...request.success, ...request.failure]) this.forgetWritten(op);
      throw error;
    } finally {
      for (const ticket of tickets.values()) this.cache.forget(ticket);
    }
  }

  async compact(request: CompactionRequest, options: CallOptions): Promise<CompactionResponse> {
    const response = await this.kv.compact(request, options);
    this.cache.compact(request.revision);
    return response;
  }

  private keep(op: RequestOp, response: ResponseOp | undefined, ticket: Ticket | undefined): void {
    if (ticket !== undefined && response?.responseRange !== undefined) {
      // a range within a transaction has no header, and must not be taken for one that was asked for by itself
      this.cache.forget(ticket);
      if (response.responseRange.header !== undefined) this.cache.add(ticket, nameOf(op.requestRange!), RangeResponse.encode(response.responseRange));
    } else this.forgetWritten(op);
  }

  private forgetWritten({ requestPut, requestDeleteRange, requestTxn }: RequestOp): void {
    if (requestPut !== undefined) this.cache.invalidate(requestPut.key, EMPTY);
    if (requestDeleteRange !== undefined) this.cache.invalidate(requestDeleteRange.key, requestDeleteRange.rangeEnd);
    for (const op of [...(requestTxn?.success ?? []), ...(requestTxn?.failure ?? [])]) this.forgetWritten(op);
  }
}
