/** What every cluster has from the first moment: system namespaces, the service "kubernetes", the roles of administrators (kubernetes pkg/controlplane). */
import type { JsonMap } from "../server/kube-object.ts";
import { listAt, sameJson } from "../server/kube-object.ts";
import type { Cluster } from "./cluster.ts";

export interface ApiAddress {
  readonly address: string;
  readonly port: number;
  readonly serviceAddress: string;
}

const NAMESPACES = ["kube-system", "default", "kube-public", "kube-node-lease"];
const NAME = "kube-apiserver";

/** Makes what is missing. */
export async function bootstrap(cluster: Cluster, own: ApiAddress): Promise<void> {
  for (const name of NAMESPACES) if (cluster.get("namespaces", "", name) === undefined) await cluster.create("", "namespaces", { apiVersion: "v1", kind: "Namespace", metadata: { name } }, NAME);
  const roles: readonly (readonly [string, JsonMap[]])[] = [
    [
      "cluster-admin",
      [
        { apiGroups: ["*"], resources: ["*"], verbs: ["*"] },
        { nonResourceURLs: ["*"], verbs: ["*"] },
      ],
    ],
    ["view", [{ apiGroups: ["", "apps", "batch", "policy", "discovery.k8s.io"], resources: ["*"], verbs: ["get", "list", "watch"] }]],
  ];
  const group = "rbac.authorization.k8s.io";
  const apiVersion = `${group}/v1`;
  const labels = { "kubernetes.io/bootstrapping": "rbac-defaults" };
  for (const [name, rules] of roles) await cluster.create(group, "clusterroles", { apiVersion, kind: "ClusterRole", metadata: { name, labels }, rules }, NAME);
  const binding = { apiVersion, kind: "ClusterRoleBinding", metadata: { name: "cluster-admin", labels }, roleRef: { apiGroup: group, kind: "ClusterRole", name: "cluster-admin" }, subjects: [{ apiGroup: group, kind: "Group", name: "system:masters" }] };
  await cluster.create(group, "clusterrolebindings", binding, NAME);
  if (cluster.get("services", "default", "kubernetes") === undefined) {
    const ports = [{ name: "https", port: 443, protocol: "TCP", targetPort: own.port }];
    await cluster.create("", "services", { apiVersion: "v1", kind: "Service", metadata: { name: "kubernetes", namespace: "default", labels: { component: "apiserver", provider: "kubernetes" } }, spec: { type: "ClusterIP", clusterIP: own.serviceAddress, ports, sessionAffinity: "None" } }, NAME);
  }
}

/** Keeps this server's address in the endpoints of the service "kubernetes"; those of others are told by their leases. */
export async function advertise(cluster: Cluster, addresses: readonly string[], port: number): Promise<void> {
  const subsets = [{ addresses: [...new Set(addresses)].sort().map((ip) => ({ ip })), ports: [{ name: "https", port, protocol: "TCP" }] }];
  const known = cluster.get("endpoints", "default", "kubernetes");
  if (known === undefined) await cluster.create("", "endpoints", { apiVersion: "v1", kind: "Endpoints", metadata: { name: "kubernetes", namespace: "default" }, subsets }, NAME);
  else if (!sameJson(listAt(known, "subsets"), subsets)) await cluster.change("", "endpoints", known, "", NAME, (found) => ({ ...found, subsets }));
}
