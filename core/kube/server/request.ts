/** What an HTTP request is about: the parts of its path and its verb, as authorization names them (apiserver pkg/endpoints/request). */

export interface RequestInfo {
  readonly path: string;
  /** false: such as /version or discovery */
  readonly isResource: boolean;
  readonly group: string;
  readonly version: string;
  readonly namespace: string;
  readonly plural: string;
  readonly name: string;
  readonly subresource: string;
  /** get, list, watch, create, update, patch, delete, deletecollection; the method in small letters where it is no resource */
  readonly verb: string;
}

const VERBS: Readonly<Record<string, string>> = { GET: "get", HEAD: "get", POST: "create", PUT: "update", PATCH: "patch", DELETE: "delete" };

export function requestInfo(method: string, path: string, query: URLSearchParams): RequestInfo {
  const none = { path, isResource: false, group: "", version: "", namespace: "", plural: "", name: "", subresource: "", verb: method.toLowerCase() };
  const parts = path.split("/").filter((part) => part !== "").map(decode);
  const core = parts[0] === "api";
  if ((!core && parts[0] !== "apis") || parts.length < (core ? 3 : 4)) return none;
  const [group, version] = core ? ["", parts[1]!] : [parts[1]!, parts[2]!];
  let rest = parts.slice(core ? 2 : 3);
  let verb = VERBS[method] ?? method.toLowerCase();
  let watches = false;
  // the old form of a watch
  if (rest[0] === "watch" && rest.length > 1) {
    watches = true;
    rest = rest.slice(1);
  }
  let namespace = "";
  // /namespaces/x and its own subresources are about the namespace itself
  if (rest[0] === "namespaces" && rest.length > 1) {
    namespace = rest[1]!;
    if (rest.length > 2 && !["status", "finalize"].includes(rest[2]!)) rest = rest.slice(2);
  }
  const [plural = "", name = "", ...sub] = rest;
  if (verb === "get" && name === "") verb = "list";
  if (verb === "list" || verb === "get") {
    if (watches || (name === "" && /^(true|1)$/i.test(query.get("watch") ?? ""))) verb = "watch";
  }
  if (verb === "delete" && name === "") verb = "deletecollection";
  return { path, isResource: true, group, version, namespace: plural === "namespaces" && group === "" ? "" : namespace, plural, name, subresource: sub.join("/"), verb };
}

function decode(part: string): string {
  try {
    return decodeURIComponent(part);
  } catch (error) {
    if (error instanceof URIError) return part;
    throw error;
  }
}

export interface Accepts {
  /** how objects are wanted */
  readonly form: "object" | "table" | "discovery";
  /** of the table or the discovery document */
  readonly apiVersion: string;
  readonly content: string;
}

/** The first of the Accept header's wishes that this server fulfils; undefined: none. */
export function accepted(header: string, discovery: boolean): Accepts | undefined {
  const wishes = (header === "" ? "*/*" : header).split(",").map((wish) => wish.trim().split(";").map((part) => part.trim()));
  for (const [media = "", ...parameters] of wishes) {
    if (!["application/json", "*/*", "application/*"].includes(media)) continue;
    const of = new Map(parameters.map((parameter) => parameter.split("=") as [string, string]));
    const as = of.get("as");
    if (as === undefined) return { form: "object", apiVersion: "", content: "application/json" };
    const version = `${of.get("g") ?? ""}/${of.get("v") ?? ""}`;
    if (as === "Table" && (version === "meta.k8s.io/v1" || version === "meta.k8s.io/v1beta1")) return { form: "table", apiVersion: version, content: "application/json" };
    if (as === "APIGroupDiscoveryList" && discovery && (version === "apidiscovery.k8s.io/v2" || version === "apidiscovery.k8s.io/v2beta1")) {
      return { form: "discovery", apiVersion: version, content: `application/json;g=apidiscovery.k8s.io;v=${of.get("v")!};as=APIGroupDiscoveryList` };
    }
  }
  return undefined;
}
