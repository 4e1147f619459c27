/** Power cuts at every change of the disk, with unsynced writes kept, lost or torn: the last commit, or the one before, is found. */
import { describe, expect, it } from "vitest";
import { type Random, seededRandom } from "../platform/random.ts";
import { SimulatedDisk } from "../platform/simulated-disk.ts";
import { everything, type NamedPair, problemsOf } from "./check.ts";
import { Database, type DatabaseOptions } from "./database.ts";
import type { Transaction } from "./transaction.ts";

function contentOf(database: Database): string {
  const reader = database.beginRead();
  const lines = linesOf(reader);
  reader.rollback();
  return lines;
}

function linesOf(transaction: Transaction): string {
  const line = ({ names, key, value }: NamedPair): string => `${names.join("/")}/${key.toString()}=${value.length}:${value[0] ?? ""}`;
  return [...everything(transaction.root)].map(line).join("\n");
}

let expected = "";

/** One transaction's worth of random changes; leaves the content that they make in `expected`. */
async function change(database: Database, random: Random, round: number): Promise<void> {
  const transaction = database.beginWrite();
  const bucket = transaction.root.createBucketIfAbsent(Buffer.from(`b${random.below(3)}`));
  for (let i = random.below(60); i >= 0; i--) {
    const key = Buffer.from(`key ${random.below(200)}`);
    if (random.below(3) === 0) bucket.delete(key);
    else bucket.put(key, Buffer.alloc(random.below(20) === 0 ? 9000 : random.below(400), round));
  }
  expected = linesOf(transaction);
  await transaction.commit();
}
/** Opens and commits until the disk stops. */
async function live(
  disk: SimulatedDisk,
  random: Random,
  options: DatabaseOptions,
  before: string,
  rounds: number,
): Promise<{ acknowledged: string; attempted: string }> {
  let acknowledged = before;
  expected = before;
  try {
    const database = await Database.open(disk, "/db", options);
    expect(contentOf(database)).toBe(before);
    for (let round = 1; round <= rounds; round++) {
      await change(database, random, round);
      acknowledged = expected;
    }
    await database.close();
  } catch (error) {
    if (!(error instanceof Error) || !/simulated/.test(error.message)) throw error;
  }
  return { acknowledged, attempted: expected };
}

describe("after a power cut", () => {
  for (const storesFreelist of [false, true]) {
    it(`at any change, the database opens at the last commit or the one in flight; freelist stored: ${storesFreelist}`, { timeout: 60_000 }, async () => {
      const options = { storesFreelist, growth: "doubling" as const };
      for (let seed = 1; seed <= 2; seed++) {
        for (let stop = 1; stop < 60; stop++) {
          const random = seededRandom(seed * 1000 + stop);
          const disk = new SimulatedDisk(random);
          disk.stopAfter(stop);
          let { acknowledged, attempted } = await live(disk, random, options, "", 8);
          // a second and a third life on what the first one left
          for (let life = 0; life < 3; life++) {
            disk.crash();
            const database = await Database.open(disk, "/db", options);
            const found = contentOf(database);
            expect([acknowledged, attempted]).toContain(found);
            expect(problemsOf(database)).toEqual([]);
            await database.close();
            disk.stopAfter(1 + random.below(30));
            ({ acknowledged, attempted } = await live(disk, random, options, found, 4));
          }
        }
      }
    });
  }

  it("a commit that failed takes nothing with it, and no other follows", async () => {
    for (const fault of ["full", "fsyncFails"] as const) {
      const disk = new SimulatedDisk(seededRandom(7));
      const random = seededRandom(8);
      const database = await Database.open(disk, "/db");
      await change(database, random, 1);
      const before = contentOf(database);
      disk[fault] = true;
      await expect(change(database, random, 2)).rejects.toThrow(fault === "full" ? "ENOSPC" : "EIO");
      disk[fault] = false;
      expect(contentOf(database)).toBe(before);
      expect(() => database.beginWrite()).toThrow("/db takes no writes since a commit failed");
      await database.close();
      disk.crash();
      const again = await Database.open(disk, "/db");
      expect(contentOf(again)).toBe(before);
      expect(problemsOf(again)).toEqual([]);
      await change(again, random, 3);
      expect(problemsOf(again)).toEqual([]);
      await again.close();
    }
  });
});
