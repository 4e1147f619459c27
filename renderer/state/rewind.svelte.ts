/**
 * Going back: a moment of a recording in the place of the live lab, moved by hand or played. One segment is held ready, the next
 * is fetched before it is needed; what is on the screen is the state of that moment and nothing of now.
 */
import type { RecordedChange, RecordingFacts, SegmentSpan } from "../../core/lab/contract/recording.ts";
import { Replay } from "../../core/lab/contract/replay.ts";
import type { TimelineEvent } from "../../core/lab/contract/state.ts";
import { standingOf } from "../derive/sentence.ts";
import { makeRecordingFile, type Wanted } from "../rewind/save.ts";
import { FileSource, LabSource, type RecordingSource } from "../rewind/source.ts";
import type { KeyFrame, Segment } from "../../core/lab/contract/recording.ts";
import { text } from "../text.ts";
import { type FaultSpan, spansOfTimeline, type TermSpan, withFaults, withObservation } from "./history.ts";
import type { LabStore } from "./lab.svelte.ts";
import type { Screen } from "./screen.svelte.ts";

export const SPEEDS = [0.1, 0.25, 0.5, 1, 2, 5, 10] as const;
/** Segments that are held unpacked: the one on the screen, its neighbours. */
const HELD_MAX = 3;
/** The next segment is fetched when it is this near, at the speed of playing. */
const AHEAD_MS = 1500;
const SPAN_MS = 2000;
/** While the lab is live its span is asked for this many times more rarely: the strip shows how far back it reaches. */
const SPANS_WHILE_LIVE = 8;
/** Playing that comes this near to now is live. */
const LIVE_MS = 400;
/** A frame of the browser that came later than this is none to jump by. */
const TICK_MS_MAX = 250;
/** How far the first step back goes. */
const STEP_BACK_MS = 10_000;

/** What the strip draws of an opened file. */
interface RecordedAxis {
  readonly terms: readonly TermSpan[];
  readonly faults: readonly FaultSpan[];
  readonly events: readonly TimelineEvent[];
}

interface Held {
  readonly segment: Segment;
  /** of one that is still being recorded: as far as it was read */
  readonly whole: boolean;
  readonly to: number;
}

/** From the states that the segments begin with: terms by the timeline, faults as far as those tell. */
function axisOf(keys: readonly KeyFrame[]): RecordedAxis {
  const last = keys.at(-1);
  const events = new Map<number, TimelineEvent>();
  let terms: readonly TermSpan[] = [];
  let faults: readonly FaultSpan[] = [];
  for (const { at, state } of keys) {
    for (const event of state.timeline) events.set(event.id, event);
    faults = withFaults(faults, state.faults, at);
  }
  if (last !== undefined) {
    const { term, leader } = standingOf(last.state);
    terms = withObservation(spansOfTimeline({ ...last.state, timeline: [...events.values()] }), last.at, term, leader !== null);
  }
  return { terms, faults, events: [...events.values()].sort((a, b) => a.at - b.at || a.id - b.id) };
}

export class RewindStore {
  segments = $state.raw<readonly SegmentSpan[]>([]);
  /** where the cursor was put; what is on the screen follows when it is read. null: live */
  at = $state<number | null>(null);
  playing = $state(false);
  speed = $state(1);
  busy = $state(false);
  /** what an opened file, or the host that shows one, says of it; null: the lab's own last minutes */
  facts = $state.raw<(RecordingFacts & { readonly file: string }) | null>(null);
  axis = $state.raw<RecordedAxis | null>(null);
  /** newest output by terminal, then */
  terminals = $state.raw<Readonly<Record<string, string>>>({});
  /** of saving: segments done, of all */
  saving = $state.raw<{ readonly done: number; readonly all: number } | null>(null);

  readonly from = $derived(this.segments[0]?.from ?? 0);
  readonly to = $derived(this.segments.at(-1)?.to ?? 0);
  /** there is something to go back to */
  readonly possible = $derived(this.segments.length > 0 && this.to > this.from);
  /** the host itself has nothing but a recording: there is no live state to go to */
  get hostRecording(): (RecordingFacts & { readonly file: string }) | null {
    return this.#lab.present?.lab.recording ?? null;
  }

  /** an opened file can be left for the host's own: a live lab, or the recording that it shows */
  get closable(): boolean {
    return this.facts !== null && this.#opened;
  }

  readonly #lab: LabStore;
  readonly #screen: Screen;
  readonly #live: RecordingSource;
  #source: RecordingSource;
  /** the source is a file of this window's own */
  #opened = $state(false);
  readonly #held = new Map<number, Held>();
  #replay: { readonly id: number; readonly held: Held; readonly replay: Replay } | null = null;
  #wanted: number | null = null;
  #moving = false;
  #frame = 0;
  #generation = 0;
  #labStarted = 0;

  constructor(lab: LabStore, screen: Screen) {
    this.#lab = lab;
    this.#screen = screen;
    this.#live = new LabSource(lab);
    this.#source = this.#live;
    let ticks = 0;
    setInterval(() => {
      ticks += 1;
      if (!document.hidden && (this.at !== null || ticks % SPANS_WHILE_LIVE === 0)) void this.#refresh();
    }, SPAN_MS);
  }

  /** After each snapshot of the host: another lab, another past. */
  async onSnapshot(): Promise<void> {
    const { present } = this.#lab;
    if (present === null) return;
    const started = present.lab.startedAt;
    if (this.#source === this.#live && this.#labStarted !== started) {
      this.#labStarted = started;
      this.#leave();
      this.facts = this.hostRecording;
      await this.#refresh();
      if (this.hostRecording !== null) await this.#openHostRecording();
    } else await this.#refresh();
  }

  /** Freezes the lab's picture some seconds ago. */
  async begin(back = STEP_BACK_MS): Promise<void> {
    await this.#refresh();
    if (this.possible) await this.seek(this.to - back);
    else this.#screen.notice(text.rewind.nothing, "plain");
  }

  /** To a moment; the last of several that come while one is read counts. */
  async seek(at: number): Promise<void> {
    // what was known of the span while the lab was live is old
    if (this.at === null) await this.#refresh();
    if (!this.possible) return;
    const moment = Math.min(this.to, Math.max(this.from, at));
    this.at = moment;
    this.#wanted = moment;
    if (this.#moving) return;
    this.#moving = true;
    const generation = this.#generation;
    try {
      while (this.#wanted !== null && generation === this.#generation) {
        const wanted: number = this.#wanted;
        this.#wanted = null;
        await this.#moveTo(wanted, generation);
      }
    } catch (error) {
      if (generation === this.#generation) await this.#fail(error);
    } finally {
      this.#moving = false;
      this.busy = false;
    }
  }

  /** Before something is made of the whole span. */
  async upToDate(): Promise<void> {
    await this.#refresh();
  }

  play(): void {
    if (this.at === null || this.playing) return;
    this.playing = true;
    let last = performance.now();
    const tick = (now: number): void => {
      if (!this.playing) return;
      const gone = Math.min(TICK_MS_MAX, Math.max(0, now - last)) * this.speed;
      last = now;
      // what is still being read is waited for
      if (!this.#moving) this.#playTo((this.at ?? 0) + gone);
      this.#frame = requestAnimationFrame(tick);
    };
    this.#frame = requestAnimationFrame(tick);
  }

  pause(): void {
    this.playing = false;
    cancelAnimationFrame(this.#frame);
  }

  toggle(): void {
    if (this.playing) return this.pause();
    // from the end one plays from the beginning
    if (this.at !== null && this.facts !== null && this.at >= this.to) void this.seek(this.from).then(() => this.play());
    else this.play();
  }

  /** Back to the lab as it is; out of a file. Where the host has only a recording: to its end. */
  goLive(): void {
    if (this.#source === this.#live && this.hostRecording !== null) {
      this.pause();
      void this.seek(this.to);
      return;
    }
    const wasFile = this.#opened;
    this.#leave();
    if (!wasFile) return;
    this.#source = this.#live;
    this.#opened = false;
    this.segments = [];
    this.facts = this.hostRecording;
    void this.#refresh().then(() => (this.hostRecording === null ? undefined : this.#openHostRecording()));
  }

  /** Shows a file in the place of the lab. It is read in this window and goes nowhere else. */
  async open(file: File): Promise<void> {
    this.busy = true;
    try {
      const { source, facts, keys } = await FileSource.open(file);
      this.#leave();
      this.#source = source;
      this.#opened = true;
      this.facts = facts;
      this.axis = axisOf(keys);
      this.segments = (await source.span()).segments;
      await this.seek(this.from);
    } catch (error) {
      this.#screen.notice(text.rewind.refused(error instanceof Error ? error.message : String(error)));
    } finally {
      this.busy = false;
    }
  }

  /** The file of a part of what can be gone back to. */
  async makeFile(wanted: Pick<Wanted, "from" | "to" | "note" | "leftOut">): Promise<Blob> {
    const facts = this.facts;
    const lab = facts?.lab ?? this.#lab.present?.lab.name ?? "";
    const product = facts?.product ?? this.#lab.present?.lab.version ?? "";
    try {
      return await makeRecordingFile(this.#source, { ...wanted, lab, product, leftOutBefore: facts?.leftOut ?? [] }, (done, all) => (this.saving = { done, all }));
    } finally {
      this.saving = null;
    }
  }

  async #openHostRecording(): Promise<void> {
    const keys: KeyFrame[] = [];
    // the strip is drawn from the first and the last state: their timelines overlap with all between
    for (const span of [this.segments[0], this.segments.at(-1)]) if (span !== undefined) keys.push((await this.#read(span)).segment.key);
    this.axis = axisOf(keys);
    await this.seek(this.from);
  }

  #leave(): void {
    this.pause();
    this.#generation += 1;
    this.#held.clear();
    this.#replay = null;
    this.#wanted = null;
    this.at = null;
    this.facts = null;
    this.axis = null;
    this.terminals = {};
    this.#lab.past = null;
    this.#screen.then = null;
  }

  async #fail(error: unknown): Promise<void> {
    this.pause();
    if ((error as { readonly code?: unknown }).code === "gone") await this.#refresh();
    this.#screen.notice(text.notices.failed(text.rewind.name, error instanceof Error ? error.message : String(error)));
    // what is on the screen stays; the cursor goes back to it
    this.at = this.#lab.past?.at ?? null;
  }

  /** How far the lab's own recording reaches by now; a file does not change. */
  async #refresh(): Promise<void> {
    if (this.#source !== this.#live || !this.#lab.online) return;
    try {
      const { segments } = await this.#source.span();
      if (this.#source === this.#live) this.segments = segments;
    } catch {
      // the connection went, and the window says so: what is known of the span stays
    }
  }

  #spanAt(at: number): SegmentSpan | undefined {
    return this.segments.findLast((span) => span.from <= at) ?? this.segments[0];
  }

  async #read(span: SegmentSpan): Promise<Held> {
    const known = this.#held.get(span.id);
    if (known !== undefined && (known.whole || known.to >= span.to)) return known;
    const generation = this.#generation;
    const segment = await this.#source.read(span.id);
    const held: Held = { segment, whole: this.facts !== null || span.id !== this.segments.at(-1)?.id, to: span.to };
    if (generation !== this.#generation) return held;
    this.#held.delete(span.id);
    this.#held.set(span.id, held);
    for (const id of [...this.#held.keys()].slice(0, -HELD_MAX)) this.#held.delete(id);
    return held;
  }

  async #moveTo(at: number, generation: number): Promise<void> {
    const span = this.#spanAt(at);
    if (span === undefined) return;
    if (this.#replay === null || this.#replay.id !== span.id || (!this.#replay.held.whole && at > this.#replay.held.to)) {
      this.busy = true;
      const held = await this.#read(span);
      if (generation !== this.#generation) return;
      this.#replay = { id: span.id, held, replay: new Replay(held.segment) };
      this.busy = false;
    }
    this.#show(this.#replay.replay, at);
  }

  #show(replay: Replay, at: number): readonly RecordedChange[] {
    const passed = replay.moveTo(at);
    this.#lab.past = { state: replay.state, at };
    this.#screen.then = at;
    this.terminals = replay.terminals;
    return passed;
  }

  #playTo(at: number): void {
    const last = this.facts !== null ? this.to : this.to - LIVE_MS;
    if (at >= last) {
      if (this.facts === null) return void this.#catchUp(at);
      this.pause();
      void this.seek(this.to);
      return;
    }
    const span = this.#spanAt(at);
    if (this.#replay === null || span === undefined) return;
    if (this.#replay.id !== span.id || (!this.#replay.held.whole && at > this.#replay.held.to)) {
      void this.seek(at);
      return;
    }
    this.at = at;
    const passed = this.#show(this.#replay.replay, at);
    for (const change of passed) if (change.type === "messages") this.#lab.replay(change);
    const next = this.segments.find((one) => one.id > span.id);
    // a failure shows when it is reached
    if (next !== undefined && next.from - at < AHEAD_MS * this.speed) void this.#read(next).catch(() => undefined);
  }

  /** Playing has come to where the lab's recording ended when it was asked last: there is more by now, or this is now. */
  async #catchUp(at: number): Promise<void> {
    this.#moving = true;
    const generation = this.#generation;
    await this.#refresh();
    this.#moving = false;
    if (generation !== this.#generation) return;
    if (at >= this.to - LIVE_MS) this.goLive();
    else await this.seek(at);
  }
}
