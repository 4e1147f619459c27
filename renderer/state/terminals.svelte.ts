/** The terminals of this window: one a host, made when first shown, and which of them is in front. */
import { TerminalSession } from "../terminal/terminal-session.ts";
import type { LabStore } from "./lab.svelte.ts";
import type { Preferences } from "./preferences.svelte.ts";

/** Keys that the window keeps to itself even while a shell has the focus. */
function isWindowKey(event: KeyboardEvent): boolean {
  return (event.ctrlKey && (event.code === "Backquote" || event.key === "`")) || event.key === "F1" || (event.ctrlKey && event.shiftKey && event.code === "KeyF");
}

export class Terminals {
  active = $state("");
  searching = $state(false);
  readonly #lab: LabStore;
  readonly #preferences: Preferences;
  readonly #sessions = new Map<string, TerminalSession>();

  constructor(lab: LabStore, preferences: Preferences) {
    this.#lab = lab;
    this.#preferences = preferences;
    lab.on("terminal.output", (change) => {
      for (const session of this.#sessions.values()) session.output(change.id, change.data);
    });
    lab.on("terminal.closed", (change) => {
      for (const session of this.#sessions.values()) session.closed(change.id, change.code);
    });
  }

  /** The host whose terminal is in front: the chosen one, or the first. */
  get front(): string {
    const hosts = this.#lab.members.map((member) => member.host);
    return hosts.includes(this.active) ? this.active : (hosts[0] ?? "");
  }

  session(host: string): TerminalSession {
    let session = this.#sessions.get(host);
    if (session === undefined) {
      session = new TerminalSession(this.#lab, host, this.#preferences.get("terminalSize"), { claims: isWindowKey });
      this.#sessions.set(host, session);
    }
    return session;
  }

  show(host: string): void {
    this.active = host;
    this.#preferences.set("dockOpen", true);
    this.focusSoon();
  }

  toggle(): void {
    const open = !this.#preferences.get("dockOpen");
    this.#preferences.set("dockOpen", open);
    if (open) this.focusSoon();
  }

  openSearch(): void {
    this.#preferences.set("dockOpen", true);
    this.searching = true;
  }

  closeSearch(): void {
    this.searching = false;
    this.#sessions.get(this.front)?.endFind();
  }

  focusSoon(): void {
    requestAnimationFrame(() => this.#sessions.get(this.front)?.focus());
  }

  /** After a snapshot every terminal finds its shell again; while away none is open. */
  reconnect(connected: boolean): void {
    for (const session of this.#sessions.values()) {
      if (connected) void session.connect();
      else session.lost();
    }
  }

  restyle(): void {
    for (const session of this.#sessions.values()) session.restyle(this.#preferences.get("terminalSize"));
  }
}
