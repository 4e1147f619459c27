/**
 * The OpenAPI documents that kubectl asks for: version 2 whole (validation and explain of old ones, and everyone's fallback), version 3 by
 * group version. Operations are described as far as clients look at them: which kind they are about, and that `dryRun`, `fieldManager`
 * and `fieldValidation` are understood.
 */
import { createHash } from "node:crypto";
import { encodeSwagger } from "./gnostic.ts";
import type { KubeObject } from "./object.ts";
import { apiVersionOf, customKinds, Definitions, messageNameOf, type Gvk, type Json } from "./openapi-definitions.ts";
import { RESOURCES } from "./resources.ts";

interface Served extends Gvk {
  readonly plural: string;
  readonly namespaced: boolean;
  readonly verbs: readonly string[];
  readonly subresources: readonly string[];
  /** of the definition */
  readonly name: string;
}

function rootOf(gv: { group: string; version: string }): string {
  return gv.group === "" ? `api/${gv.version}` : `apis/${gv.group}/${gv.version}`;
}

const CUSTOM_VERBS = ["create", "delete", "deletecollection", "get", "list", "patch", "update", "watch"];

function served(definitions: Definitions, crds: readonly KubeObject[], root?: string): Served[] {
  const list: Served[] = [];
  for (const one of RESOURCES) {
    if (root !== undefined && rootOf(one) !== root) continue;
    const message = messageNameOf(apiVersionOf(one), one.kind);
    if (message === undefined) continue;
    const listed = messageNameOf(apiVersionOf(one), one.listKind);
    if (listed !== undefined) definitions.message(listed);
    list.push({ ...one, name: definitions.message(message), subresources: one.subresources.map((each) => each.name) });
  }
  for (const one of customKinds(crds)) {
    if (root !== undefined && rootOf(one) !== root) continue;
    const { group, version, kind, plural, namespaced } = one;
    const name = definitions.custom({ group, version, kind }, one.schema);
    list.push({ group, version, kind, plural, namespaced, verbs: CUSTOM_VERBS, subresources: [], name });
  }
  return list;
}

const PATCHES = ["application/json-patch+json", "application/merge-patch+json", "application/strategic-merge-patch+json", "application/apply-patch+yaml"];

class Paths {
  readonly paths: Json = {};
  constructor(private readonly three: boolean) {}

  private query(name: string, description: string): Json {
    return this.three
      ? { name, in: "query", description, schema: { type: "string", uniqueItems: true } }
      : { name, in: "query", description, type: "string", uniqueItems: true };
  }

  private step(name: string): Json {
    return { name, in: "path", required: true, ...(this.three ? { schema: { type: "string" } } : { type: "string" }) };
  }

  private operation(action: string, id: string, kind: Served, reference: string): Json {
    const gvk = { group: kind.group, version: kind.version, kind: kind.kind };
    const schema = { $ref: reference };
    const writes = action === "post" || action === "put" || action === "patch";
    const parameters = writes
      ? [
          this.query("dryRun", "All: check, but do not store."),
          this.query("fieldManager", "Who makes the change."),
          this.query("fieldValidation", "What to do about unknown fields: Ignore, Warn or Strict."),
        ]
      : action === "delete"
        ? [this.query("dryRun", "All: check, but do not store.")]
        : [];
    const answers = ["application/json", "application/vnd.kubernetes.protobuf"];
    const takes = action === "patch" ? PATCHES : answers;
    const sent = action === "patch" ? { type: "object" } : schema;
    const body = this.three
      ? { requestBody: { content: Object.fromEntries(takes.map((type) => [type, { schema: sent }])) } }
      : { consumes: takes, produces: answers };
    const bodyParameter = writes && !this.three ? [{ name: "body", in: "body", required: true, schema: sent }] : [];
    const answer = this.three ? { content: { "application/json": { schema } } } : { schema };
    return {
      operationId: id,
      ...(writes || !this.three ? body : {}),
      parameters: [...bodyParameter, ...parameters],
      responses: { "200": { description: "OK", ...answer } },
      "x-kubernetes-action": action,
      "x-kubernetes-group-version-kind": gvk,
    };
  }

  add(kind: Served, prefix: string): void {
    const root = `/${rootOf(kind)}`;
    const all = `${root}/${kind.namespaced ? "namespaces/{namespace}/" : ""}${kind.plural}`;
    const id = `${kind.kind}${kind.version}${kind.group.replaceAll(".", "")}`;
    const one = `${prefix}${kind.name}`;
    const can = (verb: string): boolean => kind.verbs.includes(verb);
    const place = kind.namespaced ? [this.step("namespace")] : [];
    const collection: Json = { parameters: place };
    if (can("list")) collection["get"] = this.operation("get", `list${id}`, kind, `${prefix}${kind.name}`);
    if (can("create")) collection["post"] = this.operation("post", `create${id}`, kind, one);
    this.paths[all] = collection;
    if (!can("get")) return;
    const item = (suffix: string, methods: readonly string[]): void => {
      const path: Json = { parameters: [this.step("name"), ...place] };
      for (const method of methods) path[method] = this.operation(method, `${method}${id}${suffix}`, kind, one);
      this.paths[`${all}/{name}${suffix === "" ? "" : `/${suffix}`}`] = path;
    };
    item("", ["get", "put", "patch", "delete"]);
    for (const name of ["status", "scale"]) if (kind.subresources.includes(name)) item(name, ["get", "put", "patch"]);
  }
}

const INFO = { title: "Kubernetes", version: "v1" };

/** Swagger 2 of everything that is served. */
export function openapiV2Json(crds: readonly KubeObject[]): Json {
  const definitions = new Definitions({ prefix: "#/definitions/", three: false });
  const paths = new Paths(false);
  for (const name of ["meta.Status", "meta.DeleteOptions", "autoscaling.Scale", "policy.Eviction", "core.Binding"]) definitions.message(name);
  for (const kind of served(definitions, crds)) paths.add(kind, definitions.dialect.prefix);
  return { swagger: "2.0", info: INFO, paths: paths.paths, definitions: definitions.made };
}

/** The same as gnostic's protobuf: `application/com.github.proto-openapi.spec.v2@v1.0+protobuf`. */
export function openapiV2(crds: readonly KubeObject[]): Buffer {
  return encodeSwagger(openapiV2Json(crds));
}

/** @param path of the index: "api/v1", "apis/apps/v1"; undefined where there is no such group version */
export function openapiV3(path: string, crds: readonly KubeObject[]): Json | undefined {
  const definitions = new Definitions({ prefix: "#/components/schemas/", three: true });
  const paths = new Paths(true);
  const kinds = served(definitions, crds, path);
  if (kinds.length === 0) return undefined;
  definitions.message("meta.DeleteOptions");
  for (const kind of kinds) paths.add(kind, definitions.dialect.prefix);
  return { openapi: "3.0.0", info: INFO, paths: paths.paths, components: { schemas: definitions.made } };
}

/** `{"paths":{"apis/apps/v1":{"serverRelativeURL":"/openapi/v3/apis/apps/v1?hash=..."}}}`; the hash changes with the document. */
export function openapiV3Index(crds: readonly KubeObject[]): Json {
  const roots = new Set([...RESOURCES, ...customKinds(crds)].map(rootOf));
  const paths: Json = {};
  for (const root of [...roots].sort()) {
    const document = openapiV3(root, crds);
    const hash = createHash("sha256").update(JSON.stringify(document)).digest("hex").toUpperCase();
    paths[root] = { serverRelativeURL: `/openapi/v3/${root}?hash=${hash}` };
  }
  return { paths };
}
