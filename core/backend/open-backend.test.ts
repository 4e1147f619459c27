import { mkdtempSync, readdirSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { problemsOf } from "../bbolt/check.ts";
import { Database } from "../bbolt/database.ts";
import { nodeClock } from "../platform/node/clock.ts";
import { nodeDisk } from "../platform/node/disk.ts";
import { crc32c } from "../platform/crc32c.ts";
import { type Backend, bucketNames } from "./backend.ts";
import { openBackend } from "./open-backend.ts";

const b = (text: string): Buffer => Buffer.from(text, "latin1");
const never = { batchIntervalMs: 1e9 };

async function problemsIn(path: string): Promise<string[]> {
  const database = await Database.open(nodeDisk, path, { readOnly: true });
  try {
    return problemsOf(database);
  } finally {
    await database.close();
  }
}

describe("backend", () => {
  let folder: string;
  let path: string;
  let backend: Backend;

  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), "backend-"));
    path = join(folder, "db");
  });
  afterEach(async () => {
    await backend.close();
    rmSync(folder, { recursive: true });
  });

  it("makes a new file with all buckets, of the size that etcd's has", async () => {
    backend = await openBackend(nodeDisk, nodeClock, path, never);
    expect(backend.size()).toBe(20480);
    expect(backend.sizeInUse()).toBe(20480);
    expect(statSync(path).size).toBe(6 * 4096 + 16 * 1024 * 1024);
    await backend.close();
    expect(await problemsIn(path)).toEqual([]);
    const database = await Database.open(nodeDisk, path, { readOnly: true });
    const reader = database.beginRead();
    expect([...reader.root.entries()].map((entry) => entry.key.toString())).toEqual([...bucketNames]);
    reader.rollback();
    await database.close();
  });

  it("shows writes at once, in get, range and entries, and after the commit the same", async () => {
    backend = await openBackend(nodeDisk, nodeClock, path, never);
    for (let i = 0; i < 600; i += 2) backend.put("key", b(String(i).padStart(4, "0")), b(`stored ${i}`));
    await backend.commit();
    for (let i = 0; i < 600; i += 3) backend.put("key", b(String(i).padStart(4, "0")), b(`new ${i}`));
    for (let i = 0; i < 600; i += 5) backend.delete("key", b(String(i).padStart(4, "0")));
    const expected: string[] = [];
    for (let i = 0; i < 600; i++) {
      if (i % 5 === 0 || (i % 2 !== 0 && i % 3 !== 0)) continue;
      expected.push(`${String(i).padStart(4, "0")}=${i % 3 === 0 ? "new" : "stored"} ${i}`);
    }
    const look = (): void => {
      const all = [...backend.entries("key")].map((pair) => `${pair.key.toString()}=${pair.value.toString()}`);
      expect(all).toEqual(expected);
      const some = backend.range("key", b("0100"), b("0200"), 0).map((pair) => pair.key.toString());
      expect(some).toEqual(expected.map((line) => line.slice(0, 4)).filter((key) => key >= "0100" && key < "0200"));
      const firstSeven = backend.range("key", b(""), undefined, 7).map((pair) => pair.key.toString());
      expect(firstSeven).toEqual(expected.slice(0, 7).map((line) => line.slice(0, 4)));
      expect(backend.range("key", b("0300"), b("0300"), 0)).toEqual([]);
      expect(backend.get("key", b("0000"))).toBeUndefined();
      expect(backend.get("key", b("0003"))?.toString()).toBe("new 3");
      expect(backend.get("key", b("0004"))?.toString()).toBe("stored 4");
    };
    look();
    const committing = backend.commit();
    look();
    await committing;
    look();
    expect(backend.pending()).toBe(0);
    await backend.close();
    backend = await openBackend(nodeDisk, nodeClock, path, never);
    look();
  });

  it("commits by itself when the interval is over and when the batch is full", async () => {
    backend = await openBackend(nodeDisk, nodeClock, path, { batchIntervalMs: 5, batchLimit: 100 });
    const counts: number[] = [];
    const twice = new Promise<void>((resolve) => backend.onCommitted((_, operations) => counts.push(operations) === 2 && resolve()));
    // what one turn puts stays together, also when it is more than a batch
    for (let i = 0; i < 103; i++) backend.put("lease", b(`k${i}`), b("v"));
    await Promise.resolve();
    backend.put("lease", b("one more"), b("v"));
    await twice;
    expect(counts).toEqual([103, 1]);
    expect(backend.pending()).toBe(0);
  });

  it("puts what the commit hook gives into the same commit", async () => {
    backend = await openBackend(nodeDisk, nodeClock, path, never);
    let index = 0;
    backend.onCommit((put) => put("meta", b("consistent_index"), b(String(++index))));
    backend.put("key", b("a"), b("1"));
    const commits = [backend.commit(), backend.commit(), backend.commit()];
    await Promise.all(commits);
    // one in flight and one that gathered: not one for each call
    expect(index).toBe(2);
    await backend.close();
    const last = index;
    backend = await openBackend(nodeDisk, nodeClock, path, never);
    expect(backend.get("meta", b("consistent_index"))?.toString()).toBe(String(last));
  });

  it("gives a hot copy that opens as the state of the commit, while writing goes on", async () => {
    backend = await openBackend(nodeDisk, nodeClock, path, never);
    for (let i = 0; i < 2000; i++) backend.put("key", b(String(i).padStart(6, "0")), Buffer.alloc(100, i));
    const snapshot = await backend.snapshot();
    const chunks: Buffer[] = [];
    let round = 0;
    for await (const chunk of snapshot.read()) {
      chunks.push(chunk);
      for (let i = 0; i < 500; i++) backend.put("key", b(String(i * 4).padStart(6, "0")), Buffer.alloc(90, ++round));
      await backend.commit();
    }
    snapshot.release();
    snapshot.release();
    const copy = Buffer.concat(chunks);
    expect(copy.length).toBe(snapshot.size);
    const copyPath = join(folder, "copy");
    const file = await nodeDisk.open(copyPath, "create");
    await file.write([copy], 0);
    await file.close();
    expect(await problemsIn(copyPath)).toEqual([]);
    const opened = await openBackend(nodeDisk, nodeClock, copyPath, { readOnly: true });
    const pairs = [...opened.entries("key")];
    expect(pairs.length).toBe(2000);
    expect(pairs.every((pair, i) => pair.value.equals(Buffer.alloc(100, i)))).toBe(true);
    expect(() => opened.put("key", b("a"), b("b"))).toThrow("database is in read-only mode");
    await opened.close();
  });

  it("defragments while reads and writes go on, and keeps an open snapshot whole", async () => {
    backend = await openBackend(nodeDisk, nodeClock, path, never);
    for (let i = 0; i < 15000; i++) backend.put("key", b(String(i).padStart(6, "0")), Buffer.alloc(100, 1));
    await backend.commit();
    for (let i = 0; i < 15000; i++) if (i % 10 !== 0) backend.delete("key", b(String(i).padStart(6, "0")));
    await backend.commit();
    backend.put("meta", b("x"), b("before"));
    const snapshot = await backend.snapshot();
    const before = backend.size();
    const hashBefore = await backend.hash(() => false);
    const defragmenting = backend.defragment();
    backend.put("meta", b("y"), b("during"));
    const second = backend.commit();
    expect(backend.get("key", b("000010"))).toEqual(Buffer.alloc(100, 1));
    await defragmenting;
    await second;
    expect(backend.size()).toBeLessThan(before / 3);
    expect(backend.get("meta", b("y"))?.toString()).toBe("during");
    expect([...backend.entries("key")].length).toBe(1500);
    expect(await backend.hash((_, key) => key.toString() === "y")).toBe(hashBefore);
    let total = 0;
    for await (const chunk of snapshot.read()) total += chunk.length;
    expect(total).toBe(snapshot.size);
    snapshot.release();
    await backend.close();
    expect(readdirSync(folder)).toEqual(["db"]);
    expect(await problemsIn(path)).toEqual([]);
  });

  it("hashes names, keys and values of all buckets in byte order, without what is to be ignored", async () => {
    backend = await openBackend(nodeDisk, nodeClock, path, never);
    backend.put("key", b("k2"), b("v2"));
    backend.put("key", b("k1"), b("v1"));
    backend.put("meta", b("consistent_index"), b("7"));
    backend.put("alarm", b("z"), b(""));
    const all = "alarmzauthauthRolesauthUsersclusterkeyk1v1k2v2leasemembersmembers_removedmeta";
    expect(await backend.hash((bucket, key) => bucket === "meta" && key.toString() === "consistent_index")).toBe(crc32c(b(all)));
    expect(await backend.hash(() => false)).toBe(crc32c(b(`${all}consistent_index7`)));
  });
});
