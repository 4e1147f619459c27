/** Damaged files: the right content or a refusal that names the place, never a wrong answer, never an endless loop. */
import { beforeAll, describe, expect, it } from "vitest";
import { seededRandom } from "../platform/random.ts";
import { SimulatedDisk } from "../platform/simulated-disk.ts";
import { everything, problemsOf } from "./check.ts";
import { Database } from "./database.ts";
import { BboltError } from "./errors.ts";
import { encodeMetaPage } from "./meta.ts";

const disk = new SimulatedDisk(seededRandom(3));
let sound: Buffer;
let content: string;
let contentBefore: string;
let newestMeta: number;

function contentOf(database: Database): string {
  const reader = database.beginRead();
  try {
    const pairs = [...everything(reader.root)];
    return pairs.map(({ names, key, value }) => `${names.join("/")}/${key.toString()}=${value.toString("hex")}`).join("\n");
  } finally {
    reader.rollback();
  }
}

beforeAll(async () => {
  const database = await Database.open(disk, "/sound");
  for (let round = 0; round < 3; round++) {
    const transaction = database.beginWrite();
    const bucket = transaction.root.createBucketIfAbsent(Buffer.from("key"));
    for (let i = 0; i < 150; i++) bucket.put(Buffer.from(`key ${String(i).padStart(5, "0")}`), Buffer.alloc(30, round * 50 + i));
    bucket.put(Buffer.from("long"), Buffer.alloc(10000, round));
    transaction.root.createBucketIfAbsent(Buffer.from("small")).put(Buffer.from("a"), Buffer.from([round]));
    await transaction.commit();
    contentBefore = content;
    content = contentOf(database);
  }
  const { hwm, txid } = database.meta;
  newestMeta = txid % 2;
  await database.close();
  sound = disk.contentOf("/sound").subarray(0, hwm * 4096);
});

/** Opens, reads all, checks. @returns the content, or the refusal */
async function read(file: Buffer, readOnly = false): Promise<string | BboltError> {
  disk.plant("/damaged", file);
  let database: Database | undefined;
  try {
    database = await Database.open(disk, "/damaged", { readOnly });
    return contentOf(database);
  } catch (error) {
    if (error instanceof BboltError) return error;
    throw error;
  } finally {
    await database?.close();
  }
}

function expectNamed(error: string | BboltError): void {
  expect(error).toBeInstanceOf(BboltError);
  const refusal = error as BboltError;
  expect(refusal.path).toBe("/damaged");
  expect(refusal.offset).toBeTypeOf("number");
  expect(refusal.expected).toBeTypeOf("string");
  expect(refusal.found).toBeTypeOf("string");
  expect(refusal.message).toContain("/damaged");
}

describe("a damaged file", () => {
  it("that is cut short anywhere is refused, by what is missing", async () => {
    for (let length = 512; length < sound.length; length += 512) {
      const result = await read(sound.subarray(0, length));
      expectNamed(result);
      expect((result as BboltError).code).toBe("bbolt.truncated");
    }
    expect(await read(sound)).toBe(content);
  });

  it("with one bad meta page is read by the other one, with both bad it is an invalid database", async () => {
    const spoil = (...pages: number[]): Buffer => {
      const file = Buffer.from(sound);
      for (const page of pages) file.fill(0xa5, page * 4096 + 16, page * 4096 + 80);
      return file;
    };
    expect(await read(spoil(1 - newestMeta))).toBe(content);
    // the older state's pages were given up by the newer one only, so they are still there
    expect(await read(spoil(newestMeta))).toBe(contentBefore);
    const refused = await read(spoil(0, 1));
    expectNamed(refused);
    expect((refused as BboltError).code).toBe("bbolt.invalid_database");
    expect((refused as BboltError).message).toMatch(/^invalid database: \/damaged: meta 0: .*; meta 1: /);
  });

  it("finds the second meta at the page size that it has", async () => {
    const database = await Database.open(disk, "/large-pages", { pageSize: 16384 });
    const transaction = database.beginWrite();
    transaction.root.createBucket(Buffer.from("b")).put(Buffer.from("k"), Buffer.from("v"));
    await transaction.commit();
    const second = database.beginWrite();
    second.bucket(Buffer.from("b"))?.put(Buffer.from("k"), Buffer.from("w"));
    await second.commit();
    await database.close();
    const file = disk.contentOf("/large-pages").subarray(0, 16384 * 8);
    file.fill(0, 16, 80);
    expect(await read(file)).toBe(`b/k=${Buffer.from("w").toString("hex")}`);
  });

  it("with a flipped bit in a header or element of a page in use is refused; elsewhere nothing is lost unseen", { timeout: 60_000 }, async () => {
    const database = await Database.open(disk, "/sound");
    const free = new Set<number>();
    const { root } = database.meta;
    for (let id = 2; id < database.meta.hwm; id++) if (database.isFree(id) === true) free.add(id);
    await database.close();
    let refusedCount = 0;
    for (let id = 2; id < sound.length / 4096; id++) {
      const isFree = free.has(id);
      const overflowBody = !isFree && sound.readUInt32LE(id * 4096) !== id;
      if (overflowBody) continue;
      const count = sound.readUInt16LE(id * 4096 + 10);
      const places = [0, 4, 8, 9, 10, 11, 12, 15];
      for (const element of new Set([0, count >> 1, count - 1]))
        for (let byte = 0; byte < 16; byte++) places.push(16 + 16 * element + byte);
      for (const place of places) {
        for (const mask of [1, 0x40]) {
          const file = Buffer.from(sound);
          const at = id * 4096 + place;
          file[at] = (file[at] as number) ^ mask;
          const result = await read(file);
          if (isFree) expect(result).toBe(content);
          else if (typeof result !== "string") {
            expectNamed(result);
            refusedCount++;
          } else if (result !== content) {
            // what nothing in the format can tell: where the last pair of a page is cut and ends, and whether a value is a bucket
            const lastElement = 16 + 16 * (count - 1);
            const lastSizes = place >= lastElement + 8 && place < lastElement + 16;
            expect(lastSizes || (id === root && place % 16 === 0)).toBe(true);
          }
        }
      }
    }
    expect(refusedCount).toBeGreaterThan(300);
  });

  it("whose branch points back up is refused at opening and does not make a read-only reader go round", async () => {
    const database = await Database.open(disk, "/sound");
    const reader = database.beginRead();
    const root = reader.bucket(Buffer.from("key"))?.rootPgid as number;
    reader.rollback();
    await database.close();
    expect(sound.readUInt16LE(root * 4096 + 8)).toBe(1);
    const file = Buffer.from(sound);
    file.writeUInt32LE(root, root * 4096 + 16 + 8);
    const refused = await read(file);
    expectNamed(refused);
    expect((refused as BboltError).message).toContain(`page ${root}: multiple references`);
    const readOnly = await read(file, true);
    expectNamed(readOnly);
    expect((readOnly as BboltError).message).toContain("goes round in a circle");
    const opened = await Database.open(disk, "/damaged", { readOnly: true });
    expect(problemsOf(opened)).toContain(`page ${root}: multiple references (stack: [${root} ${root}])`);
    const lookup = opened.beginRead();
    expect(() => lookup.bucket(Buffer.from("key"))?.get(Buffer.from("key 00000"))).toThrow("goes round in a circle");
    lookup.rollback();
    await opened.close();
  });

  it("whose branch points out of the file is refused", async () => {
    const meta = Buffer.from(sound);
    const database = await Database.open(disk, "/sound");
    const { hwm } = database.meta;
    const reader = database.beginRead();
    const root = reader.bucket(Buffer.from("key"))?.rootPgid as number;
    reader.rollback();
    await database.close();
    for (const target of [0, 1, hwm, hwm + 5, 2 ** 40]) {
      meta.writeBigUInt64LE(BigInt(target), root * 4096 + 16 + 8);
      for (const readOnly of [false, true]) expectNamed(await read(meta, readOnly));
    }
  });

  it("with a stored freelist that is no freelist is refused", async () => {
    const file = Buffer.from(sound);
    const database = await Database.open(disk, "/sound");
    const { meta } = database;
    await database.close();
    for (let page = 0; page < 2; page++) encodeMetaPage({ ...meta, freelist: meta.root }, page).copy(file, page * 4096);
    const refused = await read(file);
    expectNamed(refused);
    expect((refused as BboltError).code).toBe("bbolt.freelist_damaged");
    expect((refused as BboltError).message).toContain("expected freelist, found leaf");
  });

  it("that is no database at all is refused", async () => {
    expectNamed(await read(Buffer.alloc(100000, 7)));
    expectNamed(await read(Buffer.from("hello")));
    expectNamed(await read(Buffer.alloc(0), true));
  });

  it("that was cut off while it was being made is made anew, when nothing else is in it", async () => {
    expect(await read(Buffer.alloc(16384))).toBe("");
    const other = Buffer.alloc(16384);
    other[9000] = 1;
    expectNamed(await read(other));
  });
});
