/** The terminals of this window: one a host, made when first shown, and which of them is in front. */
import type { TerminalSession } from "../terminal/terminal-session.ts";
import type { LabStore } from "./lab.svelte.ts";
import type { Preferences } from "./preferences.svelte.ts";

/** Keys that the window keeps to itself even while a shell has the focus. */
function isWindowKey(event: KeyboardEvent): boolean {
  return (event.ctrlKey && (event.code === "Backquote" || event.key === "`")) || event.key === "F1" || (event.ctrlKey && event.shiftKey && event.code === "KeyF");
}

export class Terminals {
  active = $state("");
  searching = $state(false);
  /** the terminal's own code is here; `session` may be called */
  ready = $state(false);
  readonly #lab: LabStore;
  readonly #preferences: Preferences;
  readonly #sessions = new Map<string, TerminalSession>();
  #Session: typeof TerminalSession | undefined;
  #loading: Promise<void> | undefined;

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

  /** Half of the window's code is the terminal's: it comes when the cluster is on screen, or somebody asks for a terminal. */
  load(): Promise<void> {
    this.#loading ??= import("../terminal/terminal-session.ts").then(
      (module) => {
        this.#Session = module.TerminalSession;
        this.ready = true;
      },
      () => {
        // the host was away: the next one who needs it asks again
        this.#loading = undefined;
      },
    );
    return this.#loading;
  }

  /** Only when `ready`. */
  session(host: string): TerminalSession {
    if (this.#Session === undefined) throw new Error("the terminal's code has not been loaded");
    let session = this.#sessions.get(host);
    if (session === undefined) {
      session = new this.#Session(this.#lab, host, this.#preferences.get("terminalSize"), { claims: isWindowKey });
      this.#sessions.set(host, session);
    }
    return session;
  }

  show(host: string): void {
    this.active = host;
    this.#preferences.set("dockOpen", true);
    this.focusSoon();
  }

  /** Puts a command line into a host's terminal, for the reader to look at and to send off. */
  propose(host: string, line: string): void {
    this.show(host);
    void this.load().then(() => this.ready && this.session(host).propose(line));
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
    void this.load().then(() => requestAnimationFrame(() => this.#sessions.get(this.front)?.focus()));
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
