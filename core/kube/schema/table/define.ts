/**
 * The notation of the type table, and what is made of it.
 *
 *     message DeploymentSpec ; What a deployment should be.
 *     1 replicas int32 * ; How many pods are wanted.
 *     2 selector meta.LabelSelector * ! required ; Which pods belong to it.
 *
 * A field has its protobuf number, its JSON name and its type (a scalar, a special form, `pkg.Message`, `[]T`, or `map[T]` with string
 * keys), then flags: `*` may be absent although it has no zero (a Go pointer), `!` stands in JSON even if empty (no omitempty),
 * `required` by the API's schema, `inline` its fields stand among the parent's in JSON, `map=k1,k2` a list keyed by those fields,
 * `list=set`, `atomic` owned and replaced as one, `patch=strategies:mergeKey` of a strategic merge patch, `default=JSON`.
 * Lists without a flag are atomic.
 */

export type Scalar = "string" | "bool" | "int32" | "int64" | "double" | "bytes";
/** Types whose JSON and protobuf forms differ; see special.ts. */
export type Special =
  | "Quantity"
  | "IntOrString"
  | "Time"
  | "MicroTime"
  | "Duration"
  | "FieldsV1"
  | "Raw"
  | "JSON"
  | "SchemaOrArray"
  | "SchemaOrBool"
  | "SchemaOrStrings";

export type FieldType =
  | { readonly kind: "scalar"; readonly scalar: Scalar }
  | { readonly kind: "special"; readonly special: Special }
  | { readonly kind: "message"; readonly name: string }
  | { readonly kind: "list"; readonly of: FieldType }
  | { readonly kind: "map"; readonly of: FieldType };

export interface Patch {
  readonly strategies: readonly string[];
  readonly key?: string;
}

export interface Field {
  readonly no: number;
  /** JSON name; "-" for inline fields */
  readonly name: string;
  readonly type: FieldType;
  readonly pointer: boolean;
  readonly always: boolean;
  readonly required: boolean;
  readonly inline: boolean;
  readonly atomic: boolean;
  readonly list: "atomic" | "set" | "map";
  readonly keys: readonly string[];
  readonly patch: Patch | undefined;
  readonly fallback: unknown;
  readonly doc: string;
}

export interface Message {
  /** `package.Name` */
  readonly name: string;
  readonly doc: string;
  readonly atomic: boolean;
  /** in ascending order of number, which is the order on the wire */
  readonly fields: readonly Field[];
  readonly byNumber: ReadonlyMap<number, Field>;
}

const SCALARS: readonly string[] = ["string", "bool", "int32", "int64", "double", "bytes"];
const SPECIALS: readonly string[] = [
  "Quantity",
  "IntOrString",
  "Time",
  "MicroTime",
  "Duration",
  "FieldsV1",
  "Raw",
  "JSON",
  "SchemaOrArray",
  "SchemaOrBool",
  "SchemaOrStrings",
];

function typeFrom(text: string): FieldType {
  if (text.startsWith("[]")) return { kind: "list", of: typeFrom(text.slice(2)) };
  if (text.startsWith("map[")) return { kind: "map", of: typeFrom(text.slice(4, -1)) };
  if (SCALARS.includes(text)) return { kind: "scalar", scalar: text as Scalar };
  if (SPECIALS.includes(text)) return { kind: "special", special: text as Special };
  return { kind: "message", name: text };
}

function fieldFrom(line: string): Field {
  const [facts = "", doc = ""] = line.split(" ; ", 2);
  const [no = "", name = "", type = "", ...flags] = facts.trim().split(" ");
  const value = (prefix: string): string | undefined => flags.find((flag) => flag.startsWith(prefix))?.slice(prefix.length);
  const keys = value("map=")?.split(",") ?? [];
  const patch = value("patch=")?.split(":");
  const fallback = value("default=");
  return {
    no: Number(no),
    name,
    type: typeFrom(type),
    pointer: flags.includes("*"),
    always: flags.includes("!"),
    required: flags.includes("required"),
    inline: flags.includes("inline"),
    atomic: flags.includes("atomic"),
    list: keys.length > 0 ? "map" : value("list=") === "set" ? "set" : "atomic",
    keys,
    patch:
      patch === undefined
        ? undefined
        : { strategies: (patch[0] ?? "").split(","), ...(patch[1] === undefined ? {} : { key: patch[1] }) },
    fallback: fallback === undefined ? undefined : JSON.parse(fallback),
    doc,
  };
}

/** Reads the messages of one package from the notation above. */
export function define(pkg: string, text: string): Message[] {
  return text
    .trim()
    .split(/\n\s*\n/)
    .map((block) => {
      const [head = "", ...lines] = block.trim().split("\n");
      const [facts = "", doc = ""] = head.split(" ; ", 2);
      const [, name = "", ...flags] = facts.trim().split(" ");
      const fields = lines.map(fieldFrom);
      return {
        name: `${pkg}.${name}`,
        doc,
        atomic: flags.includes("atomic"),
        fields,
        byNumber: new Map(fields.map((field) => [field.no, field])),
      };
    });
}
