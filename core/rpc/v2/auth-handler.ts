/** /v2/auth: users, roles and auth itself (etcd 3.4 etcdserver/api/v2http/client_auth.go). */
import { StatusError } from "../../proto/errors.ts";
import type { EtcdServer } from "../../server/api.ts";
import { hex } from "../../server/log.ts";
import type { Http1Server } from "../http/http1-server.ts";
import { allowMethod, answer, type HttpExchange, readBody } from "../http/reply.ts";
import { isRoot, mayWrite, NO_CREDENTIALS } from "./auth-check.ts";
import { allowsNothing, AuthError, isEmpty, parseRole, parseUser, type Role, roleJson, userJson, userWithRolesJson } from "./auth-records.ts";
import type { V2AuthStore } from "./auth-store.ts";

const BASE = "/v2/auth";
const JSON_TYPE = "application/json";

export function addV2Auth(http: Http1Server, server: EtcdServer, auth: V2AuthStore, bodyBytesMax: number): void {
  const serve =
    (methods: readonly string[], may: typeof isRoot, action: (exchange: HttpExchange) => Promise<void>) =>
    async (exchange: HttpExchange): Promise<void> => {
      if (!allowMethod(exchange, ...methods)) return;
      try {
        if (!(await may(auth, exchange.request))) throw new AuthError(401, NO_CREDENTIALS);
        exchange.response.setHeader("X-Etcd-Cluster-Id", hex(server.clusterId));
        await action(exchange);
      } catch (error) {
        refuse(exchange, error);
      }
    };
  const body = (exchange: HttpExchange): Promise<string> => readBody(exchange.request, bodyBytesMax);
  const users = serve(["GET"], isRoot, (exchange) => listUsers(auth, exchange));
  const roles = serve(["GET"], isRoot, (exchange) => listRoles(auth, exchange));
  const one = (list: typeof users, kind: string, action: (exchange: HttpExchange, name: string) => Promise<void>) => (exchange: HttpExchange) => {
    const names = exchange.path.slice(`${BASE}/${kind}/`.length).split("/").filter((name) => name !== "");
    if (names.length === 0) return list(exchange);
    if (names.length > 1) return refuse(exchange, new AuthError(400, "Invalid path"));
    return serve(["GET", "PUT", "DELETE"], isRoot, () => action(exchange, names[0]!))(exchange);
  };
  http.route(`${BASE}/enable`, serve(["GET", "PUT", "DELETE"], mayWrite, (exchange) => switchAuth(auth, exchange)));
  http.route(`${BASE}/users`, users);
  http.route(`${BASE}/roles`, roles);
  http.routeBelow(`${BASE}/users/`, one(users, "users", async (exchange, name) => forUser(auth, exchange, name, () => body(exchange))));
  http.routeBelow(`${BASE}/roles/`, one(roles, "roles", async (exchange, name) => forRole(auth, exchange, name, () => body(exchange))));
}

/** In the words of httptypes.HTTPError: an answer without a new line. */
function refuse(exchange: HttpExchange, error: unknown): void {
  if (error instanceof AuthError) answer(exchange.response, JSON_TYPE, JSON.stringify({ message: error.message }), error.status);
  else if (error instanceof StatusError) answer(exchange.response, JSON_TYPE, JSON.stringify({ message: "Internal Server Error" }), 500);
  else throw error;
}

function say({ response }: HttpExchange, json: string, status = 200): void {
  answer(response, JSON_TYPE, `${json}\n`, status);
}

function nothing({ response }: HttpExchange): void {
  answer(response, JSON_TYPE, "");
}

async function switchAuth(auth: V2AuthStore, exchange: HttpExchange): Promise<void> {
  switch (exchange.request.method) {
    case "PUT":
      await auth.enable();
      return nothing(exchange);
    case "DELETE":
      await auth.disable();
      return nothing(exchange);
    default:
      return say(exchange, `{"enabled":${auth.enabled()}}`);
  }
}

async function listUsers(auth: V2AuthStore, exchange: HttpExchange): Promise<void> {
  const known = new Map((await auth.roleNames()).map((name) => [name, auth.role(name)]));
  const users = (await auth.userNames()).map((name) => userWithRolesJson(name, (auth.user(name).roles ?? []).flatMap((role) => known.get(role) ?? [])));
  say(exchange, `{"users":${users.length === 0 ? "null" : `[${users.join(",")}]`}}`);
}

async function listRoles(auth: V2AuthStore, exchange: HttpExchange): Promise<void> {
  const roles = (await auth.roleNames()).map((name) => roleJson(auth.role(name)));
  say(exchange, `{"roles":[${roles.join(",")}]}`);
}

async function forUser(auth: V2AuthStore, exchange: HttpExchange, name: string, body: () => Promise<string>): Promise<void> {
  if (exchange.request.method === "GET") {
    const { user, roles } = auth.user(name);
    return say(exchange, userWithRolesJson(user, (roles ?? []).map((role) => auth.role(role))));
  }
  if (exchange.request.method === "DELETE") {
    await auth.deleteUser(name);
    return nothing(exchange);
  }
  const user = parsed(parseUser, await body());
  if (user.user !== name) throw new AuthError(400, "User JSON name does not match the name in the URL");
  const changes = !isEmpty(user.grant) || !isEmpty(user.revoke);
  if (changes && !isEmpty(user.roles)) throw new AuthError(400, "User JSON contains both roles and grant/revoke");
  if (changes) return say(exchange, userJson({ ...(await auth.updateUser(user)), password: "" }));
  if (!isEmpty(user.roles)) return say(exchange, userJson({ ...(await auth.createUser(user)), password: "" }));
  const { user: stored, created } = await auth.createOrUpdateUser(user);
  return say(exchange, userJson({ ...stored, password: "" }), created ? 201 : 200);
}

async function forRole(auth: V2AuthStore, exchange: HttpExchange, name: string, body: () => Promise<string>): Promise<void> {
  if (exchange.request.method === "GET") return say(exchange, roleJson(auth.role(name)));
  if (exchange.request.method === "DELETE") {
    await auth.deleteRole(name);
    return nothing(exchange);
  }
  const role: Role = parsed(parseRole, await body());
  if (role.role !== name) throw new AuthError(400, "Role JSON name does not match the name in the URL");
  if (allowsNothing(role.grant) && allowsNothing(role.revoke)) {
    await auth.createRole(role);
    return say(exchange, roleJson(role), 201);
  }
  if (!allowsNothing(role.permissions)) throw new AuthError(400, "Role JSON contains both permissions and grant/revoke");
  return say(exchange, roleJson(await auth.updateRole(role)));
}

function parsed<T>(parse: (text: string) => T, text: string): T {
  try {
    return parse(text);
  } catch (error) {
    if (error instanceof SyntaxError || error instanceof TypeError) throw new AuthError(400, "Invalid JSON in request body.");
    throw error;
  }
}
