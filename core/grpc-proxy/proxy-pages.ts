/**
 * What the proxy answers over HTTP/1.1 (etcd server/proxy/grpcproxy: health.go, metrics.go): a member's metrics and its own, a
 * read through it and a read of itself.
 */
import { type IncomingMessage, request as httpRequest } from "node:http";
import { type AgentOptions, request as httpsRequest } from "node:https";
import { parseEndpoint } from "../client/endpoint.ts";
import type { CallOptions, Channel } from "../client/index.ts";
import { Code, EtcdError, goErrorText, StatusError } from "../proto/errors.ts";
import { KVService, RangeRequest, WatchCreateRequest, WatchRequest, WatchService } from "../proto/gen/etcdserverpb.ts";
import type { AddressBook } from "../platform/address-book.ts";
import { allowMethod, answer, errorText, type HttpExchange } from "../rpc/http/reply.ts";
import type { Http1Server } from "../rpc/http/http1-server.ts";
import type { Log } from "../server/log.ts";
import type { Kv } from "./kv.ts";

/** Longest waits of the checks, ms. */
const GET_MS = 1000;
const WATCH_MS = 3000;
/** A member that does not answer for so long has no metrics for us, ms. */
const METRICS_MS = 30_000;

const healthKey = Buffer.from("a");
const DENIED = new EtcdError("PermissionDenied").message;

type Get = (options: CallOptions) => Promise<unknown>;

/** @returns undefined: healthy */
async function readFails(get: Get): Promise<string | undefined> {
  try {
    await get({ timeoutMs: GET_MS });
    return undefined;
  } catch (error) {
    // whoever is refused was answered
    if ((error as Error).message === DENIED) return undefined;
    return `GET ERROR:${textOf(error as Error)}`;
  }
}

function textOf(error: Error): string {
  if (!(error instanceof StatusError)) return error.message;
  return error.code === Code.DeadlineExceeded ? "context deadline exceeded" : goErrorText(error);
}

async function watchFails(channel: Channel): Promise<string | undefined> {
  const stream = channel.stream(WatchService.Watch, { timeoutMs: WATCH_MS });
  try {
    stream.write(WatchRequest.create({ createRequest: WatchCreateRequest.create({ key: healthKey }) })).catch(() => undefined); // its responses say why
    for await (const _ of stream.responses) return undefined;
    return undefined;
  } catch (error) {
    return error instanceof StatusError && error.code !== Code.DeadlineExceeded ? undefined : "WATCH TIMEOUT";
  } finally {
    stream.cancel();
  }
}

function addCheck(http: Http1Server, path: string, check: () => Promise<string | undefined>, log: Log): void {
  http.route(path, async (exchange) => {
    if (!allowMethod(exchange, "GET")) {
      log.warn("/health error", { "status-code": 405 });
      return;
    }
    const reason = await check();
    if (reason === undefined) {
      answer(exchange.response, "text/plain; charset=utf-8", '{"health":"true","reason":""}');
      return;
    }
    const output = JSON.stringify({ health: "false", reason });
    errorText(exchange.response, 503, output);
    log.warn("/health error", { output, "status-code": 503 });
  });
}

export function addHealthChecks(http: Http1Server, kv: Kv, self: Channel | undefined, log: Log): void {
  const range = RangeRequest.create({ key: healthKey });
  addCheck(http, "/health", () => readFails((options) => kv.range(range, options)), log);
  addCheck(
    http,
    "/proxy/health",
    async () => {
      if (self === undefined) return "no connection to proxy";
      return (await readFails((options) => self.unary(KVService.Range, range, options))) ?? (await watchFails(self));
    },
    log,
  );
}

/** @param endpoint the member asked; @param tls to it, where it is https */
export function addMemberMetrics(http: Http1Server, endpoint: string, tls: AgentOptions, book: AddressBook): void {
  const { security, target } = parseEndpoint(endpoint);
  http.route("/metrics", (exchange) => {
    const secure = security === "required" || (security === "optional" && (exchange.request.socket as { readonly encrypted?: boolean }).encrypted === true);
    const failed = (): void => {
      if (exchange.response.headersSent) exchange.response.destroy();
      else errorText(exchange.response, 500, "Internal server error");
    };
    const at = "path" in target ? { socketPath: target.path } : { ...book.resolve(target), headers: { host: `${target.host}:${target.port}` }, servername: target.host };
    const options = { ...at, path: "/metrics", timeout: METRICS_MS, signal: exchange.signal };
    return new Promise<void>((resolve) => {
      const asked = secure ? httpsRequest({ ...options, ...tls }) : httpRequest(options);
      exchange.response.once("close", resolve);
      asked.once("timeout", () => asked.destroy(new Error("i/o timeout")));
      asked.once("error", failed);
      asked.once("response", (response) => relay(response, exchange, failed));
      asked.end();
    });
  });
}

/** Whatever it answered: with 200, as etcd does it. */
function relay(from: IncomingMessage, { response }: HttpExchange, failed: () => void): void {
  response.statusCode = 200;
  response.setHeader("Content-Type", "text/plain; version=0.0.4");
  from.once("error", failed);
  from.pipe(response);
}
