/**
 * JSON to protobuf by the type table, byte for byte as Kubernetes' generated marshallers write it: fields in ascending order, plain
 * strings, numbers and structs always present, pointers, lists and maps only if set, map keys sorted.
 * @throws DecodeError for JSON that does not fit the type (callers that use readObject first never see it)
 */
import { BackWriter } from "./back-writer.ts";
import { DecodeError } from "./object.ts";
import { canonicalQuantity } from "./quantity.ts";
import type { Field, FieldType, Message, Scalar, Special } from "./table/define.ts";
import { messageNamed } from "./table/registry.ts";
import { parseTime } from "./times.ts";

type Json = Record<string, unknown>;

function isObject(value: unknown): value is Json {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function wrong(expected: string, value: unknown, path: string): DecodeError {
  return new DecodeError(0, expected, Array.isArray(value) ? "array" : value === null ? "null" : typeof value, path);
}

function writeScalar(out: BackWriter, scalar: Scalar, value: unknown, path: string): number {
  if (scalar === "string") {
    if (typeof value !== "string") throw wrong("string", value, path);
    const before = out.length;
    out.text(value);
    out.varint(out.length - before);
    return 2;
  }
  if (scalar === "bytes") {
    if (typeof value !== "string") throw wrong("base64 text", value, path);
    const bytes = Buffer.from(value, "base64");
    out.raw(bytes);
    out.varint(bytes.length);
    return 2;
  }
  if (scalar === "bool") {
    if (typeof value !== "boolean") throw wrong("boolean", value, path);
    out.varint(value ? 1 : 0);
    return 0;
  }
  if (typeof value !== "number") throw wrong("number", value, path);
  if (scalar === "double") {
    out.double(value);
    return 1;
  }
  if (!Number.isSafeInteger(value)) throw new DecodeError(0, scalar, String(value), path);
  out.varint(value);
  return 0;
}

function stringField(out: BackWriter, no: number, value: string): void {
  const before = out.length;
  out.text(value);
  out.close(no, before);
}

function intField(out: BackWriter, no: number, value: number): void {
  out.varint(value);
  out.tag(no, 0);
}

/** The body of a special form; `undefined` writes what Go's zero value writes. */
function writeSpecial(out: BackWriter, special: Special, value: unknown, path: string): void {
  switch (special) {
    case "Quantity": {
      const text = value === undefined || value === null ? "0" : canonicalQuantity(value);
      if (text === undefined) throw wrong("quantity", value, path);
      stringField(out, 1, text);
      return;
    }
    case "IntOrString":
      if (value !== undefined && typeof value !== "number" && typeof value !== "string") throw wrong("number or string", value, path);
      stringField(out, 3, typeof value === "string" ? value : "");
      intField(out, 2, typeof value === "number" ? value : 0);
      intField(out, 1, typeof value === "string" ? 1 : 0);
      return;
    case "Time":
    case "MicroTime": {
      if (value === undefined || value === null) return;
      const instant = typeof value === "string" ? parseTime(value) : undefined;
      if (instant === undefined) throw wrong("RFC 3339 time", value, path);
      intField(out, 2, special === "Time" ? 0 : instant.micros * 1000);
      intField(out, 1, instant.seconds);
      return;
    }
    case "Duration":
      throw new DecodeError(0, "no duration", "one", path);
    case "FieldsV1":
    case "Raw":
    case "JSON":
      if (value === undefined) return;
      {
        const before = out.length;
        out.text(JSON.stringify(value));
        out.close(1, before);
      }
      return;
    case "SchemaOrArray":
      if (Array.isArray(value)) value.toReversed().forEach((one) => writeSchema(out, 2, one, path));
      else writeSchema(out, 1, value, path);
      return;
    case "SchemaOrBool":
      if (isObject(value)) writeSchema(out, 2, value, path);
      intField(out, 1, value === false ? 0 : 1);
      return;
    case "SchemaOrStrings":
      if (Array.isArray(value)) value.toReversed().forEach((one) => stringField(out, 2, String(one)));
      else writeSchema(out, 1, value, path);
  }
}

function writeSchema(out: BackWriter, no: number, value: unknown, path: string): void {
  const before = out.length;
  writeMessage(out, messageNamed("apiextensions.JSONSchemaProps"), value, path);
  out.close(no, before);
}

/** One value with its length where it has one; the wire type for its tag. */
function writeValue(out: BackWriter, type: FieldType, value: unknown, path: string): number {
  if (type.kind === "scalar") return writeScalar(out, type.scalar, value, path);
  const before = out.length;
  if (type.kind === "special") writeSpecial(out, type.special, value, path);
  else if (type.kind === "message") writeMessage(out, messageNamed(type.name), value, path);
  else throw new DecodeError(0, "a value", type.kind, path);
  out.varint(out.length - before);
  return 2;
}

const ZERO: Readonly<Record<Scalar, unknown>> = { string: "", bool: false, int32: 0, int64: 0, double: 0, bytes: "" };

/** Go's zero of what is not a pointer, list, map or bytes; those are simply not written */
function zeroOf(field: Field): unknown {
  if (field.pointer) return undefined;
  if (field.type.kind === "scalar") return field.type.scalar === "bytes" ? undefined : ZERO[field.type.scalar];
  return field.type.kind === "message" ? {} : undefined;
}

function writeField(out: BackWriter, field: Field, value: unknown, path: string): void {
  const { type } = field;
  if (type.kind === "list") {
    if (value === undefined || value === null) return;
    if (!Array.isArray(value)) throw wrong("array", value, path);
    for (let index = value.length - 1; index >= 0; index--) {
      out.tag(field.no, writeValue(out, type.of, value[index], `${path}[${index}]`));
    }
    return;
  }
  if (type.kind === "map") {
    if (value === undefined || value === null) return;
    if (!isObject(value)) throw wrong("object", value, path);
    for (const key of Object.keys(value).sort(byBytes).reverse()) {
      const before = out.length;
      const wire = writeValue(out, type.of, value[key], `${path}[${key}]`);
      out.tag(2, wire);
      stringField(out, 1, key);
      out.close(field.no, before);
    }
    return;
  }
  const present = value === undefined || value === null ? zeroOf(field) : value;
  if (present === undefined && (field.pointer || type.kind !== "special")) return;
  out.tag(field.no, writeValue(out, type, present, path));
}

/** Go sorts strings by their bytes, JavaScript by UTF-16 units */
export function byBytes(a: string, b: string): number {
  return Buffer.compare(Buffer.from(a), Buffer.from(b));
}

function writeMessage(out: BackWriter, message: Message, value: unknown, path: string): void {
  if (!isObject(value)) throw wrong("object", value, path);
  for (let index = message.fields.length - 1; index >= 0; index--) {
    const field = message.fields[index];
    if (field === undefined) continue;
    if (field.inline) {
      if (field.type.kind !== "message") continue;
      const before = out.length;
      writeMessage(out, messageNamed(field.type.name), value, path);
      out.close(field.no, before);
    } else {
      writeField(out, field, value[field.name], path === "" ? field.name : `${path}.${field.name}`);
    }
  }
}

export function encodeMessage(message: Message, value: unknown): Buffer {
  const out = new BackWriter();
  writeMessage(out, message, value, "");
  return out.finish();
}
