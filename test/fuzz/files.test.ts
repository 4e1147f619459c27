/** Files that a member opens: whatever stands in them is read, repaired as etcd repairs it, or refused by name. */
import { describe, it } from "vitest";
import { everything, problemsOf } from "../../core/bbolt/check.ts";
import { Database } from "../../core/bbolt/database.ts";
import { BboltError } from "../../core/bbolt/errors.ts";
import { DiskError } from "../../core/platform/disk.ts";
import { crc32c } from "../../core/platform/crc32c.ts";
import { type Random, seededRandom } from "../../core/platform/random.ts";
import { SimulatedDisk } from "../../core/platform/simulated-disk.ts";
import { Entry, HardState, Snapshot } from "../../core/proto/gen/raftpb.ts";
import { SnapshotFile } from "../../core/proto/gen/snappb.ts";
import { SnapError } from "../../core/snap/snap-error.ts";
import { decodeSnapFile, encodeSnapFile } from "../../core/snap/snap-file.ts";
import { repairWal } from "../../core/wal/repair.ts";
import { Wal } from "../../core/wal/wal.ts";
import { WalError } from "../../core/wal/wal-error.ts";
import { CASES, fuzz, FUZZ_TIMEOUT_MS, mutated } from "./mutate.ts";

const directory = "/data/wal";

async function smallWal(): Promise<ReadonlyMap<string, Buffer>> {
  const disk = new SimulatedDisk(seededRandom(3));
  await disk.makeDirectory("/data");
  const wal = await Wal.create(disk, directory, Buffer.from("meta"), { segmentBytes: 4096 });
  for (let index = 1; index <= 16; index++) {
    const entry = Entry.create({ term: 1, index, data: Buffer.alloc(300, index) });
    await wal.save(HardState.create({ term: 1, vote: 1n, commit: index - 1 }), [entry]);
  }
  await wal.close();
  return new Map((await disk.list(directory)).map((name) => [name, disk.contentOf(`${directory}/${name}`)]));
}

describe("the write-ahead log", () => {
  it("any damage of a segment is repaired or refused", { timeout: FUZZ_TIMEOUT_MS }, async () => {
    const files = await smallWal();
    const names = [...files.keys()];
    await fuzz(
      [...files.values()],
      async (input, random) => {
        const disk = new SimulatedDisk(random);
        const changed = names[random.below(names.length)]!;
        for (const [name, content] of files) disk.plant(`${directory}/${name}`, name === changed ? input : content);
        for (let attempt = 0; attempt < 2; attempt++) {
          const wal = await Wal.open(disk, directory, { index: 0, term: 0 });
          try {
            await wal.readAll();
          } catch (error) {
            if (!(error instanceof WalError) || attempt > 0) throw error;
            await repairWal(disk, directory);
          } finally {
            await wal.close();
          }
        }
      },
      (error) => error instanceof WalError || error instanceof DiskError,
      Math.ceil(CASES / 4),
    );
  });
});

describe("a .snap file", () => {
  const snapshot = Snapshot.create({
    data: Buffer.from("some data"),
    metadata: { term: 1, index: 7, confState: { voters: [1n, 2n], learners: [3n], votersOutgoing: [], learnersNext: [], autoLeave: false } },
  });
  const isSnap = (error: unknown): boolean => error instanceof SnapError;
  it("any bytes are a snapshot or refused", { timeout: FUZZ_TIMEOUT_MS }, () => fuzz([encodeSnapFile(snapshot)], (input) => decodeSnapFile(input, "a.snap"), isSnap));
  it("also with a checksum that is right", { timeout: FUZZ_TIMEOUT_MS }, () =>
    fuzz([Snapshot.encode(snapshot)], (data) => decodeSnapFile(SnapshotFile.encode({ crc: crc32c(data), data }), "a.snap"), isSnap));
});

async function smallDatabase(): Promise<Buffer> {
  const disk = new SimulatedDisk(seededRandom(3));
  const database = await Database.open(disk, "/db", { storesFreelist: true });
  for (let round = 0; round < 3; round++) {
    const transaction = database.beginWrite();
    const bucket = transaction.root.createBucketIfAbsent(Buffer.from("key"));
    for (let index = 0; index < 150; index++) bucket.put(Buffer.from(`key ${String(index).padStart(5, "0")}`), Buffer.alloc(30, round * 50 + index));
    bucket.put(Buffer.from("long"), Buffer.alloc(10_000, round));
    transaction.root.createBucketIfAbsent(Buffer.from("small")).put(Buffer.from("a"), Buffer.from([round]));
    await transaction.commit();
  }
  const { hwm } = database.meta;
  await database.close();
  return disk.contentOf("/db").subarray(0, hwm * 4096);
}

describe("a database file", () => {
  it("any pages are read or refused, and writing to what opened ends too", { timeout: FUZZ_TIMEOUT_MS }, async () => {
    const sound = await smallDatabase();
    const pages = sound.length / 4096;
    await fuzz(
      [],
      async (_input, random) => {
        const file = damaged(sound, pages, random);
        const disk = new SimulatedDisk(random);
        disk.plant("/db", file);
        const readOnly = random.below(2) === 0;
        const database = await Database.open(disk, "/db", { readOnly });
        try {
          problemsOf(database);
          const reader = database.beginRead();
          try {
            for (const _pair of everything(reader.root));
          } finally {
            reader.rollback();
          }
          if (!readOnly) {
            const writer = database.beginWrite();
            writer.root.createBucketIfAbsent(Buffer.from("key")).put(Buffer.from("new"), Buffer.alloc(100));
            await writer.commit();
          }
        } finally {
          await database.close();
        }
      },
      (error) => error instanceof BboltError || error instanceof DiskError,
      Math.ceil(CASES / 4),
    );
  });
});

/** Headers and tables of pages are where a lie tells most: most changes go there. */
function damaged(sound: Buffer, pages: number, random: Random): Buffer {
  if (random.below(6) === 0) return mutated(sound, random);
  const file = Buffer.from(sound);
  for (let count = 1 + random.below(3); count > 0; count--) {
    const page = random.below(pages) * 4096;
    const at = page + random.below(random.below(2) === 0 ? 16 : 300);
    const change = random.below(4);
    if (change === 0) file[at] = random.below(256);
    else if (change === 1) file.writeUInt32LE(random.below(2) === 0 ? 0xffffffff : random.below(4096), Math.min(at, file.length - 4));
    else if (change === 2) file.writeUInt16LE(random.below(40), Math.min(at, file.length - 2));
    else sound.copy(file, page, random.below(pages) * 4096, random.below(pages) * 4096 + 4096);
  }
  return file;
}
