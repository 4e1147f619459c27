/** A segment of a recording, gone through: the state at any of its moments, from the same function that makes the live one. */
import type { Change } from "./protocol.ts";
import { type RecordedChange, type RecordedFrame, type Segment, TERMINAL_TAIL_CHARS } from "./recording.ts";
import { reduce } from "./reduce.ts";
import type { LabState } from "./state.ts";

/** The newest output of terminals after one more change. @returns the same object when it says nothing of them */
export function withTail(tails: Readonly<Record<string, string>>, change: Change): Readonly<Record<string, string>> {
  if (change.type === "terminal.output") return { ...tails, [change.id]: ((tails[change.id] ?? "") + change.data).slice(-TERMINAL_TAIL_CHARS) };
  if (change.type !== "terminal.closed" || tails[change.id] === undefined) return tails;
  return Object.fromEntries(Object.entries(tails).filter(([id]) => id !== change.id));
}

export class Replay {
  private now: LabState;
  private tails: Readonly<Record<string, string>>;
  private next = 0;
  private reached: number;

  constructor(private readonly segment: Segment) {
    this.now = segment.key.state;
    this.tails = segment.key.terminals;
    this.reached = segment.key.at;
  }

  get state(): LabState {
    return this.now;
  }
  /** newest output by terminal */
  get terminals(): Readonly<Record<string, string>> {
    return this.tails;
  }
  get at(): number {
    return this.reached;
  }

  /** The frames not yet gone through. */
  get rest(): readonly RecordedFrame[] {
    return this.segment.frames.slice(this.next);
  }

  /**
   * To this moment, backwards too.
   * @returns what was passed on the way, in order; nothing where it went back
   */
  moveTo(at: number): readonly RecordedChange[] {
    const back = at < this.reached;
    if (back) {
      this.now = this.segment.key.state;
      this.tails = this.segment.key.terminals;
      this.next = 0;
    }
    const passed: RecordedChange[] = [];
    for (; this.next < this.segment.frames.length && this.segment.frames[this.next]!.at <= at; this.next++) {
      for (const change of this.segment.frames[this.next]!.changes) {
        this.now = reduce(this.now, change);
        this.tails = withTail(this.tails, change);
        passed.push(change);
      }
    }
    this.reached = Math.max(at, this.segment.key.at);
    return back ? [] : passed;
  }
}
