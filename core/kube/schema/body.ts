/** Reads a whole object as its type: the typed decoding of read.ts for what is built in, pruning by schema for custom resources. */
import { ShapeError, type KubeObject } from "./object.ts";
import { isObject, readMessage } from "./read.ts";
import type { Schema } from "./schema.ts";
import { messageNamed, messageOf } from "./table/registry.ts";

type Json = Record<string, unknown>;

function prune(schema: Json, value: unknown, path: string, unknown: string[], top: boolean): unknown {
  if (Array.isArray(value) && isObject(schema["items"])) {
    const { items } = schema as { items: Json };
    return value.map((one, index) => prune(items, one, `${path}[${index}]`, unknown, false));
  }
  if (!isObject(value)) return value;
  const properties = isObject(schema["properties"]) ? schema["properties"] : {};
  const rest = schema["additionalProperties"];
  const result: Json = {};
  for (const [name, one] of Object.entries(value)) {
    const inner = path === "" ? name : `${path}.${name}`;
    const known = properties[name];
    const ours = (top || schema["x-kubernetes-embedded-resource"] === true) && ["apiVersion", "kind", "metadata"].includes(name);
    if (isObject(known) && !ours) result[name] = prune(known, one, inner, unknown, false);
    else if (ours || schema["x-kubernetes-preserve-unknown-fields"] === true || rest === true) result[name] = one;
    else if (isObject(rest)) result[name] = prune(rest, one, inner, unknown, false);
    else unknown.push(`unknown field "${inner}"`);
  }
  return result;
}

/**
 * An object as typed Go code reads it: unknown fields named and dropped, always-present fields filled in.
 * @param schema of a custom resource; built-in types need none
 * @throws ShapeError with Go's words; the caller says which kind could not be read
 */
export function readObject(json: Json, schema?: Schema): { object: KubeObject; unknown: string[] } {
  const { apiVersion, kind } = json;
  if (typeof kind !== "string" || kind === "") throw new ShapeError("Object 'Kind' is missing");
  if (typeof apiVersion !== "string" || apiVersion === "") throw new ShapeError("Object 'apiVersion' is missing");
  const message = messageOf(apiVersion, kind);
  if (message !== undefined) {
    const { value, unknown } = readMessage(message, json);
    return { object: { kind, apiVersion, metadata: {}, ...value } as KubeObject, unknown };
  }
  const given = json["metadata"] ?? {};
  if (!isObject(given)) throw new ShapeError(`json: cannot unmarshal ${typeof given} into Go struct field .metadata of type v1.ObjectMeta`);
  const metadata = readMessage(messageNamed("meta.ObjectMeta"), given);
  const unknown = metadata.unknown.map((text) => text.replace('"', '"metadata.'));
  const pruned = prune(schema?.openapi ?? { "x-kubernetes-preserve-unknown-fields": true }, json, "", unknown, true) as Json;
  return { object: { ...pruned, apiVersion, kind, metadata: metadata.value } as KubeObject, unknown };
}
