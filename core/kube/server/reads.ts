/**
 * Reading the objects of one resource: get, list and watch with the meanings of resourceVersion (Kubernetes documentation, "API
 * concepts, resource versions"; apiserver pkg/storage/cacher): what must be of now is asked of etcd, what may be older comes from
 * the watch cache.
 */
import type { KubeObject } from "../schema/index.ts";
import { ApiError, notFound, type Status, tooLargeResourceVersion } from "./api-error.ts";
import { continueToken } from "./continue-token.ts";
import { type ListOptions, nameOf, selects } from "./list-options.ts";
import type { ObjectEvent, ObjectWatchListener, ResourceStore } from "./resource-store.ts";
import { groupVersion } from "./served-type.ts";
import type { WatchCache } from "./watch-cache.ts";

export interface ObjectList {
  readonly items: readonly KubeObject[];
  readonly resourceVersion: string;
  readonly continue: string;
  /** undefined: not known, as with selectors */
  readonly remaining: number | undefined;
}

export interface WatchSink {
  event(type: "ADDED" | "MODIFIED" | "DELETED" | "BOOKMARK", object: KubeObject): void;
  /** the last thing that is told */
  error(status: Status): void;
}

export class Reads {
  constructor(
    private readonly store: ResourceStore,
    /** undefined: this resource is never cached */
    private readonly cache: (() => WatchCache) | undefined,
  ) {}

  /** @throws ApiError */
  async get(namespace: string, name: string, resourceVersion = ""): Promise<KubeObject> {
    let found: KubeObject | undefined;
    if (resourceVersion !== "" && this.cache !== undefined) {
      const cache = this.cache();
      await cache.upTo(Number(resourceVersion));
      found = cache.get(namespace, name);
    } else found = await this.store.get(namespace, name);
    if (found === undefined) throw notFound(this.store.type, name);
    return found;
  }

  /** @throws ApiError */
  async list(namespace: string, options: ListOptions): Promise<ObjectList> {
    const { resourceVersion, match, limit, from } = options;
    const revision = Number(resourceVersion);
    const exact = match === "Exact" || (match === "" && limit > 0 && revision > 0);
    if (this.cache !== undefined && resourceVersion !== "" && !exact && from === undefined && (limit === 0 || resourceVersion === "0")) {
      const cache = this.cache();
      const at = await cache.upTo(revision);
      return { items: cache.list(namespace).filter((object) => selects(options, object)), resourceVersion: String(at), continue: "", remaining: undefined };
    }
    const name = nameOf(options.fields);
    if (name !== "" && from === undefined && (namespace !== "" || !this.store.type.namespaced)) return this.listOne(namespace, name, options, exact ? revision : 0);
    return this.pages(namespace, options, exact ? revision : 0);
  }

  /** @returns how to end it */
  async watch(namespace: string, options: ListOptions, sink: WatchSink): Promise<() => void> {
    const { resourceVersion, initialEvents } = options;
    const state = resourceVersion === "" || resourceVersion === "0" || initialEvents;
    let after = Number(resourceVersion);
    let at = after;
    if (state) {
      const list = await this.state(namespace, options);
      for (const object of list.items) sink.event("ADDED", object);
      at = Number(list.resourceVersion);
      after = at;
      if (initialEvents) sink.event("BOOKMARK", this.bookmark(at, { "k8s.io/initial-events-end": "true" }));
    } else if (this.cache !== undefined) await this.cache().upTo(0);
    const told = { revision: after };
    const listener: ObjectWatchListener = {
      events: (events) => {
        for (const event of events) {
          // a client that is ahead of the store hears nothing until the store is where it was
          if (event.revision <= after) continue;
          told.revision = event.revision;
          tell(event, namespace, options, sink);
        }
      },
      progress: (revision) => {
        if (options.bookmarks && revision > told.revision) sink.event("BOOKMARK", this.bookmark((told.revision = revision), undefined));
      },
      failed: (error) => sink.error(error.status),
    };
    try {
      const watcher = this.cache === undefined ? this.store.watch(namespace, nameOf(options.fields), after, listener) : this.cache().watch(after, listener);
      return () => watcher.cancel();
    } catch (error) {
      if (!(error instanceof ApiError)) throw error;
      sink.error(error.status);
      return () => undefined;
    }
  }

  private async state(namespace: string, options: ListOptions): Promise<ObjectList> {
    if (this.cache === undefined) return this.pages(namespace, { ...options, limit: 0, from: undefined }, 0);
    const cache = this.cache();
    let revision = Number(options.resourceVersion);
    // a list by watch that names no revision is as fresh as one from etcd
    if (options.initialEvents && options.resourceVersion === "") revision = (await this.store.list("", 1, 0)).revision;
    const at = await cache.upTo(revision);
    return { items: cache.list(namespace).filter((object) => selects(options, object)), resourceVersion: String(at), continue: "", remaining: undefined };
  }

  private async listOne(namespace: string, name: string, options: ListOptions, revision: number): Promise<ObjectList> {
    if (revision > 0) return this.pages(namespace, options, revision);
    const page = await this.store.list(namespace, 1, 0);
    const object = await this.store.get(namespace, name);
    const at = Math.max(page.revision, Number(object?.metadata.resourceVersion ?? 0));
    return { items: object !== undefined && selects(options, object) ? [object] : [], resourceVersion: String(at), continue: "", remaining: undefined };
  }

  /** Pages of etcd until the limit is full of what is selected. */
  private async pages(namespace: string, options: ListOptions, revision: number): Promise<ObjectList> {
    const { limit } = options;
    const plain = options.labels.length === 0 && options.fields.length === 0;
    const items: KubeObject[] = [];
    let from = options.from;
    for (;;) {
      const page = await this.store.list(namespace, limit, revision, from);
      if (Number(options.resourceVersion) > page.revision) throw tooLargeResourceVersion(Number(options.resourceVersion), page.revision);
      const at = from !== undefined && from.revision > 0 ? from.revision : page.revision;
      for (const [index, item] of page.items.entries()) {
        if (!selects(options, item)) continue;
        items.push(item);
        if (items.length !== limit || index === page.items.length - 1) continue;
        const { namespace: home = "", name = "" } = item.metadata;
        const last = this.store.type.namespaced && namespace === "" ? `${home}/${name}` : name;
        return { items, resourceVersion: String(at), continue: continueToken(at, last), remaining: undefined };
      }
      if (page.last === undefined) return { items, resourceVersion: String(at), continue: "", remaining: undefined };
      if (limit > 0 && items.length >= limit) {
        return { items, resourceVersion: String(at), continue: continueToken(at, page.last), remaining: plain ? page.remaining : undefined };
      }
      from = { revision: at, start: `${page.last}\0` };
    }
  }

  private bookmark(revision: number, annotations: Record<string, string> | undefined): KubeObject {
    const { type } = this.store;
    return { kind: type.kind, apiVersion: groupVersion(type), metadata: { resourceVersion: String(revision), creationTimestamp: null, ...(annotations === undefined ? {} : { annotations }) } };
  }
}

/** An event as somebody with this selector sees it: an object may come into what is selected, and go out of it. */
function tell(event: ObjectEvent, namespace: string, options: ListOptions, sink: WatchSink): void {
  if (namespace !== "" && event.object.metadata.namespace !== namespace) return;
  const now = event.type !== "DELETED" && selects(options, event.object);
  const before = event.previous !== undefined && selects(options, event.previous);
  if (now) sink.event(before ? "MODIFIED" : "ADDED", event.object);
  else if (before) {
    // as it was, at the revision of its going
    const gone = { ...event.previous!, metadata: { ...event.previous!.metadata, resourceVersion: String(event.revision) } };
    sink.event("DELETED", gone);
  }
}
