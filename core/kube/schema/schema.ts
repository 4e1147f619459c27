/**
 * How a type is merged and owned, whatever declared it: the type table for what is built in, the JSON schema of a definition
 * (`x-kubernetes-list-type` and friends) for custom resources. Nodes are made when asked for, since types may contain themselves.
 */
import { isObject, fieldsOf } from "./read.ts";
import type { FieldType, Message, Patch } from "./table/define.ts";
import { messageNamed, messageOf } from "./table/registry.ts";

type Json = Record<string, unknown>;

export interface ObjectSchema {
  readonly kind: "object";
  readonly atomic: boolean;
  /** the schema of a field; undefined if there is none of that name */
  readonly field: (name: string) => Schema | undefined;
  readonly message?: Message;
}
export interface MapSchema {
  readonly kind: "map";
  readonly atomic: boolean;
  readonly element: () => Schema;
}
export interface ListSchema {
  readonly kind: "list";
  readonly list: "atomic" | "set" | "map";
  readonly keys: readonly string[];
  /** what a key that an element leaves out counts as, such as the protocol of a port */
  readonly keyDefault: (key: string) => unknown;
  readonly element: () => Schema;
}
export type Node = ObjectSchema | MapSchema | ListSchema | { readonly kind: "scalar" } | { readonly kind: "any" };
/** A node, with what a strategic merge patch may do to the field that holds it, and the JSON schema of a custom resource at the top. */
export type Schema = Node & { readonly patch?: Patch | undefined; readonly openapi?: Json };

const SCALAR: Schema = { kind: "scalar" };
const ANY: Schema = { kind: "any" };

interface Holder {
  readonly atomic?: boolean;
  readonly list?: "atomic" | "set" | "map";
  readonly keys?: readonly string[];
  readonly patch?: Patch | undefined;
}

function fromType(type: FieldType, holder: Holder): Schema {
  const { patch } = holder;
  switch (type.kind) {
    case "scalar":
      return SCALAR;
    case "special":
      return type.special === "Raw" || type.special === "JSON" || type.special === "FieldsV1" ? { ...ANY, patch } : SCALAR;
    case "message":
      return { ...fromMessage(messageNamed(type.name), holder.atomic === true), patch };
    case "map":
      return { kind: "map", atomic: holder.atomic === true, element: () => fromType(type.of, {}), patch };
    case "list": {
      const of = type.of;
      const fields = of.kind === "message" ? fieldsOf(messageNamed(of.name)) : undefined;
      return {
        kind: "list",
        list: holder.list ?? "atomic",
        keys: holder.keys ?? [],
        keyDefault: (key) => fields?.get(key)?.fallback,
        element: () => fromType(of, {}),
        patch,
      };
    }
  }
}

const messages = new WeakMap<Message, Schema>();

function fromMessage(message: Message, atomic = false): Schema {
  const known = atomic ? undefined : messages.get(message);
  if (known !== undefined) return known;
  const fields = fieldsOf(message);
  const made = new Map<string, Schema>();
  const schema: Schema = {
    kind: "object",
    atomic: atomic || message.atomic,
    message,
    field: (name) => {
      const field = fields.get(name);
      if (field === undefined) return undefined;
      const before = made.get(name);
      if (before !== undefined) return before;
      const one = fromType(field.type, field);
      made.set(name, one);
      return one;
    },
  };
  if (!atomic) messages.set(message, schema);
  return schema;
}

/** Adds the two fields that every object has and no message does. */
function withType(schema: Schema, meta?: Schema): Schema {
  if (schema.kind !== "object") return schema;
  const { field } = schema;
  return {
    ...schema,
    field: (name) => (name === "apiVersion" || name === "kind" ? SCALAR : name === "metadata" && meta !== undefined ? meta : field(name)),
  };
}

/** The schema of a built-in type; undefined for a type that nobody declared. */
export function schemaOf(apiVersion: string, kind: string): Schema | undefined {
  const message = messageOf(apiVersion, kind);
  return message === undefined ? undefined : withType(fromMessage(message));
}

function fromOpenapi(json: Json): Schema {
  const patch = undefined;
  const properties = json["properties"];
  const additional = json["additionalProperties"];
  if (json["x-kubernetes-int-or-string"] === true) return SCALAR;
  if (json["type"] === "array") {
    const items = json["items"];
    const element = isObject(items) ? items : {};
    const declared = json["x-kubernetes-list-type"];
    const keys = json["x-kubernetes-list-map-keys"];
    const inner = isObject(element["properties"]) ? element["properties"] : {};
    return {
      kind: "list",
      list: declared === "map" || declared === "set" ? declared : "atomic",
      keys: Array.isArray(keys) ? keys.map(String) : [],
      keyDefault: (key) => (isObject(inner[key]) ? inner[key]["default"] : undefined),
      element: () => fromOpenapi(element),
      patch,
    };
  }
  const atomic = json["x-kubernetes-map-type"] === "atomic";
  if (isObject(additional)) return { kind: "map", atomic, element: () => fromOpenapi(additional), patch };
  if (isObject(properties) || json["type"] === "object") {
    const open = json["x-kubernetes-preserve-unknown-fields"] === true;
    const known = isObject(properties) ? properties : {};
    return {
      kind: "object",
      atomic,
      field: (name) => {
        const one = known[name];
        return isObject(one) ? fromOpenapi(one) : open ? ANY : undefined;
      },
    };
  }
  return json["type"] === undefined ? ANY : SCALAR;
}

/**
 * The schema of a custom resource, from `spec.versions[].schema.openAPIV3Schema` of its definition; undefined preserves all fields.
 * Metadata is always Kubernetes' own.
 */
export function schemaOfCrd(openAPIV3Schema: Json | undefined): Schema {
  const json = openAPIV3Schema ?? { type: "object", "x-kubernetes-preserve-unknown-fields": true };
  return { ...withType(fromOpenapi(json), fromMessage(messageNamed("meta.ObjectMeta"))), openapi: json };
}
