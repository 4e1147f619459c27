/** /v2/keys: requests to store operations, events and errors to answers (etcd 3.4 api/v2http/client.go). */
import type { ServerResponse } from "node:http";
import { StatusError } from "../../proto/errors.ts";
import type { EtcdServer, RequestContext } from "../../server/api.ts";
import { hex } from "../../server/log.ts";
import type { Http1Server } from "../http/http1-server.ts";
import { allowMethod, type HttpExchange, readBody } from "../http/reply.ts";
import { mayUseKey, NO_CREDENTIALS } from "./auth-check.ts";
import type { V2AuthStore } from "./auth-store.ts";
import { V2Error } from "./errors.ts";
import { concerns, eventJson, isCreation } from "./event.ts";
import { cleanPath } from "./keys.ts";
import { goString } from "./node.ts";
import { type KeyRequest, parseKeyRequest } from "./request.ts";
import type { StoreStats } from "./stats.ts";
import { type Outcome, V2Store } from "./store.ts";
import { eventsFrom } from "./watch.ts";

const ROOT_PATH = "/v2/keys";

export interface KeysOptions {
  readonly bodyBytesMax: number;
  readonly now: () => number;
  readonly stats: StoreStats;
  readonly auth: V2AuthStore;
}

export function addV2Keys(http: Http1Server, server: EtcdServer, options: KeysOptions): void {
  const store = new V2Store(server, options.stats, options.now);
  const handle = async (exchange: HttpExchange): Promise<void> => {
    if (!allowMethod(exchange, "HEAD", "GET", "PUT", "POST", "DELETE")) return;
    exchange.response.setHeader("X-Etcd-Cluster-Id", hex(server.clusterId));
    try {
      await serve(exchange, server, store, options);
    } catch (error) {
      if (exchange.response.headersSent) exchange.response.end();
      else writeError(exchange.response, asV2Error(error));
    }
  };
  http.route(ROOT_PATH, handle);
  http.routeBelow(`${ROOT_PATH}/`, handle);
}

async function serve(exchange: HttpExchange, server: EtcdServer, store: V2Store, options: KeysOptions): Promise<void> {
  const { request, response } = exchange;
  const method = request.method ?? "GET";
  const parsed = parseKeyRequest(method, exchange.query, await formOf(exchange, options.bodyBytesMax));
  const asked = exchange.path.slice(ROOT_PATH.length);
  if (!(await mayUseKey(options.auth, request, asked, parsed.recursive))) throw new V2Error(110, NO_CREDENTIALS, 0);
  const path = cleanPath(asked);
  if (parsed.wait) {
    await watch(exchange, server, store, path, parsed, options);
    return;
  }
  const context: RequestContext = { signal: exchange.signal, token: undefined };
  const { event, index } = await perform(method, path, parsed, server, store, context);
  const bare = parsed.noValueOnSuccess && ["set", "compareAndSwap", "create", "update"].includes(event.action);
  setHeaders(response, server, index);
  response.statusCode = isCreation(event) ? 201 : 200;
  const body = eventJson(event, bare);
  response.setHeader("Content-Length", Buffer.byteLength(body));
  response.end(method === "HEAD" ? undefined : body);
}

function perform(
  method: string,
  path: string,
  request: KeyRequest,
  server: EtcdServer,
  store: V2Store,
  context: RequestContext,
): Promise<Outcome> {
  const { value, prevValue, prevIndex, expiry, dir } = request;
  const conditional = prevIndex > 0 || prevValue !== "";
  switch (method) {
    case "POST":
      return store.create(path, dir, value, true, expiry, context);
    case "PUT":
      if (request.prevExist === false) return store.create(path, dir, value, false, expiry, context);
      if (conditional) return store.compareAndSwap(path, prevValue, prevIndex, value, expiry, context);
      if (request.prevExist === true) return store.update(path, value, expiry, context);
      return store.set(path, dir, value, expiry, context);
    case "DELETE":
      if (conditional) return store.compareAndDelete(path, prevValue, prevIndex, context);
      return store.delete(path, dir, request.recursive, context);
    default:
      return request.quorum
        ? server.linearizable(context).then(() => store.get(path, request.recursive, context))
        : store.get(path, request.recursive, context);
  }
}

async function watch(exchange: HttpExchange, server: EtcdServer, store: V2Store, path: string, request: KeyRequest, options: KeysOptions): Promise<void> {
  const { response, signal } = exchange;
  const index = store.index();
  const events = eventsFrom(server, request.waitIndex === 0 ? index + 1 : request.waitIndex, signal, options.now);
  options.stats.watchers++;
  try {
    // headers go out at once, so that a client knows that it is heard; only history that is gone comes before them
    let begun = false;
    const begin = (): void => {
      if (begun) return;
      begun = true;
      setHeaders(response, server, index);
      response.flushHeaders();
    };
    let first = events.next();
    const early = await Promise.race([first, new Promise<"waiting">((resolve) => setImmediate(resolve, "waiting"))]);
    begin();
    if (early !== "waiting") first = Promise.resolve(early);
    for (let next = await first; next.done !== true; next = await events.next()) {
      const event = next.value;
      if (event.action === "expire") options.stats.expireCount++;
      const eventIndex = event.node.modifiedIndex ?? 0;
      if (!concerns(event, path, request.recursive, eventIndex > index)) continue;
      response.write(eventJson(event));
      if (!request.stream) break;
    }
    response.end();
  } finally {
    options.stats.watchers--;
    await events.return(undefined);
  }
}

async function formOf({ request }: HttpExchange, bytesMax: number): Promise<URLSearchParams> {
  const type = (request.headers["content-type"] ?? "").split(";")[0]!.trim().toLowerCase();
  const method = request.method ?? "";
  if ((method !== "PUT" && method !== "POST") || type !== "application/x-www-form-urlencoded") return new URLSearchParams();
  try {
    return new URLSearchParams(await readBody(request, bytesMax));
  } catch (error) {
    if (error instanceof RangeError) throw new V2Error(210, "http: request body too large", 0, { cause: error });
    throw error;
  }
}

function setHeaders(response: ServerResponse, server: EtcdServer, index: number): void {
  response.setHeader("Content-Type", "application/json");
  response.setHeader("X-Etcd-Index", String(index));
  response.setHeader("X-Raft-Index", String(server.appliedIndex()));
  response.setHeader("X-Raft-Term", String(server.term()));
}

/** What the member refused is told as a Raft internal error, with its text as cause. */
function asV2Error(error: unknown): V2Error {
  if (error instanceof V2Error) return error;
  if (error instanceof StatusError) return new V2Error(300, error.message, 0, { cause: error });
  throw error;
}

function writeError(response: ServerResponse, error: V2Error): void {
  const cause = error.reason === "" ? "" : `"cause":${goString(error.reason)},`;
  const body = `{"errorCode":${error.code},"message":${goString(error.message)},${cause}"index":${error.index}}\n`;
  response.statusCode = error.status;
  response.setHeader("Content-Type", "application/json");
  response.setHeader("X-Etcd-Index", String(error.index));
  response.setHeader("Content-Length", Buffer.byteLength(body));
  response.end(body);
}
