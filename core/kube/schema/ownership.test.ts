import { describe, expect, it } from "vitest";
import { readObject, schemaOfCrd, serverSideApply, trackUpdate, type KubeObject } from "./index.ts";

const NOW = "2026-01-02T03:04:05Z";

function deployment(spec: Record<string, unknown>): KubeObject {
  return { apiVersion: "apps/v1", kind: "Deployment", metadata: { name: "web" }, spec };
}
function fields(object: KubeObject, manager: string): unknown {
  return object.metadata.managedFields?.find((entry) => entry.manager === manager)?.fieldsV1;
}

describe("server-side apply", () => {
  it("owns what was applied, lists by their keys", () => {
    const wish = deployment({ replicas: 2, template: { spec: { containers: [{ name: "c", ports: [{ containerPort: 80 }] }] } } });
    const { object } = serverSideApply(undefined, wish, "a", false, NOW);
    expect(fields(object, "a")).toEqual({
      "f:spec": {
        "f:replicas": {},
        "f:template": {
          "f:spec": {
            "f:containers": {
              'k:{"name":"c"}': {
                ".": {},
                "f:name": {},
                "f:ports": { 'k:{"containerPort":80,"protocol":"TCP"}': { ".": {}, "f:containerPort": {} } },
              },
            },
          },
        },
      },
    });
  });

  it("names the manager and the field of a conflict, and takes over by force", () => {
    const { object } = serverSideApply(undefined, deployment({ replicas: 2 }), "a", false, NOW);
    const refused = serverSideApply(object, deployment({ replicas: 3 }), "b", false, NOW);
    expect(refused.conflicts).toMatchObject([{ manager: "a", field: ".spec.replicas" }]);
    expect(refused.object).toBe(object);
    const forced = serverSideApply(object, deployment({ replicas: 3 }), "b", true, NOW);
    expect(forced.object["spec"]).toEqual({ replicas: 3 });
    expect(fields(forced.object, "a")).toBeUndefined();
  });

  it("shares a field that two apply alike", () => {
    const { object } = serverSideApply(undefined, deployment({ replicas: 2 }), "a", false, NOW);
    const both = serverSideApply(object, deployment({ replicas: 2 }), "b", false, NOW);
    expect(both.conflicts).toEqual([]);
    expect(both.object.metadata.managedFields).toHaveLength(2);
  });

  it("removes what it no longer applies, unless somebody else owns it", () => {
    const first = serverSideApply(undefined, deployment({ replicas: 2, paused: true }), "a", false, NOW).object;
    const shared = serverSideApply(first, deployment({ paused: true }), "b", false, NOW).object;
    const { object } = serverSideApply(shared, deployment({ minReadySeconds: 1 }), "a", false, NOW);
    expect(object["spec"]).toEqual({ paused: true, minReadySeconds: 1 });
  });

  it("keeps its time when nothing changed", () => {
    const { object } = serverSideApply(undefined, deployment({ replicas: 2 }), "a", false, NOW);
    expect(serverSideApply(object, deployment({ replicas: 2 }), "a", false, "2027-01-01T00:00:00Z").object).toEqual(object);
  });

  it("follows the list types of a definition", () => {
    const schema = schemaOfCrd({
      type: "object",
      properties: { set: { type: "array", items: { type: "string" }, "x-kubernetes-list-type": "set" } },
    });
    const custom = (set: string[]): KubeObject => ({ apiVersion: "e.com/v1", kind: "X", metadata: { name: "x" }, set });
    const { object } = serverSideApply(undefined, custom(["a"]), "a", false, NOW, { schema });
    const merged = serverSideApply(object, custom(["b"]), "b", false, NOW, { schema });
    expect(merged.conflicts).toEqual([]);
    expect(merged.object["set"]).toEqual(["a", "b"]);
  });
});

describe("tracking other writes", () => {
  it("gives a changed field to who changed it", () => {
    const { object } = serverSideApply(undefined, deployment({ replicas: 2, paused: true }), "a", false, NOW);
    const after = { ...object, spec: { replicas: 5, paused: true } };
    after.metadata = { ...object.metadata, managedFields: trackUpdate(object, after, "kubectl", "Update", "scale", NOW) };
    expect(fields(after, "a")).toEqual({ "f:spec": { "f:paused": {} } });
    expect(after.metadata.managedFields?.[1]).toMatchObject({
      manager: "kubectl",
      operation: "Update",
      subresource: "scale",
      fieldsV1: { "f:spec": { "f:replicas": {} } },
    });
  });

  it("gives a created object to its creator, without the server's own fields", () => {
    const { object } = readObject({ apiVersion: "v1", kind: "ConfigMap", metadata: { name: "a", uid: "u" }, data: { k: "v" } });
    expect(trackUpdate(undefined, object, "kubectl-create", "Update", "", NOW)).toEqual([
      { manager: "kubectl-create", operation: "Update", apiVersion: "v1", time: NOW, fieldsType: "FieldsV1", fieldsV1: { "f:data": { ".": {}, "f:k": {} } } },
    ]);
  });
});
