/**
 * All resources of one API server: the built-in ones and those of CustomResourceDefinitions, each with its reads and writes over
 * one store. HTTP and the controllers both come in here.
 */
import type { Clock } from "../../platform/clock.ts";
import type { KubeObject } from "../schema/index.ts";
import { StandardAdmission } from "./admission.ts";
import type { ClusterIps } from "./cluster-ips.ts";
import type { TransformerFor } from "./encryption-config.ts";
import type { KeyValueStore } from "./key-value-store.ts";
import type { Kinds } from "./kinds.ts";
import { isMap, listAt, timeText } from "./kube-object.ts";
import { Reads, type WatchSink } from "./reads.ts";
import { EVERYTHING } from "./list-options.ts";
import { ResourceStore } from "./resource-store.ts";
import { BUILT_IN, customTypes, type ServedType, typeName } from "./served-type.ts";
import { WatchCache } from "./watch-cache.ts";
import { type Surroundings, Writes } from "./writes.ts";

export interface ApiOptions {
  readonly store: KeyValueStore;
  /** --etcd-prefix */
  readonly root: string;
  readonly kinds: Kinds;
  readonly transformerFor: TransformerFor;
  /** --event-ttl, s */
  readonly eventTtl: number;
  /** --watch-cache */
  readonly watchCache: boolean;
  readonly ips: ClusterIps;
  readonly clock: Clock;
  /** from 0 up to 1 */
  readonly draw: () => number;
  readonly newUid: () => string;
  readonly log: (text: string) => void;
}

export interface Resource {
  readonly type: ServedType;
  readonly reads: Reads;
  readonly writes: Writes;
}

/** Letters of generated names: no vowels, nothing that looks like another (apimachinery util/rand). */
const ALPHABET = "bcdfghjklmnpqrstvwxz2456789";
const CRDS = "customresourcedefinitions.apiextensions.k8s.io";
const AGAIN_MS = 1000;

export class Api {
  /** counts changes of what is served */
  revision = 1;
  private readonly resources = new Map<string, Resource>();
  private readonly caches = new Map<string, WatchCache>();
  private readonly crds = new Map<string, KubeObject>();
  private custom: readonly ServedType[] = [];
  private readonly around: Surroundings;
  private endWatch: (() => void) | undefined;
  private closed = false;

  constructor(private readonly options: ApiOptions) {
    const { clock, draw, kinds, newUid } = options;
    const admission = new StandardAdmission({
      namespace: (name) => this.resource("", "v1", "namespaces")!.reads.get("", name, "").catch(orUndefined),
      services: async () => (await this.resource("", "v1", "services")!.reads.list("", EVERYTHING)).items,
      ips: options.ips,
      draw,
    });
    this.around = {
      kinds,
      admission,
      now: () => timeText(clock.now()),
      newUid,
      newSuffix: () => Array.from({ length: 5 }, () => ALPHABET[Math.floor(draw() * ALPHABET.length)]).join(""),
    };
    for (const type of BUILT_IN) if (type.storagePrefix !== "") this.add(type);
  }

  get types(): readonly ServedType[] {
    return [...BUILT_IN, ...this.custom];
  }

  /** CustomResourceDefinitions that are served now. */
  get definitions(): readonly KubeObject[] {
    return [...this.crds.values()];
  }

  resource(group: string, version: string, plural: string): Resource | undefined {
    return this.resources.get(`${group}/${version}/${plural}`);
  }

  /** Whatever version it has. */
  named(group: string, plural: string): Resource | undefined {
    return [...this.resources.values()].find(({ type }) => type.group === group && type.plural === plural);
  }

  byKind(apiVersion: string, kind: string): Resource | undefined {
    const [version, group = ""] = apiVersion.split("/").reverse() as [string, string?];
    return [...this.resources.values()].find(({ type }) => type.group === group && type.version === version && type.kind === kind);
  }

  /** Follows CustomResourceDefinitions from now on. */
  start(): void {
    void this.followDefinitions();
  }

  close(): void {
    this.closed = true;
    this.endWatch?.();
    for (const cache of this.caches.values()) cache.close();
  }

  private add(type: ServedType): void {
    const { options } = this;
    const isEvent = typeName(type) === "events";
    const store = new ResourceStore({ store: options.store, type, root: options.root, kinds: options.kinds, transformer: options.transformerFor(type), ttl: isEvent ? options.eventTtl : 0 });
    const id = `${type.group}/${type.version}/${type.plural}`;
    const cache = (): WatchCache => {
      let found = this.caches.get(id);
      if (found === undefined) {
        found = new WatchCache(store, options.clock, options.log);
        this.caches.set(id, found);
      }
      return found;
    };
    this.resources.set(id, { type, reads: new Reads(store, options.watchCache && !isEvent ? cache : undefined), writes: new Writes(store, this.around) });
  }

  private remove(type: ServedType): void {
    const id = `${type.group}/${type.version}/${type.plural}`;
    this.resources.delete(id);
    this.caches.get(id)?.close();
    this.caches.delete(id);
  }

  private async followDefinitions(): Promise<void> {
    const resource = this.named("apiextensions.k8s.io", CRDS.split(".")[0]!)!;
    const again = (): void => {
      if (!this.closed) this.options.clock.after(AGAIN_MS, () => void this.followDefinitions());
    };
    const sink: WatchSink = {
      event: (type, object) => {
        const name = object.metadata.name ?? "";
        if (type === "BOOKMARK") return;
        const before = this.crds.get(name);
        if (type === "DELETED") this.crds.delete(name);
        else if (isEstablished(object)) this.crds.set(name, object);
        if (this.crds.get(name) !== before) this.serveCustom(name);
      },
      error: again,
    };
    try {
      this.endWatch = await resource.reads.watch("", { ...EVERYTHING, resourceVersion: "0" }, sink);
    } catch (error) {
      this.options.log(`customresourcedefinitions: ${(error as Error).message}`);
      again();
    }
  }

  private serveCustom(definition: string): void {
    const others = this.custom.filter((type) => `${type.plural}.${type.group}` !== definition);
    for (const type of this.custom) if (!others.includes(type)) this.remove(type);
    const crd = this.crds.get(definition);
    const added = crd === undefined ? [] : customTypes(crd, this.options.kinds);
    for (const type of added) this.add(type);
    this.custom = [...others, ...added];
    this.revision++;
  }
}

function orUndefined(error: unknown): undefined {
  if ((error as { readonly code?: unknown }).code === 404) return undefined;
  throw error;
}

function isEstablished(crd: KubeObject): boolean {
  return listAt(crd, "status.conditions").some((one) => isMap(one) && one["type"] === "Established" && one["status"] === "True");
}
