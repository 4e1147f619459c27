/** Leader election by a Lease object (client-go tools/leaderelection): the holder renews; others take it when it was not renewed in time. */
import type { Clock, Timer } from "../../platform/clock.ts";
import type { KubeObject } from "../schema/index.ts";
import { ApiError } from "../server/api-error.ts";
import type { Api } from "../server/api.ts";
import { microTimeText, numberAt, textAt } from "../server/kube-object.ts";

const LEASE_S = 15;
const RETRY_MS = 2000;
const NAMESPACE = "kube-system";

export class Leader {
  private held = false;
  private timer: Timer | undefined;
  private over = false;
  /** what was seen of another's lease, and when by our own clock: clocks of hosts differ */
  private seen: { readonly record: string; readonly at: number } | undefined;
  private renewedAt = 0;

  constructor(
    private readonly api: Api,
    private readonly clock: Clock,
    private readonly name: string,
    private readonly identity: string,
    private readonly onChange: (leads: boolean) => void,
  ) {}

  get leads(): boolean {
    return this.held;
  }

  start(): void {
    void this.round();
  }

  /** Gives the lease back, so that another one need not wait. */
  async close(): Promise<void> {
    this.over = true;
    this.timer?.cancel();
    if (!this.held) return;
    this.turn(false);
    await this.write((lease) => ({ ...lease, spec: { ...(lease["spec"] as object), holderIdentity: "", leaseDurationSeconds: 1 } })).catch(ignoreApi);
  }

  private async round(): Promise<void> {
    try {
      await this.attempt();
    } catch (error) {
      ignoreApi(error);
      // the store is away: who cannot renew must stop before another one may begin
      if (this.held && this.clock.monotonic() - this.renewedAt > (LEASE_S - 5) * 1000) this.turn(false);
    }
    if (!this.over) this.timer = this.clock.after(RETRY_MS, () => void this.round());
  }

  private async attempt(): Promise<void> {
    const { reads, writes } = this.api.named("coordination.k8s.io", "leases")!;
    const now = microTimeText(this.clock.now());
    let lease: KubeObject;
    try {
      lease = await reads.get(NAMESPACE, this.name);
    } catch (error) {
      if (!(error instanceof ApiError) || error.code !== 404) throw error;
      const spec = { holderIdentity: this.identity, leaseDurationSeconds: LEASE_S, acquireTime: now, renewTime: now, leaseTransitions: 0 };
      await writes.create(NAMESPACE, { apiVersion: "coordination.k8s.io/v1", kind: "Lease", metadata: { name: this.name, namespace: NAMESPACE }, spec }, { manager: this.name, dryRun: false, fieldValidation: "Ignore", warn: () => undefined });
      this.got();
      return;
    }
    const holder = textAt(lease, "spec.holderIdentity");
    const record = `${holder} ${textAt(lease, "spec.renewTime")}`;
    if (this.seen?.record !== record) this.seen = { record, at: this.clock.monotonic() };
    const expired = this.clock.monotonic() - this.seen.at > numberAt(lease, "spec.leaseDurationSeconds", LEASE_S) * 1000;
    if (holder !== "" && holder !== this.identity && !expired) {
      this.turn(false);
      return;
    }
    const own = holder === this.identity;
    await this.write((found) => {
      if (found.metadata.resourceVersion !== lease.metadata.resourceVersion) throw new ApiError(409, "Conflict", "another one was faster");
      const spec = found["spec"] as Record<string, unknown>;
      const taken = own ? {} : { acquireTime: now, leaseTransitions: numberAt(found, "spec.leaseTransitions", 0) + 1 };
      return { ...found, spec: { ...spec, holderIdentity: this.identity, leaseDurationSeconds: LEASE_S, renewTime: now, ...taken } };
    });
    this.got();
  }

  private async write(make: (lease: KubeObject) => KubeObject): Promise<void> {
    await this.api.named("coordination.k8s.io", "leases")!.writes.change(NAMESPACE, this.name, "", { manager: this.name, dryRun: false, fieldValidation: "Ignore", warn: () => undefined }, make);
  }

  private got(): void {
    this.renewedAt = this.clock.monotonic();
    this.turn(true);
  }

  private turn(leads: boolean): void {
    if (leads === this.held) return;
    this.held = leads;
    this.onChange(leads);
  }
}

function ignoreApi(error: unknown): void {
  if (!(error instanceof ApiError)) throw error;
}
