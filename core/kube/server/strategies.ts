/**
 * What the API server itself writes into an object of a certain kind before it is stored (kubernetes pkg/registry/*, strategy.go, and
 * the admission plugins ServiceAccount and DefaultTolerationSeconds). Pure: what needs other objects is in admission.ts.
 */
import type { KubeObject } from "../schema/index.ts";
import { isMap, type JsonMap, listAt, sameJson, textAt } from "./kube-object.ts";
import { type ServedType, typeName } from "./served-type.ts";

interface Strategy {
  create?(object: KubeObject): void;
  update?(object: KubeObject, old: KubeObject): void;
}

/** A part of an object that is written in place; it is made where it is missing. */
export function part(object: JsonMap, name: string): JsonMap {
  const found = object[name];
  if (isMap(found)) return found;
  const made: JsonMap = {};
  object[name] = made;
  return made;
}

const EVICTED_AFTER_S = 300;

function qosClass(pod: KubeObject): string {
  const containers = [...listAt(pod, "spec.containers"), ...listAt(pod, "spec.initContainers")];
  const amounts = (container: unknown, which: string): JsonMap => {
    const found = isMap(container) && isMap(container["resources"]) ? container["resources"][which] : undefined;
    return isMap(found) ? found : {};
  };
  const sizes = containers.map((container) => ({ limits: amounts(container, "limits"), requests: amounts(container, "requests") }));
  if (sizes.every(({ limits, requests }) => Object.keys(limits).length === 0 && Object.keys(requests).length === 0)) return "BestEffort";
  const guaranteed = sizes.every(({ limits, requests }) => ["cpu", "memory"].every((name) => limits[name] !== undefined && sameJson(limits[name], requests[name] ?? limits[name])));
  return guaranteed ? "Guaranteed" : "Burstable";
}

const pods: Strategy = {
  create(pod) {
    const spec = part(pod, "spec");
    spec["serviceAccountName"] ??= "default";
    spec["serviceAccount"] = spec["serviceAccountName"];
    const tolerations = listAt(spec, "tolerations").filter(isMap);
    for (const key of ["node.kubernetes.io/not-ready", "node.kubernetes.io/unreachable"]) {
      if (!tolerations.some((one) => one["key"] === key && one["effect"] === "NoExecute")) tolerations.push({ key, operator: "Exists", effect: "NoExecute", tolerationSeconds: EVICTED_AFTER_S });
    }
    spec["tolerations"] = tolerations;
    spec["priority"] ??= 0;
    spec["preemptionPolicy"] ??= "PreemptLowerPriority";
    pod["status"] = { phase: "Pending", qosClass: qosClass(pod) };
  },
};

const namespaces: Strategy = {
  create(namespace) {
    part(namespace, "spec")["finalizers"] = ["kubernetes"];
    namespace["status"] = { phase: "Active" };
    namespace.metadata.labels = { ...namespace.metadata.labels, "kubernetes.io/metadata.name": namespace.metadata.name ?? "" };
  },
  update(namespace, old) {
    namespace["spec"] = old["spec"];
    namespace.metadata.labels = { ...namespace.metadata.labels, "kubernetes.io/metadata.name": namespace.metadata.name ?? "" };
  },
};

function takeStringData(secret: KubeObject): void {
  if (isMap(secret["stringData"])) {
    const data = part(secret, "data");
    for (const [key, value] of Object.entries(secret["stringData"])) data[key] = Buffer.from(String(value)).toString("base64");
  }
  delete secret["stringData"];
}

const services: Strategy = {
  create(service) {
    service["status"] = { loadBalancer: {} };
  },
  update(service, old) {
    const spec = part(service, "spec");
    const before = isMap(old["spec"]) ? old["spec"] : {};
    if (spec["type"] === "ExternalName") return;
    // what was given stays given, also where an applied file does not name it
    for (const field of ["clusterIP", "clusterIPs", "ipFamilies", "ipFamilyPolicy"]) spec[field] ??= before[field];
    const ports = listAt(before, "ports").filter(isMap);
    for (const port of listAt(spec, "ports").filter(isMap)) {
      const same = ports.find((one) => one["port"] === port["port"] && (one["name"] ?? "") === (port["name"] ?? ""));
      if (spec["type"] !== "ClusterIP" && same?.["nodePort"] !== undefined) port["nodePort"] ??= same["nodePort"];
    }
  },
};

const definitions: Strategy = {
  create(crd) {
    const names = part(part(crd, "spec"), "names");
    names["singular"] ??= textAt(names, "kind").toLowerCase();
    names["listKind"] ??= `${textAt(names, "kind")}List`;
    part(part(crd, "spec"), "conversion")["strategy"] ??= "None";
    // its names are taken at once: no other definition has them, because its own name is made of them
    const condition = (type: string, reason: string, message: string): JsonMap => ({ type, status: "True", reason, message, lastTransitionTime: crd.metadata.creationTimestamp });
    const conditions = [condition("NamesAccepted", "NoConflicts", "no conflicts found"), condition("Established", "InitialNamesAccepted", "the initial names have been accepted")];
    crd["status"] = { conditions, acceptedNames: structuredClone(names), storedVersions: listAt(crd, "spec.versions").filter((one) => isMap(one) && one["storage"] === true).map((one) => textAt(one, "name")) };
  },
  update(crd) {
    const names = part(part(crd, "spec"), "names");
    names["singular"] ??= textAt(names, "kind").toLowerCase();
    names["listKind"] ??= `${textAt(names, "kind")}List`;
  },
};

const STRATEGIES: Readonly<Record<string, Strategy>> = {
  pods,
  namespaces,
  services,
  secrets: { create: takeStringData, update: takeStringData },
  // a kubelet registers its node with a status
  nodes: { create: () => undefined },
  "customresourcedefinitions.apiextensions.k8s.io": definitions,
};

/** Kinds whose metadata.generation counts changes of the spec. */
function isCounted(type: ServedType): boolean {
  return type.custom || ["apps", "batch", "policy", "apiextensions.k8s.io"].includes(type.group);
}

function hasStatus(type: ServedType): boolean {
  return type.subresources.some(({ name }) => name === "status");
}

/** Everything but what describes the object and its state. */
function content(object: KubeObject): JsonMap {
  const { metadata: _, status: __, ...rest } = object;
  return rest;
}

export function beforeCreate(type: ServedType, object: KubeObject): void {
  const strategy = STRATEGIES[typeName(type)];
  if (isCounted(type)) object.metadata.generation = 1;
  if (hasStatus(type) && typeName(type) !== "nodes") {
    if (type.custom) delete object["status"];
    else object["status"] = {};
  }
  strategy?.create?.(object);
}

/** @param subresource "": the object but for its status; "status": its status alone */
export function beforeUpdate(type: ServedType, object: KubeObject, old: KubeObject, subresource: string): void {
  if (subresource === "status") {
    const { annotations, managedFields, resourceVersion, finalizers } = object.metadata;
    const metadata = { ...old.metadata, ...(annotations === undefined ? {} : { annotations }), ...(managedFields === undefined ? {} : { managedFields }), ...(finalizers === undefined ? {} : { finalizers }) };
    if (resourceVersion !== undefined) metadata.resourceVersion = resourceVersion;
    object.metadata = metadata;
    for (const field of Object.keys(object)) if (!["apiVersion", "kind", "metadata", "status"].includes(field)) delete object[field];
    for (const [field, value] of Object.entries(content(old))) object[field] = value;
    return;
  }
  if (subresource === "finalize") {
    object["status"] = old["status"];
    return;
  }
  if (hasStatus(type)) {
    if (old["status"] === undefined) delete object["status"];
    else object["status"] = old["status"];
  }
  STRATEGIES[typeName(type)]?.update?.(object, old);
  if (isCounted(type) && !sameJson(content(object), content(old))) object.metadata.generation = (old.metadata.generation ?? 0) + 1;
}
