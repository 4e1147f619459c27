/** The type table as JSON schemas: what both versions of OpenAPI call definitions, by Kubernetes' names for them. */
import { definitionName, messageNamed, messageOf } from "./table/registry.ts";
import { fieldsOf, isObject } from "./read.ts";
import type { KubeObject } from "./object.ts";
import { RESOURCES } from "./resources.ts";
import type { Field, FieldType, Special } from "./table/define.ts";

export type Json = Record<string, unknown>;

/** Which OpenAPI: where references point, and whether siblings of a reference count. */
export interface Dialect {
  readonly prefix: "#/definitions/" | "#/components/schemas/";
  readonly three: boolean;
}

export interface Gvk {
  readonly group: string;
  readonly version: string;
  readonly kind: string;
}

const META = "io.k8s.apimachinery.pkg.apis.meta.v1";
const EXT = "io.k8s.apiextensions-apiserver.pkg.apis.apiextensions.v1";
const SPECIALS: Readonly<Record<Special, { name: string; schema: Json }>> = {
  Quantity: {
    name: "io.k8s.apimachinery.pkg.api.resource.Quantity",
    schema: { description: "An amount such as 500m, 1.5Gi or 2e3.", type: "string" },
  },
  IntOrString: {
    name: "io.k8s.apimachinery.pkg.util.intstr.IntOrString",
    schema: { description: "A number, or a name or percentage.", type: "string", format: "int-or-string" },
  },
  Time: { name: `${META}.Time`, schema: { description: "RFC 3339, whole seconds.", type: "string", format: "date-time" } },
  MicroTime: { name: `${META}.MicroTime`, schema: { description: "RFC 3339, with microseconds.", type: "string", format: "date-time" } },
  Duration: { name: `${META}.Duration`, schema: { description: "Such as 1m30s.", type: "string" } },
  FieldsV1: { name: `${META}.FieldsV1`, schema: { description: "A set of field paths.", type: "object" } },
  Raw: { name: "io.k8s.apimachinery.pkg.runtime.RawExtension", schema: { description: "Any object.", type: "object" } },
  JSON: { name: `${EXT}.JSON`, schema: { description: "Any JSON." } },
  SchemaOrArray: { name: `${EXT}.JSONSchemaPropsOrArray`, schema: { description: "One schema or several." } },
  SchemaOrBool: { name: `${EXT}.JSONSchemaPropsOrBool`, schema: { description: "A schema, or whether anything goes." } },
  SchemaOrStrings: { name: `${EXT}.JSONSchemaPropsOrStringArray`, schema: { description: "A schema, or names of fields." } },
};

const SCALARS: Readonly<Record<string, Json>> = {
  string: { type: "string" },
  bool: { type: "boolean" },
  int32: { type: "integer", format: "int32" },
  int64: { type: "integer", format: "int64" },
  double: { type: "number", format: "double" },
  bytes: { type: "string", format: "byte" },
};

/** Makes definitions on demand, following references. */
export class Definitions {
  readonly made: Record<string, Json> = {};
  constructor(readonly dialect: Dialect) {}

  private typed(type: FieldType): Json {
    switch (type.kind) {
      case "scalar":
        return { ...SCALARS[type.scalar] };
      case "special": {
        const { name, schema } = SPECIALS[type.special];
        this.made[name] ??= schema;
        return { $ref: `${this.dialect.prefix}${name}` };
      }
      case "message":
        return { $ref: `${this.dialect.prefix}${this.message(type.name)}` };
      case "list":
        return { type: "array", items: this.typed(type.of) };
      case "map":
        return { type: "object", additionalProperties: this.typed(type.of) };
    }
  }

  private field(field: Field): Json {
    let schema = this.typed(field.type);
    if (this.dialect.three && schema["$ref"] !== undefined) schema = { allOf: [schema] };
    if (field.doc !== "") schema = { description: field.doc, ...schema };
    if (this.dialect.three && field.fallback !== undefined) schema["default"] = field.fallback;
    if (field.type.kind === "list") {
      schema["x-kubernetes-list-type"] = field.list;
      if (field.list === "map") schema["x-kubernetes-list-map-keys"] = field.keys;
    }
    if (field.atomic && field.type.kind !== "list") schema["x-kubernetes-map-type"] = "atomic";
    if (field.patch !== undefined) {
      schema["x-kubernetes-patch-strategy"] = field.patch.strategies.join(",");
      if (field.patch.key !== undefined) schema["x-kubernetes-patch-merge-key"] = field.patch.key;
    }
    return schema;
  }

  /** The definition's name; it and all that it needs are made. */
  message(name: string): string {
    const full = definitionName(name);
    if (this.made[full] !== undefined) return full;
    const message = messageNamed(name);
    const schema: Json = { ...(message.doc === "" ? {} : { description: message.doc }) };
    this.made[full] = schema;
    const properties: Json = {};
    const fields = [...fieldsOf(message).values()];
    const kinds = kindsOf(name);
    if (kinds.length > 0) {
      properties["apiVersion"] = { description: "Group and version of this form of the object.", type: "string" };
      properties["kind"] = { description: "What it is.", type: "string" };
    }
    for (const field of fields) properties[field.name] = this.field(field);
    const required = fields.filter((field) => field.required).map((field) => field.name);
    if (required.length > 0) schema["required"] = required;
    schema["type"] = "object";
    if (Object.keys(properties).length > 0) schema["properties"] = properties;
    if (message.atomic) schema["x-kubernetes-map-type"] = "atomic";
    if (kinds.length > 0) schema["x-kubernetes-group-version-kind"] = kinds;
    return full;
  }

  /** A custom resource's kind. @returns its name, such as `com.example.stable.v1.CronTab` */
  custom(gvk: Gvk, openAPIV3Schema: unknown): string {
    const name = `${gvk.group.split(".").reverse().join(".")}.${gvk.version}.${gvk.kind}`;
    const schema = isObject(openAPIV3Schema) ? (this.plain(openAPIV3Schema) as Json) : { type: "object", "x-kubernetes-preserve-unknown-fields": true };
    const properties = isObject(schema["properties"]) ? schema["properties"] : {};
    const metadata: Json = { $ref: `${this.dialect.prefix}${this.message("meta.ObjectMeta")}` };
    this.made[name] = {
      ...schema,
      properties: {
        ...properties,
        apiVersion: { description: "Group and version of this form of the object.", type: "string" },
        kind: { description: "What it is.", type: "string" },
        metadata: this.dialect.three ? { allOf: [metadata] } : metadata,
      },
      "x-kubernetes-group-version-kind": [gvk],
    };
    return name;
  }

  /** OpenAPI 2 knows less than a definition may say: what it lacks is left out, so that nothing valid is refused. */
  private plain(value: unknown): unknown {
    if (this.dialect.three || !isObject(value)) return value;
    const result: Json = {};
    const open = value["x-kubernetes-preserve-unknown-fields"] === true || value["nullable"] === true;
    for (const [key, one] of Object.entries(value)) {
      if (["oneOf", "anyOf", "allOf", "not", "nullable", "definitions", "dependencies", "patternProperties", "id", "$schema"].includes(key)) continue;
      if (open && (key === "type" || key === "items" || key === "properties")) continue;
      if (key === "properties" && isObject(one)) result[key] = Object.fromEntries(Object.entries(one).map(([name, each]) => [name, this.plain(each)]));
      else if (key === "items" || key === "additionalProperties") result[key] = this.plain(one);
      else result[key] = one;
    }
    return result;
  }
}

function kindsOf(name: string): Gvk[] {
  const short = name.slice(name.indexOf(".") + 1);
  if (name === "meta.Status" || name === "meta.DeleteOptions") return [{ group: "", version: "v1", kind: short }];
  const resource = RESOURCES.find(
    (one) => (one.kind === short || one.listKind === short) && messageOf(apiVersionOf(one), short)?.name === name,
  );
  if (resource !== undefined) return [{ group: resource.group, version: resource.version, kind: short }];
  if (name === "autoscaling.Scale") return [{ group: "autoscaling", version: "v1", kind: "Scale" }];
  if (name === "policy.Eviction") return [{ group: "policy", version: "v1", kind: "Eviction" }];
  return name === "core.Binding" ? [{ group: "", version: "v1", kind: "Binding" }] : [];
}

export function apiVersionOf(gv: { group: string; version: string }): string {
  return gv.group === "" ? gv.version : `${gv.group}/${gv.version}`;
}

/** The name in the table of a built-in kind. */
export function messageNameOf(apiVersion: string, kind: string): string | undefined {
  return messageOf(apiVersion, kind)?.name;
}

export interface CustomKind extends Gvk {
  readonly plural: string;
  readonly namespaced: boolean;
  readonly schema: unknown;
}

/** The served versions of the definitions given. */
export function customKinds(crds: readonly KubeObject[]): CustomKind[] {
  return crds.flatMap((crd) => {
    const spec = isObject(crd["spec"]) ? crd["spec"] : {};
    const names = isObject(spec["names"]) ? spec["names"] : {};
    const versions = Array.isArray(spec["versions"]) ? spec["versions"].filter(isObject) : [];
    return versions
      .filter((version) => version["served"] === true)
      .map((version) => ({
        group: String(spec["group"]),
        version: String(version["name"]),
        kind: String(names["kind"]),
        plural: String(names["plural"]),
        namespaced: spec["scope"] === "Namespaced",
        schema: isObject(version["schema"]) ? version["schema"]["openAPIV3Schema"] : undefined,
      }));
  });
}

