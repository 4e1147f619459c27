/**
 * Who asks, and whether he may: client certificates (CN is the user, O are groups), bearer tokens, and RBAC over the roles and
 * bindings that are stored (kubernetes plugin/pkg/auth/authorizer/rbac).
 */
import { forbidden } from "./api-error.ts";
import type { KubeObject } from "../schema/index.ts";
import { at, isMap, listAt, textAt } from "./kube-object.ts";

export interface User {
  readonly name: string;
  readonly groups: readonly string[];
}

export const ANONYMOUS: User = { name: "system:anonymous", groups: ["system:unauthenticated"] };
const MASTERS = "system:masters";

/** @param subject of a certificate that was verified, as node gives it: fields that come twice are arrays */
export function certificateUser(subject: { readonly CN?: string | string[] | undefined; readonly O?: string | string[] | undefined }): User | undefined {
  const name = [subject.CN ?? []].flat()[0] ?? "";
  return name === "" ? undefined : { name, groups: [...[subject.O ?? []].flat(), "system:authenticated"] };
}

/** --token-auth-file: `token,user,uid,"group1,group2"` lines. @throws Error */
export function parseTokens(text: string): ReadonlyMap<string, User> {
  const found = new Map<string, User>();
  for (const line of text.split("\n")) {
    if (line.trim() === "" || line.startsWith("#")) continue;
    const [token = "", name = "", uid, groups = ""] = (line.match(/"(?:[^"]|"")*"|[^,]+|(?<=,)(?=,)/g) ?? []).map((cell) => cell.trim().replace(/^"|"$/g, ""));
    if (token === "" || name === "" || uid === undefined) throw new Error(`token file: expected at least token, user name and user uid in "${line}"`);
    found.set(token, { name, groups: [...groups.split(",").filter((group) => group !== ""), "system:authenticated"] });
  }
  return found;
}

/** What a request wants to do (authorization.k8s.io/v1). */
export interface Attributes {
  readonly verb: string;
  readonly group: string;
  readonly resource: string;
  readonly subresource: string;
  readonly namespace: string;
  readonly name: string;
  /** of requests that are about no resource, such as /healthz */
  readonly path: string;
}

/** The stored objects that rules come from. */
export interface RoleSource {
  list(plural: "roles" | "rolebindings" | "clusterroles" | "clusterrolebindings", namespace: string): Promise<readonly KubeObject[]>;
}

export type Authorize = (user: User, attributes: Attributes) => Promise<boolean>;

/** --authorization-mode=AlwaysAllow */
export const alwaysAllow: Authorize = () => Promise.resolve(true);

/** Paths that everybody may read (the roles system:discovery and system:public-info-viewer). */
const PUBLIC = /^\/(healthz|livez|readyz|version)(\/.*)?$/;
const DISCOVERY = /^\/(api|apis|openapi)(\/.*)?$/;

/** --authorization-mode=Node,RBAC, as far as it is told apart here: nodes and the control plane's own users may do what they do. */
export function rbac(source: RoleSource): Authorize {
  return async (user, attributes) => {
    if (user.groups.includes(MASTERS)) return true;
    if (attributes.path !== "" && attributes.verb === "get" && (PUBLIC.test(attributes.path) || (DISCOVERY.test(attributes.path) && user.groups.includes("system:authenticated")))) return true;
    if (attributes.group === "authorization.k8s.io" && attributes.resource.startsWith("selfsubject")) return user.groups.includes("system:authenticated");
    for (const binding of await source.list("clusterrolebindings", "")) if (await granted(source, binding, user, attributes)) return true;
    if (attributes.namespace === "") return false;
    for (const binding of await source.list("rolebindings", attributes.namespace)) if (await granted(source, binding, user, attributes)) return true;
    return false;
  };
}

async function granted(source: RoleSource, binding: KubeObject, user: User, attributes: Attributes): Promise<boolean> {
  if (!listAt(binding, "subjects").some((subject) => isSubject(subject, user, binding.metadata.namespace ?? ""))) return false;
  const cluster = textAt(binding, "roleRef.kind") === "ClusterRole";
  const roles = await source.list(cluster ? "clusterroles" : "roles", cluster ? "" : (binding.metadata.namespace ?? ""));
  const role = roles.find(({ metadata }) => metadata.name === textAt(binding, "roleRef.name"));
  return role !== undefined && listAt(role, "rules").some((rule) => allows(rule, attributes));
}

function isSubject(subject: unknown, user: User, namespace: string): boolean {
  const name = textAt(subject, "name");
  switch (textAt(subject, "kind")) {
    case "User":
      return name === user.name;
    case "Group":
      return user.groups.includes(name);
    case "ServiceAccount":
      return user.name === `system:serviceaccount:${textAt(subject, "namespace") || namespace}:${name}`;
    default:
      return false;
  }
}

function allows(rule: unknown, { verb, group, resource, subresource, name, path }: Attributes): boolean {
  const names = (field: string): string[] => listAt(rule, field).map(String);
  const has = (field: string, value: string): boolean => names(field).some((one) => one === "*" || one === value);
  if (!isMap(rule) || !has("verbs", verb)) return false;
  if (path !== "") return names("nonResourceURLs").some((one) => one === path || (one.endsWith("*") && path.startsWith(one.slice(0, -1))));
  const full = subresource === "" ? resource : `${resource}/${subresource}`;
  const fits = names("resources").some((one) => one === "*" || one === full || (subresource !== "" && one === `*/${subresource}`));
  const only = at(rule, "resourceNames");
  return has("apiGroups", group) && fits && (!Array.isArray(only) || only.length === 0 || only.includes(name));
}

/** @throws ApiError 403 in Kubernetes' words */
export function refuse(user: User, { verb, group, resource, subresource, namespace, name, path }: Attributes): never {
  const who = `User "${user.name}" cannot ${verb}`;
  if (path !== "") throw forbidden({ group: "", plural: "", kind: "" }, "", `${who} path "${path}"`);
  const full = subresource === "" ? resource : `${resource}/${subresource}`;
  throw forbidden({ group, plural: resource, kind: "" }, name, `${who} resource "${full}" in API group "${group}" ${namespace === "" ? "at the cluster scope" : `in the namespace "${namespace}"`}`);
}
