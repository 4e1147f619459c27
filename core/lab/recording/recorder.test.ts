import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import type { ChangesFrame } from "../contract/host.ts";
import type { Change } from "../contract/protocol.ts";
import { readSegment, segmentText, writeFileParts } from "../contract/recording-file.ts";
import { pack, readMember, unpack } from "../contract/recording-pack.ts";
import type { Segment } from "../contract/recording.ts";
import { reduce } from "../contract/reduce.ts";
import { Replay } from "../contract/replay.ts";
import type { LabState } from "../contract/state.ts";
import { deflateQuickly } from "./deflate.ts";
import { Recorder, type RecorderOptions } from "./recorder.ts";
import { openRecordingFile } from "./recording-host.ts";

const empty: LabState = {
  lab: { name: "lab", folder: "/home/somebody/labs/1", version: "0", startedAt: 0 },
  members: [],
  faults: [],
  mail: { stepping: false, letters: [] },
  logs: [],
  timeline: [],
  services: [],
  terminals: [],
};

/** A lab of one log, told in frames. */
class Told {
  at = 1_000_000;
  state = empty;
  index = 0;
  readonly states = new Map<number, LabState>();
  readonly recorder: Recorder;

  constructor(options: Partial<RecorderOptions> = {}) {
    const clock = { now: () => this.at, monotonic: () => this.at, after: () => ({ cancel: () => undefined }) };
    this.recorder = new Recorder({ clock, state: () => this.state, deflate: deflateQuickly, ...options });
  }

  frame(...changes: Change[]): void {
    const frame: ChangesFrame = { type: "changes", seq: 0, at: this.at, changes };
    this.state = changes.reduce(reduce, this.state);
    this.recorder.take(frame);
    this.states.set(this.at, this.state);
  }

  put(keyChars = 8): void {
    this.index += 1;
    const entry = { index: this.index, term: 1, operation: "put", key: "k".repeat(keyChars), bytes: 1, at: this.at };
    this.frame({ type: "log", host: "m1", appended: [entry], truncatedFrom: 0, firstIndex: 0, durableIndex: this.index });
  }

  async segments(): Promise<Segment[]> {
    return Promise.all(this.recorder.span().segments.map(async ({ id }) => this.read(id)));
  }

  async read(id: number): Promise<Segment> {
    const packed = new Uint8Array(await this.recorder.read(id));
    return readSegment(await unpack(readMember(packed, 0, "lab"), "lab"), "lab", 0);
  }
}

/** Until what is packed beside the loop is packed. */
async function settled(told: Told): Promise<void> {
  for (const { id } of told.recorder.span().segments) await told.recorder.read(id);
  await new Promise((resolve) => setTimeout(resolve, 20));
}

describe("the recorder", () => {
  test("any moment of the last minutes can be told again exactly", async () => {
    const told = new Told();
    for (let at = 0; at < 500; at++) {
      told.at += 100;
      told.put();
    }
    const segments = await told.segments();
    expect(segments.length).toBeGreaterThan(2);
    for (const [moment, state] of told.states) {
      const replay = new Replay(segments.findLast((one) => one.key.at <= moment) ?? segments[0]!);
      replay.moveTo(moment);
      expect(replay.state).toEqual({ ...state, lab: { ...state.lab, folder: "" } });
    }
  });

  test("the last moment is there while it is still being recorded", async () => {
    const told = new Told();
    told.put();
    const [span] = told.recorder.span().segments;
    const read = await told.read(span!.id);
    expect(read.frames).toHaveLength(1);
    told.at += 5000;
    expect(told.recorder.span().segments[0]!.to).toBe(told.at);
  });

  test("where the lab lies on this machine is not recorded, nor what is told only to whoever looks", async () => {
    const told = new Told();
    told.frame({ type: "lab", lab: { ...empty.lab, name: "other" } });
    told.frame({ type: "keys", revision: 1, keys: ["c2VjcmV0"] });
    const [segment] = await told.segments();
    const text = JSON.stringify(segment);
    expect(text).not.toContain("/home");
    expect(text).not.toContain("c2VjcmV0");
    expect(segment!.frames[0]!.changes[0]).toMatchObject({ type: "lab", lab: { name: "other", folder: "" } });
  });

  test("memory is bounded in bytes: the oldest goes, what is there is whole", async () => {
    const told = new Told({ bytesMax: 400_000 });
    for (let at = 0; at < 6000; at++) {
      told.at += 100;
      told.put(Math.round(Math.abs(Math.sin(at)) * 400));
      if (at % 500 === 0) await settled(told);
    }
    await settled(told);
    told.put();
    const { bytes, segments } = told.recorder.span();
    expect(bytes).toBeLessThanOrEqual(400_000);
    expect(segments[0]!.id).toBeGreaterThan(1);
    expect(segments.map((one) => one.id)).toEqual(segments.map((_, at) => segments[0]!.id + at));
    await expect(told.recorder.read(1)).rejects.toMatchObject({ code: "gone" });
  });

  test("memory is bounded in time, and counts what it takes rightly", async () => {
    const told = new Told({ msMax: 60_000 });
    for (let at = 0; at < 3000; at++) {
      told.at += 100;
      told.put();
    }
    await settled(told);
    const { segments, bytes } = told.recorder.span();
    expect(told.at - segments[0]!.from).toBeGreaterThanOrEqual(60_000);
    expect(told.at - segments[1]!.from).toBeLessThanOrEqual(60_000 + 15_000);
    const sizes = await Promise.all(segments.slice(0, -1).map(async ({ id }) => (await told.recorder.read(id)).length));
    expect(bytes).toBeGreaterThan(sizes.reduce((sum, size) => sum + size, 0));
    told.recorder.stop();
    expect(told.recorder.span()).toEqual({ segments: [], bytes: 0 });
  });

  test("a clock that is set back does not turn the recording around", async () => {
    const told = new Told();
    told.put();
    told.at -= 60_000;
    told.put();
    const [segment] = await told.segments();
    expect(segment!.frames.map((frame) => frame.at)).toEqual([1_000_000, 1_000_000]);
  });

  test("what cannot be packed is missing and does no harm", async () => {
    let fail = false;
    const told = new Told({ deflate: (bytes) => (fail ? Promise.reject(new Error("no memory")) : deflateQuickly(bytes)) });
    for (let at = 0; at < 400; at++) {
      fail = told.at >= 1_015_000 && told.at < 1_032_000;
      told.at += 100;
      told.put();
      if (at % 50 === 0) await new Promise((resolve) => setTimeout(resolve, 5));
    }
    fail = false;
    const ids = told.recorder.span().segments.map((one) => one.id);
    expect(ids.length).toBeLessThan(ids.at(-1)!);
    expect(await told.segments()).toHaveLength(ids.length);
  });

  test("terminals' newest output begins each segment", async () => {
    const told = new Told();
    told.frame({ type: "terminals", terminals: [{ id: "t1", host: "m1" }] }, { type: "terminal.output", id: "t1", data: "$ etcdctl put a 1\r\nOK\r\n" });
    told.at += 20_000;
    told.put();
    const segments = await told.segments();
    expect(segments.map((one) => one.key.terminals["t1"])).toEqual([undefined, "$ etcdctl put a 1\r\nOK\r\n"]);
  });
});

describe("a file in the place of a lab", () => {
  test("serves the contract without a cluster, and refuses what only a cluster can do", async () => {
    const told = new Told();
    for (let at = 0; at < 300; at++) {
      told.at += 100;
      told.put();
    }
    const parts = await Promise.all((await told.segments()).map(async (one) => ({ from: one.key.at, to: one.frames.at(-1)!.at, packed: await pack(segmentText(one)) })));
    const facts = { lab: "lab", product: "0", from: parts[0]!.from, to: parts.at(-1)!.to, savedAt: 5, note: "n", leftOut: [] };
    const folder = mkdtempSync(join(tmpdir(), "recording-"));
    try {
      const path = join(folder, "a.qrec");
      writeFileSync(path, Buffer.concat(await writeFileParts(facts, parts)));
      const host = await openRecordingFile(path);
      expect(host.snapshot().state.lab.recording).toEqual({ ...facts, file: "a.qrec" });
      const { segments } = (await host.execute("recording.span", {})) as { segments: readonly { id: number }[] };
      expect(segments).toHaveLength(parts.length);
      const { packed } = (await host.execute("recording.read", { segment: 1 })) as { packed: string };
      expect(Buffer.from(packed, "base64")).toEqual(Buffer.from(parts[1]!.packed));
      await expect(host.execute("member.kill", { host: "m1" })).rejects.toMatchObject({ code: "recorded" });
      await expect(host.execute("recording.read", { segment: 99 })).rejects.toMatchObject({ code: "gone" });
      writeFileSync(path, "no recording");
      await expect(openRecordingFile(path)).rejects.toMatchObject({ code: "damaged-recording", file: "a.qrec", offset: 0 });
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  });
});
