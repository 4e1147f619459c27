/** The terminals of this window: one a host, made when first shown, and which of them is in front. */
import type { LinkDesk } from "../terminal/link-desk.ts";
import type { NamedThing } from "../terminal/links-in-line.ts";
import type { TerminalSession } from "../terminal/terminal-session.ts";
import type { LabStore } from "./lab.svelte.ts";
import type { Preferences } from "./preferences.svelte.ts";

/** Keys that the window keeps to itself even while a shell has the focus. */
function isWindowKey(event: KeyboardEvent): boolean {
  return (event.ctrlKey && (event.code === "Backquote" || event.key === "`")) || event.key === "F1" || (event.ctrlKey && event.shiftKey && (event.code === "KeyF" || event.code === "KeyO"));
}

const LARGER = 6;

export class Terminals {
  active = $state("");
  searching = $state(false);
  /** for a presenter's audience */
  large = false;
  /** the terminal's own code is here; `session` may be called */
  ready = $state(false);
  /** how often in a row it could not be had */
  failures = $state(0);
  readonly #lab: LabStore;
  readonly #preferences: Preferences;
  readonly #links: LinkDesk;
  readonly #sessions = new Map<string, TerminalSession>();
  #Session: typeof TerminalSession | undefined;
  #loading: Promise<void> | undefined;

  constructor(lab: LabStore, preferences: Preferences, links: LinkDesk) {
    this.#lab = lab;
    this.#preferences = preferences;
    this.#links = links;
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
        this.failures = 0;
      },
      () => {
        // the host was away, or is about to be: whoever needs it asks again
        this.#loading = undefined;
        this.failures += 1;
      },
    );
    return this.#loading;
  }

  /** Only when `ready`. */
  session(host: string): TerminalSession {
    if (this.#Session === undefined) throw new Error("the terminal's code has not been loaded");
    let session = this.#sessions.get(host);
    if (session === undefined) {
      session = new this.#Session(this.#lab, host, this.#fontSize, { claims: isWindowKey }, this.#links);
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

  /** What the terminal in front names on its screen, each once, the newest last. */
  get named(): readonly NamedThing[] {
    return this.#sessions.get(this.front)?.named() ?? [];
  }

  follow(thing: NamedThing): void {
    this.#links.follow(thing);
  }

  get #fontSize(): number {
    return this.#preferences.get("terminalSize") + (this.large ? LARGER : 0);
  }

  restyle(): void {
    for (const session of this.#sessions.values()) session.restyle(this.#fontSize);
  }
}
