/**
 * Every way a small log can be damaged: it is recovered as etcd recovers it (a torn tail, a prefix of the truth) or refused
 * with file, offset, expected and found; never is anything else read from it.
 */
import { beforeAll, describe, expect, it } from "vitest";
import { seededRandom } from "../platform/random.ts";
import { SimulatedDisk } from "../platform/simulated-disk.ts";
import { Entry, HardState } from "../proto/gen/raftpb.ts";
import { readFrameWord } from "./record.ts";
import { repairWal } from "./repair.ts";
import { Wal } from "./wal.ts";
import { WalError } from "./wal-error.ts";

const directory = "/data/wal";
const closedName = "0000000000000000-0000000000000000.wal";
let files: Map<string, Buffer>;
let lastName: string;

/** Two segments: one closed, one with records and a zero tail. Bodies without zeros, so that a torn sector is told by its zeros. */
beforeAll(async () => {
  const disk = new SimulatedDisk(seededRandom(3));
  await disk.makeDirectory("/data");
  const wal = await Wal.create(disk, directory, Buffer.from("meta"), { segmentBytes: 4096 });
  const random = seededRandom(5);
  for (let index = 1; index <= 16; index++) {
    const data = Buffer.from(Array.from({ length: 250 + random.below(300) }, () => 1 + random.below(255)));
    await wal.save(HardState.create({ term: 1, vote: 1n, commit: index - 1 }), [Entry.create({ term: 1, index, data })]);
  }
  await wal.close();
  files = new Map();
  for (const name of await disk.list(directory)) files.set(name, disk.contentOf(`${directory}/${name}`));
  lastName = [...files.keys()].at(-1) as string;
  expect([...files.keys()].length).toBe(2);
});

interface Reading {
  entries: Entry[];
  error: WalError | undefined;
}

function plant(changed: Map<string, Buffer>): SimulatedDisk {
  const disk = new SimulatedDisk(seededRandom(1));
  for (const [name, content] of new Map([...files, ...changed])) disk.plant(`${directory}/${name}`, content);
  return disk;
}

async function read(disk: SimulatedDisk): Promise<Reading> {
  const wal = await Wal.open(disk, directory, { index: 0, term: 0 });
  try {
    return { entries: (await wal.readAll()).entries, error: undefined };
  } catch (error) {
    if (!(error instanceof WalError)) throw error;
    return { entries: [], error };
  } finally {
    await wal.close();
  }
}

/** Where frames start in a segment, and the end of the last. */
function frameStarts(content: Buffer): number[] {
  const starts = [0];
  for (let at = 0; at + 8 <= content.length;) {
    const frame = readFrameWord(content, at);
    if (!frame) break;
    at += 8 + frame.recordBytes + frame.padding;
    starts.push(at);
  }
  return starts;
}

async function truth(): Promise<Entry[]> {
  return (await read(plant(new Map()))).entries;
}

describe("the last segment cut off", () => {
  it("at any 512 bytes keeps exactly the records that are whole", async () => {
    const content = files.get(lastName) as Buffer;
    const starts = frameStarts(content);
    const end = starts.at(-1) as number;
    const all = await truth();
    for (let length = 0; length <= content.length; length += 512) {
      const disk = plant(new Map([[lastName, content.subarray(0, length)]]));
      const first = await read(disk);
      if (length >= end || starts.includes(length)) expect(first.error).toBeUndefined();
      else {
        expect(first.error).toMatchObject({ code: "wal.torn", path: `${directory}/${lastName}` });
        expect(first.error?.offset).toBe(starts.findLast((start) => start <= length));
        const repair = await repairWal(disk, directory);
        expect(repair.truncatedAt).toBe(first.error?.offset);
        expect(disk.contentOf(repair.copy as string).length).toBe(length);
      }
      const second = await read(disk);
      expect(second.error).toBeUndefined();
      expect(second.entries).toEqual(all.slice(0, second.entries.length));
      const lost = all.length - second.entries.length;
      expect(lost).toBe(
        starts.slice(0, -1).filter((start, at) => (starts[at + 1] as number) > length && recordType(content, start) === 2).length,
      );
    }
  });

  it("is not repaired when it was cut in a closed segment", async () => {
    const content = files.get(closedName) as Buffer;
    const starts = frameStarts(content);
    for (let length = 512; length < content.length; length += 512) {
      const disk = plant(new Map([[closedName, content.subarray(0, length)]]));
      const { error } = await read(disk);
      expect(error?.code).toBe(starts.includes(length) ? "wal.crc" : "wal.torn");
      const { truncatedAt } = await repairWal(disk, directory);
      expect(truncatedAt).toBeUndefined();
      expect((await read(disk)).error?.code).toBe(error?.code);
    }
  });
});

function recordType(content: Buffer, start: number): number {
  return content[start + 9] as number;
}

describe("a sector of the last segment that never reached the disk", () => {
  it("is a torn write where it is in the last records, and is repaired", async () => {
    const content = files.get(lastName) as Buffer;
    const starts = frameStarts(content);
    const end = starts.at(-1) as number;
    const all = await truth();
    for (let sector = 512; sector < end; sector += 512) {
      const torn = Buffer.from(content);
      torn.fill(0, sector, sector + 512);
      const disk = plant(new Map([[lastName, torn]]));
      const first = await read(disk);
      if (first.error) {
        expect(first.error.code).toBe("wal.torn");
        await repairWal(disk, directory);
      }
      const { entries, error } = await read(disk);
      expect(error).toBeUndefined();
      expect(entries).toEqual(all.slice(0, entries.length));
      expect(entries.length).toBeLessThan(all.length);
    }
  });
});

describe("a flipped bit", () => {
  it("in any byte is refused at its record, or cannot matter", async () => {
    const all = await truth();
    const outcomes = new Set<string>();
    for (const name of files.keys()) {
      const content = files.get(name) as Buffer;
      const starts = frameStarts(content);
      const end = starts.at(-1) as number;
      const isLast = name === lastName;
      const step = 7;
      for (let position = 0; position < end; position += step) {
        const flipped = Buffer.from(content);
        flipped[position] = (flipped[position] as number) ^ (1 << (position % 8));
        const start = starts.findLast((each) => each <= position) as number;
        const disk = plant(new Map([[name, flipped]]));
        const { error, entries } = await read(disk);
        if (!error) {
          // padding is not covered by the checksum
          expect(entries).toEqual(all);
          outcomes.add("harmless");
          continue;
        }
        expect(error.path).toBe(`${directory}/${name}`);
        // the head of a segment and the count of padding have no checksum: what is wrong there shows in what follows
        const uncovered = start === 0 || position === start + 7;
        const next = starts[starts.indexOf(start) + 1] as number;
        if (uncovered) expect(error.offset).toSatisfy((offset: number) => offset >= start && offset < next + 8);
        else expect(error.offset).toBe(start);
        expect(error.expected).toBeDefined();
        expect(error.found).toBeDefined();
        outcomes.add(error.code);
        if (error.code === "wal.torn" && isLast) {
          await repairWal(disk, directory);
          const after = await read(disk);
          expect(after.error).toBeUndefined();
          expect(after.entries).toEqual(all.slice(0, after.entries.length));
        } else if (error.code !== "wal.torn")
          expect(await repairWal(disk, directory).catch((failure: WalError) => failure.code)).not.toMatchObject({
            copy: expect.any(String) as unknown,
          });
      }
    }
    expect([...outcomes].sort()).toEqual(expect.arrayContaining(["harmless", "wal.crc", "wal.torn"]));
  });

  it("behind the last record's zero word is not looked at", async () => {
    const content = Buffer.from(files.get(lastName) as Buffer);
    const end = frameStarts(content).at(-1) as number;
    content[end + 20] = 0x55;
    const disk = plant(new Map([[lastName, content]]));
    expect((await read(disk)).error).toBeUndefined();
    // and is gone after a writer has opened the log
    expect(disk.contentOf(`${directory}/${lastName}`)[end + 20]).toBe(0);
  });
});

describe("segments", () => {
  it("whose metadata differ are refused", async () => {
    const other = new SimulatedDisk(seededRandom(9));
    await other.makeDirectory("/data");
    const wal = await Wal.create(other, directory, Buffer.from("atem"), { segmentBytes: 4096 });
    await wal.close();
    const head = other.contentOf(`${directory}/${closedName}`);
    const swapped = Buffer.from(files.get(closedName) as Buffer);
    head.copy(swapped, 0, 0, frameStarts(head)[2]);
    // the chain breaks first: a log is one chain
    expect((await read(plant(new Map([[closedName, swapped]])))).error?.code).toBe("wal.crc");
  });

  it("that are missing in between are refused by name", async () => {
    const disk = plant(new Map());
    disk.plant(`${directory}/0000000000000003-0000000000000020.wal`, Buffer.alloc(0));
    await expect(Wal.open(disk, directory, { index: 0, term: 0 })).rejects.toMatchObject({ code: "wal.sequence" });
  });
});
