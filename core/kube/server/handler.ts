/**
 * The HTTP surface of an API server: who asks, whether he may, and then the resource, or one of the pages beside them. All of it in
 * terms of node's request and response, which an HTTPS server or a test hands in.
 */
import type { IncomingMessage, ServerResponse } from "node:http";
import type { TLSSocket } from "node:tls";
import type { Clock } from "../../platform/clock.ts";
import type { KubeObject } from "../schema/index.ts";
import { ApiError, badRequest, forbidden, internal, methodNotAllowed, noSuchResource, type Status, unauthorized, unsupportedMediaType } from "./api-error.ts";
import type { Api, Resource } from "./api.ts";
import { IMMORTAL } from "./admission.ts";
import { parseBody, readBody } from "./body.ts";
import { deleteOptions, isDryRun } from "./delete-options.ts";
import * as discovery from "./discovery.ts";
import { healthPage, type HealthChecks } from "./health.ts";
import { ANONYMOUS, type Authorize, certificateUser, refuse, type User } from "./identity.ts";
import type { Kinds } from "./kinds.ts";
import { isMap, type JsonMap, textAt } from "./kube-object.ts";
import { listOptions, type ListOptions, revisionText } from "./list-options.ts";
import { podLog } from "./pod-log.ts";
import { type Accepts, accepted, requestInfo, type RequestInfo } from "./request.ts";
import { scaled, scaleOf } from "./scale.ts";
import { fieldsOf, groupVersion, typeName } from "./served-type.ts";
import { type TableForm, tableOf } from "./table.ts";
import { answerWatch } from "./watch-response.ts";
import type { PatchType, WriteContext } from "./writes.ts";

export interface HandlerOptions {
  readonly api: Api;
  readonly kinds: Kinds;
  readonly authorize: Authorize;
  readonly tokens: ReadonlyMap<string, User>;
  readonly anonymous: boolean;
  readonly health: HealthChecks;
  /** "127.0.1.1:6443" */
  readonly address: () => string;
  readonly clock: Clock;
  readonly draw: () => number;
  /** told of every request when it is over */
  readonly onRequest: (line: { readonly verb: string; readonly uri: string; readonly user: string; readonly agent: string; readonly code: number; readonly ms: number }) => void;
}

interface Call {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  readonly query: URLSearchParams;
  readonly info: RequestInfo;
  readonly user: User;
  readonly warnings: string[];
}

/** As it is asked for, and as it is answered: Go's parser of media types does not take the first. */
const PROTOBUF_SCHEMA = "application/com.github.proto-openapi.spec.v2@v1.0+protobuf";
const PROTOBUF_SCHEMA_TOLD = "application/com.github.proto-openapi.spec.v2.v1.0+protobuf";
const PATCHES: readonly string[] = ["application/json-patch+json", "application/merge-patch+json", "application/strategic-merge-patch+json", "application/apply-patch+yaml"];
const ROOTS = ["/api", "/api/v1", "/apis", "/healthz", "/livez", "/openapi/v2", "/openapi/v3", "/readyz", "/version"];

export class Handler {
  /** OpenAPI v2 is large and asked for seldom: made when asked for, kept while nothing changes */
  private openapi: { readonly revision: number; readonly bytes: Buffer } | undefined;

  constructor(private readonly options: HandlerOptions) {}

  /** Answers; never rejects. */
  async handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const started = this.options.clock.monotonic();
    const method = request.method ?? "GET";
    const url = new URL(request.url ?? "/", "https://localhost");
    const info = requestInfo(method, url.pathname, url.searchParams);
    let user = ANONYMOUS;
    try {
      user = await this.actingAs(request, this.userOf(request));
      const call: Call = { request, response, query: url.searchParams, info, user, warnings: [] };
      await this.authorizeCall(call);
      await (info.isResource ? this.resource(call) : this.page(call));
    } catch (error) {
      this.fail(response, error);
    }
    this.options.onRequest({ verb: info.verb.toUpperCase(), uri: request.url ?? "/", user: user.name, agent: request.headers["user-agent"] ?? "", code: response.statusCode, ms: this.options.clock.monotonic() - started });
  }

  private fail(response: ServerResponse, error: unknown): void {
    const told = error instanceof ApiError ? error : internal(error instanceof Error ? error.message : String(error));
    if (response.headersSent) {
      response.destroy();
      return;
    }
    const retry = told.details?.retryAfterSeconds;
    json(response, told.code, told.status, retry === undefined ? {} : { "Retry-After": String(retry) });
  }

  private userOf(request: IncomingMessage): User {
    const [, token] = /^Bearer\s+(.+)$/i.exec(request.headers.authorization ?? "") ?? [];
    if (token !== undefined) {
      const user = this.options.tokens.get(token.trim());
      if (user === undefined) throw unauthorized();
      return user;
    }
    const socket = request.socket as TLSSocket;
    if (socket.encrypted === true && socket.authorized) {
      // node gives fields that come twice as arrays
      const subject = socket.getPeerCertificate().subject as unknown as Parameters<typeof certificateUser>[0] | undefined;
      const user = subject === undefined ? undefined : certificateUser(subject);
      if (user !== undefined) return user;
    } else if (socket.encrypted === true && socket.getPeerCertificate().raw !== undefined) throw unauthorized();
    if (!this.options.anonymous) throw unauthorized();
    return ANONYMOUS;
  }

  /** Whoever may impersonate acts as another one (`kubectl --as`). */
  private async actingAs(request: IncomingMessage, user: User): Promise<User> {
    const name = request.headers["impersonate-user"];
    if (typeof name !== "string" || name === "") return user;
    const groups = [request.headers["impersonate-group"] ?? []].flat().flatMap((one) => one.split(",").map((group) => group.trim()));
    const ask = { verb: "impersonate", group: "", resource: "users", subresource: "", namespace: "", name, path: "" };
    if (!(await this.options.authorize(user, ask))) refuse(user, ask);
    return { name, groups: [...groups, "system:authenticated"] };
  }

  private async authorizeCall({ info, user, request }: Call): Promise<void> {
    const verb = info.isResource && request.headers["content-type"]?.startsWith("application/apply-patch") === true ? "patch" : info.verb;
    const attributes = { verb, group: info.group, resource: info.plural, subresource: info.subresource, namespace: info.namespace, name: info.name, path: info.isResource ? "" : info.path };
    if (!(await this.options.authorize(user, attributes))) refuse(user, attributes);
  }

  /** What is no resource. */
  private async page(call: Call): Promise<void> {
    const { response, info, query } = call;
    const { api, kinds } = this.options;
    const parts = info.path.split("/").filter((part) => part !== "");
    const [first = "", second = "", third = ""] = parts;
    if (["healthz", "livez", "readyz"].includes(first)) {
      const page = await healthPage(first, parts.slice(1).join("/"), query, this.options.health);
      if (page === undefined) throw noSuchResource();
      plain(response, page.code, page.text);
      return;
    }
    if (call.request.method !== "GET" && call.request.method !== "HEAD") throw methodNotAllowed();
    const wish = (): Accepts => accepted(call.request.headers.accept ?? "", true) ?? { form: "object", apiVersion: "", content: "application/json" };
    let answer: unknown;
    if (parts.length === 0) answer = { paths: ROOTS };
    else if (first === "version" && parts.length === 1) answer = discovery.VERSION;
    else if ((first === "api" || first === "apis") && parts.length === 1) {
      const accepts = wish();
      if (accepts.form === "discovery") {
        json(response, 200, discovery.aggregated(api.types, first === "api", accepts.apiVersion), { "Content-Type": accepts.content });
        return;
      }
      answer = first === "api" ? discovery.coreVersions(this.options.address()) : discovery.groupList(api.types);
    } else if (first === "api" && parts.length === 2) answer = discovery.resourceList(api.types, "", second);
    else if (first === "apis" && parts.length === 2) answer = discovery.groupOf(api.types, second);
    else if (first === "apis" && parts.length === 3) answer = discovery.resourceList(api.types, second, third);
    else if (first === "openapi" && second === "v2") {
      this.openapiV2(call);
      return;
    } else if (first === "openapi" && second === "v3") answer = parts.length === 2 ? kinds.openapiV3Index(api.definitions) : kinds.openapiV3(parts.slice(2).join("/"), api.definitions);
    if (answer === undefined) throw noSuchResource();
    json(response, 200, answer);
  }

  private openapiV2({ request, response }: Call): void {
    const { api, kinds } = this.options;
    if ((request.headers.accept ?? "").includes("application/json") && !(request.headers.accept ?? "").includes(PROTOBUF_SCHEMA)) {
      json(response, 200, kinds.openapiV2Json(api.definitions));
      return;
    }
    if (this.openapi?.revision !== api.revision) this.openapi = { revision: api.revision, bytes: kinds.openapiV2(api.definitions) };
    response.writeHead(200, { "Content-Type": PROTOBUF_SCHEMA_TOLD });
    response.end(this.openapi.bytes);
  }

  private async resource(call: Call): Promise<void> {
    const { info, response } = call;
    if (info.group === "authorization.k8s.io" && info.plural === "selfsubjectaccessreviews" && info.verb === "create") {
      await this.review(call);
      return;
    }
    const resource = this.options.api.resource(info.group, info.version, info.plural);
    if (resource === undefined) throw noSuchResource();
    const { type } = resource;
    if (type.namespaced && info.namespace === "" && !["list", "watch"].includes(info.verb)) throw methodNotAllowed();
    if (!type.namespaced && info.namespace !== "") throw noSuchResource();
    if (info.subresource !== "") {
      await this.subresource(call, resource);
      return;
    }
    if (!type.verbs.includes(info.verb)) throw methodNotAllowed();
    switch (info.verb) {
      case "get":
        this.answer(call, resource, 200, await resource.reads.get(info.namespace, info.name, revisionText(call.query.get("resourceVersion") ?? "")));
        return;
      case "list":
        await this.list(call, resource);
        return;
      case "watch":
        await this.watch(call, resource);
        return;
      case "create":
        this.answer(call, resource, 201, await resource.writes.create(info.namespace, await this.object(call), this.context(call)));
        return;
      case "update":
        this.answer(call, resource, 200, await resource.writes.update(info.namespace, info.name, "", await this.object(call), this.context(call)));
        return;
      case "patch":
        await this.patch(call, resource);
        return;
      case "delete":
        await this.remove(call, resource);
        return;
      case "deletecollection":
        await this.removeAll(call, resource);
        return;
      default:
        json(response, 405, methodNotAllowed().status);
    }
  }

  private async subresource(call: Call, resource: Resource): Promise<void> {
    const { info, query, response } = call;
    const { type, reads, writes } = resource;
    const known = type.subresources.find(({ name }) => name === info.subresource);
    if (known === undefined) throw noSuchResource();
    if (!known.verbs.includes(info.verb)) throw methodNotAllowed();
    const { namespace, name } = info;
    switch (known.name) {
      case "status":
        if (info.verb === "get") this.answer(call, resource, 200, await reads.get(namespace, name));
        else if (info.verb === "patch") await this.patch(call, resource);
        else this.answer(call, resource, 200, await writes.update(namespace, name, "status", await this.object(call), this.context(call)));
        return;
      case "finalize":
        this.answer(call, resource, 200, await writes.update(namespace, name, "finalize", await this.object(call), this.context(call)));
        return;
      case "scale": {
        const context = this.context(call);
        if (info.verb === "get") json(response, 200, scaleOf(await reads.get(namespace, name)));
        else if (info.verb === "update") {
          const scale = await this.object(call);
          json(response, 200, scaleOf(await writes.change(namespace, name, "", context, (current) => scaled(current, scale))));
        } else {
          const patch = await this.parsed(call);
          const change = (current: KubeObject): KubeObject => {
            const scale = JSON.parse(JSON.stringify(scaleOf(current))) as unknown;
            const next = call.request.headers["content-type"]?.startsWith("application/json-patch") === true ? this.options.kinds.jsonPatch(scale, patch as unknown[]) : this.options.kinds.jsonMerge(scale, patch);
            return scaled(current, next as JsonMap);
          };
          json(response, 200, scaleOf(await writes.change(namespace, name, "", context, change)));
        }
        return;
      }
      case "log":
        plain(response, 200, podLog(await reads.get(namespace, name), query));
        return;
      case "binding": {
        const node = textAt(await this.object(call), "target.name");
        await writes.change(namespace, name, "binding", this.context(call), (pod) => ({ ...pod, spec: { ...(pod["spec"] as JsonMap), nodeName: node } }));
        json(response, 201, { kind: "Status", apiVersion: "v1", metadata: {}, status: "Success", code: 201 });
        return;
      }
      case "eviction": {
        const body = await this.object(call);
        await writes.delete(namespace, name, deleteOptions(body["deleteOptions"], query));
        json(response, 201, { kind: "Status", apiVersion: "v1", metadata: {}, status: "Success", code: 201 });
        return;
      }
      case "exec":
      case "attach":
      case "portforward":
      case "token":
      case "ephemeralcontainers":
        throw new ApiError(501, "NotImplemented", `pods are pretended here: no container runs behind ${typeName(type)}/${name}, so there is nothing for "${known.name}" to reach`);
    }
  }

  private async list(call: Call, resource: Resource): Promise<void> {
    const { info, query } = call;
    const list = await resource.reads.list(info.namespace, listOptions(query, fieldsOf(resource.type)));
    this.answerList(call, resource, list.items, {
      resourceVersion: list.resourceVersion,
      ...(list.continue === "" ? {} : { continue: list.continue }),
      ...(list.remaining === undefined || list.continue === "" ? {} : { remainingItemCount: list.remaining }),
    });
  }

  private async watch(call: Call, resource: Resource): Promise<void> {
    const { info, query, response } = call;
    const known = listOptions(query, fieldsOf(resource.type));
    const options: ListOptions = info.name === "" ? known : { ...known, fields: [...known.fields, { path: "metadata.name", equal: true, value: info.name }] };
    const table = this.table(call);
    const { clock, draw } = this.options;
    const shape = (object: KubeObject): unknown => {
      if (table === undefined) return object;
      return tableOf(resource.type, [object], { resourceVersion: object.metadata.resourceVersion ?? "" }, table, clock.now());
    };
    await answerWatch(response, { resource, namespace: info.namespace, options, shape, clock, draw });
  }

  private async patch(call: Call, resource: Resource): Promise<void> {
    const { info, query, request } = call;
    const kind = (request.headers["content-type"] ?? "").split(";")[0]!.trim();
    if (!PATCHES.includes(kind)) throw unsupportedMediaType(PATCHES);
    const patch = await this.parsed(call);
    const force = /^(true|1)$/.test(query.get("force") ?? "");
    const { object, created } = await resource.writes.patch(info.namespace, info.name, info.subresource, kind as PatchType, patch, force, this.context(call));
    this.answer(call, resource, created ? 201 : 200, object);
  }

  private async remove(call: Call, resource: Resource): Promise<void> {
    const { info, query } = call;
    if (typeName(resource.type) === "namespaces" && IMMORTAL.includes(info.name)) throw forbidden(resource.type, info.name, "this namespace may not be deleted");
    const gone = await resource.writes.delete(info.namespace, info.name, deleteOptions(await this.parsed(call, true), query));
    if (isStatus(gone)) json(call.response, 200, gone);
    else this.answer(call, resource, 200, gone);
  }

  private async removeAll(call: Call, resource: Resource): Promise<void> {
    const { info, query } = call;
    const options = deleteOptions(await this.parsed(call, true), query);
    const list = await resource.reads.list(info.namespace, listOptions(query, fieldsOf(resource.type)));
    for (const { metadata } of list.items) {
      try {
        await resource.writes.delete(metadata.namespace ?? "", metadata.name!, options);
      } catch (error) {
        // somebody else was faster
        if (!(error instanceof ApiError) || error.reason !== "NotFound") throw error;
      }
    }
    this.answerList(call, resource, list.items, { resourceVersion: list.resourceVersion });
  }

  private async review(call: Call): Promise<void> {
    const body = await this.object(call);
    const get = (path: string): string => textAt(body, `spec.${path}`);
    const about = isMap((body["spec"] as JsonMap | undefined)?.["nonResourceAttributes"])
      ? { verb: get("nonResourceAttributes.verb"), group: "", resource: "", subresource: "", namespace: "", name: "", path: get("nonResourceAttributes.path") }
      : {
          verb: get("resourceAttributes.verb"),
          group: get("resourceAttributes.group"),
          resource: get("resourceAttributes.resource"),
          subresource: get("resourceAttributes.subresource"),
          namespace: get("resourceAttributes.namespace"),
          name: get("resourceAttributes.name"),
          path: "",
        };
    const allowed = await this.options.authorize(call.user, about);
    json(call.response, 201, { kind: "SelfSubjectAccessReview", apiVersion: "authorization.k8s.io/v1", metadata: { creationTimestamp: null }, spec: body["spec"], status: { allowed } });
  }

  private context({ request, query, warnings }: Call): WriteContext {
    const wish = query.get("fieldValidation") ?? "";
    if (!["", "Strict", "Warn", "Ignore"].includes(wish)) throw badRequest(`invalid fieldValidation value: ${wish}`);
    const isApply = request.headers["content-type"]?.startsWith("application/apply-patch") === true;
    const agent = (request.headers["user-agent"] ?? "unknown").split("/")[0]!;
    return {
      manager: query.get("fieldManager") ?? (isApply ? "" : agent),
      dryRun: isDryRun(query.getAll("dryRun")),
      fieldValidation: (wish === "" ? "Warn" : wish) as WriteContext["fieldValidation"],
      warn: (text) => void warnings.push(text),
    };
  }

  private async object(call: Call): Promise<JsonMap> {
    const body = await this.parsed(call);
    if (!isMap(body)) throw badRequest("the body of the request is no object");
    return body;
  }

  private async parsed({ request }: Call, optional = false): Promise<unknown> {
    const body = await readBody(request);
    if (body.length === 0 && optional) return undefined;
    return parseBody(body, request.headers["content-type"] ?? "", this.options.kinds);
  }

  /** undefined: the client wants objects */
  private table({ request, query }: Call): TableForm | undefined {
    const accepts = accepted(request.headers.accept ?? "", false);
    if (accepts === undefined) throw new ApiError(406, "NotAcceptable", "only the following media types are accepted: application/json");
    if (accepts.form !== "table") return undefined;
    const include = query.get("includeObject") ?? "Metadata";
    if (include !== "None" && include !== "Metadata" && include !== "Object") throw badRequest(`unrecognized includeObject value: "${include}"`);
    return { apiVersion: accepts.apiVersion as TableForm["apiVersion"], include };
  }

  private answer(call: Call, { type }: Resource, code: number, object: KubeObject): void {
    const table = this.table(call);
    const body = table === undefined ? object : tableOf(type, [object], { resourceVersion: object.metadata.resourceVersion ?? "" }, table, this.options.clock.now());
    json(call.response, code, body, warningHeaders(call.warnings));
  }

  private answerList(call: Call, { type }: Resource, items: readonly KubeObject[], metadata: JsonMap): void {
    const table = this.table(call);
    if (table !== undefined) json(call.response, 200, tableOf(type, items, metadata, table, this.options.clock.now()));
    else json(call.response, 200, { kind: type.listKind, apiVersion: groupVersion(type), metadata, items: type.custom ? items : items.map(({ apiVersion: _, kind: __, ...rest }) => rest) });
  }
}

function isStatus(value: KubeObject | Status): value is Status {
  return value.kind === "Status";
}

function warningHeaders(warnings: readonly string[]): Record<string, string[]> {
  return warnings.length === 0 ? {} : { Warning: warnings.map((text) => `299 - "${text.replace(/["\\]/g, "\\$&")}"`) };
}

function json(response: ServerResponse, code: number, body: unknown, headers: Readonly<Record<string, string | string[]>> = {}): void {
  const text = Buffer.from(`${JSON.stringify(body)}\n`);
  response.writeHead(code, { "Content-Type": "application/json", "Cache-Control": "no-cache, private", "Content-Length": text.length, ...headers });
  response.end(text);
}

function plain(response: ServerResponse, code: number, text: string): void {
  response.writeHead(code, { "Content-Type": "text/plain; charset=utf-8", "X-Content-Type-Options": "nosniff", "Cache-Control": "no-cache, private" });
  response.end(text);
}

