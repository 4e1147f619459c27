import { describe, expect, it } from "vitest";
import {
  applyDefaults,
  fieldErrorText,
  openapiV2,
  openapiV2Json,
  openapiV3,
  openapiV3Index,
  readObject,
  RESOURCES,
  schemaOfCrd,
  validate,
  validateUpdate,
  type KubeObject,
} from "./index.ts";

function read(json: Record<string, unknown>): KubeObject {
  const { object } = readObject(json);
  applyDefaults(object);
  return object;
}
const pod = (spec: Record<string, unknown>): Record<string, unknown> => ({ apiVersion: "v1", kind: "Pod", metadata: { name: "a", namespace: "d" }, spec });
const problems = (object: KubeObject): string[] => validate(object).map(fieldErrorText);

describe("reading a body", () => {
  it("names unknown fields and drops them", () => {
    const { object, unknown } = readObject(pod({ containers: [{ name: "c", imagee: "x" }] }));
    expect(unknown).toEqual(['unknown field "spec.containers[0].imagee"']);
    expect(object["spec"]).toEqual({ containers: [{ name: "c", resources: {} }] });
  });

  it("refuses a wrong type with Go's words", () => {
    const json = { apiVersion: "apps/v1", kind: "Deployment", metadata: { name: "a" }, spec: { replicas: "three" } };
    expect(() => readObject(json)).toThrow("json: cannot unmarshal string into Go struct field DeploymentSpec.spec.replicas of type int32");
  });

  for (const [given, canonical] of [
    ["0.5", "500m"],
    ["1024Mi", "1Gi"],
    ["1.5Gi", "1536Mi"],
    ["3.7Gi", "3972844748800m"],
    ["12e6", "12e6"],
    ["0.0000000001", "1n"],
    ["1023", "1023"],
    ["-5", "-5"],
  ]) {
    it(`prints the quantity ${given} as ${canonical}`, () => {
      const object = read(pod({ containers: [{ name: "c", image: "x", resources: { requests: { cpu: given } } }] }));
      expect(object).toHaveProperty("spec.containers.0.resources.requests.cpu", canonical);
    });
  }

  it("prunes custom resources by their schema, fills in its defaults and checks its bounds", () => {
    const schema = schemaOfCrd({
      type: "object",
      properties: { spec: { type: "object", required: ["n"], properties: { n: { type: "integer", maximum: 3 }, m: { type: "string", default: "d" } } } },
    });
    const { object, unknown } = readObject({ apiVersion: "e.com/v1", kind: "X", metadata: { name: "x" }, spec: { n: 5, q: 1 } }, schema);
    applyDefaults(object, schema);
    expect(unknown).toEqual(['unknown field "spec.q"']);
    expect(object["spec"]).toEqual({ n: 5, m: "d" });
    expect(validate(object, schema).map(fieldErrorText)).toEqual(["spec.n: Invalid value: 5: spec.n in body should be less than or equal to 3"]);
  });
});

describe("defaults", () => {
  it("are those of Kubernetes for a deployment", () => {
    const object = read({
      apiVersion: "apps/v1",
      kind: "Deployment",
      metadata: { name: "a", namespace: "d" },
      spec: { selector: { matchLabels: { a: "b" } }, template: { metadata: { labels: { a: "b" } }, spec: { containers: [{ name: "c", image: "nginx" }] } } },
    });
    expect(object["spec"]).toMatchObject({
      replicas: 1,
      revisionHistoryLimit: 10,
      progressDeadlineSeconds: 600,
      strategy: { type: "RollingUpdate", rollingUpdate: { maxSurge: "25%", maxUnavailable: "25%" } },
      template: { spec: { restartPolicy: "Always", dnsPolicy: "ClusterFirst", containers: [{ imagePullPolicy: "Always" }] } },
    });
    expect(problems(object)).toEqual([]);
  });
});

describe("rules", () => {
  it("miss what is required", () => {
    expect(problems(read(pod({ containers: [{ name: "c" }] })))).toEqual(["spec.containers[0].image: Required value"]);
    expect(problems(read(pod({})))).toEqual(["spec.containers: Required value"]);
  });

  it("refuse a selector that does not match the template", () => {
    const object = read({
      apiVersion: "apps/v1",
      kind: "ReplicaSet",
      metadata: { name: "a", namespace: "d" },
      spec: { selector: { matchLabels: { a: "b" } }, template: { metadata: { labels: { a: "c" } }, spec: { containers: [{ name: "c", image: "x" }] } } },
    });
    expect(problems(object)).toEqual(['spec.template.metadata.labels: Invalid value: {"a":"c"}: `selector` does not match template `labels`']);
  });

  it("refuse a name that is none", () => {
    const object = read({ apiVersion: "v1", kind: "ConfigMap", metadata: { name: "A_b", namespace: "d" } });
    expect(problems(object)[0]).toMatch(/^metadata\.name: Invalid value: "A_b": a lowercase RFC 1123 subdomain must consist of/);
  });

  it("hold fast what may not change", () => {
    const object = read({ apiVersion: "v1", kind: "Secret", metadata: { name: "a", namespace: "d" } });
    const changed = { ...object, type: "other" };
    expect(validateUpdate(changed, object).map(fieldErrorText)).toEqual(['type: Invalid value: "other": field is immutable']);
  });
});

describe("OpenAPI", () => {
  const crd = read({
    apiVersion: "apiextensions.k8s.io/v1",
    kind: "CustomResourceDefinition",
    metadata: { name: "xs.e.com" },
    spec: {
      group: "e.com",
      scope: "Namespaced",
      names: { plural: "xs", kind: "X" },
      versions: [{ name: "v1", served: true, storage: true, schema: { openAPIV3Schema: { type: "object", properties: { spec: { type: "object" } } } } }],
    },
  });

  it("defines every kind that is served, and nothing refers to what is not there", () => {
    const document = openapiV2Json([crd]);
    const text = JSON.stringify(document);
    const definitions = document["definitions"] as Record<string, { "x-kubernetes-group-version-kind"?: { kind: string }[] }>;
    const kinds = Object.values(definitions).flatMap((one) => (one["x-kubernetes-group-version-kind"] ?? []).map(({ kind }) => kind));
    for (const { kind } of RESOURCES) expect(kinds).toContain(kind);
    expect(kinds).toContain("X");
    for (const [, name = ""] of text.matchAll(/"#\/definitions\/([^"]+)"/g)) expect(definitions).toHaveProperty([name]);
    expect(openapiV2([crd]).subarray(0, 5).toString("latin1")).toBe("\n\u00032.0");
  });

  it("has a document of version 3 for each group version, which takes fieldValidation", () => {
    const { paths } = openapiV3Index([crd]) as { paths: Record<string, unknown> };
    expect(Object.keys(paths)).toEqual(expect.arrayContaining(["api/v1", "apis/apps/v1", "apis/e.com/v1"]));
    const text = JSON.stringify(openapiV3("apis/apps/v1", []));
    expect(text).toContain('"name":"fieldValidation"');
    expect(openapiV3("apis/nobody/v1", [])).toBeUndefined();
  });
});
