/**
 * The garbage collector (kubernetes pkg/controller/garbagecollector): objects whose owners are all gone are deleted; an owner that is
 * deleted in the foreground waits for those that block it, and one that orphans lets them go.
 */
import type { KubeObject, OwnerReference } from "../schema/index.ts";
import { ApiError } from "../server/api-error.ts";
import type { Resource } from "../server/api.ts";
import { EVERYTHING } from "../server/list-options.ts";
import { typeName } from "../server/served-type.ts";
import type { Cluster } from "./cluster.ts";

const NAME = "garbage-collector";
const FOREGROUND = "foregroundDeletion";
const ORPHAN = "orphan";
/** Of those the objects come and go by the thousand, and own nothing. */
const SKIPPED = new Set(["events", "leases.coordination.k8s.io", "nodes", "namespaces"]);

/** Looks at everything once. */
export async function collect(cluster: Cluster): Promise<void> {
  const everything: { readonly resource: Resource; readonly object: KubeObject }[] = [];
  for (const type of cluster.api.types) {
    if (type.storagePrefix === "" || SKIPPED.has(typeName(type))) continue;
    const resource = cluster.api.resource(type.group, type.version, type.plural);
    if (resource === undefined) continue;
    for (const object of (await resource.reads.list("", EVERYTHING)).items) {
      const { ownerReferences, finalizers } = object.metadata;
      if ((ownerReferences?.length ?? 0) > 0 || finalizers?.some((one) => one === FOREGROUND || one === ORPHAN) === true) everything.push({ resource, object });
    }
  }
  const lives = new Map<string, Promise<boolean>>();
  const exists = (owner: OwnerReference, namespace: string): Promise<boolean> => {
    let found = lives.get(owner.uid);
    if (found === undefined) lives.set(owner.uid, (found = isThere(cluster, owner, namespace)));
    return found;
  };
  for (const { resource, object } of everything) {
    const { ownerReferences = [], namespace = "", deletionTimestamp, finalizers = [], uid } = object.metadata;
    const { type } = resource;
    const dependents = everything.filter((one) => one.object.metadata.ownerReferences?.some((owner) => owner.uid === uid) === true);
    if (deletionTimestamp !== undefined && finalizers.includes(FOREGROUND)) {
      const blocking = dependents.filter((one) => one.object.metadata.ownerReferences!.some((owner) => owner.uid === uid && owner.blockOwnerDeletion === true));
      for (const { resource: of, object: dependent } of dependents) if (dependent.metadata.deletionTimestamp === undefined) await cluster.remove(of.type.group, of.type.plural, dependent, { propagation: "Foreground" });
      if (blocking.length === 0) await release(cluster, resource, object, FOREGROUND);
      continue;
    }
    if (deletionTimestamp !== undefined && finalizers.includes(ORPHAN)) {
      for (const { resource: of, object: dependent } of dependents) {
        await cluster.change(of.type.group, of.type.plural, dependent, "", NAME, (found) => {
          const left = found.metadata.ownerReferences?.filter((owner) => owner.uid !== uid) ?? [];
          const { ownerReferences: _, ...metadata } = found.metadata;
          return { ...found, metadata: left.length === 0 ? metadata : { ...metadata, ownerReferences: left } };
        });
      }
      await release(cluster, resource, object, ORPHAN);
      continue;
    }
    if (ownerReferences.length === 0 || deletionTimestamp !== undefined) continue;
    const there = await Promise.all(ownerReferences.map((owner) => exists(owner, namespace)));
    if (!there.some(Boolean)) await cluster.remove(type.group, type.plural, object);
  }
}

async function release(cluster: Cluster, { type }: Resource, object: KubeObject, finalizer: string): Promise<void> {
  await cluster.change(type.group, type.plural, object, "", NAME, (found) => ({ ...found, metadata: { ...found.metadata, finalizers: (found.metadata.finalizers ?? []).filter((one) => one !== finalizer) } }));
}

async function isThere(cluster: Cluster, owner: OwnerReference, namespace: string): Promise<boolean> {
  const resource = cluster.api.byKind(owner.apiVersion, owner.kind);
  // a kind that is not served cannot be judged
  if (resource === undefined) return true;
  try {
    const found = await resource.reads.get(resource.type.namespaced ? namespace : "", owner.name);
    return found.metadata.uid === owner.uid;
  } catch (error) {
    if (error instanceof ApiError && error.code === 404) return false;
    throw error;
  }
}
