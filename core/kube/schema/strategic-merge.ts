/**
 * Strategic merge patches, which kubectl sends for built-in types: lists of objects merge by the key that the type table names; `$patch`
 * (replace, delete, merge), `$retainKeys`, `$deleteFromPrimitiveList/x` and `$setElementOrder/x` say what plain JSON cannot.
 * Behaviour of apimachinery's strategicpatch. Inputs are not changed.
 */
import { isDeepStrictEqual } from "node:util";
import { PatchError } from "./object.ts";
import { isObject } from "./read.ts";
import { schemaOf, type Schema } from "./schema.ts";

type Json = Record<string, unknown>;

const DIRECTIVE = "$patch";
const RETAIN = "$retainKeys";
const DELETE_FROM = "$deleteFromPrimitiveList/";
const ORDER = "$setElementOrder/";

function strip(value: unknown): unknown {
  if (Array.isArray(value)) return value.filter((one) => !(isObject(one) && one[DIRECTIVE] !== undefined)).map(strip);
  if (!isObject(value)) return value;
  const result: Json = {};
  for (const [name, one] of Object.entries(value)) {
    if (name === DIRECTIVE || name === RETAIN || name.startsWith(DELETE_FROM) || name.startsWith(ORDER) || one === null) continue;
    result[name] = strip(one);
  }
  return result;
}

function fieldOf(schema: Schema | undefined, name: string): Schema | undefined {
  if (schema?.kind === "object") return schema.field(name);
  return schema?.kind === "map" ? schema.element() : undefined;
}

function mergeObject(original: Json, patch: Json, schema: Schema | undefined): Json {
  const directive = patch[DIRECTIVE];
  if (directive === "replace") return strip(patch) as Json;
  if (directive === "delete") return {};
  if (directive !== undefined && directive !== "merge") throw new PatchError(`unknown patch type found: ${String(directive)}`);
  const result: Json = { ...original };
  const retain = patch[RETAIN];
  if (retain !== undefined) {
    if (!Array.isArray(retain)) throw new PatchError("invalid retainKeys: it must be a list");
    for (const name of Object.keys(result)) if (!retain.includes(name)) delete result[name];
  }
  for (const [name, value] of Object.entries(patch)) {
    if (name === DIRECTIVE || name === RETAIN || name.startsWith(ORDER)) continue;
    if (name.startsWith(DELETE_FROM)) {
      const target = name.slice(DELETE_FROM.length);
      const list = result[target];
      if (!Array.isArray(value)) throw new PatchError(`invalid ${name}: it must be a list`);
      if (Array.isArray(list)) result[target] = list.filter((one) => !value.some((gone) => isDeepStrictEqual(gone, one)));
    } else if (value === null) {
      delete result[name];
    } else {
      const order = patch[`${ORDER}${name}`];
      result[name] = mergeValue(result[name], value, fieldOf(schema, name), order);
    }
  }
  for (const [name, order] of Object.entries(patch)) {
    if (!name.startsWith(ORDER)) continue;
    const target = name.slice(ORDER.length);
    const list = result[target];
    if (patch[target] === undefined && Array.isArray(list)) result[target] = sort(list, list, [], order, keyOf(fieldOf(schema, target)));
  }
  return result;
}

function keyOf(schema: Schema | undefined): string | undefined {
  return schema?.patch?.strategies.includes("merge") === true ? schema.patch.key : undefined;
}

function mergeValue(original: unknown, patch: unknown, schema: Schema | undefined, order: unknown): unknown {
  if (isObject(patch)) {
    if (schema?.patch?.strategies.includes("replace") === true || !isObject(original)) return strip(mergeObject({}, patch, schema));
    return mergeObject(original, patch, schema);
  }
  if (!Array.isArray(patch)) return patch;
  if (schema?.patch?.strategies.includes("merge") !== true) return strip(patch);
  const list = Array.isArray(original) ? original : [];
  const { key } = schema.patch;
  if (key === undefined) {
    const merged = [...list, ...patch.filter((one) => !list.some((there) => isDeepStrictEqual(there, one)))];
    return sort(merged, list, patch, order, undefined);
  }
  return mergeList(list, patch, key, schema.kind === "list" ? schema.element() : undefined, order);
}

function mergeList(list: readonly unknown[], patch: readonly unknown[], key: string, element: Schema | undefined, order: unknown): unknown[] {
  if (patch.some((one) => isObject(one) && one[DIRECTIVE] === "replace" && Object.keys(one).length === 1)) return strip(patch) as unknown[];
  let result = [...list];
  for (const one of patch) {
    if (!isObject(one)) throw new PatchError(`expected objects in a list that is merged by ${JSON.stringify(key)}`);
    const value = one[key];
    if (value === undefined) throw new PatchError(`map: ${JSON.stringify(one)} does not contain declared merge key: ${key}`);
    const same = (there: unknown): boolean => isObject(there) && there[key] === value;
    if (one[DIRECTIVE] === "delete") {
      result = result.filter((there) => !same(there));
      continue;
    }
    const at = result.findIndex(same);
    const { [DIRECTIVE]: directive, ...rest } = one;
    if (directive === "replace") {
      if (at >= 0) result[at] = strip(rest);
      else result.push(strip(rest));
    } else if (at >= 0) {
      result[at] = mergeObject(result[at] as Json, one, element);
    } else {
      result.push(strip(mergeObject({}, one, element)));
    }
  }
  return sort(result, list, patch, order, key);
}

/**
 * The order that the patch asks for, or that of its own elements. Elements that only the server has keep their place: each stands before
 * the first ordered one that followed it there; ordered ones that are new come as soon as it is their turn.
 * @param live the list before the patch
 */
function sort(list: readonly unknown[], live: readonly unknown[], patch: readonly unknown[], order: unknown, key: string | undefined): unknown[] {
  const idOf = (one: unknown): unknown => (key === undefined ? one : isObject(one) ? one[key] : undefined);
  const named = patch.filter((one) => !(isObject(one) && one[DIRECTIVE] !== undefined));
  const wanted = (Array.isArray(order) ? order : named).map(idOf);
  const rank = (one: unknown): number => wanted.indexOf(idOf(one));
  if (named.some((one) => rank(one) < 0)) {
    throw new PatchError(`The order in patch list:\n${JSON.stringify(patch)}\n doesn't match ${ORDER} list:\n${JSON.stringify(order)}\n`);
  }
  const ids = live.map(idOf);
  const place = (one: unknown): number => ids.indexOf(idOf(one));
  const others = list.filter((one) => rank(one) < 0);
  const result: unknown[] = [];
  let next = 0;
  for (const one of list.filter((each) => rank(each) >= 0).sort((a, b) => rank(a) - rank(b))) {
    for (let other = others[next]; other !== undefined && place(other) < place(one); other = others[next]) {
      result.push(other);
      next++;
    }
    result.push(one);
  }
  return [...result, ...others.slice(next)];
}

/** @throws PatchError; for a type that is not built in, which has no strategic merge (415 in Kubernetes) */
export function strategicMerge(type: { apiVersion: string; kind: string }, original: Json, patch: Json): Json {
  const schema = schemaOf(type.apiVersion, type.kind);
  if (schema === undefined) throw new PatchError(`unable to find api field in ${type.kind}: strategic merge patch is for built-in types`);
  return mergeObject(original, patch, schema);
}
