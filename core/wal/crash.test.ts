/** Power cuts at every change of a busy log, many fates of unsynced sectors each: what was acknowledged is always read back. */
import { describe, expect, it } from "vitest";
import { seededRandom } from "../platform/random.ts";
import { SimulatedDisk } from "../platform/simulated-disk.ts";
import { Entry, HardState } from "../proto/gen/raftpb.ts";
import { Snapshot } from "../proto/gen/walpb.ts";
import { readWal, walExists } from "./read-records.ts";
import { repairWal } from "./repair.ts";
import { Wal, type WalOptions } from "./wal.ts";
import { WalError } from "./wal-error.ts";

const directory = "/data/wal";
const options: WalOptions = { segmentBytes: 2048 };
const zero = { index: 0, term: 0 };
const confState = { voters: [1n], learners: [], votersOutgoing: [], learnersNext: [], autoLeave: false };

interface Acknowledged {
  entries: number;
  term: number;
  created: boolean;
}

/** Saves in groups, cuts segments, records a snapshot; remembers what it was told to be durable. */
async function work(disk: SimulatedDisk, known: Acknowledged): Promise<void> {
  const wal = await Wal.create(disk, directory, Buffer.from("metadata"), options);
  known.created = true;
  try {
    for (let round = 1; round <= 4; round++) {
      const saves: Promise<void>[] = [];
      for (let each = 0; each < 4; each++) {
        const index = (round - 1) * 4 + each + 1;
        const term = round;
        const save = wal.save(HardState.create({ term, vote: 1n, commit: index - 1 }), [
          Entry.create({ term, index, data: Buffer.alloc(100 + 90 * each, index) }),
        ]);
        saves.push(save.then(() => void Object.assign(known, { entries: index, term })));
      }
      const results = await Promise.allSettled(saves);
      const failed = results.find((result) => result.status === "rejected");
      if (failed) throw failed.reason;
      if (round === 2) await wal.saveSnapshot(Snapshot.create({ index: 6, term: 2, confState }));
    }
  } finally {
    await wal.close().catch(() => undefined);
  }
}

/** As a member starts: read, repair a torn tail once, read again. */
async function recover(disk: SimulatedDisk): Promise<Wal> {
  for (let attempt = 0; ; attempt++) {
    const wal = await Wal.open(disk, directory, zero, options);
    try {
      recovered = await wal.readAll();
      return wal;
    } catch (error) {
      await wal.close();
      if (attempt > 0 || !(error instanceof WalError) || error.code !== "wal.torn") throw error;
      await repairWal(disk, directory);
    }
  }
}
let recovered: Awaited<ReturnType<Wal["readAll"]>>;

async function changesOfAWholeRun(): Promise<number> {
  const disk = new SimulatedDisk(seededRandom(0));
  await disk.makeDirectory("/data");
  const before = disk.changes;
  await work(disk, { entries: 0, term: 0, created: false });
  return disk.changes - before;
}

describe("a power cut", () => {
  it.each([false, true])("at any change loses nothing acknowledged and invents nothing (strict names: %s)", async (strictNames) => {
    const total = await changesOfAWholeRun();
    expect(total).toBeGreaterThan(30);
    for (let stop = 1; stop <= total; stop++) {
      for (let fate = 0; fate < 12; fate++) {
        const disk = new SimulatedDisk(seededRandom(stop * 1000 + fate), { strictNames });
        await disk.makeDirectory("/data");
        await disk.syncDirectory("/");
        disk.stopAfter(stop);
        const known: Acknowledged = { entries: 0, term: 0, created: false };
        await work(disk, known).catch(() => undefined);
        disk.crash();
        if (!(await walExists(disk, directory))) {
          expect(known.created).toBe(false);
          continue;
        }
        const wal = await recover(disk);
        const { entries, hardState } = recovered;
        expect(entries.map(({ index }) => index)).toEqual(entries.map((_, at) => at + 1));
        for (const entry of entries) expect(entry.data?.every((byte) => byte === entry.index)).toBe(true);
        expect(entries.length).toBeGreaterThanOrEqual(known.entries);
        expect(hardState.term).toBeGreaterThanOrEqual(known.term);
        // and goes on from there
        const next = entries.length + 1;
        await wal.save(HardState.create({ term: 9, vote: 1n, commit: next }), [Entry.create({ term: 9, index: next })]);
        await wal.close();
        disk.crash();
        const again = await readWal(disk, directory, zero);
        expect(again.entries.length).toBe(next);
        expect(again.hardState.term).toBe(9);
      }
    }
  });

  it("a second one during repair and the first new writes loses nothing either", async () => {
    for (let seed = 1; seed <= 60; seed++) {
      const random = seededRandom(seed);
      const disk = new SimulatedDisk(random);
      await disk.makeDirectory("/data");
      await disk.syncDirectory("/");
      disk.stopAfter(12 + random.below(40));
      const known: Acknowledged = { entries: 0, term: 0, created: false };
      await work(disk, known).catch(() => undefined);
      disk.crash();
      if (!known.created) continue;
      for (let again = 0; again < 3; again++) {
        disk.stopAfter(1 + random.below(5));
        await recover(disk)
          .then((wal) => wal.close())
          .catch(() => undefined);
        disk.crash();
      }
      const wal = await recover(disk);
      expect(recovered.entries.length).toBeGreaterThanOrEqual(known.entries);
      await wal.close();
    }
  });
});
