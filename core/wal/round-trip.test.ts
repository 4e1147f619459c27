import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { crc32c } from "../platform/crc32c.ts";
import { seededRandom } from "../platform/random.ts";
import { SimulatedDisk } from "../platform/simulated-disk.ts";
import { Entry, HardState } from "../proto/gen/raftpb.ts";
import { Record, Snapshot } from "../proto/gen/walpb.ts";
import { readWal } from "./read-records.ts";
import { RecordEncoder } from "./record-encoder.ts";
import { looksTorn, paddingFor, readFrameWord, recordTypes, writeFrameWord } from "./record.ts";
import { parseSegmentName, segmentName } from "./segment-name.ts";
import { Wal } from "./wal.ts";

const bytes = (max: number): fc.Arbitrary<Buffer> => fc.uint8Array({ maxLength: max }).map((array) => Buffer.from(array));

describe("frames", () => {
  it("keep the length in the low 56 bits and the padding in the top byte", () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 2 ** 50 }), (length) => {
        const word = Buffer.alloc(8);
        writeFrameWord(word, 0, length);
        expect(readFrameWord(word, 0)).toEqual({ recordBytes: length, padding: paddingFor(length) });
        expect(word.readBigUInt64LE(0) & 0xffffffffffffffn).toBe(BigInt(length));
      }),
    );
    expect(readFrameWord(Buffer.alloc(8), 0)).toBeUndefined();
    // without the marker the low bits of the top byte mean nothing
    expect(readFrameWord(Buffer.from("1000000000000003", "hex"), 0)).toEqual({ recordBytes: 16, padding: 0 });
  });

  it("look torn only when the whole share of a sector is zero", () => {
    const body = Buffer.alloc(1100, 1);
    expect(looksTorn(body, 8)).toBe(false);
    body.fill(0, 504, 1016);
    expect(looksTorn(body, 8)).toBe(true);
    expect(looksTorn(body, 9)).toBe(false);
    body[700] = 1;
    expect(looksTorn(body, 8)).toBe(false);
    expect(looksTorn(Buffer.alloc(0), 8)).toBe(false);
    // a share may be small
    const tail = Buffer.alloc(506, 1);
    tail.fill(0, 504);
    expect(looksTorn(tail, 8)).toBe(true);
  });

  it("of the encoder are what the generated codec and a plain CRC give, whatever the length of the CRC's varint", () => {
    fc.assert(
      fc.property(fc.array(fc.oneof(bytes(40), bytes(3000)), { maxLength: 30 }), fc.nat(), (datas, seed) => {
        const encoder = new RecordEncoder(seed >>> 0);
        let crc = seed >>> 0;
        const expected: Buffer[] = [];
        for (const data of datas) {
          encoder.encodeBytes(recordTypes.entry, data);
          crc = crc32c(data, crc);
          const record = Record.encode({ type: recordTypes.entry, crc, data });
          const word = Buffer.alloc(8);
          writeFrameWord(word, 0, record.length);
          expected.push(word, record, Buffer.alloc(paddingFor(record.length)));
        }
        expect(encoder.pendingBytes).toBe(Buffer.concat(expected).length);
        expect(Buffer.concat(encoder.take()).equals(Buffer.concat(expected))).toBe(true);
        expect(encoder.crc).toBe(crc);
      }),
      { numRuns: 200 },
    );
  });

  it("of a log with text as metadata are those of etcd's own golden file", () => {
    const encoder = new RecordEncoder(0);
    encoder.encodeCrc();
    encoder.encodeBytes(recordTypes.metadata, Buffer.from("somedata"));
    encoder.encode(recordTypes.snapshot, Snapshot, Snapshot.create());
    expect(Buffer.concat(encoder.take()).toString("hex")).toBe(
      "04000000000000840804100000000000" +
        "120000000000008608011085d4fda0071a08736f6d6564617461000000000000" +
        "0e0000000000008208051080db81c1011a04080010000000",
    );
  });

  it("larger than a slab are encoded whole", () => {
    const encoder = new RecordEncoder(0);
    const data = Buffer.alloc(3_000_000, 7);
    encoder.encodeBytes(recordTypes.entry, Buffer.from("before"));
    encoder.encodeBytes(recordTypes.entry, data);
    const all = Buffer.concat(encoder.take());
    expect(all.includes(data)).toBe(true);
    expect(readFrameWord(all, 0)).toBeDefined();
  });

  it("stay as they are until they are released, and their memory serves again then", () => {
    fc.assert(
      fc.property(fc.array(fc.tuple(fc.integer({ min: 0, max: 90_000 }), fc.boolean(), fc.nat(4)), { minLength: 40, maxLength: 120 }), (steps) => {
        const encoder = new RecordEncoder(0);
        const taken: { readonly views: Buffer[]; readonly copy: Buffer }[] = [];
        const release = (): void => {
          const { views, copy } = taken.shift()!;
          expect(Buffer.concat(views).equals(copy)).toBe(true);
          encoder.release(copy.length);
        };
        for (const [at, [size, take, lag]] of steps.entries()) {
          encoder.encodeBytes(recordTypes.entry, Buffer.alloc(size, at));
          if (!take) continue;
          const views = encoder.take();
          taken.push({ views, copy: Buffer.concat(views) });
          while (taken.length > lag) release();
        }
        while (taken.length > 0) release();
      }),
      { numRuns: 50 },
    );
    const encoder = new RecordEncoder(0);
    const memories = new Set<ArrayBufferLike>();
    for (let at = 0; at < 2000; at++) {
      encoder.encodeBytes(recordTypes.entry, Buffer.alloc(1000, at));
      for (const view of encoder.take()) {
        memories.add(view.buffer);
        encoder.release(view.length);
      }
    }
    expect(memories.size).toBe(2);
  });
});

describe("segment names", () => {
  it("read back, and others are strangers", () => {
    fc.assert(
      fc.property(fc.maxSafeNat(), fc.maxSafeNat(), (sequence, index) => {
        expect(parseSegmentName(segmentName(sequence, index).name)).toEqual(segmentName(sequence, index));
      }),
    );
    for (const name of ["0.tmp", "0000000000000000-0000000000000000.wal.broken", "1-2.wal", "zzz"])
      expect(parseSegmentName(name)).toBeUndefined();
  });
});

describe("a log", () => {
  it("gives back any history of appends and overwrites, over closings and cuts", async () => {
    const step = fc.record({ back: fc.nat(3), count: fc.nat(4), term: fc.nat(1), data: bytes(300), reopen: fc.boolean() });
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 25 }), async (steps) => {
        const disk = new SimulatedDisk(seededRandom(1));
        await disk.makeDirectory("/d");
        let wal = await Wal.create(disk, "/d/wal", undefined, { segmentBytes: 3000 });
        const model: Entry[] = [];
        let term = 1;
        for (const { back, count, term: raise, data, reopen } of steps) {
          term += raise;
          model.length = Math.max(0, model.length - back);
          const entries = Array.from({ length: count }, (_, at) => Entry.create({ term, index: model.length + at + 1, data }));
          // what is cut off is overwritten only when something comes in its place, so keep the model to that
          if (entries.length === 0) entries.push(Entry.create({ term, index: model.length + 1, data }));
          model.push(...entries);
          await wal.save(HardState.create({ term, vote: 7n, commit: 0 }), entries);
          if (reopen) {
            await wal.close();
            wal = await Wal.open(disk, "/d/wal", { index: 0, term: 0 }, { segmentBytes: 3000 });
            expect((await wal.readAll()).entries).toEqual(model);
          }
        }
        await wal.close();
        const contents = await readWal(disk, "/d/wal", { index: 0, term: 0 });
        expect(contents.entries).toEqual(model);
        expect(contents.metadata).toBeUndefined();
      }),
      { numRuns: 40 },
    );
  });
});
