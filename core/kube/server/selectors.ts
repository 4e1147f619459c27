/** Label and field selectors (apimachinery pkg/labels, pkg/fields): their text, their object form, and whether they match. */
import { badRequest } from "./api-error.ts";
import type { KubeObject } from "../schema/index.ts";
import { at, isMap, type JsonMap } from "./kube-object.ts";

interface Requirement {
  readonly key: string;
  readonly operator: "=" | "!=" | "in" | "notin" | "exists" | "!" | ">" | "<";
  readonly values: readonly string[];
}

export type LabelSelector = readonly Requirement[];

const NAME = "[A-Za-z0-9](?:[-A-Za-z0-9_.]*[A-Za-z0-9])?";
const KEY = new RegExp(`^(?:[a-z0-9](?:[-a-z0-9.]*[a-z0-9])?/)?${NAME}$`);
const VALUE = new RegExp(`^(?:${NAME})?$`);

/** @throws ApiError 400 */
export function parseLabelSelector(text: string): LabelSelector {
  return splitOutside(text).map((part) => parseRequirement(part, text));
}

/** At commas that do not stand in parentheses. */
function splitOutside(text: string): string[] {
  const parts: string[] = [];
  let depth = 0;
  let start = 0;
  for (let index = 0; index <= text.length; index++) {
    const character = text[index];
    if (character === "(") depth++;
    else if (character === ")") depth--;
    else if (index === text.length || (character === "," && depth === 0)) {
      const part = text.slice(start, index).trim();
      if (part !== "") parts.push(part);
      start = index + 1;
    }
  }
  return parts;
}

function parseRequirement(part: string, whole: string): Requirement {
  const bad = (): never => {
    throw badRequest(`unable to parse requirement: found '${part}', expected: a label selector (in "${whole}")`);
  };
  const checked = (key: string, operator: Requirement["operator"], values: readonly string[]): Requirement => {
    if (!KEY.test(key) || ((operator === "=" || operator === "!=" || operator === "in" || operator === "notin") && values.some((value) => !VALUE.test(value)))) bad();
    return { key, operator, values };
  };
  const set = /^(\S+)\s+(in|notin)\s*\(([^()]*)\)$/.exec(part);
  if (set !== null) return checked(set[1]!, set[2] as "in" | "notin", set[3]!.split(",").map((value) => value.trim()));
  if (part.startsWith("!") && !part.includes("=")) return checked(part.slice(1).trim(), "!", []);
  const pair = /^([^=!<>]+?)\s*(==|=|!=|>|<)\s*(.*)$/.exec(part);
  if (pair !== null) return checked(pair[1]!.trim(), pair[2] === "==" ? "=" : (pair[2] as "=" | "!=" | ">" | "<"), [pair[3]!.trim()]);
  return checked(part, "exists", []);
}

const WORDS: Readonly<Record<string, Requirement["operator"]>> = { In: "in", NotIn: "notin", Exists: "exists", DoesNotExist: "!" };

/** From a metav1.LabelSelector. undefined matches nothing; an empty one matches everything. */
export function selectorOf(value: unknown): LabelSelector | undefined {
  if (!isMap(value)) return undefined;
  const labels = isMap(value["matchLabels"]) ? value["matchLabels"] : {};
  const expressions = Array.isArray(value["matchExpressions"]) ? (value["matchExpressions"] as JsonMap[]) : [];
  return [
    ...Object.entries(labels).map(([key, wanted]) => ({ key, operator: "=" as const, values: [String(wanted)] })),
    ...expressions.map((one) => ({ key: String(one["key"]), operator: WORDS[String(one["operator"])] ?? "exists", values: ((one["values"] ?? []) as string[]) })),
  ];
}

export function labelSelectorText(selector: LabelSelector): string {
  return selector
    .map(({ key, operator, values }) => {
      if (operator === "exists") return key;
      if (operator === "!") return `!${key}`;
      return operator === "in" || operator === "notin" ? `${key} ${operator} (${values.join(",")})` : `${key}${operator}${values[0] ?? ""}`;
    })
    .join(",");
}

export function matchesLabels(selector: LabelSelector, labels: Readonly<Record<string, string>> | undefined): boolean {
  return selector.every(({ key, operator, values }) => {
    const value = labels?.[key];
    switch (operator) {
      case "=":
      case "in":
        return value !== undefined && values.includes(value);
      case "!=":
      case "notin":
        return value === undefined || !values.includes(value);
      case "exists":
        return value !== undefined;
      case "!":
        return value === undefined;
      case ">":
        return value !== undefined && Number(value) > Number(values[0]);
      case "<":
        return value !== undefined && Number(value) < Number(values[0]);
    }
  });
}

export interface FieldRequirement {
  readonly path: string;
  readonly equal: boolean;
  readonly value: string;
}

/** @param known which fields the type can be selected by, beside metadata.name and metadata.namespace. @throws ApiError 400 */
export function parseFieldSelector(text: string, known: readonly string[]): readonly FieldRequirement[] {
  return text
    .split(/(?<!\\),/)
    .filter((part) => part.trim() !== "")
    .map((part) => {
      const found = /^\s*([^=!]+?)\s*(==|=|!=)\s*(.*)$/.exec(part);
      if (found === null) throw badRequest(`invalid selector: '${text}'; can't understand '${part}'`);
      const [, path = "", operator, value = ""] = found;
      if (path !== "metadata.name" && path !== "metadata.namespace" && !known.includes(path)) throw badRequest(`field label not supported: ${path}`);
      return { path, equal: operator !== "!=", value: value.trim().replace(/\\(.)/g, "$1") };
    });
}

export function matchesFields(requirements: readonly FieldRequirement[], object: KubeObject): boolean {
  return requirements.every(({ path, equal, value }) => {
    const found = at(object, path);
    return (found === undefined || found === null ? "" : String(found)) === value === equal;
  });
}
