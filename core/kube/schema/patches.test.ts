import { describe, expect, it } from "vitest";
import { jsonMerge, jsonPatch, strategicMerge } from "./index.ts";

const pod = { apiVersion: "v1", kind: "Pod" };
const deployment = { apiVersion: "apps/v1", kind: "Deployment" };

// the results are those of apimachinery's strategicpatch on the same inputs
describe("a strategic merge patch", () => {
  it("merges containers and variables by name, new ones first", () => {
    const live = { spec: { template: { spec: { containers: [{ name: "a", image: "x", env: [{ name: "A" }, { name: "B" }] }, { name: "b" }] } } } };
    const patch = {
      spec: { template: { spec: { containers: [{ name: "a", image: "z", env: [{ name: "B", $patch: "delete" }, { name: "C" }] }, { name: "c" }] } } },
    };
    expect(strategicMerge(deployment, live, patch)).toEqual({
      spec: { template: { spec: { containers: [{ name: "a", image: "z", env: [{ name: "C" }, { name: "A" }] }, { name: "c" }, { name: "b" }] } } },
    });
  });

  it("keeps only the retained keys of a strategy", () => {
    const live = { spec: { strategy: { type: "RollingUpdate", rollingUpdate: { maxSurge: 1 } } } };
    const patch = { spec: { strategy: { $retainKeys: ["type"], type: "Recreate" } } };
    expect(strategicMerge(deployment, live, patch)).toEqual({ spec: { strategy: { type: "Recreate" } } });
  });

  it("orders elements as asked", () => {
    const live = { spec: { containers: [{ name: "a" }, { name: "b" }, { name: "c" }] } };
    const patch = { spec: { "$setElementOrder/containers": [{ name: "c" }, { name: "a" }], containers: [{ name: "a", image: "i" }] } };
    expect(strategicMerge(pod, live, patch)).toEqual({ spec: { containers: [{ name: "b" }, { name: "c" }, { name: "a", image: "i" }] } });
  });

  it("takes values out of a list of words", () => {
    const live = { metadata: { finalizers: ["a", "b", "c"] } };
    const patch = { metadata: { "$deleteFromPrimitiveList/finalizers": ["b"], "$setElementOrder/finalizers": ["c", "a"] } };
    expect(strategicMerge(pod, live, patch)).toEqual({ metadata: { finalizers: ["c", "a"] } });
  });

  it("replaces lists without a merge key and maps marked replace", () => {
    const live = { spec: { tolerations: [{ key: "a" }], nodeSelector: { a: "1" } } };
    const patch = { spec: { tolerations: [{ key: "b" }], nodeSelector: { $patch: "replace", b: "2" } } };
    expect(strategicMerge(pod, live, patch)).toEqual({ spec: { tolerations: [{ key: "b" }], nodeSelector: { b: "2" } } });
  });

  it("is refused without its merge key", () => {
    expect(() => strategicMerge(pod, {}, { spec: { containers: [{ image: "x" }] } })).toThrow("does not contain declared merge key: name");
  });
});

describe("JSON patches", () => {
  it("merge by RFC 7396", () => {
    expect(jsonMerge({ a: { b: 1, c: 2 }, d: [1] }, { a: { b: null, e: 3 }, d: [2] })).toEqual({ a: { c: 2, e: 3 }, d: [2] });
  });

  it("carry out operations in order", () => {
    const operations = [
      { op: "test", path: "/a/0", value: 1 },
      { op: "add", path: "/a/-", value: 3 },
      { op: "remove", path: "/a/1" },
      { op: "move", from: "/b", path: "/c~1d" },
    ];
    expect(jsonPatch({ a: [1, 2], b: 5 }, operations)).toEqual({ a: [1, 3], "c/d": 5 });
  });

  it("leave the original alone when a test fails", () => {
    const original = { a: 1 };
    expect(() => jsonPatch(original, [{ op: "replace", path: "/a", value: 2 }, { op: "test", path: "/a", value: 3 }])).toThrow("testing value /a failed");
    expect(original).toEqual({ a: 1 });
  });
});
