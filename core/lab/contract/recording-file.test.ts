import { gunzipSync } from "node:zlib";
import { describe, expect, test } from "vitest";
import { Censor, cutSegment } from "./recording-cut.ts";
import { openRecording, readSegment, segmentText, writeFileParts } from "./recording-file.ts";
import { pack, readMember, RecordingError, unpack } from "./recording-pack.ts";
import type { RecordingFacts, Segment } from "./recording.ts";
import { Replay } from "./replay.ts";
import type { LabState, LogEntryView, TimelineEvent } from "./state.ts";

const empty: LabState = {
  lab: { name: "lab", folder: "", version: "0", startedAt: 0 },
  members: [],
  faults: [],
  mail: { stepping: false, letters: [] },
  logs: [],
  timeline: [],
  services: [],
  terminals: [{ id: "t1", host: "m1" }],
};

const entry = (index: number, key = "secret/a"): LogEntryView => ({ index, term: 1, operation: "put", key, bytes: 1, at: index });
const event = (id: number, at: number, kind: TimelineEvent["kind"], text: string): TimelineEvent => ({ id, at, host: "m1", kind, term: 1, text, tone: "plain", what: "", peer: "" });

/** Ten frames, one a second, from `from` on: an entry and a line of a terminal each. */
function segment(from: number): Segment {
  return {
    key: { at: from, state: empty, terminals: { t1: "$ " } },
    frames: Array.from({ length: 10 }, (_, at) => ({
      at: from + (at + 1) * 1000,
      changes: [
        { type: "log" as const, host: "m1", appended: [entry(at + 1, at % 2 === 0 ? "secret/a" : "secret/b")], truncatedFrom: 0, firstIndex: 0, durableIndex: at + 1 },
        { type: "terminal.output" as const, id: "t1", data: `line ${at + 1}\n` },
        { type: "timeline" as const, events: [event(at + 1, from + at, "command", `etcdctl put secret/a ${at}`)] },
      ],
    })),
  };
}

const facts: RecordingFacts = { lab: "practice", product: "0.1.0", from: 0, to: 30_000, savedAt: 1, note: "look at 0:12", leftOut: [] };

async function file(segments: readonly Segment[] = [segment(0), segment(15_000)]): Promise<Uint8Array<ArrayBuffer>> {
  const packed = await Promise.all(segments.map(async (one) => ({ from: one.key.at, to: one.frames.at(-1)?.at ?? one.key.at, packed: await pack(segmentText(one)) })));
  const parts = await writeFileParts(facts, packed);
  return new Uint8Array(await new Blob(parts).arrayBuffer());
}

async function refusal(bytes: Uint8Array<ArrayBuffer>): Promise<RecordingError> {
  try {
    await openRecording(bytes, "a.qrec");
  } catch (error) {
    if (error instanceof RecordingError) return error;
    throw error;
  }
  throw new Error("it was opened");
}

describe("a recording's file", () => {
  test("opens with what was put into it, and gunzip reads it as lines", async () => {
    const bytes = await file();
    const opened = await openRecording(bytes, "a.qrec");
    expect(opened.facts).toEqual(facts);
    expect(opened.segments).toEqual([{ id: 0, from: 0, to: 10_000 }, { id: 1, from: 15_000, to: 25_000 }]);
    const again = readSegment(await unpack(readMember(opened.packedSegment(1), 0, "a.qrec"), "a.qrec"), "a.qrec", 0);
    expect(again).toEqual(segment(15_000));
    const lines = gunzipSync(bytes).toString().trimEnd().split("\n").map((line) => JSON.parse(line) as Record<string, unknown>);
    expect(lines).toHaveLength(1 + 2 * 11);
    expect(lines[0]).toMatchObject({ format: "quorum-lab-recording", version: 1, lab: "practice", note: "look at 0:12" });
  });

  test("cut off anywhere, it is refused with the place and how much is there", async () => {
    const bytes = await file();
    for (const length of [1, 19, 27, 200, bytes.length - 1]) {
      const error = await refusal(bytes.slice(0, length));
      expect([length, error.code, error.file]).toEqual([length, "damaged-recording", "a.qrec"]);
      expect(error.found).toMatch(/cut off|^1f/);
    }
    const first = readMember(bytes, 0, "").end;
    expect(await refusal(bytes.slice(0, first))).toMatchObject({ offset: first, expected: "segment 1 of 2", found: "the end of the file" });
    expect(await refusal(new Uint8Array())).toMatchObject({ offset: 0, found: "an empty file" });
  });

  test("with any one byte changed it is refused, or says the same as before", async () => {
    const bytes = await file();
    const before = await openRecording(bytes, "a.qrec");
    for (let at = 0; at < bytes.length; at += 7) {
      const damaged = bytes.slice();
      damaged[at] = damaged[at]! ^ 0x40;
      let opened;
      try {
        opened = await openRecording(damaged, "a.qrec");
      } catch (error) {
        expect(error).toBeInstanceOf(RecordingError);
        continue;
      }
      // the time and system fields of gzip's head say nothing here
      expect([at, opened.facts, opened.keys]).toEqual([at, before.facts, before.keys]);
    }
  });

  test("a changed byte of what is packed is told by its checksum", async () => {
    const bytes = await file();
    const { end } = readMember(bytes, 0, "");
    const member = readMember(bytes, end, "");
    bytes[member.end - 8] = bytes[member.end - 8]! ^ 1;
    const error = await refusal(bytes);
    expect(error).toMatchObject({ offset: member.end - 8, found: member.crc.toString(16) });
    expect(error.message).toMatch(/^a\.qrec: at offset \d+: expected CRC-32 [0-9a-f]+, found [0-9a-f]+$/);
  });

  test("other files, later versions and more behind the end are refused by name", async () => {
    expect(await refusal(new TextEncoder().encode("PK\u0003\u0004 some archive"))).toMatchObject({ offset: 0, found: expect.stringMatching(/^50 4b 03 04/) as string });
    expect((await refusal(await pack('{"format":"quorum-lab-recording","version":2}\n'))).found).toBe("version 2; this program reads version 1");
    expect((await refusal(await pack('{"format":"diary","version":1}\n'))).found).toBe('format "diary"');
    expect((await refusal(await pack("[\n"))).expected).toContain("as JSON");
    const bytes = await file();
    const more = new Uint8Array(bytes.length + 3);
    more.set(bytes);
    expect(await refusal(more)).toMatchObject({ offset: bytes.length, found: "3 more bytes" });
  });

  test("what no window could show is refused by field", async () => {
    const broken = { ...segment(0), key: { at: 0, state: { ...empty, members: [{ host: "m1" }] }, terminals: {} } } as unknown as Segment;
    expect((await refusal(await file([broken]))).found).toContain("key.state.members[0].id: wanted text");
    const lines = segmentText(segment(0)).replace('"type":"log"', '"type":"explode"');
    expect(() => readSegment(lines, "a.qrec", 7)).toThrow('a.qrec: at offset 7: expected a frame in line 2, found frame.changes[0].type: wanted a change, found "explode"');
    const twice = { ...empty, terminals: [...empty.terminals, ...empty.terminals] };
    expect((await refusal(await file([{ ...segment(0), key: { at: 0, state: twice, terminals: {} } }]))).found).toBe("key.state.terminals: wanted no two alike");
    const again = { ...segment(0), frames: [...segment(0).frames, { ...segment(0).frames[9]!, at: 11_000 }] };
    expect(() => readSegment(segmentText(again), "a.qrec", 0)).toThrow("expected an event in line 12 that was not told before, found number 10 again");
    const back = segmentText({ ...segment(0), frames: segment(0).frames.toReversed() });
    expect(() => readSegment(back, "a.qrec", 0)).toThrow("expected a frame in line 3 at 10000 or later, found one at 9000");
  });

  test("a part that unpacks to more than it says is refused before it fills the memory", async () => {
    const large = await pack("x".repeat(1_000_000));
    new DataView(large.buffer).setUint32(large.length - 4, 1000, true);
    await expect(unpack(readMember(large, 0, "a"), "a")).rejects.toThrow("more than 1000 bytes");
  });
});

describe("going through a segment", () => {
  test("any moment is the same whether it was reached forwards or backwards", () => {
    const replay = new Replay(segment(0));
    const at = (moment: number): readonly [number, string | undefined] => {
      replay.moveTo(moment);
      return [replay.state.logs[0]?.entries.length ?? 0, replay.terminals["t1"]];
    };
    const forwards = [0, 1000, 3500, 10_000].map(at);
    expect(forwards.map(([entries]) => entries)).toEqual([0, 1, 3, 10]);
    expect(forwards[2]![1]).toBe("$ line 1\nline 2\nline 3\n");
    expect([10_000, 3500, 1000, 0].map(at)).toEqual(forwards.toReversed());
  });

  test("what was passed on the way is told once, and nothing of it on the way back", () => {
    const replay = new Replay(segment(0));
    expect(replay.moveTo(2000)).toHaveLength(6);
    expect(replay.moveTo(2500)).toHaveLength(0);
    expect(replay.moveTo(1000)).toHaveLength(0);
    expect(replay.moveTo(2000)).toHaveLength(3);
  });
});

describe("a part of a recording", () => {
  test("begins with the state of its first moment and ends with its last", () => {
    const part = cutSegment(segment(0), 2500, 5000);
    expect(part.key).toMatchObject({ at: 2500, terminals: { t1: "$ line 1\nline 2\n" } });
    expect(part.key.state.logs[0]?.entries).toHaveLength(2);
    expect(part.frames.map((frame) => frame.at)).toEqual([3000, 4000, 5000]);
    const whole = new Replay(segment(0));
    const cut = new Replay(part);
    whole.moveTo(4000);
    cut.moveTo(4000);
    expect(cut.state).toEqual(whole.state);
  });

  test("without terminals nothing that was typed or printed is left", () => {
    const text = segmentText(new Censor(["terminals"]).segment(cutSegment(segment(0), 1500, 9000)));
    expect(text).not.toMatch(/line \d|etcdctl/);
    expect(text).toContain("secret/a");
  });

  test("without keys each key has a number, the same one everywhere", () => {
    const censor = new Censor(["terminals", "keys"]);
    const texts = [segmentText(censor.segment(cutSegment(segment(0), 1500, 9000))), segmentText(censor.segment(segment(0)))];
    for (const text of texts) expect(text).not.toContain("secret");
    const keys = (text: string): string[] => [...text.matchAll(/"index":(\d+),"term":1,"operation":"put","key":"([^"]+)"/g)].map(([, index, key]) => `${index} ${key}`);
    expect(keys(texts[0]!).slice(0, 2)).toEqual(["1 key-1", "2 key-2"]);
    expect(keys(texts[1]!).slice(0, 2)).toEqual(["1 key-1", "2 key-2"]);
  });
});
