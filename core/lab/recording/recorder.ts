/**
 * The last minutes of a lab, in bounded memory: segments that begin with the whole state and go on with what changed. A segment
 * that is full is packed beside the loop; what is over the bound in bytes or in time goes, the oldest first.
 */
import { crc32 } from "node:zlib";
import type { Clock } from "../../platform/clock.ts";
import { type ChangesFrame, CommandError } from "../contract/host.ts";
import type { Change } from "../contract/protocol.ts";
import { wrapMember } from "../contract/recording-pack.ts";
import { type RecordedChange, RECORDING_BYTES_MAX, RECORDING_MS_MAX, type RecordingSpan } from "../contract/recording.ts";
import { withTail } from "../contract/replay.ts";
import type { LabState } from "../contract/state.ts";

/** A segment ends after this, ... */
const SEGMENT_MS_MAX = 15_000;
/** ... or, when it has grown to this many characters of JSON, ... */
const SEGMENT_CHARS = 2_000_000;
/** ... but not before this, so that whole states do not outweigh the changes between them, unless ... */
const SEGMENT_MS_MIN = 2000;
/** ... a flood makes it this large. */
const SEGMENT_CHARS_MAX = 8_000_000;

const PASSED_BY: ReadonlySet<Change["type"]> = new Set<Change["type"]>(["keys", "snapshots", "meters", "watching", "journal"]);

export interface RecorderOptions {
  readonly clock: Clock;
  /** the state at the beginning, and after each frame that is given */
  readonly state: () => LabState;
  /** raw deflate (RFC 1951); rejecting costs the segment, never the lab */
  readonly deflate: (bytes: Buffer) => Promise<Buffer>;
  readonly bytesMax?: number;
  readonly msMax?: number;
}

/** One that is being written (`packed` absent, no `text`), waits to be packed (`text`), or is packed. */
interface Kept {
  readonly id: number;
  readonly from: number;
  to: number;
  lines: string[];
  chars: number;
  packed?: Buffer;
}

function isRecorded(change: Change): change is RecordedChange {
  return !PASSED_BY.has(change.type);
}

/** A recording is of a lab, not of the place and the library that it lies in. */
function placeless({ id: _, ...lab }: LabState["lab"]): LabState["lab"] {
  return { ...lab, folder: "" };
}

/** Where the lab lies on this machine is nobody else's matter. */
function withoutFolder(state: LabState): LabState {
  return { ...state, lab: placeless(state.lab) };
}

export class Recorder {
  private readonly kept: Kept[] = [];
  private nextId = 1;
  private bytes = 0;
  /** as it was before the frame that comes next */
  private before: LabState;
  private tails: Readonly<Record<string, string>> = {};
  private packing: Promise<void> = Promise.resolve();
  private stopped = false;

  constructor(private readonly options: RecorderOptions) {
    this.before = options.state();
  }

  /** One frame of the feed, after it was put into the state. */
  take(frame: ChangesFrame): void {
    if (this.stopped) return;
    const changes = frame.changes.filter(isRecorded).map((change) => (change.type === "lab" ? { ...change, lab: placeless(change.lab) } : change));
    const before = this.before;
    this.before = this.options.state();
    if (changes.length === 0) return;
    const open = this.openAt(frame.at, before);
    // a wall clock may be set back; a recording's time only goes on
    open.to = Math.max(open.to, frame.at);
    this.write(open, JSON.stringify({ at: open.to, changes }));
    for (const change of changes) this.tails = withTail(this.tails, change);
    this.drop(open.to);
  }

  span(): RecordingSpan {
    const last = this.kept.at(-1);
    const now = this.options.clock.now();
    return {
      segments: this.kept.map(({ id, from, to }) => ({ id, from, to: id === last?.id ? Math.max(to, Math.min(now, to + RECORDING_MS_MAX)) : to })),
      bytes: this.bytes,
    };
  }

  /** One segment, packed. @throws CommandError "gone" */
  async read(id: number): Promise<Buffer> {
    const one = this.kept.find((kept) => kept.id === id);
    if (one === undefined) throw new CommandError("gone", "this part of the recording was dropped: the lab keeps its last minutes only");
    return one.packed ?? this.pack(one);
  }

  /** Nothing is kept any more. */
  stop(): void {
    this.stopped = true;
    this.kept.length = 0;
    this.bytes = 0;
  }

  private openAt(at: number, before: LabState): Kept {
    const last = this.kept.at(-1);
    if (last !== undefined) {
      const age = at - last.from;
      const full = age >= SEGMENT_MS_MAX || (last.chars >= SEGMENT_CHARS && age >= SEGMENT_MS_MIN) || last.chars >= SEGMENT_CHARS_MAX;
      if (!full) return last;
      this.seal(last);
    }
    const from = Math.max(at, last?.to ?? 0);
    const open: Kept = { id: this.nextId++, from, to: from, lines: [], chars: 0 };
    this.kept.push(open);
    this.write(open, JSON.stringify({ at: from, state: withoutFolder(before), terminals: this.tails }));
    return open;
  }

  private write(open: Kept, line: string): void {
    open.lines.push(line);
    open.chars += line.length + 1;
    this.bytes += line.length + 1;
  }

  private seal(one: Kept): void {
    this.packing = this.packing.then(async () => {
      if (!this.kept.includes(one)) return;
      const packed = await this.pack(one).catch(() => undefined);
      const at = this.kept.indexOf(one);
      if (at < 0) return;
      this.bytes -= one.chars;
      one.lines = [];
      one.chars = 0;
      // what could not be packed is missing, and the span says so
      if (packed === undefined) this.kept.splice(at, 1);
      else {
        one.packed = packed;
        this.bytes += packed.length;
      }
    });
  }

  private async pack(one: Kept): Promise<Buffer> {
    const bytes = Buffer.from(`${one.lines.join("\n")}\n`);
    const deflated = await this.options.deflate(bytes);
    return Buffer.from(wrapMember(deflated, crc32(bytes), bytes.length).buffer);
  }

  private drop(now: number): void {
    const { bytesMax = RECORDING_BYTES_MAX, msMax = RECORDING_MS_MAX } = this.options;
    // the one that is being written stays, whatever it takes: it is bounded by itself
    while (this.kept.length > 1 && (this.bytes > bytesMax || this.kept[1]!.from < now - msMax)) {
      const [oldest] = this.kept.splice(0, 1);
      this.bytes -= oldest!.packed?.length ?? oldest!.chars;
    }
  }
}
