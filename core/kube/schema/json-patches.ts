/** JSON merge patch (RFC 7396) and JSON patch (RFC 6902), with the errors that Kubernetes answers. Inputs are not changed. */
import { isDeepStrictEqual } from "node:util";
import { PatchError } from "./object.ts";
import { isObject } from "./read.ts";

/** RFC 7396: null removes, objects merge, all else replaces. */
export function jsonMerge(original: unknown, patch: unknown): unknown {
  if (!isObject(patch)) return structuredClone(patch);
  const result: Record<string, unknown> = isObject(original) ? { ...original } : {};
  for (const [name, value] of Object.entries(patch)) {
    if (value === null) delete result[name];
    else result[name] = jsonMerge(result[name], value);
  }
  return result;
}

function steps(pointer: unknown): string[] {
  if (typeof pointer !== "string") throw new PatchError("the path of a JSON patch operation must be text");
  if (pointer === "") return [];
  if (!pointer.startsWith("/")) throw new PatchError(`jsonpatch: path ${JSON.stringify(pointer)} does not start with "/"`);
  return pointer
    .slice(1)
    .split("/")
    .map((step) => step.replace(/~1/g, "/").replace(/~0/g, "~"));
}

function indexIn(step: string, end: number, operation: string): number {
  if (!/^-?\d+$/.test(step)) throw new PatchError(`jsonpatch ${operation} operation: ${JSON.stringify(step)} is no index of a list`, 422);
  // the library that Kubernetes uses counts negative indices from the end
  const index = Number(step) < 0 ? end + Number(step) : Number(step);
  if (index < 0 || index > end) throw new PatchError(`jsonpatch ${operation} operation does not apply: invalid index referenced: ${step}`, 422);
  return index;
}

function missing(operation: string, pointer: string): PatchError {
  return new PatchError(`jsonpatch ${operation} operation does not apply: doc is missing path: ${pointer}: missing value`, 422);
}

function find(document: unknown, path: readonly string[], operation: string, pointer: string): unknown {
  let at = document;
  for (const step of path) {
    if (Array.isArray(at)) at = at[indexIn(step, at.length - 1, operation)] as unknown;
    else if (isObject(at) && Object.hasOwn(at, step)) at = at[step];
    else throw missing(operation, pointer);
  }
  return at;
}

type Change = "add" | "replace" | "remove";

function change(document: unknown, kind: Change, pointer: unknown, value: unknown, operation: string): unknown {
  const path = steps(pointer);
  const last = path.at(-1);
  if (last === undefined) return kind === "remove" ? null : value;
  const holder = find(document, path.slice(0, -1), operation, String(pointer));
  if (Array.isArray(holder)) {
    if (kind === "add") holder.splice(last === "-" ? holder.length : indexIn(last, holder.length, operation), 0, value);
    else holder.splice(indexIn(last, holder.length - 1, operation), 1, ...(kind === "replace" ? [value] : []));
  } else if (isObject(holder)) {
    if (kind !== "add" && !Object.hasOwn(holder, last)) throw missing(operation, String(pointer));
    if (kind === "remove") delete holder[last];
    else holder[last] = value;
  } else {
    throw missing(operation, String(pointer));
  }
  return document;
}

/** RFC 6902. @throws PatchError: 400 for a malformed patch, 422 for one that does not apply */
export function jsonPatch(original: unknown, operations: readonly unknown[]): unknown {
  let document: unknown = structuredClone(original);
  for (const one of operations) {
    if (!isObject(one)) throw new PatchError("a JSON patch is a list of operations");
    const { op, path, from } = one;
    const value = structuredClone(one["value"]);
    const pointer = String(path);
    if (op === "add" || op === "replace") {
      document = change(document, op, path, value ?? null, op);
    } else if (op === "remove") {
      document = change(document, op, path, undefined, op);
    } else if (op === "test") {
      if (!isDeepStrictEqual(find(document, steps(path), op, pointer) ?? null, value ?? null)) {
        throw new PatchError(`testing value ${pointer} failed: test failed`, 422);
      }
    } else if (op === "copy") {
      document = change(document, "add", path, structuredClone(find(document, steps(from), op, String(from))), op);
    } else if (op === "move") {
      const moved = find(document, steps(from), op, String(from));
      document = change(change(document, "remove", from, undefined, op), "add", path, moved, op);
    } else {
      throw new PatchError(`Unexpected kind: ${String(op)}`);
    }
  }
  return document;
}
