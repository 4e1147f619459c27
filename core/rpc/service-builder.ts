/**
 * Builds the service table out of typed handlers: decoding, encoding, and the checks that etcd's interceptors make before
 * every call (server/etcdserver/api/v3rpc/interceptor.go): learner, `hasleader`, client API version.
 */
import { Code, EtcdError, StatusError } from "../proto/errors.ts";
import type * as pb from "../proto/gen/etcdserverpb.ts";
import { type Codec, type MethodInfo, WireError } from "../proto/wire.ts";
import type { EtcdServer, RequestContext } from "../server/api.ts";
import type { RequestStats } from "./request-stats.ts";
import type { BidirectionalCall, Call, Handler, ServiceTable, StreamCall } from "./service.ts";

/** Elections a stream with `hasleader` outlives without a leader. */
const NO_LEADER_ROUNDS_MAX = 3;
/** Distinct client API versions counted by name; a client cannot make the table grow beyond that. */
const API_VERSIONS_MAX = 32;

type AnyMethod = MethodInfo<never, never> | MethodInfo;

/** What a call says about itself, for the server. Lazy: most calls never ask for their signal. */
class CallContext implements RequestContext {
  constructor(private readonly call: Call) {}
  get signal(): AbortSignal {
    return this.call.signal;
  }
  get token(): string | undefined {
    const { token, authorization } = this.call.metadata;
    return token?.replace(/^Bearer /, "") ?? authorization?.replace(/^Bearer /, "");
  }
  get client(): NonNullable<RequestContext["client"]> {
    return { address: this.call.peer, program: this.call.metadata["user-agent"] ?? "" };
  }
  /** What comes through a gateway shows the gateway's certificate, not its client's. */
  get commonName(): string | undefined {
    return this.call.metadata["grpcgateway-accept"] === undefined ? this.call.commonName : undefined;
  }
}

export interface TypedStream<Request, Response> {
  readonly requests: AsyncIterable<Request>;
  send(response: Response): Promise<void> | undefined;
  readonly call: BidirectionalCall;
}

export class ServiceBuilder {
  private readonly handlers = new Map<string, Handler>();
  private readonly versions = new Map<string, number>();
  private readonly guarded = new Set<() => void>();
  private roundsWithoutLeader = 0;
  private readonly watchdog: NodeJS.Timeout;

  /** @param electionTimeoutMs how often streams with `hasleader` are looked after */
  constructor(
    readonly server: EtcdServer,
    electionTimeoutMs: number,
    private readonly stats: RequestStats,
  ) {
    this.watchdog = setInterval(() => this.lookForLeader(), electionTimeoutMs);
    this.watchdog.unref();
  }

  get table(): ServiceTable {
    return this.handlers;
  }

  /** Calls so far, by "unary|stream" and client API version. */
  get clientRequests(): ReadonlyMap<string, number> {
    return this.versions;
  }

  close(): void {
    clearInterval(this.watchdog);
  }

  /** @param finish last touch to each response, such as its header; in the same step as encoding, so that it costs no promise */
  unary<Request, Response>(
    method: MethodInfo<Request, Response>,
    handle: (request: Request, context: RequestContext) => Promise<Response> | Response,
    finish: (response: Response) => Response = (response) => response,
  ): void {
    const { request: requests, response: responses } = method;
    const { stats } = this;
    this.handlers.set(pathOf(method), {
      kind: "unary",
      handle: (bytes, call) => {
        const begun = stats.now();
        const request = decode(requests, bytes);
        this.admit(call, "unary", method, request);
        const encode = (response: Response): Buffer => {
          const encoded = responses.encode(finish(response));
          stats.ended(begun, call, method, request, bytes.length, response, encoded.length);
          return encoded;
        };
        const answer = handle(request, new CallContext(call));
        return answer instanceof Promise ? answer.then(encode) : encode(answer);
      },
    });
  }

  serverStream<Request, Response>(
    method: MethodInfo<Request, Response>,
    handle: (request: Request, send: (response: Response) => Promise<void> | undefined, context: RequestContext, call: StreamCall) => Promise<void>,
  ): void {
    this.handlers.set(pathOf(method), {
      kind: "server-stream",
      handle: async (bytes, call) => {
        const request = decode(method.request, bytes, "failed to unmarshal the received message");
        this.admit(call, "stream", method, request);
        await this.guard(call, handle(request, (response) => call.send(method.response.encode(response)), new CallContext(call), call));
      },
    });
  }

  bidirectional<Request, Response>(
    method: MethodInfo<Request, Response>,
    handle: (stream: TypedStream<Request, Response>, context: RequestContext) => Promise<void>,
  ): void {
    this.handlers.set(pathOf(method), {
      kind: "bidirectional",
      handle: async (call) => {
        this.admit(call, "stream", method, undefined);
        const stream: TypedStream<Request, Response> = {
          call,
          requests: decoded(method.request, call.messages),
          send: (response) => call.send(method.response.encode(response)),
        };
        await this.guard(call, handle(stream, new CallContext(call)));
      },
    });
  }

  private admit(call: Call, type: "unary" | "stream", method: AnyMethod, request: unknown): void {
    const server = this.server;
    if (server.isLearner() && !servedByLearner(method, request)) throw new EtcdError("NotSupportedForLearner");
    const { metadata } = call;
    const version = metadata["client-api-version"] ?? "unknown";
    // header values are latin1 strings in Node; what is not ASCII must be UTF-8
    if (/[^ -~]/.test(version) && Buffer.from(version, "latin1").toString("utf8").includes("\ufffd"))
      throw new EtcdError("InvalidClientApiVersion");
    this.countVersion(`${type} ${version}`, type);
    if (metadata["hasleader"] === "true" && server.leader() === 0n) throw new EtcdError("NoLeader");
  }

  private countVersion(key: string, type: string): void {
    const known = this.versions.get(key);
    if (known !== undefined) this.versions.set(key, known + 1);
    else if (this.versions.size < API_VERSIONS_MAX) this.versions.set(key, 1);
    else this.versions.set(`${type} unknown`, (this.versions.get(`${type} unknown`) ?? 0) + 1);
  }

  /** A stream with `hasleader` ends when there has been no leader for three elections. */
  private guard(call: Call, work: Promise<void>): Promise<void> {
    if (call.metadata["hasleader"] !== "true") return work;
    return new Promise((resolve, reject) => {
      const end = (): void => reject(new EtcdError("NoLeader"));
      this.guarded.add(end);
      work.then(resolve, reject).finally(() => this.guarded.delete(end));
    });
  }

  private lookForLeader(): void {
    this.roundsWithoutLeader = this.server.leader() === 0n ? this.roundsWithoutLeader + 1 : 0;
    if (this.roundsWithoutLeader < NO_LEADER_ROUNDS_MAX) return;
    for (const end of this.guarded) end();
  }
}

function servedByLearner(method: AnyMethod, request: unknown): boolean {
  if (method.service === "etcdserverpb.Maintenance") return method.name === "Status" || method.name === "Snapshot";
  return method.service === "etcdserverpb.KV" && method.name === "Range" && (request as pb.RangeRequest).serializable;
}

export function pathOf(method: AnyMethod): string {
  return `/${method.service}/${method.name}`;
}

/** @param what could not be done, as grpc-go puts it */
function decode<T>(codec: Codec<T>, bytes: Buffer, what = "error unmarshalling request"): T {
  try {
    return codec.decode(bytes);
  } catch (error) {
    if (!(error instanceof WireError)) throw error;
    throw new StatusError(Code.Internal, `grpc: ${what}: ${error.reason}`, { cause: error });
  }
}

async function* decoded<T>(codec: Codec<T>, messages: AsyncIterable<Buffer>): AsyncGenerator<T> {
  for await (const message of messages) yield decode(codec, message, "failed to unmarshal the received message");
}
