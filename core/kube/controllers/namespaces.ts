/** Namespaces that are going take everything in them with them (kubernetes pkg/controller/namespace); those that stay have a service account "default". */
import { at, listAt, type JsonMap } from "../server/kube-object.ts";
import { EVERYTHING } from "../server/list-options.ts";
import type { Cluster } from "./cluster.ts";

const NAME = "namespace-controller";

/** @returns whether something is still on its way out */
export async function syncNamespaces(cluster: Cluster): Promise<boolean> {
  let busy = false;
  for (const namespace of cluster.all("namespaces")) {
    const name = namespace.metadata.name!;
    if (namespace.metadata.deletionTimestamp === undefined) {
      if (cluster.get("serviceaccounts", name, "default") === undefined) {
        await cluster.create("", "serviceaccounts", { apiVersion: "v1", kind: "ServiceAccount", metadata: { name: "default", namespace: name } }, "service-account-controller");
      }
      continue;
    }
    if (listAt(namespace, "spec.finalizers").length === 0) continue;
    if ((await empty(cluster, name)) > 0) busy = true;
    else await cluster.change("", "namespaces", namespace, "finalize", NAME, (found) => ({ ...found, spec: { ...(at(found, "spec") as JsonMap | undefined), finalizers: [] } }));
  }
  return busy;
}

/** Deletes all objects of a namespace. @returns how many were found */
async function empty(cluster: Cluster, namespace: string): Promise<number> {
  let found = 0;
  const seen = new Set<string>();
  for (const type of cluster.api.types) {
    if (!type.namespaced || type.storagePrefix === "" || seen.has(type.storagePrefix)) continue;
    seen.add(type.storagePrefix);
    const { items } = await cluster.api.resource(type.group, type.version, type.plural)!.reads.list(namespace, EVERYTHING);
    found += items.length;
    for (const object of items) if (object.metadata.deletionTimestamp === undefined || type.plural === "pods") await cluster.remove(type.group, type.plural, object, type.plural === "pods" ? { grace: 1 } : {});
  }
  return found;
}
