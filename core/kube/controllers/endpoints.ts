/** Endpoints of services: the addresses of the ready pods that they select (kubernetes pkg/controller/endpoint). */
import type { KubeObject } from "../schema/index.ts";
import { at, isMap, type JsonMap, listAt, sameJson, textAt } from "../server/kube-object.ts";
import type { Cluster } from "./cluster.ts";
import { isReady } from "./pods.ts";

const NAME = "endpoint-controller";

/** A port by the number or the name that stands in the service. */
function targetPort(pod: KubeObject, port: JsonMap): number | undefined {
  const target = port["targetPort"] ?? port["port"];
  if (typeof target === "number") return target;
  const named = listAt(pod, "spec.containers").flatMap((container) => listAt(container, "ports")).filter(isMap);
  const found = named.find((one) => one["name"] === target)?.["containerPort"];
  return typeof found === "number" ? found : undefined;
}

function subsetsOf(service: KubeObject, pods: readonly KubeObject[]): JsonMap[] {
  const selector = at(service, "spec.selector");
  if (!isMap(selector)) return [];
  const chosen = pods
    .filter((pod) => pod.metadata.namespace === service.metadata.namespace && pod.metadata.deletionTimestamp === undefined && textAt(pod, "status.podIP") !== "")
    .filter((pod) => Object.entries(selector).every(([key, value]) => pod.metadata.labels?.[key] === value))
    .sort((a, b) => (a.metadata.name! < b.metadata.name! ? -1 : 1));
  if (chosen.length === 0) return [];
  const address = (pod: KubeObject): JsonMap => ({
    ip: textAt(pod, "status.podIP"),
    nodeName: textAt(pod, "spec.nodeName"),
    targetRef: { kind: "Pod", namespace: pod.metadata.namespace, name: pod.metadata.name, uid: pod.metadata.uid },
  });
  const ready = chosen.filter(isReady).map(address);
  const waiting = chosen.filter((pod) => !isReady(pod)).map(address);
  const ports = listAt(service, "spec.ports")
    .filter(isMap)
    .flatMap((port) => {
      const number = targetPort(chosen[0]!, port);
      return number === undefined ? [] : [{ ...(port["name"] === undefined ? {} : { name: port["name"] }), port: number, protocol: port["protocol"] ?? "TCP" }];
    });
  return [{ ...(ready.length === 0 ? {} : { addresses: ready }), ...(waiting.length === 0 ? {} : { notReadyAddresses: waiting }), ...(ports.length === 0 ? {} : { ports }) }];
}

export async function syncEndpoints(cluster: Cluster): Promise<void> {
  for (const service of cluster.all("services")) {
    if (!isMap(at(service, "spec.selector"))) continue;
    const { name = "", namespace = "" } = service.metadata;
    const subsets = subsetsOf(service, cluster.all("pods"));
    const known = cluster.get("endpoints", namespace, name);
    const labels = service.metadata.labels;
    if (known === undefined) {
      await cluster.create("", "endpoints", { apiVersion: "v1", kind: "Endpoints", metadata: { name, namespace, ...(labels === undefined ? {} : { labels }) }, ...(subsets.length === 0 ? {} : { subsets }) }, NAME);
    } else if (!sameJson(listAt(known, "subsets"), subsets)) await cluster.change("", "endpoints", known, "", NAME, (found) => ({ ...found, subsets }));
  }
  for (const endpoints of cluster.all("endpoints")) {
    const { name = "", namespace = "" } = endpoints.metadata;
    const own = endpoints.metadata.managedFields?.some(({ manager }) => manager === NAME) ?? true;
    if (own && !(namespace === "default" && name === "kubernetes") && cluster.get("services", namespace, name) === undefined) await cluster.remove("", "endpoints", endpoints);
  }
}
