import { describe, expect, it } from "vitest";
import type { KubeObject } from "../schema/index.ts";
import { nextScales, share } from "./deployment.ts";
import { dispensable } from "./pods.ts";

const set = (uid: string, replicas: number, available: number): KubeObject => ({ apiVersion: "apps/v1", kind: "ReplicaSet", metadata: { uid, name: uid }, spec: { replicas }, status: { replicas: available, availableReplicas: available } });
const deployment = (replicas: number, strategy: object = { type: "RollingUpdate", rollingUpdate: { maxSurge: "25%", maxUnavailable: "25%" } }): KubeObject => ({ apiVersion: "apps/v1", kind: "Deployment", metadata: { name: "d" }, spec: { replicas, strategy } });
const scales = (...[wanted, current, old]: Parameters<typeof nextScales>): Record<string, number> => Object.fromEntries(nextScales(wanted, current, old));

describe("a rolling update", () => {
  it("begins with as many new ones as may be too many, and takes away as many as may be missing", () => {
    expect(scales(deployment(4), set("new", 0, 0), [set("old", 4, 4)])).toEqual({ new: 1, old: 3 });
  });

  it("waits for new ones to be available", () => {
    expect(scales(deployment(4), set("new", 2, 0), [set("old", 3, 3)])).toEqual({});
    expect(scales(deployment(4), set("new", 2, 2), [set("old", 3, 3)])).toEqual({ old: 1 });
  });

  it("takes those first that do not work", () => {
    expect(scales(deployment(4), set("new", 1, 0), [set("bad", 2, 0), set("old", 2, 2)])).toEqual({ bad: 1 });
  });

  it("ends with the new ones alone, and follows a scale", () => {
    expect(scales(deployment(4), set("new", 4, 4), [set("old", 1, 1)])).toEqual({ old: 0 });
    expect(scales(deployment(2), set("new", 4, 4), [])).toEqual({ new: 2 });
    expect(scales(deployment(6), set("new", 4, 4), [])).toEqual({ new: 6 });
  });

  it("of the kind Recreate ends the old ones before it begins", () => {
    expect(scales(deployment(2, { type: "Recreate" }), set("new", 0, 0), [set("old", 2, 2)])).toEqual({ old: 0 });
    expect(scales(deployment(2, { type: "Recreate" }), set("new", 0, 0), [set("old", 0, 1)])).toEqual({});
    expect(scales(deployment(2, { type: "Recreate" }), set("new", 0, 0), [set("old", 0, 0)])).toEqual({ new: 2 });
  });
});

it("shares are rounded as they are meant", () => {
  expect([share("25%", 3, true), share("25%", 3, false), share(2, 3, true)]).toEqual([1, 0, 2]);
});

it("no pod goes when there are too few", () => {
  const pod = (name: string, nodeName: string): KubeObject => ({ apiVersion: "v1", kind: "Pod", metadata: { name }, spec: { nodeName }, status: { phase: "Running" } });
  const pods = [pod("a", "m1"), pod("b", ""), pod("c", "m1")];
  expect(dispensable(pods, -2)).toEqual([]);
  expect(dispensable(pods, 1).map(({ metadata }) => metadata.name)).toEqual(["b"]);
});
