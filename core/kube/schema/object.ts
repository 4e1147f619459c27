/**
 * The shapes that the schema and the server share: an API object as plain JSON, what is wrong with one, and a resource of the API.
 * Names and wording are those of Kubernetes' apimachinery (meta/v1, util/validation/field).
 */

/** Who wrote which fields: one entry of `metadata.managedFields`. */
export interface ManagedFieldsEntry {
  manager?: string;
  operation?: "Apply" | "Update";
  apiVersion?: string;
  /** RFC 3339, whole seconds */
  time?: string;
  fieldsType?: "FieldsV1";
  /** a set of paths, as `{"f:spec":{"f:replicas":{}}}` */
  fieldsV1?: Record<string, unknown>;
  subresource?: string;
}

export interface OwnerReference {
  apiVersion: string;
  kind: string;
  name: string;
  uid: string;
  controller?: boolean;
  blockOwnerDeletion?: boolean;
}

export interface ObjectMeta {
  name?: string;
  generateName?: string;
  namespace?: string;
  uid?: string;
  resourceVersion?: string;
  generation?: number;
  creationTimestamp?: string | null;
  deletionTimestamp?: string;
  deletionGracePeriodSeconds?: number;
  labels?: Record<string, string>;
  annotations?: Record<string, string>;
  ownerReferences?: OwnerReference[];
  finalizers?: string[];
  managedFields?: ManagedFieldsEntry[];
  [field: string]: unknown;
}

/** Any API object in its JSON form. */
export interface KubeObject {
  apiVersion: string;
  kind: string;
  metadata: ObjectMeta;
  [field: string]: unknown;
}

export type FieldErrorType =
  | "FieldValueRequired"
  | "FieldValueInvalid"
  | "FieldValueNotSupported"
  | "FieldValueDuplicate"
  | "FieldValueForbidden"
  | "FieldValueTooLong"
  | "FieldValueTooMany"
  | "FieldValueTypeInvalid"
  | "FieldValueNotFound";

/** One thing wrong with an object; `type` is the `reason` of a Status cause. */
export interface FieldError {
  /** path such as `spec.containers[0].name` */
  readonly field: string;
  readonly type: FieldErrorType;
  readonly detail: string;
  /** what stood there; undefined where Kubernetes shows none */
  readonly value?: unknown;
}

/** Bytes or JSON that are no object of the type they claim. `offset` counts bytes from the start of the value (0 for JSON). */
export class DecodeError extends Error {
  override readonly name = "DecodeError";
  readonly code = "kube/decode";
  constructor(
    readonly offset: number,
    readonly expected: string,
    readonly found: string,
    /** path of the field being read, "" at the top */
    readonly path = "",
  ) {
    super(`${path === "" ? "" : `${path}: `}byte ${offset}: expected ${expected}, found ${found}`);
  }
}

/** A path below an object that has its own meaning: `status`, `log`, ... `kind` names what is sent there if it is not the object. */
export interface Subresource {
  readonly name: "status" | "scale" | "log" | "exec" | "eviction" | "binding" | "attach" | "portforward" | "ephemeralcontainers" | "token" | "finalize";
  readonly group?: string;
  readonly version?: string;
  readonly kind: string;
  readonly verbs: readonly string[];
}

/** One row of discovery, and where its objects are kept. */
export interface ResourceType {
  /** "" for the core group */
  readonly group: string;
  readonly version: string;
  readonly kind: string;
  readonly listKind: string;
  readonly plural: string;
  readonly singular: string;
  readonly shortNames: readonly string[];
  readonly categories: readonly string[];
  readonly namespaced: boolean;
  /** below `/registry/`: "deployments", "services/specs", "minions"; "" for what is never stored (reviews) */
  readonly storagePrefix: string;
  readonly verbs: readonly string[];
  readonly subresources: readonly Subresource[];
}

/** A JSON body that does not fit its type; the message is what Go's decoder says. */
export class ShapeError extends Error {
  override readonly name = "ShapeError";
  readonly code = "kube/shape";
}

/** A patch that cannot be applied; `status` is the HTTP code that Kubernetes answers with. */
export class PatchError extends Error {
  override readonly name = "PatchError";
  readonly code = "kube/patch";
  constructor(
    message: string,
    readonly status: 400 | 422 = 400,
  ) {
    super(message);
  }
}
