/**
 * `request stats`: one line for a unary call that took longer than --warning-unary-request-duration, and for each of them
 * at level debug (etcd server/etcdserver/api/v3rpc/interceptor.go). Values are left out, only their sizes are told.
 */
import type * as pb from "../proto/gen/etcdserverpb.ts";
import type { MethodInfo } from "../proto/wire.ts";
import type { Log } from "../server/log.ts";
import type { Call } from "./service.ts";

interface Counts {
  readonly requestCount: number;
  readonly responseCount: number;
  readonly content: string;
}

type Named = Pick<MethodInfo, "service" | "name">;

const CONTENT_BYTES_MAX = 1024;

export class RequestStats {
  constructor(
    private readonly log: Log,
    private readonly warningMs: number,
  ) {}

  /** Monotonic ms, for `ended`. */
  now(): number {
    return performance.now();
  }

  /** @param begun what `now` said when the call came */
  ended(begun: number, call: Call, method: Named, request: unknown, requestBytes: number, response: unknown, responseBytes: number): void {
    const tookMs = performance.now() - begun;
    const all = this.log.enabled("debug");
    if (!all && tookMs <= this.warningMs) return;
    const counts = countsOf(method, request, response);
    this.log[all ? "debug" : "warn"]("request stats", {
      "start time": new Date(Date.now() - tookMs).toISOString(),
      "time spent": `${tookMs.toFixed(6)}ms`,
      remote: call.peer,
      "response type": call.path,
      "request count": counts?.requestCount ?? -1,
      "request size": counts === undefined ? -1 : requestBytes,
      "response count": counts?.responseCount ?? -1,
      "response size": counts === undefined ? -1 : responseBytes,
      "request content": counts?.content ?? "",
    });
  }
}

function countsOf({ service, name }: Named, request: unknown, response: unknown): Counts | undefined {
  if (service !== "etcdserverpb.KV") return undefined;
  switch (name) {
    case "Range": {
      const { key, rangeEnd, limit, revision } = request as pb.RangeRequest;
      const content = `key:${text(key)} ${end(rangeEnd)}${limit === 0 ? "" : `limit:${limit} `}${revision === 0 ? "" : `revision:${revision} `}`;
      return { requestCount: 0, responseCount: (response as pb.RangeResponse).count, content };
    }
    case "Put": {
      const { key, value, lease } = request as pb.PutRequest;
      return { requestCount: 1, responseCount: 0, content: `key:${text(key)} value_size:${value.length} ${lease === 0n ? "" : `lease:${lease} `}` };
    }
    case "DeleteRange": {
      const { key, rangeEnd } = request as pb.DeleteRangeRequest;
      return { requestCount: 0, responseCount: (response as pb.DeleteRangeResponse).deleted, content: `key:${text(key)} ${end(rangeEnd)}` };
    }
    case "Txn": {
      const { compare, success, failure } = request as pb.TxnRequest;
      const { succeeded } = response as pb.TxnResponse;
      const content = `compare:<${compare.map((one) => `key:${text(one.key)}`).join(" ")}> success:<${success.length}> failure:<${failure.length}>`;
      return { requestCount: (succeeded ? success : failure).length, responseCount: 0, content };
    }
    default:
      return undefined;
  }
}

function text(bytes: Buffer): string {
  return JSON.stringify(bytes.toString("latin1", 0, CONTENT_BYTES_MAX));
}

function end(bytes: Buffer): string {
  return bytes.length === 0 ? "" : `range_end:${text(bytes)} `;
}
