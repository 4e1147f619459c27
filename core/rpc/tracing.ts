/**
 * A span for each gRPC call of clients, as etcd has them from OpenTelemetry's otelgrpc (server/embed/config_tracing.go): named after the
 * method, with its service, the caller's address and the status; below the caller's own span where its metadata names one
 * (W3C Trace Context), which then also decides whether it is kept. Of the others a share is kept, by trace id.
 */
import { randomBytes } from "node:crypto";
import { isIP } from "node:net";
import { Code, StatusError } from "../proto/errors.ts";
import type { Call, Handler, Metadata, ServiceTable } from "./service.ts";

export interface Span {
  /** 16 bytes */
  readonly traceId: Buffer;
  /** 8 bytes */
  readonly spanId: Buffer;
  /** undefined: the first of its trace */
  readonly parentId: Buffer | undefined;
  /** as the caller sent it; "": none */
  readonly traceState: string;
  /** "etcdserverpb.KV/Put" */
  readonly name: string;
  /** nanoseconds since 1970 */
  readonly begun: bigint;
  readonly ended: bigint;
  readonly attributes: readonly (readonly [name: string, value: string | number])[];
  /** what went wrong on this side; undefined: nothing, or it was the caller's fault */
  readonly failure: string | undefined;
}

interface Parent {
  readonly traceId: Buffer;
  readonly spanId: Buffer;
  readonly sampled: boolean;
}

type Begun = Pick<Span, "traceId" | "spanId" | "parentId" | "traceState" | "begun">;

/** Codes that are the server's doing (otelgrpc, serverStatus). */
const serverFaults: ReadonlySet<number> = new Set([Code.Unknown, Code.DeadlineExceeded, Code.Unimplemented, Code.Internal, Code.Unavailable, Code.DataLoss]);

export class Tracing {
  /** trace ids whose last eight bytes, halved, are below it are kept */
  private readonly bound: bigint;

  /** @param perMillion share of calls without a caller's span that is kept, 0 to 1,000,000 */
  constructor(
    perMillion: number,
    private readonly take: (span: Span) => void,
  ) {
    this.bound = (BigInt(perMillion) << 63n) / 1_000_000n;
  }

  /** The same handlers, told of. */
  trace(table: ServiceTable): ServiceTable {
    return new Map([...table].map(([path, handler]) => [path, this.traced(handler)]));
  }

  private traced(handler: Handler): Handler {
    if (handler.kind === "unary") return { kind: "unary", handle: (request, call) => this.around(call, true, () => handler.handle(request, call)) };
    if (handler.kind === "server-stream") return { kind: "server-stream", handle: (request, call) => Promise.resolve(this.around(call, false, () => handler.handle(request, call))) };
    return { kind: "bidirectional", handle: (call) => Promise.resolve(this.around(call, false, () => handler.handle(call))) };
  }

  private around<T>(call: Call, unary: boolean, work: () => Promise<T> | T): Promise<T> | T {
    const begun = this.begin(call.metadata);
    return begun === undefined ? work() : this.during(begun, call, unary, work);
  }

  private async during<T>(begun: Begun, call: Call, unary: boolean, work: () => Promise<T> | T): Promise<T> {
    let error: unknown;
    try {
      return await work();
    } catch (failure) {
      error = failure;
      throw failure;
    } finally {
      this.end(begun, call, unary, error);
    }
  }

  /** @returns undefined where the call is not to be kept */
  private begin(metadata: Metadata): Begun | undefined {
    const parent = parentOf(metadata);
    if (parent?.sampled === false) return undefined;
    const traceId = parent?.traceId ?? randomBytes(16);
    if (parent === undefined && traceId.readBigUInt64BE(8) >> 1n >= this.bound) return undefined;
    return { traceId, spanId: randomBytes(8), parentId: parent?.spanId, traceState: parent === undefined ? "" : (metadata.tracestate ?? ""), begun: nowNanos() };
  }

  private end(begun: Begun, { path, peer, signal }: Call, unary: boolean, error: unknown): void {
    const name = path.slice(1);
    const slash = name.lastIndexOf("/");
    const code = error === undefined ? (!unary && signal.aborted ? Code.Canceled : Code.OK) : error instanceof StatusError ? error.code : Code.Unknown;
    this.take({
      ...begun,
      name,
      ended: nowNanos(),
      attributes: [
        ["rpc.service", name.slice(0, slash)],
        ["rpc.method", name.slice(slash + 1)],
        ["rpc.system", "grpc"],
        // an answer that is nothing but its status has no headers, with which otelgrpc tells the address
        ...(unary && error !== undefined ? [] : peerAttributes(peer)),
        ["rpc.grpc.status_code", code],
      ],
      failure: serverFaults.has(code) ? (error as Error).message : undefined,
    });
  }
}

/** The caller's span (W3C Trace Context, section 3.2); undefined where there is none that can be read. */
function parentOf({ traceparent }: Metadata): Parent | undefined {
  if (traceparent === undefined) return undefined;
  const match = /^([0-9a-f]{2})-([0-9a-f]{32})-([0-9a-f]{16})-([0-9a-f]{2})(-.*)?$/.exec(traceparent);
  if (match === null) return undefined;
  const [, version, traceId = "", spanId = "", flags = "", rest] = match;
  if (version === "ff" || (version === "00" && rest !== undefined) || /^0+$/.test(traceId) || /^0+$/.test(spanId)) return undefined;
  return { traceId: Buffer.from(traceId, "hex"), spanId: Buffer.from(spanId, "hex"), sampled: (Number.parseInt(flags, 16) & 1) === 1 };
}

function peerAttributes(peer: string): Span["attributes"] {
  const match = /^(.*):(\d+)$/.exec(peer);
  if (match === null) return [];
  const host = match[1]!.replace(/^\[(.*)\]$/, "$1");
  const [address, port] = isIP(host) === 0 && host !== "" ? ["net.peer.name", "net.peer.port"] : ["net.sock.peer.addr", "net.sock.peer.port"];
  return [
    [address!, host === "" ? "127.0.0.1" : host],
    [port!, Number(match[2])],
  ];
}

function nowNanos(): bigint {
  return BigInt(Math.round((performance.timeOrigin + performance.now()) * 1000)) * 1000n;
}
