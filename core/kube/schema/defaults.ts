/**
 * What Kubernetes fills in when nobody said: the defaulting functions of core, apps, batch, rbac and discovery, by message, applied
 * wherever that message stands. Objects are changed in place. Custom resources take theirs from the `default`s of their schema.
 */
import type { KubeObject } from "./object.ts";
import { fieldsOf, isObject } from "./read.ts";
import type { Schema } from "./schema.ts";
import type { FieldType, Message } from "./table/define.ts";
import { messageNamed, messageOf } from "./table/registry.ts";

type Json = Record<string, unknown>;

function set(object: Json, values: Json): void {
  for (const [name, value] of Object.entries(values)) {
    if (object[name] === undefined || object[name] === null || object[name] === "") object[name] = structuredClone(value);
  }
}

function objects(value: unknown): Json[] {
  return Array.isArray(value) ? value.filter(isObject) : [];
}

function inner(object: Json, name: string): Json {
  const value = object[name];
  if (isObject(value)) return value;
  return (object[name] = {});
}

function ifThere(object: Json, name: string, values: Json): void {
  const value = object[name];
  if (isObject(value)) set(value, values);
}

/** `registry:5000/app:1.2@sha256:...`: the tag, "latest" where there is none */
function tagOf(image: string): string {
  if (image.includes("@")) return "digest";
  const last = image.slice(image.lastIndexOf("/") + 1);
  return last.includes(":") ? last.slice(last.indexOf(":") + 1) : "latest";
}

function container(object: Json): void {
  const image = object["image"];
  set(object, {
    terminationMessagePath: "/dev/termination-log",
    terminationMessagePolicy: "File",
    imagePullPolicy: typeof image === "string" && tagOf(image) === "latest" ? "Always" : "IfNotPresent",
    resources: {},
  });
  const resources = inner(object, "resources");
  const limits = resources["limits"];
  if (isObject(limits) && Object.keys(limits).length > 0) set(inner(resources, "requests"), limits);
}

function podSpec(object: Json): void {
  set(object, {
    restartPolicy: "Always",
    terminationGracePeriodSeconds: 30,
    dnsPolicy: "ClusterFirst",
    securityContext: {},
    schedulerName: "default-scheduler",
  });
  if (object["serviceAccountName"] !== undefined) set(object, { serviceAccount: object["serviceAccountName"] });
  if (object["hostNetwork"] === true) {
    for (const one of [...objects(object["containers"]), ...objects(object["initContainers"])]) {
      for (const port of objects(one["ports"])) set(port, { hostPort: port["containerPort"] });
    }
  }
}

function labelsFromTemplate(object: Json, spec: Json): void {
  const template = spec["template"];
  const metadata = isObject(template) && isObject(template["metadata"]) ? template["metadata"] : {};
  const own = inner(object, "metadata");
  if (isObject(metadata["labels"]) && own["labels"] === undefined) own["labels"] = { ...metadata["labels"] };
}

function volume(object: Json): void {
  const names = Object.keys(object).filter((name) => name !== "name");
  if (names.length === 0) object["emptyDir"] = {};
  ifThere(object, "hostPath", { type: "" });
  for (const name of ["secret", "configMap", "downwardAPI", "projected"]) ifThere(object, name, { defaultMode: 0o644 });
  const projected = object["projected"];
  for (const source of objects(isObject(projected) ? projected["sources"] : undefined)) {
    ifThere(source, "serviceAccountToken", { expirationSeconds: 3600 });
  }
}

function serviceSpec(object: Json): void {
  set(object, { type: "ClusterIP", sessionAffinity: "None" });
  const { type } = object;
  for (const port of objects(object["ports"])) set(port, { protocol: "TCP", targetPort: port["port"] });
  if (type !== "ExternalName") set(object, { internalTrafficPolicy: "Cluster" });
  if (type === "NodePort" || type === "LoadBalancer") set(object, { externalTrafficPolicy: "Cluster" });
  if (type === "LoadBalancer") set(object, { allocateLoadBalancerNodePorts: true });
  if (object["sessionAffinity"] === "ClientIP") set(inner(inner(object, "sessionAffinityConfig"), "clientIP"), { timeoutSeconds: 10800 });
}

function roleRef(object: Json): void {
  ifThere(object, "roleRef", { apiGroup: "rbac.authorization.k8s.io" });
  for (const subject of objects(object["subjects"])) {
    if (subject["kind"] === "User" || subject["kind"] === "Group") set(subject, { apiGroup: "rbac.authorization.k8s.io" });
  }
}

const probe = { timeoutSeconds: 1, periodSeconds: 10, successThreshold: 1, failureThreshold: 3 };
const DEFAULTS: Readonly<Record<string, (object: Json) => void>> = {
  "core.PodSpec": podSpec,
  "core.Container": container,
  "core.EphemeralContainer": container,
  "core.ContainerPort": (port) => set(port, { protocol: "TCP" }),
  "core.Probe": (object) => {
    for (const [name, value] of Object.entries(probe)) if (object[name] === undefined || object[name] === 0) object[name] = value;
    ifThere(object, "grpc", { service: "" });
  },
  "core.HTTPGetAction": (action) => set(action, { path: "/", scheme: "HTTP" }),
  "core.Volume": volume,
  "core.ObjectFieldSelector": (selector) => set(selector, { apiVersion: "v1" }),
  "core.ServiceSpec": serviceSpec,
  "core.EndpointSubset": (subset) => {
    for (const port of objects(subset["ports"])) set(port, { protocol: "TCP" });
  },
  "core.Secret": (secret) => set(secret, { type: "Opaque" }),
  "core.Namespace": (namespace) => {
    set(namespace, { spec: {}, status: {} });
    set(inner(namespace, "status"), { phase: "Active" });
    const metadata = inner(namespace, "metadata");
    if (metadata["name"] !== undefined) set(inner(metadata, "labels"), { "kubernetes.io/metadata.name": metadata["name"] });
  },
  "core.Pod": (pod) => set(inner(pod, "status"), { phase: "Pending" }),
  "core.PersistentVolumeClaimSpec": (claim) => set(claim, { volumeMode: "Filesystem" }),
  "core.PersistentVolumeClaim": (claim) => set(inner(claim, "status"), { phase: "Pending" }),
  "core.PersistentVolumeSpec": (spec) => set(spec, { persistentVolumeReclaimPolicy: "Retain", volumeMode: "Filesystem" }),
  "core.PersistentVolume": (object) => set(inner(object, "status"), { phase: "Pending" }),
  "apps.Deployment": (deployment) => {
    const spec = inner(deployment, "spec");
    set(spec, { replicas: 1, revisionHistoryLimit: 10, progressDeadlineSeconds: 600 });
    const strategy = inner(spec, "strategy");
    set(strategy, { type: "RollingUpdate" });
    if (strategy["type"] === "RollingUpdate") set(inner(strategy, "rollingUpdate"), { maxUnavailable: "25%", maxSurge: "25%" });
  },
  "apps.ReplicaSet": (object) => {
    const spec = inner(object, "spec");
    set(spec, { replicas: 1 });
    labelsFromTemplate(object, spec);
  },
  "apps.DaemonSetSpec": (spec) => {
    set(spec, { revisionHistoryLimit: 10 });
    const strategy = inner(spec, "updateStrategy");
    set(strategy, { type: "RollingUpdate" });
    if (strategy["type"] === "RollingUpdate") set(inner(strategy, "rollingUpdate"), { maxUnavailable: 1, maxSurge: 0 });
  },
  "apps.StatefulSetSpec": (spec) => {
    set(spec, { replicas: 1, revisionHistoryLimit: 10, podManagementPolicy: "OrderedReady" });
    const strategy = inner(spec, "updateStrategy");
    set(strategy, { type: "RollingUpdate" });
    if (strategy["type"] === "RollingUpdate") set(inner(strategy, "rollingUpdate"), { partition: 0 });
    set(inner(spec, "persistentVolumeClaimRetentionPolicy"), { whenDeleted: "Retain", whenScaled: "Retain" });
  },
  "batch.JobSpec": (spec) => {
    if (spec["completions"] === undefined && spec["parallelism"] === undefined) set(spec, { completions: 1, parallelism: 1 });
    set(spec, { parallelism: 1, backoffLimit: 6, completionMode: "NonIndexed", suspend: false, podReplacementPolicy: "TerminatingOrFailed" });
  },
  "batch.CronJobSpec": (spec) =>
    set(spec, { concurrencyPolicy: "Allow", suspend: false, successfulJobsHistoryLimit: 3, failedJobsHistoryLimit: 1 }),
  "rbac.RoleBinding": roleRef,
  "rbac.ClusterRoleBinding": roleRef,
  "discovery.EndpointPort": (port) => set(port, { name: "", protocol: "TCP" }),
  "storage.StorageClass": (object) => set(object, { reclaimPolicy: "Delete", volumeBindingMode: "Immediate" }),
  "scheduling.PriorityClass": (object) => set(object, { preemptionPolicy: "PreemptLowerPriority" }),
  "apiextensions.CustomResourceDefinitionSpec": (spec) => {
    set(spec, { conversion: { strategy: "None" } });
    const names = inner(spec, "names");
    const kind = typeof names["kind"] === "string" ? names["kind"] : "";
    set(names, { singular: kind.toLowerCase(), listKind: `${kind}List` });
  },
};

function descend(type: FieldType, value: unknown): void {
  if (type.kind === "message" && isObject(value)) defaultMessage(messageNamed(type.name), value);
  else if (type.kind === "list" && Array.isArray(value)) for (const one of value as unknown[]) descend(type.of, one);
  else if (type.kind === "map" && isObject(value)) for (const one of Object.values(value)) descend(type.of, one);
}

/** The owner first, so that what it adds gets its own defaults too. */
function defaultMessage(message: Message, object: Json): void {
  DEFAULTS[message.name]?.(object);
  for (const [name, field] of fieldsOf(message)) if (object[name] !== undefined) descend(field.type, object[name]);
}

function defaultFromSchema(schema: Json, value: unknown): void {
  if (isObject(value)) {
    const properties = isObject(schema["properties"]) ? schema["properties"] : {};
    for (const [name, one] of Object.entries(properties)) {
      if (!isObject(one)) continue;
      if (value[name] === undefined && one["default"] !== undefined) value[name] = structuredClone(one["default"]);
      if (value[name] === null && one["nullable"] !== true && one["default"] !== undefined) value[name] = structuredClone(one["default"]);
      defaultFromSchema(one, value[name]);
    }
    const rest = schema["additionalProperties"];
    if (isObject(rest)) for (const one of Object.values(value)) defaultFromSchema(rest, one);
  } else if (Array.isArray(value) && isObject(schema["items"])) {
    for (const one of value as unknown[]) defaultFromSchema(schema["items"], one);
  }
}

/** Fills in what Kubernetes would. @param schema of a custom resource, for its own defaults */
export function applyDefaults(object: KubeObject, schema?: Schema): void {
  const message = messageOf(object.apiVersion, object.kind);
  if (message !== undefined) {
    defaultMessage(message, object);
    if (isObject(object["spec"])) enableServiceLinks(object);
  } else if (schema?.openapi !== undefined) {
    defaultFromSchema(schema.openapi, object);
  }
}

/** Only a pod itself gets this one, not the template of a workload. */
function enableServiceLinks(object: KubeObject): void {
  if (object.kind === "Pod" && isObject(object["spec"])) set(object["spec"], { enableServiceLinks: true });
}
