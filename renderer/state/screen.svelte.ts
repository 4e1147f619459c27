/** What is on the screen beside the lab itself: the selection, what lies over it (menu, dialog, palette), notices, the time. */
import type { DifferenceRow, SnapshotDiff } from "../../core/lab/contract/snapshots.ts";
import type { LogEntryView, TimelineEvent } from "../../core/lab/contract/state.ts";

export type Selection =
  | { readonly kind: "member"; readonly host: string }
  | { readonly kind: "entry"; readonly host: string; readonly index: number; readonly entry: LogEntryView | null }
  | { readonly kind: "key"; readonly key: string }
  | { readonly kind: "snapshot"; readonly host: string; readonly path: string }
  | { readonly kind: "difference"; readonly diff: SnapshotDiff; readonly row: DifferenceRow }
  | { readonly kind: "lease"; readonly id: string }
  | { readonly kind: "event"; readonly event: TimelineEvent };

/** A page of the labs dialog: the list, or what is done with one of them. */
export type LabsPage =
  | { readonly name: "list" | "create" | "import" }
  | { readonly name: "open" | "clone" | "rename" | "save" | "delete"; readonly id: string };

export type DialogRequest =
  | { readonly kind: "put"; readonly key: string; readonly value: string; readonly editing: boolean; readonly binary: boolean }
  | { readonly kind: "delete"; readonly key: string }
  | { readonly kind: "jump" }
  | { readonly kind: "save-snapshot" }
  | { readonly kind: "user" }
  | { readonly kind: "link"; readonly fault: "delay" | "loss" | "duplicate" | "reorder" | "bandwidth"; readonly from: string; readonly to: string }
  | { readonly kind: "disk" | "skew" | "flip" | "break"; readonly host: string }
  | { readonly kind: "save-recording" }
  | { readonly kind: "labs"; readonly page: LabsPage }
  | { readonly kind: "settings" }
  | { readonly kind: "shortcuts" };

/** One thing that can be done: a menu's line, a button, a line of the palette. */
export interface Action {
  readonly id: string;
  readonly label: string;
  /** shorter, where the member or link is clear */
  readonly short?: string;
  readonly keys?: string;
  readonly icon?: string;
  readonly tone?: "bad";
  /** why it cannot be done now; absent or "" when it can */
  readonly blocked?: string;
  readonly separated?: boolean;
  run(): void;
}

export interface OpenMenu {
  readonly x: number;
  readonly y: number;
  readonly label: string;
  readonly actions: readonly Action[];
  readonly returnTo: HTMLElement | SVGElement | null;
}

export interface Notice {
  readonly id: number;
  readonly tone: "plain" | "bad";
  readonly text: string;
}

const NOTICES_MAX = 3;
const NOTICE_MS = 8000;

export class Screen {
  selection = $state.raw<Selection | null>(null);
  dialog = $state.raw<DialogRequest | null>(null);
  menu = $state.raw<OpenMenu | null>(null);
  paletteOpen = $state(false);
  /** presenter mode: large, bare, with keys shown and a light at the pointer */
  presenting = $state(false);
  laser = $state(true);
  notices = $state.raw<readonly Notice[]>([]);
  #clock = $state(Date.now());
  /** the moment of a recording that is on the screen; null: live */
  then = $state<number | null>(null);
  /** the log jumps here when it changes; `at` makes the same index asked twice two requests */
  jump = $state.raw<{ readonly index: number; readonly at: number } | null>(null);
  #noticeId = 0;

  constructor() {
    setInterval(() => (this.#clock = Date.now()), 1000);
  }

  /** wall ms of what is on the screen; once a second while it is live: for ages and the strip */
  get now(): number {
    return this.then ?? this.#clock;
  }

  notice(text: string, tone: Notice["tone"] = "bad"): void {
    this.#noticeId += 1;
    const id = this.#noticeId;
    this.notices = [...this.notices, { id, tone, text }].slice(-NOTICES_MAX);
    setTimeout(() => this.dismiss(id), NOTICE_MS);
  }

  dismiss(id: number): void {
    this.notices = this.notices.filter((notice) => notice.id !== id);
  }

  openMenu(menu: OpenMenu): void {
    this.menu = menu;
  }

  jumpTo(index: number): void {
    this.jump = { index, at: performance.now() };
  }
}
