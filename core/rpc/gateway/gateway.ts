/**
 * The JSON gateway under /v3/ (grpc-gateway v2 as etcd sets it up in server/embed/serve.go): POST only, a unary answer as
 * one object, a stream as one `{"result":...}` a line, errors as `{"code":..,"message":..}`.
 */
import { Code, StatusError } from "../../proto/errors.ts";
import { toJson } from "../../proto/json.ts";
import type { MethodInfo } from "../../proto/wire.ts";
import type { Route, Routes } from "../carrier/route.ts";
import { statusOf } from "../carrier/exchange.ts";
import { pathOf } from "../service-builder.ts";
import type { CarrierLimits } from "../service.ts";
import { onlyMessageOf, readableMessagesOf } from "./json-body.ts";
import { callLocally, type LocalCallOptions } from "./local-call.ts";
import { gatewayMethods } from "./paths.ts";
import { metadataOf, type RequestHeaders, timeoutOf } from "./request-metadata.ts";
import { Turns } from "./turns.ts";

const HTTP_STATUS: Readonly<Record<Code, number>> = {
  [Code.OK]: 200,
  [Code.Canceled]: 499,
  [Code.Unknown]: 500,
  [Code.InvalidArgument]: 400,
  [Code.DeadlineExceeded]: 504,
  [Code.NotFound]: 404,
  [Code.AlreadyExists]: 409,
  [Code.PermissionDenied]: 403,
  [Code.ResourceExhausted]: 429,
  [Code.FailedPrecondition]: 400,
  [Code.Aborted]: 409,
  [Code.OutOfRange]: 400,
  [Code.Unimplemented]: 501,
  [Code.Internal]: 500,
  [Code.Unavailable]: 503,
  [Code.DataLoss]: 500,
  [Code.Unauthenticated]: 401,
};

/** One request for the gateway, however it came. */
export interface GatewayRequest {
  readonly method: string;
  /** percent-decoded, without query */
  readonly path: string;
  readonly headers: RequestHeaders;
  readonly body: AsyncIterable<string>;
  /** remote address */
  readonly peer: string;
  /** aborted when the client has gone, or the member stops */
  readonly signal: AbortSignal;
}

/** Where its answer goes. */
export interface GatewayReply {
  /** Status and headers; at most once, before anything is written. */
  begin(status: number, headers: Readonly<Record<string, string>>): void;
  /** @param last the answer's end; a whole answer is one such write. Resolves when there is room for more. */
  write(text: string, last: boolean): Promise<void>;
  /** The end of an answer of which nothing, or everything, was written. */
  end(): void;
}

/** Answers one request. Never rejects with what the client has done. */
export type Gateway = (request: GatewayRequest, reply: GatewayReply) => Promise<void>;

const JSON_HEADERS = { "Content-Type": "application/json" };
const CALL_HEADERS = { ...JSON_HEADERS, "Grpc-Metadata-Content-Type": "application/grpc" };

export function newGateway(routes: Routes, limits: CarrierLimits): Gateway {
  const turns = new Turns(limits.concurrentStreamsMax);
  return async (request, reply) => {
    const method = gatewayMethods.get(request.path);
    const route = method === undefined ? undefined : routes.get(pathOf(method));
    if (method === undefined || route === undefined) await refuse(reply, new StatusError(Code.NotFound, "Not Found"));
    else if (request.method !== "POST" || overridden(request)) await refuse(reply, new StatusError(Code.Unimplemented, "Method Not Allowed"));
    else if (method.responseStream) await stream(request, reply, method, { route, limits, turns });
    else await unary(request, reply, method, { route, limits, turns });
  };
}

/** A form that says it means another method: grpc-gateway believes it, and no method but POST leads anywhere. */
function overridden({ headers }: GatewayRequest): boolean {
  const method = headers["x-http-method-override"];
  if (typeof method !== "string" || method === "" || method.toUpperCase() === "POST") return false;
  return headers["content-type"] === "application/x-www-form-urlencoded";
}

async function refuse(reply: GatewayReply, error: StatusError): Promise<void> {
  const challenge = error.code === Code.Unauthenticated ? { "WWW-Authenticate": error.message } : {};
  reply.begin(HTTP_STATUS[error.code], { ...JSON_HEADERS, ...challenge });
  await reply.write(statusJson(error), true);
}

function statusJson(error: StatusError): string {
  return JSON.stringify({ code: error.code, message: error.message });
}

/** What answers a method, and within which bounds. */
interface Service {
  readonly route: Route;
  readonly limits: CarrierLimits;
  readonly turns: Turns;
}

async function unary(request: GatewayRequest, reply: GatewayReply, method: MethodInfo, service: Service): Promise<void> {
  let body = "{}";
  try {
    await call(request, method, service, onlyMessageOf(request.body, method, service.limits), async (bytes) => {
      body = toJson(method.response, method.response.decode(bytes));
    });
  } catch (error) {
    await refuse(reply, statusOf(error));
    return;
  }
  reply.begin(200, CALL_HEADERS);
  await reply.write(body, true);
}

async function stream(request: GatewayRequest, reply: GatewayReply, method: MethodInfo, service: Service): Promise<void> {
  const { limits } = service;
  let begun = false;
  const messages = method.requestStream ? readableMessagesOf(request.body, method, limits) : onlyMessageOf(request.body, method, limits);
  try {
    await call(request, method, service, messages, (bytes) => {
      if (!begun) reply.begin(200, CALL_HEADERS);
      begun = true;
      return reply.write(`{"result":${toJson(method.response, method.response.decode(bytes))}}\n`, false);
    });
    reply.end();
  } catch (error) {
    const status = statusOf(error);
    if (!begun) reply.begin(HTTP_STATUS[status.code], JSON_HEADERS);
    await reply.write(`{"error":${statusJson(status)}}\n`, true);
  }
}

/** Runs the call behind a request, within its `Grpc-Timeout`. @throws StatusError */
async function call(
  { headers, peer, signal }: GatewayRequest,
  method: MethodInfo,
  { route, limits, turns }: Service,
  messages: AsyncIterable<Buffer>,
  deliver: LocalCallOptions["deliver"],
): Promise<void> {
  const metadata = metadataOf(headers);
  const timeoutMs = timeoutOf(headers);
  const run = async (deadline: number | undefined, until: AbortSignal): Promise<void> => {
    const turn = turns.begin(until);
    if (turn !== undefined) await turn;
    try {
      await callLocally(route, { path: pathOf(method), metadata, peer, deadline, signal: until, limits, messages, deliver });
    } finally {
      turns.ended();
    }
  };
  if (timeoutMs === undefined) {
    await run(undefined, signal);
    return;
  }
  const late = new StatusError(Code.DeadlineExceeded, "context deadline exceeded");
  if (timeoutMs < 1) throw late;
  const ending = new AbortController();
  const timer = setTimeout(() => ending.abort(late), timeoutMs);
  const gone = (): void => ending.abort(signal.reason);
  signal.addEventListener("abort", gone, { once: true });
  try {
    await run(Date.now() + timeoutMs, ending.signal);
  } finally {
    clearTimeout(timer);
    signal.removeEventListener("abort", gone);
  }
}
