/**
 * What Kubernetes' objects are: resources, bytes, defaults, rules, patches, schemas and field ownership. Pure functions over plain JSON.
 * All of it is read from one table of types (table/*.ts).
 */
export * from "./object.ts";
export { readObject } from "./body.ts";
export { applyDefaults } from "./defaults.ts";
export { jsonMerge, jsonPatch } from "./json-patches.ts";
export { openapiV2, openapiV2Json, openapiV3, openapiV3Index } from "./openapi.ts";
export { serverSideApply, trackUpdate, type ApplyConflict } from "./ownership.ts";
export { RESOURCES } from "./resources.ts";
export { schemaOfCrd, type Schema } from "./schema.ts";
export { decodeProtobuf, decodeStored, encodeProtobuf, encodeStored } from "./stored.ts";
export { strategicMerge } from "./strategic-merge.ts";
export { fieldErrorText, validate, validateUpdate } from "./validate.ts";
