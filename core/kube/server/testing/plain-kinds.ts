/** Kinds without a table: objects are JSON, nothing is filled in and nothing is refused. For tests of the server's own logic. */
import type { KubeObject } from "../../schema/index.ts";
import type { Kinds } from "../kinds.ts";
import { isMap, type JsonMap } from "../kube-object.ts";

function merge(original: unknown, patch: unknown): unknown {
  if (!isMap(patch)) return patch;
  const result: JsonMap = isMap(original) ? { ...original } : {};
  for (const [key, value] of Object.entries(patch)) {
    if (value === null) delete result[key];
    else result[key] = merge(result[key], value);
  }
  return result;
}

export const plainKinds: Kinds = {
  encodeStored: (object) => Buffer.from(JSON.stringify(object)),
  decodeStored: (value) => JSON.parse(value.toString("utf8")) as KubeObject,
  decodeProtobuf: () => {
    throw new Error("no protobuf here");
  },
  readObject: (json) => ({ object: json as KubeObject, unknown: [] }),
  applyDefaults: () => undefined,
  validate: () => [],
  validateUpdate: () => [],
  fieldErrorText: ({ field, detail }) => `${field}: ${detail}`,
  schemaOfCrd: () => ({}),
  strategicMerge: (_type, original, patch) => merge(original, patch) as JsonMap,
  jsonMerge: merge,
  jsonPatch: (original) => original,
  serverSideApply: (live, applied) => ({ object: merge(live ?? {}, applied) as KubeObject, conflicts: [] }),
  trackUpdate: () => [],
  openapiV2: () => Buffer.alloc(0),
  openapiV2Json: () => ({}),
  openapiV3: () => undefined,
  openapiV3Index: () => ({ paths: {} }),
};
