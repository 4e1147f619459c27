/**
 * The JSON gateway under /v3/ (grpc-gateway v2 as etcd sets it up in server/embed/serve.go): POST only, a unary answer as
 * one object, a stream as one `{"result":...}` a line, errors as `{"code":..,"message":..}`.
 */
import type { IncomingMessage } from "node:http";
import { Code, StatusError } from "../../proto/errors.ts";
import { JsonError, JsonSplitter } from "../../proto/exact-json.ts";
import { fromJson, ProtoJsonError, toJson } from "../../proto/json.ts";
import type { MethodInfo } from "../../proto/wire.ts";
import type { Route, Routes } from "../carrier/route.ts";
import { statusOf } from "../carrier/exchange.ts";
import type { Http1Server } from "../http/http1-server.ts";
import { answer, type HttpExchange, readBody } from "../http/reply.ts";
import { pathOf } from "../service-builder.ts";
import type { CarrierLimits, Metadata } from "../service.ts";
import { callLocally } from "./local-call.ts";
import { gatewayMethods } from "./paths.ts";

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

/** JSON may be longer than the message in it: base64, names, and room to breathe. */
const BODY_FACTOR = 2;

export function addGateway(http: Http1Server, routes: Routes, limits: CarrierLimits): void {
  http.routeBelow("/v3/", async (exchange) => {
    const method = gatewayMethods.get(exchange.path);
    const route = method === undefined ? undefined : routes.get(pathOf(method));
    if (method === undefined || route === undefined) refuse(exchange, new StatusError(Code.NotFound, "Not Found"));
    else if (exchange.request.method !== "POST") refuse(exchange, new StatusError(Code.Unimplemented, "Method Not Allowed"));
    else if (method.responseStream) await stream(exchange, method, route, limits);
    else await unary(exchange, method, route, limits);
  });
}

function refuse({ response }: HttpExchange, error: StatusError): void {
  answer(response, "application/json", statusJson(error), HTTP_STATUS[error.code]);
}

function statusJson(error: StatusError): string {
  return JSON.stringify({ code: error.code, message: error.message });
}

async function unary(exchange: HttpExchange, method: MethodInfo, route: Route, limits: CarrierLimits): Promise<void> {
  const { request, response } = exchange;
  let body = "{}";
  try {
    const text = await readBody(request, limits.receiveBytesMax * BODY_FACTOR);
    const message = parse(method, text);
    await callLocally(route, {
      ...about(exchange, method, limits),
      messages: once(message),
      deliver: async (bytes) => {
        body = toJson(method.response, method.response.decode(bytes));
      },
    });
  } catch (error) {
    refuse(exchange, tooLong(error, limits) ?? statusOf(error));
    return;
  }
  response.setHeader("Grpc-Metadata-Content-Type", "application/grpc");
  answer(response, "application/json", body);
}

async function stream(exchange: HttpExchange, method: MethodInfo, route: Route, limits: CarrierLimits): Promise<void> {
  const { request, response } = exchange;
  let begun = false;
  const begin = (): void => {
    if (begun) return;
    begun = true;
    response.setHeader("Content-Type", "application/json");
    response.setHeader("Grpc-Metadata-Content-Type", "application/grpc");
    response.flushHeaders();
  };
  try {
    await callLocally(route, {
      ...about(exchange, method, limits),
      messages: method.requestStream ? each(request, method, limits) : once(parse(method, await readBody(request, limits.receiveBytesMax * BODY_FACTOR))),
      deliver: (bytes) => {
        begin();
        const room = response.write(`{"result":${toJson(method.response, method.response.decode(bytes))}}\n`);
        return room ? Promise.resolve() : drained(exchange);
      },
    });
    begin();
    response.end();
  } catch (error) {
    const status = tooLong(error, limits) ?? statusOf(error);
    if (!begun) {
      response.statusCode = HTTP_STATUS[status.code];
      response.setHeader("Content-Type", "application/json");
    }
    response.end(`{"error":${statusJson(status)}}\n`);
  }
}

function about({ request, signal }: HttpExchange, method: MethodInfo, limits: CarrierLimits) {
  const { remoteAddress = "", remotePort = 0 } = request.socket;
  return { path: pathOf(method), metadata: metadataOf(request), peer: `${remoteAddress}:${remotePort}`, signal, limits };
}

/** Headers that the gateway passes on: the token, and what is marked as gRPC metadata. */
function metadataOf(request: IncomingMessage): Metadata {
  const metadata: Record<string, string> = {};
  for (const [name, value] of Object.entries(request.headers)) {
    if (typeof value !== "string") continue;
    if (name === "authorization") metadata[name] = value;
    else if (name.startsWith("grpc-metadata-")) metadata[name.slice("grpc-metadata-".length)] = value;
  }
  return metadata;
}

/** An empty body is an empty message, as grpc-gateway takes it. */
function parse(method: MethodInfo, text: string): Buffer {
  try {
    return method.request.encode(text.trim() === "" ? method.request.create() : fromJson(method.request, text));
  } catch (error) {
    if (error instanceof ProtoJsonError) throw new StatusError(Code.InvalidArgument, error.message, { cause: error });
    if (error instanceof JsonError) throw new StatusError(Code.InvalidArgument, `proto: (${error.message.replace(": ", "): ")}`, { cause: error });
    throw error;
  }
}

function tooLong(error: unknown, limits: CarrierLimits): StatusError | undefined {
  if (!(error instanceof RangeError)) return undefined;
  return new StatusError(Code.ResourceExhausted, `grpc: received message larger than max (${limits.receiveBytesMax})`, { cause: error });
}

async function* once(message: Buffer): AsyncGenerator<Buffer> {
  yield message;
}

/** The objects of a body, each as soon as it is there. */
async function* each(request: IncomingMessage, method: MethodInfo, limits: CarrierLimits): AsyncGenerator<Buffer> {
  const splitter = new JsonSplitter(limits.receiveBytesMax * BODY_FACTOR);
  request.setEncoding("utf8");
  for await (const text of request as AsyncIterable<string>) for (const value of splitter.push(text)) yield parse(method, value);
  const rest = splitter.end();
  if (rest !== undefined) yield parse(method, rest);
}

function drained({ response, signal }: HttpExchange): Promise<void> {
  return new Promise((resolve) => {
    const go = (): void => {
      response.removeListener("drain", go);
      signal.removeEventListener("abort", go);
      resolve();
    };
    response.once("drain", go);
    signal.addEventListener("abort", go, { once: true });
  });
}
