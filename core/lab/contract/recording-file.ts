/** A recording as a file: its header, its segments, and the checks by which a damaged, cut or foreign one is refused. */
import { CommandError } from "./host.ts";
import { type PackedMember, pack, readMember, RecordingError, unpack } from "./recording-pack.ts";
import { checkFacts, checkFrame, checkKeyFrame } from "./recording-shapes.ts";
import type { KeyFrame, RecordedFrame, RecordingFacts, Segment, SegmentSpan } from "./recording.ts";

const FORMAT = "quorum-lab-recording";
const VERSION = 1;
/** Far more than is ever saved. */
export const FILE_BYTES_MAX = 256 * 1024 * 1024;

/** The first line of a file. */
interface Header extends RecordingFacts {
  readonly format: typeof FORMAT;
  readonly version: typeof VERSION;
  readonly segments: readonly { readonly from: number; readonly to: number }[];
}

export function segmentText({ key, frames }: Segment): string {
  return `${[key, ...frames].map((line) => JSON.stringify(line)).join("\n")}\n`;
}

function parsed<T>(line: string, check: (value: unknown) => T, file: string, offset: number, what: string): T {
  let value: unknown;
  try {
    value = JSON.parse(line);
  } catch (error) {
    throw new RecordingError(file, offset, `${what} as JSON`, error instanceof Error ? error.message : String(error));
  }
  try {
    return check(value);
  } catch (error) {
    if (!(error instanceof CommandError)) throw error;
    throw new RecordingError(file, offset, what, error.message);
  }
}

/** @param offset of the packed segment in the file, for the words of a refusal */
export function readSegment(text: string, file: string, offset: number): Segment {
  const lines = text.split("\n");
  if (lines.pop() !== "" || lines.length === 0) throw new RecordingError(file, offset, "whole lines", "none, or one that is cut off");
  const key: KeyFrame = parsed(lines[0]!, checkKeyFrame, file, offset, "a key frame in line 1");
  const frames: RecordedFrame[] = [];
  let last = key.at;
  const events = new Set(key.state.timeline.map((event) => event.id));
  for (const [at, line] of lines.slice(1).entries()) {
    const frame = parsed(line, checkFrame, file, offset, `a frame in line ${at + 2}`);
    if (frame.at < last) throw new RecordingError(file, offset, `a frame in line ${at + 2} at ${last} or later`, `one at ${frame.at}`);
    last = frame.at;
    for (const event of frame.changes.flatMap((change) => (change.type === "timeline" ? change.events : []))) {
      if (events.has(event.id)) throw new RecordingError(file, offset, `an event in line ${at + 2} that was not told before`, `number ${event.id} again`);
      events.add(event.id);
    }
    frames.push(frame);
  }
  return { key, frames };
}

/** Parts of a file in their order, to be put one behind the other. `segments` are packed. */
export async function writeFileParts(facts: RecordingFacts, segments: readonly { readonly from: number; readonly to: number; readonly packed: Uint8Array<ArrayBuffer> }[]): Promise<Uint8Array<ArrayBuffer>[]> {
  const header: Header = { format: FORMAT, version: VERSION, ...facts, segments: segments.map(({ from, to }) => ({ from, to })) };
  return [await pack(`${JSON.stringify(header)}\n`), ...segments.map(({ packed }) => packed)];
}

export interface OpenedRecording {
  readonly facts: RecordingFacts;
  /** ids are their places */
  readonly segments: readonly SegmentSpan[];
  /** the states that the segments begin with */
  readonly keys: readonly KeyFrame[];
  readonly file: string;
  /** of the whole file */
  readonly bytes: number;
  packedSegment(id: number): Uint8Array<ArrayBuffer>;
}

function checkHeader(value: unknown): Header {
  const given = (typeof value === "object" && value !== null ? value : {}) as Readonly<Record<string, unknown>>;
  if (given["format"] !== FORMAT) throw new CommandError("bad-argument", `format ${JSON.stringify(given["format"]) ?? "none"}`);
  if (given["version"] !== VERSION) throw new CommandError("bad-argument", `version ${JSON.stringify(given["version"])}; this program reads version ${VERSION}`);
  checkFacts(value);
  return value as Header;
}

/**
 * Reads a file whole: every part is unpacked and its checksum compared.
 * @param file its name, for the words of a refusal
 * @throws RecordingError
 */
export async function openRecording(bytes: Uint8Array<ArrayBuffer>, file: string): Promise<OpenedRecording> {
  if (bytes.length === 0) throw new RecordingError(file, 0, "a recording", "an empty file");
  const first = readMember(bytes, 0, file);
  const header = parsed(await unpack(first, file), checkHeader, file, 0, `the header of a recording, version ${VERSION}`);
  const members: PackedMember[] = [];
  const keys: KeyFrame[] = [];
  let offset = first.end;
  for (let at = 0; at < header.segments.length; at++) {
    if (offset >= bytes.length) throw new RecordingError(file, offset, `segment ${at + 1} of ${header.segments.length}`, "the end of the file");
    const member = readMember(bytes, offset, file);
    const text = await unpack(member, file);
    const key = parsed(text.slice(0, text.indexOf("\n")), checkKeyFrame, file, offset, "a key frame in line 1");
    if (key.at !== header.segments[at]!.from) throw new RecordingError(file, offset, `a segment from ${header.segments[at]!.from}`, `one from ${key.at}`);
    members.push(member);
    keys.push(key);
    offset = member.end;
  }
  if (offset < bytes.length) throw new RecordingError(file, offset, "the end of the file", `${bytes.length - offset} more bytes`);
  const { lab, product, from, to, savedAt, note, leftOut } = header;
  return {
    facts: { lab, product, from, to, savedAt, note, leftOut },
    segments: header.segments.map((span, id) => ({ id, ...span })),
    keys,
    file,
    bytes: bytes.length,
    packedSegment: (id) => {
      const member = members[id];
      if (member === undefined) throw new CommandError("gone", `the recording has no segment ${id}`);
      return bytes.slice(member.offset, member.end);
    },
  };
}
