import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { Database } from "../../bbolt/database.ts";
import { encodeRevision } from "../../mvcc/revision.ts";
import { nodeDisk } from "../../platform/node/disk.ts";
import { KeyValue } from "../../proto/gen/mvccpb.ts";
import { WalRecords } from "./wal-records.ts";
import { weakSpot } from "./weak-spots.ts";

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "quorum-lab-spots-"));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

async function store(name: string, keys: number): Promise<string> {
  const path = join(folder, name);
  const database = await Database.open(nodeDisk, path);
  const transaction = database.beginWrite();
  const bucket = transaction.root.createBucket(Buffer.from("key"));
  for (let at = 1; at <= keys; at++) {
    bucket.put(encodeRevision(at, 0, false), KeyValue.encode(KeyValue.create({ key: Buffer.from(`k${at}`), value: Buffer.from(`value ${at}!`), createRevision: at, modRevision: at, version: 1 })));
  }
  await transaction.commit();
  await database.close();
  return path;
}

describe("where a database is hurt", () => {
  it.each([1, 500])("is its newest value's last byte, a page's header, or the current meta page (%i keys)", async (keys) => {
    const path = await store(`${keys}.db`, keys);
    const spot = (region: "start" | "middle" | "end") => weakSpot({ real: path, shown: "/db", kind: "database", region, offset: 0 }, new WalRecords());
    const bytes = readFileSync(path);
    const value = await spot("end");
    expect(value.what).toBe(`in the value of k${keys} at revision ${keys}`);
    expect(String.fromCharCode(bytes[value.offset]!)).toBe("!");
    expect(bytes.subarray(value.offset - `value ${keys}`.length, value.offset).toString()).toBe(`value ${keys}`);
    const header = await spot("middle");
    expect([1, 2]).toContain(bytes[header.offset]);
    expect(header.what).toMatch(/^in the header of page \d+/);
    const meta = await spot("start");
    const page = Math.floor(meta.offset / 4096);
    expect(meta.what).toBe(`in meta page ${page}, the current one`);
    const txid = Number(bytes.readBigUInt64LE(meta.offset));
    expect(txid % 2).toBe(page);
  });

  it("is nowhere in a database without values", async () => {
    const path = await store("none.db", 0);
    await expect(weakSpot({ real: path, shown: "/db", kind: "database", region: "end", offset: 0 }, new WalRecords())).rejects.toThrow("/db holds no value yet");
  });
});
