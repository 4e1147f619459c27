import { describe, expect, it } from "vitest";
import { seededRandom } from "../platform/random.ts";
import { SimulatedDisk } from "../platform/simulated-disk.ts";
import { problemsOf } from "./check.ts";
import { Database } from "./database.ts";
import { encodeFreelist } from "./freelist.ts";
import { encodeMetaPage } from "./meta.ts";

const disk = new SimulatedDisk(seededRandom(4));

async function make(): Promise<{ file: Buffer; database: Database; root: number; bucketRoot: number }> {
  disk.plant("/db", Buffer.alloc(0));
  const database = await Database.open(disk, "/db", { storesFreelist: true });
  for (let round = 0; round < 2; round++) {
    const transaction = database.beginWrite();
    const bucket = transaction.root.createBucketIfAbsent(Buffer.from("key"));
    for (let i = 0; i < 300; i++) bucket.put(Buffer.from(String(i).padStart(5, "0")), Buffer.alloc(40, i));
    await transaction.commit();
  }
  const reader = database.beginRead();
  const bucketRoot = reader.bucket(Buffer.from("key"))?.rootPgid as number;
  reader.rollback();
  const { root } = database.meta;
  await database.close();
  return { file: disk.contentOf("/db"), database, root, bucketRoot };
}

async function problems(file: Buffer): Promise<string[]> {
  disk.plant("/bent", file);
  // a stored freelist is believed, so that the check has something to compare
  const database = await Database.open(disk, "/bent", { storesFreelist: true });
  try {
    return problemsOf(database);
  } finally {
    await database.close();
  }
}

const childOf = (file: Buffer, branch: number, index: number): number => Number(file.readBigUInt64LE(branch * 4096 + 16 + 16 * index + 8));

describe("check", () => {
  it("finds nothing in a sound database", async () => {
    expect(await problems((await make()).file)).toEqual([]);
  });

  it("reports a page that two branches refer to, and the one that nobody refers to any more", async () => {
    const { file, root, bucketRoot } = await make();
    const [first, second] = [childOf(file, bucketRoot, 0), childOf(file, bucketRoot, 1)];
    file.writeBigUInt64LE(BigInt(first), bucketRoot * 4096 + 16 + 16 + 8);
    const found = await problems(file);
    expect(found).toContain(`page ${first}: multiple references (stack: [${bucketRoot} ${first}])`);
    expect(found).toContain(`page ${second}: unreachable unfreed`);
    expect(root).not.toBe(bucketRoot);
    expect(found.join("\n")).toMatch(/^the first key\[0\]=\(hex\)[0-9a-f]+ on leaf page\(\d+\) needs to be >= the key in the ancestor/m);
  });

  it("reports pages that are in use and free, and pages that are neither", async () => {
    const { file, database, bucketRoot } = await make();
    const { meta } = database;
    const used = childOf(file, bucketRoot, 0);
    encodeFreelist(meta.freelist as number, [used], 1, 4096).copy(file, (meta.freelist as number) * 4096);
    const found = await problems(file);
    expect(found).toContain(`page ${used}: reachable freed`);
    expect(found.filter((line) => line.endsWith(": unreachable unfreed")).length).toBeGreaterThan(0);
  });

  it("reports a reference beyond the end of the database", async () => {
    const { file, database, bucketRoot } = await make();
    const { hwm } = database.meta;
    file.writeBigUInt64LE(BigInt(hwm + 3), bucketRoot * 4096 + 16 + 8);
    expect(await problems(file)).toContain(`page ${hwm + 3}: out of bounds: ${hwm} (stack: [${bucketRoot} ${hwm + 3}])`);
  });

  it("reports keys that do not fit between those of the branch above", async () => {
    const { file, bucketRoot } = await make();
    const leaf = childOf(file, bucketRoot, 0);
    const count = file.readUInt16LE(leaf * 4096 + 10);
    const element = leaf * 4096 + 16 + 16 * (count - 1);
    file.write("9", element + file.readUInt32LE(element + 4));
    const found = await problems(file);
    expect(found.join("\n")).toContain(`key[${count - 1}]=(hex)39`);
    expect(found.join("\n")).toContain("needs to be < than key of the next element in ancestor");
  });

  it("goes on past a page that it cannot read", async () => {
    const { file, database, bucketRoot } = await make();
    const leaf = childOf(file, bucketRoot, 1);
    file.writeUInt16LE(0x20, leaf * 4096 + 8);
    encodeMetaPage(database.meta, 0).copy(file, 0);
    const found = await problems(file);
    const sentence = `page ${leaf} is of the wrong type: expected branch or leaf, found unknown<20>`;
    expect(found).toEqual([`/bent at offset ${leaf * 4096 + 8}: ${sentence}`]);
  });
});
