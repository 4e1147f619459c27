/** additionalPrinterColumns of custom resources (apiextensions-apiserver pkg/registry/customresource/tableconvertor). */
import { age } from "./durations.ts";
import { isMap, type JsonMap } from "./kube-object.ts";
import { AGE, type Column } from "./columns.ts";

/** `.spec.names[0].kind` and `.metadata.labels['a\.b/c']`: no filters, no wildcards. undefined where nothing stands there */
function find(object: unknown, path: string): unknown {
  const steps = path.match(/\.(?:\\.|[^.[\\])+|\[(?:\d+|'[^']*'|"[^"]*")\]/g) ?? [];
  let here = object;
  for (const step of steps) {
    const name = step.startsWith(".") ? step.slice(1).replaceAll("\\", "") : step.slice(1, -1).replace(/^['"]|['"]$/g, "");
    if (Array.isArray(here)) here = (here as unknown[])[Number(name)];
    else if (isMap(here)) here = here[name];
    else return undefined;
  }
  return here;
}

const TYPES = ["string", "integer", "date", "boolean", "number"] as const;

export function customColumns(columns: readonly JsonMap[]): readonly Column[] {
  if (columns.length === 0) return [AGE];
  return columns.map((column) => {
    const type = TYPES.find((one) => one === column["type"]) ?? "string";
    const path = String(column["jsonPath"]);
    return {
      name: String(column["name"]),
      type,
      ...(Number(column["priority"] ?? 0) > 0 ? { wide: true as const } : {}),
      cell(object, now) {
        const value = find(object, path);
        if (value === undefined) return type === "date" ? "<unknown>" : "";
        if (type === "date") return age(String(value), now);
        return typeof value === "object" ? JSON.stringify(value) : type === "string" ? String(value) : value;
      },
    };
  });
}
