/** A column of a Table, and the two that nearly all kinds have. */
import type { KubeObject } from "../schema/index.ts";
import { age } from "./durations.ts";

/** One column: its name, what stands in it, and whether only -o wide shows it. */
export interface Column {
  readonly name: string;
  readonly type?: "string" | "integer" | "date" | "boolean" | "number";
  readonly wide?: true;
  cell(object: KubeObject, now: number): unknown;
}

export const NAME: Column = { name: "Name", cell: ({ metadata }) => metadata.name ?? "" };
export const AGE: Column = { name: "Age", cell: ({ metadata }, now) => age(metadata.creationTimestamp ?? "", now) };
