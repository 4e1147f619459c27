/**
 * The last minutes of a lab, and files of them: what a recording consists of and what a window asks a lab for. A recording is a
 * row of segments. Each begins with the whole state, so any moment is reached by reading one segment and no other.
 */
import type { Change } from "./protocol.ts";
import type { LabState } from "./state.ts";

/** What a lab keeps at most, packed, in its memory. The oldest goes first. */
export const RECORDING_BYTES_MAX = 32 * 1024 * 1024;
/** How far one can go back at most. */
export const RECORDING_MS_MAX = 15 * 60_000;
/** The newest output of each terminal that a segment begins with, characters. */
export const TERMINAL_TAIL_CHARS = 16_384;
export const NOTE_CHARS_MAX = 2000;

/** What is recorded. The rest is told to whoever looks at that moment (keys, samples, lines of logs) and is not part of the past. */
export type RecordedChange = Extract<
  Change,
  { type: "lab" | "member" | "member-removed" | "mail" | "faults" | "log" | "timeline" | "messages" | "services" | "terminals" | "terminal.output" | "terminal.closed" }
>;

/** The state at `at`, before the first frame of the segment. */
export interface KeyFrame {
  /** wall ms */
  readonly at: number;
  readonly state: LabState;
  /** newest output by terminal */
  readonly terminals: Readonly<Record<string, string>>;
}

export interface RecordedFrame {
  /** wall ms, never before the frame in front of it */
  readonly at: number;
  readonly changes: readonly RecordedChange[];
}

export interface Segment {
  readonly key: KeyFrame;
  readonly frames: readonly RecordedFrame[];
}

export interface SegmentSpan {
  /** ascending in the life of a lab */
  readonly id: number;
  readonly from: number;
  /** of the newest: how far it reaches by now */
  readonly to: number;
}

/** How much there is. */
export interface RecordingSpan {
  /** in order of time; empty before the first change */
  readonly segments: readonly SegmentSpan[];
  /** what they take in memory */
  readonly bytes: number;
}

/** What can be left out of a file: terminals hold what was typed and printed, values too; keys are names in entries and letters. */
export type LeftOut = "terminals" | "keys";

/** What a file says about itself. */
export interface RecordingFacts {
  /** the lab's name */
  readonly lab: string;
  /** of the program that wrote it */
  readonly product: string;
  readonly from: number;
  readonly to: number;
  readonly savedAt: number;
  readonly note: string;
  readonly leftOut: readonly LeftOut[];
}

export interface RecordingCommands {
  /** Of the lab's own last minutes, or of the file where the host shows one. */
  "recording.span": { args: Record<string, never>; reply: RecordingSpan };
  /** One segment, packed as it stands in a file (`recording-pack.ts`), base64. "gone": it was the oldest and was dropped meanwhile. */
  "recording.read": { args: { segment: number }; reply: { packed: string } };
}
