/** What `kubectl logs` shows: no container runs here, and the log says so. */
import type { KubeObject } from "../schema/index.ts";
import { badRequest } from "./api-error.ts";
import { isMap, listAt, textAt } from "./kube-object.ts";

/** @throws ApiError 400 */
export function podLog(pod: KubeObject, query: URLSearchParams): string {
  const containers = listAt(pod, "spec.containers").filter(isMap);
  const name = pod.metadata.name ?? "";
  const wanted = query.get("container") ?? textAt(containers[0], "name");
  const container = containers.find((one) => one["name"] === wanted);
  if (container === undefined) throw badRequest(`container ${wanted} is not valid for pod ${name}`);
  if (textAt(pod, "spec.nodeName") === "") throw badRequest(`pod ${name} does not have a host assigned`);
  const started = textAt(pod, "status.startTime");
  const line = `(Quorum Lab) container ${wanted} of pod ${name} is pretended on node ${textAt(pod, "spec.nodeName")}: image ${textAt(container, "image")} was never pulled and nothing runs`;
  return `${/^(true|1)$/.test(query.get("timestamps") ?? "") ? `${started} ` : ""}${line}\n`;
}
