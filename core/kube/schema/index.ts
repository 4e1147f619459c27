/**
 * What Kubernetes' objects are: resources, bytes, defaults, rules, patches, schemas and field ownership. Pure functions over plain JSON.
 * All of it is read from one table of types (table/*.ts).
 */
export * from "./object.ts";
export { RESOURCES } from "./resources.ts";
export { decodeProtobuf, decodeStored, encodeProtobuf, encodeStored, encodeWatchFrame } from "./stored.ts";
