/**
 * The lab's one ordered stream of changes. What happens within a frame's time is gathered and told at once; the state is
 * made from the same changes by the same function as in the window, so a snapshot and the stream cannot differ.
 */
import type { Clock, Timer } from "../platform/clock.ts";
import type { ChangesFrame } from "./contract/host.ts";
import type { Change } from "./contract/protocol.ts";
import { reduce } from "./contract/reduce.ts";
import { type ActiveFault, type LabState, type LogEntryView, LOG_WINDOW, type MailView, type MemberView, type MessageMark, type ServiceView, type TerminalView, type TimelineEvent } from "./contract/state.ts";

const FRAME_MS = 25;
/** Messages told in one frame; the rest is counted. */
const MARKS_MAX = 48;
/** Characters of one terminal's output in one frame's change; more makes another change. */
const OUTPUT_CHARS = 64 * 1024;
/** Keys named in one frame; more means: ask again. */
const KEYS_MAX = 64;

export type PassingChange = Extract<Change, { type: "snapshots" | "meters" | "watching" | "journal" }>;

interface PendingLog {
  appended: LogEntryView[];
  truncatedFrom: number;
  firstIndex: number;
  durableIndex: number;
}

export class ChangeFeed {
  private seq = 0;
  private readonly listeners = new Set<(frame: ChangesFrame) => void>();
  private recorder: ((frame: ChangesFrame) => void) | undefined;
  private timer: Timer | undefined;
  private readonly members = new Map<string, MemberView>();
  private readonly logs: { host: string; log: PendingLog }[] = [];
  private timeline: TimelineEvent[] = [];
  private marks: MessageMark[] = [];
  private unsampled = 0;
  private lab: LabState["lab"] | undefined;
  private faults: readonly ActiveFault[] | undefined;
  private mail: MailView | undefined;
  private services: readonly ServiceView[] | undefined;
  private terminals: readonly TerminalView[] | undefined;
  /** what is told once and kept nowhere: samples, watchers, lines of logs, snapshot files */
  private passing: Change[] = [];
  private keys: { revision: number; keys: Set<string>; all: boolean } | undefined;
  /** terminal output and ends, in order */
  private terminalWords: Change[] = [];

  constructor(
    private readonly clock: Clock,
    private current: LabState,
  ) {}

  get state(): LabState {
    return this.current;
  }
  get watched(): boolean {
    return this.listeners.size > 0;
  }

  snapshot(): { seq: number; state: LabState } {
    this.flush();
    return { seq: this.seq, state: this.current };
  }

  subscribe(listener: (frame: ChangesFrame) => void): () => void {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  }

  /** Gets every frame, yet counts as nobody who looks: recording makes no member tell more. */
  record(recorder: (frame: ChangesFrame) => void): void {
    this.recorder = recorder;
  }

  member(view: MemberView): void {
    this.members.set(view.host, view);
    this.arm();
  }

  /** entries put behind what `host` holds */
  appended(host: string, entries: readonly LogEntryView[]): void {
    const log = this.logOf(host);
    log.appended.push(...entries);
    if (log.appended.length > LOG_WINDOW * 2) log.appended = log.appended.slice(-LOG_WINDOW);
  }
  truncated(host: string, fromIndex: number): void {
    const last = this.logs.findLast((one) => one.host === host);
    if (last === undefined || last.log.appended.length > 0) this.logs.push({ host, log: { appended: [], truncatedFrom: fromIndex, firstIndex: 0, durableIndex: 0 } });
    else last.log.truncatedFrom = last.log.truncatedFrom === 0 ? fromIndex : Math.min(last.log.truncatedFrom, fromIndex);
    this.arm();
  }
  durable(host: string, index: number): void {
    const log = this.logOf(host);
    log.durableIndex = Math.max(log.durableIndex, index);
  }
  compacted(host: string, firstIndex: number): void {
    const log = this.logOf(host);
    log.firstIndex = Math.max(log.firstIndex, firstIndex);
  }

  event(event: TimelineEvent): void {
    this.timeline.push(event);
    this.arm();
  }

  message(mark: MessageMark): void {
    if (this.marks.length < MARKS_MAX * 4) this.marks.push(mark);
    else this.unsampled++;
    this.arm();
  }
  messagesMissed(count: number): void {
    this.unsampled += count;
    if (count > 0) this.arm();
  }

  setLab(lab: LabState["lab"]): void {
    this.lab = lab;
    this.arm();
  }
  setFaults(faults: readonly ActiveFault[]): void {
    this.faults = faults;
    this.arm();
  }
  setMail(mail: MailView): void {
    this.mail = mail;
    this.arm();
  }
  setServices(services: readonly ServiceView[]): void {
    this.services = services;
    this.arm();
  }
  setTerminals(terminals: readonly TerminalView[]): void {
    this.terminals = terminals;
    this.arm();
  }
  /** @param keys base64; none: any may have changed */
  keysChanged(revision: number, keys: readonly string[]): void {
    this.keys ??= { revision, keys: new Set(), all: false };
    this.keys.all ||= keys.length === 0 || this.keys.keys.size > KEYS_MAX;
    if (this.keys.all) keys = [];
    this.keys.revision = Math.max(this.keys.revision, revision);
    for (const key of keys) this.keys.keys.add(key);
    this.arm();
  }
  /** For whoever looks; nothing of it is in the state. Of two that say all of the same thing the later one is told. */
  pass(change: PassingChange): void {
    if (this.listeners.size === 0) return;
    if (change.type !== "meters" && change.type !== "journal") {
      const same = (one: Change): boolean => one.type === change.type && (one.type !== "watching" || (change.type === "watching" && one.watching.host === change.watching.host));
      this.passing = this.passing.filter((one) => !same(one));
    }
    this.passing.push(change);
    this.arm();
  }
  terminalOutput(id: string, data: string): void {
    const last = this.terminalWords.at(-1);
    if (last?.type === "terminal.output" && last.id === id && last.data.length < OUTPUT_CHARS) {
      this.terminalWords[this.terminalWords.length - 1] = { ...last, data: last.data + data };
    } else this.terminalWords.push({ type: "terminal.output", id, data });
    this.arm();
  }
  terminalClosed(id: string, code: number): void {
    this.terminalWords.push({ type: "terminal.closed", id, code });
    this.arm();
  }

  /** Tells now what has been gathered. */
  flush(): void {
    this.timer?.cancel();
    this.timer = undefined;
    const changes = this.take();
    if (changes.length === 0) return;
    for (const change of changes) this.current = reduce(this.current, change);
    this.seq++;
    const frame: ChangesFrame = { type: "changes", seq: this.seq, at: this.clock.now(), changes };
    this.recorder?.(frame);
    for (const listener of [...this.listeners]) listener(frame);
  }

  stop(): void {
    this.timer?.cancel();
    this.listeners.clear();
    this.recorder = undefined;
  }

  private arm(): void {
    this.timer ??= this.clock.after(FRAME_MS, () => this.flush());
  }

  private logOf(host: string): PendingLog {
    this.arm();
    const known = this.logs.findLast((one) => one.host === host);
    if (known !== undefined) return known.log;
    const log: PendingLog = { appended: [], truncatedFrom: 0, firstIndex: 0, durableIndex: 0 };
    this.logs.push({ host, log });
    return log;
  }

  private take(): Change[] {
    const changes: Change[] = [];
    if (this.lab !== undefined) changes.push({ type: "lab", lab: this.lab });
    this.lab = undefined;
    for (const member of this.members.values()) changes.push({ type: "member", member });
    this.members.clear();
    for (const { host, log } of this.logs.splice(0)) changes.push({ type: "log", host, ...log, appended: log.appended.slice(-LOG_WINDOW) });
    if (this.faults !== undefined) changes.push({ type: "faults", faults: this.faults });
    if (this.mail !== undefined) changes.push({ type: "mail", mail: this.mail });
    if (this.services !== undefined) changes.push({ type: "services", services: this.services });
    if (this.terminals !== undefined) changes.push({ type: "terminals", terminals: this.terminals });
    if (this.timeline.length > 0) changes.push({ type: "timeline", events: this.timeline });
    if (this.marks.length > 0 || this.unsampled > 0) changes.push(this.sampled());
    if (this.keys !== undefined) {
      changes.push({ type: "keys", revision: this.keys.revision, keys: this.keys.all || this.keys.keys.size > KEYS_MAX ? [] : [...this.keys.keys] });
    }
    changes.push(...this.passing, ...this.terminalWords);
    this.passing = [];
    this.mail = undefined;
    this.faults = this.services = this.terminals = this.keys = undefined;
    this.timeline = [];
    this.marks = [];
    this.unsampled = 0;
    this.terminalWords = [];
    return changes;
  }

  /** When there are too many messages to draw, the telling ones go first: lost ones, votes, entries; heartbeats last. */
  private sampled(): Change {
    const chosen = this.marks.length <= MARKS_MAX ? this.marks : [...this.marks].sort((a, b) => weight(b) - weight(a)).slice(0, MARKS_MAX);
    return { type: "messages", marks: chosen, unsampled: this.unsampled + this.marks.length - chosen.length };
  }
}

function weight(mark: MessageMark): number {
  if (mark.outcome === "dropped") return 4;
  if (/Vote|Snap|TimeoutNow/.test(mark.type) || mark.reject) return 3;
  if (mark.entries > 0) return 2;
  return /Heartbeat/.test(mark.type) ? 0 : 1;
}
