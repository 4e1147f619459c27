/** Two proxies that own keys under the same prefix, before one member: who owns what, and that nobody ever reads what is old. */
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { Client, connect } from "../client/index.ts";
import * as pb from "../proto/gen/etcdserverpb.ts";
import { type ClientService, serveClients } from "../rpc/serve-clients.ts";
import { MemoryServer } from "../rpc/testing/memory-server.ts";
import { type ProxyOptions, startProxy } from "./serve-proxy.ts";

const open: { close(): unknown }[] = [];
let server: MemoryServer;
let service: ClientService;
let member: Client;

const bytes = (text: string): Buffer => Buffer.from(text);
const kept = <T extends { close(): unknown }>(thing: T): T => {
  open.push(thing);
  return thing;
};
const put = (key: string, value: string): pb.RequestOp => pb.RequestOp.create({ requestPut: pb.PutRequest.create({ key: bytes(key), value: bytes(value) }) });
const get = (key: string): pb.RequestOp => pb.RequestOp.create({ requestRange: pb.RangeRequest.create({ key: bytes(key) }) });
const del = (key: string): pb.RequestOp => pb.RequestOp.create({ requestDeleteRange: pb.DeleteRangeRequest.create({ key: bytes(key) }) });
const version = (key: string, version: number): pb.Compare => pb.Compare.create({ key: bytes(key), target: pb.Compare_CompareTarget.VERSION, result: pb.Compare_CompareResult.EQUAL, version });

beforeEach(async () => {
  server = await MemoryServer.open();
  const [ranges, txns] = [vi.spyOn(server, "range"), vi.spyOn(server, "txn")];
  reads = () => ranges.mock.calls.length + txns.mock.calls.filter(([{ compare }]) => compare.length === 2).length;
  service = await serveClients(server, { listenUrls: ["http://127.0.0.1:0"] });
  member = kept(new Client(connect(service.addresses[0]!)));
});
afterEach(async () => {
  for (const thing of open.splice(0).reverse()) await thing.close();
  await service.close();
  server.close();
});

async function owner(options: Partial<ProxyOptions> = {}): Promise<Client> {
  const log = { debug: () => undefined, info: () => undefined, warn: () => undefined, error: () => undefined, enabled: () => true };
  const proxy = kept(
    await startProxy({
      listenAddress: "127.0.0.1:0",
      members: () => ({ endpoints: [service.addresses[0]!], channel: {}, https: {} }),
      autoSyncMs: 0,
      namespace: "",
      ordering: false,
      leasingPrefix: "own/",
      advertisedUrl: "",
      keepalive: { minTimeMs: 5000, intervalMs: 7_200_000, timeoutMs: 20_000 },
      maxConcurrentStreams: 1000,
      pprof: false,
      logPayloads: false,
      log: log as unknown as ProxyOptions["log"],
      ...options,
    }),
  );
  return kept(new Client(connect(proxy.address)));
}

const valueAt = async (client: Client, key: string): Promise<string | undefined> => (await client.range({ key: bytes(key) })).kvs[0]?.value.toString();
/** As the members know it: which keys are owned. */
const owned = async (): Promise<string[]> => (await member.range({ key: bytes("own/"), rangeEnd: bytes("own0"), keysOnly: true })).kvs.map(({ key }) => key.toString().slice("own/".length));
/** Reads that got as far as the member: plain ones, and those that ask for a key. */
let reads: () => number;

describe("a proxy that owns keys", () => {
  it("answers reads of what it has read from memory, whatever they ask, and keeps it up to date with its own writes", async () => {
    const client = await owner();
    await client.put({ key: bytes("a"), value: bytes("1") });
    const first = await client.range({ key: bytes("a") });
    expect(await owned()).toEqual(["a"]);
    const before = reads();
    expect(await client.range({ key: bytes("a") })).toEqual(first);
    await client.put({ key: bytes("a"), value: bytes("2") });
    const { kvs, count, header } = await client.range({ key: bytes("a") });
    expect(kvs).toEqual([{ key: bytes("a"), value: bytes("2"), createRevision: 2, modRevision: 4, version: 2, lease: 0n }]);
    expect([count, header!.revision]).toEqual([1, 4]);
    expect((await client.range({ key: bytes("a"), keysOnly: true })).kvs[0]!.value).toEqual(bytes(""));
    expect(await client.range({ key: bytes("a"), countOnly: true })).toMatchObject({ kvs: [], count: 1 });
    expect(await client.range({ key: bytes("a"), minModRevision: 5 })).toMatchObject({ kvs: [], count: 1 });
    await client.deleteRange({ key: bytes("a") });
    expect(await client.range({ key: bytes("a") })).toMatchObject({ kvs: [], count: 0, header: { revision: 5 } });
    await client.put({ key: bytes("a"), value: bytes("3") });
    expect((await client.range({ key: bytes("a") })).kvs[0]).toMatchObject({ createRevision: 6, version: 1 });
    expect(reads()).toBe(before);
    // of the past, and of many keys, the members know
    expect((await client.range({ key: bytes("a"), revision: 4 })).kvs[0]!.value).toEqual(bytes("2"));
    expect((await client.range({ key: bytes("a"), rangeEnd: bytes("b") })).count).toBe(1);
    expect(reads()).toBe(before + 2);
  });

  it("a key that is not there can be owned too", async () => {
    const client = await owner();
    expect(await valueAt(client, "none")).toBeUndefined();
    const before = reads();
    expect(await valueAt(client, "none")).toBeUndefined();
    expect(reads()).toBe(before);
    await client.put({ key: bytes("none"), value: bytes("1") });
    expect(await valueAt(client, "none")).toBe("1");
    expect(reads()).toBe(before);
  });

  it("gives a key back when another proxy writes it", async () => {
    const [one, two] = [await owner(), await owner()];
    await one.put({ key: bytes("a"), value: bytes("1") });
    expect(await valueAt(one, "a")).toBe("1");
    // owned by one: two asks the member
    expect(await valueAt(two, "a")).toBe("1");
    await two.put({ key: bytes("a"), value: bytes("2") });
    expect(await owned()).toEqual([]);
    expect(await valueAt(one, "a")).toBe("2");
    expect(await valueAt(two, "a")).toBe("2");
    // who has given it back leaves it to others for a while
    expect(await owned()).toEqual(["a"]);
    await one.deleteRange({ key: bytes("a") });
    expect([await valueAt(one, "a"), await valueAt(two, "a")]).toEqual([undefined, undefined]);
  });

  it("ranges are deleted when nobody else owns a key of them", async () => {
    const [one, two] = [await owner(), await owner()];
    for (const key of ["r/1", "r/2", "r/3", "s"]) await one.put({ key: bytes(key), value: bytes("1") });
    await valueAt(one, "r/1");
    await valueAt(two, "r/2");
    await valueAt(one, "s");
    const { deleted, prevKvs } = await two.deleteRange({ key: bytes("r/"), rangeEnd: bytes("r0"), prevKv: true });
    expect([deleted, prevKvs.length]).toEqual([3, 3]);
    for (const client of [one, two]) for (const key of ["r/1", "r/2", "r/3"]) expect(await valueAt(client, key)).toBeUndefined();
    expect(await valueAt(one, "s")).toBe("1");
    expect((await two.deleteRange({ key: bytes("s"), rangeEnd: Buffer.from([0]) })).deleted).toBeGreaterThanOrEqual(1);
    expect(await valueAt(one, "s")).toBeUndefined();
  });

  it("transactions are judged from memory where all is owned, and by the member where they write", async () => {
    const [one, two] = [await owner(), await owner()];
    await one.put({ key: bytes("a"), value: bytes("1") });
    await valueAt(one, "a");
    await valueAt(one, "absent");
    const before = reads();
    const read = await one.txn({ compare: [version("a", 1), version("absent", 0)], success: [get("a")], failure: [get("absent")] });
    expect([read.succeeded, read.responses[0]!.responseRange!.kvs[0]!.value.toString()]).toEqual([true, "1"]);
    expect((await one.txn({ compare: [version("absent", 1)], success: [get("a")], failure: [get("absent")] })).succeeded).toBe(false);
    expect(reads()).toBe(before);

    const written = await one.txn({ compare: [version("a", 1)], success: [put("a", "2"), get("a")], failure: [del("a")] });
    expect([written.succeeded, written.responses[1]!.responseRange!.kvs[0]!.value.toString()]).toEqual([true, "2"]);
    expect(await valueAt(one, "a")).toBe("2");
    const nested = pb.RequestOp.create({ requestTxn: pb.TxnRequest.create({ success: [del("a"), put("b", "1")] }) });
    expect((await two.txn({ compare: [version("a", 2)], success: [nested] })).succeeded).toBe(true);
    expect([await valueAt(one, "a"), await valueAt(one, "b"), await valueAt(two, "a")]).toEqual([undefined, "1", undefined]);
    await expect(one.txn({ success: [put("x", "1"), put("x", "2")] })).rejects.toThrow("duplicate key given in txn request");
    await expect(one.put({ key: bytes("") })).rejects.toThrow("key is not provided");
  });

  it("a key with a lease is nobody's", async () => {
    const client = await owner();
    const { ID } = await client.leaseGrant({ TTL: 60 });
    await client.put({ key: bytes("l"), value: bytes("1"), lease: ID });
    expect(await valueAt(client, "l")).toBe("1");
    expect(await owned()).toEqual([]);
    await client.put({ key: bytes("m"), value: bytes("1") });
    await valueAt(client, "m");
    await client.put({ key: bytes("m"), value: bytes("2"), lease: ID });
    await client.leaseRevoke({ ID });
    expect([await valueAt(client, "l"), await valueAt(client, "m")]).toEqual([undefined, undefined]);
  });

  it("within a namespace its records are there too", async () => {
    const client = await owner({ namespace: "ns/" });
    await client.put({ key: bytes("a"), value: bytes("1") });
    expect(await valueAt(client, "a")).toBe("1");
    expect((await member.range({ key: bytes("ns/own/a") })).count).toBe(1);
  });

  it("no read is older than what was written or read before it began, whoever writes where", async () => {
    const clients = [await owner(), await owner(), await owner()];
    const keys = ["p", "q", "r"];
    const newest = new Map<string, number>();
    let seed = 12345;
    const below = (bound: number): number => {
      seed ^= seed << 13;
      seed ^= seed >>> 17;
      seed ^= seed << 5;
      return (seed >>> 0) % bound;
    };
    const know = (key: string, revision: number): void => void newest.set(key, Math.max(newest.get(key) ?? 0, revision));
    let done = 0;
    const work = async (client: Client): Promise<void> => {
      for (let times = 0; times < 120; times++) {
        const key = keys[below(keys.length)]!;
        const kind = below(10);
        if (kind === 0) know(key, (await client.deleteRange({ key: bytes(key) })).header!.revision);
        else if (kind === 1) {
          const { header } = await client.deleteRange({ key: bytes("p"), rangeEnd: bytes("s") });
          for (const one of keys) know(one, header!.revision);
        } else if (kind === 2) know(key, (await client.txn({ compare: [version(key, 1)], success: [put(key, "t")], failure: [put(key, "f")] })).header!.revision);
        else if (kind < 5) know(key, (await client.put({ key: bytes(key), value: bytes(String(times)) })).header!.revision);
        else {
          const least = newest.get(key) ?? 0;
          const { header, kvs } = await client.range({ key: bytes(key) });
          // a header from memory is that of the key's last change that the proxy knows of
          const seen = kvs[0]?.modRevision ?? header!.revision;
          const actual = (await member.range({ key: bytes(key), revision: Math.max(least, seen) })).kvs[0];
          expect(kvs[0]?.modRevision, `${key} at ${seen}, at least ${least}`).toBe(actual?.modRevision);
          know(key, kvs[0]?.modRevision ?? 0);
        }
        done++;
      }
    };
    await Promise.all(clients.flatMap((client) => [work(client), work(client)]));
    expect(done).toBe(720);
  }, 120_000);
});
