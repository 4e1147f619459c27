/**
 * A pretended kubelet: it registers its node, sends heartbeats, and says of each pod bound to it that its containers run. None does,
 * and everything that it writes says so. What is real is how that travels: through the API server and etcd.
 */
import type { KubeObject } from "../schema/index.ts";
import { at, isMap, type JsonMap, listAt, microTimeText, sameJson, textAt } from "../server/kube-object.ts";
import type { Cluster } from "./cluster.ts";
import { isReady, withCondition } from "./pods.ts";

const NAME = "kubelet";
const LEASES = "kube-node-lease";
const PRETENDED = "quorum-lab://pretended";
const HEARTBEAT_MS = 10_000;
/** Of those, kubelet's own default. */
const LEASE_S = 40;
/** From bound to running, and from deleted to gone. */
const START_MS = 700;

export interface Machine {
  readonly name: string;
  readonly address: string;
}

export class PretendedKubelet {
  private beatenAt = -Infinity;
  private pods = 0;

  constructor(
    private readonly cluster: Cluster,
    private readonly machine: Machine,
  ) {}

  /** @returns ms until it has something to do again */
  async sync(): Promise<number> {
    const { cluster } = this;
    const now = cluster.clock.monotonic();
    await this.register();
    if (now - this.beatenAt >= HEARTBEAT_MS) {
      await this.beat();
      this.beatenAt = now;
    }
    let next = HEARTBEAT_MS - (now - this.beatenAt);
    for (const pod of cluster.all("pods")) {
      if (textAt(pod, "spec.nodeName") !== this.machine.name) continue;
      next = Math.min(next, await this.syncPod(pod));
    }
    return Math.max(50, next);
  }

  private async register(): Promise<void> {
    const { cluster, machine } = this;
    const node = cluster.get("nodes", "", machine.name);
    if (node === undefined) {
      const labels = { "kubernetes.io/hostname": machine.name, "kubernetes.io/os": "linux", "kubernetes.io/arch": "amd64", "node-role.kubernetes.io/control-plane": "" };
      await cluster.create("", "nodes", { apiVersion: "v1", kind: "Node", metadata: { name: machine.name, labels, annotations: { "quorum-lab/pretended": "no kubelet and no containers run here" } }, spec: {}, status: this.status([]) }, NAME);
      return;
    }
    if (isReady(node)) return;
    await cluster.change("", "nodes", node, "status", NAME, (found) => ({ ...found, status: this.status(listAt(found, "status.conditions")) }));
    await cluster.tell(node, "Normal", "NodeReady", `Node ${machine.name} status is now: NodeReady`, NAME);
  }

  private status(conditions: readonly unknown[]): JsonMap {
    const now = this.cluster.now();
    const fine = (type: string, reason: string, message: string): JsonMap => ({ type, status: "False", reason, message, lastHeartbeatTime: now });
    let all = withCondition(conditions, fine("MemoryPressure", "KubeletHasSufficientMemory", "kubelet has sufficient memory available"), now);
    all = withCondition(all, fine("DiskPressure", "KubeletHasNoDiskPressure", "kubelet has no disk pressure"), now);
    all = withCondition(all, fine("PIDPressure", "KubeletHasSufficientPID", "kubelet has sufficient PID available"), now);
    all = withCondition(all, { type: "Ready", status: "True", reason: "KubeletReady", message: "a pretended kubelet is posting ready status: no container runs here", lastHeartbeatTime: now }, now);
    const amounts = { cpu: "2", memory: "4Gi", pods: "110", "ephemeral-storage": "20Gi" };
    return {
      capacity: amounts,
      allocatable: amounts,
      conditions: all,
      addresses: [
        { type: "InternalIP", address: this.machine.address },
        { type: "Hostname", address: this.machine.name },
      ],
      nodeInfo: {
        machineID: "",
        systemUUID: "",
        bootID: "",
        kernelVersion: "pretended",
        osImage: "Quorum Lab (pretended node)",
        containerRuntimeVersion: PRETENDED,
        kubeletVersion: "v1.32.4",
        kubeProxyVersion: "v1.32.4",
        operatingSystem: "linux",
        architecture: "amd64",
      },
    };
  }

  private async beat(): Promise<void> {
    const { cluster, machine } = this;
    const renewTime = microTimeText(cluster.clock.now());
    const spec = { holderIdentity: machine.name, leaseDurationSeconds: LEASE_S, renewTime };
    const lease = cluster.get("leases", LEASES, machine.name);
    if (lease === undefined) await cluster.create("coordination.k8s.io", "leases", { apiVersion: "coordination.k8s.io/v1", kind: "Lease", metadata: { name: machine.name, namespace: LEASES }, spec }, NAME);
    else await cluster.change("coordination.k8s.io", "leases", lease, "", NAME, (found) => ({ ...found, spec }));
  }

  private async syncPod(pod: KubeObject): Promise<number> {
    const { cluster } = this;
    const now = cluster.clock.now();
    const { deletionTimestamp, deletionGracePeriodSeconds = 0 } = pod.metadata;
    if (deletionTimestamp !== undefined) {
      const asked = Date.parse(deletionTimestamp) - deletionGracePeriodSeconds * 1000;
      const left = asked + START_MS - now;
      if (left > 0) return left;
      await cluster.tell(pod, "Normal", "Killing", "Stopping the pretended containers", NAME);
      await cluster.remove("", "pods", pod, { grace: 0, propagation: "" });
      return HEARTBEAT_MS;
    }
    const containers = listAt(pod, "spec.containers").filter(isMap);
    const phase = textAt(pod, "status.phase");
    if (phase !== "Pending" && phase !== "") return HEARTBEAT_MS;
    const bound = listAt(pod, "status.conditions").filter(isMap).find((one) => one["type"] === "PodScheduled")?.["lastTransitionTime"];
    const left = Date.parse(String(bound ?? pod.metadata.creationTimestamp)) + START_MS - now;
    if (left > 0) return left;
    const at_ = cluster.now();
    const ip = this.podIp();
    const status = (found: KubeObject): JsonMap => {
      let conditions = listAt(found, "status.conditions") as JsonMap[];
      for (const type of ["Initialized", "Ready", "ContainersReady", "PodScheduled"]) conditions = withCondition(conditions, { type, status: "True" }, at_);
      return {
        ...(at(found, "status") as JsonMap),
        phase: "Running",
        hostIP: this.machine.address,
        podIP: ip,
        podIPs: [{ ip }],
        startTime: at_,
        conditions,
        containerStatuses: containers.map((container) => ({
          name: container["name"],
          image: container["image"],
          imageID: "",
          containerID: `${PRETENDED}/${pod.metadata.uid ?? ""}/${String(container["name"])}`,
          ready: true,
          started: true,
          restartCount: 0,
          lastState: {},
          state: { running: { startedAt: at_ } },
        })),
      };
    };
    const changed = await cluster.change("", "pods", pod, "status", NAME, (found) => ({ ...found, status: status(found) }));
    if (changed !== undefined) for (const container of containers) await cluster.tell(pod, "Normal", "Started", `Started container ${String(container["name"])} (pretended: image ${String(container["image"])} was not pulled, nothing runs)`, NAME);
    return HEARTBEAT_MS;
  }

  /** An address in the node's own 10.244.x.0/24, as a network plugin would give. */
  private podIp(): string {
    const taken = new Set(this.cluster.all("pods").map((one) => textAt(one, "status.podIP")));
    const own = this.cluster.all("nodes").map(({ metadata }) => metadata.name!).sort().indexOf(this.machine.name);
    for (let tries = 0; tries < 253; tries++) {
      const ip = `10.244.${Math.max(0, own)}.${2 + (this.pods++ % 253)}`;
      if (!taken.has(ip)) return ip;
    }
    return `10.244.${Math.max(0, own)}.254`;
  }
}

const SILENT = { status: "Unknown", reason: "NodeStatusUnknown", message: "Kubelet stopped posting node status." };

/** A node whose lease was not renewed is not known to be ready any more (kubernetes pkg/controller/nodelifecycle). */
export async function watchNodes(cluster: Cluster, seen: Map<string, { readonly renewed: string; readonly at: number }>): Promise<void> {
  for (const node of cluster.all("nodes")) {
    const name = node.metadata.name!;
    const renewed = textAt(cluster.get("leases", LEASES, name), "spec.renewTime");
    const now = cluster.clock.monotonic();
    const known = seen.get(name);
    // by our own clock: those of hosts differ
    if (known?.renewed !== renewed) seen.set(name, { renewed, at: now });
    else if (now - known.at > LEASE_S * 1000 && !listAt(node, "status.conditions").some((one) => isMap(one) && one["type"] === "Ready" && one["status"] === "Unknown")) {
      const conditions = (found: KubeObject): JsonMap[] => withCondition(listAt(found, "status.conditions"), { type: "Ready", ...SILENT }, cluster.now());
      await cluster.change("", "nodes", node, "status", "node-controller", (found) => ({ ...found, status: { ...(at(found, "status") as JsonMap), conditions: conditions(found) } }));
      await cluster.tell(node, "Normal", "NodeNotReady", `Node ${name} status is now: NodeNotReady`, "node-controller");
    }
    const taint = { key: "node.kubernetes.io/unreachable", effect: "NoSchedule" };
    const taints = listAt(node, "spec.taints").filter(isMap);
    const others = taints.filter((one) => one["key"] !== taint.key && one["key"] !== "node.kubernetes.io/unschedulable");
    const wanted = [...others, ...(isReady(node) ? [] : [taint]), ...(at(node, "spec.unschedulable") === true ? [{ key: "node.kubernetes.io/unschedulable", effect: "NoSchedule" }] : [])];
    if (sameJson(taints, wanted)) continue;
    await cluster.change("", "nodes", node, "", "node-controller", (found) => ({ ...found, spec: { ...(at(found, "spec") as JsonMap), taints: wanted } }));
  }
}
