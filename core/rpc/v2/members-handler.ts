/** /v2/members and /v2/machines (etcd 3.4 api/v2http). */
import { EtcdError, StatusError } from "../../proto/errors.ts";
import * as pb from "../../proto/gen/etcdserverpb.ts";
import type { EtcdServer, RequestContext } from "../../server/api.ts";
import { hex } from "../../server/log.ts";
import type { Http1Server } from "../http/http1-server.ts";
import { allowMethod, answer, errorText, type HttpExchange, readBody } from "../http/reply.ts";
import { mayWrite, NO_CREDENTIALS } from "./auth-check.ts";
import type { V2AuthStore } from "./auth-store.ts";

const MEMBERS = "/v2/members";
/** A member's description is a few URLs. */
const BODY_BYTES_MAX = 64 * 1024;
const JSON_TYPE = "application/json";

interface MemberView {
  readonly id: string;
  readonly name: string;
  readonly peerURLs: readonly string[];
  readonly clientURLs: readonly string[];
}

/** An answer that is no success: `{"message":...}`. */
class Refusal extends Error {
  override readonly name = "Refusal";
  constructor(
    readonly status: number,
    message: string,
  ) {
    super(message);
  }
}

export function addV2Members(http: Http1Server, server: EtcdServer, auth: V2AuthStore): void {
  const handle = async (exchange: HttpExchange): Promise<void> => {
    exchange.response.setHeader("X-Etcd-Cluster-Id", hex(server.clusterId));
    if (!allowMethod(exchange, "GET", "POST", "DELETE", "PUT")) return;
    try {
      if (!(await mayWrite(auth, exchange.request))) throw new Refusal(401, NO_CREDENTIALS);
      await serveMembers(exchange, server);
    } catch (error) {
      refuse(exchange, error);
    }
  };
  http.route(MEMBERS, handle);
  http.routeBelow(`${MEMBERS}/`, handle);
  http.route("/v2/machines", async (exchange) => {
    if (!allowMethod(exchange, "GET", "HEAD")) return;
    const urls = (await list(server, exchange)).flatMap((member) => member.clientURLs);
    answer(exchange.response, "text/plain; charset=utf-8", urls.join(", "));
  });
}

async function list(server: EtcdServer, exchange: HttpExchange): Promise<MemberView[]> {
  const response = await server.memberList(pb.MemberListRequest.create(), contextOf(exchange));
  return response.members.map(view);
}

function view(member: pb.Member): MemberView {
  return { id: hex(member.ID), name: member.name, peerURLs: member.peerURLs, clientURLs: member.clientURLs };
}

function contextOf(exchange: HttpExchange): RequestContext {
  return { signal: exchange.signal, token: undefined };
}

async function serveMembers(exchange: HttpExchange, server: EtcdServer): Promise<void> {
  const { response, request, path } = exchange;
  const rest = path.slice(MEMBERS.length).replace(/^\//, "");
  const context = contextOf(exchange);
  switch (request.method) {
    case "GET":
      if (rest === "") answer(response, JSON_TYPE, `${JSON.stringify({ members: await list(server, exchange) })}\n`);
      else if (rest === "leader") {
        if (server.leader() === 0n) throw new Refusal(503, "During election");
        const leader = (await list(server, exchange)).find((member) => member.id === hex(server.leader()));
        if (leader === undefined) throw new Refusal(503, "During election");
        answer(response, JSON_TYPE, `${JSON.stringify(leader)}\n`);
      } else throw new Refusal(404, "Not found");
      return;
    case "POST": {
      const peerURLs = await peerUrls(exchange);
      const { member } = await server.memberAdd(pb.MemberAddRequest.create({ peerURLs }), context);
      if (member === undefined) throw new Refusal(500, "Internal Server Error");
      answer(response, JSON_TYPE, `${JSON.stringify(view(member))}\n`, 201);
      return;
    }
    case "DELETE":
      await server.memberRemove(pb.MemberRemoveRequest.create({ ID: idOf(rest, exchange) }), context).catch((error: unknown) => notKnown(error, rest));
      break;
    default: {
      const ID = idOf(rest, exchange);
      const peerURLs = await peerUrls(exchange);
      await server.memberUpdate(pb.MemberUpdateRequest.create({ ID, peerURLs }), context).catch((error: unknown) => notKnown(error, rest));
    }
  }
  response.statusCode = 204;
  response.end();
}

function idOf(text: string, exchange: HttpExchange): bigint {
  if (text === "") {
    exchange.response.setHeader("Allow", exchange.request.method === "DELETE" ? "GET,POST" : "GET,POST");
    throw new Refusal(405, "Method Not Allowed");
  }
  if (!/^[0-9a-fA-F]{1,16}$/.test(text)) throw new Refusal(404, `No such member: ${text}`);
  return BigInt(`0x${text}`);
}

function notKnown(error: unknown, id: string): never {
  if (error instanceof EtcdError && error.reason === "MemberNotFound") throw new Refusal(404, `No such member: ${id}`);
  throw error;
}

async function peerUrls(exchange: HttpExchange): Promise<string[]> {
  const type = exchange.request.headers["content-type"] ?? "";
  if (type !== JSON_TYPE) throw new Refusal(415, `Bad Content-Type ${type}, accept application/json`);
  let body: unknown;
  try {
    body = JSON.parse(await readBody(exchange.request, BODY_BYTES_MAX));
  } catch (error) {
    throw new Refusal(400, (error as Error).message);
  }
  const urls = (body as { peerURLs?: unknown } | null)?.peerURLs;
  if (!Array.isArray(urls) || urls.length === 0 || !urls.every((url) => typeof url === "string")) throw new Refusal(400, "no valid URLs given");
  for (const url of urls as string[]) {
    if (!/^(?:https?|unixs?):/.test(url)) throw new Refusal(400, `URL scheme must be http, https, unix, or unixs: ${url}`);
    if (/^https?:/.test(url) && !/^https?:\/\/(?:\[[^\]]*\]|[^:/]+):\d+/.test(url)) throw new Refusal(400, `URL address does not have the form "host:port": ${url}`);
    if (/^https?:\/\/[^/]*\/./.test(url)) throw new Refusal(400, `URL must not contain a path: ${url}`);
  }
  return urls as string[];
}

function refuse(exchange: HttpExchange, error: unknown): void {
  if (error instanceof Refusal) {
    if (error.status === 405) errorText(exchange.response, 405, error.message);
    else answer(exchange.response, JSON_TYPE, JSON.stringify({ message: error.message }), error.status);
  } else if (error instanceof StatusError) {
    const conflict = error instanceof EtcdError && ["MemberExists", "PeerUrlExists"].includes(error.reason);
    answer(exchange.response, JSON_TYPE, JSON.stringify({ message: conflict ? error.message.replace(/^etcdserver: /, "") : error.message }), conflict ? 409 : 500);
  } else throw error;
}
