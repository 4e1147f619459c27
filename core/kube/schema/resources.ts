/**
 * The resources that the teaching apiserver serves: discovery's facts (names, short names, categories, verbs, subresources) and the
 * storage prefix below `/registry/`, with the renames that Kubernetes has compiled in (nodes live under `minions`, services under
 * `services/specs`, endpoints under `services/endpoints`).
 */
import type { ResourceType, Subresource } from "./object.ts";

const STORED = ["create", "delete", "deletecollection", "get", "list", "patch", "update", "watch"];
const GET_PUT_PATCH = ["get", "patch", "update"];

const scale: Subresource = { name: "scale", group: "autoscaling", version: "v1", kind: "Scale", verbs: GET_PUT_PATCH };

interface Names {
  readonly short?: readonly string[];
  readonly categories?: readonly string[];
  readonly cluster?: true;
  readonly prefix?: string;
  readonly plural?: string;
  readonly verbs?: readonly string[];
  /** true: the object has a /status */
  readonly status?: true;
  readonly more?: readonly Subresource[];
}

function resource(group: string, version: string, kind: string, names: Names = {}): ResourceType {
  const singular = kind.toLowerCase();
  const plural = names.plural ?? (singular.endsWith("s") ? `${singular}es` : singular.replace(/y$/, "ie") + "s");
  const status: Subresource[] = names.status === undefined ? [] : [{ name: "status", kind, verbs: GET_PUT_PATCH }];
  return {
    group,
    version,
    kind,
    listKind: `${kind}List`,
    plural,
    singular,
    shortNames: names.short ?? [],
    categories: names.categories ?? [],
    namespaced: names.cluster === undefined,
    storagePrefix: names.prefix ?? plural,
    verbs: names.verbs ?? STORED,
    subresources: [...(names.more ?? []), ...status].sort((a, b) => (a.name < b.name ? -1 : 1)),
  };
}

const pod: readonly Subresource[] = [
  { name: "attach", kind: "PodAttachOptions", verbs: ["create", "get"] },
  { name: "binding", kind: "Binding", verbs: ["create"] },
  { name: "ephemeralcontainers", kind: "Pod", verbs: GET_PUT_PATCH },
  { name: "eviction", group: "policy", version: "v1", kind: "Eviction", verbs: ["create"] },
  { name: "exec", kind: "PodExecOptions", verbs: ["create", "get"] },
  { name: "log", kind: "Pod", verbs: ["get"] },
  { name: "portforward", kind: "PodPortForwardOptions", verbs: ["create", "get"] },
];

/** Every built-in resource, in the order in which groups are listed by discovery. */
export const RESOURCES: readonly ResourceType[] = [
  resource("", "v1", "ConfigMap", { short: ["cm"] }),
  resource("", "v1", "Endpoints", { plural: "endpoints", short: ["ep"], prefix: "services/endpoints" }),
  resource("", "v1", "Event", { short: ["ev"] }),
  resource("", "v1", "LimitRange", { short: ["limits"] }),
  resource("", "v1", "Namespace", {
    short: ["ns"],
    cluster: true,
    status: true,
    verbs: STORED.filter((verb) => verb !== "deletecollection"),
    more: [{ name: "finalize", kind: "Namespace", verbs: ["update"] }],
  }),
  resource("", "v1", "Node", { short: ["no"], cluster: true, prefix: "minions", status: true }),
  resource("", "v1", "PersistentVolumeClaim", { short: ["pvc"], status: true }),
  resource("", "v1", "PersistentVolume", { short: ["pv"], cluster: true, status: true }),
  resource("", "v1", "Pod", { short: ["po"], categories: ["all"], status: true, more: pod }),
  resource("", "v1", "ResourceQuota", { short: ["quota"], status: true }),
  resource("", "v1", "Secret"),
  resource("", "v1", "ServiceAccount", {
    short: ["sa"],
    more: [{ name: "token", group: "authentication.k8s.io", version: "v1", kind: "TokenRequest", verbs: ["create"] }],
  }),
  resource("", "v1", "Service", { short: ["svc"], categories: ["all"], prefix: "services/specs", status: true }),
  resource("events.k8s.io", "v1", "Event", { short: ["ev"] }),
  resource("apps", "v1", "ControllerRevision"),
  resource("apps", "v1", "DaemonSet", { short: ["ds"], categories: ["all"], status: true }),
  resource("apps", "v1", "Deployment", { short: ["deploy"], categories: ["all"], status: true, more: [scale] }),
  resource("apps", "v1", "ReplicaSet", { short: ["rs"], categories: ["all"], status: true, more: [scale] }),
  resource("apps", "v1", "StatefulSet", { short: ["sts"], categories: ["all"], status: true, more: [scale] }),
  resource("batch", "v1", "CronJob", { short: ["cj"], categories: ["all"], status: true }),
  resource("batch", "v1", "Job", { categories: ["all"], status: true }),
  resource("policy", "v1", "PodDisruptionBudget", { short: ["pdb"], status: true }),
  resource("rbac.authorization.k8s.io", "v1", "ClusterRoleBinding", { cluster: true }),
  resource("rbac.authorization.k8s.io", "v1", "ClusterRole", { cluster: true }),
  resource("rbac.authorization.k8s.io", "v1", "RoleBinding"),
  resource("rbac.authorization.k8s.io", "v1", "Role"),
  resource("storage.k8s.io", "v1", "StorageClass", { short: ["sc"], cluster: true }),
  resource("apiextensions.k8s.io", "v1", "CustomResourceDefinition", {
    short: ["crd", "crds"],
    categories: ["api-extensions"],
    cluster: true,
    status: true,
    prefix: "apiextensions.k8s.io/customresourcedefinitions",
  }),
  resource("scheduling.k8s.io", "v1", "PriorityClass", { short: ["pc"], cluster: true }),
  resource("coordination.k8s.io", "v1", "Lease"),
  resource("discovery.k8s.io", "v1", "EndpointSlice"),
  resource("authorization.k8s.io", "v1", "SelfSubjectAccessReview", { cluster: true, prefix: "", verbs: ["create"] }),
];
