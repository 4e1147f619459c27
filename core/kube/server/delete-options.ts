/** What a DELETE asks for (apimachinery meta/v1, DeleteOptions), from its body or its query. */
import { ApiError, badRequest } from "./api-error.ts";
import { at, isMap } from "./kube-object.ts";

export interface DeleteOptions {
  /** s; undefined: the object's own */
  readonly grace: number | undefined;
  readonly propagation: "Background" | "Foreground" | "Orphan" | "";
  readonly uid: string;
  readonly resourceVersion: string;
  readonly dryRun: boolean;
}

export const PLAIN_DELETE: DeleteOptions = { grace: undefined, propagation: "", uid: "", resourceVersion: "", dryRun: false };

/** @throws ApiError 400, 422 */
export function deleteOptions(body: unknown, query: URLSearchParams): DeleteOptions {
  if (body !== undefined && !isMap(body)) throw badRequest("the body of a delete must be DeleteOptions");
  const given = body ?? {};
  const text = (name: string): string => {
    const value = given[name] ?? query.get(name) ?? "";
    return String(value);
  };
  const orphan = text("orphanDependents");
  const propagation = text("propagationPolicy") || (orphan === "true" ? "Orphan" : orphan === "false" ? "Background" : "");
  if (!["", "Background", "Foreground", "Orphan"].includes(propagation)) {
    const message = `Unsupported value: "${propagation}": supported values: "Foreground", "Background", "Orphan", "nil"`;
    throw new ApiError(422, "Invalid", `DeleteOptions.meta.k8s.io "" is invalid: propagationPolicy: ${message}`, { group: "meta.k8s.io", kind: "DeleteOptions", causes: [{ reason: "FieldValueNotSupported", message, field: "propagationPolicy" }] });
  }
  const grace = text("gracePeriodSeconds");
  return {
    grace: grace === "" || !Number.isInteger(Number(grace)) ? undefined : Number(grace),
    propagation: propagation as DeleteOptions["propagation"],
    uid: String(at(given, "preconditions.uid") ?? ""),
    resourceVersion: String(at(given, "preconditions.resourceVersion") ?? ""),
    dryRun: isDryRun(given["dryRun"] ?? query.getAll("dryRun")),
  };
}

/** @throws ApiError 400 */
export function isDryRun(value: unknown): boolean {
  const all = Array.isArray(value) ? value.map(String) : value === undefined || value === "" ? [] : [String(value)];
  const wrong = all.find((one) => one !== "All" && one !== "");
  if (wrong !== undefined) throw badRequest(`invalid dryRun value: "${wrong}": only "All" is known`);
  return all.includes("All");
}
