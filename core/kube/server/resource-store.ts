/**
 * The objects of one resource in the store: values encoded and sealed, resourceVersion taken from the key's revision, writes
 * repeated on what another writer left (apiserver pkg/storage/etcd3/store.go, GuaranteedUpdate).
 */
import { alreadyExists, ApiError, expired, internal, notFound, tooLargeResourceVersion } from "./api-error.ts";
import { type ContinueToken, continueToken } from "./continue-token.ts";
import type { Transformer } from "./encryption.ts";
import { endOf, type KeyEvent, type KeyValue, type KeyValueStore, StoreError } from "./key-value-store.ts";
import type { KubeObject } from "../schema/index.ts";
import type { Kinds } from "./kinds.ts";
import type { ServedType } from "./served-type.ts";

export interface ObjectPage {
  readonly items: readonly KubeObject[];
  readonly revision: number;
  /** the last key of this page, where there are more */
  readonly last: string | undefined;
  readonly remaining: number;
}

export interface ObjectEvent {
  readonly type: "ADDED" | "MODIFIED" | "DELETED";
  readonly object: KubeObject;
  /** what was there before; undefined for ADDED */
  readonly previous: KubeObject | undefined;
  readonly revision: number;
}

export interface ObjectWatchListener {
  events(events: readonly ObjectEvent[]): void;
  progress(revision: number): void;
  failed(error: ApiError): void;
}

/** Says what an object becomes; the same object again: nothing is written. @throws ApiError */
export type Modify = (current: KubeObject) => KubeObject;

export interface ResourceStoreOptions {
  readonly store: KeyValueStore;
  readonly type: ServedType;
  /** --etcd-prefix */
  readonly root: string;
  readonly kinds: Pick<Kinds, "encodeStored" | "decodeStored">;
  readonly transformer: Transformer;
  /** how long an object lives, s; 0: for ever */
  readonly ttl: number;
}

const RETRIES = 50;
const LIST_EXPIRED = "The provided continue parameter is too old to display a consistent list result. You can start a new list without the continue parameter, or use the continue token in this response to retrieve the remainder of the results. Continuing with the provided token results in an inconsistent list - objects that were created, modified, or deleted between the time the first chunk was returned and now may show up in the list.";
const WATCH_EXPIRED = "The resourceVersion for the provided watch is too old.";

export class ResourceStore {
  readonly type: ServedType;
  /** ends in "/" */
  readonly prefix: string;

  constructor(private readonly options: ResourceStoreOptions) {
    this.type = options.type;
    this.prefix = `${options.root.replace(/\/$/, "")}/${options.type.storagePrefix}/`;
  }

  keyOf(namespace: string, name: string): string {
    return this.type.namespaced ? `${this.prefix}${namespace}/${name}` : `${this.prefix}${name}`;
  }

  async get(namespace: string, name: string): Promise<KubeObject | undefined> {
    const { found } = await this.ask(this.options.store.get(this.keyOf(namespace, name)));
    return found === undefined ? undefined : this.object(found);
  }

  /** @param namespace "": all. @throws ApiError 410, 504 */
  async list(namespace: string, limit: number, revision: number, from?: ContinueToken): Promise<ObjectPage> {
    const prefix = this.type.namespaced && namespace !== "" ? `${this.prefix}${namespace}/` : this.prefix;
    // key after the last one that was given out
    const start = from === undefined ? prefix : `${prefix}${from.start}`;
    const at = from === undefined ? revision : from.revision;
    const page = await this.ask(this.options.store.range(start, endOf(prefix), limit, at), at, from);
    const last = page.more && page.items.length > 0 ? page.items.at(-1)!.key.slice(prefix.length) : undefined;
    return { items: page.items.map((item) => this.object(item)), revision: at > 0 ? at : page.revision, last, remaining: Math.max(0, page.count - page.items.length) };
  }

  /** @throws ApiError 409 AlreadyExists */
  async create(object: KubeObject): Promise<KubeObject> {
    const { namespace = "", name = "" } = object.metadata;
    const key = this.keyOf(namespace, name);
    const written = await this.ask(this.options.store.put(key, 0, this.bytes(object, key), this.options.ttl));
    if (!written.done) throw alreadyExists(this.type, name);
    return withRevision(object, written.revision);
  }

  /**
   * @param known what the caller believes to stand there: saves a read when it is true
   * @throws ApiError 404, and whatever `modify` throws about an object that was just read
   */
  async update(namespace: string, name: string, modify: Modify, known?: KubeObject): Promise<KubeObject> {
    const key = this.keyOf(namespace, name);
    let current = known;
    let fresh = false;
    for (let attempt = 0; attempt < RETRIES; attempt++) {
      if (current === undefined) {
        current = await this.get(namespace, name);
        fresh = true;
      }
      if (current === undefined) throw notFound(this.type, name);
      const revision = Number(current.metadata.resourceVersion);
      let next: KubeObject;
      try {
        next = modify(structuredClone(current));
      } catch (error) {
        // a refusal that rests on an old object is none
        if (fresh) throw error;
        current = undefined;
        continue;
      }
      const bytes = this.encode(next);
      if (this.encode(current).equals(bytes)) {
        // what has not changed is not written, provided that it is what stands there
        if (fresh) return current;
        current = undefined;
        continue;
      }
      const written = await this.ask(this.options.store.put(key, revision, this.options.transformer.seal(bytes, key), this.options.ttl));
      if (written.done) return withRevision(next, written.revision);
      current = written.current === undefined ? undefined : this.object(written.current);
      fresh = true;
      if (current === undefined) throw notFound(this.type, name);
    }
    throw internal(`${this.type.plural} "${name}" could not be updated in ${RETRIES} attempts: others write it all the time`);
  }

  /** @param check looks at what stands there and may refuse. @returns what was deleted. @throws ApiError 404 */
  async delete(namespace: string, name: string, check: (current: KubeObject) => void, known?: KubeObject): Promise<KubeObject> {
    const key = this.keyOf(namespace, name);
    let current = known ?? (await this.get(namespace, name));
    for (;;) {
      if (current === undefined) throw notFound(this.type, name);
      check(current);
      const written = await this.ask(this.options.store.delete(key, Number(current.metadata.resourceVersion)));
      if (written.done) return withRevision(current, written.revision);
      current = written.current === undefined ? undefined : this.object(written.current);
    }
  }

  /** Events after that revision. An event that cannot be decoded ends the watch. */
  watch(namespace: string, name: string, after: number, listener: ObjectWatchListener): { cancel(): void } {
    const prefix = this.type.namespaced && namespace !== "" ? `${this.prefix}${namespace}/` : this.prefix;
    const key = name === "" ? "" : this.keyOf(namespace, name);
    const watcher = this.options.store.watch(prefix, after + 1, {
      events: (events) => {
        const seen: ObjectEvent[] = [];
        try {
          for (const event of events) if (key === "" || event.key === key) seen.push(this.event(event));
        } catch (error) {
          watcher.cancel();
          listener.failed(error instanceof ApiError ? error : internal((error as Error).message, { cause: error }));
          return;
        }
        listener.events(seen);
      },
      progress: (revision) => listener.progress(revision),
      failed: (error) => listener.failed(error.code === "compacted" ? expired(WATCH_EXPIRED) : internal(error.message, { cause: error })),
    });
    return watcher;
  }

  askProgress(): void {
    this.options.store.askProgress();
  }

  private event(event: KeyEvent): ObjectEvent {
    const previous = event.previous === undefined ? undefined : this.object(event.previous);
    if (event.type === "put") {
      const object = this.object({ key: event.key, value: event.value, modRevision: event.revision });
      return { type: event.created ? "ADDED" : "MODIFIED", object, previous: event.created ? undefined : previous, revision: event.revision };
    }
    if (previous === undefined) throw internal(`etcd event received with PrevKv=nil (key="${event.key}", modRevision=${event.revision}, type=DELETE)`);
    return { type: "DELETED", object: withRevision(previous, event.revision), previous, revision: event.revision };
  }

  private encode(object: KubeObject): Buffer {
    const { resourceVersion: _, selfLink: __, ...metadata } = object.metadata;
    return this.options.kinds.encodeStored({ ...object, metadata });
  }

  private bytes(object: KubeObject, key: string): Buffer {
    return this.options.transformer.seal(this.encode(object), key);
  }

  private object({ key, value, modRevision }: KeyValue): KubeObject {
    try {
      return withRevision(this.options.kinds.decodeStored(this.options.transformer.open(value, key)), modRevision);
    } catch (error) {
      throw new ApiError(500, "InternalError", `Internal error occurred: unable to transform key "${key}": ${(error as Error).message}`, { causes: [{ reason: "", message: (error as Error).message }] }, { cause: error });
    }
  }

  private async ask<T>(call: Promise<T>, revision = 0, from?: ContinueToken): Promise<T> {
    try {
      return await call;
    } catch (error) {
      if (!(error instanceof StoreError)) throw error;
      if (error.code === "compacted") throw from === undefined ? expired("The resourceVersion for the provided list is too old.") : expired(LIST_EXPIRED, continueToken(-1, from.start.replace(/\0$/, "")));
      if (error.code === "future") throw tooLargeResourceVersion(revision, 0);
      throw internal(error.message, { cause: error });
    }
  }
}

function withRevision(object: KubeObject, revision: number): KubeObject {
  return { ...object, metadata: { ...object.metadata, resourceVersion: String(revision) } };
}
