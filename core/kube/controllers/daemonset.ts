/** DaemonSets: one pod on each node (kubernetes pkg/controller/daemon). */
import type { KubeObject } from "../schema/index.ts";
import { at, isMap, listAt, numberAt, sameJson, textAt } from "../server/kube-object.ts";
import type { Cluster } from "./cluster.ts";
import { isActive, isOwnedBy, isReady, podFrom, templateHash } from "./pods.ts";
import { suits } from "./scheduler.ts";

const NAME = "daemonset-controller";
const HASH = "controller-revision-hash";
/** A daemon pod stays where others are kept away or sent off. */
const TOLERATED = ["node.kubernetes.io/not-ready", "node.kubernetes.io/unreachable", "node.kubernetes.io/unschedulable"];

export async function syncDaemonSets(cluster: Cluster): Promise<void> {
  for (const set of cluster.all("daemonsets")) if (set.metadata.deletionTimestamp === undefined) await syncOne(cluster, set);
}

async function syncOne(cluster: Cluster, set: KubeObject): Promise<void> {
  const hash = templateHash(at(set, "spec.template"));
  const tolerations = [...listAt(set, "spec.template.spec.tolerations"), ...TOLERATED.map((key) => ({ key, operator: "Exists" }))];
  const model = { ...set, spec: { ...(at(set, "spec.template.spec") as object), tolerations } } as KubeObject;
  const nodes = cluster.all("nodes").filter((node) => suits(model, node, true));
  const pods = cluster.all("pods").filter((pod) => isActive(pod) && isOwnedBy(pod, set));
  const at_ = (node: KubeObject): KubeObject | undefined => pods.find((pod) => textAt(pod, "spec.nodeName") === node.metadata.name);
  for (const node of nodes) {
    if (at_(node) !== undefined) continue;
    const pod = await cluster.create("", "pods", podFrom(set, { labels: { [HASH]: hash }, spec: { nodeName: node.metadata.name, tolerations } }), NAME);
    if (pod !== undefined) await cluster.tell(set, "Normal", "SuccessfulCreate", `Created pod: ${pod.metadata.name!}`, NAME);
  }
  const names = new Set(nodes.map(({ metadata }) => metadata.name));
  for (const pod of pods) if (!names.has(textAt(pod, "spec.nodeName"))) await cluster.remove("", "pods", pod);
  const current = pods.filter((pod) => pod.metadata.labels?.[HASH] === hash);
  // one after the other: the next goes when all that there are are ready
  const outdated = pods.find((pod) => pod.metadata.labels?.[HASH] !== hash);
  if (outdated !== undefined && textAt(set, "spec.updateStrategy.type") !== "OnDelete" && pods.length === nodes.length && pods.every(isReady)) await cluster.remove("", "pods", outdated);
  const ready = pods.filter(isReady).length;
  const status = {
    currentNumberScheduled: pods.length,
    numberMisscheduled: 0,
    desiredNumberScheduled: nodes.length,
    numberReady: ready,
    observedGeneration: set.metadata.generation,
    ...(current.length === 0 ? {} : { updatedNumberScheduled: current.length }),
    ...(ready === 0 ? {} : { numberAvailable: ready }),
    ...(nodes.length > ready ? { numberUnavailable: nodes.length - ready } : {}),
  };
  if (!isMap(at(set, "status")) || !sameJson(at(set, "status"), JSON.parse(JSON.stringify(status)))) {
    if (numberAt(set, "metadata.generation", 0) >= 0) await cluster.change("apps", "daemonsets", set, "status", NAME, (found) => ({ ...found, status }));
  }
}
