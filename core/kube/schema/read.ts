/**
 * JSON bodies as Kubernetes' typed decoding reads them and its encoder prints them again: wrong types are refused with Go's words,
 * unknown fields are dropped and named (for `fieldValidation`), quantities and times become canonical, and what has no `omitempty`
 * (`status: {}`, `resources: {}`) is there even if nobody wrote it.
 */
import { ShapeError } from "./object.ts";
import { canonicalQuantity } from "./quantity.ts";
import type { Field, FieldType, Message, Scalar, Special } from "./table/define.ts";
import { messageNamed } from "./table/registry.ts";
import { parseTime, printMicroTime, printTime } from "./times.ts";

type Json = Record<string, unknown>;

const ZERO: Readonly<Record<Scalar, unknown>> = { string: "", bool: false, int32: 0, int64: 0, double: 0, bytes: null };

export function isObject(value: unknown): value is Json {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function completeValue(type: FieldType, value: unknown): unknown {
  if (type.kind === "message") return isObject(value) ? complete(messageNamed(type.name), value) : value;
  if (type.kind === "special" && type.special.startsWith("SchemaOr")) {
    const schema = messageNamed("apiextensions.JSONSchemaProps");
    if (isObject(value)) return complete(schema, value);
    return Array.isArray(value) ? value.map((one) => (isObject(one) ? complete(schema, one) : (one as unknown))) : value;
  }
  if (type.kind === "list" && Array.isArray(value)) return value.map((one) => completeValue(type.of, one));
  if (type.kind === "map" && isObject(value) && type.of.kind !== "scalar") {
    return Object.fromEntries(Object.entries(value).map(([key, one]) => [key, completeValue(type.of, one)]));
  }
  return value;
}

function zeroOf(field: Field): unknown {
  const { type } = field;
  if (field.pointer || type.kind === "list" || type.kind === "map") return null;
  if (type.kind === "scalar") return ZERO[type.scalar];
  if (type.kind === "message") return complete(messageNamed(type.name), {});
  if (type.special === "Quantity") return "0";
  return type.special === "IntOrString" ? 0 : null;
}

/** Go's omitempty: nil pointers, empty lists and maps, zero scalars */
function isEmpty(field: Field, value: unknown): boolean {
  if (value === undefined || value === null) return true;
  if (field.pointer) return false;
  if (field.type.kind === "list") return Array.isArray(value) && value.length === 0;
  if (field.type.kind === "map") return isObject(value) && Object.keys(value).length === 0;
  return field.type.kind === "scalar" && (value === ZERO[field.type.scalar] || value === "");
}

function fill(message: Message, value: Json, into: Json): void {
  for (const field of message.fields) {
    if (field.inline) {
      if (field.type.kind === "message") fill(messageNamed(field.type.name), value, into);
      continue;
    }
    const present = value[field.name];
    if (!isEmpty(field, present)) into[field.name] = completeValue(field.type, present);
    else if (field.always) into[field.name] = present !== undefined && present !== null ? present : zeroOf(field);
  }
}

/** The value as Go's JSON encoder would print it: what may be left out if empty is, what may not is there. Makes a new object. */
export function complete(message: Message, value: Json): Json {
  const into: Json = {};
  fill(message, value, into);
  return into;
}

/** Fields of a message by JSON name, those of inline messages included. */
const byName = new WeakMap<Message, Map<string, Field>>();
export function fieldsOf(message: Message): ReadonlyMap<string, Field> {
  let map = byName.get(message);
  if (map === undefined) {
    map = new Map();
    for (const field of message.fields) {
      if (!field.inline) map.set(field.name, field);
      else if (field.type.kind === "message") for (const [name, inner] of fieldsOf(messageNamed(field.type.name))) map.set(name, inner);
    }
    byName.set(message, map);
  }
  return map;
}

function goType(type: FieldType): string {
  if (type.kind === "scalar") return type.scalar === "bytes" ? "[]uint8" : type.scalar === "double" ? "float64" : type.scalar;
  if (type.kind === "list") return `[]${goType(type.of)}`;
  if (type.kind === "map") return `map[string]${goType(type.of)}`;
  if (type.kind === "special") return type.special;
  return `v1.${type.name.slice(type.name.indexOf(".") + 1)}`;
}

function jsonType(value: unknown): string {
  return Array.isArray(value) ? "array" : typeof value === "boolean" ? "bool" : typeof value;
}

/** One reading: where it is, for messages, and the unknown fields that it met. */
class Reading {
  readonly unknown: string[] = [];

  value(owner: string, type: FieldType, value: unknown, path: string): unknown {
    switch (type.kind) {
      case "scalar":
        return this.scalar(owner, type.scalar, value, path);
      case "special":
        return this.special(type.special, value, path);
      case "list":
        if (!Array.isArray(value)) throw this.wrong(owner, type, value, path);
        return value.map((one, index) => (one === null ? this.empty(type.of) : this.value(owner, type.of, one, `${path}[${index}]`)));
      case "map":
        if (!isObject(value)) throw this.wrong(owner, type, value, path);
        return Object.fromEntries(
          Object.entries(value).map(([key, one]) => [key, one === null ? this.empty(type.of) : this.value(owner, type.of, one, `${path}.${key}`)]),
        );
      case "message":
        if (!isObject(value)) throw this.wrong(owner, type, value, path);
        return this.message(messageNamed(type.name), value, path);
    }
  }

  private empty(type: FieldType): unknown {
    if (type.kind === "scalar") return ZERO[type.scalar];
    return type.kind === "message" ? {} : null;
  }

  private wrong(owner: string, type: FieldType, value: unknown, path: string): ShapeError {
    const where = `Go struct field ${owner}.${path.replace(/\[\d+\]/g, "")}`;
    return new ShapeError(`json: cannot unmarshal ${jsonType(value)} into ${where} of type ${goType(type)}`);
  }

  private scalar(owner: string, scalar: Scalar, value: unknown, path: string): unknown {
    const type: FieldType = { kind: "scalar", scalar };
    if (scalar === "string" || scalar === "bytes") {
      if (typeof value !== "string") throw this.wrong(owner, type, value, path);
      if (scalar === "string") return value;
      if (!/^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/.test(value.replace(/[\r\n]/g, ""))) {
        const bad = /[^A-Za-z0-9+/]/.exec(value)?.index ?? value.length;
        throw new ShapeError(`illegal base64 data at input byte ${bad}`);
      }
      return value.replace(/[\r\n]/g, "");
    }
    if (scalar === "bool") {
      if (typeof value !== "boolean") throw this.wrong(owner, type, value, path);
      return value;
    }
    if (typeof value !== "number") throw this.wrong(owner, type, value, path);
    const bound = scalar === "int32" ? 2 ** 31 : 2 ** 63;
    if (scalar !== "double" && (!Number.isInteger(value) || value >= bound || value < -bound)) {
      throw new ShapeError(
        `json: cannot unmarshal number ${value} into Go struct field ${owner}.${path.replace(/\[\d+\]/g, "")} of type ${scalar}`,
      );
    }
    return value;
  }

  private special(special: Special, value: unknown, path: string): unknown {
    switch (special) {
      case "Quantity": {
        const text = canonicalQuantity(value);
        if (text === undefined) {
          throw new ShapeError("quantities must match the regular expression '^([+-]?[0-9.]+)([eEinumkKMGTP]*[-+]?[0-9]*)$'");
        }
        return text;
      }
      case "IntOrString":
        if (typeof value === "string" || (typeof value === "number" && Number.isInteger(value))) return value;
        throw new ShapeError(`json: cannot unmarshal ${jsonType(value)} into Go value of type int32 (${path})`);
      case "Time":
      case "MicroTime": {
        const instant = typeof value === "string" ? parseTime(value) : undefined;
        if (instant === undefined) {
          const layout = special === "Time" ? "2006-01-02T15:04:05Z07:00" : "2006-01-02T15:04:05.000000Z07:00";
          throw new ShapeError(`parsing time ${JSON.stringify(value)} as "${layout}": cannot parse it (${path})`);
        }
        return special === "Time" ? printTime(instant.seconds) : printMicroTime(instant);
      }
      case "SchemaOrArray":
      case "SchemaOrBool":
      case "SchemaOrStrings": {
        const schema = messageNamed("apiextensions.JSONSchemaProps");
        if (isObject(value)) return this.message(schema, value, path);
        if (!Array.isArray(value)) return value;
        return value.map((one, index) => (isObject(one) ? this.message(schema, one, `${path}[${index}]`) : (one as unknown)));
      }
      default:
        return value;
    }
  }

  message(message: Message, value: Json, path: string): Json {
    const fields = fieldsOf(message);
    const into: Json = {};
    const owner = message.name.slice(message.name.indexOf(".") + 1);
    for (const [name, one] of Object.entries(value)) {
      const inner = path === "" ? name : `${path}.${name}`;
      const field = fields.get(name);
      if (field === undefined) {
        if (path !== "" || (name !== "apiVersion" && name !== "kind")) this.unknown.push(`unknown field "${inner}"`);
      } else if (one !== null) {
        into[name] = this.value(owner, field.type, one, inner);
      }
    }
    return into;
  }
}

/**
 * Reads a JSON value as this message.
 * @throws ShapeError
 */
export function readMessage(message: Message, json: Json): { value: Json; unknown: string[] } {
  const reading = new Reading();
  const value = complete(message, reading.message(message, json, ""));
  return { value, unknown: reading.unknown };
}
