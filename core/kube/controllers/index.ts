/**
 * The controllers of one control-plane host, in the API server's process: the controller manager and the scheduler, each led by whoever
 * holds its Lease, and the pretended kubelet of this host. They go by level, not by edge: every change has them look at all there is.
 */
import type { Clock, Timer } from "../../platform/clock.ts";
import { ApiError } from "../server/api-error.ts";
import type { Api } from "../server/api.ts";
import { advertise, bootstrap } from "./bootstrap.ts";
import { Cluster } from "./cluster.ts";
import { syncDaemonSets } from "./daemonset.ts";
import { syncDeployments } from "./deployment.ts";
import { syncEndpoints } from "./endpoints.ts";
import { collect } from "./garbage.ts";
import { PretendedKubelet, watchNodes } from "./kubelet.ts";
import { Leader } from "./leader.ts";
import { syncNamespaces } from "./namespaces.ts";
import { syncReplicaSets } from "./replicaset.ts";
import { schedule } from "./scheduler.ts";
import { isReady } from "./pods.ts";
import { listAt, textAt } from "../server/kube-object.ts";

export interface ControllersOptions {
  readonly api: Api;
  readonly clock: Clock;
  /** from 0 up to 1 */
  readonly draw: () => number;
  /** who holds a lease */
  readonly identity: string;
  readonly node: string;
  /** of this API server */
  readonly address: string;
  readonly port: number;
  readonly serviceAddress: string;
  readonly log: (text: string) => void;
}

/** Changes that come within this time are looked at together. */
const GATHER_MS = 40;
/** Nothing has changed: nodes may have fallen silent all the same. */
const IDLE_MS = 5000;
/** The collector reads everything: at once where something went, otherwise so often. */
const GARBAGE_MS = 15_000;
const TRY_AGAIN_MS = 1000;

export class Controllers {
  private readonly cluster: Cluster;
  private readonly manager: Leader;
  private readonly scheduler: Leader;
  private readonly kubelet: PretendedKubelet;
  private readonly silent = new Map<string, { readonly renewed: string; readonly at: number }>();
  private timer: Timer | undefined;
  private running: Promise<void> | undefined;
  private again = false;
  private over = false;
  private ready = false;
  private garbage = { at: -Infinity, deletions: 0 };
  private told = "";

  constructor(private readonly options: ControllersOptions) {
    const { api, clock, draw, identity, log, node, address } = options;
    this.cluster = new Cluster(api, clock, draw, log, () => this.wake(GATHER_MS));
    const turned = (name: string) => (leads: boolean): void => {
      log(leads ? `${name}: became leader (lease kube-system/${name})` : `${name}: leads no more`);
      this.wake(0);
    };
    this.manager = new Leader(api, clock, "kube-controller-manager", identity, turned("kube-controller-manager"));
    this.scheduler = new Leader(api, clock, "kube-scheduler", identity, turned("kube-scheduler"));
    this.kubelet = new PretendedKubelet(this.cluster, { name: node, address });
  }

  start(): void {
    this.cluster.start();
    this.wake(GATHER_MS);
  }

  async close(): Promise<void> {
    this.over = true;
    this.timer?.cancel();
    this.cluster.close();
    await this.running;
    await Promise.all([this.manager.close(), this.scheduler.close()]);
  }

  private wake(ms: number): void {
    if (this.over) return;
    if (this.running !== undefined) {
      this.again = true;
      return;
    }
    this.timer?.cancel();
    this.timer = this.options.clock.after(ms, () => {
      this.running = this.round().then((next) => {
        this.running = undefined;
        const soon = this.again;
        this.again = false;
        this.wake(soon ? GATHER_MS : next);
      });
    });
  }

  /** @returns ms until the next look */
  private async round(): Promise<number> {
    const { cluster } = this;
    if (!cluster.filled) return TRY_AGAIN_MS / 5;
    try {
      if (!this.ready) {
        await bootstrap(cluster, this.options);
        this.ready = true;
        this.manager.start();
        this.scheduler.start();
        await cluster.settle();
      }
      let next = Math.min(IDLE_MS, await this.kubelet.sync());
      if (this.manager.leads) next = Math.min(next, await this.manage());
      if (this.scheduler.leads) await schedule(cluster);
      await cluster.settle();
      this.told = "";
      return next;
    } catch (error) {
      if (!(error instanceof ApiError)) throw error;
      if (this.told !== error.message) this.options.log(`controllers: ${error.message}`);
      this.told = error.message;
      return TRY_AGAIN_MS;
    }
  }

  private async manage(): Promise<number> {
    const { cluster, options } = this;
    let next = IDLE_MS;
    for (const sync of [syncDeployments, syncReplicaSets, syncDaemonSets, syncEndpoints]) {
      await sync(cluster);
      await cluster.settle();
    }
    await watchNodes(cluster, this.silent);
    await advertise(cluster, this.addresses(), options.port);
    if (await syncNamespaces(cluster)) next = TRY_AGAIN_MS;
    const now = options.clock.monotonic();
    if (cluster.deletions !== this.garbage.deletions || now - this.garbage.at >= GARBAGE_MS) {
      this.garbage = { at: now, deletions: cluster.deletions };
      await collect(cluster);
    }
    await cluster.settle();
    return next;
  }

  /** Of all API servers: each lives on the host of a node that is ready. */
  private addresses(): string[] {
    const others = this.cluster
      .all("nodes")
      .filter((node) => isReady(node) && node.metadata.name !== this.options.node)
      .map((node) => textAt(listAt(node, "status.addresses").find((one) => textAt(one, "type") === "InternalIP"), "address"));
    return [this.options.address, ...others.filter((address) => address !== "")];
  }
}
