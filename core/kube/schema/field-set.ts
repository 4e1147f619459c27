/**
 * Sets of field paths in Kubernetes' FieldsV1 form: `{"f:spec":{"f:ports":{"k:{\"port\":80}":{".":{},"f:port":{}}}}}`. A step is `f:name` of
 * an object or map, `k:{keys}` of a keyed list, `v:value` of a set; "." says that the path itself is a member.
 */
import { byBytes } from "./encode.ts";
import { isObject } from "./read.ts";
import type { ListSchema, Schema } from "./schema.ts";

type Json = Record<string, unknown>;

/** Members by joined path. Steps are joined with a control character, which no JSON text contains unescaped. */
export class FieldSet {
  constructor(readonly paths: ReadonlySet<string> = new Set()) {}

  has(path: string): boolean {
    return this.paths.has(path);
  }
  union(other: FieldSet): FieldSet {
    return new FieldSet(new Set([...this.paths, ...other.paths]));
  }
  minus(other: FieldSet): FieldSet {
    return new FieldSet(new Set([...this.paths].filter((path) => !other.paths.has(path))));
  }
  within(other: FieldSet): FieldSet {
    return new FieldSet(new Set([...this.paths].filter((path) => other.paths.has(path))));
  }
  filter(keep: (path: string) => boolean): FieldSet {
    return new FieldSet(new Set([...this.paths].filter(keep)));
  }
  get size(): number {
    return this.paths.size;
  }
}

const SEPARATOR = "\u0001";

function join(path: string, step: string): string {
  return path === "" ? step : `${path}${SEPARATOR}${step}`;
}

export function stepsOf(path: string): string[] {
  return path === "" ? [] : path.split(SEPARATOR);
}

/** Canonical JSON: keys sorted, as structured-merge-diff writes them. */
function canonical(value: unknown): string {
  if (!isObject(value)) return JSON.stringify(value);
  const parts = Object.keys(value).sort(byBytes);
  return `{${parts.map((key) => `${JSON.stringify(key)}:${canonical(value[key])}`).join(",")}}`;
}

/** The step to an element of a keyed list or a set; undefined where a key is missing, so that the element has no name. */
export function stepTo(element: unknown, schema: ListSchema): string | undefined {
  if (schema.list === "set") return `v:${canonical(element)}`;
  if (!isObject(element)) return undefined;
  const keys: Json = {};
  for (const key of schema.keys) {
    const value = element[key] ?? schema.keyDefault(key);
    if (value !== undefined && value !== null) keys[key] = value;
  }
  return Object.keys(keys).length === 0 ? undefined : `k:${canonical(keys)}`;
}

/**
 * All paths of a value: leaves, atomic wholes, the elements of keyed lists and sets. What holds others is a member only if `holders` says
 * so, as it does for updates (which own a map that they brought into being) and not for appliers.
 */
export function fieldsIn(value: unknown, schema: Schema | undefined, holders: boolean): FieldSet {
  const into = new Set<string>();
  collect(value, schema, holders, "", into);
  return new FieldSet(into);
}

function collect(value: unknown, schema: Schema | undefined, holders: boolean, path: string, into: Set<string>): void {
  if (value === undefined) return;
  const whole = (): void => {
    if (path !== "") into.add(path);
  };
  if (holders) whole();
  if (isObject(value) && (schema?.kind === "any" || ((schema?.kind === "object" || schema?.kind === "map") && !schema.atomic))) {
    const inner = (name: string): Schema | undefined =>
      schema.kind === "object" ? schema.field(name) : schema.kind === "map" ? schema.element() : schema;
    const names = Object.keys(value).filter((name) => inner(name) !== undefined);
    if (names.length === 0) whole();
    for (const name of names) collect(value[name], inner(name), holders, join(path, `f:${name}`), into);
  } else if (schema?.kind === "list" && schema.list !== "atomic" && Array.isArray(value)) {
    if (value.length === 0) whole();
    for (const one of value as unknown[]) {
      const step = stepTo(one, schema);
      if (step === undefined) continue;
      const inner = join(path, step);
      into.add(inner);
      if (schema.list === "map") collect(one, schema.element(), holders, inner, into);
    }
  } else {
    whole();
  }
}

/** The value at a path: undefined where nothing is. */
export function valueAt(value: unknown, schema: Schema | undefined, steps: readonly string[]): unknown {
  let at = value;
  let node = schema;
  for (const step of steps) {
    const found = child(at, node, step);
    if (found === undefined) return undefined;
    at = found.value;
    node = found.schema;
  }
  return at;
}

/** One step down; undefined where nothing is. */
export function child(value: unknown, schema: Schema | undefined, step: string): { value: unknown; schema: Schema | undefined; key: string | number } | undefined {
  if (step.startsWith("f:")) {
    const name = step.slice(2);
    if (!isObject(value) || !Object.hasOwn(value, name)) return undefined;
    const inner = schema?.kind === "object" ? schema.field(name) : schema?.kind === "map" ? schema.element() : schema;
    return { value: value[name], schema: inner, key: name };
  }
  if (!Array.isArray(value) || schema?.kind !== "list") return undefined;
  const index = value.findIndex((one) => stepTo(one, schema) === step);
  return index < 0 ? undefined : { value: value[index] as unknown, schema: schema.element(), key: index };
}

export function toFieldsV1(set: FieldSet): Json {
  const root: Json = {};
  for (const path of set.paths) {
    let at = root;
    for (const step of stepsOf(path)) at = (at[step] ??= {}) as Json;
    at["."] = {};
  }
  return tidy(root);
}

/** Sorted, and without "." where nothing is below: `{}` alone says the same. */
function tidy(node: Json): Json {
  const names = Object.keys(node).sort(byBytes);
  if (names.length === 1 && names[0] === ".") return {};
  return Object.fromEntries(names.map((name) => [name, name === "." ? {} : tidy(node[name] as Json)]));
}

export function fromFieldsV1(fields: unknown): FieldSet {
  const paths = new Set<string>();
  const walk = (node: unknown, path: string): void => {
    if (!isObject(node)) return;
    const names = Object.keys(node);
    if (names.length === 0 || names.includes(".")) {
      if (path !== "") paths.add(path);
    }
    for (const name of names) if (name !== ".") walk(node[name], join(path, name));
  };
  walk(fields, "");
  return new FieldSet(paths);
}

/** `.spec.containers[name="a"].image`: how conflicts name a path. */
export function printPath(path: string): string {
  return stepsOf(path)
    .map((step) => {
      if (step.startsWith("f:")) return `.${step.slice(2)}`;
      const value: unknown = JSON.parse(step.slice(2));
      if (step.startsWith("v:")) return `[=${JSON.stringify(value)}]`;
      const keys = Object.entries(value as Json);
      return `[${keys.map(([key, one]) => `${key}=${JSON.stringify(one)}`).join(",")}]`;
    })
    .join("");
}
