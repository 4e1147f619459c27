/** Objects as a Table (meta.k8s.io/v1): what `kubectl get` prints (kubernetes pkg/printers/internalversion/printers.go). */
import type { KubeObject } from "../schema/index.ts";
import type { JsonMap } from "./kube-object.ts";
import { type Column, NAME } from "./columns.ts";
import { customColumns } from "./custom-columns.ts";
import { PRINTERS } from "./printers.ts";
import { type ServedType, typeName } from "./served-type.ts";

export interface TableForm {
  readonly apiVersion: "meta.k8s.io/v1" | "meta.k8s.io/v1beta1";
  readonly include: "None" | "Metadata" | "Object";
}

function columnsOf(type: ServedType): readonly Column[] {
  if (type.custom) return [NAME, ...customColumns(type.columns ?? [])];
  return PRINTERS[typeName(type)] ?? [NAME, { name: "Created At", cell: ({ metadata }) => metadata.creationTimestamp ?? "" }];
}

export function tableOf(type: ServedType, objects: readonly KubeObject[], metadata: JsonMap, form: TableForm, now: number): JsonMap {
  const columns = columnsOf(type);
  return {
    kind: "Table",
    apiVersion: form.apiVersion,
    metadata,
    columnDefinitions: columns.map(({ name, type: kind = "string", wide }) => ({ name, type: kind, format: name === "Name" ? "name" : "", description: "", priority: wide === true ? 1 : 0 })),
    rows: objects.map((object) => ({
      cells: columns.map((column) => column.cell(object, now)),
      ...(form.include === "None" ? {} : { object: form.include === "Object" ? object : { kind: "PartialObjectMetadata", apiVersion: form.apiVersion, metadata: object.metadata } }),
    })),
  };
}
