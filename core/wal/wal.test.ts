import { describe, expect, it } from "vitest";
import { seededRandom } from "../platform/random.ts";
import { SimulatedDisk } from "../platform/simulated-disk.ts";
import { Metadata } from "../proto/gen/v2pb.ts";
import { Entry, HardState } from "../proto/gen/raftpb.ts";
import { Snapshot } from "../proto/gen/walpb.ts";
import { readWal, validSnapshotEntries, verifyWal } from "./read-records.ts";
import { repairWal } from "./repair.ts";
import { Wal } from "./wal.ts";

const directory = "/data/member/wal";
const metadata = Metadata.encode(Metadata.create({ nodeID: 1n, clusterID: 2n }));
const zero = { index: 0, term: 0 };

async function newDisk(seed = 1): Promise<SimulatedDisk> {
  const disk = new SimulatedDisk(seededRandom(seed));
  await disk.makeDirectory("/data/member");
  await disk.syncDirectory("/");
  await disk.syncDirectory("/data");
  return disk;
}

const entry = (index: number, term = 1, data = `entry ${index}`): Entry => Entry.create({ index, term, data: Buffer.from(data) });
const state = (term: number, vote: bigint, commit: number): HardState => HardState.create({ term, vote, commit });
const confState = { voters: [1n], learners: [], votersOutgoing: [], learnersNext: [], autoLeave: false };

describe("a new log", () => {
  it("begins with etcd's bytes: crc, metadata, empty snapshot, then what is saved", async () => {
    const disk = await newDisk();
    const wal = await Wal.create(disk, directory, metadata);
    await wal.save(state(1, 1n, 1), [Entry.create({ term: 1, index: 1 })]);
    await wal.close();
    const content = disk.contentOf(`${directory}/0000000000000000-0000000000000000.wal`);
    const head =
      "0400000000000084" +
      "0804100000000000" +
      "0e00000000000082" +
      "080110a9f6f0ac0c1a04080110020000" +
      "0e00000000000082" +
      "08051099cffffd0d1a04080010000000" +
      "1000000000000000" +
      "080210fac3a18a061a06080010011801" +
      "1000000000000000" +
      "080310f59ddaad031a06080110011801";
    expect(content.subarray(0, head.length / 2).toString("hex")).toBe(head);
    expect(content.length).toBe(64_000_000);
    expect(content.subarray(head.length / 2).every((byte) => byte === 0)).toBe(true);
    expect(await disk.list(directory)).toEqual(["0000000000000000-0000000000000000.wal"]);
  });

  it("refuses a directory that holds a log", async () => {
    const disk = await newDisk();
    await (await Wal.create(disk, directory, metadata)).close();
    await expect(Wal.create(disk, directory, metadata)).rejects.toMatchObject({ code: "wal.exists", message: "file already exists" });
  });

  it("is locked while open", async () => {
    const disk = await newDisk();
    const wal = await Wal.create(disk, directory, metadata);
    await expect(Wal.open(disk, directory, zero)).rejects.toMatchObject({ code: "wal.locked" });
    await wal.close();
    await (await Wal.open(disk, directory, zero)).close();
  });
});

describe("reading back", () => {
  it("gives metadata, the last hard state and the entries, and then goes on appending in the same chain", async () => {
    const disk = await newDisk();
    const first = await Wal.create(disk, directory, metadata);
    await first.save(state(1, 1n, 0), [entry(1), entry(2), entry(3)]);
    await first.close();

    const second = await Wal.open(disk, directory, zero);
    const contents = await second.readAll();
    expect(contents.metadata).toEqual(metadata);
    expect(contents.hardState).toEqual(state(1, 1n, 0));
    expect(contents.entries.map((each) => each.index)).toEqual([1, 2, 3]);
    expect(contents.snapshotFound).toBe(true);
    await second.save(state(2, 2n, 3), [entry(3, 2), Entry.create({ index: 4, term: 2 })]);
    await second.close();

    const third = await readWal(disk, directory, zero);
    expect(third.entries.map((each) => [each.index, each.term])).toEqual([
      [1, 1],
      [2, 1],
      [3, 2],
      [4, 2],
    ]);
    expect(third.entries[3]?.data).toBeUndefined();
    expect(third.hardState).toEqual(state(2, 2n, 3));
  });

  it("takes no saves before it was read", async () => {
    const disk = await newDisk();
    await (await Wal.create(disk, directory, metadata)).close();
    const wal = await Wal.open(disk, directory, zero);
    await expect(wal.save(state(1, 1n, 0), [])).rejects.toMatchObject({ code: "wal.state" });
    await wal.readAll();
    await expect(wal.readAll()).rejects.toMatchObject({ code: "wal.state", message: "wal: decoder not found" });
    await wal.close();
    await expect(wal.save(state(1, 1n, 0), [])).rejects.toMatchObject({ code: "wal.state" });
  });

  it("starts after the snapshot it was opened at, and tells a snapshot of another term", async () => {
    const disk = await newDisk();
    const wal = await Wal.create(disk, directory, metadata);
    await wal.save(state(2, 1n, 3), [entry(1), entry(2), entry(3, 2), entry(4, 2)]);
    await wal.saveSnapshot(Snapshot.create({ index: 3, term: 2, confState }));
    await wal.close();
    expect((await readWal(disk, directory, { index: 3, term: 2 })).entries.map((each) => each.index)).toEqual([4]);
    await expect(readWal(disk, directory, { index: 3, term: 1 })).rejects.toMatchObject({
      code: "wal.snapshot_mismatch",
      message: "wal: snapshot mismatch",
      expected: "term 1",
      found: "term 2",
    });
    expect((await readWal(disk, directory, { index: 2, term: 1 })).snapshotFound).toBe(false);
    await expect(verifyWal(disk, directory, { index: 2, term: 1 })).rejects.toMatchObject({ code: "wal.snapshot_not_found" });
    expect(await verifyWal(disk, directory, { index: 3, term: 2 })).toEqual(state(2, 1n, 3));
  });

  it("refuses entries with a gap", async () => {
    const disk = await newDisk();
    const wal = await Wal.create(disk, directory, metadata);
    await wal.save(state(1, 1n, 0), [entry(1), entry(5)]);
    await wal.close();
    await expect(readWal(disk, directory, zero)).rejects.toMatchObject({
      code: "wal.out_of_range",
      message: "wal: slice bounds out of range, snapshot[Index: 0, Term: 0], current entry[Index: 5, Term: 1], len(ents): 1",
      path: `${directory}/0000000000000000-0000000000000000.wal`,
      expected: "index <= 2",
      found: "5",
    });
  });

  it("lists only snapshots that were committed", async () => {
    const disk = await newDisk();
    const wal = await Wal.create(disk, directory, metadata);
    await wal.save(state(1, 1n, 2), [entry(1), entry(2), entry(3)]);
    await wal.saveSnapshot(Snapshot.create({ index: 2, term: 1, confState }));
    await wal.saveSnapshot(Snapshot.create({ index: 3, term: 1, confState }));
    await wal.close();
    expect((await validSnapshotEntries(disk, directory)).map((each) => each.index)).toEqual([0, 2]);
  });

  it("refuses a snapshot without a configuration", async () => {
    const disk = await newDisk();
    const wal = await Wal.create(disk, directory, metadata);
    await expect(wal.saveSnapshot(Snapshot.create({ index: 2, term: 1 }))).rejects.toMatchObject({ code: "wal.snapshot_invalid" });
    await wal.close();
  });

  it("says so when there is no log, or none old enough", async () => {
    const disk = await newDisk();
    await disk.makeDirectory(directory);
    await expect(Wal.open(disk, directory, zero)).rejects.toMatchObject({ code: "wal.file_not_found", message: "wal: file not found" });
    await (await disk.open(`${directory}/0000000000000001-0000000000000009.wal`, "create")).close();
    await expect(Wal.open(disk, directory, zero)).rejects.toMatchObject({
      message: "wal: file not found which matches the snapshot index '0'",
    });
    await (await disk.open(`${directory}/0000000000000003-000000000000000f.wal`, "create")).close();
    await expect(Wal.open(disk, directory, { index: 9, term: 1 })).rejects.toMatchObject({
      code: "wal.sequence",
      found: "0000000000000003-000000000000000f.wal",
    });
  });
});

describe("segments", () => {
  const segmentBytes = 4096;

  it("are cut when full, chained by their head, without a zero tail, and read as one log", async () => {
    const disk = await newDisk();
    const wal = await Wal.create(disk, directory, metadata, { segmentBytes });
    await wal.save(state(1, 1n, 0), []);
    for (let index = 1; index <= 60; index++) await wal.save(undefined, [entry(index, 1, "x".repeat(200))]);
    await wal.close();
    const names = await disk.list(directory);
    expect(names.slice(0, 2)).toEqual(["0000000000000000-0000000000000000.wal", "0000000000000001-0000000000000013.wal"]);
    expect(names.length).toBeGreaterThan(3);
    for (const name of names.slice(0, -1)) {
      const content = disk.contentOf(`${directory}/${name}`);
      expect(content.length).toBeGreaterThanOrEqual(segmentBytes);
      expect(content.subarray(-8).equals(Buffer.alloc(8))).toBe(false);
    }
    const contents = await readWal(disk, directory, zero);
    expect(contents.entries.map((each) => each.index)).toEqual(Array.from({ length: 60 }, (_, at) => at + 1));
    expect(contents.hardState).toEqual(state(1, 1n, 0));
    // a later segment alone: the state stands in its head
    const late = await readWal(disk, directory, { index: 50, term: 1 });
    expect(late.hardState).toEqual(state(1, 1n, 0));
    expect(late.entries.map((each) => each.index)).toEqual([51, 52, 53, 54, 55, 56, 57, 58, 59, 60]);
  });

  it("are cut in the midst of saves that nobody waited for in between", async () => {
    const disk = await newDisk();
    const wal = await Wal.create(disk, directory, metadata, { segmentBytes });
    await Promise.all(Array.from({ length: 100 }, (_, at) => wal.save(state(1, 1n, at), [entry(at + 1, 1, "y".repeat(300))])));
    await wal.close();
    expect((await readWal(disk, directory, zero)).entries.length).toBe(100);
    const again = await Wal.open(disk, directory, zero, { segmentBytes });
    expect((await again.readAll()).hardState.commit).toBe(99);
    await again.save(undefined, [entry(101)]);
    await again.close();
    expect((await readWal(disk, directory, zero)).entries.length).toBe(101);
  });

  it("are purged from the oldest to the first one still held", async () => {
    const disk = await newDisk();
    const wal = await Wal.create(disk, directory, metadata, { segmentBytes });
    for (let index = 1; index <= 100; index++) await wal.save(state(1, 1n, 0), [entry(index, 1, "x".repeat(200))]);
    const before = (await disk.list(directory)).filter((name) => name.endsWith(".wal"));
    expect(await wal.purge(2)).toEqual([]);
    await wal.releaseLockTo(40);
    const held = wal.heldSegments();
    expect(Number.parseInt((held[0] as string).slice(17, 33), 16)).toBeLessThan(40);
    expect(Number.parseInt((held[1] as string).slice(17, 33), 16)).toBeGreaterThanOrEqual(40);
    expect(await wal.purge(0)).toEqual([]);
    const removed = await wal.purge(2);
    expect(removed.map((path) => path.slice(directory.length + 1))).toEqual(before.slice(0, before.indexOf(held[0] as string)));
    await wal.close();
  });
});

describe("durability", () => {
  it("resolves a save only after fdatasync, and gathers the saves made meanwhile into one more", async () => {
    const disk = await newDisk();
    const syncs: number[] = [];
    const wal = await Wal.create(disk, directory, metadata, { onSync: (_ms, lastIndex) => syncs.push(lastIndex) });
    const first = wal.save(state(1, 1n, 0), [entry(1)]);
    // lets the first group leave
    await Promise.resolve();
    await Promise.resolve();
    const rest = Array.from({ length: 50 }, (_, at) => wal.save(undefined, [entry(at + 2)]));
    let done = 0;
    for (const each of rest) void each.then(() => done++);
    await first;
    expect(syncs).toEqual([1]);
    expect(done).toBe(0);
    await Promise.all(rest);
    expect(syncs).toEqual([1, 51]);
    await wal.close();
  });

  it("does not sync a mere change of the commit index, as etcd does not", async () => {
    const disk = await newDisk();
    let syncs = 0;
    const wal = await Wal.create(disk, directory, metadata, { onSync: () => syncs++ });
    await wal.save(state(1, 1n, 0), [entry(1)]);
    expect(syncs).toBe(1);
    await wal.save(state(1, 1n, 1), []);
    expect(syncs).toBe(1);
    await wal.save(state(2, 1n, 1), []);
    expect(syncs).toBe(2);
    await wal.save(state(2, 1n, 2), []);
    await wal.close();
    expect((await readWal(disk, directory, zero)).hardState).toEqual(state(2, 1n, 2));
  });

  it("is over after a failed fsync: that save and all later ones reject with the same error", async () => {
    const disk = await newDisk();
    const wal = await Wal.create(disk, directory, metadata, { segmentBytes: 8192 });
    await wal.save(state(1, 1n, 0), [entry(1)]);
    disk.fsyncFails = true;
    const results = await Promise.allSettled([wal.save(undefined, [entry(2)]), wal.save(undefined, [entry(3)])]);
    disk.fsyncFails = false;
    for (const result of results) expect(result).toMatchObject({ status: "rejected", reason: { code: "wal.failed" } });
    await expect(wal.save(undefined, [entry(4)])).rejects.toMatchObject({
      code: "wal.failed",
      cause: { code: "EIO", operation: "fdatasync" },
    });
    await wal.close();
    disk.crash();
    expect((await readWal(disk, directory, zero)).entries.map((each) => each.index)).toEqual([1]);
  });

  it("is over when the disk is full", async () => {
    const disk = await newDisk();
    const wal = await Wal.create(disk, directory, metadata);
    disk.full = true;
    await expect(wal.save(state(1, 1n, 0), [entry(1)])).rejects.toMatchObject({ code: "wal.failed", cause: { code: "ENOSPC" } });
    disk.full = false;
    await expect(wal.save(state(1, 1n, 0), [entry(1)])).rejects.toMatchObject({ code: "wal.failed" });
    await wal.close();
  });
});

describe("repair", () => {
  it("cuts a torn tail and keeps a copy of the file", async () => {
    const disk = await newDisk();
    const wal = await Wal.create(disk, directory, metadata, { segmentBytes: 8192 });
    await wal.save(state(1, 1n, 0), [entry(1), entry(2)]);
    await wal.close();
    const path = `${directory}/0000000000000000-0000000000000000.wal`;
    const file = await disk.open(path, "write");
    const end = Math.ceil((disk.contentOf(path).findLastIndex((byte) => byte !== 0) + 1) / 8) * 8;
    await file.truncate(end - 10);
    const torn = await Wal.open(disk, directory, zero);
    await expect(torn.readAll()).rejects.toMatchObject({ code: "wal.torn", path });
    await torn.close();
    const repair = await repairWal(disk, directory);
    expect(repair.copy).toBe(`${path}.broken`);
    expect(disk.contentOf(`${path}.broken`).length).toBe(end - 10);
    const again = await Wal.open(disk, directory, zero);
    expect((await again.readAll()).entries.map((each) => each.index)).toEqual([1, 2]);
    await again.save(state(2, 1n, 0), [entry(3)]);
    await again.close();
    expect((await readWal(disk, directory, zero)).entries.map((each) => each.index)).toEqual([1, 2, 3]);
    expect((await repairWal(disk, directory)).truncatedAt).toBeUndefined();
  });
});
