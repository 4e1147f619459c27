/** The scheduler: a node for each pod that has none. It knows node selectors, taints and cordons, and takes the emptiest node that suits. */
import type { KubeObject } from "../schema/index.ts";
import { at, isMap, listAt, textAt } from "../server/kube-object.ts";
import type { Cluster } from "./cluster.ts";
import { isActive, isReady, withCondition } from "./pods.ts";

const NAME = "default-scheduler";

/** Whether the pod may run there. @param anyState also where the node is not ready or cordoned, by toleration */
export function suits(pod: KubeObject, node: KubeObject, anyState = false): boolean {
  if (!anyState && (at(node, "spec.unschedulable") === true || !isReady(node))) return false;
  const selector = at(pod, "spec.nodeSelector");
  const labels = node.metadata.labels ?? {};
  if (isMap(selector) && !Object.entries(selector).every(([key, value]) => labels[key] === value)) return false;
  const tolerations = listAt(pod, "spec.tolerations").filter(isMap);
  return listAt(node, "spec.taints")
    .filter(isMap)
    .filter((taint) => taint["effect"] !== "PreferNoSchedule")
    .every((taint) =>
      tolerations.some((one) => {
        if (one["effect"] !== undefined && one["effect"] !== "" && one["effect"] !== taint["effect"]) return false;
        if (one["key"] === undefined || one["key"] === "") return one["operator"] === "Exists";
        return one["key"] === taint["key"] && (one["operator"] === "Exists" || (one["value"] ?? "") === (taint["value"] ?? ""));
      }),
    );
}

export async function schedule(cluster: Cluster): Promise<void> {
  const pods = cluster.all("pods");
  const load = new Map<string, number>();
  for (const pod of pods) if (isActive(pod)) load.set(textAt(pod, "spec.nodeName"), (load.get(textAt(pod, "spec.nodeName")) ?? 0) + 1);
  for (const pod of pods) {
    if (textAt(pod, "spec.nodeName") !== "" || !isActive(pod)) continue;
    const nodes = cluster.all("nodes").filter((node) => suits(pod, node));
    const best = nodes.sort((a, b) => (load.get(a.metadata.name!) ?? 0) - (load.get(b.metadata.name!) ?? 0))[0]?.metadata.name;
    const { namespace = "", name = "" } = pod.metadata;
    if (best === undefined) {
      const total = cluster.all("nodes").length;
      const message = `0/${total} nodes are available: ${total === 0 ? "no nodes are registered" : `${total} node(s) are not ready, cordoned, tainted or not selected`}.`;
      if (listAt(pod, "status.conditions").some((one) => isMap(one) && one["type"] === "PodScheduled" && one["message"] === message)) continue;
      await cluster.change("", "pods", pod, "status", NAME, (found) => withScheduled(found, { type: "PodScheduled", status: "False", reason: "Unschedulable", message }, cluster.now()));
      await cluster.tell(pod, "Warning", "FailedScheduling", message, NAME);
      continue;
    }
    load.set(best, (load.get(best) ?? 0) + 1);
    const bound = await cluster.change("", "pods", pod, "binding", NAME, (found) =>
      textAt(found, "spec.nodeName") !== "" ? found : { ...found, spec: { ...(found["spec"] as object), nodeName: best } },
    );
    if (bound === undefined) continue;
    await cluster.change("", "pods", pod, "status", NAME, (found) => withScheduled(found, { type: "PodScheduled", status: "True" }, cluster.now()));
    await cluster.tell(pod, "Normal", "Scheduled", `Successfully assigned ${namespace}/${name} to ${best}`, NAME);
  }
}

function withScheduled(pod: KubeObject, condition: Record<string, unknown>, now: string): KubeObject {
  const status = isMap(pod["status"]) ? pod["status"] : {};
  return { ...pod, status: { ...status, conditions: withCondition(listAt(pod, "status.conditions"), condition, now) } };
}
