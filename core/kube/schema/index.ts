/**
 * What Kubernetes' objects are: resources, bytes, defaults, rules, patches, schemas and field ownership. Pure functions over plain JSON.
 * All of it is read from one table of types (table/*.ts).
 */
import type { FieldError, KubeObject, ManagedFieldsEntry } from "./object.ts";
export * from "./object.ts";
export { RESOURCES } from "./resources.ts";

/** Value for etcd: `k8s\0` and protobuf for built-in types, JSON for custom resources. `metadata.resourceVersion` is left out. */
export declare function encodeStored(object: KubeObject): Buffer;
/** Reads either form. @throws DecodeError */
export declare function decodeStored(value: Buffer): KubeObject;
/** Body of `application/vnd.kubernetes.protobuf`: the same envelope around any object or list. */
export declare function encodeProtobuf(object: Record<string, unknown>): Buffer;
export declare function decodeProtobuf(body: Buffer): KubeObject;

/** An object as typed Go code reads it: unknown fields named, wrong types refused with Go's wording, always-present fields filled in. */
export declare function readObject(json: Record<string, unknown>, schema?: Schema): { object: KubeObject; unknown: string[] };
export declare function applyDefaults(object: KubeObject, schema?: Schema): void;
export declare function validate(object: KubeObject, schema?: Schema): FieldError[];
export declare function validateUpdate(object: KubeObject, old: KubeObject): FieldError[];
/** `spec.replicas: Invalid value: -1: must be ...` */
export declare function fieldErrorText(error: FieldError): string;

/** How the objects of one type are built; undefined for a type that nobody declared. */
export interface Schema {
  readonly kind: "object" | "map" | "list" | "scalar" | "any";
}
export declare function schemaOf(apiVersion: string, kind: string): Schema | undefined;
/** The schema of a custom resource, from `spec.versions[].schema.openAPIV3Schema` of its definition. */
export declare function schemaOfCrd(openAPIV3Schema: Record<string, unknown> | undefined): Schema;

export declare function strategicMerge(
  type: { apiVersion: string; kind: string },
  original: Record<string, unknown>,
  patch: Record<string, unknown>,
): Record<string, unknown>;
export declare function jsonMerge(original: unknown, patch: unknown): unknown;
export declare function jsonPatch(original: unknown, operations: readonly unknown[]): unknown;

/** Swagger 2 of everything served, as JSON and as gnostic's protobuf (`application/com.github.proto-openapi.spec.v2@v1.0+protobuf`). */
export declare function openapiV2Json(crds: readonly KubeObject[]): Record<string, unknown>;
export declare function openapiV2(crds: readonly KubeObject[]): Buffer;
/** `{"paths":{"apis/apps/v1":{"serverRelativeURL":"/openapi/v3/apis/apps/v1?hash=..."}}}` */
export declare function openapiV3Index(crds: readonly KubeObject[]): Record<string, unknown>;
/** @param path of the index: "api/v1", "apis/apps/v1"; undefined where there is no such group version */
export declare function openapiV3(path: string, crds: readonly KubeObject[]): Record<string, unknown> | undefined;

export interface ApplyConflict {
  readonly manager: string;
  readonly field: string;
}
/** `live` undefined: the object is created. `now` is RFC 3339. The object has its managedFields set unless there are conflicts. */
export declare function serverSideApply(
  live: KubeObject | undefined,
  applied: KubeObject,
  manager: string,
  force: boolean,
  now: string,
  options?: { schema?: Schema; subresource?: string },
): { object: KubeObject; conflicts: ApplyConflict[] };
/** The managedFields that `after` must carry when `manager` turned `before` (undefined: created) into it. */
export declare function trackUpdate(
  before: KubeObject | undefined,
  after: KubeObject,
  manager: string,
  operation: "Update" | "Apply",
  subresource: string,
  now: string,
  schema?: Schema,
): ManagedFieldsEntry[];
