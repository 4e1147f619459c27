/** The /scale of what has replicas, as autoscaling/v1 Scale. */
import type { KubeObject } from "../schema/index.ts";
import { badRequest } from "./api-error.ts";
import { at, isMap, type JsonMap, numberAt } from "./kube-object.ts";
import { labelSelectorText, selectorOf } from "./selectors.ts";
import { part } from "./strategies.ts";

export function scaleOf(object: KubeObject): KubeObject {
  const { name, namespace, uid, resourceVersion, creationTimestamp } = object.metadata;
  const selector = selectorOf(at(object, "spec.selector"));
  return {
    kind: "Scale",
    apiVersion: "autoscaling/v1",
    metadata: { name: name!, ...(namespace === undefined ? {} : { namespace }), uid: uid!, resourceVersion: resourceVersion!, creationTimestamp: creationTimestamp! },
    spec: { replicas: numberAt(object, "spec.replicas", 0) },
    status: { replicas: numberAt(object, "status.replicas", 0), ...(selector === undefined ? {} : { selector: labelSelectorText(selector) }) },
  };
}

/** The object with the replicas of a changed Scale. @throws ApiError 400 */
export function scaled(object: KubeObject, scale: JsonMap): KubeObject {
  const replicas = at(scale, "spec.replicas");
  if (typeof replicas !== "number" || !Number.isInteger(replicas) || replicas < 0) throw badRequest(`Scale "${object.metadata.name!}" is invalid: spec.replicas: Invalid value: ${JSON.stringify(replicas ?? null)}: must be greater than or equal to 0`);
  part(object, "spec")["replicas"] = replicas;
  const version = isMap(scale["metadata"]) ? scale["metadata"]["resourceVersion"] : undefined;
  if (typeof version === "string" && version !== "") object.metadata.resourceVersion = version;
  return object;
}
