import { describe, expect, it } from "vitest";
import { labelSelectorText, matchesFields, matchesLabels, parseFieldSelector, parseLabelSelector, selectorOf } from "./selectors.ts";

const matches = (text: string, labels: Record<string, string>): boolean => matchesLabels(parseLabelSelector(text), labels);

describe("label selectors", () => {
  it("know equality, sets and existence", () => {
    expect(matches("app=web,tier!=db", { app: "web" })).toBe(true);
    expect(matches("app==web,tier!=db", { app: "web", tier: "db" })).toBe(false);
    expect(matches("app in (web, api)", { app: "api" })).toBe(true);
    expect(matches("app notin (web,api)", { app: "api" })).toBe(false);
    expect(matches("app notin (web,api)", {})).toBe(true);
    expect(matches("app,!tier", { app: "" })).toBe(true);
    expect(matches("app,!tier", { app: "", tier: "x" })).toBe(false);
    expect(matches("", { app: "web" })).toBe(true);
    expect(matches("gen>3", { gen: "4" })).toBe(true);
  });

  it("refuse what is none", () => {
    expect(() => parseLabelSelector("a b")).toThrow("unable to parse requirement");
    expect(() => parseLabelSelector("app=web site")).toThrow("unable to parse requirement");
  });

  it("come from objects too, and nothing selects nothing", () => {
    const selector = selectorOf({ matchLabels: { a: "b" }, matchExpressions: [{ key: "c", operator: "In", values: ["d", "e"] }] })!;
    expect(labelSelectorText(selector)).toBe("a=b,c in (d,e)");
    expect(matchesLabels(selector, { a: "b", c: "e" })).toBe(true);
    expect(selectorOf(undefined)).toBeUndefined();
  });
});

describe("field selectors", () => {
  const pod = { apiVersion: "v1", kind: "Pod", metadata: { name: "a", namespace: "b" }, spec: { nodeName: "m1" } };

  it("compare fields that the type knows", () => {
    expect(matchesFields(parseFieldSelector("metadata.name=a,spec.nodeName!=m2", ["spec.nodeName"]), pod)).toBe(true);
    expect(matchesFields(parseFieldSelector("status.phase=Running", ["status.phase"]), pod)).toBe(false);
    expect(matchesFields(parseFieldSelector("status.phase=", ["status.phase"]), pod)).toBe(true);
  });

  it("refuse others", () => {
    expect(() => parseFieldSelector("spec.x=1", [])).toThrow("field label not supported: spec.x");
  });
});
