/** ReplicaSets: as many pods as they ask for (kubernetes pkg/controller/replicaset). */
import { at, numberAt, sameJson } from "../server/kube-object.ts";
import type { Cluster } from "./cluster.ts";
import { dispensable, isActive, isOwnedBy, isReady, podFrom } from "./pods.ts";

const NAME = "replicaset-controller";

export async function syncReplicaSets(cluster: Cluster): Promise<void> {
  for (const set of cluster.all("replicasets")) {
    if (set.metadata.deletionTimestamp !== undefined) continue;
    const pods = cluster.all("pods").filter((pod) => isActive(pod) && isOwnedBy(pod, set));
    const wanted = numberAt(set, "spec.replicas", 1);
    for (let count = pods.length; count < wanted; count++) {
      const pod = await cluster.create("", "pods", podFrom(set), NAME);
      if (pod !== undefined) await cluster.tell(set, "Normal", "SuccessfulCreate", `Created pod: ${pod.metadata.name!}`, NAME);
    }
    for (const pod of dispensable(pods, pods.length - wanted)) {
      await cluster.remove("", "pods", pod);
      await cluster.tell(set, "Normal", "SuccessfulDelete", `Deleted pod: ${pod.metadata.name!}`, NAME);
    }
    const ready = pods.filter(isReady).length;
    const status = {
      replicas: pods.length,
      ...(pods.length === 0 ? {} : { fullyLabeledReplicas: pods.length }),
      ...(ready === 0 ? {} : { readyReplicas: ready, availableReplicas: ready }),
      ...(set.metadata.generation === undefined ? {} : { observedGeneration: set.metadata.generation }),
    };
    if (!sameJson(at(set, "status"), status)) await cluster.change("apps", "replicasets", set, "status", NAME, (current) => ({ ...current, status }));
  }
}
