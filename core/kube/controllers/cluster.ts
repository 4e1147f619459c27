/**
 * The cluster as controllers see it: mirrors of some resources, fed by watches, and ways to write. Controllers look at the whole and
 * mend what is not as it should be; a write is followed by a look only when the mirror has come to it.
 */
import type { Clock, Timer } from "../../platform/clock.ts";
import type { KubeObject } from "../schema/index.ts";
import { ApiError } from "../server/api-error.ts";
import type { Api } from "../server/api.ts";
import { type DeleteOptions, PLAIN_DELETE } from "../server/delete-options.ts";
import { type JsonMap, timeText } from "../server/kube-object.ts";
import { EVERYTHING } from "../server/list-options.ts";
import type { Modify } from "../server/resource-store.ts";
import type { WriteContext } from "../server/writes.ts";

/** Those that some controller looks at. */
const MIRRORED = [
  ["", "namespaces"],
  ["", "nodes"],
  ["", "pods"],
  ["", "services"],
  ["", "endpoints"],
  ["", "serviceaccounts"],
  ["apps", "deployments"],
  ["apps", "replicasets"],
  ["apps", "daemonsets"],
  ["coordination.k8s.io", "leases"],
] as const;

export type Mirrored = (typeof MIRRORED)[number][1];

const AGAIN_MS = 1000;
const SETTLE_MS = 3000;

class Mirror {
  readonly objects = new Map<string, KubeObject>();
  revision = 0;
  /** the newest revision that this process wrote */
  written = 0;
}

export class Cluster {
  private readonly mirrors = new Map<string, Mirror>(MIRRORED.map(([, plural]) => [plural, new Mirror()]));
  private readonly ends = new Set<() => void>();
  private readonly waiting = new Set<() => void>();
  /** counts objects that went, or began to go */
  deletions = 0;
  private closed = false;
  private readonly timers = new Set<Timer>();
  private events = 0;

  constructor(
    readonly api: Api,
    readonly clock: Clock,
    private readonly draw: () => number,
    private readonly log: (text: string) => void,
    private readonly onChange: () => void,
  ) {}

  start(): void {
    for (const [group, plural] of MIRRORED) this.follow(group, plural);
  }

  close(): void {
    this.closed = true;
    for (const end of this.ends) end();
    for (const timer of this.timers) timer.cancel();
    for (const wake of this.waiting) wake();
  }

  now(): string {
    return timeText(this.clock.now());
  }

  all(plural: Mirrored): KubeObject[] {
    return [...this.mirrors.get(plural)!.objects.values()];
  }

  get(plural: Mirrored, namespace: string, name: string): KubeObject | undefined {
    return this.mirrors.get(plural)!.objects.get(`${namespace}/${name}`);
  }

  /** Whether the mirrors have been filled once. */
  get filled(): boolean {
    return [...this.mirrors.values()].every(({ revision }) => revision > 0);
  }

  /** Waits until the mirrors show what was written, or a while. */
  async settle(): Promise<void> {
    const behind = (): boolean => [...this.mirrors.values()].some(({ revision, written }) => revision < written);
    const until = this.clock.monotonic() + SETTLE_MS;
    while (behind() && !this.closed && this.clock.monotonic() < until) await this.pause(until - this.clock.monotonic());
  }

  async create(group: string, plural: string, object: JsonMap, manager: string): Promise<KubeObject | undefined> {
    const resource = this.api.named(group, plural)!;
    const namespace = String((object["metadata"] as JsonMap)["namespace"] ?? "");
    return this.done(plural, () => resource.writes.create(namespace, object, context(manager)), ["AlreadyExists", "NotFound", "Forbidden"]);
  }

  async change(group: string, plural: string, object: KubeObject, subresource: string, manager: string, make: Modify): Promise<KubeObject | undefined> {
    const resource = this.api.named(group, plural)!;
    const { namespace = "", name = "" } = object.metadata;
    return this.done(plural, () => resource.writes.change(namespace, name, subresource, context(manager), make), ["NotFound", "Conflict"]);
  }

  async remove(group: string, plural: string, object: KubeObject, options: Partial<DeleteOptions> = {}): Promise<void> {
    const resource = this.api.named(group, plural)!;
    const { namespace = "", name = "", uid = "" } = object.metadata;
    await this.done(plural, async () => (await resource.writes.delete(namespace, name, { ...PLAIN_DELETE, propagation: "Background", uid, ...options })) as KubeObject, ["NotFound", "Conflict"]);
  }

  /** An Event about an object, as its component would record it. */
  async tell(about: KubeObject, type: "Normal" | "Warning", reason: string, message: string, component: string): Promise<void> {
    const { namespace = "default", name = "", uid = "", resourceVersion = "" } = about.metadata;
    const suffix = `${Math.floor(this.clock.now()).toString(16)}${Math.floor(this.draw() * 65536).toString(16).padStart(4, "0")}${(this.events++ % 16).toString(16)}`;
    const now = this.now();
    const event = {
      apiVersion: "v1",
      kind: "Event",
      metadata: { name: `${name}.${suffix}`, namespace },
      involvedObject: { apiVersion: about.apiVersion, kind: about.kind, name, namespace, uid, resourceVersion },
      reason,
      message,
      type,
      source: { component },
      firstTimestamp: now,
      lastTimestamp: now,
      count: 1,
      reportingComponent: component,
      reportingInstance: "",
    };
    await this.create("", "events", event, component);
  }

  private async done(plural: string, write: () => Promise<KubeObject>, harmless: readonly string[]): Promise<KubeObject | undefined> {
    try {
      const object = await write();
      const mirror = this.mirrors.get(plural);
      const revision = Number(object.metadata?.resourceVersion ?? 0);
      if (mirror !== undefined && revision > mirror.written) mirror.written = revision;
      return object;
    } catch (error) {
      if (error instanceof ApiError && harmless.includes(error.reason)) return undefined;
      throw error;
    }
  }

  private pause(ms: number): Promise<void> {
    return new Promise((resolve) => {
      const wake = (): void => {
        this.waiting.delete(wake);
        timer.cancel();
        resolve();
      };
      const timer = this.clock.after(ms, wake);
      this.waiting.add(wake);
    });
  }

  private follow(group: string, plural: Mirrored): void {
    if (this.closed) return;
    const mirror = this.mirrors.get(plural)!;
    const fresh = new Set<string>();
    let filling = true;
    const again = (): void => {
      if (end !== undefined) this.ends.delete(end);
      if (this.closed) return;
      const timer = this.clock.after(AGAIN_MS, () => {
        this.timers.delete(timer);
        this.follow(group, plural);
      });
      this.timers.add(timer);
    };
    let end: (() => void) | undefined;
    const sink = {
      event: (type: string, object: KubeObject): void => {
        const revision = Number(object.metadata.resourceVersion);
        if (revision > mirror.revision) mirror.revision = revision;
        const key = `${object.metadata.namespace ?? ""}/${object.metadata.name ?? ""}`;
        if (type === "DELETED" || object.metadata.deletionTimestamp !== undefined) this.deletions++;
        if (type === "DELETED") mirror.objects.delete(key);
        else if (type !== "BOOKMARK") {
          mirror.objects.set(key, object);
          if (filling) fresh.add(key);
        } else if (filling) {
          // the end of what was there: what the mirror had beyond it is gone
          filling = false;
          for (const known of [...mirror.objects.keys()]) if (!fresh.has(known)) mirror.objects.delete(known);
        }
        for (const wake of this.waiting) wake();
        this.onChange();
      },
      error: again,
    };
    this.api
      .named(group, plural)!
      .reads.watch("", { ...EVERYTHING, resourceVersion: "0", initialEvents: true, bookmarks: true }, sink)
      .then((made) => {
        end = made;
        this.ends.add(made);
        if (this.closed) made();
      })
      .catch((error: unknown) => {
        this.log(`controllers: watch of ${plural}: ${(error as Error).message}`);
        again();
      });
  }
}

function context(manager: string): WriteContext {
  return { manager, dryRun: false, fieldValidation: "Ignore", warn: () => undefined };
}
