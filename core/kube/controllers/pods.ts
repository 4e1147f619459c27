/** What controllers ask of pods, and pods made from a template. Pure. */
import type { KubeObject, OwnerReference } from "../schema/index.ts";
import { at, isMap, type JsonMap, listAt, textAt } from "../server/kube-object.ts";

export function ownerOf(object: KubeObject): OwnerReference {
  return { apiVersion: object.apiVersion, kind: object.kind, name: object.metadata.name!, uid: object.metadata.uid!, controller: true, blockOwnerDeletion: true };
}

export function isOwnedBy(object: KubeObject, owner: KubeObject): boolean {
  return object.metadata.ownerReferences?.some(({ uid, controller }) => controller === true && uid === owner.metadata.uid) === true;
}

export function isReady(object: KubeObject): boolean {
  return listAt(object, "status.conditions").some((one) => isMap(one) && one["type"] === "Ready" && one["status"] === "True");
}

/** Neither ended nor on its way out. */
export function isActive(pod: KubeObject): boolean {
  return pod.metadata.deletionTimestamp === undefined && !["Succeeded", "Failed"].includes(textAt(pod, "status.phase"));
}

export function podFrom(owner: KubeObject, extra: { readonly labels?: Record<string, string>; readonly spec?: JsonMap } = {}): JsonMap {
  const template = at(owner, "spec.template");
  const metadata = isMap(template) && isMap(template["metadata"]) ? template["metadata"] : {};
  const spec = isMap(template) && isMap(template["spec"]) ? template["spec"] : {};
  return {
    apiVersion: "v1",
    kind: "Pod",
    metadata: {
      generateName: `${owner.metadata.name!}-`,
      namespace: owner.metadata.namespace!,
      labels: { ...(metadata["labels"] as JsonMap | undefined), ...extra.labels },
      ...(isMap(metadata["annotations"]) ? { annotations: metadata["annotations"] } : {}),
      ownerReferences: [ownerOf(owner)],
    },
    spec: { ...structuredClone(spec), ...extra.spec },
  };
}

/** Which pods go first when there are too many: those that serve least. */
export function dispensable(pods: readonly KubeObject[], count: number): KubeObject[] {
  const rank = (pod: KubeObject): number => (textAt(pod, "spec.nodeName") === "" ? 0 : textAt(pod, "status.phase") !== "Running" ? 1 : isReady(pod) ? 3 : 2);
  const born = (pod: KubeObject): number => Date.parse(pod.metadata.creationTimestamp ?? "");
  return [...pods].sort((a, b) => rank(a) - rank(b) || born(b) - born(a)).slice(0, Math.max(0, count));
}

/** A hash of a template as it stands in names: FNV-1a over its JSON, in letters that make no words. */
export function templateHash(template: unknown): string {
  let hash = 0x811c9dc5;
  for (const byte of Buffer.from(JSON.stringify(sorted(template)))) hash = Math.imul(hash ^ byte, 0x01000193) >>> 0;
  return [...String(hash)].map((digit) => "bcdfghjklm"[Number(digit)]).join("");
}

function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return (value as unknown[]).map(sorted);
  if (!isMap(value)) return value;
  return Object.fromEntries(Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1)).map(([key, one]) => [key, sorted(one)]));
}

/** A condition in a list of them; its transition time moves with its status only. */
export function withCondition(conditions: readonly unknown[], next: JsonMap, now: string): JsonMap[] {
  const known = conditions.filter(isMap);
  const before = known.find((one) => one["type"] === next["type"]);
  const lastTransitionTime = before !== undefined && before["status"] === next["status"] ? before["lastTransitionTime"] : now;
  return [...known.filter((one) => one !== before), { ...next, lastTransitionTime }];
}
