import { describe, expect, it } from "vitest";
import { seededRandom } from "../platform/random.ts";
import { SimulatedDisk } from "../platform/simulated-disk.ts";
import { Snapshot } from "../proto/gen/raftpb.ts";
import { decodeSnapFile, encodeSnapFile, snapName } from "./snap-file.ts";
import { SnapError } from "./snap-error.ts";
import { Snapshotter } from "./snapshotter.ts";

const directory = "/data/member/snap";

async function fresh(seed = 1): Promise<{ disk: SimulatedDisk; snapshots: Snapshotter; warnings: string[] }> {
  const disk = new SimulatedDisk(seededRandom(seed), { strictNames: true });
  await disk.makeDirectory(directory);
  for (const parent of ["/", "/data", "/data/member"]) await disk.syncDirectory(parent);
  const warnings: string[] = [];
  return {
    disk,
    snapshots: new Snapshotter(disk, directory, {
      onWarning: (message, path) => warnings.push(`${message} ${path.slice(directory.length + 1)}`),
    }),
    warnings,
  };
}

const snapshot = (term: number, index: number, data = "x".repeat(1500)): Snapshot =>
  Snapshot.create({
    data: Buffer.from(data),
    metadata: {
      term,
      index,
      confState: { voters: [1n, 0xfedcba9876543210n], learners: [], votersOutgoing: [], learnersNext: [], autoLeave: false },
    },
  });

async function* stream(...chunks: string[]): AsyncIterable<Buffer> {
  for (const chunk of chunks) yield Buffer.from(chunk);
}

describe("a .snap file", () => {
  it("has etcd's bytes: checksum, then the snapshot", () => {
    const small = Snapshot.create({
      data: Buffer.from("some snapshot"),
      metadata: {
        term: 1,
        index: 1,
        confState: { voters: [1n, 2n, 3n], learners: [], votersOutgoing: [], learnersNext: [], autoLeave: false },
      },
    });
    const data = "0a0d736f6d6520736e617073686f74" + "120e" + "0a08" + "0801" + "0802" + "0803" + "2800" + "1001" + "1801";
    const bytes = encodeSnapFile(small);
    expect(bytes.toString("hex")).toMatch(new RegExp(`^08[0-9a-f]{2,10}12${(data.length / 2).toString(16)}${data}$`));
    expect(decodeSnapFile(bytes, "p")).toEqual(small);
    expect(snapName(2, 0x1a)).toBe("0000000000000002-000000000000001a.snap");
  });

  it("cut at any byte, or with any flipped bit, is refused with file, offset, expected and found", () => {
    const bytes = encodeSnapFile(snapshot(2, 9, "some data"));
    for (let length = 0; length < bytes.length; length++) {
      expect(() => decodeSnapFile(bytes.subarray(0, length), "p")).toThrow(SnapError);
    }
    for (let position = 0; position < bytes.length; position++) {
      const flipped = Buffer.from(bytes);
      flipped[position] = (flipped[position] as number) ^ (1 << (position % 8));
      try {
        // bits of the checksum's varint past the 32nd are ignored, by etcd too
        expect([position, decodeSnapFile(flipped, "p")]).toEqual([5, snapshot(2, 9, "some data")]);
      } catch (error) {
        expect(error).toMatchObject({
          name: "SnapError",
          path: "p",
          offset: expect.any(Number) as unknown,
          expected: expect.any(String) as unknown,
          found: expect.any(String) as unknown,
        });
      }
    }
    const bad = Buffer.from(bytes);
    bad[bad.length - 1] = (bad[bad.length - 1] as number) ^ 1;
    expect(() => decodeSnapFile(bad, "p")).toThrow("snap: crc mismatch");
    expect(() => decodeSnapFile(Buffer.alloc(0), "p")).toThrow("snap: empty snapshot");
    expect(() => decodeSnapFile(Buffer.from("0800", "hex"), "p")).toThrow("snap: empty snapshot");
    expect(() => decodeSnapFile(Buffer.from("08001201ff", "hex"), "p")).toThrow("snap: empty snapshot");
  });
});

describe("loading", () => {
  it("takes the newest by term, then index", async () => {
    const { snapshots } = await fresh();
    for (const [term, index] of [
      [1, 900],
      [2, 5],
      [2, 16],
      [1, 1000],
    ] as const)
      await snapshots.save(snapshot(term, index));
    expect((await snapshots.load())?.metadata).toMatchObject({ term: 2, index: 16 });
  });

  it("sets unreadable ones aside and goes on to the next", async () => {
    const { disk, snapshots, warnings } = await fresh();
    await snapshots.save(snapshot(1, 1));
    const path = (await snapshots.save(snapshot(1, 2))) as string;
    disk.plant(`${directory}/0000000000000001-0000000000000003.snap`, Buffer.alloc(0));
    disk.flip(path, 700);
    expect((await snapshots.load())?.metadata.index).toBe(1);
    expect(await disk.list(directory)).toEqual([
      "0000000000000001-0000000000000001.snap",
      "0000000000000001-0000000000000002.snap.broken",
      "0000000000000001-0000000000000003.snap.broken",
    ]);
    expect(warnings).toContain("failed to read a snap file 0000000000000001-0000000000000002.snap");
  });

  it("takes only what the WAL has recorded, without setting the others aside", async () => {
    const { disk, snapshots } = await fresh();
    await snapshots.save(snapshot(1, 4));
    await snapshots.save(snapshot(1, 8));
    await snapshots.save(snapshot(2, 8));
    expect(
      (
        await snapshots.loadNewest([
          { term: 0, index: 0 },
          { term: 1, index: 4 },
          { term: 1, index: 8 },
        ])
      )?.metadata,
    ).toMatchObject({ term: 1, index: 8 });
    expect((await disk.list(directory)).length).toBe(3);
    expect(await snapshots.loadNewest([])).toBeUndefined();
  });

  it("finds nothing in an empty directory, and deletes left-overs of defragmentation", async () => {
    const { disk, snapshots } = await fresh();
    disk.plant(`${directory}/db.tmp.123`, Buffer.from("x"));
    disk.plant(`${directory}/db`, Buffer.from("x"));
    expect(await snapshots.load()).toBeUndefined();
    expect(await disk.list(directory)).toEqual(["db"]);
  });

  it("skips an empty snapshot when saving", async () => {
    const { disk, snapshots } = await fresh();
    expect(await snapshots.save(snapshot(0, 0))).toBeUndefined();
    expect(await disk.list(directory)).toEqual([]);
  });
});

describe("a failing disk", () => {
  it("leaves no partial .snap", async () => {
    const { disk, snapshots } = await fresh();
    disk.capacityBytes = 1000;
    await expect(snapshots.save(snapshot(1, 1))).rejects.toMatchObject({ code: "ENOSPC" });
    disk.capacityBytes = Number.POSITIVE_INFINITY;
    disk.fsyncFails = true;
    await expect(snapshots.save(snapshot(1, 1))).rejects.toMatchObject({ code: "EIO" });
    expect(await disk.list(directory)).toEqual([]);
  });

  it("that loses power anywhere keeps every acknowledged snapshot, and a partial one is set aside", async () => {
    for (let stop = 1; stop <= 12; stop++) {
      for (let seed = 0; seed < 25; seed++) {
        const { disk, snapshots } = await fresh(stop * 100 + seed);
        await snapshots.save(snapshot(1, 1));
        disk.stopAfter(stop);
        let saved = 1;
        for (const index of [2, 3])
          await snapshots.save(snapshot(1, index)).then(
            () => (saved = index),
            () => undefined,
          );
        disk.crash();
        expect((await snapshots.load())?.metadata.index).toBeGreaterThanOrEqual(saved);
      }
    }
  });
});

describe("a database from a peer", () => {
  it("is stored under its index and found there", async () => {
    const { disk, snapshots } = await fresh();
    expect(await snapshots.receiveDatabase(stream("ab", "cde"), 0x1f)).toBe(5);
    const path = await snapshots.databasePath(0x1f);
    expect(path).toBe(`${directory}/000000000000001f.snap.db`);
    expect(disk.contentOf(path).toString()).toBe("abcde");
    disk.crash();
    expect(disk.contentOf(path).toString()).toBe("abcde");
    await expect(snapshots.databasePath(1)).rejects.toMatchObject({
      code: "snap.no_database",
      message: "snap: snapshot file doesn't exist",
    });
  });

  it("that is there already is kept", async () => {
    const { disk, snapshots } = await fresh();
    await snapshots.receiveDatabase(stream("first"), 3);
    expect(await snapshots.receiveDatabase(stream("second"), 3)).toBe(6);
    expect(disk.contentOf(await snapshots.databasePath(3)).toString()).toBe("first");
    expect(await disk.list(directory)).toEqual(["0000000000000003.snap.db"]);
  });

  it("that breaks off leaves nothing", async () => {
    const { disk, snapshots } = await fresh();
    async function* broken(): AsyncIterable<Buffer> {
      yield Buffer.from("part");
      throw new Error("aborted");
    }
    await expect(snapshots.receiveDatabase(broken(), 3)).rejects.toThrow("aborted");
    expect(await disk.list(directory)).toEqual([]);
  });

  it("is deleted when a newer snapshot is saved", async () => {
    const { disk, snapshots } = await fresh();
    for (const index of [3, 9, 12]) await snapshots.receiveDatabase(stream("x"), index);
    expect((await snapshots.releaseDatabases(9)).length).toBe(1);
    expect(await disk.list(directory)).toEqual(["0000000000000009.snap.db", "000000000000000c.snap.db"]);
  });
});

describe("retention", () => {
  it("keeps the newest .snap files and as many databases, and everything when it is 0", async () => {
    const { disk, snapshots } = await fresh();
    for (let index = 1; index <= 4; index++) {
      await snapshots.save(snapshot(1, index));
      await snapshots.receiveDatabase(stream("x"), index);
    }
    disk.plant(`${directory}/db`, Buffer.from("x"));
    disk.plant(`${directory}/tmp12`, Buffer.from("x"));
    expect(await snapshots.purge(0)).toEqual([]);
    expect((await snapshots.purge(2)).length).toBe(4);
    expect(await snapshots.removeLeftovers()).toEqual([`${directory}/tmp12`]);
    expect(await disk.list(directory)).toEqual([
      "0000000000000001-0000000000000003.snap",
      "0000000000000001-0000000000000004.snap",
      "0000000000000003.snap.db",
      "0000000000000004.snap.db",
      "db",
    ]);
  });
});
