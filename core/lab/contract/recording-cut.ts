/** What goes into a file of a recording: the wanted span, without what somebody wants left out. Pure. */
import type { LeftOut, RecordedChange, RecordedFrame, Segment } from "./recording.ts";
import { Replay } from "./replay.ts";
import type { LabState, LogEntryView, MailView, TimelineEvent } from "./state.ts";

/** From this moment to that one: the first state is made by going through what lies before. */
export function cutSegment(segment: Segment, from: number, to: number): Segment {
  if (from <= segment.key.at) return { key: segment.key, frames: segment.frames.filter((frame) => frame.at <= to) };
  const replay = new Replay(segment);
  replay.moveTo(from);
  return { key: { at: from, state: replay.state, terminals: replay.terminals }, frames: replay.rest.filter((frame) => frame.at <= to) };
}

/** Leaves the same things out of all segments of one file, with the same number for the same key. */
export class Censor {
  private readonly numbers = new Map<string, string>();
  private readonly withoutTerminals: boolean;
  private readonly withoutKeys: boolean;

  constructor(leftOut: readonly LeftOut[]) {
    this.withoutTerminals = leftOut.includes("terminals");
    this.withoutKeys = leftOut.includes("keys");
  }

  segment({ key, frames }: Segment): Segment {
    return {
      key: { at: key.at, state: this.state(key.state), terminals: this.withoutTerminals || this.withoutKeys ? {} : key.terminals },
      frames: frames.map((frame) => this.frame(frame)).filter((frame) => frame.changes.length > 0),
    };
  }

  private frame({ at, changes }: RecordedFrame): RecordedFrame {
    return { at, changes: changes.flatMap((change) => this.change(change)) };
  }

  private change(change: RecordedChange): RecordedChange[] {
    switch (change.type) {
      // a line that was typed has keys in it too
      case "terminal.output":
        return this.withoutTerminals || this.withoutKeys ? [] : [change];
      case "timeline":
        return [{ ...change, events: change.events.map((event) => this.event(event)) }];
      case "log":
        return [{ ...change, appended: change.appended.map((entry) => this.entry(entry)) }];
      case "mail":
        return [{ ...change, mail: this.mail(change.mail) }];
      default:
        return [change];
    }
  }

  private state(state: LabState): LabState {
    return {
      ...state,
      timeline: state.timeline.map((event) => this.event(event)),
      logs: state.logs.map((log) => ({ ...log, entries: log.entries.map((entry) => this.entry(entry)), overwritten: log.overwritten.map((entry) => this.entry(entry)) })),
      mail: this.mail(state.mail),
    };
  }

  private event(event: TimelineEvent): TimelineEvent {
    return event.kind === "command" && (this.withoutTerminals || this.withoutKeys) ? { ...event, text: "a command" } : event;
  }

  private mail(mail: MailView): MailView {
    if (!this.withoutKeys) return mail;
    return { ...mail, letters: mail.letters.map((letter) => ({ ...letter, entries: letter.entries.map((entry) => ({ ...entry, key: this.number(entry.key) })) })) };
  }

  private entry(entry: LogEntryView): LogEntryView {
    return this.withoutKeys ? { ...entry, key: this.number(entry.key) } : entry;
  }

  private number(key: string): string {
    if (key === "") return "";
    let number = this.numbers.get(key);
    if (number === undefined) this.numbers.set(key, (number = `key-${this.numbers.size + 1}`));
    return number;
  }
}
