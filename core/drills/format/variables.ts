/**
 * A drill's variables: drawn from a seed, in the order in which they stand, and put in place of {{name}} everywhere. The places
 * of the lab ({{m1.client}}, {{m2.peer}}, {{cluster}}) are known only when it stands.
 */
import { type Random, seededRandom } from "../../platform/random.ts";

/** One line of `vars:`. */
export type VariableSpec =
  | { readonly kind: "choice"; readonly of: readonly string[]; readonly except: readonly string[] }
  | { readonly kind: "number"; readonly from: number; readonly to: number }
  | { readonly kind: "word"; readonly letters: number };

export type VariableTable = ReadonlyMap<string, VariableSpec>;

const NAME = /^[a-z][a-z0-9-]*$/;
const USE = /\{\{\s*([A-Za-z0-9.-]+)\s*\}\}/g;
/** a name may be made of a value, and that one again */
const DEPTH_MAX = 3;
const LETTERS = "abcdefghijkmnpqrstuvwxyz";

/** @param fault told of what is not as the format says */
export function readVariables(value: unknown, fault: (name: string, message: string) => void): VariableTable {
  const table = new Map<string, VariableSpec>();
  if (value === undefined || value === null) return table;
  if (typeof value !== "object" || Array.isArray(value)) {
    fault("", "vars is a map of names to choices");
    return table;
  }
  for (const [name, given] of Object.entries(value)) {
    if (!NAME.test(name)) fault(name, `vars: ${name} is no name: small letters, digits and dashes`);
    const spec = readSpec(given);
    if (spec === undefined) fault(name, `vars: ${name} is none of a list to choose from, {of: [...], except: [...]}, {from: N, to: N}, {word: LETTERS}`);
    else {
      const unknown = spec.kind === "choice" ? spec.except.filter((other) => !table.has(other)) : [];
      for (const other of unknown) fault(name, `vars: ${name} excepts ${other}, which is not drawn before it`);
      if (unknown.length === 0) table.set(name, spec);
    }
  }
  return table;
}

function readSpec(value: unknown): VariableSpec | undefined {
  if (Array.isArray(value)) return value.length === 0 ? undefined : { kind: "choice", of: value.map(String), except: [] };
  if (typeof value !== "object" || value === null) return undefined;
  const { of, except, from, to, word } = value as Record<string, unknown>;
  if (Array.isArray(of) && of.length > 0 && (except === undefined || Array.isArray(except))) return { kind: "choice", of: of.map(String), except: (except ?? []).map(String) };
  if (Number.isInteger(from) && Number.isInteger(to) && (from as number) <= (to as number)) return { kind: "number", from: from as number, to: to as number };
  if (Number.isInteger(word) && (word as number) > 0 && (word as number) < 32) return { kind: "word", letters: word as number };
  return undefined;
}

/** @throws RangeError when a choice has nothing left */
export function draw(table: VariableTable, seed: number): Record<string, string> {
  const random = seededRandom(seed);
  const values: Record<string, string> = {};
  for (const [name, spec] of table) values[name] = drawOne(name, spec, values, random);
  return values;
}

function drawOne(name: string, spec: VariableSpec, values: Readonly<Record<string, string>>, random: Random): string {
  switch (spec.kind) {
    case "number":
      return String(spec.from + random.below(spec.to - spec.from + 1));
    case "word":
      return Array.from({ length: spec.letters }, () => LETTERS[random.below(LETTERS.length)]!).join("");
    case "choice": {
      const taken = new Set(spec.except.map((other) => values[other]));
      const left = spec.of.filter((one) => !taken.has(one));
      if (left.length === 0) throw new RangeError(`vars: ${name} has nothing left to choose from`);
      return left[random.below(left.length)]!;
    }
  }
}

/** Puts values in, also into names: {{{{victim}}.peer}}. What has no value stays and is told of with its line. */
export function substitute(text: string, values: Readonly<Record<string, string>>, unknown: (name: string, line: number) => void): string {
  let filled = text;
  for (let depth = 0; depth < DEPTH_MAX; depth++) filled = filled.replace(USE, (whole, name: string) => values[name] ?? whole);
  for (const match of filled.matchAll(USE)) unknown(match[1]!, filled.slice(0, match.index).split("\n").length);
  return filled;
}

/** A lab's hosts as a drill's texts may name them. */
export interface Place {
  readonly host: string;
  readonly address: string;
  readonly clientUrl: string;
  readonly peerUrl: string;
}

/** @param founders how many of the places form the cluster at the start */
export function placeValues(places: readonly Place[], founders: number): Record<string, string> {
  const values: Record<string, string> = {};
  for (const { host, address, clientUrl, peerUrl } of places) {
    values[`${host}.address`] = address;
    values[`${host}.client`] = clientUrl;
    values[`${host}.peer`] = peerUrl;
    values[`${host}.client-port`] = new URL(clientUrl).port;
    values[`${host}.peer-port`] = new URL(peerUrl).port;
  }
  const cluster = (some: readonly Place[]): string => some.map((one) => `${one.host}=${one.peerUrl}`).join(",");
  values.cluster = cluster(places.slice(0, founders));
  values["all-cluster"] = cluster(places);
  values.endpoints = places.slice(0, founders).map((one) => one.clientUrl).join(",");
  return values;
}

/** Places for reading a drill without a lab: as they are on most machines. */
export function samplePlaces(hosts: number): Place[] {
  return Array.from({ length: hosts }, (_, at) => {
    const address = `127.0.1.${at + 1}`;
    return { host: `m${at + 1}`, address, clientUrl: `http://${address}:2379`, peerUrl: `http://${address}:2380` };
  });
}
