import { mkdtempSync, openSync, readFileSync, rmSync, statSync, truncateSync, writeFileSync, writeSync, closeSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { Database } from "../../bbolt/database.ts";
import { encodeRevision } from "../../mvcc/revision.ts";
import { nodeDisk } from "../../platform/node/disk.ts";
import { KeyValue } from "../../proto/gen/mvccpb.ts";
import { EntryType, type Entry, HardState } from "../../proto/gen/raftpb.ts";
import { InternalRaftRequest } from "../../proto/gen/internalpb.ts";
import * as pb from "../../proto/gen/etcdserverpb.ts";
import { Wal } from "../../wal/wal.ts";
import { compare, rowOf } from "../snapshots/comparison.ts";
import { fileKeys, fileValue } from "../snapshots/key-state.ts";
import { SnapshotFinder } from "../snapshots/find-snapshots.ts";
import { readSnapshot } from "../snapshots/read-snapshot.ts";
import { PageMap } from "./page-map.ts";
import { readDatabase } from "../snapshots/read-snapshot.ts";
import { NeverStill, stableRead } from "./stable-read.ts";
import { WalRecords } from "./wal-records.ts";

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "quorum-lab-explore-"));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** Writes [key, value, deleted] with a revision each, as a store does; the file is cut to its pages, as a snapshot is. */
async function store(path: string, writes: readonly (readonly [string, string, boolean?])[]): Promise<void> {
  const database = await Database.open(nodeDisk, path);
  const transaction = database.beginWrite();
  const bucket = transaction.root.createBucket(Buffer.from("key"));
  for (const [at, [key, value, deleted = false]] of writes.entries()) {
    const main = at + 2;
    bucket.put(encodeRevision(main, 0, deleted), KeyValue.encode(KeyValue.create({ key: Buffer.from(key), value: Buffer.from(value), createRevision: main, modRevision: main, version: 1 })));
  }
  await transaction.commit();
  const bytes = database.meta.hwm * database.pageSize;
  await database.close();
  truncateSync(path, bytes);
}

const many = (value: string): [string, string][] => Array.from({ length: 3000 }, (_, at) => [`k/${at}`, `${value}${at}`]);

describe("a snapshot file", () => {
  it("is found by name or by its first bytes, and text and WALs are not", async () => {
    const root = mkdtempSync(join(folder, "tree-"));
    await store(join(root, "unnamed"), [["a", "1"]]);
    for (const name of ["empty.db", "snapshotdb", "notes-on-snapshot.md"]) writeFileSync(join(root, name), "x");
    const found = await new SnapshotFinder().find(root);
    expect(found.map((one) => one.real.slice(root.length + 1)).sort()).toEqual(["empty.db", "snapshotdb", "unnamed"]);
  });

  it("says what etcdutl says of it, and where it is damaged or cut", async () => {
    const path = join(folder, "whole.db");
    await store(path, [...many("v"), ["k/1", "", true]]);
    const sound = await readSnapshot(path, "/opt/whole.db");
    expect(sound).toMatchObject({ digest: "none", damage: null, report: { revision: 3002, keys: 2999 } });
    const bytes = readFileSync(path);
    const flipped = join(folder, "flipped.db");
    writeFileSync(flipped, bytes);
    const leaf = 4 * 4096 + 20;
    const file = openSync(flipped, "r+");
    writeSync(file, Buffer.from([0xff]), 0, 1, leaf);
    closeSync(file);
    expect((await readSnapshot(flipped, "/opt/flipped.db")).damage).toMatchObject({ file: "/opt/flipped.db", offset: 4 * 4096 + 16, text: expect.stringContaining("/opt/flipped.db at offset") });
    const cut = join(folder, "cut.db");
    writeFileSync(cut, bytes.subarray(0, bytes.length - 8192));
    expect((await readSnapshot(cut, "/opt/cut.db")).damage).toMatchObject({ offset: bytes.length - 8192, expected: `${bytes.length} bytes`, found: `${bytes.length - 8192} bytes` });
    writeFileSync(cut, "");
    expect((await readSnapshot(cut, "/opt/cut.db")).damage).toMatchObject({ file: "/opt/cut.db" });
  });

  it("a record that cannot be read is damage too, told by bucket and key", async () => {
    const path = join(folder, "lies.db");
    await store(path, many("v"));
    const database = await Database.open(nodeDisk, path);
    const transaction = database.beginWrite();
    transaction.bucket(Buffer.from("key"))!.put(encodeRevision(9, 0), Buffer.from("nonsense"));
    await transaction.commit();
    await database.close();
    const { damage, report } = await readSnapshot(path, "/opt/lies.db");
    expect(report).toBeNull();
    expect(damage).toMatchObject({ file: "/opt/lies.db", expected: "an mvccpb.KeyValue" });
    expect(damage?.text).toContain("bucket key, key 00000000000000095f0000000000000000");
  });

  it("is compared with another key by key, and gives back both values", async () => {
    const [before, after] = [join(folder, "before.db"), join(folder, "after.db")];
    await store(before, [["same", "1"], ["changed", "1"], ["removed", "1"]]);
    await store(after, [["new", "1"], ["same", "1"], ["changed", "22"], ["removed", "", true]]);
    const [from, to] = [await fileKeys(before), await fileKeys(after)];
    const { rows, ...counts } = compare(from, to);
    expect(counts).toEqual({ added: 1, changed: 1, removed: 1, same: 1 });
    expect(rows.map(rowOf).map((row) => [row.kind, Buffer.from(row.key, "base64").toString(), row.fromBytes, row.toBytes])).toEqual([
      ["changed", "changed", 1, 2],
      ["added", "new", -1, 1],
      ["removed", "removed", 1, -1],
    ]);
    expect((await fileValue(after, rows[0]!.to!))?.toString()).toBe("22");
  });
});

describe("a database", () => {
  it("has a map of all its pages, that adds up", async () => {
    const path = join(folder, "map.db");
    await store(path, many("w"));
    const map = await stableRead(path, (database, transaction) => PageMap.of(database, transaction));
    const rows = map.rows(0, map.total);
    const leaves = rows.filter((row) => row.kind === "leaf" && row.bucket === "key");
    expect(leaves.reduce((sum, row) => sum + row.count, 0)).toBe(3000);
    expect(map.buckets).toMatchObject([{ name: "key", keys: 3000, leafPages: leaves.length, inline: false }]);
    expect(rows.filter((row) => row.kind === "free")).toHaveLength(map.freePages);
    expect(rows.slice(0, 2).map((row) => row.kind)).toEqual(["meta", "meta"]);
  });

  it("is read in one state while somebody writes to it", async () => {
    const path = join(folder, "busy.db");
    await store(path, many("w"));
    const database = await Database.open(nodeDisk, path);
    let writing = true;
    const writer = (async () => {
      for (let round = 0; writing && round < 400; round++) {
        const transaction = database.beginWrite();
        transaction.bucket(Buffer.from("key"))!.put(encodeRevision(round + 2, 0), KeyValue.encode(KeyValue.create({ key: Buffer.from("k/1"), value: Buffer.from(`round ${round}`) })));
        await transaction.commit();
        await new Promise((resolve) => setTimeout(resolve, 15));
      }
    })();
    for (let times = 0; times < 20; times++) {
      // it may be said that the member never holds still, and never that it is damaged
      const reading = await readDatabase(path, "/busy.db").catch((error: unknown) => {
        if (!(error instanceof NeverStill)) throw error;
      });
      expect(reading?.damage ?? null).toBeNull();
      const count = await stableRead(path, (_, transaction) => [...transaction.bucket(Buffer.from("key"))!.entries()].length);
      expect(count).toBe(3000);
    }
    writing = false;
    await writer;
    await database.close();
  });
});

describe("a WAL segment", () => {
  const put = (index: number): Entry => ({
    term: 2, index, type: EntryType.EntryNormal,
    data: InternalRaftRequest.encode(InternalRaftRequest.create({ put: pb.PutRequest.create({ key: Buffer.from(`k/${index}`), value: Buffer.from("12345") }) })),
  });

  it("is read from any record on, goes on where it has grown, and says where it is damaged", async () => {
    const directory = join(folder, "wal");
    const wal = await Wal.create(nodeDisk, directory, undefined, { segmentBytes: 1_000_000 });
    const entries = Array.from({ length: 1000 }, (_, at) => put(at + 1));
    await wal.save(HardState.create({ term: 2, vote: 1n, commit: 0 }), entries);
    const path = join(directory, "0000000000000000-0000000000000000.wal");
    const records = new WalRecords();
    const first = await records.page(path, "/x.wal", 0, 3);
    expect(first.rows.map((row) => row.type)).toEqual(["crc", "metadata", "snapshot"]);
    const { total } = first;
    const late = await records.page(path, "/x.wal", 700, 2);
    expect(late.rows[1]!.index - late.rows[0]!.index).toBe(1);
    expect(late.rows[0]).toMatchObject({ type: "entry", term: 2, operation: "put", words: `k/${late.rows[0]!.index} = 5 bytes` });
    await wal.save(HardState.create(), [put(1001)]);
    const grown = await records.page(path, "/x.wal", total, 10);
    expect(grown.rows.map((row) => row.index)).toContain(1001);
    expect(grown).toMatchObject({ damage: null, fileBytes: statSync(path).size });
    await wal.close();
    const file = openSync(path, "r+");
    writeSync(file, Buffer.from("damage"), 0, 6, late.rows[0]!.offset + 20);
    closeSync(file);
    const damaged = await new WalRecords().page(path, "/x.wal", 0, 3);
    expect(damaged.damage).toMatchObject({ file: "/x.wal", offset: late.rows[0]!.offset });
    expect(damaged.total).toBe(700);
  });
});
