/**
 * Changing the objects of one resource: create, update, patch, delete, as the generic registry does (apiserver
 * pkg/registry/generic/registry/store.go): defaults, rules, optimistic concurrency, finalizers, graceful deletion, managed fields.
 */
import { type FieldError, type KubeObject, type ObjectMeta } from "../schema/index.ts";
import { ApiError, badRequest, conflict, invalid, notFound, type Status } from "./api-error.ts";
import type { DeleteOptions } from "./delete-options.ts";
import type { Kinds } from "./kinds.ts";
import { isMap, type JsonMap, listAt, numberAt, sameJson, textAt } from "./kube-object.ts";
import type { Modify, ResourceStore } from "./resource-store.ts";
import { groupVersion, type ServedType, typeName } from "./served-type.ts";
import { beforeCreate, beforeUpdate } from "./strategies.ts";

/** How one request wants its write. */
export interface WriteContext {
  readonly manager: string;
  readonly dryRun: boolean;
  /** of unknown fields */
  readonly fieldValidation: "Strict" | "Warn" | "Ignore";
  /** told to the client in a Warning header */
  warn(text: string): void;
  /** what a server-side apply has worked out already; undefined: worked out here */
  readonly applied?: ObjectMeta["managedFields"];
}

/** What is asked of the rest of the server. */
export interface Admission {
  /** Fills in and refuses what depends on other objects. @throws ApiError */
  create(type: ServedType, object: KubeObject): Promise<void>;
  update(type: ServedType, object: KubeObject, old: KubeObject): Promise<void>;
}

export interface Surroundings {
  readonly kinds: Kinds;
  readonly admission: Admission;
  /** RFC 3339 */
  now(): string;
  newUid(): string;
  /** five characters of a generated name */
  newSuffix(): string;
}

export type PatchType = "application/strategic-merge-patch+json" | "application/merge-patch+json" | "application/json-patch+json" | "application/apply-patch+yaml";

const FOREGROUND = "foregroundDeletion";
const ORPHAN = "orphan";
const GRACE_S = 30;
const NAMES_MAX = 63;
const CREATE_TRIES = 8;

export class Writes {
  private readonly type: ServedType;

  constructor(
    private readonly store: ResourceStore,
    private readonly around: Surroundings,
  ) {
    this.type = store.type;
  }

  /** @throws ApiError 400, 403, 409, 422 */
  async create(namespace: string, body: JsonMap, context: WriteContext): Promise<KubeObject> {
    for (let attempt = 1; ; attempt++) {
      try {
        return await this.createOnce(namespace, body, context);
      } catch (error) {
        const taken = error instanceof ApiError && error.reason === "AlreadyExists" && textAt(body, "metadata.name") === "" && attempt < CREATE_TRIES;
        if (!taken) throw error;
      }
    }
  }

  private async createOnce(namespace: string, body: JsonMap, context: WriteContext): Promise<KubeObject> {
    const object = this.read(structuredClone(body), context);
    this.place(object, namespace);
    const { metadata } = object;
    if (metadata.resourceVersion !== undefined && metadata.resourceVersion !== "") throw new ApiError(500, "", "resourceVersion should not be set on objects to be created");
    if ((metadata.name ?? "") === "" && (metadata.generateName ?? "") !== "") metadata.name = `${metadata.generateName!.slice(0, NAMES_MAX - 5)}${this.around.newSuffix()}`;
    if ((metadata.name ?? "") === "") throw invalid(this.type, "", [{ reason: "FieldValueRequired", message: "Required value: name or generateName is required", field: "metadata.name" }]);
    for (const field of ["deletionTimestamp", "deletionGracePeriodSeconds", "selfLink", "managedFields"] as const) delete metadata[field];
    metadata.uid = this.around.newUid();
    metadata.creationTimestamp = this.around.now();
    beforeCreate(this.type, object);
    await this.around.admission.create(this.type, object);
    this.judge(object, this.around.kinds.validate(object, this.type.schema));
    this.track(undefined, object, context, "");
    if (!context.dryRun) return this.store.create(object);
    if ((await this.store.get(metadata.namespace ?? "", metadata.name!)) !== undefined) throw new ApiError(409, "AlreadyExists", `${typeName(this.type)} "${metadata.name!}" already exists`, { name: metadata.name!, kind: this.type.plural });
    return object;
  }

  /** @param subresource "", "status", "finalize". @throws ApiError */
  async update(namespace: string, name: string, subresource: string, body: JsonMap, context: WriteContext): Promise<KubeObject> {
    const object = this.read(structuredClone(body), context);
    this.place(object, namespace);
    if (object.metadata.name !== undefined && object.metadata.name !== name) throw badRequest(`the name of the object (${object.metadata.name}) does not match the name on the URL (${name})`);
    object.metadata.name = name;
    return this.change(namespace, name, subresource, context, () => structuredClone(object));
  }

  /** @throws ApiError */
  async patch(namespace: string, name: string, subresource: string, kind: PatchType, patch: unknown, force: boolean, context: WriteContext): Promise<{ readonly object: KubeObject; readonly created: boolean }> {
    if (kind === "application/apply-patch+yaml") return this.apply(namespace, name, subresource, patch, force, context);
    const object = await this.change(namespace, name, subresource, context, (current) => this.read(this.patched(current, kind, patch), context));
    return { object, created: false };
  }

  /** Any change of the server's own, such as a new scale; "binding" may give a pod its node. */
  async change(namespace: string, name: string, subresource: string, context: WriteContext, make: Modify): Promise<KubeObject> {
    for (;;) {
      const current = await this.store.get(namespace, name);
      if (current === undefined) throw notFound(this.type, name);
      const next = this.next(current, make, subresource);
      await this.around.admission.update(this.type, next, current);
      this.judge(next, [...this.around.kinds.validate(next, this.type.schema), ...(subresource === "binding" ? [] : this.around.kinds.validateUpdate(next, current))]);
      if (this.isGone(next) && !context.dryRun) return this.store.delete(namespace, name, () => undefined, current);
      if (sameButFields(next, current)) return current;
      this.track(current, next, context, subresource);
      if (context.dryRun) return next;
      const written = await this.writeAt(namespace, name, current.metadata.resourceVersion, next, current);
      if (written !== undefined) return written;
    }
  }

  /** @returns undefined where another writer was faster: everything is made again from what it left */
  private async writeAt(namespace: string, name: string, revision: string | undefined, next: KubeObject, current: KubeObject): Promise<KubeObject | undefined> {
    let overtaken = false;
    const written = await this.store.update(
      namespace,
      name,
      (found) => {
        overtaken = found.metadata.resourceVersion !== revision;
        return overtaken ? found : next;
      },
      current,
    );
    return overtaken ? undefined : written;
  }

  private next(current: KubeObject, make: Modify, subresource: string): KubeObject {
    const object = make(structuredClone(current));
    const { metadata } = object;
    const wanted = metadata.resourceVersion ?? "";
    if (wanted !== "" && wanted !== current.metadata.resourceVersion) throw conflict(this.type, current.metadata.name!);
    if (metadata.uid !== undefined && metadata.uid !== "" && metadata.uid !== current.metadata.uid) {
      throw conflict(this.type, current.metadata.name!, `Precondition failed: UID in precondition: ${metadata.uid}, UID in object meta: ${current.metadata.uid ?? ""}`);
    }
    keepSystemFields(metadata, current.metadata);
    if (object.apiVersion !== current.apiVersion && !this.type.custom) object.apiVersion = current.apiVersion;
    beforeUpdate(this.type, object, current, subresource);
    this.around.kinds.applyDefaults(object, this.type.schema);
    return object;
  }

  private async apply(namespace: string, name: string, subresource: string, patch: unknown, force: boolean, context: WriteContext): Promise<{ readonly object: KubeObject; readonly created: boolean }> {
    if (!isMap(patch)) throw badRequest("the applied configuration must be an object");
    if (context.manager === "") throw new ApiError(422, "Invalid", "PatchOptions.meta.k8s.io \"\" is invalid: fieldManager: Required value: is required for apply patch", { group: "meta.k8s.io", kind: "PatchOptions", causes: [{ reason: "FieldValueRequired", message: "Required value: is required for apply patch", field: "fieldManager" }] });
    const applied = { ...patch, metadata: { ...(isMap(patch["metadata"]) ? patch["metadata"] : {}), name } } as unknown as KubeObject;
    if (this.type.namespaced) applied.metadata.namespace = namespace;
    const merged = (live: KubeObject | undefined): KubeObject => {
      const { object, conflicts } = this.around.kinds.serverSideApply(live, structuredClone(applied), context.manager, force, this.around.now(), { ...(this.type.schema === undefined ? {} : { schema: this.type.schema }), subresource });
      if (conflicts.length > 0) {
        const by = [...new Set(conflicts.map(({ manager }) => manager))];
        const lines = by.map((manager) => `conflict${conflicts.length > 1 ? "s" : ""} with "${manager}": ${conflicts.filter((one) => one.manager === manager).map(({ field }) => field).join(", ")}`);
        throw new ApiError(409, "Conflict", `Apply failed with ${conflicts.length} conflict${conflicts.length === 1 ? "" : "s"}: ${lines.join("\n")}`, { causes: conflicts.map(({ manager, field }) => ({ reason: "FieldManagerConflict", message: `conflict with "${manager}"`, field })) });
      }
      return object;
    };
    if ((await this.store.get(namespace, name)) === undefined) {
      if (subresource !== "") throw notFound(this.type, name);
      const object = merged(undefined);
      return { object: await this.create(namespace, object, { ...context, manager: "", applied: object.metadata.managedFields ?? [] }), created: true };
    }
    return { object: await this.change(namespace, name, subresource, { ...context, manager: "" }, merged), created: false };
  }

  /** @returns what DELETE answers: the object while it remains, otherwise a Status. @throws ApiError */
  async delete(namespace: string, name: string, options: DeleteOptions): Promise<KubeObject | Status> {
    for (;;) {
      const current = await this.store.get(namespace, name);
      if (current === undefined) throw notFound(this.type, name);
      this.checkPreconditions(current, options);
      const marked = this.marked(structuredClone(current), options);
      if (this.isGone(marked)) {
        if (options.dryRun) return this.deleted(current);
        const gone = await this.store.delete(namespace, name, (found) => {
          if (found.metadata.resourceVersion !== current.metadata.resourceVersion) this.checkPreconditions(found, options);
        }, current);
        return typeName(this.type) === "pods" || typeName(this.type) === "namespaces" ? gone : this.deleted(gone);
      }
      if (sameJson(marked, current) || options.dryRun) return marked;
      const written = await this.writeAt(namespace, name, current.metadata.resourceVersion, marked, current);
      if (written !== undefined) return written;
    }
  }

  private checkPreconditions({ metadata }: KubeObject, { uid, resourceVersion }: DeleteOptions): void {
    if (uid !== "" && uid !== metadata.uid) throw conflict(this.type, metadata.name!, `Precondition failed: UID in precondition: ${uid}, UID in object meta: ${metadata.uid ?? ""}`);
    if (resourceVersion !== "" && resourceVersion !== metadata.resourceVersion) {
      throw conflict(this.type, metadata.name!, `Precondition failed: ResourceVersion in precondition: ${resourceVersion}, ResourceVersion in object meta: ${metadata.resourceVersion ?? ""}`);
    }
  }

  /** The object as its deletion leaves it, should it stay. */
  private marked(object: KubeObject, options: DeleteOptions): KubeObject {
    const { metadata } = object;
    const finalizers = new Set(metadata.finalizers);
    if (options.propagation === "Orphan") finalizers.add(ORPHAN).delete(FOREGROUND);
    else if (options.propagation === "Foreground") finalizers.add(FOREGROUND).delete(ORPHAN);
    else if (options.propagation === "Background") {
      finalizers.delete(ORPHAN);
      finalizers.delete(FOREGROUND);
    }
    if (finalizers.size > 0) metadata.finalizers = [...finalizers];
    else delete metadata.finalizers;
    const grace = this.grace(object, options);
    const shorter = metadata.deletionGracePeriodSeconds === undefined || grace < metadata.deletionGracePeriodSeconds;
    if (metadata.deletionTimestamp === undefined || (typeName(this.type) === "pods" && shorter)) {
      const from = Date.parse(this.around.now());
      metadata.deletionTimestamp = new Date(from + grace * 1000).toISOString().replace(/\.\d+Z$/, "Z");
      metadata.deletionGracePeriodSeconds = grace;
      if (typeof metadata.generation === "number") metadata.generation++;
    }
    if (typeName(this.type) === "namespaces") object["status"] = { ...(isMap(object["status"]) ? object["status"] : {}), phase: "Terminating" };
    return object;
  }

  private grace(object: KubeObject, { grace }: DeleteOptions): number {
    if (typeName(this.type) !== "pods") return 0;
    if (textAt(object, "spec.nodeName") === "" || ["Succeeded", "Failed"].includes(textAt(object, "status.phase"))) return 0;
    return Math.max(0, grace ?? numberAt(object, "spec.terminationGracePeriodSeconds", GRACE_S));
  }

  /** Its deletion was asked for, and nothing holds it any more. */
  private isGone(object: KubeObject): boolean {
    const { metadata } = object;
    if (metadata.deletionTimestamp === undefined || (metadata.finalizers?.length ?? 0) > 0) return false;
    if (typeName(this.type) === "namespaces") return listAt(object, "spec.finalizers").length === 0;
    return (metadata.deletionGracePeriodSeconds ?? 0) === 0;
  }

  private deleted(object: KubeObject): Status {
    const { group, plural } = this.type;
    const { name = "", uid = "" } = object.metadata;
    return { kind: "Status", apiVersion: "v1", metadata: {}, status: "Success", details: { name, ...(group === "" ? {} : { group }), kind: plural, uid } };
  }

  private patched(current: KubeObject, kind: PatchType, patch: unknown): JsonMap {
    const { kinds } = this.around;
    const start: JsonMap = structuredClone(current);
    switch (kind) {
      case "application/strategic-merge-patch+json":
        if (this.type.custom) throw new ApiError(415, "UnsupportedMediaType", "the body of the request was in an unknown format - accepted media types include: application/json-patch+json, application/merge-patch+json, application/apply-patch+yaml");
        if (!isMap(patch)) throw badRequest("the patch must be an object");
        return kinds.strategicMerge({ apiVersion: current.apiVersion, kind: current.kind }, start, patch);
      case "application/merge-patch+json": {
        const merged = kinds.jsonMerge(start, patch);
        if (!isMap(merged)) throw badRequest("the patch does not leave an object");
        return merged;
      }
      case "application/json-patch+json": {
        if (!Array.isArray(patch)) throw badRequest("the patch must be an array of operations");
        try {
          const changed = kinds.jsonPatch(start, patch as unknown[]);
          if (isMap(changed)) return changed;
        } catch (error) {
          if (!(error instanceof Error) || error instanceof ApiError) throw error;
          throw new ApiError(422, "Invalid", `the server rejected our request due to an error in our request: ${error.message}`, undefined, { cause: error });
        }
        throw badRequest("the patch does not leave an object");
      }
      case "application/apply-patch+yaml":
        throw badRequest("an apply is no patch of this kind");
    }
  }

  /** @throws ApiError 400 where it is no object of this type */
  private read(json: JsonMap, context: WriteContext): KubeObject {
    const { kind, version } = this.type;
    json["apiVersion"] ??= groupVersion(this.type);
    json["kind"] ??= kind;
    if (json["kind"] !== kind || json["apiVersion"] !== groupVersion(this.type)) {
      throw badRequest(`the API version in the data (${String(json["apiVersion"])}) does not match the expected API version (${groupVersion(this.type)})`);
    }
    let found: { readonly object: KubeObject; readonly unknown: readonly string[] };
    try {
      found = this.around.kinds.readObject(json, this.type.schema);
    } catch (error) {
      throw new ApiError(400, "BadRequest", `${kind} in version "${version}" cannot be handled as a ${kind}: ${(error as Error).message}`, undefined, { cause: error });
    }
    if (found.unknown.length > 0) {
      const texts = found.unknown.map((field) => `unknown field "${field}"`);
      if (context.fieldValidation === "Strict") throw badRequest(`${kind} in version "${version}" cannot be handled as a ${kind}: strict decoding error: ${texts.join(", ")}`);
      if (context.fieldValidation === "Warn") for (const text of texts) context.warn(text);
    }
    found.object.metadata ??= {};
    this.around.kinds.applyDefaults(found.object, this.type.schema);
    return found.object;
  }

  private place(object: KubeObject, namespace: string): void {
    const { metadata } = object;
    if (!this.type.namespaced) delete metadata.namespace;
    else if (metadata.namespace === undefined || metadata.namespace === "") metadata.namespace = namespace;
    else if (metadata.namespace !== namespace) throw badRequest(`the namespace of the provided object does not match the namespace sent on the request`);
  }

  private judge(object: KubeObject, errors: readonly FieldError[]): void {
    if (errors.length === 0) return;
    const causes = errors.map((error) => {
      const text = this.around.kinds.fieldErrorText(error);
      return { reason: error.type as string, message: text.startsWith(`${error.field}: `) ? text.slice(error.field.length + 2) : text, field: error.field };
    });
    throw invalid(this.type, object.metadata.name ?? "", causes);
  }

  private track(before: KubeObject | undefined, after: KubeObject, context: WriteContext, subresource: string): void {
    if (context.applied !== undefined) after.metadata.managedFields = context.applied;
    if (context.manager === "") return;
    const fields = this.around.kinds.trackUpdate(before, after, context.manager, "Update", subresource, this.around.now(), this.type.schema);
    if (fields.length > 0) after.metadata.managedFields = fields;
    else delete after.metadata.managedFields;
  }
}

function keepSystemFields(metadata: ObjectMeta, current: ObjectMeta): void {
  for (const field of ["uid", "creationTimestamp", "deletionTimestamp", "deletionGracePeriodSeconds", "generation", "resourceVersion", "generateName"] as const) {
    if (current[field] === undefined) delete metadata[field];
    else (metadata as JsonMap)[field] = current[field];
  }
  if (metadata.managedFields === undefined && current.managedFields !== undefined) metadata.managedFields = current.managedFields;
}

/** Nothing but times of managed fields tells them apart. */
function sameButFields(a: KubeObject, b: KubeObject): boolean {
  const bare = (object: KubeObject): JsonMap => {
    const { managedFields: _, ...metadata } = object.metadata;
    return { ...object, metadata };
  };
  return sameJson(bare(a), bare(b));
}
