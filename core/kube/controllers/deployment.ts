/** Deployments: a ReplicaSet for each template, and the way from the old ones to the new one (kubernetes pkg/controller/deployment). */
import type { KubeObject } from "../schema/index.ts";
import { at, isMap, type JsonMap, listAt, numberAt, sameJson, textAt } from "../server/kube-object.ts";
import type { Cluster } from "./cluster.ts";
import { isOwnedBy, ownerOf, templateHash, withCondition } from "./pods.ts";

const NAME = "deployment-controller";
const REVISION = "deployment.kubernetes.io/revision";
const HASH = "pod-template-hash";

const replicasOf = (set: KubeObject): number => numberAt(set, "spec.replicas", 0);
const availableOf = (set: KubeObject): number => numberAt(set, "status.availableReplicas", 0);
const sum = (sets: readonly KubeObject[], of: (set: KubeObject) => number): number => sets.reduce((all, set) => all + of(set), 0);
const revisionOf = (object: KubeObject): number => Number(object.metadata.annotations?.[REVISION] ?? 0);

/** A template without the label that tells templates apart. */
function bare(template: unknown): unknown {
  if (!isMap(template)) return template;
  const metadata = isMap(template["metadata"]) ? { ...template["metadata"] } : {};
  const labels = isMap(metadata["labels"]) ? { ...metadata["labels"] } : {};
  delete labels[HASH];
  delete metadata["creationTimestamp"];
  return { ...template, metadata: { ...metadata, labels } };
}

/** "25%" or 1, of so many. */
export function share(value: unknown, of: number, up: boolean): number {
  if (typeof value === "number") return value;
  const percent = /^(\d+)%$/.exec(String(value))?.[1];
  if (percent === undefined) return 0;
  const exact = (Number(percent) * of) / 100;
  return up ? Math.ceil(exact) : Math.floor(exact);
}

/** How many replicas each set should have now. @returns by uid, those that change */
export function nextScales(deployment: KubeObject, current: KubeObject, old: readonly KubeObject[]): Map<string, number> {
  const wanted = numberAt(deployment, "spec.replicas", 1);
  const scales = new Map<string, number>();
  const all = [current, ...old];
  const set = (which: KubeObject, count: number): void => {
    if (count !== replicasOf(which)) scales.set(which.metadata.uid!, count);
  };
  if (textAt(deployment, "spec.strategy.type") === "Recreate") {
    for (const one of old) set(one, 0);
    if (sum(old, (one) => numberAt(one, "status.replicas", 0)) === 0 && sum(old, replicasOf) === 0) set(current, wanted);
    return scales;
  }
  const surge = share(at(deployment, "spec.strategy.rollingUpdate.maxSurge") ?? "25%", wanted, true);
  let missing = share(at(deployment, "spec.strategy.rollingUpdate.maxUnavailable") ?? "25%", wanted, false);
  if (surge === 0 && missing === 0) missing = 1;
  const total = sum(all, replicasOf);
  if (replicasOf(current) > wanted) set(current, wanted);
  else if (replicasOf(current) < wanted) set(current, replicasOf(current) + Math.max(0, Math.min(wanted - replicasOf(current), wanted + surge - total)));
  // as many of the old ones may go as there are available ones beyond the least
  let spare = Math.max(0, total - (wanted - missing) - (replicasOf(current) - Math.min(availableOf(current), replicasOf(current))));
  const broken = [...old].sort((a, b) => revisionOf(a) - revisionOf(b));
  for (const one of broken) {
    const unavailable = Math.max(0, replicasOf(one) - availableOf(one));
    const going = Math.min(spare, unavailable);
    if (going > 0) set(one, replicasOf(one) - going);
    spare -= going;
  }
  let free = Math.min(spare, Math.max(0, sum(all, availableOf) - (wanted - missing)));
  for (const one of broken) {
    const left = scales.get(one.metadata.uid!) ?? replicasOf(one);
    const going = Math.min(free, left);
    if (going > 0) set(one, left - going);
    free -= going;
  }
  return scales;
}

export async function syncDeployments(cluster: Cluster): Promise<void> {
  for (const deployment of cluster.all("deployments")) if (deployment.metadata.deletionTimestamp === undefined) await syncOne(cluster, deployment);
}

async function syncOne(cluster: Cluster, deployment: KubeObject): Promise<void> {
  const sets = cluster.all("replicasets").filter((set) => isOwnedBy(set, deployment) && set.metadata.deletionTimestamp === undefined);
  const template = bare(at(deployment, "spec.template"));
  let current = sets.find((set) => sameJson(bare(at(set, "spec.template")), template));
  const newest = Math.max(0, ...sets.map(revisionOf));
  if (current === undefined) {
    if (at(deployment, "spec.paused") === true) return;
    current = await newSet(cluster, deployment, newest + 1);
    if (current === undefined) return;
  } else if (revisionOf(current) < newest) {
    // an old template is the newest again: a rollback
    current = (await annotate(cluster, "replicasets", current, newest + 1)) ?? current;
  }
  if (revisionOf(deployment) !== revisionOf(current)) await annotate(cluster, "deployments", deployment, revisionOf(current));
  const old = sets.filter(({ metadata }) => metadata.uid !== current.metadata.uid);
  const all = [current, ...old];
  for (const [uid, count] of nextScales(deployment, current, old)) {
    const set = all.find(({ metadata }) => metadata.uid === uid)!;
    const before = replicasOf(set);
    await cluster.change("apps", "replicasets", set, "", NAME, (found) => ({ ...found, spec: { ...(found["spec"] as JsonMap), replicas: count } }));
    await cluster.tell(deployment, "Normal", "ScalingReplicaSet", `Scaled ${count > before ? "up" : "down"} replica set ${set.metadata.name!} from ${before} to ${count}`, NAME);
  }
  await writeStatus(cluster, deployment, current, all);
  const keep = numberAt(deployment, "spec.revisionHistoryLimit", 10);
  const idle = old.filter((set) => replicasOf(set) === 0 && numberAt(set, "status.replicas", 0) === 0).sort((a, b) => revisionOf(b) - revisionOf(a));
  for (const set of idle.slice(keep)) await cluster.remove("apps", "replicasets", set);
}

async function newSet(cluster: Cluster, deployment: KubeObject, revision: number): Promise<KubeObject | undefined> {
  const template = structuredClone(at(deployment, "spec.template")) as JsonMap;
  const hash = templateHash(bare(template));
  const metadata = template["metadata"] as { labels?: Record<string, string> };
  metadata.labels = { ...metadata.labels, [HASH]: hash };
  const selector = structuredClone(at(deployment, "spec.selector")) as { matchLabels?: Record<string, string> };
  selector.matchLabels = { ...selector.matchLabels, [HASH]: hash };
  const set = {
    apiVersion: "apps/v1",
    kind: "ReplicaSet",
    metadata: { name: `${deployment.metadata.name!}-${hash}`, namespace: deployment.metadata.namespace!, labels: metadata.labels, annotations: { [REVISION]: String(revision) }, ownerReferences: [ownerOf(deployment)] },
    spec: { replicas: 0, selector, template },
  };
  return cluster.create("apps", "replicasets", set, NAME);
}

function annotate(cluster: Cluster, plural: "deployments" | "replicasets", object: KubeObject, revision: number): Promise<KubeObject | undefined> {
  return cluster.change("apps", plural, object, "", NAME, (found) => ({ ...found, metadata: { ...found.metadata, annotations: { ...found.metadata.annotations, [REVISION]: String(revision) } } }));
}

async function writeStatus(cluster: Cluster, deployment: KubeObject, current: KubeObject, all: readonly KubeObject[]): Promise<void> {
  const wanted = numberAt(deployment, "spec.replicas", 1);
  const count = (path: string) => (set: KubeObject): number => numberAt(set, path, 0);
  const replicas = sum(all, count("status.replicas"));
  const available = sum(all, availableOf);
  const updated = count("status.replicas")(current);
  const enough = available >= wanted - share(at(deployment, "spec.strategy.rollingUpdate.maxUnavailable") ?? "25%", wanted, false);
  const complete = updated === wanted && replicas === wanted && available === wanted;
  const now = cluster.now();
  const name = current.metadata.name!;
  let conditions = withCondition(
    listAt(deployment, "status.conditions"),
    enough
      ? { type: "Available", status: "True", reason: "MinimumReplicasAvailable", message: "Deployment has minimum availability." }
      : { type: "Available", status: "False", reason: "MinimumReplicasUnavailable", message: "Deployment does not have minimum availability." },
    now,
  );
  conditions = withCondition(
    conditions,
    complete
      ? { type: "Progressing", status: "True", reason: "NewReplicaSetAvailable", message: `ReplicaSet "${name}" has successfully progressed.` }
      : { type: "Progressing", status: "True", reason: "ReplicaSetUpdated", message: `ReplicaSet "${name}" is progressing.` },
    now,
  ).map((one) => ({ ...one, lastUpdateTime: (one as JsonMap)["lastUpdateTime"] ?? now }));
  const positive = (values: Record<string, number>): JsonMap => Object.fromEntries(Object.entries(values).filter(([, value]) => value > 0));
  const status = {
    observedGeneration: deployment.metadata.generation,
    ...positive({ replicas, updatedReplicas: updated, readyReplicas: sum(all, count("status.readyReplicas")), availableReplicas: available, unavailableReplicas: Math.max(0, Math.max(wanted, replicas) - available) }),
    conditions,
  };
  const plain = (value: unknown): unknown => JSON.parse(JSON.stringify(value ?? {}, (key, one: unknown) => (key === "lastUpdateTime" ? undefined : one)));
  if (!sameJson(plain(at(deployment, "status")), plain(status))) await cluster.change("apps", "deployments", deployment, "status", NAME, (found) => ({ ...found, status }));
}
