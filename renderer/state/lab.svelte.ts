/**
 * The lab as the window knows it: the snapshot with changes applied, at most once a frame. Things that are events and not
 * state (messages, keys that changed, terminal output) go to listeners at once.
 */
import type { Change, CommandName, Commands, DisconnectReason, HostFrame, HostLink } from "../../core/lab/contract/protocol.ts";
import { reduce } from "../../core/lab/contract/reduce.ts";
import type { LabState, MailView, MemberView, TimelineEvent } from "../../core/lab/contract/state.ts";
import type { LookTopic } from "../../core/lab/contract/watching.ts";
import { sentenceOf, standingOf } from "../derive/sentence.ts";
import { CommandChannel } from "../link/commands.ts";
import { spansOfTimeline, withFaults, withObservation } from "./history.ts";
import type { FaultSpan, TermSpan } from "./history.ts";
import { wantedLab, wantLab } from "./which-lab.ts";
import { text } from "../text.ts";

type EventChange = Extract<Change, { type: "messages" | "keys" | "snapshots" | "meters" | "watching" | "journal" | "terminal.output" | "terminal.closed" }>;
type EventListener<T extends EventChange["type"]> = (change: Extract<EventChange, { type: T }>) => void;

/** Changes that may wait for a frame; a window in the background draws none and must not hoard. */
const PENDING_MAX = 4000;
const EVENTS: ReadonlySet<string> = new Set<EventChange["type"]>(["messages", "keys", "snapshots", "meters", "watching", "journal", "terminal.output", "terminal.closed"]);
/** What is asked of the host whatever is on the screen. */
const OF_NOW: ReadonlySet<CommandName> = new Set<CommandName>(["recording.span", "recording.read", "view.look", "terminal.open", "terminal.attach", "terminal.resize"]);
const NO_MAIL: MailView = { stepping: false, letters: [] };

function isEvent(change: Change): change is EventChange {
  return EVENTS.has(change.type);
}

/** A moment of a recording. */
export interface PastMoment {
  readonly state: LabState;
  /** wall ms */
  readonly at: number;
}

export class LabStore {
  /** the lab as its host told it last, whatever is on the screen */
  present = $state.raw<LabState | null>(null);
  /** a moment of a recording that is on the screen instead */
  past = $state.raw<PastMoment | null>(null);
  /** what is on the screen */
  readonly state = $derived(this.past === null ? this.present : this.past.state);
  /** the host can be reached */
  online = $state(false);
  /** what is on the screen is live, and commands can be given */
  readonly connected = $derived(this.online && this.past === null);
  reason = $state<DisconnectReason>("");
  /** wall ms of the last frame that came */
  seenAt = $state(0);
  /** goes up with every snapshot: whoever keeps a copy of its own starts anew */
  epoch = $state(0);
  terms = $state.raw<readonly TermSpan[]>([]);
  faultSpans = $state.raw<readonly FaultSpan[]>([]);

  readonly members = $derived<readonly MemberView[]>(this.state?.members ?? []);
  readonly faults = $derived(this.state?.faults ?? []);
  readonly mail = $derived<MailView>(this.state?.mail ?? NO_MAIL);
  readonly #timeline = $derived<readonly TimelineEvent[]>(this.state?.timeline ?? []);
  /** by time, newest last: members' batches arrive one after the other and overlap */
  readonly events = $derived([...this.#timeline].sort((a, b) => a.at - b.at || a.id - b.id));
  readonly standing = $derived(this.state === null ? null : standingOf(this.state));
  readonly sentence = $derived(sentenceOf(this.state, this.online || this.past !== null, this.reason, this.seenAt));
  readonly term = $derived(this.standing?.term ?? 0);

  readonly #link: HostLink;
  readonly #commands: CommandChannel;
  readonly #listeners = new Map<EventChange["type"], Set<(change: never) => void>>();
  /** this window among others of the lab */
  readonly #viewer = `w${Math.random().toString(36).slice(2)}`;
  #seq = -1;
  #pending: Change[] = [];
  #frameAsked = false;
  #frameAt = 0;
  #paintedUnderWay = false;
  /** what comes is of another lab than the one that this window asked for */
  #away = false;
  /** this window is about to begin anew with another lab */
  #leaving = false;

  constructor(link: HostLink) {
    this.#link = link;
    this.#commands = new CommandChannel(link);
    link.onConnection((connected, reason) => {
      this.online = connected;
      this.reason = reason;
    });
    link.onFrame((frame) => this.#receive(frame));
  }

  call<K extends CommandName>(name: K, args: Commands[K]["args"]): Promise<Commands[K]["reply"]> {
    // an answer of now is not to be taken for one of then
    if (this.past !== null && !OF_NOW.has(name) && !name.startsWith("labs.")) return Promise.reject(new Error(text.rewind.notThen));
    return this.#commands.call(name, args);
  }

  /** Tells listeners of what came to pass in a recording at that moment. */
  replay(change: Extract<EventChange, { type: "messages" }>): void {
    for (const listener of this.#listeners.get("messages") ?? []) (listener as (event: EventChange) => void)(change);
  }

  /** Returns the way to stop listening. */
  on<T extends EventChange["type"]>(type: T, listener: EventListener<T>): () => void {
    const listeners = this.#listeners.get(type) ?? new Set();
    this.#listeners.set(type, listeners);
    listeners.add(listener as (change: never) => void);
    return () => listeners.delete(listener as (change: never) => void);
  }

  member(host: string): MemberView | undefined {
    return this.members.find((member) => member.host === host);
  }

  /** Tells the lab that this window looks at something, until what comes back is called. Again after each new connection. */
  look(topic: LookTopic, host = ""): () => void {
    const tell = (on: boolean): void => void this.call("view.look", { viewer: this.#viewer, topic, host, on }).catch(() => undefined);
    tell(true);
    return () => this.online && tell(false);
  }

  /** Host name of a member id; "" when no member has it. */
  hostOf(id: string): string {
    return this.members.find((member) => member.id === id)?.host ?? "";
  }

  /** Words of a member's own, which knows others by id, with the names that the lab knows them by. */
  named(words: string): string {
    return words.replace(/\b[0-9a-f]{12,16}\b/g, (id) => this.hostOf(id) || id);
  }

  /** On the way to another lab nothing that comes is for the screen any more; where the way is barred, all is as before. */
  async leave(go: () => Promise<unknown>): Promise<void> {
    this.#leaving = true;
    try {
      await go();
    } catch (error) {
      this.#leaving = false;
      this.#link.resync();
      throw error;
    }
  }

  /** A connection begins with the lab that the host shows first: this window asks for its own. */
  #askForOwn(state: LabState): void {
    const wanted = wantedLab();
    if (wanted === "" || state.lab.id === undefined || state.lab.id === wanted) this.#away = false;
    else if (!this.#away) {
      const shown = this.call("labs.open", { id: wanted, left: "runs" });
      this.#away = true;
      shown.catch(() => {
        // it is gone meanwhile, or the connection is
        if (this.online) wantLab("");
        this.#away = false;
        this.#link.resync();
      });
    }
  }

  #receive(frame: HostFrame): void {
    if (this.#leaving) return;
    if (frame.type === "snapshot") this.#askForOwn(frame.state);
    if (this.#away) return;
    if (frame.type === "snapshot") {
      this.#seq = frame.seq;
      this.#pending = [];
      this.#show(frame.state);
      if (this.terms.length === 0) this.terms = spansOfTimeline(frame.state);
      this.epoch += 1;
      this.seenAt = Date.now();
    } else if (frame.type === "changes") {
      if (frame.seq <= this.#seq) return;
      if (frame.seq !== this.#seq + 1) {
        // One was missed: what follows cannot be applied. The next snapshot makes it whole.
        this.#link.resync();
        return;
      }
      this.#seq = frame.seq;
      this.#frameAt = Date.now();
      for (const change of frame.changes) this.#take(change);
      if (this.#pending.length > PENDING_MAX) this.#apply();
      else this.#askFrame();
    }
  }

  #take(change: Change): void {
    if (isEvent(change)) {
      if (this.past !== null && !change.type.startsWith("terminal.")) return;
      for (const listener of this.#listeners.get(change.type) ?? []) (listener as (event: EventChange) => void)(change);
      if (change.type !== "terminal.closed") return;
    }
    this.#pending.push(change);
  }

  #askFrame(): void {
    if (this.#frameAsked) return;
    this.#frameAsked = true;
    const apply = (): void => {
      this.#frameAsked = false;
      this.#apply();
    };
    if (document.hidden) setTimeout(apply, 250);
    else requestAnimationFrame(apply);
  }

  #apply(): void {
    this.seenAt = this.#frameAt;
    const pending = this.#pending;
    this.#pending = [];
    if (this.present !== null && pending.length > 0) this.#show(pending.reduce(reduce, this.present));
    this.#tellPainted();
  }

  #show(state: LabState): void {
    const now = Date.now();
    this.present = state;
    const { leader, term } = standingOf(state);
    this.terms = withObservation(this.terms.length === 0 ? spansOfTimeline(state) : this.terms, now, term, leader !== null);
    this.faultSpans = withFaults(this.faultSpans, state.faults, now);
  }

  /** Tells the host what is on screen, one word at a time: the next only after the last was heard. */
  #tellPainted(): void {
    if (this.#paintedUnderWay || !this.connected || document.hidden) return;
    this.#paintedUnderWay = true;
    const seq = this.#seq;
    const after = new MessageChannel();
    after.port1.onmessage = () => {
      this.call("window.painted", { seq, at: Date.now() })
        .catch(() => undefined)
        .finally(() => (this.#paintedUnderWay = false));
    };
    after.port2.postMessage(null);
  }
}
