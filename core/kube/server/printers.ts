/** The columns of each built-in kind, as `kubectl get` prints them (kubernetes pkg/printers/internalversion/printers.go). */
import type { KubeObject } from "../schema/index.ts";
import { age, humanDuration } from "./durations.ts";
import { at, isMap, type JsonMap, listAt, numberAt, textAt } from "./kube-object.ts";
import { labelSelectorText, selectorOf } from "./selectors.ts";
import { AGE, type Column, NAME } from "./columns.ts";

const NONE = "<none>";
const column = (name: string, cell: Column["cell"]): Column => ({ name, cell });
const wide = (name: string, cell: Column["cell"]): Column => ({ name, wide: true, cell });
const text = (name: string, path: string, otherwise = NONE): Column => column(name, (object) => textAt(object, path) || otherwise);
const wideText = (name: string, path: string, otherwise = NONE): Column => wide(name, (object) => textAt(object, path) || otherwise);
const count = (name: string, path: string): Column => ({ name, type: "integer", cell: (object) => numberAt(object, path, 0) });
const size = (name: string, path: string): Column => ({
  name,
  type: "integer",
  cell: (object) => {
    const found = at(object, path);
    return isMap(found) ? Object.keys(found).length : Array.isArray(found) ? found.length : 0;
  },
});

const maps = (value: unknown, path: string): readonly JsonMap[] => listAt(value, path).filter(isMap);
const pairs = (value: unknown): string => (isMap(value) && Object.keys(value).length > 0 ? Object.entries(value).map(([key, one]) => `${key}=${String(one)}`).sort().join(",") : NONE);
const selector = (object: KubeObject, path: string): string => {
  const found = selectorOf(at(object, path));
  return found === undefined || found.length === 0 ? NONE : labelSelectorText([...found].sort((a, b) => (a.key < b.key ? -1 : 1)));
};
const containers = wide("Containers", (object) => maps(object, "spec.template.spec.containers").map((one) => textAt(one, "name")).join(","));
const images = wide("Images", (object) => maps(object, "spec.template.spec.containers").map((one) => textAt(one, "image")).join(","));
const selectorColumn = wide("Selector", (object) => selector(object, "spec.selector"));
const ready = (have: string, want: string): Column => column("Ready", (object) => `${numberAt(object, have, 0)}/${numberAt(object, want, 0)}`);

/** What a pod's containers say about it; the phase where they say nothing. */
function podStatus(pod: KubeObject): string {
  let reason = textAt(pod, "status.reason") || textAt(pod, "status.phase") || "Unknown";
  if (maps(pod, "spec.schedulingGates").length > 0) reason = "SchedulingGated";
  let running = false;
  for (const status of [...maps(pod, "status.containerStatuses")].reverse()) {
    const waiting = textAt(status, "state.waiting.reason");
    const ended = at(status, "state.terminated");
    if (waiting !== "") reason = waiting;
    else if (isMap(ended)) reason = textAt(ended, "reason") || (numberAt(ended, "signal", 0) !== 0 ? `Signal:${numberAt(ended, "signal", 0)}` : `ExitCode:${numberAt(ended, "exitCode", 0)}`);
    else if (status["ready"] === true && isMap(at(status, "state.running"))) running = true;
  }
  if (reason === "Completed" && running) reason = maps(pod, "status.conditions").some((one) => one["type"] === "Ready" && one["status"] === "True") ? "Running" : "NotReady";
  if (pod.metadata.deletionTimestamp === undefined) return reason;
  return textAt(pod, "status.reason") === "NodeLost" ? "Unknown" : "Terminating";
}

function nodeStatus(node: KubeObject): string {
  const condition = maps(node, "status.conditions").find((one) => one["type"] === "Ready");
  const words = [condition === undefined ? "Unknown" : condition["status"] === "True" ? "Ready" : "NotReady"];
  if (at(node, "spec.unschedulable") === true) words.push("SchedulingDisabled");
  return words.join(",");
}

function nodeRoles(node: KubeObject): string {
  const roles = Object.entries(node.metadata.labels ?? {}).flatMap(([key, value]) => {
    if (key.startsWith("node-role.kubernetes.io/")) return [key.slice("node-role.kubernetes.io/".length)];
    return key === "kubernetes.io/role" && value !== "" ? [value] : [];
  });
  return roles.length === 0 ? NONE : roles.sort().join(",");
}

const nodeAddress = (type: string) => (node: KubeObject): string => textAt(maps(node, "status.addresses").find((one) => one["type"] === type), "address") || NONE;

function externalIp(service: KubeObject): string {
  const outside = listAt(service, "spec.externalIPs").map(String);
  if (textAt(service, "spec.type") === "ExternalName") return textAt(service, "spec.externalName");
  if (textAt(service, "spec.type") !== "LoadBalancer") return outside.length > 0 ? outside.join(",") : NONE;
  const given = maps(service, "status.loadBalancer.ingress").map((one) => textAt(one, "ip") || textAt(one, "hostname"));
  return [...given, ...outside].join(",") || "<pending>";
}

function servicePorts(service: KubeObject): string {
  const ports = maps(service, "spec.ports").map((port) => `${textAt(port, "port")}${port["nodePort"] === undefined ? "" : `:${textAt(port, "nodePort")}`}/${textAt(port, "protocol") || "TCP"}`);
  return ports.join(",") || NONE;
}

const SHOWN = 3;

function endpoints(object: KubeObject): string {
  const all = maps(object, "subsets").flatMap((subset) => {
    const ports = maps(subset, "ports");
    const addresses = maps(subset, "addresses").map((one) => textAt(one, "ip"));
    return ports.length === 0 ? addresses : ports.flatMap((port) => addresses.map((address) => `${address}:${textAt(port, "port")}`));
  });
  if (all.length === 0) return NONE;
  return all.length > SHOWN ? `${all.slice(0, SHOWN).join(",")} + ${all.length - SHOWN} more...` : all.join(",");
}

const role = (object: KubeObject): string => `${textAt(object, "roleRef.kind")}/${textAt(object, "roleRef.name")}`;
const subjects = (kind: string) => (object: KubeObject): string =>
  maps(object, "subjects")
    .filter((one) => one["kind"] === kind)
    .map((one) => (kind === "ServiceAccount" ? `${textAt(one, "namespace")}/${textAt(one, "name")}` : textAt(one, "name")))
    .join(", ");
const bindings: readonly Column[] = [NAME, column("Role", role), AGE, wide("Users", subjects("User")), wide("Groups", subjects("Group")), wide("ServiceAccounts", subjects("ServiceAccount"))];
const created: Column = { name: "Created At", type: "date", cell: ({ metadata }) => metadata.creationTimestamp ?? "" };

function duration(job: KubeObject, now: number): string {
  const start = Date.parse(textAt(job, "status.startTime"));
  if (Number.isNaN(start)) return "";
  const end = Date.parse(textAt(job, "status.completionTime"));
  return humanDuration(Math.floor(((Number.isNaN(end) ? now : end) - start) / 1000));
}

function lastSeen(event: KubeObject, now: number): string {
  return age(textAt(event, "series.lastObservedTime") || textAt(event, "lastTimestamp") || textAt(event, "eventTime") || textAt(event, "firstTimestamp"), now);
}

const involved = (event: KubeObject): string => `${textAt(event, "involvedObject.kind").toLowerCase()}/${textAt(event, "involvedObject.name")}`;
const source = (event: KubeObject): string => [textAt(event, "source.component") || textAt(event, "reportingComponent"), textAt(event, "source.host")].filter((one) => one !== "").join(", ");

/** By "plural.group". */
export const PRINTERS: Readonly<Record<string, readonly Column[]>> = {
  pods: [
    NAME,
    column("Ready", (pod) => `${maps(pod, "status.containerStatuses").filter((one) => one["ready"] === true).length}/${maps(pod, "spec.containers").length}`),
    column("Status", podStatus),
    column("Restarts", (pod) => String(maps(pod, "status.containerStatuses").reduce((sum, one) => sum + numberAt(one, "restartCount", 0), 0))),
    AGE,
    wideText("IP", "status.podIP"),
    wideText("Node", "spec.nodeName"),
    wideText("Nominated Node", "status.nominatedNodeName"),
    wide("Readiness Gates", (pod) => (maps(pod, "spec.readinessGates").length === 0 ? NONE : `0/${maps(pod, "spec.readinessGates").length}`)),
  ],
  "deployments.apps": [NAME, ready("status.readyReplicas", "spec.replicas"), count("Up-to-date", "status.updatedReplicas"), count("Available", "status.availableReplicas"), AGE, containers, images, selectorColumn],
  "replicasets.apps": [NAME, count("Desired", "spec.replicas"), count("Current", "status.replicas"), count("Ready", "status.readyReplicas"), AGE, containers, images, selectorColumn],
  "statefulsets.apps": [NAME, ready("status.readyReplicas", "spec.replicas"), AGE, containers, images],
  "daemonsets.apps": [
    NAME,
    ...(["Desired", "Current", "Ready", "Up-to-date", "Available"] as const).map((name, index) =>
      count(name, `status.${["desiredNumberScheduled", "currentNumberScheduled", "numberReady", "updatedNumberScheduled", "numberAvailable"][index]!}`),
    ),
    column("Node Selector", (object) => pairs(at(object, "spec.template.spec.nodeSelector"))),
    AGE,
    containers,
    images,
    selectorColumn,
  ],
  "controllerrevisions.apps": [
    NAME,
    column("Controller", ({ metadata }) => {
      const owner = metadata.ownerReferences?.find(({ controller }) => controller === true);
      return owner === undefined ? NONE : `${owner.kind.toLowerCase()}.${owner.apiVersion.split("/")[0]!}/${owner.name}`;
    }),
    count("Revision", "revision"),
    AGE,
  ],
  "jobs.batch": [NAME, column("Completions", (job) => `${numberAt(job, "status.succeeded", 0)}/${numberAt(job, "spec.completions", 1)}`), column("Duration", duration), AGE, containers, images, selectorColumn],
  "cronjobs.batch": [
    NAME,
    text("Schedule", "spec.schedule"),
    column("Suspend", (job) => (at(job, "spec.suspend") === true ? "True" : "False")),
    size("Active", "status.active"),
    column("Last Schedule", (job, now) => (textAt(job, "status.lastScheduleTime") === "" ? NONE : age(textAt(job, "status.lastScheduleTime"), now))),
    AGE,
  ],
  namespaces: [NAME, text("Status", "status.phase"), AGE],
  nodes: [
    NAME,
    column("Status", nodeStatus),
    column("Roles", nodeRoles),
    AGE,
    text("Version", "status.nodeInfo.kubeletVersion", ""),
    wide("Internal-IP", nodeAddress("InternalIP")),
    wide("External-IP", nodeAddress("ExternalIP")),
    wideText("OS-Image", "status.nodeInfo.osImage", "<unknown>"),
    wideText("Kernel-Version", "status.nodeInfo.kernelVersion", "<unknown>"),
    wideText("Container-Runtime", "status.nodeInfo.containerRuntimeVersion", "<unknown>"),
  ],
  services: [
    NAME,
    text("Type", "spec.type"),
    text("Cluster-IP", "spec.clusterIP"),
    column("External-IP", externalIp),
    column("Port(s)", servicePorts),
    AGE,
    wide("Selector", (service) => pairs(at(service, "spec.selector"))),
  ],
  endpoints: [NAME, column("Endpoints", endpoints), AGE],
  "endpointslices.discovery.k8s.io": [
    NAME,
    text("AddressType", "addressType"),
    column("Ports", (slice) => maps(slice, "ports").map((port) => textAt(port, "port")).join(",") || "<unset>"),
    column("Endpoints", (slice) => maps(slice, "endpoints").flatMap((one) => listAt(one, "addresses")).slice(0, SHOWN).join(",") || "<unset>"),
    AGE,
  ],
  configmaps: [NAME, { name: "Data", type: "integer", cell: (map) => [at(map, "data"), at(map, "binaryData")].reduce<number>((sum, one) => sum + (isMap(one) ? Object.keys(one).length : 0), 0) }, AGE],
  secrets: [NAME, text("Type", "type"), size("Data", "data"), AGE],
  serviceaccounts: [NAME, size("Secrets", "secrets"), AGE],
  "roles.rbac.authorization.k8s.io": [NAME, created],
  "clusterroles.rbac.authorization.k8s.io": [NAME, created],
  "rolebindings.rbac.authorization.k8s.io": bindings,
  "clusterrolebindings.rbac.authorization.k8s.io": bindings,
  "leases.coordination.k8s.io": [NAME, text("Holder", "spec.holderIdentity", ""), AGE],
  events: [
    column("Last Seen", lastSeen),
    text("Type", "type", ""),
    text("Reason", "reason", ""),
    column("Object", involved),
    wideText("Subobject", "involvedObject.fieldPath", ""),
    wide("Source", source),
    column("Message", (event) => textAt(event, "message").trim()),
    wide("First Seen", (event, now) => age(textAt(event, "firstTimestamp") || textAt(event, "eventTime"), now)),
    wide("Count", (event) => String(numberAt(event, "count", 1))),
    { ...NAME, wide: true },
  ],
  "customresourcedefinitions.apiextensions.k8s.io": [NAME, created],
  persistentvolumes: [NAME, text("Capacity", "spec.capacity.storage", ""), text("Access Modes", "spec.accessModes.0", ""), text("Reclaim Policy", "spec.persistentVolumeReclaimPolicy", ""), text("Status", "status.phase", ""), text("Claim", "spec.claimRef.name", ""), text("StorageClass", "spec.storageClassName", ""), AGE],
  persistentvolumeclaims: [NAME, text("Status", "status.phase", ""), text("Volume", "spec.volumeName", ""), text("Capacity", "status.capacity.storage", ""), column("Access Modes", (claim) => listAt(claim, "spec.accessModes").join(",")), text("StorageClass", "spec.storageClassName", ""), AGE],
  "storageclasses.storage.k8s.io": [NAME, text("Provisioner", "provisioner", ""), text("ReclaimPolicy", "reclaimPolicy", ""), text("VolumeBindingMode", "volumeBindingMode", ""), column("AllowVolumeExpansion", (one) => String(at(one, "allowVolumeExpansion") ?? false)), AGE],
  "priorityclasses.scheduling.k8s.io": [NAME, count("Value", "value"), column("Global-Default", (one) => String(at(one, "globalDefault") ?? false)), AGE],
  "poddisruptionbudgets.policy": [NAME, text("Min Available", "spec.minAvailable", "N/A"), text("Max Unavailable", "spec.maxUnavailable", "N/A"), count("Allowed Disruptions", "status.disruptionsAllowed"), AGE],
  limitranges: [NAME, { name: "Created At", type: "date", cell: ({ metadata }) => metadata.creationTimestamp ?? "" }],
  resourcequotas: [NAME, AGE, column("Request", (quota) => pairs(at(quota, "spec.hard")))],
};
