/** The query of a read or a watch (apimachinery meta/v1, ListOptions), checked. */
import { ApiError, badRequest } from "./api-error.ts";
import { type ContinueToken, parseContinue } from "./continue-token.ts";
import { type FieldRequirement, type LabelSelector, matchesFields, matchesLabels, parseFieldSelector, parseLabelSelector } from "./selectors.ts";
import type { KubeObject } from "../schema/index.ts";

export interface ListOptions {
  readonly labels: LabelSelector;
  readonly fields: readonly FieldRequirement[];
  /** 0: all */
  readonly limit: number;
  readonly from: ContinueToken | undefined;
  /** "" as of now, "0" whatever there is, otherwise a revision */
  readonly resourceVersion: string;
  readonly match: "" | "Exact" | "NotOlderThan";
  readonly bookmarks: boolean;
  readonly initialEvents: boolean;
  /** of a watch, s; 0: the server decides */
  readonly timeout: number;
}

export const EVERYTHING: ListOptions = { labels: [], fields: [], limit: 0, from: undefined, resourceVersion: "", match: "", bookmarks: false, initialEvents: false, timeout: 0 };

/** @throws ApiError 400, 422 */
export function listOptions(query: URLSearchParams, knownFields: readonly string[]): ListOptions {
  const text = (name: string): string => query.get(name) ?? "";
  const flag = (name: string): boolean => /^(true|1)$/i.test(text(name));
  const resourceVersion = revisionText(text("resourceVersion"));
  const match = text("resourceVersionMatch");
  const forbidden = (field: string, why: string): never => {
    throw new ApiError(422, "Invalid", `ListOptions.meta.k8s.io "" is invalid: ${field}: Forbidden: ${why}`, { group: "meta.k8s.io", kind: "ListOptions", causes: [{ reason: "FieldValueForbidden", message: `Forbidden: ${why}`, field }] });
  };
  const initialEvents = flag("sendInitialEvents");
  if (match !== "" && resourceVersion === "" && !initialEvents) forbidden("resourceVersionMatch", "resourceVersionMatch is forbidden unless resourceVersion is provided");
  if (match !== "" && text("continue") !== "") forbidden("resourceVersionMatch", "resourceVersionMatch is forbidden when continue is provided");
  if (match !== "" && match !== "Exact" && match !== "NotOlderThan") forbidden("resourceVersionMatch", `"${match}" is not supported`);
  if (match === "Exact" && resourceVersion === "0") forbidden("resourceVersionMatch", 'resourceVersionMatch "exact" is forbidden for resourceVersion "0"');
  if (text("continue") !== "" && resourceVersion !== "" && resourceVersion !== "0") throw badRequest("specifying resource version is not allowed when using continue");
  return {
    labels: parseLabelSelector(text("labelSelector")),
    fields: parseFieldSelector(text("fieldSelector"), knownFields),
    limit: count(text("limit")),
    from: text("continue") === "" ? undefined : parseContinue(text("continue")),
    resourceVersion,
    match: match as ListOptions["match"],
    bookmarks: flag("allowWatchBookmarks"),
    initialEvents,
    timeout: count(text("timeoutSeconds")),
  };
}

function count(text: string): number {
  const value = Number(text);
  return Number.isInteger(value) && value > 0 ? value : 0;
}

/** @throws ApiError 400 */
export function revisionText(text: string): string {
  if (text !== "" && !(/^\d+$/.test(text) && Number.isSafeInteger(Number(text)))) {
    throw badRequest(`Invalid value: "${text}": strconv.ParseUint: parsing "${text}": invalid syntax`);
  }
  return text;
}

export function selects({ labels, fields }: Pick<ListOptions, "labels" | "fields">, object: KubeObject): boolean {
  return matchesLabels(labels, object.metadata.labels) && matchesFields(fields, object);
}

/** The name that a selector fixes; "" for none. */
export function nameOf(fields: readonly FieldRequirement[]): string {
  return fields.find(({ path, equal }) => path === "metadata.name" && equal)?.value ?? "";
}
