/**
 * Swagger 2 in the protobuf form of gnostic (openapiv2/OpenAPIv2.proto), which is the only one that kubectl accepts. Only the parts that
 * openapi.ts writes are known here; numbers are the fields' in that file. What has no field of its own (`x-...`) goes as YAML text, and
 * JSON is YAML.
 */
import { BackWriter } from "./back-writer.ts";
import type { Json } from "./openapi-definitions.ts";
import { isObject } from "./read.ts";

type Body = (out: BackWriter) => void;

/** Values are written from the last to the first: see BackWriter. */
function message(out: BackWriter, no: number, body: Body): void {
  const before = out.length;
  body(out);
  out.close(no, before);
}

function text(out: BackWriter, no: number, value: unknown): void {
  if (typeof value !== "string" || value === "") return;
  message(out, no, (inner) => inner.text(value));
}

function texts(out: BackWriter, no: number, value: unknown): void {
  if (Array.isArray(value)) for (const one of value.toReversed()) text(out, no, one);
}

function flag(out: BackWriter, no: number, value: unknown): void {
  if (value !== true) return;
  out.varint(1);
  out.tag(no, 0);
}

function integer(out: BackWriter, no: number, value: unknown): void {
  if (typeof value !== "number" || value === 0) return;
  out.varint(value);
  out.tag(no, 0);
}

function double(out: BackWriter, no: number, value: unknown): void {
  if (typeof value !== "number" || value === 0) return;
  out.double(value);
  out.tag(no, 1);
}

/** Any{yaml} */
function any(out: BackWriter, no: number, value: unknown): void {
  if (value === undefined) return;
  message(out, no, (inner) => text(inner, 2, `${JSON.stringify(value)}\n`));
}

/** The pairs of an object as messages {name = 1, value = 2}, in order. */
function named(out: BackWriter, no: number, value: unknown, write: (out: BackWriter, no: number, value: unknown) => void): void {
  if (!isObject(value)) return;
  for (const [name, one] of Object.entries(value).toReversed()) {
    message(out, no, (inner) => {
      write(inner, 2, one);
      text(inner, 1, name);
    });
  }
}

function extensions(out: BackWriter, no: number, value: Json): void {
  named(out, no, Object.fromEntries(Object.entries(value).filter(([name]) => name.startsWith("x-"))), any);
}

function schema(out: BackWriter, no: number, value: unknown): void {
  const object = isObject(value) ? value : {};
  message(out, no, (inner) => {
    extensions(inner, 31, object);
    any(inner, 30, object["example"]);
    const properties = object["properties"];
    if (isObject(properties)) message(inner, 25, (list) => named(list, 1, properties, schema));
    if (isObject(object["items"])) message(inner, 23, (list) => schema(list, 1, object["items"]));
    if (typeof object["type"] === "string") message(inner, 22, (type) => text(type, 1, object["type"]));
    const rest = object["additionalProperties"];
    if (isObject(rest)) message(inner, 21, (item) => schema(item, 1, rest));
    else if (typeof rest === "boolean") {
      message(inner, 21, (item) => {
        item.varint(rest ? 1 : 0);
        item.tag(2, 0);
      });
    }
    if (Array.isArray(object["enum"])) for (const one of object["enum"].toReversed()) any(inner, 20, one);
    texts(inner, 19, object["required"]);
    integer(inner, 18, object["minProperties"]);
    integer(inner, 17, object["maxProperties"]);
    flag(inner, 16, object["uniqueItems"]);
    integer(inner, 15, object["minItems"]);
    integer(inner, 14, object["maxItems"]);
    text(inner, 13, object["pattern"]);
    integer(inner, 12, object["minLength"]);
    integer(inner, 11, object["maxLength"]);
    flag(inner, 10, object["exclusiveMinimum"]);
    double(inner, 9, object["minimum"]);
    flag(inner, 8, object["exclusiveMaximum"]);
    double(inner, 7, object["maximum"]);
    double(inner, 6, object["multipleOf"]);
    any(inner, 5, object["default"]);
    text(inner, 4, object["description"]);
    text(inner, 3, object["title"]);
    text(inner, 2, object["format"]);
    text(inner, 1, object["$ref"]);
  });
}

function parameter(out: BackWriter, no: number, value: unknown): void {
  if (!isObject(value)) return;
  message(out, no, (item) =>
    message(item, 1, (kind) => {
      if (value["in"] === "body") {
        message(kind, 1, (body) => {
          schema(body, 5, value["schema"]);
          flag(body, 4, value["required"]);
          text(body, 3, value["in"]);
          text(body, 2, value["name"]);
          text(body, 1, value["description"]);
        });
        return;
      }
      message(kind, 2, (plain) => {
        if (value["in"] === "query") {
          message(plain, 3, (query) => {
            flag(query, 20, value["uniqueItems"]);
            text(query, 6, value["type"]);
            text(query, 4, value["name"]);
            text(query, 3, value["description"]);
            text(query, 2, value["in"]);
            flag(query, 1, value["required"]);
          });
        } else {
          message(plain, 4, (path) => {
            text(path, 5, value["type"]);
            text(path, 4, value["name"]);
            text(path, 3, value["description"]);
            text(path, 2, value["in"]);
            flag(path, 1, value["required"]);
          });
        }
      });
    }),
  );
}

function parameters(out: BackWriter, no: number, value: unknown): void {
  if (Array.isArray(value)) for (const one of value.toReversed()) parameter(out, no, one);
}

function response(out: BackWriter, no: number, value: unknown): void {
  if (!isObject(value)) return;
  message(out, no, (item) =>
    message(item, 1, (answer) => {
      if (value["schema"] !== undefined) message(answer, 2, (inner) => schema(inner, 1, value["schema"]));
      text(answer, 1, value["description"]);
    }),
  );
}

function operation(out: BackWriter, no: number, value: unknown): void {
  if (!isObject(value)) return;
  message(out, no, (inner) => {
    extensions(inner, 13, value);
    message(inner, 9, (list) => named(list, 1, value["responses"], response));
    parameters(inner, 8, value["parameters"]);
    texts(inner, 7, value["consumes"]);
    texts(inner, 6, value["produces"]);
    text(inner, 5, value["operationId"]);
    text(inner, 3, value["description"]);
  });
}

function pathItem(out: BackWriter, no: number, value: unknown): void {
  if (!isObject(value)) return;
  message(out, no, (inner) => {
    parameters(inner, 9, value["parameters"]);
    operation(inner, 8, value["patch"]);
    operation(inner, 5, value["delete"]);
    operation(inner, 4, value["post"]);
    operation(inner, 3, value["put"]);
    operation(inner, 2, value["get"]);
  });
}

/** An openapi.v2.Document of what openapiV2Json made. */
export function encodeSwagger(document: Json): Buffer {
  const out = new BackWriter();
  const info = isObject(document["info"]) ? document["info"] : {};
  message(out, 9, (list) => named(list, 1, document["definitions"], schema));
  message(out, 8, (list) => named(list, 2, document["paths"], pathItem));
  message(out, 2, (inner) => {
    text(inner, 2, info["version"]);
    text(inner, 1, info["title"]);
  });
  text(out, 1, document["swagger"]);
  return out.finish();
}
