/** The values of a custom resource against the JSON schema of its definition, with the wording of Kubernetes' structural validation. */
import { isDeepStrictEqual } from "node:util";
import type { FieldError } from "./object.ts";
import { isObject } from "./read.ts";

type Json = Record<string, unknown>;

function typeOf(value: unknown): string {
  if (value === null) return "null";
  if (Array.isArray(value)) return "array";
  if (typeof value === "number") return Number.isInteger(value) ? "integer" : "number";
  return typeof value;
}

function fits(type: string, value: unknown): boolean {
  const found = typeOf(value);
  return found === type || (type === "number" && found === "integer");
}

function bounds(schema: Json, value: unknown, field: string, into: FieldError[]): void {
  const bad = (detail: string): void => void into.push({ field, type: "FieldValueInvalid", detail: `${field} in body ${detail}`, value });
  const limit = (name: string): number | undefined => (typeof schema[name] === "number" ? schema[name] : undefined);
  if (typeof value === "number") {
    const minimum = limit("minimum");
    const maximum = limit("maximum");
    if (minimum !== undefined && (schema["exclusiveMinimum"] === true ? value <= minimum : value < minimum)) {
      bad(`should be greater than ${schema["exclusiveMinimum"] === true ? "" : "or equal to "}${minimum}`);
    }
    if (maximum !== undefined && (schema["exclusiveMaximum"] === true ? value >= maximum : value > maximum)) {
      bad(`should be less than ${schema["exclusiveMaximum"] === true ? "" : "or equal to "}${maximum}`);
    }
    const step = limit("multipleOf");
    if (step !== undefined && !Number.isInteger(value / step)) bad(`should be a multiple of ${step}`);
  } else if (typeof value === "string") {
    const length = [...value].length;
    if (length < (limit("minLength") ?? 0)) bad(`should be at least ${limit("minLength")} chars long`);
    if (length > (limit("maxLength") ?? Infinity)) {
      into.push({ field, type: "FieldValueTooLong", detail: `may not be more than ${limit("maxLength")} bytes`, value });
    }
    if (typeof schema["pattern"] === "string" && !patternMatches(schema["pattern"], value)) bad(`should match '${schema["pattern"]}'`);
  } else if (Array.isArray(value)) {
    if (value.length < (limit("minItems") ?? 0)) bad(`should have at least ${limit("minItems")} items`);
    if (value.length > (limit("maxItems") ?? Infinity)) {
      into.push({ field, type: "FieldValueTooMany", detail: `must have at most ${limit("maxItems")} items`, value: value.length });
    }
  } else if (isObject(value)) {
    const size = Object.keys(value).length;
    if (size < (limit("minProperties") ?? 0)) bad(`should have at least ${limit("minProperties")} properties`);
    if (size > (limit("maxProperties") ?? Infinity)) bad(`should have at most ${limit("maxProperties")} properties`);
  }
}

/** A pattern that JavaScript cannot read (Go's syntax has its own corners) refuses nothing: the definition was accepted with it. */
function patternMatches(pattern: string, value: string): boolean {
  let expression: RegExp;
  try {
    expression = new RegExp(pattern, "u");
  } catch (error) {
    if (error instanceof SyntaxError) return true;
    throw error;
  }
  return expression.test(value);
}

export function validateSchema(schema: Json, value: unknown, field: string, into: FieldError[]): void {
  if (value === null && schema["nullable"] === true) return;
  const { type } = schema;
  if (schema["x-kubernetes-int-or-string"] === true) {
    if (!fits("integer", value) && typeof value !== "string") {
      into.push({ field, type: "FieldValueTypeInvalid", detail: `${field} in body must be of type integer,string: "${typeOf(value)}"`, value });
    }
  } else if (typeof type === "string" && !fits(type, value)) {
    into.push({ field, type: "FieldValueTypeInvalid", detail: `${field} in body must be of type ${type}: "${typeOf(value)}"`, value: typeOf(value) });
    return;
  }
  const allowed = schema["enum"];
  if (Array.isArray(allowed) && !allowed.some((one) => isDeepStrictEqual(one, value))) {
    into.push({
      field,
      type: "FieldValueNotSupported",
      detail: `supported values: ${allowed.map((one) => JSON.stringify(one)).join(", ")}`,
      value,
    });
  }
  bounds(schema, value, field, into);
  if (Array.isArray(value) && isObject(schema["items"])) {
    for (const [index, one] of (value as unknown[]).entries()) validateSchema(schema["items"], one, `${field}[${index}]`, into);
  }
  if (isObject(value)) {
    const required = Array.isArray(schema["required"]) ? schema["required"].map(String) : [];
    for (const name of required) {
      if (value[name] === undefined) into.push({ field: field === "" ? name : `${field}.${name}`, type: "FieldValueRequired", detail: "" });
    }
    const properties = isObject(schema["properties"]) ? schema["properties"] : {};
    for (const [name, one] of Object.entries(value)) {
      const rule = isObject(properties[name]) ? properties[name] : schema["additionalProperties"];
      if (isObject(rule) && !(field === "" && ["apiVersion", "kind", "metadata"].includes(name))) {
        validateSchema(rule, one, field === "" ? name : `${field}.${name}`, into);
      }
    }
  }
}
