import { beforeEach, describe, expect, it } from "vitest";
import { nodeClock } from "../../platform/node/clock.ts";
import type { KubeObject } from "../schema/index.ts";
import type { ApiError } from "./api-error.ts";
import { Api, type Resource } from "./api.ts";
import { ClusterIps } from "./cluster-ips.ts";
import { type DeleteOptions, PLAIN_DELETE } from "./delete-options.ts";
import { noEncryption } from "./encryption-config.ts";
import { StoreError } from "./key-value-store.ts";
import { EVERYTHING, type ListOptions } from "./list-options.ts";
import { plainKinds } from "./testing/plain-kinds.ts";
import { MemoryStore } from "./testing/memory-store.ts";
import type { WriteContext } from "./writes.ts";

const context: WriteContext = { manager: "test", dryRun: false, fieldValidation: "Strict", warn: () => undefined };
let store: MemoryStore;
let api: Api;
let maps: Resource;

beforeEach(async () => {
  store = new MemoryStore();
  let uid = 0;
  let draw = 0;
  api = new Api({
    store,
    root: "/registry",
    kinds: plainKinds,
    transformerFor: noEncryption,
    eventTtl: 3600,
    watchCache: true,
    ips: new ClusterIps("10.96.0.0/24"),
    clock: nodeClock,
    draw: () => (draw = (draw + 0.37) % 1),
    newUid: () => `uid-${++uid}`,
    log: () => undefined,
  });
  maps = of("configmaps");
  await of("namespaces").writes.create("", { metadata: { name: "default" } }, context);
});

const of = (plural: string, group = ""): Resource => api.named(group, plural)!;
const map = (name: string, data: Record<string, string> = {}, labels?: Record<string, string>): Record<string, unknown> => ({ metadata: { name, ...(labels === undefined ? {} : { labels }) }, data });
const refusal = async (work: Promise<unknown>): Promise<ApiError> => work.then(() => Promise.reject(new Error("was not refused")), (error: unknown) => error as ApiError);
const names = (items: readonly KubeObject[]): (string | undefined)[] => items.map(({ metadata }) => metadata.name);

async function watched(options: Partial<ListOptions>): Promise<{ readonly seen: string[]; readonly errors: number[]; end(): void }> {
  const seen: string[] = [];
  const errors: number[] = [];
  const end = await maps.reads.watch("default", { ...EVERYTHING, ...options }, { event: (type, { metadata }) => void seen.push(`${type} ${metadata.name ?? ""}`), error: (status) => void errors.push(status.code ?? 0) });
  return { seen, errors, end };
}

describe("objects in the store", () => {
  it("lie under the keys that Kubernetes has, without a resourceVersion", async () => {
    await maps.writes.create("default", map("a"), context);
    const { found } = await store.get("/registry/configmaps/default/a");
    expect((JSON.parse(found!.value.toString()) as KubeObject).metadata).not.toHaveProperty("resourceVersion");
    expect((await maps.reads.get("default", "a")).metadata.resourceVersion).toBe(String(found!.modRevision));
    await of("nodes").writes.create("", { metadata: { name: "m1" } }, context);
    expect((await store.get("/registry/minions/m1")).found).toBeDefined();
  });

  it("are made once", async () => {
    await maps.writes.create("default", map("a"), context);
    expect((await refusal(maps.writes.create("default", map("a"), context))).status).toMatchObject({ reason: "AlreadyExists", code: 409, message: 'configmaps "a" already exists' });
  });

  it("get a name from generateName", async () => {
    const made = await maps.writes.create("default", { metadata: { generateName: "x-" } }, context);
    expect(made.metadata.name).toMatch(/^x-[a-z0-9]{5}$/);
  });

  it("need a namespace that is there and not going", async () => {
    expect((await refusal(maps.writes.create("nowhere", map("a"), context))).message).toBe('namespaces "nowhere" not found');
    await of("namespaces").writes.create("", { metadata: { name: "going" } }, context);
    await of("namespaces").writes.delete("", "going", PLAIN_DELETE);
    expect((await refusal(maps.writes.create("going", map("a"), context))).status).toMatchObject({ code: 403, details: { causes: [{ reason: "NamespaceTerminating" }] } });
  });

  it("are not written when nothing changes, nor in a dry run", async () => {
    await maps.writes.create("default", map("a", { x: "1" }), context);
    const { writes } = store;
    await maps.writes.update("default", "a", "", map("a", { x: "1" }), context);
    await maps.writes.update("default", "a", "", map("a", { x: "2" }), { ...context, dryRun: true });
    await maps.writes.create("default", map("b"), { ...context, dryRun: true });
    expect(store.writes).toBe(writes);
  });

  it("are changed only at the resourceVersion that was named", async () => {
    const first = await maps.writes.create("default", map("a", { x: "1" }), context);
    await maps.writes.update("default", "a", "", map("a", { x: "2" }), context);
    const late = { ...first, data: { x: "3" } };
    expect((await refusal(maps.writes.update("default", "a", "", late, context))).status).toMatchObject({ code: 409, reason: "Conflict", message: 'Operation cannot be fulfilled on configmaps "a": the object has been modified; please apply your changes to the latest version and try again' });
  });

  it("survive two writers of different fields", async () => {
    await maps.writes.create("default", map("a", {}), context);
    const patch = (data: Record<string, string>): Promise<unknown> => maps.writes.patch("default", "a", "", "application/merge-patch+json", { data }, false, context);
    await Promise.all([patch({ x: "1" }), patch({ y: "2" }), patch({ z: "3" })]);
    expect((await maps.reads.get("default", "a"))["data"]).toEqual({ x: "1", y: "2", z: "3" });
  });

  it("stay while a finalizer holds them, and go with the last one", async () => {
    await maps.writes.create("default", { metadata: { name: "a", finalizers: ["lab/held"] } }, context);
    const marked = (await maps.writes.delete("default", "a", PLAIN_DELETE)) as KubeObject;
    expect(marked.metadata.deletionTimestamp).toBeDefined();
    await maps.writes.patch("default", "a", "", "application/merge-patch+json", { metadata: { finalizers: null } }, false, context);
    expect((await refusal(maps.reads.get("default", "a"))).code).toBe(404);
  });

  it("are deleted only as what they were meant to be", async () => {
    await maps.writes.create("default", map("a"), context);
    const wrong: DeleteOptions = { ...PLAIN_DELETE, uid: "other" };
    expect((await refusal(maps.writes.delete("default", "a", wrong))).message).toContain("Precondition failed: UID in precondition: other");
    expect(await maps.writes.delete("default", "a", PLAIN_DELETE)).toMatchObject({ kind: "Status", status: "Success", details: { name: "a", kind: "configmaps" } });
  });

  it("count generations of their spec, and keep their status apart", async () => {
    const { writes } = of("deployments", "apps");
    await writes.create("default", { metadata: { name: "d" }, spec: { replicas: 1 }, status: { replicas: 9 } }, context);
    await writes.patch("default", "d", "status", "application/merge-patch+json", { spec: { replicas: 7 }, status: { replicas: 1 } }, false, context);
    const after = (await writes.patch("default", "d", "", "application/merge-patch+json", { spec: { replicas: 2 }, status: { replicas: 8 } }, false, context)).object;
    expect(after).toMatchObject({ metadata: { generation: 2 }, spec: { replicas: 2 }, status: { replicas: 1 } });
  });

  it("services have addresses of their own", async () => {
    const { writes } = of("services");
    const service = (name: string, spec: object): Promise<KubeObject> => writes.create("default", { metadata: { name }, spec: { ports: [{ port: 80 }], ...spec } }, context);
    const [a, b] = await Promise.all([service("a", {}), service("b", {})]);
    const ip = (one: KubeObject): string => (one["spec"] as { clusterIP: string }).clusterIP;
    expect(ip(a)).toMatch(/^10\.96\.0\.\d+$/);
    expect(ip(a)).not.toBe(ip(b));
    expect((await refusal(service("c", { clusterIP: ip(a) }))).message).toContain("provided IP is already allocated");
    expect((await refusal(service("d", { clusterIP: "1.2.3.4" }))).message).toContain("The range of valid IPs is 10.96.0.0/24");
  });
});

describe("lists", () => {
  beforeEach(async () => {
    for (const name of ["a", "b", "c", "d", "e"]) await maps.writes.create("default", map(name, {}, { odd: String("ace".includes(name)) }), context);
  });

  it("come in pages of one revision", async () => {
    const first = await maps.reads.list("default", { ...EVERYTHING, limit: 2 });
    expect([names(first.items), first.remaining]).toEqual([["a", "b"], 3]);
    await maps.writes.delete("default", "c", PLAIN_DELETE);
    const { parseContinue } = await import("./continue-token.ts");
    const second = await maps.reads.list("default", { ...EVERYTHING, limit: 2, from: parseContinue(first.continue) });
    expect(names(second.items)).toEqual(["c", "d"]);
    expect(second.resourceVersion).toBe(first.resourceVersion);
  });

  it("end with 410 and a way to go on when their revision was compacted", async () => {
    const first = await maps.reads.list("default", { ...EVERYTHING, limit: 2 });
    await maps.writes.delete("default", "e", PLAIN_DELETE);
    store.compact(store.revision);
    const { parseContinue } = await import("./continue-token.ts");
    const error = await refusal(maps.reads.list("default", { ...EVERYTHING, limit: 2, from: parseContinue(first.continue) }));
    expect(error.status).toMatchObject({ code: 410, reason: "Expired" });
    const rest = await maps.reads.list("default", { ...EVERYTHING, from: parseContinue(error.status.metadata["continue"] as string) });
    expect(names(rest.items)).toEqual(["c", "d"]);
  });

  it("fill a page with what is selected", async () => {
    const { parseLabelSelector } = await import("./selectors.ts");
    const page = await maps.reads.list("default", { ...EVERYTHING, limit: 2, labels: parseLabelSelector("odd=true") });
    expect(names(page.items)).toEqual(["a", "c"]);
    expect(page.remaining).toBeUndefined();
  });

  it("from the cache need not ask the store", async () => {
    await maps.reads.list("default", { ...EVERYTHING, resourceVersion: "0" });
    store.failure = new StoreError("unavailable", "etcdserver: request timed out");
    expect((await maps.reads.list("default", { ...EVERYTHING, resourceVersion: "0" })).items).toHaveLength(5);
    expect((await refusal(maps.reads.list("default", EVERYTHING))).status).toMatchObject({ code: 500, message: "etcdserver: request timed out" });
  });

  it("refuse a revision that is not there yet", async () => {
    expect((await refusal(maps.reads.list("default", { ...EVERYTHING, resourceVersion: "9999", match: "Exact" }))).status).toMatchObject({ code: 504, reason: "Timeout" });
  });
});

describe("watches", () => {
  it("tell what comes into a selection and goes out of it", async () => {
    const { parseLabelSelector } = await import("./selectors.ts");
    await maps.writes.create("default", map("a", {}, { on: "yes" }), context);
    const { seen, end } = await watched({ resourceVersion: "0", labels: parseLabelSelector("on=yes") });
    const label = (on: string): Promise<unknown> => maps.writes.patch("default", "a", "", "application/merge-patch+json", { metadata: { labels: { on } } }, false, context);
    await label("no");
    await label("yes");
    await maps.writes.delete("default", "a", PLAIN_DELETE);
    await expect.poll(() => seen).toEqual(["ADDED a", "DELETED a", "ADDED a", "DELETED a"]);
    end();
  });

  it("begin where they are told to", async () => {
    const first = await maps.writes.create("default", map("a"), context);
    // the cache has been filled before the rest
    await maps.reads.list("default", { ...EVERYTHING, resourceVersion: "0" });
    await maps.writes.create("default", map("b"), context);
    const { seen, end } = await watched({ resourceVersion: first.metadata.resourceVersion! });
    await expect.poll(() => seen).toEqual(["ADDED b"]);
    end();
  });

  it("from before what the cache knows end with 410", async () => {
    await maps.writes.create("default", map("a"), context);
    await maps.writes.create("default", map("b"), context);
    await maps.reads.list("default", { ...EVERYTHING, resourceVersion: "0" });
    expect((await watched({ resourceVersion: "1" })).errors).toEqual([410]);
  });

  it("of a client ahead of the store are deaf until it is there", async () => {
    await maps.reads.list("default", { ...EVERYTHING, resourceVersion: "0" });
    const { seen, end } = await watched({ resourceVersion: String(store.revision + 1) });
    await maps.writes.create("default", map("lost"), context);
    await maps.writes.create("default", map("heard"), context);
    await expect.poll(() => seen).toEqual(["ADDED heard"]);
    end();
  });

  it("give the state first and mark its end", async () => {
    await maps.writes.create("default", map("a"), context);
    const { seen, end } = await watched({ initialEvents: true, bookmarks: true });
    expect(seen).toEqual(["ADDED a", "BOOKMARK "]);
    end();
  });

  it("end when the store's watch ends, and the cache fills anew", async () => {
    const { errors } = await watched({ resourceVersion: "0" });
    store.breakWatches(new StoreError("compacted", "etcdserver: mvcc: required revision has been compacted"));
    expect(errors).toEqual([410]);
    await maps.writes.create("default", map("later"), context);
    await expect.poll(async () => names((await maps.reads.list("default", { ...EVERYTHING, resourceVersion: "0" })).items)).toEqual(["later"]);
  });
});
