/** What the server takes from the table of kinds (core/kube/schema); handed in, so that its own logic can be tried without. */
import type { FieldError, KubeObject, ManagedFieldsEntry } from "../schema/index.ts";

/** How the objects of one type are built; what it is made of is the table's business. */
export type KindSchema = object;

interface ApplyConflict {
  readonly manager: string;
  readonly field: string;
}

type Json = Record<string, unknown>;

export interface Kinds {
  /** Value for etcd: `k8s\0` and protobuf for built-in types, JSON for custom resources. */
  encodeStored(object: KubeObject): Buffer;
  /** @throws Error where the bytes are no object */
  decodeStored(value: Buffer): KubeObject;
  /** The body of `application/vnd.kubernetes.protobuf`. */
  decodeProtobuf(body: Buffer): KubeObject;
  /** An object as typed Go code reads it: unknown fields named, wrong types refused. @throws Error */
  readObject(json: Json, schema?: KindSchema): { readonly object: KubeObject; readonly unknown: readonly string[] };
  applyDefaults(object: KubeObject, schema?: KindSchema): void;
  validate(object: KubeObject, schema?: KindSchema): readonly FieldError[];
  validateUpdate(object: KubeObject, old: KubeObject): readonly FieldError[];
  fieldErrorText(error: FieldError): string;
  schemaOfCrd(openAPIV3Schema: Json | undefined): KindSchema;
  strategicMerge(type: { apiVersion: string; kind: string }, original: Json, patch: Json): Json;
  jsonMerge(original: unknown, patch: unknown): unknown;
  /** @throws Error */
  jsonPatch(original: unknown, operations: readonly unknown[]): unknown;
  serverSideApply(
    live: KubeObject | undefined,
    applied: KubeObject,
    manager: string,
    force: boolean,
    now: string,
    options?: { schema?: KindSchema; subresource?: string },
  ): { readonly object: KubeObject; readonly conflicts: readonly ApplyConflict[] };
  trackUpdate(before: KubeObject | undefined, after: KubeObject, manager: string, operation: "Update" | "Apply", subresource: string, now: string, schema?: KindSchema): ManagedFieldsEntry[];
  openapiV2(crds: readonly KubeObject[]): Buffer;
  openapiV2Json(crds: readonly KubeObject[]): Json;
  openapiV3(path: string, crds: readonly KubeObject[]): Json | undefined;
  openapiV3Index(crds: readonly KubeObject[]): Json;
}
