import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { seededRandom } from "../platform/random.ts";
import { SimulatedDisk } from "../platform/simulated-disk.ts";
import type { Bucket } from "./bucket.ts";
import type { Cursor } from "./cursor.ts";
import { Database } from "./database.ts";

const name = Buffer.from("b");
const keyOf = (number: number): string => String(number).padStart(4, "0");

async function withBucket(numbers: readonly number[], use: (bucket: Bucket) => void): Promise<void> {
  const database = await Database.open(new SimulatedDisk(seededRandom(1)), "/db", { pageSize: 1024 });
  const writing = database.beginWrite();
  const bucket = writing.root.createBucket(name);
  for (const number of numbers) bucket.put(Buffer.from(keyOf(number)), Buffer.alloc(20));
  await writing.commit();
  const reader = database.beginRead();
  use(reader.bucket(name) as Bucket);
  reader.rollback();
  await database.close();
}

const walk = (cursor: Cursor, start: boolean, move: () => boolean): string[] => {
  const keys: string[] = [];
  for (let more = start; more; more = move()) keys.push(cursor.key.toString());
  return keys;
};

describe("cursor", () => {
  it("walks forwards and backwards over an empty bucket, a leaf and a deep tree", async () => {
    for (const count of [0, 1, 5, 100, 3000]) {
      const numbers = Array.from({ length: count }, (_, i) => i);
      await withBucket(numbers, (bucket) => {
        const cursor = bucket.cursor();
        expect(walk(cursor, cursor.first(), () => cursor.next())).toEqual(numbers.map(keyOf));
        expect(cursor.valid).toBe(false);
        expect(walk(cursor, cursor.last(), () => cursor.previous())).toEqual(numbers.map(keyOf).reverse());
      });
    }
  });

  it("seeks the first key that is not less, and turns round anywhere", async () => {
    const numbers = Array.from({ length: 500 }, (_, i) => i * 2 + 1);
    await withBucket(numbers, (bucket) => {
      const cursor = bucket.cursor();
      fc.assert(
        fc.property(fc.integer({ min: 0, max: 1001 }), fc.array(fc.boolean(), { maxLength: 30 }), (target, moves) => {
          let index = numbers.findIndex((number) => number >= target);
          expect(cursor.seek(Buffer.from(keyOf(target)))).toBe(index >= 0);
          if (index < 0) return;
          for (const forwards of moves) {
            expect(cursor.key.toString()).toBe(keyOf(numbers[index] as number));
            index += forwards ? 1 : -1;
            expect(forwards ? cursor.next() : cursor.previous()).toBe(index >= 0 && index < numbers.length);
            if (index < 0 || index >= numbers.length) return;
          }
        }),
      );
    });
  });

  it("passes by leaves that its transaction has emptied", async () => {
    const database = await Database.open(new SimulatedDisk(seededRandom(1)), "/db", { pageSize: 1024 });
    const first = database.beginWrite();
    for (let i = 0; i < 300; i++) first.root.createBucketIfAbsent(name).put(Buffer.from(keyOf(i)), Buffer.alloc(20));
    await first.commit();
    const second = database.beginWrite();
    const bucket = second.bucket(name) as Bucket;
    for (let i = 0; i < 300; i++) if (i < 50 || (i >= 100 && i < 200) || i >= 280) bucket.delete(Buffer.from(keyOf(i)));
    const left = Array.from({ length: 300 }, (_, i) => i).filter((i) => (i >= 50 && i < 100) || (i >= 200 && i < 280));
    const cursor = bucket.cursor();
    expect(walk(cursor, cursor.first(), () => cursor.next())).toEqual(left.map(keyOf));
    expect(walk(cursor, cursor.last(), () => cursor.previous())).toEqual(left.map(keyOf).reverse());
    expect(cursor.seek(Buffer.from(keyOf(120)))).toBe(true);
    expect(cursor.key.toString()).toBe(keyOf(200));
    expect(cursor.seek(Buffer.from(keyOf(290)))).toBe(false);
    second.rollback();
    await database.close();
  });
});
