/**
 * Who owns which field: server-side apply, and the tracking of every other write, with the entries of `metadata.managedFields`.
 * Behaviour of apimachinery's managedfields and structured-merge-diff: an applier owns what it applied, fields that it no longer applies
 * and nobody else owns are removed, an applied value that differs from what another manager owns is a conflict.
 */
import { isDeepStrictEqual } from "node:util";
import { child, FieldSet, fieldsIn, fromFieldsV1, printPath, stepsOf, stepTo, toFieldsV1, valueAt } from "./field-set.ts";
import type { KubeObject, ManagedFieldsEntry } from "./object.ts";
import { complete, isObject } from "./read.ts";
import { schemaOf, type Schema } from "./schema.ts";

type Json = Record<string, unknown>;

export interface ApplyConflict {
  readonly manager: string;
  readonly operation: string;
  readonly apiVersion: string;
  /** RFC 3339; undefined for a manager without one */
  readonly time: string | undefined;
  /** `.spec.replicas` */
  readonly field: string;
}

interface Owner {
  readonly entry: ManagedFieldsEntry;
  set: FieldSet;
}

/** Nobody owns these: they are the server's. */
const SERVER_OWNED = [
  "f:apiVersion",
  "f:kind",
  ...["name", "namespace", "creationTimestamp", "deletionTimestamp", "selfLink", "uid", "resourceVersion", "generation", "managedFields", "clusterName"].map(
    (name) => `f:metadata\u0001f:${name}`,
  ),
];

function ownable(set: FieldSet): FieldSet {
  return set.filter((path) => path !== "f:metadata" && !SERVER_OWNED.some((owned) => path === owned || path.startsWith(`${owned}\u0001`)));
}

function ownersOf(object: KubeObject | undefined): Owner[] {
  return (object?.metadata.managedFields ?? []).map((entry) => ({ entry, set: fromFieldsV1(entry.fieldsV1) }));
}

function isThe(entry: ManagedFieldsEntry, manager: string, operation: string, subresource: string, apiVersion: string): boolean {
  return (
    entry.manager === manager &&
    entry.operation === operation &&
    (entry.subresource ?? "") === subresource &&
    (operation === "Apply" || entry.apiVersion === apiVersion)
  );
}

function entryOf(manager: string, operation: "Update" | "Apply", apiVersion: string, time: string, subresource: string): ManagedFieldsEntry {
  return { manager, operation, apiVersion, time, fieldsType: "FieldsV1", fieldsV1: {}, ...(subresource === "" ? {} : { subresource }) };
}

/** Appliers first, then updaters by time, as Kubernetes lists them. */
function entries(owners: readonly Owner[]): ManagedFieldsEntry[] {
  return owners
    .filter((owner) => owner.set.size > 0)
    .map((owner) => ({ ...owner.entry, fieldsV1: toFieldsV1(owner.set) }))
    .sort((a, b) => {
      if (a.operation !== b.operation) return a.operation === "Apply" ? -1 : 1;
      if (a.operation === "Update" && a.time !== b.time) return (a.time ?? "") < (b.time ?? "") ? -1 : 1;
      return (a.manager ?? "") < (b.manager ?? "") ? -1 : 1;
    });
}

/** Paths of either whose value is not the same in both; a path that holds others counts as changed only by coming or going. */
function changed(before: KubeObject | undefined, after: KubeObject, schema: Schema | undefined): { now: FieldSet; gone: FieldSet } {
  // what Kubernetes compares a new object with is an empty one of its type, in which what has no omitempty is already there
  const base = before ?? (schema?.kind === "object" && schema.message !== undefined ? complete(schema.message, {}) : {});
  const old = fieldsIn(base, schema, true);
  const all = fieldsIn(after, schema, true);
  const now = all.filter((path) => {
    if (!old.has(path)) return true;
    const steps = stepsOf(path);
    const value = valueAt(after, schema, steps);
    const was = valueAt(base, schema, steps);
    if (isContainer(path, all)) return false;
    return !isDeepStrictEqual(value, was);
  });
  return { now: ownable(now), gone: old.minus(all) };
}

function isContainer(path: string, set: FieldSet): boolean {
  for (const other of set.paths) if (other.startsWith(`${path}\u0001`)) return true;
  return false;
}

/** The managedFields that `after` must carry when `manager` turned `before` (undefined: created) into it. */
export function trackUpdate(
  before: KubeObject | undefined,
  after: KubeObject,
  manager: string,
  operation: "Update" | "Apply",
  subresource: string,
  now: string,
  schema: Schema | undefined = schemaOf(after.apiVersion, after.kind),
): ManagedFieldsEntry[] {
  const owners = ownersOf(before);
  const change = changed(before, after, schema);
  const all = fieldsIn(after, schema, true);
  let mine = owners.find((owner) => isThe(owner.entry, manager, operation, subresource, after.apiVersion));
  for (const owner of owners) {
    owner.set = owner.set.within(all);
    if (owner !== mine) owner.set = owner.set.minus(change.now);
  }
  if (change.now.size > 0) {
    const entry = entryOf(manager, operation, after.apiVersion, now, subresource);
    if (mine === undefined) owners.push((mine = { entry, set: new FieldSet() }));
    else owners[owners.indexOf(mine)] = mine = { entry, set: mine.set };
    mine.set = mine.set.union(change.now);
  } else if (mine !== undefined && change.gone.size > 0) {
    owners[owners.indexOf(mine)] = { entry: { ...mine.entry, time: now }, set: mine.set };
  }
  return entries(owners);
}

/** Lays what was applied over what is there; keyed lists and sets by element, in the order of the applied ones. */
function overlay(live: unknown, applied: unknown, schema: Schema | undefined): unknown {
  if (applied === undefined) return live;
  if (isObject(applied) && isObject(live) && (schema?.kind === "object" || schema?.kind === "map" || schema?.kind === "any")) {
    if ((schema.kind === "object" || schema.kind === "map") && schema.atomic) return applied;
    const result: Json = { ...live };
    for (const [name, value] of Object.entries(applied)) {
      const inner = schema.kind === "object" ? schema.field(name) : schema.kind === "map" ? schema.element() : schema;
      result[name] = overlay(live[name], value, inner);
    }
    return result;
  }
  if (Array.isArray(applied) && Array.isArray(live) && schema?.kind === "list" && schema.list !== "atomic") {
    return overlayList(live as unknown[], applied as unknown[], schema);
  }
  return applied;
}

/** Both orders are kept where they agree; where they do not, that of the applied list counts. Elements of one side alone come in turn. */
function overlayList(live: readonly unknown[], applied: readonly unknown[], schema: Schema & { kind: "list" }): unknown[] {
  const there = live.map((one) => stepTo(one, schema));
  const wanted = applied.map((one) => stepTo(one, schema));
  const result: unknown[] = [];
  const taken = new Set<unknown>();
  let left = 0;
  let right = 0;
  while (left < live.length || right < applied.length) {
    if (left < live.length && (taken.has(there[left]) || !wanted.includes(there[left]))) {
      if (!taken.has(there[left])) result.push(live[left]);
      left++;
    } else {
      const at = there.indexOf(wanted[right]);
      result.push(at < 0 || schema.list === "set" ? applied[right] : overlay(live[at], applied[right], schema.element()));
      taken.add(wanted[right]);
      right++;
    }
  }
  return result;
}

/** Removes a path from a plain value, in place; containers that it leaves empty stay only if somebody owns them. */
function removeAt(value: unknown, schema: Schema | undefined, steps: readonly string[]): void {
  const last = steps.at(-1);
  if (last === undefined) return;
  let at = value;
  let node = schema;
  for (const step of steps.slice(0, -1)) {
    const found = child(at, node, step);
    if (found === undefined) return;
    at = found.value;
    node = found.schema;
  }
  const found = child(at, node, last);
  if (found === undefined) return;
  if (Array.isArray(at) && typeof found.key === "number") at.splice(found.key, 1);
  else if (isObject(at)) delete at[found.key];
}

/**
 * Server-side apply. With conflicts (and no `force`) the object is `live`, unchanged. Otherwise the object carries its new managedFields.
 * @param live undefined: the object is created
 * @param now RFC 3339
 */
export function serverSideApply(
  live: KubeObject | undefined,
  applied: KubeObject,
  manager: string,
  force: boolean,
  now: string,
  options: { schema?: Schema; subresource?: string } = {},
): { object: KubeObject; conflicts: ApplyConflict[] } {
  const schema = options.schema ?? schemaOf(applied.apiVersion, applied.kind);
  const subresource = options.subresource ?? "";
  const { managedFields: _, ...metadata } = applied.metadata;
  const wish: KubeObject = { ...applied, metadata };
  const owners = ownersOf(live);
  const mine = owners.find((owner) => isThe(owner.entry, manager, "Apply", subresource, applied.apiVersion));
  const wanted = ownable(fieldsIn(wish, schema, false));
  const leaves = wanted.filter((path) => !isContainer(path, wanted));
  const differing = leaves.filter((path) => {
    const steps = stepsOf(path);
    return !isDeepStrictEqual(valueAt(live, schema, steps), valueAt(wish, schema, steps));
  });
  const conflicts: ApplyConflict[] = [];
  for (const owner of owners) {
    if (owner === mine) continue;
    for (const path of owner.set.within(differing).paths) {
      const { manager: other, operation, apiVersion, time } = owner.entry;
      conflicts.push({ manager: other ?? "", operation: operation ?? "", apiVersion: apiVersion ?? "", time, field: printPath(path) });
    }
  }
  if (conflicts.length > 0 && !force && live !== undefined) return { object: live, conflicts };

  const object = structuredClone(overlay(live, wish, schema)) as KubeObject;
  const dropped = mine === undefined ? new FieldSet() : mine.set.minus(wanted);
  const others = owners.filter((owner) => owner !== mine);
  const longestFirst = [...dropped.paths].sort((a, b) => stepsOf(b).length - stepsOf(a).length);
  for (const path of longestFirst) {
    // somebody else's, or the home of somebody else's
    if (others.some((owner) => owner.set.has(path) || isContainer(path, owner.set)) || isContainer(path, wanted)) continue;
    removeAt(object, schema, stepsOf(path));
  }
  const all = fieldsIn(object, schema, true);
  for (const owner of others) owner.set = owner.set.minus(differing).within(all);
  const unchanged = live !== undefined && mine !== undefined && differing.size === 0 && dropped.size === 0 && wanted.minus(mine.set).size === 0;
  const entry = unchanged ? mine.entry : entryOf(manager, "Apply", applied.apiVersion, now, subresource);
  object.metadata = { ...object.metadata, managedFields: entries([...others, { entry, set: wanted }]) };
  return { object, conflicts: [] };
}
